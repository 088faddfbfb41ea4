package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	sqlite3 "github.com/mattn/go-sqlite3"
	"gorm.io/gorm"
)

// watched is a transaction's connection that counts the statements which wrote, and
// tells when one failed that ended the transaction, as any does on PostgreSQL.
type watched struct {
	gorm.ConnPool
	fragile bool
	wrote   int
	broke   bool
	lost    error // why SQLite took the whole transaction back by itself
}

// fails notes what a statement's failure did to the transaction. SQLite takes all of
// it back when the disk is full or fails, unless the statement has a journal of its
// own; what came after would each be committed by itself.
func (w *watched) fails(err error) {
	var lite sqlite3.Error
	if w.broke = w.broke || w.fragile; errors.As(err, &lite) {
		switch lite.Code {
		case sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrNomem, sqlite3.ErrInterrupt:
			w.broke, w.lost = true, errors.Join(errBatch, err)
		}
	}
}

func (w *writer) watching(db *gorm.DB) (*gorm.DB, *watched) {
	p := &watched{ConnPool: db.Statement.ConnPool, fragile: w.store.engine == postgresEngine}
	db = db.Session(&gorm.Session{NewDB: true, Context: context.Background()}) // with a statement of its own
	db.Statement.ConnPool = p
	return db, p
}

// ExecContext runs a statement; one that fails, or that finds no row to change, has
// written nothing.
func (w *watched) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	back := strings.HasPrefix(text, "ROLLBACK TO ")
	if w.lost != nil && !back {
		return nil, w.lost
	}
	done, err := w.ConnPool.ExecContext(ctx, text, args...)
	if back && err == nil {
		w.lost = nil
	}
	if err != nil {
		w.fails(err)
		return done, err //nolint:wrapcheck // the statement's own
	}
	if n, unknown := done.RowsAffected(); n != 0 || unknown != nil {
		w.wrote++
	}
	return done, nil
}

// along hands on a statement that nobody waits for, which is taken to write.
func (w *watched) along(s statement) bool {
	p, ok := w.ConnPool.(*pipeline)
	taken := ok && p.along(s)
	if taken && !s.reads {
		w.wrote++
	}
	return taken
}

func (w *watched) closeRows() {
	if p, ok := w.ConnPool.(*pipeline); ok {
		p.closeRows()
	}
}

// giveKey gives a new user a key where that is done ahead.
func (w *watched) giveKey(ctx context.Context, user *int64) error {
	p, ok := w.ConnPool.(*pipeline)
	if !ok {
		return nil
	}
	err := p.giveKey(ctx, user)
	if err != nil {
		w.fails(err)
	}
	return err
}

// QueryContext runs a query, which may also be a statement that gives back what it
// wrote.
func (w *watched) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if w.lost != nil {
		return nil, w.lost
	}
	rows, err := w.ConnPool.QueryContext(ctx, text, args...)
	switch {
	case err != nil:
		w.fails(err)
	case !strings.HasPrefix(text, "SELECT") && (!strings.HasPrefix(text, "WITH") || strings.Contains(text, " INSERT INTO ")):
		w.wrote++
	}
	return rows, err //nolint:wrapcheck // the statement's own
}
