package store

import (
	"context"
	"fmt"
)

// OverrideUses counts the users who have an own value of an application setting.
func (r Reader) OverrideUses(ctx context.Context, organization int64, setting string) (int64, error) {
	has := say("json_type(users.overrides, #) IS NOT NULL", `$."`+setting+`"`)
	if r.engine == postgresEngine {
		has = say("jsonb_exists(users.overrides::jsonb, #)", setting)
	}
	q := say("SELECT count(*) FROM users WHERE users.organization_id = # AND CASE WHEN users.overrides = '' THEN 1 = 0 ELSE # END", organization, has)
	var n int64
	if err := r.q(ctx).Raw(q.sql, q.args...).Scan(&n).Error; err != nil {
		return 0, gone(ctx, fmt.Errorf("count own values of %s: %w", setting, err))
	}
	return n, nil
}
