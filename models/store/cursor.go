package store

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"muster/models"
)

// cursor is the place in a list between two rows: the sort value (empty where
// the key alone orders) and the key of the row beside it.
type cursor struct {
	Sort   string      `json:"s,omitempty"`
	At     models.Time `json:"t,omitempty"` // the sort value of the log
	Key    int64       `json:"k"`
	Anchor string      `json:"a,omitempty"` // of what has no key
}

// limited bounds a statement with a number in its text. As a parameter it would
// cost the most of a small query: SQLite plans by a bound limit and therefore plans
// anew whenever one is bound.
func limited(most int) string { return " LIMIT " + strconv.Itoa(most) }

func (c cursor) String() string {
	body, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(body)
}

func parseCursor(text string) (cursor, error) {
	var c cursor
	body, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(body, &c)
	}
	if err != nil {
		return c, models.Errorf(models.Invalid, "page", "The link to this page of the list is damaged.").
			WithAdvice("Go back to the first page of the list.")
	}
	return c, nil
}

// order is a list's sort: a column (or none) and then the key.
type order struct {
	column     string // "" when the key alone orders
	at         bool   // the column is an instant
	descending bool
}

// page runs a keyset query: one row more than asked tells whether there is a
// neighbour. place gives a row's cursor.
func page[T any](q *gorm.DB, p models.Page, size int, o order, place func(T) cursor) (models.Slice[T], error) {
	back := p.Before != "" && p.After == ""
	q, err := o.seek(q, p, back)
	if err != nil {
		return models.Slice[T]{}, err
	}
	var rows []T
	if err := q.Limit(size + 1).Find(&rows).Error; err != nil {
		return models.Slice[T]{}, classify(err)
	}
	return trim(rows, size, p, back, place), nil
}

// trim cuts the row that only told of a neighbour and sets the ways to both.
func trim[T any](rows []T, size int, p models.Page, back bool, place func(T) cursor) models.Slice[T] {
	more := len(rows) > size
	if more {
		rows = rows[:size]
	}
	if back {
		slices.Reverse(rows)
	}
	out := models.Slice[T]{Items: rows, Total: -1}
	if len(rows) == 0 {
		return out
	}
	if more || back {
		out.Next = place(rows[len(rows)-1]).String()
	}
	if p.After != "" || back && more {
		out.Prev = place(rows[0]).String()
	}
	return out
}

func (o order) seek(q *gorm.DB, p models.Page, back bool) (*gorm.DB, error) {
	where, err := o.beyond(p, back)
	if err != nil {
		return nil, err
	}
	if where.sql != "" {
		q = q.Where(where.sql, where.args...)
	}
	return q.Order(o.by(back)), nil
}

// beyond selects the rows after the place where a page begins, before it when the
// page goes back.
func (o order) beyond(p models.Page, back bool) (condition, error) {
	var where condition
	text := p.After
	if back {
		text = p.Before
	}
	if text == "" {
		return where, nil
	}
	c, err := parseCursor(text)
	if err != nil {
		return where, err
	}
	compare := " > "
	if o.descending != back {
		compare = " < "
	}
	switch {
	case o.column == "":
		where.and("id"+compare+"?", c.Key)
	case o.at:
		where.and("("+o.column+", id)"+compare+"(?, ?)", c.At, c.Key)
	default:
		where.and("("+o.column+", id)"+compare+"(?, ?)", c.Sort, c.Key)
	}
	return where, nil
}

func (o order) by(back bool) string {
	direction := " ASC"
	if o.descending != back {
		direction = " DESC"
	}
	if o.column == "" {
		return "id" + direction
	}
	return o.column + direction + ", id" + direction
}

// merged selects a page of what several ranges of an index hold together, each of
// which lies in the list's order: no more than a page is read of any.
func merged(table string, o order, p models.Page, size int, ranges []condition) (condition, error) {
	back := p.Before != "" && p.After == ""
	from, err := o.beyond(p, back)
	if err != nil {
		return condition{}, err
	}
	columns := "id"
	if o.column != "" {
		columns += ", " + o.column
	}
	var all condition
	for i, c := range ranges {
		if from.sql != "" {
			c.and(from.sql, from.args...)
		}
		if i > 0 {
			all.sql += " UNION ALL "
		}
		all.sql += fmt.Sprintf("SELECT * FROM (SELECT %s FROM %s WHERE %s ORDER BY %s%s) AS r%d", columns, table, c.sql, o.by(back), limited(size+1), i)
		all.args = append(all.args, c.args...)
	}
	all.sql = "id IN (SELECT id FROM (" + all.sql + ") AS f ORDER BY " + o.by(back) + limited(size+1) + ")"
	return all, nil
}
