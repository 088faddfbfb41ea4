// Package logfile has SQLite write its log once for each commit. SQLite writes two small
// pieces for each page of a change, a hundred and more for what a few clients change
// together; each is a call of the system, and a third of them make it look up another page
// of the file. Nobody reads them before the commit has brought them to the disk, so here
// they gather in memory until it does, and reach the file in one piece right before.
//
// A commit is as safe as without: its sync is the same, comes after all it wrote, and fails
// with it. It must be one with a sync (synchronous=FULL, which an attached database does not
// have by itself): other connections would look in the file for what is held.
package logfile

// #include <stdlib.h>
// #include "sqlite_linux.h"
import "C"

import (
	"errors"
	"sync"

	_ "github.com/mattn/go-sqlite3" // has the SQLite that this is put around
)

const name = "muster-log"

var register = sync.OnceValue(func() error {
	if code := C.muster_logfile(C.CString(name)); code != 0 { // SQLite keeps the name
		return errors.New("SQLite does not take a layer around its files")
	}
	return nil
})

// Layer gives what a database's address names as its vfs, "" where there is none.
func Layer() (string, error) { return name, register() }
