package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/filter"
	"muster/models/store"
	"muster/models/store/storetest"
)

// pages walks a list to its end and back to its beginning.
func pages[T any](t *testing.T, list func(models.Page) (models.Slice[T], error)) (forth, back []T) {
	t.Helper()
	page, last := models.Page{Limit: 7}, models.Slice[T]{}
	for range 1000 {
		s, err := list(page)
		ok(t, err)
		forth = append(forth, s.Items...)
		last = s
		if s.Next == "" {
			break
		}
		page = models.Page{Limit: 7, After: s.Next}
	}
	back = slices.Clone(last.Items)
	for last.Prev != "" {
		s, err := list(models.Page{Limit: 7, Before: last.Prev})
		ok(t, err)
		back = append(slices.Clone(s.Items), back...)
		last = s
	}
	return forth, back
}

func TestUserListsPageForthAndBackOverTies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		var all []*models.User
		r := rand.New(rand.NewPCG(3, 4))
		var members *models.Group
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			members = team(org, "Some")
			if err := tx.InsertGroup(members); err != nil {
				return err
			}
			for i := range 100 {
				u := person(org, []string{"Ada", "Åsa", "Bob"}[r.IntN(3)], []string{"Lovelace", "Łowelas"}[r.IntN(2)], fmt.Sprintf("u%03d@example.com", i))
				u.Status, u.Mode = models.Statuses()[r.IntN(3)], models.Methods()[r.IntN(2)]
				if err := tx.InsertUser(u); err != nil {
					return err
				}
				if r.IntN(2) == 0 {
					u.Note = "member"
					if _, err := tx.AddMember(models.Member{GroupKey: members.Key, Kind: models.UserMember, MemberKey: u.Key, OrganizationID: org, Mode: models.SCIM}); err != nil {
						return err
					}
				}
				all = append(all, u)
			}
			return nil
		}))
		for _, q := range []models.UserQuery{
			{},
			{Status: models.Active},
			{Mode: models.SCIM},
			{Status: models.Preserved, Mode: models.Manual},
			{Group: members.Key},
			{Group: members.Key, Status: models.Inactive},
			{Search: "ada"},
			{Search: "ada ŁOWE"},
			{Search: "u0"},
			{Search: "asa", Mode: models.SCIM},
			{Search: "b", Group: members.Key},
			{Search: "åsa LOWE"},
			{Search: "Lovelace, Ada"},
		} {
			want := chosen(all, q)
			forth, back := pages(t, func(p models.Page) (models.Slice[models.User], error) {
				q.Page = p
				got, err := s.Users(context.Background(), org, q)
				if got.Total >= 0 && got.Total != int64(len(want)) {
					t.Errorf("%+v: total %d, want %d", q, got.Total, len(want))
				}
				return got, err
			})
			if diff := cmp.Diff(want, names(forth)); diff != "" {
				t.Errorf("%+v forth:\n%s", q, diff)
			}
			if diff := cmp.Diff(want, names(back)); diff != "" {
				t.Errorf("%+v back:\n%s", q, diff)
			}
		}
	})
}

// chosen is what a list must show, found without a database.
func chosen(all []*models.User, q models.UserQuery) []string {
	var hits []*models.User
	for _, u := range all {
		fits := (q.Status == "" || u.Status == q.Status) && (q.Mode == "" || u.Mode == q.Mode) && (q.Group == 0 || u.Note == "member")
		for w := range strings.FieldsSeq(filter.Plain(filter.Fold(q.Search))) {
			fits = fits && slices.ContainsFunc(u.Words(), func(have string) bool { return strings.HasPrefix(have, strings.Trim(w, models.WordTrim)) })
		}
		if fits {
			hits = append(hits, u)
		}
	}
	slices.SortFunc(hits, func(a, b *models.User) int {
		if c := strings.Compare(a.SortKey, b.SortKey); c != 0 {
			return c
		}
		return int(a.Key - b.Key)
	})
	var out []string
	for _, u := range hits {
		out = append(out, u.UserName)
	}
	return out
}

func TestSearchFoldsAndIsBoundedOnlyWhereItSaysSo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		const many = 2100 // more than a search finds
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			for i := range many {
				u := person(org, "Zoë", fmt.Sprintf("Müller%04d", i), fmt.Sprintf("zoe%d@example.com", i))
				if i >= 2000 {
					u.Status = models.Preserved
				}
				if err := tx.InsertUser(u); err != nil {
					return err
				}
			}
			return tx.InsertUser(person(org, "Björn", "Østergård", "bj@example.com"))
		}))
		for search, want := range map[string]int{"ZOË müller0007": 1, "müller0007": 1, "BJÖRN øster": 1, "nobody": 0, "zoë nobody": 0, "zoë müller320": 0, "zoë müller19": 100} {
			found, err := s.Users(t.Context(), org, models.UserQuery{Search: search, Page: models.Page{Limit: 200}})
			if err != nil || len(found.Items) != want || found.Capped || found.Total != int64(want) {
				t.Errorf("search %q: %d found, total %d, capped %v, %v; want %d", search, len(found.Items), found.Total, found.Capped, err, want)
			}
		}
		frequent := func(q models.UserQuery) (seen int, capped bool) {
			for q.Page.Limit = 200; ; {
				found, err := s.Users(t.Context(), org, q)
				ok(t, err)
				if seen, capped = seen+len(found.Items), found.Capped; found.Next == "" {
					return seen, capped
				}
				q.Page.After = found.Next
			}
		}
		if seen, capped := frequent(models.UserQuery{Search: "zoë"}); seen != 2000 || !capped {
			t.Errorf("a frequent word shows %d, capped %v", seen, capped)
		}
		if seen, capped := frequent(models.UserQuery{Search: "zoë", Status: models.Preserved}); seen != 100 || capped {
			t.Errorf("a frequent word with a filter shows %d, capped %v", seen, capped)
		}
	})
}

func TestADamagedPageLinkIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		_, err := s.Users(t.Context(), org, models.UserQuery{Page: models.Page{After: "!!"}})
		refused(t, err, models.Invalid, "page")
		_, err = s.LogEntries(t.Context(), org, models.LogQuery{Page: models.Page{Before: "e30x"}})
		refused(t, err, models.Invalid, "page")
	})
}
