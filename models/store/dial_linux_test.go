package store_test

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"muster/models/store"
)

// A connection to PostgreSQL is given up when its machine says nothing for 20 seconds; the
// system's own patience is a quarter of an hour.
func TestConnectionsAreGivenUp(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	ok(t, err)
	defer func() { _ = l.Close() }()
	conn, err := store.Dialer.DialContext(t.Context(), "tcp", l.Addr().String())
	ok(t, err)
	defer func() { _ = conn.Close() }()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	ok(t, err)
	ok(t, raw.Control(func(fd uintptr) {
		for _, o := range []struct{ name, want int }{{unix.TCP_USER_TIMEOUT, 20_000}, {unix.TCP_KEEPIDLE, 5}, {unix.TCP_KEEPINTVL, 5}} {
			if n, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, o.name); err != nil || n != o.want {
				t.Errorf("option %d is %d, not %d: %v", o.name, n, o.want, err)
			}
		}
	}))
}
