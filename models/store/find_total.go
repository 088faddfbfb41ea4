package store

import (
	"context"
	"fmt"
	"math"

	"muster/models"
	"muster/models/filter"
)

func (s search[T]) total(ctx context.Context, q models.Query) (int64, error) {
	if n, known, err := s.count(ctx, q.Filter); known || err != nil {
		return n, err
	}
	var n int64
	text := say("SELECT count(*) FROM # # #", s.from, s.joint(), s.where)
	if s.aside() {
		text = say("SELECT count(*) FROM users WHERE #", s.shownInIndex())
	}
	if s.exact && !s.by.line.none() && s.table == "users" {
		var err error
		if text, err = s.lineTotal(ctx, text); err != nil {
			return 0, err
		}
	}
	err := s.reader.q(ctx).Raw(text.sql, text.args...).Scan(&n).Error
	if err != nil {
		return 0, gone(ctx, fmt.Errorf("count %s: %w", s.table, err))
	}
	return n, nil
}

// lineTotal counts a line without a look at its users: less those in it whom SCIM does
// not show. Of a line that is shorter than there are such users, each user is looked at.
func (s search[T]) lineTotal(ctx context.Context, each said) (said, error) {
	shown, _, err := s.count(ctx, nil)
	if err != nil {
		return each, err
	}
	all, err := s.reader.UserCounts(ctx, s.organization)
	if err != nil {
		return each, err
	}
	hidden := max(all.Total-shown, 0)
	long, err := s.reader.bounded(ctx, int(hidden)+1, s.by.line.sql, s.by.line.args...)
	if err != nil || long <= hidden {
		return each, gone(ctx, err)
	}
	return say("SELECT (SELECT count(*) FROM #) - (SELECT count(*) FROM users WHERE users.organization_id = # AND "+s.hidden()+" AND EXISTS (SELECT 1 FROM # AND "+s.by.at+" = users.id))",
		s.by.line, s.organization, s.by.line), nil
}

// countShown counts users from counters: all that SCIM shows, and those that are
// active or not, which clients ask for to know how many there are.
func (r Reader) countShown(ctx context.Context, c compiler, f filter.Expr) (int64, bool, error) {
	rows, err := r.tallied(ctx, c.organization, shownTally, 0, 0)
	if err != nil {
		return 0, false, err
	}
	var all int64
	for _, row := range rows {
		all += row.Value
	}
	compare, ok := f.(filter.Compare)
	if !ok {
		return all, f == nil, nil
	}
	attr, ok := c.types.Attr(compare.Path)
	if !ok || attr.Path != (filter.Path{Name: "active"}) {
		return all, false, nil
	}
	counts, err := r.UserCounts(ctx, c.organization)
	if err != nil {
		return 0, false, err
	}
	held, err := r.disabledAside(ctx, c.organization)
	if err != nil {
		return 0, false, err
	}
	active := counts.ByStatus[models.Active] - held
	var n int64
	if filter.Match(f, map[string]any{"active": true}, c.types) {
		n += active
	}
	if filter.Match(f, map[string]any{"active": false}, c.types) {
		n += all - active
	}
	return n, true, nil
}

// disabledAside counts the active users whose removal is held back, those among them
// that directories do not see included: to them none of these is active.
func (r Reader) disabledAside(ctx context.Context, organization int64) (int64, error) {
	return r.Held(ctx, organization, math.MaxInt32)
}
