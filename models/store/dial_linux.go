package store

import (
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// bounded has the system give a connection up on which what was sent is not received.
func bounded(network, _ string, c syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silenceMost.Milliseconds()))
	})
	if err == nil {
		err = os.NewSyscallError("setsockopt", failed)
	}
	return err //nolint:wrapcheck // the connection was not made
}
