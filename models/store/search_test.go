package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
	"muster/models/store"
	"muster/models/store/storetest"
)

func plain(s string) string { return filter.Plain(filter.Fold(s)) }

// begins tells whether each word of a search begins a word of a name, by the definition
// and no index.
func begins(have []string, search []string) bool {
	for _, w := range search {
		if !slices.ContainsFunc(have, func(h string) bool { return strings.HasPrefix(plain(h), w) }) {
			return false
		}
	}
	return true
}

// cutAt are the words of a text between some signs.
func cutAt(text, signs string) []string {
	words := strings.FieldsFunc(plain(text), func(r rune) bool { return strings.ContainsRune(signs, r) })
	for i, w := range words {
		words[i] = strings.Trim(w, "'")
	}
	return words
}

// byFamilyName are the users whom a filter of SCIM finds.
func byFamilyName(t *testing.T, s *store.Store, org int64, name string) []string {
	t.Helper()
	e, err := filter.Parse(fmt.Sprintf("name.familyName eq %q", name), filter.Limits{})
	ok(t, err)
	found, err := s.FindUsers(t.Context(), org, models.Query{Filter: e, Types: scim.User(), Start: 1, Count: 10, Base: world})
	ok(t, err)
	return ids(found.Items, func(u models.User) string { return u.ID })
}

const (
	spaces = " \t"
	signs  = " \t-_./\\()[]:,;|@"
)

// Whatever names there are, a search finds those that its words begin words of, whichever
// marks either has.
func TestSearchesFindWhatTheirDefinitionSays(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	parts := strings.Fields("Ada Ádám Łódź Lodz Fernández fernandez MÜLLER Muller Øre Ore Straße Strasse Þór Thor Ægir Æ İnci ışık Isik 山田 Ёлка елка O’Neil o'neil e\u0301te a b Anna–Lena")
	part := func() string { return parts[r.IntN(len(parts))] }
	typed := func(joint []string) string { // a part of what somebody remembers, as they type it
		var words []string
		for range 1 + r.IntN(2) {
			w := []rune(part())
			if w = w[:1+r.IntN(len(w))]; r.IntN(2) == 0 {
				w = []rune(strings.ToUpper(string(w)))
			}
			if r.IntN(3) == 0 {
				w = []rune(plain(string(w)))
			}
			words = append(words, string(w))
		}
		return strings.Join(words, joint[r.IntN(len(joint))])
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		var users []*models.User
		var groups []*models.Group
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			for i := range 150 {
				u := person(org, part(), part()+" "+part(), fmt.Sprintf("u%d.%s@example.com", i, plain(part())))
				if err := tx.InsertUser(u); err != nil {
					return err
				}
				g := team(org, part()+string(signs[r.IntN(len(signs))])+part()+[]string{" ", "-", " ("}[r.IntN(3)]+fmt.Sprint(i))
				if g.Mode = models.Methods()[r.IntN(2)]; r.IntN(10) == 0 {
					g = team(org, string(signs[2+r.IntN(len(signs)-2)])+fmt.Sprint(i))
				}
				if err := tx.InsertGroup(g); err != nil {
					return err
				}
				users, groups = append(users, u), append(groups, g)
			}
			return nil
		}))
		for range 300 {
			search := typed([]string{" ", "  "})
			var want []string
			for _, u := range users {
				if begins(slices.Concat(cutAt(u.DisplayName, spaces), []string{u.UserName}), cutAt(search, spaces)) {
					want = append(want, u.UserName)
				}
			}
			found, err := s.Users(t.Context(), org, models.UserQuery{Search: search, Page: models.Page{Limit: 200}})
			ok(t, err)
			if diff := cmp.Diff(sorted(want), sorted(names(found.Items))); diff != "" || found.Total != int64(len(want)) {
				t.Fatalf("users by %q, total %d:\n%s", search, found.Total, diff)
			}
		}
		for n := range 300 {
			q := models.GroupQuery{Search: typed([]string{" ", "-", " (", "."})}
			if n%3 == 0 {
				q.Mode = models.Methods()[r.IntN(2)]
			}
			if n%10 == 0 { // the beginning of a whole name
				name := []rune(groups[r.IntN(len(groups))].DisplayName)
				q.Search = string(name[:1+r.IntN(len(name))])
			}
			var want []*models.Group
			for _, g := range groups {
				words, whole := cutAt(q.Search, signs), strings.HasPrefix(filter.Fold(g.DisplayName), filter.Fold(strings.TrimSpace(q.Search)))
				if fits := begins(cutAt(g.DisplayName, signs), words); (q.Mode == "" || g.Mode == q.Mode) && (fits && len(words) > 0 || whole && (len(words) == 0 || fits)) {
					want = append(want, g)
				} else if whole && !fits {
					t.Fatalf("%q begins %q and is no beginning of words", q.Search, g.DisplayName)
				}
			}
			slices.SortFunc(want, func(a, b *models.Group) int { return strings.Compare(a.DisplayNameKey, b.DisplayNameKey) })
			forth, back := pages(t, func(p models.Page) (models.Slice[models.Group], error) {
				q.Page = p
				return s.Groups(t.Context(), org, q)
			})
			wanted := ids(want, func(g *models.Group) string { return g.DisplayName })
			if diff := cmp.Diff(wanted, groupNames(forth)); diff != "" || cmp.Diff(groupNames(forth), groupNames(back)) != "" {
				t.Fatalf("groups by %q of mode %q:\n%s", q.Search, q.Mode, diff)
			}
		}
	})
}

func groupNames(groups []models.Group) []string {
	return ids(groups, func(g models.Group) string { return g.DisplayName })
}

// Marks do not matter to a search, in either direction, and matter to a filter of SCIM.
func TestMarksDoNotMatterToASearch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		marked, bare := person(org, "José", "Fernández", "jf@example.com"), person(org, "Jose", "Fernandez", "jose@example.com")
		create(t, s, marked, bare, person(org, "Łódź", "Øresund", "lo@example.com"))
		for search, want := range map[string]int{"fernandez": 2, "Fernández": 2, "FERNÁ": 2, "jose fern": 2, "José Fernandez": 2, "Fernández, José": 2, "lodz": 1, "oresund ŁÓ": 1, "fernandèz": 2, "ferñandezz": 0} {
			found, err := s.Users(t.Context(), org, models.UserQuery{Search: search})
			if err != nil || len(found.Items) != want {
				t.Errorf("%q finds %v, %v; want %d", search, names(found.Items), err, want)
			}
		}
		for value, want := range map[string]*models.User{"Fernández": marked, "fernandez": bare} {
			if diff := cmp.Diff([]string{want.ID}, byFamilyName(t, s, org, value)); diff != "" {
				t.Errorf("a filter by %q:\n%s", value, diff)
			}
		}
		// What somebody is no longer called, finds them no more.
		ok(t, change(s, org, marked.ID, func(u *models.User) {
			u.Attributes["name"], u.Attributes["displayName"] = map[string]any{"givenName": "José", "familyName": "Núñez"}, "José Núñez"
		}))
		for search, want := range map[string]int{"fernandez": 1, "nunez": 1, "jose nu": 1} {
			found, err := s.Users(t.Context(), org, models.UserQuery{Search: search})
			if err != nil || len(found.Items) != want {
				t.Errorf("renamed: %q finds %v, %v; want %d", search, names(found.Items), err, want)
			}
		}
	})
}

// A user of ASCII only costs no row more than before there were plain words.
func TestPlainWordsCostNothingWhereNoneAreNeeded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		for user, want := range map[*models.User]int{
			person(org, "Ada", "Lovelace", "ada@example.com"):    3, // and one address
			person(org, "Zoë", "Müller-Łódź", "zoe@example.com"): 5,
		} {
			before, err := s.CountRows(t.Context(), "user_values")
			ok(t, err)
			create(t, s, user)
			after, err := s.CountRows(t.Context(), "user_values")
			ok(t, err)
			if after-before != want+1 {
				t.Errorf("%s has %d rows, want %d", user.DisplayName, after-before, want+1)
			}
		}
	})
}

// Groups lose their words with their names and themselves.
func TestWordsOfGroupsGoWithThem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		g := team(org, "SG-Sales-EMEA")
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.InsertGroup(g) }))
		rename := func(name string) {
			ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
				old, err := tx.LockGroup(org, g.ID)
				if err != nil {
					return err
				}
				now := old
				if err := now.Load(); err != nil {
					return err
				}
				now.Attributes["displayName"] = name
				if err := now.Extract(); err != nil {
					return err
				}
				now.Version++
				return tx.SaveGroup(&old, &now)
			}))
		}
		found := func(search string) int {
			list, err := s.Groups(t.Context(), org, models.GroupQuery{Search: search})
			ok(t, err)
			return len(list.Items)
		}
		for _, search := range []string{"emea", "sales", "sg-sales", "SG-Sales-EMEA", "emea sa", "sal em"} {
			if found(search) != 1 {
				t.Errorf("%q does not find it", search)
			}
		}
		rename("Verkäufe EMEA")
		for search, want := range map[string]int{"sales": 0, "emea sales": 0, "emea": 1, "verkaufe em": 1, "verkäufe em": 1} {
			if found(search) != want {
				t.Errorf("renamed: %q finds %d", search, found(search))
			}
		}
		rename("--")
		if found("emea") != 0 || found("verk emea") != 0 || found("--") != 1 || found("-") != 1 {
			t.Error("a name of signs is found by words, or not by signs")
		}
		rename("Sales")
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			last, err := tx.LockGroup(org, g.ID)
			if err != nil {
				return err
			}
			return tx.DeleteGroup(&last)
		}))
		if n, err := s.CountRows(t.Context(), "group_words"); err != nil || n != 0 {
			t.Errorf("%d words are left, %v", n, err)
		}
	})
}

func TestASearchForGroupsIsBoundedAndSaysSo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			for i := range 2100 {
				g := team(org, fmt.Sprintf("SG-%04d", i))
				if i >= 2000 {
					g.Mode = models.Manual
				}
				if err := tx.InsertGroup(g); err != nil {
					return err
				}
			}
			return nil
		}))
		for _, c := range []struct {
			q      models.GroupQuery
			total  int64
			capped bool
		}{
			{models.GroupQuery{Search: "sg"}, 2000, true},
			{models.GroupQuery{Search: "sg", Mode: models.Manual}, 100, false},
			{models.GroupQuery{Search: "sg 20"}, 100, false},
			{models.GroupQuery{}, 2100, false},
			{models.GroupQuery{Search: "nothing"}, 0, false},
		} {
			found, err := s.Groups(t.Context(), org, c.q)
			if err != nil || found.Total != c.total || found.Capped != c.capped {
				t.Errorf("%+v: total %d, capped %v, %v", c.q, found.Total, found.Capped, err)
			}
		}
	})
}
