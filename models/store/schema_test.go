package store_test

import (
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm/schema"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// nouns are all models that are stored. The tables without one are named with
// their columns.
func nouns() []any {
	return []any{
		models.Organization{},
		models.User{},
		models.Group{},
		models.Member{},
		models.Profile{},
		models.Mapping{},
		models.AttributeMapping{},
		models.QueueItem{},
		models.Evaluation{},
		models.Cycle{},
		models.LogEntry{},
		models.Exchange{},
		models.Deviation{},
		models.Token{},
		models.TokenUse{},
		models.MethodChange{},
		models.Term{},
		models.Shadow{},
		models.ShadowRecord{},
		models.AdminAccount{},
		models.Session{},
		models.Throttle{},
		models.AuditEntry{},
		models.Connector{},
		models.SourceRecord{},
		models.SourceEdge{},
		models.CycleChange{},
	}
}

func bare() map[string]string {
	return map[string]string{
		"instance": "name value", "user_values": "organization_id path value_key user_id",
		"tallies": "organization_id name bucket shard value", "group_words": "organization_id word group_id",
	}
}

// Models and schema cannot drift apart: each column of a table is a field of its
// model and the reverse, with a type that holds it, on both engines.
func TestModelsFitTheSchema(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		want := map[string]map[string]string{}
		for _, noun := range nouns() {
			parsed, err := schema.Parse(noun, &sync.Map{}, store.Naming())
			ok(t, err)
			want[parsed.Table] = map[string]string{}
			for _, f := range parsed.Fields {
				if f.DBName != "" && f.TagSettings["-"] == "" && (f.Creatable || f.Updatable) {
					want[parsed.Table][f.DBName] = storedAs(s, f)
				}
			}
		}
		have, err := s.ColumnTypes(t.Context())
		ok(t, err)
		for name, columns := range bare() {
			if got := strings.Join(sortedKeys(have[name]), " "); got != strings.Join(sorted(strings.Fields(columns)), " ") {
				t.Errorf("table %s has the columns %s", name, got)
			}
			delete(have, name)
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("models (-) and schema (+) differ:\n%s", diff)
		}
	})
}

// storedAs is the column type that a field needs.
func storedAs(s *store.Store, f *schema.Field) string {
	words := map[string][2]string{"integer": {"INTEGER", "bigint"}, "text": {"TEXT", "text"}, "boolean": {"INTEGER", "boolean"}}
	kind := "text"
	switch {
	case f.DBName == "folded" && s.Engine() == "PostgreSQL":
		return "jsonb"
	case f.Serializer != nil && f.TagSettings["SERIALIZER"] != "":
	case f.FieldType.Kind() == reflect.Bool:
		kind = "boolean"
	case f.FieldType.Kind() == reflect.Int64 || f.FieldType.Kind() == reflect.Int:
		kind = "integer"
	}
	if s.Engine() == "PostgreSQL" {
		return words[kind][1]
	}
	return words[kind][0]
}

func sortedKeys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return sorted(out)
}

// Both engines have the same tables, columns and indexes under the same names.
func TestBothEnginesHaveTheSameSchema(t *testing.T) {
	a, b := storetest.SQLite(t), storetest.Postgres(t)
	one, err := a.ColumnTypes(t.Context())
	ok(t, err)
	two, err := b.ColumnTypes(t.Context())
	ok(t, err)
	for name := range two {
		if diff := cmp.Diff(sortedKeys(one[name]), sortedKeys(two[name])); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	first, err := a.Indexes(t.Context())
	ok(t, err)
	second, err := b.Indexes(t.Context())
	ok(t, err)
	if diff := cmp.Diff(sorted(first), sorted(second)); diff != "" || len(one) != len(two) {
		t.Errorf("indexes of SQLite (-) and PostgreSQL (+):\n%s", diff)
	}
}

func TestTheSchemaGoesUpAndDownAndUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		before, err := s.ColumnTypes(t.Context())
		ok(t, err)
		ok(t, s.MigrateDown(t.Context(), 0))
		gone, err := s.ColumnTypes(t.Context())
		ok(t, err)
		if len(gone) != 0 {
			t.Errorf("left behind: %v", gone)
		}
		ok(t, s.Migrate(t.Context()))
		ok(t, s.Migrate(t.Context()))
		after, err := s.ColumnTypes(t.Context())
		ok(t, err)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Error(diff)
		}
		organization(t, s)
	})
}

// Users who were there before a migration are found as before, by each of their
// words together.
func TestMigratedUsersAreFoundByTheirWords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		o, err := storetest.Seed(t.Context(), s, storetest.Size{Users: 300, Groups: 3}, benchNow)
		ok(t, err)
		search := func() []string {
			found, err := s.Users(t.Context(), o.Key, models.UserQuery{Search: "anna smith"})
			ok(t, err)
			var names []string
			for _, u := range found.Items {
				names = append(names, u.UserName)
			}
			return names
		}
		before := search()
		ok(t, s.MigrateDown(t.Context(), 1))
		ok(t, s.Migrate(t.Context()))
		if diff := cmp.Diff(before, search()); diff != "" || len(before) == 0 {
			t.Errorf("found before and after (%d):\n%s", len(before), diff)
		}
	})
}

func TestANewerSchemaIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ok(t, s.Run(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, ?)", true))
		err := s.Migrate(t.Context())
		refused(t, err, models.Conflict, "")
		if !strings.Contains(err.Error(), "9999") {
			t.Errorf("the refusal does not name the version: %v", err)
		}
	})
}
