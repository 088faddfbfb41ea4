package main

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// descriptors is where Linux shows a process the files that it has open.
const descriptors = "/proc/self/fd/"

// nameless opens a new file in a folder that has no name: it is gone with the process
// unless it gets one. File systems that have no such files refuse.
func nameless(folder string) (*os.File, error) {
	fd, err := unix.Open(folder, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open a file without a name: %w", err)
	}
	f := os.NewFile(uintptr(fd), folder)
	if _, err := os.Stat(descriptors + strconv.Itoa(fd)); err != nil { // it could never get a name
		_ = f.Close()
		return nil, fmt.Errorf("open a file without a name: %w", err)
	}
	return f, nil
}

// name gives such a file its name, which must be free.
func name(f *os.File, target string) error {
	err := unix.Linkat(unix.AT_FDCWD, descriptors+strconv.Itoa(int(f.Fd())), unix.AT_FDCWD, target, unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		return fmt.Errorf("name it: %w", err)
	}
	return nil
}
