package store_test

import (
	"strings"
	"testing"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
	"muster/models/store"
	"muster/models/store/storetest"
)

// Each filter that clients send is led by its index on both databases: no table of
// users is read through, for the page or for the count.
func TestFiltersThatClientsSendUseTheirIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o, err := storetest.Seed(t.Context(), s, storetest.Size{Users: 3000, Groups: 12}, benchNow)
		ok(t, err)
		if s.Engine() == "PostgreSQL" {
			ok(t, s.Run(t.Context(), "ANALYZE"))
		}
		of := scim.User(badges(badgeURN))
		for _, text := range indexedFilters() {
			e, err := filter.Parse(text, filter.Limits{})
			ok(t, err)
			for _, count := range []int{0, 10} {
				plan := s.Plans(t, "", func(s *store.Store) error {
					_, err := s.FindUsers(t.Context(), o.Key, models.Query{Filter: e, Types: of, Start: 1, Count: count})
					return err
				})
				for line := range strings.SplitSeq(plan, "\n") {
					line = strings.TrimSpace(line)
					if line == "SCAN users" || strings.HasPrefix(line, "SCAN users USING") || strings.Contains(line, "Seq Scan on users") || strings.HasPrefix(line, "SCAN v") || strings.Contains(line, "Seq Scan on user_values") {
						t.Errorf("%s reads all:\n%s", text, plan)
					}
					if strings.Contains(line, "users USING INDEX users_all") && !strings.Contains(line, "rowid=?") {
						t.Errorf("%s reads an organization through:\n%s", text, plan)
					}
				}
			}
		}
		for _, by := range []filter.Path{{}, {Name: "userName"}, {Name: "displayName"}, {Name: "id"}, {Name: "meta", Sub: "created"}, {Name: "meta", Sub: "lastModified"}} {
			for _, down := range []bool{false, true} {
				plan := s.Plans(t, "users", func(s *store.Store) error {
					_, err := s.FindUsers(t.Context(), o.Key, models.Query{Types: of, Start: 1, Count: 10, Sort: models.Sort{Path: by, Descending: down}})
					return err
				})
				if strings.Contains(plan, "TEMP B-TREE FOR ORDER BY") || strings.Contains(plan, "Sort Key") && !strings.Contains(plan, "Presorted") {
					t.Errorf("the order by %s sorts everybody:\n%s", by, plan)
				}
			}
		}
	})
}

// What many have is read no further than the page goes, and counted in its index: the
// page of a value that half of all users have must not read half of all users.
func TestWideFiltersReadNoMoreThanTheirPage(t *testing.T) {
	s := storetest.SQLite(t)
	o, err := storetest.Seed(t.Context(), s, storetest.Size{Users: 300, Groups: 12}, benchNow)
	ok(t, err)
	groups, err := s.Groups(t.Context(), o.Key, models.GroupQuery{})
	ok(t, err)
	for text, index := range map[string]string{
		`title eq "Engineer"`:                          "SEARCH v USING PRIMARY KEY (organization_id=? AND path=? AND value_key=?",
		`groups.value eq "` + groups.Items[0].ID + `"`: "SEARCH m USING PRIMARY KEY (group_id=? AND kind=?",
	} {
		e, err := filter.Parse(text, filter.Limits{})
		ok(t, err)
		for _, start := range []int{1, 3} {
			plan := s.Plans(t, "", func(s *store.Store) error {
				_, err := s.FindUsers(t.Context(), o.Key, models.Query{Filter: e, Types: scim.User(), Start: start, Count: 1})
				return err
			})
			if strings.Contains(plan, "FOR ORDER BY") || strings.Contains(plan, "LIST SUBQUERY") || !strings.Contains(plan, index) {
				t.Errorf("%s reads more than its page:\n%s", text, plan)
			}
		}
	}
}

// A range that many are in is counted and put in order in its index; only the page itself
// is looked at.
func TestWideRangesLookOnlyAtTheirPage(t *testing.T) {
	s := storetest.SQLite(t)
	o, err := storetest.Seed(t.Context(), s, storetest.Size{Users: 600, Groups: 2}, benchNow)
	ok(t, err)
	for text, index := range map[string]string{
		`userName sw "a"`:                             "users_user_name",
		`displayName sw "anna"`:                       "users_display",
		`userName sw "anna.s"`:                        "users_user_name",
		`meta.created lt "2026-10-01T00:00:00Z"`:      "users_created",
		`meta.lastModified ge "2025-10-01T00:00:00Z"`: "users_updated",
	} {
		e, err := filter.Parse(text, filter.Limits{})
		ok(t, err)
		ask := models.Query{Filter: e, Types: scim.User(), Start: 1, Count: 600}
		all, err := s.FindUsers(t.Context(), o.Key, ask)
		ok(t, err)
		ask.Start, ask.Count = 4, 3
		var part models.Found[models.User]
		plan := s.Plans(t, "", func(s *store.Store) error {
			part, err = s.FindUsers(t.Context(), o.Key, ask)
			return err
		})
		if strings.Count(plan, "SEARCH users USING COVERING INDEX "+index) != 2 {
			t.Errorf("%s looks at more than its page:\n%s", text, plan)
		}
		if len(all.Items) < 7 || part.Total != int64(len(all.Items)) || len(part.Items) != 3 || part.Items[0].ID != all.Items[3].ID || part.Items[2].ID != all.Items[5].ID {
			t.Errorf("%s: %d of %d on the page, %d in all", text, len(part.Items), part.Total, len(all.Items))
		}
	}
}

// Of two indexes the one leads that finds fewer, wherever it stands in the filter.
func TestTheIndexThatFindsFewerLeads(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o, err := storetest.Seed(t.Context(), s, storetest.Size{Users: 300, Groups: 12}, benchNow)
		ok(t, err)
		for _, text := range []string{`title eq "Nobody" and userType sw "e"`, `userType sw "e" and title eq "Nobody"`} {
			e, err := filter.Parse(text, filter.Limits{})
			ok(t, err)
			plan := s.Statements(t, func(s *store.Store) error {
				_, err := s.FindUsers(t.Context(), o.Key, models.Query{Filter: e, Types: scim.User(), Start: 1, Count: 10})
				return err
			})
			page := plan[len(plan)-1]
			if !strings.Contains(page, "nobody") || strings.Count(page, "user_values") != 1 {
				t.Errorf("%s is not led by the title:\n%s", text, page)
			}
		}
	})
}

// A page far into an order passes over what lies before in the index of the order.
func TestFarPagesLookAtNobodyBefore(t *testing.T) {
	s := storetest.SQLite(t)
	o, err := storetest.Seed(t.Context(), s, storetest.Size{Users: 1200, Groups: 1}, benchNow)
	ok(t, err)
	for index, by := range map[string]filter.Path{
		"users_user_name": {Name: "userName"}, "users_created": {Name: "meta", Sub: "created"}, "users_updated": {Name: "meta", Sub: "lastModified"},
	} {
		ask := models.Query{Types: scim.User(), Count: 30, Sort: models.Sort{Path: by, Descending: index == "users_created"}}
		plan := s.Plans(t, "", func(s *store.Store) error {
			ask.Start = 1101
			_, err := s.FindUsers(t.Context(), o.Key, ask)
			return err
		})
		if !strings.Contains(plan, "SEARCH users USING COVERING INDEX "+index) {
			t.Errorf("%s looks at everybody before:\n%s", by, plan)
		}
		far, err := s.FindUsers(t.Context(), o.Key, ask)
		ok(t, err)
		ask.Start, ask.Count = 1, 1130
		all, err := s.FindUsers(t.Context(), o.Key, ask)
		ok(t, err)
		if len(far.Items) != 30 || far.Total != all.Total {
			t.Fatalf("%s: %d of %d, want 30 of %d", by, len(far.Items), far.Total, all.Total)
		}
		for i, u := range far.Items {
			if want := all.Items[1100+i]; u.ID != want.ID {
				t.Fatalf("%s: %s at %d, want %s", by, u.UserName, 1101+i, want.UserName)
			}
		}
	}
}
