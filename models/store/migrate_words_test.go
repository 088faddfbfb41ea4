package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// wordRows are all rows and columns that a search reads.
func wordRows(t *testing.T, s *store.Store) []string {
	t.Helper()
	var rows []string
	ok(t, s.EachRow(t.Context(), func(table, row string) {
		fields := strings.Fields(row)
		switch {
		case table == "user_values" && strings.Contains(row, " path=word "), table == "group_words":
			slices.Sort(fields) // columns may stand in another order
			rows = append(rows, table+" "+strings.Join(fields, " "))
		case table == "users" || table == "groups":
			for _, f := range fields {
				if strings.HasPrefix(f, "words=") || strings.HasPrefix(f, "id=") {
					rows = append(rows, table+" "+f)
				}
			}
		}
	}))
	slices.Sort(rows)
	return rows
}

// withoutPlainWords makes the database as the schema before had it: no words of groups,
// and of users none that is plain beside another.
func withoutPlainWords(t *testing.T, s *store.Store, users []*models.User) {
	t.Helper()
	ok(t, s.MigrateDown(t.Context(), 6))
	for _, u := range users {
		words := map[string]bool{}
		for _, w := range u.Words() {
			words[w] = true
		}
		for w := range maps.Clone(words) {
			for other := range words {
				if other != w && plain(other) == w {
					delete(words, w)
					ok(t, s.Run(t.Context(), "DELETE FROM user_values WHERE user_id = ? AND path = 'word' AND value_key = ?", u.Key, w))
				}
			}
		}
		kept := ""
		for _, w := range slices.Sorted(maps.Keys(words)) {
			kept += models.WordMark + w
		}
		ok(t, s.Run(t.Context(), "UPDATE users SET words = ? WHERE id = ?", kept, u.Key))
	}
}

// Who was there before a search knew plain words and words of groups is found as who
// came after: row for row, in more than one batch and organization.
func TestTheMigrationMakesTheWordsThatWritesMake(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		first := organization(t, s)
		second, err := s.EnsureOrganization(t.Context(), "second", "Fabrikam")
		ok(t, err)
		var users []*models.User
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			for i := range 900 {
				org := []int64{first, second.Key}[i%2]
				u := person(org, []string{"Zoë", "Ada", "José"}[i%3], fmt.Sprintf("Łowelas%d", i%7), fmt.Sprintf("u%d@example.com", i))
				if i%4 == 0 {
					u = person(org, "Ada", "Smith", fmt.Sprintf("ascii%d@example.com", i))
				}
				if i == 77 { // longer than a key
					u = person(org, strings.Repeat("é", 200), "Çelik, (Ö)", "long@example.com")
				}
				if err := tx.InsertUser(u); err != nil {
					return err
				}
				users = append(users, u)
				if err := tx.InsertGroup(team(org, fmt.Sprintf("SG-Équipe-%d (%s)", i, []string{"ro", "rw"}[i%2]))); err != nil {
					return err
				}
			}
			return tx.InsertGroup(team(first, "--"))
		}))
		want := wordRows(t, s)
		withoutPlainWords(t, s, users)
		before, err := s.CountRows(t.Context(), "user_values")
		ok(t, err)
		ok(t, s.Migrate(t.Context()))
		if diff := cmp.Diff(want, wordRows(t, s)); diff != "" {
			t.Errorf("rows of writes (-) and of the migration (+):\n%.2000s", diff)
		}
		if after, err := s.CountRows(t.Context(), "user_values"); err != nil || after < before+700 {
			t.Errorf("%d rows before and %d after, %v", before, after, err)
		}
		found, err := s.Users(t.Context(), first, models.UserQuery{Search: "jose lowelas3"})
		if err != nil || len(found.Items) == 0 {
			t.Errorf("%d found, %v", len(found.Items), err)
		}
		// A user who loses a word that the migration wrote loses its row.
		u := users[5]
		ok(t, change(s, u.OrganizationID, u.ID, func(u *models.User) {
			u.Attributes = models.Attributes{"userName": u.UserName}
		}))
		for _, row := range wordRows(t, s) {
			if strings.HasSuffix(row, fmt.Sprintf("user_id=%d", u.Key)) && strings.Contains(row, "lowelas") {
				t.Errorf("left: %s", row)
			}
		}
	})
}

// A migration that is stopped in the middle leaves the schema before, and the next start
// makes it.
func TestAStoppedMigrationOfWordsBeginsAnew(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		var users []*models.User
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			for i := range 500 {
				u := person(org, "Zoë", "Müller", fmt.Sprintf("zoe%d@example.com", i))
				if users = append(users, u); tx.InsertUser(u) != nil {
					return fmt.Errorf("user %d was refused", i)
				}
				if err := tx.InsertGroup(team(org, fmt.Sprintf("Sales EMEA %d", i))); err != nil {
					return err
				}
			}
			return nil
		}))
		withoutPlainWords(t, s, users)
		// The last group cannot be written, after all users and other groups were.
		ok(t, s.Run(t.Context(), refuseWords(s)))
		if err := s.Migrate(t.Context()); err == nil {
			t.Fatal("it was not stopped")
		}
		if current, known, err := s.Schema(t.Context()); err != nil || current != 6 || known != 7 {
			t.Fatalf("schema %d of %d, %v", current, known, err)
		}
		types, err := s.ColumnTypes(t.Context())
		ok(t, err)
		if types["group_words"] != nil || types["groups"]["words"] != "" {
			t.Errorf("left: %v", types["groups"])
		}
		ok(t, s.Run(t.Context(), map[string]string{"PostgreSQL": "DROP FUNCTION stopped CASCADE"}[s.Engine()]+map[string]string{"SQLite": "DROP TRIGGER stopped"}[s.Engine()]))
		ok(t, s.Migrate(t.Context()))
		found, err := s.Groups(context.Background(), org, models.GroupQuery{Search: "emea 499"})
		if err != nil || len(found.Items) != 1 {
			t.Errorf("found %d, %v", len(found.Items), err)
		}
	})
}

// refuseWords makes a trigger that refuses words of the last group.
func refuseWords(s *store.Store) string {
	if s.Engine() == "PostgreSQL" {
		return `CREATE FUNCTION stopped() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stopped'; END $$;
			CREATE TRIGGER stopped BEFORE UPDATE ON groups FOR EACH ROW WHEN (NEW.display_name = 'Sales EMEA 499') EXECUTE FUNCTION stopped()`
	}
	return "CREATE TRIGGER stopped BEFORE UPDATE ON groups WHEN NEW.display_name = 'Sales EMEA 499' BEGIN SELECT RAISE(ABORT, 'stopped'); END"
}
