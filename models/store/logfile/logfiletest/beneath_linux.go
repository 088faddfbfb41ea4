// Package logfiletest stands between the layer of package logfile and SQLite's own files,
// and does to a log what no test can make a disk do.
package logfiletest

// #cgo CFLAGS: -I${SRCDIR}/..
// #include "sqlite_linux.h"
// extern int muster_full, muster_unsynced;
// int muster_beneath(void);
import "C"

import (
	"errors"

	_ "github.com/mattn/go-sqlite3" // has the SQLite that this is put around
)

// Register has all that is opened from now on stand on it, also the layer if that is
// registered later.
func Register() error {
	if code := C.muster_beneath(); code != 0 {
		return errors.New("SQLite does not take a layer around its files")
	}
	return nil
}

// Full refuses what is written to a log for want of room, or no longer.
func Full(yes bool) {
	C.muster_full = 0
	if yes {
		C.muster_full = 1
	}
}

// Unsynced tells how many bytes were written to a log since its last sync.
func Unsynced() int { return int(C.muster_unsynced) }
