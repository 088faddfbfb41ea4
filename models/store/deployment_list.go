package store

import (
	"context"
	"fmt"
	"strings"

	"muster/models"
)

// HistoryPage lists an organization's method changes a page at a time, newest first.
func (r Reader) HistoryPage(ctx context.Context, organization int64, p models.Page) (models.Slice[models.MethodChange], error) {
	slice, err := page(r.q(ctx).Where("organization_id = ?", organization), p, p.Size(25, 200), order{descending: true},
		func(c models.MethodChange) cursor { return cursor{Key: c.Key} })
	if err != nil {
		return slice, fmt.Errorf("list method changes: %w", err)
	}
	return slice, nil
}

// FirstMethodChange gives the public id of the oldest change, which is the first choice
// of a method; "" where none was chosen yet.
func (r Reader) FirstMethodChange(ctx context.Context, organization int64) (string, error) {
	var ids []string
	err := r.q(ctx).Raw("SELECT public_id FROM method_changes WHERE organization_id = ? ORDER BY id LIMIT 1", organization).Scan(&ids).Error
	if err != nil {
		return "", fmt.Errorf("look for the first method change: %w", err)
	}
	return strings.Join(ids, ""), nil
}

// ChangeThatEnded gives the latest change that ended a term. A term that was resumed by
// an undo may have been ended more than once.
func (r Reader) ChangeThatEnded(ctx context.Context, organization int64, term string) (models.MethodChange, bool, error) {
	var list []models.MethodChange
	err := r.q(ctx).Where(`organization_id = ? AND record LIKE ? ESCAPE '\'`, organization, `%"ended":"`+literally(term)+`"%`).
		Order("id DESC").Limit(1).Find(&list).Error
	if err != nil {
		return models.MethodChange{}, false, fmt.Errorf("look for the change that ended %s: %w", term, err)
	}
	if len(list) == 0 {
		return models.MethodChange{}, false, nil
	}
	return list[0], true, nil
}

// literally keeps a text from meaning anything to LIKE.
func literally(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// ReturningGroups lists the groups that hold an ended term still, by name.
func (r Reader) ReturningGroups(ctx context.Context, organization int64, name string, p models.Page) (models.Slice[models.Group], error) {
	return r.heldGroups(ctx, p, "organization_id = ? AND mode = ?", organization, name)
}

// TouchedGroups lists the groups that held a term when it ended and were written since.
func (r Reader) TouchedGroups(ctx context.Context, organization int64, name string, since models.Time, p models.Page) (models.Slice[models.Group], error) {
	return r.heldGroups(ctx, p, touched, organization, name, since)
}

func (r Reader) heldGroups(ctx context.Context, p models.Page, where string, args ...any) (models.Slice[models.Group], error) {
	slice, err := page(r.q(ctx).Model(&models.Group{}).Select(groupColumns).Where(where, args...), p, p.Size(50, 200),
		order{column: "display_name_key"}, func(g models.Group) cursor { return cursor{Sort: g.DisplayNameKey, Key: g.Key} })
	if err != nil {
		return slice, fmt.Errorf("list the groups of a term: %w", err)
	}
	return slice, nil
}

// CountAllUsers tells which of these rules would win how many of the users who are here,
// whoever manages them; those deleted at the source apart.
func (r Reader) CountAllUsers(ctx context.Context, organization int64, rules []Rule) ([]RuleCount, error) {
	d := dialect{r.engine}
	from := "users INDEXED BY users_all WHERE users.organization_id = # AND users.hidden = 0"
	if d.engine == postgresEngine {
		from = "users WHERE users.organization_id = # AND NOT users.hidden"
	}
	text := moves(winner(d, organization, rules, false), say(from, organization))
	rows, err := scan[RuleCount](ctx, r, text.sql, text.args...)
	if err != nil {
		return nil, gone(ctx, fmt.Errorf("count whom kept mappings would match: %w", err))
	}
	return rows, nil
}
