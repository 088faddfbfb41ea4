package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"muster/models"
)

// The migration to words that no SQL can make: plain ones of the users who have others,
// and those of all groups. Its file says what becomes of the tables and is run from here,
// so that all of it is one transaction: whoever is stopped in the middle begins anew.
const (
	wordsVersion = 7
	wordsFile    = "0007_search_words.sql"
)

// wordsBatch is how many records are read and written at a time.
const wordsBatch = 400

// wordsMigration is the one of an engine whose migrations are in a folder.
func wordsMigration(e engine, folder string) (*goose.Migration, error) {
	text, err := migrations.ReadFile(folder + "/" + wordsFile)
	if err != nil {
		return nil, fmt.Errorf("read the embedded migrations: %w", err)
	}
	up, down, whole := strings.Cut(string(text), "-- +goose Down\n")
	if !whole {
		return nil, errors.New("read the embedded migrations: " + wordsFile + " does not say both ways")
	}
	return goose.NewGoMigration(wordsVersion,
		&goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			m := wordsFill{e, tx}
			if err := m.users(ctx); err != nil {
				return fmt.Errorf("find the plain words of users: %w", err)
			}
			// After the users, who take longer: an instance that still runs reads no group
			// from here on.
			if _, err := tx.ExecContext(ctx, up); err != nil {
				return fmt.Errorf("make room for words: %w", err)
			}
			if err := m.groups(ctx); err != nil {
				return fmt.Errorf("find the words of groups: %w", err)
			}
			return nil
		}},
		// The plain words of users stay: they are found by them, and by the others too.
		&goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, down)
			return err //nolint:wrapcheck // goose says what it was for
		}}), nil
}

// wordsFill writes the words of those who are there.
type wordsFill struct {
	engine engine
	tx     *sql.Tx
}

// worded is a record with the words that it is to be found by, and those by which it is
// not yet.
type worded struct {
	key, organization int64
	words, fresh      []string
}

func (m wordsFill) groups(ctx context.Context) error {
	text := "SELECT id, organization_id, display_name FROM groups WHERE id > " + m.place(1) + " ORDER BY id" + limited(wordsBatch)
	return m.each(ctx, text, func(rows *sql.Rows) (worded, error) {
		var g models.Group
		err := rows.Scan(&g.Key, &g.OrganizationID, &g.DisplayName)
		words := g.Words()
		return worded{g.Key, g.OrganizationID, words, words}, err
	}, func(list []worded) error {
		if err := m.keep(ctx, "groups", list); err != nil {
			return err
		}
		return m.insert(ctx, "group_words (organization_id, group_id, word)", "", list)
	})
}

// users reads those only who have a word with a letter beyond ASCII, which is longer in
// bytes than in letters.
func (m wordsFill) users(ctx context.Context) error {
	others := "length(words) <> length(CAST(words AS BLOB))"
	if m.engine == postgresEngine {
		others = "char_length(words) <> octet_length(words)"
	}
	text := "SELECT id, organization_id, user_name_key, email_key, display_name, given_name, family_name, employee_number, words FROM users WHERE id > " +
		m.place(1) + " AND " + others + " ORDER BY id" + limited(wordsBatch)
	return m.each(ctx, text, func(rows *sql.Rows) (worded, error) {
		var u models.User
		err := rows.Scan(&u.Key, &u.OrganizationID, &u.UserNameKey, &u.EmailKey, &u.DisplayName, &u.GivenName, &u.FamilyName, &u.EmployeeNumber, &u.WordKeys)
		words, have := u.Words(), strings.Split(u.WordKeys, models.WordMark)
		slices.Sort(words)
		fresh := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return slices.Contains(have, w) })
		return worded{u.Key, u.OrganizationID, words, fresh}, err
	}, func(list []worded) error {
		list = slices.DeleteFunc(list, func(w worded) bool { return len(w.fresh) == 0 })
		if len(list) == 0 { // letters that have no others for them
			return nil
		}
		if err := m.keep(ctx, "users", list); err != nil {
			return err
		}
		return m.insert(ctx, "user_values (organization_id, user_id, value_key, path)", ", '"+wordPath+"'", list)
	})
}

// each reads records after each other's keys and hands on one batch at a time.
func (m wordsFill) each(ctx context.Context, text string, read func(*sql.Rows) (worded, error), write func([]worded) error) error {
	for last := int64(0); ; {
		list, err := m.batch(ctx, text, last, read)
		if err != nil || len(list) == 0 {
			return err
		}
		last = list[len(list)-1].key
		if err := write(list); err != nil {
			return err
		}
	}
}

func (m wordsFill) batch(ctx context.Context, text string, last int64, read func(*sql.Rows) (worded, error)) (list []worded, err error) {
	rows, err := m.tx.QueryContext(ctx, text, last)
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what it was for
	}
	defer rows.Close()
	for rows.Next() {
		w, err := read(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	return list, rows.Err() //nolint:wrapcheck // the caller says what it was for
}

// keep writes the column of words.
func (m wordsFill) keep(ctx context.Context, table string, list []worded) error {
	var args []any
	var rows []string
	for _, w := range list {
		rows = append(rows, fmt.Sprintf("(CAST(%s AS BIGINT), CAST(%s AS TEXT))", m.place(len(args)+1), m.place(len(args)+2)))
		args = append(args, w.key, marked(w.words))
	}
	_, err := m.tx.ExecContext(ctx, "WITH made (id, words) AS (VALUES "+strings.Join(rows, ", ")+") UPDATE "+table+" SET words = made.words FROM made WHERE "+table+".id = made.id", args...)
	return err //nolint:wrapcheck // the caller says what it was for
}

// insert writes the index of words, of which some may be there after a way back.
func (m wordsFill) insert(ctx context.Context, into, more string, list []worded) error {
	var args []any
	var rows []string
	write := func() error {
		if len(rows) == 0 {
			return nil
		}
		_, err := m.tx.ExecContext(ctx, "INSERT INTO "+into+" VALUES "+strings.Join(rows, ", ")+" ON CONFLICT DO NOTHING", args...) //nolint:gosec // numbers of parameters, and names of tables that stand here
		args, rows = args[:0], rows[:0]
		return err //nolint:wrapcheck // the caller says what it was for
	}
	for _, w := range list {
		for _, word := range w.fresh {
			n := len(args)
			rows = append(rows, "("+m.place(n+1)+", "+m.place(n+2)+", "+m.place(n+3)+more+")")
			if args = append(args, w.organization, w.key, word); len(rows) == wordsBatch {
				if err := write(); err != nil {
					return err
				}
			}
		}
	}
	return write()
}

// place is the n-th parameter of a statement.
func (m wordsFill) place(n int) string {
	if m.engine == postgresEngine {
		return fmt.Sprintf("$%d", n)
	}
	return fmt.Sprintf("?%d", n)
}
