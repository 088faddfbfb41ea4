//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// hold keeps a folder until the file is closed or the program ends, however it does.
func hold(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open the folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock the folder: %w", err)
	}
	return f, nil
}

// inUse tells whether another program holds a folder.
func inUse(err error) bool { return errors.Is(err, syscall.EWOULDBLOCK) }
