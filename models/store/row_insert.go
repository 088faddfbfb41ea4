package store

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"gorm.io/gorm/schema"

	"muster/models"
)

// insertText is the statement for new rows of a model: its columns do not change.
type insertText struct {
	head, row string
	fields    []*schema.Field
	key       *schema.Field // that the database gives
	several   sync.Map      // the statement for a number of rows
}

// rowsKept bounds the statements that are kept: those that every day brings.
const rowsKept = 100

// of is the statement for so many rows.
func (t *insertText) of(rows int) string {
	if known, ok := t.several.Load(rows); ok {
		return known.(string) //nolint:forcetypeassert // nothing else is in it
	}
	made := t.head + t.row + strings.Repeat(", "+t.row, rows-1)
	if rows <= rowsKept {
		t.several.Store(rows, made)
	}
	return made
}

// values appends what the statement takes of a record.
func (t *insertText) values(ctx context.Context, args []any, record reflect.Value) ([]any, error) {
	for _, f := range t.fields {
		value, err := stored(ctx, f, record)
		if err != nil {
			return nil, err
		}
		args = append(args, value)
	}
	return args, nil
}

// insertTexts are those that were asked for, by model and by whether the key is given.
type insertTexts struct{ sync.Map }

type insertKind struct {
	model reflect.Type
	keyed bool
}

// ofValues is the statement for so many values that a user is found by. What they have
// in common, organization and user, is given once.
func (t *insertTexts) ofValues(e engine, rows int) string {
	if known, ok := t.Load(rows); ok {
		return known.(string) //nolint:forcetypeassert // nothing else is under a number
	}
	place := map[engine]string{sqliteEngine: "?", postgresEngine: "$"}[e]
	text := []byte("INSERT INTO user_values (organization_id, path, value_key, user_id) VALUES ")
	for i := range rows {
		text = fmt.Appendf(text, "(%[1]s1, %[1]s%[2]d, %[1]s%[3]d, %[1]s2), ", place, 2*i+3, 2*i+4)
	}
	made := string(text[:len(text)-2])
	if rows <= rowsKept {
		t.Store(rows, made)
	}
	return made
}

func (t *insertTexts) of(s *schema.Schema, keyed bool) *insertText {
	kind := insertKind{s.ModelType, keyed}
	if known, ok := t.Load(kind); ok {
		return known.(*insertText) //nolint:forcetypeassert // nothing else is in it
	}
	var made insertText
	var columns []string
	for _, f := range s.Fields {
		switch {
		case f.DBName == "" || !f.Creatable:
		case f == s.PrioritizedPrimaryField && !keyed:
			made.key = f
		default:
			made.fields, columns = append(made.fields, f), append(columns, `"`+f.DBName+`"`)
		}
	}
	made.head = `INSERT INTO "` + s.Table + `" (` + strings.Join(columns, ", ") + ") VALUES "
	made.row = "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
	known, _ := t.LoadOrStore(kind, &made)
	return known.(*insertText) //nolint:forcetypeassert // nothing else is in it
}

// insertion is the statement for new rows. key is the field that the database is to
// give, nil when the records have all; either all of them have theirs or none.
func insertion[T any](tx *Tx, records ...*T) (text string, args []any, key *schema.Field, err error) {
	s, err := schemaOf(tx.db, records[0])
	if err != nil {
		return "", nil, nil, err
	}
	first := reflect.ValueOf(records[0]).Elem()
	keyed := s.PrioritizedPrimaryField == nil || !s.PrioritizedPrimaryField.ReflectValueOf(tx.ctx, first).IsZero()
	into := tx.texts.of(s, keyed)
	args = make([]any, 0, len(records)*len(into.fields))
	for _, record := range records {
		if args, err = into.values(tx.ctx, args, reflect.ValueOf(record).Elem()); err != nil {
			return "", nil, nil, err
		}
	}
	return into.of(len(records)), args, into.key, nil
}

// manyRows is insertion for a list.
func manyRows[T any](tx *Tx, list []T) (text string, args []any, err error) {
	records := make([]*T, len(list))
	for i := range list {
		records[i] = &list[i]
	}
	text, args, _, err = insertion(tx, records...)
	return text, args, err
}

// insert writes a record as a new row and gives it its key.
func insert[T any](tx *Tx, record *T) error {
	text, args, key, err := insertion(tx, record)
	if err != nil {
		return err
	}
	if key == nil {
		_, err := tx.exec(text, args...)
		return err
	}
	var id int64
	if tx.engine == postgresEngine {
		id, err = tx.returned(text+` RETURNING "`+key.DBName+`"`, args...)
	} else {
		var done sql.Result
		if done, err = tx.exec(text, args...); err == nil {
			id, err = done.LastInsertId()
		}
	}
	if err != nil {
		return err //nolint:wrapcheck // the caller says what it was for
	}
	return key.Set(tx.ctx, reflect.ValueOf(record).Elem(), id) //nolint:wrapcheck // the caller says what it was for
}

// insertAll writes many records, several with one statement. They do not learn their
// keys.
func insertAll[T any](tx *Tx, records []T, purpose string) error {
	for len(records) > 0 {
		n := tx.engine.together(len(records))
		text, args, err := manyRows(tx, records[:n])
		if err != nil {
			return fmt.Errorf("%s: %w", purpose, err)
		}
		if err := tx.along(whatever(purpose), text, args...); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// together is how many of so many rows one statement writes. SQLite has no way to go
// and keeps few statements; PostgreSQL answers over a wire and takes all it can.
func (e engine) together(rows int) int {
	switch {
	case e == postgresEngine:
		return min(rows, rowsKept)
	case rows >= 32:
		return 32
	case rows >= 8:
		return 8
	}
	return 1
}

// insertWithValues writes a new user with what they are found by in one statement:
// over a wire, each costs a way there and back. In a batch the user's key is fetched
// ahead with some more, so that users go there together with all else.
func (tx *Tx) insertWithValues(u *models.User, all []models.IndexedValue) (err error) {
	ahead, _ := tx.db.Statement.ConnPool.(interface {
		giveKey(ctx context.Context, user *int64) error
	})
	if ahead != nil && u.Key == 0 {
		if err = ahead.giveKey(tx.ctx, &u.Key); err != nil {
			return fmt.Errorf("get the keys of new users: %w", err)
		}
	}
	text, args, _, err := insertion(tx, u)
	if err != nil {
		return err
	}
	args = append(args, u.OrganizationID)
	for _, v := range all {
		args = append(args, v.Path, v.Key)
	}
	text = "WITH made AS (" + text + " RETURNING id) INSERT INTO user_values (organization_id, path, value_key, user_id) " +
		"SELECT CAST(? AS BIGINT), v.path, v.value_key, made.id FROM made, (VALUES (CAST(? AS TEXT), CAST(? AS TEXT))" +
		strings.Repeat(", (?, ?)", len(all)-1) + ") AS v (path, value_key) RETURNING user_id"
	if u.Key != 0 {
		return tx.along(func(_ int64, err error) error { return classify(err) }, text, args...)
	}
	u.Key, err = tx.returned(text, args...)
	return err
}
