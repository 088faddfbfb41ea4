package logfile_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"muster/models/store/logfile"
)

// opened opens one connection, with or without the layer. So small a cache writes what a
// transaction changes into the log before its end.
func opened(t *testing.T, file, layer string) *sql.Conn {
	t.Helper()
	address := "file:" + file + "?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_cache_size=20"
	if layer != "" {
		address += "&vfs=" + layer
	}
	db, err := sql.Open("sqlite3", address)
	ok(t, err)
	t.Cleanup(func() { ok(t, db.Close()) })
	c, err := db.Conn(t.Context())
	ok(t, err)
	t.Cleanup(func() { ok(t, c.Close()) })
	return c
}

func layer(t *testing.T) string {
	t.Helper()
	name, err := logfile.Layer()
	ok(t, err)
	return name
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func do(c *sql.Conn, text string) error {
	_, err := c.ExecContext(context.Background(), text)
	return err
}

func number(t *testing.T, c *sql.Conn, text string) (n int) {
	t.Helper()
	ok(t, c.QueryRowContext(t.Context(), text).Scan(&n))
	return n
}

// insertion adds rows that take a page each.
func insertion(name string, rows int) string {
	return fmt.Sprintf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO rows (name, filler) SELECT '%s', randomblob(3500) FROM n", rows, name)
}

const table = "CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT, filler BLOB)"

// sound holds the database as another program sees it now, and as one would find it that
// recovers it after a crash.
func sound(t *testing.T, file string, want map[string]int) {
	t.Helper()
	crashed := filepath.Join(t.TempDir(), "crashed.db")
	for _, tail := range []string{"", "-wal"} {
		data, err := os.ReadFile(file + tail)
		ok(t, err)
		ok(t, os.WriteFile(crashed+tail, data, 0o600))
	}
	for _, one := range []string{file, crashed} {
		c := opened(t, one, "")
		var verdict string
		ok(t, c.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict))
		if verdict != "ok" {
			t.Errorf("%s: %s", filepath.Base(one), verdict)
		}
		for name, n := range want {
			if got := number(t, c, "SELECT count(*) FROM rows WHERE name = '"+name+"'"); got != n {
				t.Errorf("%s: %d rows of %s, want %d", filepath.Base(one), got, name, n)
			}
		}
	}
}

// writes counts the calls of this process that write, by Linux's account.
func writes(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/io")
	ok(t, err)
	n, err := strconv.Atoi(regexp.MustCompile(`syscw: (\d+)`).FindStringSubmatch(string(text))[1])
	ok(t, err)
	return n
}

func TestACommitIsWrittenInOnePiece(t *testing.T) {
	calls := map[string]int{}
	for _, layer := range []string{"", layer(t)} {
		c := opened(t, filepath.Join(t.TempDir(), "one.db"), layer)
		ok(t, do(c, "PRAGMA cache_size = 1000; "+table))
		before := writes(t)
		ok(t, do(c, insertion("a", 25)))
		calls[layer] = writes(t) - before
	}
	if plain, one := calls[""], calls[layer(t)]; plain < 50 || one > 3 {
		t.Errorf("25 pages took %d calls without and %d with the layer", plain, one)
	}
}

// TestOfAChangeTakenBackNothingIsWrittenLater: what it left would land on what another
// connection wrote meanwhile.
func TestOfAChangeTakenBackNothingIsWrittenLater(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.db")
	c, other := opened(t, file, layer(t)), opened(t, file, "")
	ok(t, do(c, table+"; "+insertion("old", 400)))
	for _, rows := range []int{20, 45, 90, 400} {
		// All is read from the database's own file, so that nothing reads the log meanwhile.
		ok(t, do(other, "PRAGMA wal_checkpoint(TRUNCATE)"))
		ok(t, do(c, fmt.Sprintf("BEGIN IMMEDIATE; UPDATE rows SET filler = randomblob(3500), name = 'undone' WHERE id <= %d", rows)))
		ok(t, do(c, "ROLLBACK"))
		ok(t, do(other, insertion("theirs", 7)))
		ok(t, do(c, insertion("ours", 5)))
		ok(t, do(other, "DELETE FROM rows WHERE name = 'theirs'; "+insertion("theirs", 30)))
	}
	sound(t, file, map[string]int{"old": 400, "undone": 0, "ours": 20, "theirs": 30})
}

// TestLargeChangesAndSavepoints: what was put aside in the log is read and written again
// within the change.
func TestLargeChangesAndSavepoints(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.db")
	c := opened(t, file, layer(t))
	ok(t, do(c, table))
	ok(t, do(c, "BEGIN IMMEDIATE; "+insertion("a", 300)+"; SAVEPOINT s; "+insertion("b", 300)+"; UPDATE rows SET filler = randomblob(3600)"))
	if n := number(t, c, "SELECT count(*) FROM rows"); n != 600 {
		t.Errorf("%d rows within the change", n)
	}
	ok(t, do(c, "ROLLBACK TO s; "+insertion("c", 200)+"; UPDATE rows SET filler = randomblob(3700) WHERE name = 'a'; COMMIT"))
	sound(t, file, map[string]int{"a": 300, "b": 0, "c": 200})
	ok(t, do(c, "PRAGMA wal_checkpoint(TRUNCATE)"))
	ok(t, do(c, insertion("d", 10)))
	sound(t, file, map[string]int{"a": 300, "b": 0, "c": 200, "d": 10})
}

// TestACommitFailsWithItsWrite: a log that may not grow refuses the change, and what was
// acknowledged before and after is there.
func TestACommitFailsWithItsWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.db")
	c := opened(t, file, layer(t))
	ok(t, do(c, table))
	signal.Ignore(syscall.SIGXFSZ) // so that the call fails instead
	defer signal.Reset(syscall.SIGXFSZ)
	for _, rows := range []int{20, 60, 400} { // held whole, written in between, and put aside
		kept := number(t, c, "SELECT count(*) FROM rows")
		info, err := os.Stat(file + "-wal")
		ok(t, err)
		var was syscall.Rlimit
		ok(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was))
		ok(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(info.Size()) + 40_000, Max: was.Max}))
		failed := do(c, insertion("refused", rows))
		ok(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was))
		if failed == nil || !strings.Contains(failed.Error(), "disk") {
			t.Errorf("%d rows beyond the limit: %v", rows, failed)
		}
		ok(t, do(c, insertion("after", 3)))
		sound(t, file, map[string]int{"refused": 0, "after": kept + 3})
	}
}

// TestNothingIsHeldWithoutTheLock: a connection that has the database to itself takes no
// lock for a change, and so gives none back.
func TestNothingIsHeldWithoutTheLock(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.db")
	c := opened(t, file, layer(t))
	ok(t, do(c, table+"; "+insertion("old", 60)))
	ok(t, do(c, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA locking_mode = EXCLUSIVE"))
	ok(t, do(c, "BEGIN; UPDATE rows SET filler = randomblob(3500), name = 'undone'"))
	ok(t, do(c, "ROLLBACK"))
	ok(t, do(c, "PRAGMA locking_mode = NORMAL"))
	number(t, c, "SELECT count(*) FROM sqlite_schema") // which is not in the log
	other := opened(t, file, "")
	ok(t, do(other, insertion("theirs", 70)))
	ok(t, do(c, insertion("ours", 5)))
	sound(t, file, map[string]int{"old": 60, "undone": 0, "ours": 5, "theirs": 70})
}
