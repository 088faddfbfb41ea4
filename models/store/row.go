package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"muster/models"
)

// The statements that every request runs go past GORM's statement builder and
// scanner, which cost more than the database does. Texts, values and rows still
// come from the schema that GORM reads from the models, so that there is one
// description of a table.

// schemaOf gives the schema that GORM has of a model. There is one for all stores:
// they name things alike.
func schemaOf[T any](db *gorm.DB, model *T) (*schema.Schema, error) {
	kind := reflect.TypeFor[T]()
	if known, ok := schemas.Load(kind); ok {
		return known.(*schema.Schema), nil //nolint:forcetypeassert // nothing else is in it
	}
	stmt := gorm.Statement{DB: db}
	if err := stmt.Parse(model); err != nil {
		return nil, fmt.Errorf("read the columns of a record: %w", err)
	}
	schemas.Store(kind, stmt.Schema)
	return stmt.Schema, nil
}

var schemas sync.Map // by the type of the model

// exec runs a statement of the transaction with a question mark for each argument.
func (tx *Tx) exec(text string, args ...any) (sql.Result, error) {
	tx.ran++
	return tx.db.Statement.ConnPool.ExecContext(tx.ctx, tx.engine.bind(text), args...) //nolint:wrapcheck // the caller says what it was for
}

// returned runs a statement that gives one number back.
func (tx *Tx) returned(text string, args ...any) (n int64, err error) {
	tx.ran++
	rows, err := tx.db.Statement.ConnPool.QueryContext(tx.ctx, tx.engine.bind(text), args...)
	if err != nil {
		return 0, err //nolint:wrapcheck // the caller says what it was for
	}
	if rows.Next() {
		err = rows.Scan(&n)
	}
	return n, errors.Join(err, rows.Err(), rows.Close())
}

// moved tells whether a statement changed a row.
func moved(done sql.Result, err error) (bool, error) {
	if err != nil {
		return false, classify(err)
	}
	n, err := done.RowsAffected()
	return n == 1, err //nolint:wrapcheck // the caller says what it was for
}

// bind writes the arguments' places as the engine wants them. The texts have no
// other question mark: see safeKey of models.
func (e engine) bind(text string) string {
	if e != postgresEngine {
		return text
	}
	var b strings.Builder
	n := 0
	for {
		before, rest, more := strings.Cut(text, "?")
		b.WriteString(before)
		if !more {
			return b.String()
		}
		n++
		b.WriteString("$" + strconv.Itoa(n))
		text = rest
	}
}

// update writes some columns of a record where a condition holds, and tells how
// many rows that were.
func update[T any](tx *Tx, record *T, columns []string, where string, args ...any) (int64, error) {
	text, args, err := updating(tx, record, columns, where, args...)
	if err != nil {
		return 0, err
	}
	done, err := tx.exec(text, args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected() //nolint:wrapcheck // the caller says what it was for
}

// updating is the statement of update.
func updating[T any](tx *Tx, record *T, columns []string, where string, args ...any) (string, []any, error) {
	s, err := schemaOf(tx.db, record)
	if err != nil {
		return "", nil, err
	}
	v := reflect.ValueOf(record).Elem()
	all := make([]any, 0, len(columns)+len(args))
	var text strings.Builder
	text.WriteString(`UPDATE "` + s.Table + `" SET `)
	for i, column := range columns {
		value, err := stored(tx.ctx, s.FieldsByDBName[column], v)
		if err != nil {
			return "", nil, err
		}
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(`"` + column + `" = ?`)
		all = append(all, value)
	}
	text.WriteString(" WHERE " + where)
	return text.String(), append(all, args...), nil
}

// stored is a field's value as the database takes it.
func stored(ctx context.Context, f *schema.Field, record reflect.Value) (any, error) {
	v := f.ReflectValueOf(ctx, record)
	if f.Serializer != nil {
		if text, ok := reflect.TypeAssert[models.JSONText](v); ok {
			return string(text.AppendJSON(make([]byte, 0, 2048))), nil
		}
		value, err := f.Serializer.Value(ctx, f, record, v.Interface())
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", f.DBName, err)
		}
		return value, nil
	}
	switch v.Kind() {
	case reflect.String:
		return v.String(), nil
	case reflect.Int64, reflect.Int:
		return v.Int(), nil
	case reflect.Bool:
		return v.Bool(), nil
	default:
		return v.Interface(), nil
	}
}

// read runs a query and fills a record from each row; columns that the model does
// not have are an error.
func read[T any](ctx context.Context, r Reader, text string, args ...any) (list []T, err error) {
	if r.engine == sqliteEngine {
		// A driver that watches for cancellation does so with a goroutine for each
		// query. What is read here by an index is there before that one wakes.
		ctx = context.WithoutCancel(ctx)
	}
	return scan[T](ctx, r, text, args...)
}

// scan is read for what may take its time and must end with ctx.
func scan[T any](ctx context.Context, r Reader, text string, args ...any) (list []T, err error) {
	s, err := schemaOf(r.db, new(T))
	if err != nil {
		return nil, err
	}
	defer func() {
		r.db.Logger.Trace(ctx, time.Time{}, func() (string, int64) { return r.db.Explain(r.engine.bind(text), args...), int64(len(list)) }, err)
	}()
	rows, err := r.db.Statement.ConnPool.QueryContext(ctx, r.engine.bind(text), args...)
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what it was for
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what it was for
	}
	fields := make([]*schema.Field, len(columns))
	for i, name := range columns {
		if fields[i] = s.LookUpField(name); fields[i] == nil {
			return nil, fmt.Errorf("%s has no field for the column %s", s.Name, name)
		}
	}
	into := make([]any, len(columns))
	for rows.Next() {
		var record T
		v := reflect.ValueOf(&record).Elem()
		for i, f := range fields {
			into[i] = destination(ctx, f, v)
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err //nolint:wrapcheck // the caller says what it was for
		}
		list = append(list, record)
	}
	return list, rows.Err() //nolint:wrapcheck // the caller says what it was for
}

// one is the record that a query finds.
func one[T any](ctx context.Context, r Reader, text string, args ...any) (record T, err error) {
	list, err := read[T](ctx, r, text, args...)
	if err == nil && len(list) == 0 {
		err = gorm.ErrRecordNotFound
	}
	if err != nil {
		return record, err
	}
	return list[0], nil
}

// destination is where a column's value goes. Named texts and numbers are filled
// as what they are, which spares database/sql from finding that out.
func destination(ctx context.Context, f *schema.Field, record reflect.Value) any {
	v := f.ReflectValueOf(ctx, record)
	if f.Serializer != nil {
		return serialized{ctx, f, record}
	}
	switch v.Kind() {
	case reflect.String:
		return v.Addr().Convert(reflect.TypeFor[*string]()).Interface()
	case reflect.Int64:
		return v.Addr().Convert(reflect.TypeFor[*int64]()).Interface()
	default:
		return v.Addr().Interface()
	}
}

// serialized is a field that is stored in another form.
type serialized struct {
	ctx    context.Context
	field  *schema.Field
	record reflect.Value
}

// Scan reads the stored form.
func (s serialized) Scan(value any) error {
	if text, stored := value.(string); stored {
		to, own := reflect.TypeAssert[models.JSONReader](s.field.ReflectValueOf(s.ctx, s.record).Addr())
		if own && to.ReadJSON(text) {
			return nil
		}
	}
	return s.field.Serializer.Scan(s.ctx, s.field, s.record, value) //nolint:wrapcheck // the caller says what it was for
}
