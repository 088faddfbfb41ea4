package store_test

import (
	"encoding/json"
	"slices"
	"testing"

	"muster/models"
	"muster/models/filter"
	"muster/models/mapping"
	"muster/models/scim"
	"muster/models/store"
	"muster/models/store/storetest"
)

// The database finds for every user the rule that the decision itself finds, whatever
// the rules ask for and in whatever case.
func TestRulesInSQLAreTheDecisionsOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		m := &maker{Rand: chance(t)}
		users, _ := populate(t, s, org, m, 150, 40)
		subjects := subjectsOf(t, s, org, users)
		types := scim.User(badges(badgeURN))
		sets := 600
		if testing.Short() || raced {
			sets = 100
		}
		for range sets {
			rules := m.rules(types)
			if why := disagrees(t, s, org, rules, types, subjects); why != "" {
				t.Fatalf("%s\nby %s", why, written(least(t, s, org, rules, types, subjects)))
			}
		}
	})
}

// subject is a user as rules see them.
type subject struct {
	id string
	mapping.Subject
}

func subjectsOf(t *testing.T, s *store.Store, org int64, users []resource) []subject {
	t.Helper()
	var out []subject
	for _, r := range users {
		u, err := s.User(t.Context(), org, r.id)
		ok(t, err)
		ok(t, u.Load())
		above, err := s.GroupsAbove(t.Context(), u.Key)
		ok(t, err)
		out = append(out, subject{r.id, mapping.Subject{Document: u.Attributes, Groups: above}})
	}
	return out
}

// rules makes a few by chance; some ask for groups too, some for everybody.
func (m *maker) rules(types *scim.Type) []models.Mapping {
	var list []models.Mapping
	for len(list) < 1+m.IntN(5) {
		r := models.Mapping{Key: int64(len(list) + 1), Position: int64(len(list) + 1), CaseExact: m.often(40)}
		for range m.IntN(3) {
			r.Groups = append(r.Groups, pick(m, m.groups))
		}
		if m.often(85) {
			r.Filter = m.filter(types, 2).String()
			if _, err := mapping.Parse(r.Filter, types); err != nil {
				continue // asks for what Muster itself answers for
			}
		}
		list = append(list, r)
	}
	return list
}

// disagrees tells in words where the database and the decision differ, or nothing.
func disagrees(t *testing.T, s *store.Store, org int64, list []models.Mapping, types *scim.Type, subjects []subject) string {
	t.Helper()
	rules := asked(t, list, types)
	compiled := mapping.Compile(list, types)
	won := map[string]int64{}
	for i := range rules {
		found, err := s.Matching(t.Context(), org, models.SCIM, rules[i], rules[:i], 1000)
		ok(t, err)
		for _, u := range found.First {
			won[u.ID] = rules[i].Key
		}
	}
	counts := map[int64]int64{}
	for _, u := range subjects {
		first, _ := compiled.First(u.Subject)
		counts[first.Key]++
		if won[u.id] != first.Key {
			body, _ := json.Marshal(u.Document)
			return "the decision gives rule " + show(first.Key) + ", SQL " + show(won[u.id]) + " to " + string(body)
		}
	}
	rows, err := s.CountRules(t.Context(), org, models.SCIM, rules)
	ok(t, err)
	for _, row := range rows {
		if counts[row.Then] != row.Users {
			return "SQL counts " + show(row.Users) + " at rule " + show(row.Then) + ", there are " + show(counts[row.Then])
		}
	}
	return ""
}

func show(n int64) string { body, _ := json.Marshal(n); return string(body) }

func asked(t *testing.T, list []models.Mapping, types *scim.Type) []store.Rule {
	t.Helper()
	var out []store.Rule
	for _, m := range list {
		r := store.Rule{Key: m.Key, Groups: m.Groups, Types: mapping.Exactness(types, m.CaseExact)}
		if m.Filter != "" {
			var err error
			r.Filter, err = mapping.Parse(m.Filter, types)
			ok(t, err)
		}
		out = append(out, r)
	}
	return out
}

// least is a smallest set of rules, with smallest conditions, about which they
// disagree.
func least(t *testing.T, s *store.Store, org int64, list []models.Mapping, types *scim.Type, subjects []subject) []models.Mapping {
	t.Helper()
	for i := range list {
		for _, fewer := range smaller(t, list, i) {
			if disagrees(t, s, org, fewer, types, subjects) != "" {
				return least(t, s, org, fewer, types, subjects)
			}
		}
	}
	return list
}

func smaller(t *testing.T, list []models.Mapping, at int) [][]models.Mapping {
	t.Helper()
	out := [][]models.Mapping{slices.Delete(slices.Clone(list), at, at+1)}
	with := func(change func(*models.Mapping)) {
		copied := slices.Clone(list)
		change(&copied[at])
		out = append(out, copied)
	}
	if len(list[at].Groups) > 0 {
		with(func(m *models.Mapping) { m.Groups = m.Groups[1:] })
	}
	if list[at].Filter != "" {
		e, err := filter.Parse(list[at].Filter, filter.Limits{})
		ok(t, err)
		for _, part := range parts(e) {
			with(func(m *models.Mapping) { m.Filter = part.String() })
		}
	}
	return out
}

func written(list []models.Mapping) string {
	body, _ := json.MarshalIndent(list, "", " ")
	return string(body)
}
