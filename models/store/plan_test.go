package store_test

import (
	"fmt"
	"strings"
	"testing"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// What a plan of a hot query must never hold: a table read through, or a sort of
// more than the rows of a page.
func unwanted(plan string) string {
	for line := range strings.SplitSeq(plan, "\n") {
		line = strings.TrimSpace(line)
		for _, table := range []string{"users", "log_entries", "user_values", "members", "groups", "group_words", "w", "m"} {
			if line == "SCAN "+table || strings.HasPrefix(line, "SCAN "+table+" USING") {
				return line
			}
		}
	}
	return ""
}

func TestHotListsOfUsersUseTheirIndexes(t *testing.T) {
	s := storetest.SQLite(t)
	o, err := storetest.Seed(t.Context(), s, storetest.Size{Users: 4000, Groups: 12}, benchNow)
	ok(t, err)
	groups, err := s.Groups(t.Context(), o.Key, models.GroupQuery{Page: models.Page{Limit: 50}})
	ok(t, err)
	small := groups.Items[0].Key
	for _, c := range []struct {
		name  string
		q     models.UserQuery
		index string
		sorts bool
	}{
		{"all", models.UserQuery{}, "users_sorted", false},
		{"status", models.UserQuery{Status: models.Active}, "users_by_status_mode", true},
		{"mode", models.UserQuery{Mode: models.SCIM}, "users_by_status_mode", true},
		{"both", models.UserQuery{Status: models.Active, Mode: models.SCIM}, "users_by_status_mode", true},
		{"group", models.UserQuery{Group: small}, "INTEGER PRIMARY KEY", true},
		{"rare word", models.UserQuery{Search: "rarissimo1"}, "INTEGER PRIMARY KEY", true},
		{"two words", models.UserQuery{Search: "anna smith", Status: models.Active}, "INTEGER PRIMARY KEY", true},
		{"frequent word", models.UserQuery{Search: "e0"}, "INTEGER PRIMARY KEY", true},
		{"frequent word, status", models.UserQuery{Search: "e0", Status: models.Preserved, Group: small}, "INTEGER PRIMARY KEY", true},
	} {
		for _, page := range []models.Page{{}, {After: store.PlaceOfUser(models.User{SortKey: "m", Key: 1})}, {Before: store.PlaceOfUser(models.User{SortKey: "m", Key: 1})}} {
			c.q.Page = page
			plan := s.Plans(t, "users", func(s *store.Store) error { _, err := s.Users(t.Context(), o.Key, c.q); return err })
			check(t, c.name, plan, c.index, c.sorts)
			if c.index == "users_by_status_mode" {
				noRangeSorts(t, c.name, plan)
			}
		}
	}
}

func TestHotListsOfGroupsUseTheirIndexes(t *testing.T) {
	s := storetest.SQLite(t)
	o, err := storetest.Seed(t.Context(), s, storetest.Size{Users: 10, Groups: 300}, benchNow)
	ok(t, err)
	for _, c := range []struct {
		name  string
		q     models.GroupQuery
		index string
		sorts bool
	}{
		{"all", models.GroupQuery{}, "groups_display_name", false},
		{"mode", models.GroupQuery{Mode: models.SCIM}, "groups_by_mode", true},
		{"word", models.GroupQuery{Search: "sales"}, "INTEGER PRIMARY KEY", true},
		{"words", models.GroupQuery{Search: "sales 00"}, "INTEGER PRIMARY KEY", true},
		{"words, mode", models.GroupQuery{Search: "00 sales", Mode: models.SCIM}, "INTEGER PRIMARY KEY", true},
		{"signs", models.GroupQuery{Search: "--"}, "groups_display_name", false},
	} {
		for _, page := range []models.Page{{}, {After: store.PlaceOfGroup(models.Group{DisplayNameKey: "m", Key: 1})}, {Before: store.PlaceOfGroup(models.Group{DisplayNameKey: "m", Key: 1})}} {
			c.q.Page = page
			plan := s.Plans(t, "groups", func(s *store.Store) error { _, err := s.Groups(t.Context(), o.Key, c.q); return err })
			check(t, c.name, plan, c.index, c.sorts)
			if c.name == "mode" {
				noRangeSorts(t, c.name, plan)
			}
			if strings.Contains(c.name, "word") {
				check(t, c.name, plan, "SEARCH group_words USING PRIMARY KEY (organization_id=? AND word>? AND word<?)", true)
			}
		}
	}
}

// Whom a search of the log names, is found by the index of words, and their entries each
// by that of its target, in order.
func TestTheLogReadsOfWhomItNamesByTheirIndex(t *testing.T) {
	s := storetest.SQLite(t)
	o, err := storetest.Seed(t.Context(), s, storetest.Size{Users: 400, Groups: 20, Log: 400, Days: 2}, benchNow)
	ok(t, err)
	for _, q := range []models.LogQuery{{Search: "smith"}, {Search: "smith", Statuses: []models.Outcome{models.Failure}, From: 5}, {Search: "anna smith"}, {Search: "sales"}} {
		for _, page := range []models.Page{{}, {After: store.PlaceOfEntry(models.LogEntry{At: models.TimeOf(benchNow), Key: 1})}} {
			q.Page = page
			plan := s.Plans(t, "", func(s *store.Store) error { _, err := s.LogEntries(t.Context(), o.Key, q); return err })
			check(t, fmt.Sprintf("%+v", q), plan, "SEARCH log_entries USING INDEX log_entries_target (target_id=?", true)
			for _, branch := range strings.Split(plan, "CO-ROUTINE r")[1:] {
				branch, _, _ = strings.Cut(branch, "SCAN r")
				if strings.Contains(branch, "TEMP B-TREE") && !strings.Contains(branch, "log_entries_name") {
					t.Errorf("%+v sorts a whole range:\n%s", q, branch)
				}
			}
		}
	}
}

// noRangeSorts holds that of merged ranges none is sorted, only the page itself.
func noRangeSorts(t *testing.T, name, plan string) {
	t.Helper()
	for _, branch := range strings.Split(plan, "CO-ROUTINE r")[1:] {
		branch, _, _ = strings.Cut(branch, "SCAN r")
		if strings.Contains(branch, "TEMP B-TREE") {
			t.Errorf("%s sorts a whole range:\n%s", name, plan)
		}
	}
}

func check(t *testing.T, name, plan, index string, sorts bool) {
	t.Helper()
	if line := unwanted(plan); line != "" {
		t.Errorf("%s: %q in\n%s", name, line, plan)
	}
	if !strings.Contains(plan, index) {
		t.Errorf("%s does not use %s:\n%s", name, index, plan)
	}
	if !sorts && strings.Contains(plan, "TEMP B-TREE FOR ORDER BY") {
		t.Errorf("%s sorts:\n%s", name, plan)
	}
}

func TestHotListsOfTheLogUseTheirIndexes(t *testing.T) {
	s := storetest.SQLite(t)
	org, all := someLog(t, s, 300)
	e := all[0]
	failed := []models.Outcome{models.Failure}
	for i, c := range []struct {
		q     models.LogQuery
		index string
	}{
		{models.LogQuery{}, "log_entries_at"},
		{models.LogQuery{From: e.At - 1000}, "log_entries_at"},
		{models.LogQuery{From: e.At - 1000, To: e.At}, "log_entries_at"},
		{models.LogQuery{Statuses: failed}, "log_entries_action"},
		{models.LogQuery{Actions: []models.Action{models.ActionCreate}}, "log_entries_action"},
		{models.LogQuery{Actions: []models.Action{models.ActionCreate}, Statuses: failed, From: e.At - 1000}, "log_entries_action"},
		{models.LogQuery{InitiatorID: e.InitiatorID}, "log_entries_initiator"},
		{models.LogQuery{InitiatorID: e.InitiatorID, Statuses: failed, To: e.At}, "log_entries_initiator"},
		{models.LogQuery{TargetID: newID()}, "log_entries_target"},
		{models.LogQuery{TargetID: newID(), Statuses: failed, From: 5}, "log_entries_target"},
		{models.LogQuery{CycleID: 1}, "log_entries_cycle"},
		{models.LogQuery{CycleID: 1, Statuses: failed}, "log_entries_cycle"},
		{models.LogQuery{RequestID: newID()}, "log_entries_request"},
		{models.LogQuery{Search: "ada"}, "log_entries_name"},
		{models.LogQuery{Search: "ada", Statuses: failed, From: 1, To: e.At}, "log_entries_name"},
		{models.LogQuery{Search: newID()}, "log_entries_public"},
		{models.LogQuery{Search: newID(), Statuses: failed}, "log_entries_request"},
	} {
		for _, page := range []models.Page{{}, {After: store.PlaceOfEntry(e)}, {Before: store.PlaceOfEntry(e)}} {
			c.q.Page = page
			plan := s.Plans(t, "columns", func(s *store.Store) error { _, err := s.LogEntries(t.Context(), org, c.q); return err })
			// The page itself is sorted, after it was found.
			check(t, fmt.Sprintf("query %d %+v", i, c.q), plan, c.index, true)
			for _, branch := range strings.Split(plan, "CO-ROUTINE r")[1:] {
				branch, _, _ = strings.Cut(branch, "SCAN r")
				if strings.Contains(branch, "TEMP B-TREE") && !strings.Contains(branch, "log_entries_name") && !strings.Contains(branch, "log_entries_public") && !strings.Contains(branch, "log_entries_request") {
					t.Errorf("query %d %+v sorts a whole range:\n%s", i, c.q, plan)
				}
			}
		}
	}
}

func TestDetailQueriesUseTheirIndexes(t *testing.T) {
	s := storetest.SQLite(t)
	o, err := storetest.Seed(t.Context(), s, storetest.Size{Users: 500, Groups: 12, Log: 200, Days: 2}, benchNow)
	ok(t, err)
	for name, c := range map[string]struct {
		do    func(*store.Store) error
		index string
		sorts bool
	}{
		"export": {func(s *store.Store) error {
			return s.EachUser(t.Context(), o.Key, models.UserQuery{}, nothing[models.User])
		}, "users_all", true},
		"export of a status": {func(s *store.Store) error {
			return s.EachUser(t.Context(), o.Key, models.UserQuery{Status: models.Inactive, Mode: models.SCIM}, nothing[models.User])
		}, "users_all", true},
		"cycles":             {func(s *store.Store) error { _, err := s.Cycles(t.Context(), o.Key, models.Page{}); return err }, "cycles_all", false},
		"audit of an action": {func(s *store.Store) error { _, err := s.AuditEntries(t.Context(), models.AuditQuery{}); return err }, "audit_entries", false},
		"reports":            {func(s *store.Store) error { _, err := s.Reports(t.Context(), o.Key, newID(), 50); return err }, "users_manager", false},
		"name":               {func(s *store.Store) error { _, err := s.UserByName(t.Context(), o.Key, "x"); return err }, "users_user_name", false},
		"anchor":             {func(s *store.Store) error { _, err := s.UserByAnchor(t.Context(), o.Key, models.SCIM, "x"); return err }, "users_external", false},
		"employee":           {func(s *store.Store) error { _, err := s.EmployeeHolder(t.Context(), o.Key, "x", 0); return err }, "SEARCH user_values USING PRIMARY KEY", false},
		"resolve": {func(s *store.Store) error {
			_, err := s.Resolve(t.Context(), o.Key, []string{newID(), newID()})
			return err
		}, "(public_id=?)", false},
		"groups":  {func(s *store.Store) error { _, err := s.GroupsOf(t.Context(), models.UserMember, 1, 10); return err }, "members_of", true},
		"members": {func(s *store.Store) error { _, err := s.Members(t.Context(), 1, models.MemberRef{}, 10); return err }, "PRIMARY KEY", false},
		"tail": {func(s *store.Store) error {
			_, err := s.LogSince(t.Context(), o.Key, models.LogQuery{Search: "a"}, 5, 10)
			return err
		}, "log_entries", true}, // the best of whom it names
		"cycle":     {func(s *store.Store) error { _, _, err := s.LastCycle(t.Context(), o.Key, models.SCIM); return err }, "cycles_started", false},
		"log entry": {func(s *store.Store) error { _, err := s.LogEntry(t.Context(), o.Key, newID()); return err }, "log_entries_public", false},
		"request":   {func(s *store.Store) error { _, err := s.Exchange(t.Context(), o.Key, newID()); return err }, "exchanges_request", false},
		"exchanges": {func(s *store.Store) error {
			_, err := s.Exchanges(t.Context(), o.Key, models.ExchangeQuery{TokenID: "x"})
			return err
		}, "exchanges_token", false},
	} {
		if err := c.do(s); err != nil && models.KindOf(err) != models.NotFound {
			t.Fatal(err)
		}
		plan := s.Plans(t, "", func(s *store.Store) error { _ = c.do(s); return nil })
		check(t, name, plan, c.index, c.sorts)
		noRangeSorts(t, name, plan)
	}
}

func nothing[T any]([]T) error { return nil }

// What was removed in an hour is told from that hour's counters, however many there are
// from before.
func TestRemovalsAreCountedFromTheirHour(t *testing.T) {
	plan := strings.Join(storetest.SQLite(t).PlanOf(t, strings.ReplaceAll(store.CounterText, "?", "'1'")), "\n")
	if !strings.Contains(plan, "(organization_id=? AND name=? AND bucket>?)") {
		t.Errorf("counters from before are read:\n%s", plan)
	}
}
