package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// queueUp fills the queue of an organization: item n meets user n, and was seen in
// the n-th second.
func queueUp(t *testing.T, s *store.Store, org models.Organization, n int) []models.QueueItem {
	t.Helper()
	var items []models.QueueItem
	ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
		items = nil
		for i := range n {
			u := models.User{
				ID: fmt.Sprintf("%s-u%03d", org.Slug, i), OrganizationID: org.Key, Mode: models.Manual, Status: models.Active,
				Attributes: models.Attributes{"userName": fmt.Sprintf("here%03d", i)}, Version: 1,
			}
			if err := u.Extract(); err != nil {
				return err
			}
			if err := tx.InsertUser(&u); err != nil {
				return err
			}
			kind := models.QueueKinds()[i%2]
			item := models.QueueItem{
				ID: fmt.Sprintf("%s-i%03d", org.Slug, i), OrganizationID: org.Key, Kind: kind, State: models.QueueOpen, Method: models.SCIM,
				Target: models.UserTarget, UserKey: u.Key, Claim: "userName", Anchor: fmt.Sprintf("a%03d", i), Name: fmt.Sprintf("Sent%03d", i),
				Record: "{}", Created: models.Time(i), LastSeen: models.Time(i) * 1000,
			}
			if i%4 == 0 {
				item.Name = fmt.Sprintf("HERE%03d", i) // keeps the userName
			}
			if err := tx.InsertQueueItem(&item); err != nil {
				return err
			}
			items = append(items, item)
		}
		return nil
	}))
	return items
}

func queuedIDs(items []models.QueueItem) string {
	var out []string
	for _, i := range items {
		_, n, _ := strings.Cut(i.ID, "-")
		out = append(out, n)
	}
	return strings.Join(out, " ")
}

func TestQueueIsListedCountedAndSearched(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org, err := s.EnsureOrganization(t.Context(), store.FirstOrganization, "Acme")
		ok(t, err)
		other, err := s.EnsureOrganization(t.Context(), "other", "Other")
		ok(t, err)
		items := queueUp(t, s, org, 7)
		queueUp(t, s, other, 2)
		list := func(q models.QueueQuery) models.Slice[models.QueueItem] {
			t.Helper()
			found, err := s.Queue(t.Context(), org.Key, q)
			ok(t, err)
			return found
		}
		first := list(models.QueueQuery{Kind: models.AdoptionItem, Page: models.Page{Limit: 3}})
		if got := queuedIDs(first.Items); got != "i006 i004 i002" || first.Total != 4 {
			t.Errorf("the first page is %s of %d", got, first.Total)
		}
		second := list(models.QueueQuery{Kind: models.AdoptionItem, Page: models.Page{Limit: 3, After: first.Next}})
		if got := queuedIDs(second.Items); got != "i000" || second.Next != "" {
			t.Errorf("the second page is %s", got)
		}
		back := list(models.QueueQuery{Kind: models.AdoptionItem, Page: models.Page{Limit: 3, Before: second.Prev}})
		if diff := cmp.Diff(queuedIDs(first.Items), queuedIDs(back.Items)); diff != "" {
			t.Errorf("the way back:\n%s", diff)
		}
		for search, want := range map[string]string{"sent00": "i006 i005 i003 i002 i001", "here002": "i002", "HERE": "i006 i005 i004 i003 i002 i001 i000", "nobody": ""} {
			if got := queuedIDs(list(models.QueueQuery{Search: search}).Items); got != want {
				t.Errorf("%q finds %s, want %s", search, got, want)
			}
		}
		safe, err := s.SafeAdoptions(t.Context(), org.Key)
		ok(t, err)
		if diff := cmp.Diff([]string{items[0].ID, items[4].ID}, safe); diff != "" {
			t.Errorf("safe adoptions (-want +got):\n%s", diff)
		}

		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			item, err := tx.LockQueueItem(org.Key, items[3].ID)
			if err != nil {
				return err
			}
			was := item
			item.Decide(models.QueueRefused, "root@example.com", "No.", 5000)
			return tx.SaveQueueItem(&was, &item)
		}))
		counts, err := s.QueueCounts(t.Context(), org.Key)
		ok(t, err)
		if counts[models.AdoptionItem] != 4 || counts[models.ConflictItem] != 2 {
			t.Errorf("counted %v", counts)
		}
		if got := queuedIDs(list(models.QueueQuery{Decided: true}).Items); got != "i003" {
			t.Errorf("decided: %s", got)
		}
		if _, err := s.QueueItem(t.Context(), other.Key, items[0].ID); models.KindOf(err) != models.NotFound {
			t.Errorf("another organization sees the item: %v", err)
		}
	})
}

func TestQueueIsSettledByMethod(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org, err := s.EnsureOrganization(t.Context(), store.FirstOrganization, "Acme")
		ok(t, err)
		queueUp(t, s, org, 5)
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
			if some, err := tx.AnyQueued(org.Key); err != nil || !some {
				t.Errorf("nothing is queued (%v)", err)
			}
			if n, err := tx.SettleQueue(org.Key, models.Entra, "Gone.", "change-1"); err != nil || n != 0 {
				t.Errorf("settled %d of another method (%v)", n, err)
			}
			n, err := tx.SettleQueue(org.Key, models.SCIM, "Gone.", "change-2")
			if n != 5 {
				t.Errorf("settled %d", n)
			}
			if some, err := tx.AnyQueued(org.Key); err != nil || some {
				t.Errorf("something is queued still (%v)", err)
			}
			return err
		}))
		counts, err := s.QueueCounts(t.Context(), org.Key)
		ok(t, err)
		if counts[models.AdoptionItem] != 0 || counts[models.ConflictItem] != 0 {
			t.Errorf("counted %v", counts)
		}
	})
}

func TestQueueUsesItsIndexes(t *testing.T) {
	s := storetest.SQLite(t)
	org, err := s.EnsureOrganization(t.Context(), store.FirstOrganization, "Acme")
	ok(t, err)
	queueUp(t, s, org, 300)
	for _, c := range []struct {
		q     models.QueueQuery
		index string
	}{
		{models.QueueQuery{Kind: models.AdoptionItem}, "queue_items_state"},
		{models.QueueQuery{Decided: true}, "queue_items_decided"},
	} {
		plan := s.Plans(t, "queue_items", func(s *store.Store) error { _, err := s.Queue(t.Context(), org.Key, c.q); return err })
		check(t, fmt.Sprintf("%+v", c.q), plan, c.index, false)
	}
}
