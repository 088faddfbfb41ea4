package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"muster/models"
)

// private keeps a database file to its owner, whatever the folder lets others do: it
// holds personal data and password hashes. A file that is not there is made, because
// SQLite would make it readable for everybody; what it makes beside it, its log among
// others, is as readable as the file.
func private(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		return f.Close() //nolint:wrapcheck // names the file itself
	}
	if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make the database: %w", err)
	}
	for _, tail := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(file + tail)
		if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
			continue
		}
		// The file of another owner stays as that one wants it.
		if err := os.Chmod(file+tail, info.Mode().Perm()&^0o077); err != nil && !errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("keep the database to its owner: %w", err)
		}
	}
	return nil
}

// present refuses a write when the database file was removed, or another put in its
// place, while the program runs. SQLite goes on writing into the file that it has open,
// and all of it would be gone with the process. Reads go on: nothing is lost by them.
func (s *Store) present() error {
	if s.opened == nil {
		return nil
	}
	info, err := os.Stat(s.file)
	if err == nil && os.SameFile(s.opened, info) {
		return nil
	}
	return models.Errorf(models.Unavailable, "", "The database file was removed or replaced while Muster runs, nothing was written.").
		WithAdvice("Put %s back where it was, or stop Muster, restore a backup and start it again.", filepath.Base(s.file)).WithCode("databaseGone")
}
