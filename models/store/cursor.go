package store

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"muster/models"
)

// cursor is the place in a list between two rows: the sort value (empty where
// the key alone orders) and the key of the row beside it.
type cursor struct {
	Sort string      `json:"s,omitempty"`
	At   models.Time `json:"t,omitempty"` // the sort value of the log
	Key  int64       `json:"k"`
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
	descending := o.descending != back
	direction, compare := " ASC", ">"
	if descending {
		direction, compare = " DESC", "<"
	}
	if text := p.After + p.Before; text != "" {
		if !back {
			text = p.After
		}
		c, err := parseCursor(text)
		if err != nil {
			return nil, err
		}
		if o.column == "" {
			q = q.Where("id "+compare+" ?", c.Key)
		} else {
			q = q.Where("("+o.column+", id) "+compare+" (?, ?)", c.Sort, c.Key)
		}
	}
	if o.column != "" {
		return q.Order(o.column + direction + ", id" + direction), nil
	}
	return q.Order("id" + direction), nil
}
