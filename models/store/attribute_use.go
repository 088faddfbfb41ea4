package store

import (
	"context"
	"fmt"
	"strings"

	"muster/models"
	"muster/models/filter"
)

// tooManyToCount stands for a count that would cost more than it tells.
const tooManyToCount = -1

// AttributeUses counts, in the order of the list, the users or groups that have a
// value of each attribute, those too that SCIM does not show. An index counts up to
// most. What no index holds, which are booleans and all of groups, is counted by
// reading through once; of more than 200,000 records it is -1.
func (r Reader) AttributeUses(ctx context.Context, organization int64, list []models.CustomAttribute, most int64) ([]int64, error) {
	counts := make([]int64, len(list))
	through := map[models.TargetType][]int{} // places in the list
	for i, a := range list {
		if a.Of != models.UserTarget || filter.Type(a.Type) == filter.Boolean {
			through[a.Of] = append(through[a.Of], i)
			continue
		}
		var err error
		if counts[i], err = r.indexedUse(ctx, organization, a, most); err != nil {
			return nil, err
		}
	}
	for of, places := range through {
		if err := r.readUse(ctx, organization, of, list, places, counts); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// usersWith selects the users that have an indexed value of an attribute.
func usersWith(organization int64, a models.CustomAttribute) said {
	return say("SELECT v.user_id FROM user_values v WHERE v.organization_id = # AND v.path = #", organization, models.FoldedKey(a.Schema, a.Name))
}

func (r Reader) indexedUse(ctx context.Context, organization int64, a models.CustomAttribute, most int64) (int64, error) {
	q := say("SELECT count(*) FROM (SELECT DISTINCT u.user_id FROM (#) AS u LIMIT #) AS n", usersWith(organization, a), most)
	var n int64
	if err := r.q(ctx).Raw(q.sql, q.args...).Scan(&n).Error; err != nil {
		return 0, gone(ctx, fmt.Errorf("count the use of %s: %w", a.Name, err))
	}
	return n, nil
}

// readUse fills the counts of some attributes by reading a table through once.
func (r Reader) readUse(ctx context.Context, organization int64, of models.TargetType, list []models.CustomAttribute, places []int, counts []int64) error {
	small, err := r.readable(ctx, organization, of)
	if err != nil || !small {
		for _, i := range places {
			counts[i] = tooManyToCount
		}
		return err
	}
	columns := make([]string, len(places))
	for n, i := range places {
		columns[n] = "count(CASE WHEN " + heldBy(of, list[i]).there + " THEN 1 END)"
	}
	table := tableOf(of)
	row := make([]any, len(places))
	for n, i := range places {
		row[n] = &counts[i]
	}
	err = r.q(ctx).Raw("SELECT "+strings.Join(columns, ", ")+" FROM "+table+" WHERE "+table+".organization_id = ?", organization).Row().Scan(row...)
	if err != nil {
		return gone(ctx, fmt.Errorf("count the use of custom attributes: %w", err))
	}
	return nil
}

// AttributeMisfit tells whether a record keeps a value, of an attribute that was
// declared before, which does not fit the declaration. Among more than 200,000
// users a boolean may go unseen.
func (r Reader) AttributeMisfit(ctx context.Context, organization int64, a models.CustomAttribute) (bool, error) {
	small, err := r.readable(ctx, organization, a.Of)
	if err != nil {
		return false, err
	}
	table, v := tableOf(a.Of), heldBy(a.Of, a)
	where := say(table+".organization_id = # AND "+v.there+" AND NOT coalesce("+v.fits+", 1 = 0)", organization)
	if a.Of == models.UserTarget && !small {
		where = say("# AND users.id IN (#)", where, usersWith(organization, a))
	}
	var n int64
	q := say("SELECT count(*) FROM (SELECT "+table+".id FROM "+table+" WHERE # LIMIT 1) AS n", where)
	if err := r.q(ctx).Raw(q.sql, q.args...).Scan(&n).Error; err != nil {
		return false, gone(ctx, fmt.Errorf("look for values of %s: %w", a.Name, err))
	}
	return n > 0, nil
}

// held is SQL about the value of an attribute in a folded document: that there is
// one, and that it, or the first of several, is of the attribute's type.
type held struct{ there, fits string }

func heldBy(of models.TargetType, a models.CustomAttribute) held {
	folded, key := tableOf(of)+".folded", models.FoldedKey(a.Schema, a.Name)
	whole := "(" + folded + " ->> " + quoted(key) + ")"
	list := "substr(" + whole + ", 1, 1) = '['"
	test := typeTest(filter.Type(a.Type), whole, "("+folded+" ->> "+quoted(key+"~t")+")")
	if a.Multi {
		first := "((" + folded + " -> " + quoted(key) + ") -> 0)"
		test = typeTest(filter.Type(a.Type), "("+first+" ->> 'value')", "("+first+" ->> 'value~t')")
	} else {
		list = "NOT " + list
	}
	return held{
		there: "coalesce(" + whole + ", 's') NOT IN ('s', '[]')",
		fits:  "CASE WHEN " + list + " THEN " + test + " ELSE 1 = 0 END",
	}
}

// typeTest tells by its tag whether a folded value is of a type; instant is what
// the document holds beside a text that is one.
func typeTest(t filter.Type, value, instant string) string {
	switch t {
	case filter.Boolean:
		return value + " LIKE 'b%'"
	case filter.Integer:
		return value + " LIKE 'n%i%'"
	case filter.Decimal:
		return value + " LIKE 'n%'"
	case filter.DateTime:
		return instant + " IS NOT NULL"
	case filter.String, filter.Reference, filter.Binary, filter.Complex:
	}
	return value + " LIKE 's%'"
}

// readable tells whether a collection may be read through for one request.
func (r Reader) readable(ctx context.Context, organization int64, of models.TargetType) (bool, error) {
	if of == models.GroupTarget {
		counts, err := r.GroupCounts(ctx, organization)
		return counts[""] <= scanMost, err
	}
	counts, err := r.UserCounts(ctx, organization)
	return counts.Total <= scanMost, err
}

func tableOf(of models.TargetType) string {
	if of == models.GroupTarget {
		return "groups"
	}
	return "users"
}
