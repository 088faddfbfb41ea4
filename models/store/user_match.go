package store

import (
	"context"
	"strings"

	"muster/models"
	"muster/models/filter"
)

// EmailHolder gives another user whose work or primary address is this one; one
// deleted at the source holds nothing any more.
func (r Reader) EmailHolder(ctx context.Context, organization int64, emailKey string, besides int64) (models.User, error) {
	return r.holder(ctx, r.byEmail(organization, emailKey), emailKey, besides)
}

// EmployeeHolder gives another user with this employee number.
func (r Reader) EmployeeHolder(ctx context.Context, organization int64, number string, besides int64) (models.User, error) {
	return r.holder(ctx, r.byEmployee(organization, number), number, besides)
}

// EmailMatches gives the users with this work or primary address whom a record can
// be: nobody manages them, or they were deleted at the source. It stops at three.
func (r Reader) EmailMatches(ctx context.Context, organization int64, emailKey string) ([]models.User, error) {
	return r.matches(ctx, organization, r.byEmail(organization, emailKey))
}

// EmployeeMatches is EmailMatches for an employee number.
func (r Reader) EmployeeMatches(ctx context.Context, organization int64, number string) ([]models.User, error) {
	return r.matches(ctx, organization, r.byEmployee(organization, number))
}

const byValue = "id IN (SELECT user_id FROM user_values WHERE organization_id = ? AND path = ? AND value_key = ?)"

func (r Reader) byEmail(organization int64, emailKey string) condition {
	var c condition
	c.and(byValue, organization, models.EmailPath, models.IndexKey(emailKey))
	c.and("organization_id = ? AND email_key = ? AND email_key <> ''", organization, emailKey)
	return c
}

func (r Reader) byEmployee(organization int64, number string) condition {
	var c condition
	c.and("organization_id = ? AND employee_number = ? AND employee_number <> ''", organization, number)
	for w := range strings.FieldsSeq(filter.Fold(number)) {
		if w = models.IndexKey(strings.Trim(w, models.WordTrim)); w != "" { // any word of it leads
			c.and(byValue, organization, wordPath, w)
			break
		}
	}
	return c
}

func (r Reader) holder(ctx context.Context, c condition, value string, besides int64) (models.User, error) {
	c.and("id <> ? AND "+r.shown(), besides)
	u, err := one[models.User](ctx, r, "SELECT "+userColumns+" FROM users WHERE "+c.sql+limited(1), c.args...)
	return u, found(err, noUser(value))
}

func (r Reader) matches(ctx context.Context, organization int64, c condition) ([]models.User, error) {
	c.and("((mode || '') IN "+termsOf+" OR NOT ("+r.shown()+")) ORDER BY hidden, id", organization, string(models.Manual))
	users, err := read[models.User](ctx, r, "SELECT "+userColumns+" FROM users WHERE "+c.sql+limited(3), c.args...)
	return users, classify(err)
}
