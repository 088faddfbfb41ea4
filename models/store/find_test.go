package store_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
	"muster/models/store"
	"muster/models/store/storetest"
)

// pairs is how many times a document is held against a filter, on each database.
const pairs = 100_000

// chance gives the seed of a run: MUSTER_TEST_SEED repeats one.
func chance(t testing.TB) *rand.Rand {
	t.Helper()
	n := seed(t)
	if given := os.Getenv("MUSTER_TEST_SEED"); given != "" {
		var err error
		n, err = strconv.ParseUint(given, 10, 64)
		ok(t, err)
	}
	return rand.New(rand.NewPCG(n, n))
}

// selector answers a filter by the ids it selects, as the database does.
type selector func(filter.Expr) ([]string, error)

// SQL selects exactly what the matcher selects, whatever the filter and whatever
// the documents: nothing more, nothing less, and never a failure.
func TestFiltersInSQLAreTheMatchersOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		m := &maker{Rand: chance(t)}
		users, groups := populate(t, s, org, m, 400, 120)
		userType, groupType := scim.User(badges(badgeURN)), scim.Group(badges(models.CustomSchema(models.GroupTarget)))
		compare(t, m, userType, users, pairs, func(e filter.Expr) ([]string, error) {
			found, err := s.FindUsers(t.Context(), org, models.Query{Filter: e, Types: userType, Start: 1, Count: 1000, Base: world})
			if err == nil && found.Total != int64(len(found.Items)) {
				t.Errorf("%s: total %d of %d", e, found.Total, len(found.Items))
			}
			return ids(found.Items, func(u models.User) string { return u.ID }), err
		})
		compare(t, m, groupType, groups, pairs/4, func(e filter.Expr) ([]string, error) {
			found, err := s.FindGroups(t.Context(), org, models.Query{Filter: e, Types: groupType, Start: 1, Count: 1000, Base: world})
			return ids(found.Items, func(g models.Group) string { return g.ID }), err
		})
	})
}

func ids[T any](list []T, id func(T) string) []string {
	var out []string
	for _, item := range list {
		out = append(out, id(item))
	}
	return out
}

func compare(t *testing.T, m *maker, of *scim.Type, all []resource, pairs int, find selector) {
	t.Helper()
	failures := 0
	for range pairs / len(all) {
		e, err := filter.Parse(m.filter(of, 3).String(), filter.Limits{Length: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if diverges(of, all, find, e) == "" {
			continue
		}
		least := minimal(of, all, find, e)
		t.Errorf("%s\nof %s", diverges(of, all, find, least), least)
		if failures++; failures > 5 {
			t.Fatal("and more")
		}
	}
}

// diverges tells in words where SQL and the matcher differ, or nothing.
func diverges(of *scim.Type, all []resource, find selector, e filter.Expr) string {
	got, err := find(e)
	if err != nil {
		return "refused: " + err.Error()
	}
	match := filter.Compile(e, of)
	for _, r := range all {
		if want := match(r.doc); want != slices.Contains(got, r.id) {
			body, _ := json.Marshal(r.doc)
			return "the matcher says " + strconv.FormatBool(want) + ", SQL does not, of " + string(body)
		}
	}
	return ""
}

// minimal finds the smallest part of a filter that diverges.
func minimal(of *scim.Type, all []resource, find selector, e filter.Expr) filter.Expr {
	for _, part := range parts(e) {
		if diverges(of, all, find, part) != "" {
			return minimal(of, all, find, part)
		}
	}
	return e
}

func parts(e filter.Expr) []filter.Expr {
	switch e := e.(type) {
	case filter.And:
		return []filter.Expr{e.Left, e.Right}
	case filter.Or:
		return []filter.Expr{e.Left, e.Right}
	case filter.Not:
		return []filter.Expr{e.Expr}
	case filter.ValuePath:
		var out []filter.Expr
		if e.Then != nil {
			out = append(out, filter.ValuePath{Path: e.Path, Filter: e.Filter}, filter.ValuePath{Path: e.Path, Filter: e.Then})
		}
		for _, part := range parts(e.Filter) {
			out = append(out, filter.ValuePath{Path: e.Path, Filter: part, Then: e.Then})
		}
		return out
	}
	return nil
}
