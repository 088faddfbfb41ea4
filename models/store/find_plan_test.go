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
