package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

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

	// Where every user is at the rule that the rules as they were gave them, most
	// conditions need not be asked again. Settled says so: who is at the rule matches
	// it when Keeps, and of all others only those at one of Asks may; 0 is at none.
	Settled bool
	Keeps   bool
	Asks    []int64
}

// NewRule is what a Rule without a key is called in RuleCount.
const NewRule int64 = -1

func (r Rule) key() int64 {
	if r.Key == 0 {
		return NewRule
	}
	return r.Key
}

// node is the rule as SQL over users; rowwise says that it is asked of few.
func (r Rule) node(d dialect, organization int64, rowwise bool) node {
	if r.Settled {
		return r.settled(d, organization, rowwise)
	}
	if r.Broken {
		return node{is: no()}
	}
	n := node{is: yes()}
	c := compiler{dialect: d, noun: userNoun(), organization: organization, types: r.Types, rowwise: rowwise}
	if r.Filter != nil {
		n = c.compile(r.Filter)
	}
	if len(r.Groups) > 0 {
		in := c.inGroups(r.Groups)
		n = node{and(in.is, n.is), in.by.better(n.by)}
	}
	return n
}

// settled is the rule where it is known at which one every user is.
func (r Rule) settled(d dialect, organization int64, rowwise bool) node {
	is, keeps := no(), r.Keeps
	if len(r.Asks) > 0 {
		r.Settled = false
		is = and(said{sql: "users.mapping_id IN (" + keyList(r.Asks) + ")"}, r.node(d, organization, rowwise).is)
	}
	if keeps {
		is = or(said{sql: fmt.Sprint("users.mapping_id = ", r.Key)}, is)
	}
	return node{is: is}
}

func keyList(keys []int64) string {
	var b strings.Builder
	for i, key := range keys {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.FormatInt(key, 10))
	}
	return b.String()
}

// inGroups holds for the users in any of the groups, or in groups in them. Memberships
// that rules made do not count.
func (c compiler) inGroups(ids []string) node {
	list := no()
	for _, id := range ids {
		list = or(list, say("g.public_id = #", id))
	}
	inside := say(`WITH RECURSIVE inside(id) AS (SELECT g.id FROM groups g WHERE g.organization_id = # AND #
		UNION SELECT m.member_id FROM inside i CROSS JOIN members m WHERE m.group_id = i.id AND m.kind = 'group')`, c.organization, list)
	if c.rowwise {
		return node{is: say(`EXISTS (SELECT 1 FROM members m WHERE m.kind = 'user' AND m.member_id = users.id AND m.mapping_id = 0 AND m.group_id IN (# SELECT i.id FROM inside i))`, inside)}
	}
	// Crosswise joins keep their order on SQLite: the groups first.
	keys := say(`# SELECT m.member_id FROM inside i CROSS JOIN members m WHERE m.group_id = i.id AND m.kind = 'user' AND m.mapping_id = 0`, inside)
	return node{is: say("users.id IN (#)", keys), by: narrow{rank: rankValue, keys: keys}}
}

// winner is the key of the rule that wins a user, 0 for none.
func winner(d dialect, organization int64, rules []Rule, rowwise bool) said {
	out := said{}
	for _, r := range rules {
		switch n := r.node(d, organization, rowwise); n.is.sql {
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

// governed selects, after FROM, the users that a method's rules are for: those it manages
// and who are not deleted at the source. It reads them in the order in which they lie:
// left to itself, SQLite takes an index that leads all over the table, which takes
// five times as long.
func governed(d dialect, organization int64, method models.Method) said {
	from := "users INDEXED BY users_all WHERE users.organization_id = # AND users.hidden = 0 AND (users.mode || '') IN " + termsSaid
	if d.engine == postgresEngine {
		from = "users WHERE users.organization_id = # AND NOT users.hidden AND (users.mode || '') IN " + termsSaid
	}
	return say(from, organization, organization, method)
}

// CountRules tells, for every user that a method manages, at which rule they are and
// which of these rules would win them. It reads all of them; where that is settled,
// only those who may move.
func (r Reader) CountRules(ctx context.Context, organization int64, method models.Method, rules []Rule) ([]RuleCount, error) {
	d := dialect{r.engine}
	from := governed(d, organization, method)
	if may, settled := movable(rules); settled {
		if len(may) == 0 {
			return nil, nil
		}
		from = say("# AND users.mapping_id IN ("+keyList(may)+")", from)
	}
	text := moves(winner(d, organization, rules, false), from)
	rows, err := scan[RuleCount](ctx, r, text.sql, text.args...)
	if err != nil {
		return nil, gone(ctx, fmt.Errorf("count who is at which mapping: %w", err))
	}
	return rows, nil
}

// led selects, after FROM, the users for whom a node holds, by its index where it has one. The
// columns that it does not need stand as expressions, which keeps the planner at it.
func (r Reader) led(d dialect, organization int64, method models.Method, n node) said {
	if n.by.none() {
		return say("# AND #", governed(d, organization, method), n.is)
	}
	where := compiler{dialect: d, noun: userNoun(), organization: organization}.belongs(n.by)
	where = and(where, n.is.behind(where))
	own := "users.organization_id"
	if n.by.own.none() {
		own += " + 0"
	}
	return say("users WHERE # AND "+own+" = # AND (users.mode || '') IN "+termsSaid+" AND "+d.shown("users"), where, organization, organization, method)
}

// moves counts users by the rule they are at and the one that next is. They are kept
// aside: put into each place that looks at it, next would be found anew there.
func moves(next, from said) said {
	return say(`WITH f AS MATERIALIZED (SELECT users.mapping_id AS now, # AS next FROM #)
		SELECT f.now, f.next AS "then", count(*) AS users FROM f GROUP BY f.now, f.next`, next, from)
}

// movable gives the rules at which are users who may have to go elsewhere, where it
// is settled at which one every user is.
func movable(rules []Rule) (keys []int64, settled bool) {
	for _, r := range rules {
		if !r.Settled {
			return nil, false
		}
		keys = append(keys, r.Asks...)
	}
	slices.Sort(keys)
	return slices.Compact(keys), len(rules) > 0
}

// CountLeavers tells, of the users at a rule now, which of the rules would win them.
func (r Reader) CountLeavers(ctx context.Context, organization int64, method models.Method, at int64, rules []Rule) ([]RuleCount, error) {
	d := dialect{r.engine}
	// By their keys, in which order they lie, and not by the index's own.
	from := say("users WHERE users.id IN (SELECT m.id FROM users m WHERE m.organization_id = # AND m.mapping_id = # AND m.mapping_id <> 0) AND (users.mode || '') IN "+termsSaid+" AND "+d.shown("users"),
		organization, at, organization, method)
	text := moves(winner(d, organization, rules, true), from)
	rows, err := scan[RuleCount](ctx, r, text.sql, text.args...)
	if err != nil {
		return nil, gone(ctx, fmt.Errorf("count who leaves a mapping: %w", err))
	}
	return rows, nil
}

// CountShutOut counts the active users whom none of the rules matches, but for those
// who have a profile by hand.
func (r Reader) CountShutOut(ctx context.Context, organization int64, method models.Method, rules []Rule) (int64, error) {
	d := dialect{r.engine}
	text := say("SELECT count(*) AS users FROM # AND users.status = 'active' AND users.profile_by <> 'admin' AND # = 0",
		governed(d, organization, method), winner(d, organization, rules, false))
	rows, err := scan[RuleCount](ctx, r, text.sql, text.args...)
	if err != nil {
		return 0, gone(ctx, fmt.Errorf("count whom no mapping matches: %w", err))
	}
	return rows[0].Users, nil
}
