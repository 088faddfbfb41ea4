package directorytest

import (
	"crypto/sha256"
	"database/sql" //nolint:depguard // looks at the tables from outside: the store's own reads are what is tested
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "github.com/mattn/go-sqlite3"    // the driver "sqlite3"
)

// Look is a second, reading connection to a world's database.
type Look struct {
	db     *sql.DB
	driver string
}

// LookAt opens such a connection to any database.
func LookAt(t testing.TB, driver, address string) Look { return look(t, driver, address) }

func look(t testing.TB, driver, address string) Look {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatalf("open a second connection: %v", err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return Look{db, driver}
}

// Tables lists the names of all tables but the migrations' own.
func (l Look) Tables(t testing.TB) []string {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if l.driver == "pgx" {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	}
	var names []string
	for _, row := range l.query(t, query) {
		if !strings.HasPrefix(row[0], "goose") {
			names = append(names, row[0])
		}
	}
	slices.Sort(names)
	return names
}

// Int runs a query that gives one number.
func (l Look) Int(t testing.TB, query string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := l.db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// Sums gives a checksum of each table's rows; those named are left out.
func (l Look) Sums(t testing.TB, except ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range l.Tables(t) {
		if slices.Contains(except, name) {
			continue
		}
		lines := []string{}
		for _, row := range l.query(t, `SELECT * FROM "`+name+`"`) {
			lines = append(lines, strings.Join(row, "\x00"))
		}
		slices.Sort(lines)
		sum := sha256.Sum256([]byte(strings.Join(lines, "\x01")))
		out[name] = fmt.Sprintf("%d rows, %s", len(lines), hex.EncodeToString(sum[:6]))
	}
	return out
}

// Find tells in which tables a text stands, in any column.
func (l Look) Find(t testing.TB, text string) []string {
	t.Helper()
	var out []string
	for _, name := range l.Tables(t) {
		for _, row := range l.query(t, `SELECT * FROM "`+name+`"`) {
			if strings.Contains(strings.Join(row, "\x00"), text) {
				out = append(out, name)
				break
			}
		}
	}
	return out
}

// Rows runs a query and gives each row as texts.
func (l Look) Rows(t testing.TB, query string) [][]string {
	t.Helper()
	return l.query(t, query)
}

func (l Look) query(t testing.TB, query string) [][]string {
	t.Helper()
	rows, err := l.db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		line := make([]string, len(columns))
		for i, c := range cells {
			v := *c.(*any)
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			line[i] = fmt.Sprint(v)
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Hidden is the condition for a user deleted at the source.
func (l Look) Hidden() string {
	if l.driver == "pgx" {
		return "hidden"
	}
	return "(hidden = 1)"
}

// Text runs a query that gives one text.
func (l Look) Text(t testing.TB, query string, args ...any) string {
	t.Helper()
	var s string
	if err := l.db.QueryRowContext(t.Context(), query, args...).Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}
