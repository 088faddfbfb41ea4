package store_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/store"
)

func openedFile(t *testing.T, file string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{File: file, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	ok(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// The folder may have been made by somebody else, and let everybody in.
func TestADatabaseIsItsOwnersAlone(t *testing.T) {
	folder := t.TempDir()
	ok(t, os.Chmod(folder, 0o755))
	file := filepath.Join(folder, "muster.db")
	owners := func() {
		t.Helper()
		found, err := filepath.Glob(file + "*")
		ok(t, err)
		if len(found) < 3 {
			t.Errorf("only %q", found)
		}
		for _, name := range found {
			info, err := os.Stat(name)
			ok(t, err)
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s has the mode %v", filepath.Base(name), info.Mode())
			}
		}
	}
	s := openedFile(t, file)
	organization(t, s)
	owners()
	ok(t, s.Close())
	ok(t, os.Chmod(file, 0o644)) // as earlier versions left it
	openedFile(t, file)
	owners()
}

// What is written into a file that was removed is gone with the process: better to
// refuse it than to acknowledge it.
func TestNothingIsWrittenIntoARemovedDatabase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "muster.db")
	s := openedFile(t, file)
	org := organization(t, s)
	create(t, s, person(org, "Ada", "Lovelace", "ada@example.com"))
	away := file + ".away"
	refused := func(where string) {
		t.Helper()
		err := s.Keep(t.Context(), func(tx *store.Tx) error { return tx.SetInstance("probe", "1") })
		if e, classed := models.AsError(err); !classed || e.Kind != models.Unavailable || e.Code != "databaseGone" {
			t.Errorf("%s: a write gave %v", where, err)
		}
		if s.Writable(t.Context()) == nil {
			t.Errorf("%s: it says that it takes writes", where)
		}
		if counts, err := s.UserCounts(t.Context(), org); err != nil || counts.Total != 1 {
			t.Errorf("%s: a read gave %d, %v", where, counts.Total, err)
		}
	}
	ok(t, os.Rename(file, away))
	refused("removed")
	ok(t, os.WriteFile(file, nil, 0o600))
	refused("replaced")
	ok(t, os.Rename(away, file))
	ok(t, s.Writable(t.Context()))
	create(t, s, person(org, "Grace", "Hopper", "grace@example.com"))
}

func TestABackupForgetsWhatKilledOnesLeft(t *testing.T) {
	folder := t.TempDir()
	s := openedFile(t, filepath.Join(folder, "muster.db"))
	old, running, foreign := filepath.Join(folder, ".muster-scratch-backup-1"), filepath.Join(folder, ".muster-scratch-backup-2"), filepath.Join(folder, "backup-2026")
	for _, dir := range []string{old, running, foreign} {
		ok(t, os.Mkdir(dir, 0o700))
		ok(t, os.WriteFile(filepath.Join(dir, "muster.db"), []byte("a copy"), 0o600))
	}
	yesterday := time.Now().Add(-25 * time.Hour)
	ok(t, os.Chtimes(old, yesterday, yesterday))
	ok(t, os.Chtimes(foreign, yesterday, yesterday))
	ok(t, s.Backup(t.Context(), &bytes.Buffer{}))
	for dir, kept := range map[string]bool{old: false, running: true, foreign: true} {
		if _, err := os.Stat(dir); (err == nil) != kept {
			t.Errorf("%s: %v", filepath.Base(dir), err)
		}
	}
}

// Whoever finds the database damaged is told what to do, at the start and while it runs.
func TestADamagedDatabaseSaysSo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "muster.db")
	s := openedFile(t, file)
	org := organization(t, s)
	create(t, s, person(org, "Ada", "Lovelace", "ada@example.com"))
	ok(t, s.Close())
	ok(t, os.WriteFile(file, bytes.Repeat([]byte("no database "), 1000), 0o600))
	_, err := store.Open(t.Context(), store.Options{File: file, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if e, classed := models.AsError(err); !classed || e.Code != "databaseDamaged" || !strings.Contains(e.Advice, "restore") {
		t.Errorf("it says %v", err)
	}
}
