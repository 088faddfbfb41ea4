package store

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/filter"
)

// Rule is a mapping as the database is asked it. Rules come in the order in which
// they are asked.
type Rule struct {
	Key     int64    // 0 for one that is not saved yet
	Groups  []string // public ids; empty asks for none
	Filter  filter.Expr
	Types   filter.Lookup // with the rule's case
	Broken  bool          // matches nobody
	Profile int64
	Locals  []int64 // keys of the groups whom it matches joins
}

// NewRule is what a Rule without a key is called in RuleCount.
const NewRule int64 = -1

func (r Rule) key() int64 {
	if r.Key == 0 {
		return NewRule
	}
	return r.Key
}

// node is the rule as SQL over users.
func (r Rule) node(d dialect, organization int64) node {
	if r.Broken {
		return node{is: no()}
	}
	n := node{is: yes()}
	c := compiler{d, userNoun(), organization, "", r.Types}
	if r.Filter != nil {
		n = c.compile(r.Filter)
	}
	if len(r.Groups) > 0 {
		keys := c.inGroups(r.Groups)
		in := node{is: say("users.id IN (#)", keys), by: narrow{rank: rankValue, keys: keys}}
		n = node{and(in.is, n.is), in.by.better(n.by)}
	}
	return n
}

// inGroups gives the keys of the users in any of the groups, or in groups in them.
func (c compiler) inGroups(ids []string) said {
	list := no()
	for _, id := range ids {
		list = or(list, say("g.public_id = #", id))
	}
	return say(`WITH RECURSIVE inside(id) AS (SELECT g.id FROM groups g WHERE g.organization_id = # AND #
		UNION SELECT m.member_id FROM inside i JOIN members m ON m.group_id = i.id AND m.kind = 'group')
		SELECT m.member_id FROM inside i JOIN members m ON m.group_id = i.id AND m.kind = 'user'`, c.organization, list)
}

// winner is the key of the rule that wins a user, 0 for none.
func winner(d dialect, organization int64, rules []Rule) said {
	out := said{}
	for _, r := range rules {
		switch n := r.node(d, organization); n.is.sql {
		case never:
		case always: // nothing after it is asked
			if out.none() {
				return say("#", said{sql: fmt.Sprint(r.key())})
			}
			return say("CASE # ELSE "+fmt.Sprint(r.key())+" END", out)
		default:
			when := say("WHEN # THEN "+fmt.Sprint(r.key()), n.is)
			if out.none() {
				out = when
			} else {
				out = say("# #", out, when)
			}
		}
	}
	if out.none() {
		return said{sql: "0"}
	}
	return say("CASE # ELSE 0 END", out)
}

// RuleCount is how many users are at one rule and would be at another.
type RuleCount struct{ Now, Then, Users int64 }

// governed selects the users that a method's rules are for: those it manages and
// who are not deleted at the source.
func governed(d dialect, organization int64, method models.Method) said {
	return say("users.organization_id = # AND (users.mode || '') = # AND "+d.shown("users"), organization, method)
}

// CountRules tells, for every user that a method manages, at which rule they are and
// which of these rules would win them. It reads all of them.
func (r Reader) CountRules(ctx context.Context, organization int64, method models.Method, rules []Rule) ([]RuleCount, error) {
	d := dialect{r.engine}
	text := say(`SELECT f.now, f.next AS "then", count(*) AS users FROM (SELECT users.mapping_id AS now, # AS next FROM users WHERE #) AS f GROUP BY f.now, f.next`,
		winner(d, organization, rules), governed(d, organization, method))
	rows, err := scan[RuleCount](ctx, r, text.sql, text.args...)
	if err != nil {
		return nil, gone(ctx, fmt.Errorf("count who is at which mapping: %w", err))
	}
	return rows, nil
}

// CountMatches tells, of the users that one rule's own condition matches, at which
// rule they are; indexed says whether an index leads to them.
func (r Reader) CountMatches(ctx context.Context, organization int64, method models.Method, rule Rule) (counts map[int64]int64, err error) {
	d := dialect{r.engine}
	n := rule.node(d, organization)
	rows, err := scan[RuleCount](ctx, r, "SELECT users.mapping_id AS now, count(*) AS users FROM users WHERE "+r.led(d, organization, method, n).sql+" GROUP BY users.mapping_id",
		r.led(d, organization, method, n).args...)
	if err != nil {
		return nil, gone(ctx, fmt.Errorf("count who matches a mapping: %w", err))
	}
	counts = map[int64]int64{}
	for _, c := range rows {
		counts[c.Now] = c.Users
	}
	return counts, nil
}

// led selects the users for whom a node holds, by its index where it has one.
func (r Reader) led(d dialect, organization int64, method models.Method, n node) said {
	where := n.is
	if !n.by.none() {
		c := compiler{d, userNoun(), organization, "", nil}
		by := c.belongs(n.by)
		if n.is.sql != by.sql {
			where = say("# AND #", by, n.is)
		}
		return say("# AND users.organization_id + 0 = # AND (users.mode || '') = # AND "+d.shown("users"), where, organization, method)
	}
	return say("# AND #", governed(d, organization, method), where)
}

// CountBoth tells, of the users that one rule's own condition matches, how many are
// won by each of the rules before it.
func (r Reader) CountBoth(ctx context.Context, organization int64, method models.Method, rule Rule, before []Rule) (map[int64]int64, error) {
	d := dialect{r.engine}
	text := say("SELECT # AS now, count(*) AS users FROM users WHERE # GROUP BY 1", winner(d, organization, before), r.led(d, organization, method, rule.node(d, organization)))
	rows, err := scan[RuleCount](ctx, r, text.sql, text.args...)
	if err != nil {
		return nil, gone(ctx, fmt.Errorf("count who matches two mappings: %w", err))
	}
	counts := map[int64]int64{}
	for _, c := range rows {
		counts[c.Now] = c.Users
	}
	return counts, nil
}

// Indexed tells whether an index leads to the users of a rule.
func (r Reader) Indexed(organization int64, rule Rule) bool {
	return !rule.node(dialect{r.engine}, organization).by.none()
}

// CountLeavers tells, of the users at a rule now, which of the rules would win them.
func (r Reader) CountLeavers(ctx context.Context, organization int64, method models.Method, at int64, rules []Rule) ([]RuleCount, error) {
	d := dialect{r.engine}
	text := say(`SELECT f.now, f.next AS "then", count(*) AS users FROM (SELECT users.mapping_id AS now, # AS next FROM users
		WHERE users.organization_id = # AND users.mapping_id = # AND users.mapping_id <> 0 AND (users.mode || '') = # AND `+d.shown("users")+`) AS f GROUP BY f.now, f.next`,
		winner(d, organization, rules), organization, at, method)
	rows, err := scan[RuleCount](ctx, r, text.sql, text.args...)
	if err != nil {
		return nil, gone(ctx, fmt.Errorf("count who leaves a mapping: %w", err))
	}
	return rows, nil
}

// FirstMatches lists the first users by name whom a rule would hold: who match it
// and are at none of the rules before it.
func (r Reader) FirstMatches(ctx context.Context, organization int64, method models.Method, rule Rule, before []Rule, most int) ([]models.User, error) {
	d := dialect{r.engine}
	n := rule.node(d, organization)
	if n.is.sql == never {
		return nil, nil
	}
	where := r.led(d, organization, method, n)
	for _, b := range before {
		where = say("# AND NOT (#)", where, b.node(d, organization).is)
	}
	by := "users.sort_key, users.id"
	if !n.by.none() {
		by = "(users.sort_key || ''), users.id" // keeps the planner at the rule's own index
	}
	text := say("SELECT "+userColumns+" FROM users WHERE # ORDER BY "+by+limited(most), where)
	users, err := scan[models.User](ctx, r, text.sql, text.args...)
	if err != nil {
		return nil, gone(ctx, fmt.Errorf("list who matches a mapping: %w", err))
	}
	return users, nil
}
