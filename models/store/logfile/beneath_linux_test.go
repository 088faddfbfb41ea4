//go:build cgo

package logfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"muster/models/store/logfile/logfiletest"
)

func TestMain(m *testing.M) {
	if err := logfiletest.Register(); err != nil { // before the layer, which stands on it
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// TestAnAcknowledgedCommitIsSynced: nothing of it is given to the system after its sync.
func TestAnAcknowledgedCommitIsSynced(t *testing.T) {
	c := opened(t, filepath.Join(t.TempDir(), "rows.db"), layer(t))
	ok(t, do(c, table))
	for _, rows := range []int{1, 20, 60, 400} {
		ok(t, do(c, insertion("a", rows)))
		if n := logfiletest.Unsynced(); n > 0 {
			t.Errorf("after %d rows %d bytes were written and not synced", rows, n)
		}
	}
}

// TestAChangeThatLostAPartIsRefused: a disk is full while what was put aside in memory is
// read again, and SQLite takes back only the statement that read it. The change may not
// be committed then, even if there is room again: what was put aside is gone.
func TestAChangeThatLostAPartIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.db")
	c := opened(t, file, layer(t))
	ok(t, do(c, "CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT CHECK (name <> ''), filler BLOB); "+insertion("old", 60)))
	ok(t, do(c, "PRAGMA wal_checkpoint(TRUNCATE)"))
	ok(t, do(c, "PRAGMA cache_size = 10; BEGIN IMMEDIATE; UPDATE rows SET name = 'lost' WHERE id <= 25"))
	logfiletest.Full(true)
	err := do(c, "UPDATE rows SET name = name || '!' WHERE id < 10")
	logfiletest.Full(false)
	if err == nil || !strings.Contains(err.Error(), "full") {
		t.Fatalf("the statement that found no room: %v", err)
	}
	if err = do(c, "COMMIT"); err == nil {
		t.Error("a change was committed of which a part is gone")
	}
	ok(t, do(c, insertion("after", 3)))
	sound(t, file, map[string]int{"old": 60, "lost": 0, "after": 3})
}
