package logfile_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// history is what happens to one database by chance, and what must be in it: the number
// of each row, 0 for none.
type history struct {
	t *testing.T
	*rand.Rand
	file  string
	ours  *sql.DB // by the layer
	other *sql.DB
	acked [rowsMost]int
	next  int
}

const (
	rowsMost = 90
	sizes    = 3500 // of what fills a row, by its number
)

// TestHistories: whatever is changed through the layer and beside it, taken back and
// refused, everybody sees what was committed and nothing else, and so does who recovers
// a copy of the files as they are at any moment.
func TestHistories(t *testing.T) {
	signal.Ignore(syscall.SIGXFSZ) // so that a call beyond the limit fails instead
	defer signal.Reset(syscall.SIGXFSZ)
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			h := &history{t: t, Rand: rand.New(rand.NewPCG(seed, 0)), file: filepath.Join(t.TempDir(), "rows.db")}
			h.other = h.open("")
			h.ours = h.open(layer(t))
			h.must(h.other, "CREATE TABLE rows (id INTEGER PRIMARY KEY, n INTEGER, filler BLOB)")
			for range 40 {
				h.step()
			}
			ok(t, h.ours.Close())
			ok(t, h.other.Close())
		})
	}
}

func (h *history) open(layer string) *sql.DB {
	address := "file:" + h.file + "?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_txlock=immediate&_cache_size=15"
	if layer != "" {
		address += "&vfs=" + layer
	}
	db, err := sql.Open("sqlite3", address)
	ok(h.t, err)
	db.SetMaxOpenConns(1)
	return db
}

func (h *history) must(db *sql.DB, text string) {
	h.t.Helper()
	_, err := db.ExecContext(h.t.Context(), text)
	ok(h.t, err)
}

func (h *history) step() {
	switch h.IntN(10) {
	case 0, 1:
		h.change(h.other, false)
	case 2:
		db := []*sql.DB{h.ours, h.other}[h.IntN(2)]
		h.must(db, "PRAGMA wal_checkpoint("+[]string{"PASSIVE", "FULL", "RESTART", "TRUNCATE"}[h.IntN(4)]+")")
	case 3: // the connection ends in the midst of a change
		_, err := h.ours.ExecContext(h.t.Context(), "BEGIN IMMEDIATE; UPDATE rows SET filler = randomblob(3000)")
		ok(h.t, err)
		ok(h.t, h.ours.Close())
		h.ours = h.open(layer(h.t))
	default:
		h.change(h.ours, h.IntN(4) == 0)
	}
	h.seen("step", h.ours, h.other)
	if h.IntN(3) == 0 {
		h.recovered("step")
	}
}

// change is one transaction, which may be refused for want of room.
func (h *history) change(db *sql.DB, scant bool) {
	tx, err := db.BeginTx(context.Background(), nil)
	ok(h.t, err)
	if scant {
		defer h.limit()()
	}
	rows := h.acked
	var saved [][rowsMost]int
	for range 1 + h.IntN(6) {
		text, after := "", rows
		switch h.IntN(6) {
		case 0:
			saved = append(saved, rows)
			text = fmt.Sprintf("SAVEPOINT s%d", len(saved))
		case 1:
			if len(saved) == 0 {
				continue
			}
			text, after = fmt.Sprintf("ROLLBACK TO s%d", len(saved)), saved[len(saved)-1]
		default:
			text = h.write(&after)
		}
		if _, err = tx.ExecContext(h.t.Context(), text); err != nil {
			break
		}
		rows = after
	}
	if !scant && h.IntN(3) == 0 {
		h.recovered("in a change")
	}
	switch {
	case err != nil || h.IntN(3) == 0:
		_ = tx.Rollback() // SQLite may have done so
	default:
		if err = tx.Commit(); err == nil {
			h.acked = rows
		}
	}
	if err != nil && !scant {
		h.t.Fatal(err)
	}
}

// write changes some rows, now and then all.
func (h *history) write(rows *[rowsMost]int) string {
	from, n := h.IntN(rowsMost), 1+h.IntN(8)
	if h.IntN(5) == 0 {
		from, n = 0, rowsMost
	}
	to := min(from+n, rowsMost)
	if h.IntN(5) == 0 {
		clear(rows[from:to])
		return fmt.Sprintf("DELETE FROM rows WHERE id >= %d AND id < %d", from, to)
	}
	var values []string
	for i := from; i < to; i++ {
		h.next++
		rows[i] = h.next
		values = append(values, fmt.Sprintf("(%d, %d, randomblob(%d))", i, h.next, h.next*97%sizes))
	}
	return "INSERT OR REPLACE INTO rows VALUES " + strings.Join(values, ", ")
}

// limit lets the log grow little more until what it returns is called.
func (h *history) limit() (lift func()) {
	info, err := os.Stat(h.file + "-wal")
	ok(h.t, err)
	var was syscall.Rlimit
	ok(h.t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was))
	most := max(info.Size(), 64<<10) + h.Int64N(200<<10)
	ok(h.t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(most), Max: was.Max}))
	return func() { ok(h.t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was)) }
}

// recovered opens a copy of the files as a program would that finds them after a crash.
func (h *history) recovered(when string) {
	h.t.Helper()
	crashed := *h
	crashed.file = filepath.Join(h.t.TempDir(), "crashed.db")
	for _, tail := range []string{"", "-wal"} {
		data, err := os.ReadFile(h.file + tail)
		ok(h.t, err)
		ok(h.t, os.WriteFile(crashed.file+tail, data, 0o600))
	}
	db := crashed.open("")
	crashed.seen(when+", recovered", db)
	ok(h.t, db.Close())
}

// seen holds what connections see to what was acknowledged.
func (h *history) seen(when string, by ...*sql.DB) {
	h.t.Helper()
	for _, db := range by {
		var verdict string
		ok(h.t, db.QueryRowContext(h.t.Context(), "PRAGMA integrity_check(1)").Scan(&verdict))
		if verdict != "ok" {
			h.t.Fatalf("%s: %s", when, verdict)
		}
		rows, err := db.QueryContext(h.t.Context(), "SELECT id, n, length(filler) FROM rows")
		ok(h.t, err)
		var got [rowsMost]int
		for rows.Next() {
			var id, n, size int
			ok(h.t, rows.Scan(&id, &n, &size))
			if got[id] = n; size != n*97%sizes {
				h.t.Fatalf("%s: row %d has %d bytes for the number %d", when, id, size, n)
			}
		}
		ok(h.t, rows.Err())
		ok(h.t, rows.Close())
		if !slices.Equal(got[:], h.acked[:]) {
			h.t.Fatalf("%s: rows %v, acknowledged %v", when, got, h.acked)
		}
	}
}
