package directory_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"muster/models"
	"muster/models/directory"
	"muster/models/directory/directorytest"
	"muster/models/store"
)

// connector is a directory that is read, for an organization that its method governs.
func connector(t *testing.T, w *directorytest.World, m models.Method) models.Actor {
	t.Helper()
	w.Configure(t, func(o *models.Organization) { o.Method = m })
	return models.Actor{Kind: models.ConnectorActor, Name: m.Label(), Method: m, OrganizationID: w.Org.Key}
}

func deliver(d *directory.Directory, ctx context.Context, by models.Actor, anchor, userName string) (models.User, error) {
	return d.CreateUser(ctx, by, func(u *models.User) error {
		u.SetAnchor(by.Method, anchor)
		u.Attributes = models.Attributes{"userName": userName, "displayName": userName}
		return nil
	})
}

// A page stands as one: what is refused in it is logged and holds up nobody, and when
// the page fails nothing of it is there.
func TestWithin(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		by := connector(t, w, models.Entra)
		page := func(fail error) error {
			return w.Within(t.Context(), func(d *directory.Directory, tx *store.Tx) error {
				for i := range 5 {
					if _, err := deliver(d, tx.Context(), by, fmt.Sprint("id-", i), fmt.Sprint("user", i, "@example.com")); err != nil {
						return err
					}
				}
				if _, err := deliver(d, tx.Context(), by, "id-9", "user0@example.com"); models.KindOf(err) != models.Uniqueness {
					t.Errorf("a second user0: %v", err)
				}
				if _, err := d.UpdateUser(tx.Context(), by, mustUser(t, tx, w, "id-1").ID, func(u *models.User) error {
					u.Attributes["title"] = "Head"
					return nil
				}); err != nil {
					return err
				}
				if err := tx.SetInstance("page", "7"); err != nil {
					return err
				}
				return fail
			})
		}
		before := w.Sums(t)
		if err := page(errors.New("the page fails")); err == nil {
			t.Fatal("the page did not fail")
		}
		for table, sum := range w.Sums(t) {
			if before[table] != sum {
				t.Errorf("the failed page left something in %s", table)
			}
		}
		if err := page(nil); err != nil {
			t.Fatal(err)
		}
		counts, err := w.UserCounts(t.Context(), w.Org.Key)
		if err != nil || counts.ByMode[models.Entra] != 5 || counts.Total != 5 {
			t.Errorf("%+v %v", counts, err)
		}
		outcomes := map[models.Outcome]int{}
		for _, e := range w.Log(t) {
			outcomes[e.Status]++
			if e.Source != models.Entra || e.InitiatorKind != models.ConnectorActor || e.Details.Anchor == "" {
				t.Errorf("log entry %+v", e)
			}
		}
		if outcomes[models.Success] != 6 || outcomes[models.Failure] != 1 {
			t.Errorf("the log has %v", outcomes)
		}
		if u, err := w.UserByAnchor(t.Context(), w.Org.Key, models.Entra, "id-1"); err != nil || u.Title != "Head" || u.EntraID != "id-1" {
			t.Errorf("%+v %v", u, err)
		}
		if place, err := w.Instance(t.Context(), "page"); err != nil || place != "7" {
			t.Errorf("the page's place is %q: %v", place, err)
		}
	})
}

func mustUser(t *testing.T, tx *store.Tx, w *directorytest.World, anchor string) models.User {
	t.Helper()
	u, err := tx.UserByAnchor(tx.Context(), w.Org.Key, models.Entra, anchor)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// A connector's records are known by its own anchor: the same person under another
// userName, a taken name is a conflict, a manual user is adopted and keeps the anchor
// that SCIM knew them by, and a group is met by anchor under a new name.
func TestAConnectorKnowsItsOwnAnchors(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		scim := w.Client()
		old, err := w.CreateUser(t.Context(), scim, func(u *models.User) error {
			u.Attributes = models.Attributes{"userName": "ada@example.com", "externalId": "okta-1"}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		by := connector(t, w, models.Entra)
		if _, err := w.UpdateUser(t.Context(), scim, old.ID, func(u *models.User) error { return nil }); models.KindOf(err) != models.Forbidden {
			t.Errorf("SCIM under Entra: %v", err)
		}
		if err := w.Keep(t.Context(), func(tx *store.Tx) error { return tx.EndTerm(w.Org.Key, "scim") }); err != nil {
			t.Fatal(err)
		}
		ada, err := deliver(w.Directory, t.Context(), by, "guid-ada", "ada@example.com")
		if err != nil || ada.ID != old.ID || ada.Mode != models.Entra || ada.EntraID != "guid-ada" || ada.ExternalID != "okta-1" {
			t.Errorf("adopted: %+v %v", ada, err)
		}
		if last := w.Last(t); last.Action != models.ActionAdopt || last.Details.Anchor != "guid-ada" {
			t.Errorf("log: %+v", last)
		}
		again, err := w.UpdateUser(t.Context(), by, ada.ID, func(u *models.User) error {
			u.Attributes["userName"] = "ada.lovelace@example.com"
			return nil
		})
		if err != nil || again.ID != ada.ID {
			t.Errorf("renamed: %v", err)
		}
		if _, err := deliver(w.Directory, t.Context(), by, "guid-other", "ada.lovelace@example.com"); models.KindOf(err) != models.Uniqueness {
			t.Errorf("another person with her name: %v", err)
		}
		if queued, err := w.QueueCounts(t.Context(), w.Org.Key); err != nil || queued[models.ConflictItem] != 1 {
			t.Errorf("queue: %v %v", queued, err)
		}
		items, err := w.Queue(t.Context(), w.Org.Key, models.QueueQuery{})
		if err != nil || len(items.Items) != 1 || items.Items[0].Method != models.Entra || items.Items[0].Anchor != "guid-other" {
			t.Fatalf("queue: %+v %v", items, err)
		}
		if err := w.SettleConflict(t.Context(), w.Admin(), items.Items[0].ID, directory.SamePerson); err != nil {
			t.Fatal(err)
		}
		if u := w.User(t, ada.ID); u.EntraID != "guid-other" || u.ExternalID != "okta-1" {
			t.Errorf("same person: anchored %q and %q", u.EntraID, u.ExternalID)
		}
		first, err := w.CreateGroup(t.Context(), by, []string{ada.ID}, func(g *models.Group) error {
			g.SetAnchor(models.Entra, "guid-sales")
			g.Attributes = models.Attributes{"displayName": "Sales"}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		same, err := w.CreateGroup(t.Context(), by, nil, func(g *models.Group) error {
			g.SetAnchor(models.Entra, "guid-sales")
			g.Attributes = models.Attributes{"displayName": "Sales EMEA"}
			return nil
		})
		if err != nil || same.ID != first.ID || same.DisplayName != "Sales EMEA" || same.EntraID != "guid-sales" || same.MemberCount != 1 {
			t.Errorf("the group again: %+v %v", same, err)
		}
	})
}
