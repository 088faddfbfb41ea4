package deployment_test

import (
	"strings"
	"testing"

	"muster/models"
	"muster/models/directory/directorytest"
	"muster/models/store"
)

// save writes over a user past the doors, as whoever manages them would.
func (p *place) save(t *testing.T, i int, edit func(*models.User)) {
	t.Helper()
	must(t, p.Keep(t.Context(), func(tx *store.Tx) error {
		old, err := tx.LockUser(p.Org.Key, p.users[i].ID)
		if err != nil {
			return err
		}
		u := old
		u.Version, u.Updated = old.Version+1, tx.Now()
		edit(&u)
		return tx.SaveUser(&old, &u)
	}))
}

// Who was changed after an earlier change, and taken over again after its undo, was not
// changed since a later one that ends the same term.
func TestUndoNamesOnlyWhomSomebodyChangedSinceThisChange(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		p := newPlace(t, w, models.SCIM)
		first := p.change(t, models.Manual, true)
		p.touch(t, 0)
		p.touch(t, 1)
		p.undo(t, first.ID)
		p.save(t, 0, func(u *models.User) { u.Mode = models.SCIM }) // the directory has them again
		second := p.change(t, models.Manual, true)
		p.touch(t, 2)
		undo, err := p.deps.PreviewUndo(t.Context(), p.Org.Key, second.ID)
		must(t, err)
		if n := undo.Counts; n.UsersTouched != 1 || n.UsersReturn != second.Record.Users-1 || undo.Gone != 0 {
			t.Errorf("of %d users %d return and %d were changed since, %d are gone", second.Record.Users, n.UsersReturn, n.UsersTouched, undo.Gone)
		}
		list, err := p.TouchedUsers(t.Context(), p.Org.Key, second.Record.Ended, second.At, models.Page{})
		must(t, err)
		if len(list.Items) != 1 || list.Items[0].ID != p.users[2].ID {
			t.Errorf("named as changed since: %+v", list.Items)
		}
	})
}

// Two decisions about records of the same name that were open both are open both again.
func TestUndoReopensDecisionsOfOneName(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		p := newPlace(t, w, models.SCIM)
		must(t, p.Keep(t.Context(), func(tx *store.Tx) error {
			return tx.InsertQueueItem(&models.QueueItem{
				ID: "twin", OrganizationID: p.Org.Key, Kind: models.ConflictItem, State: models.QueueOpen, Method: models.SCIM, Target: models.UserTarget,
				UserKey: p.users[12].Key, Claim: "userName", Anchor: "another", Name: p.users[12].UserName, Record: "{}", Reason: "It waits.",
				Attempts: 1, Created: tx.Now(), LastSeen: tx.Now(),
			})
		}))
		before := p.stored(t)["queue_items"]
		done := p.change(t, models.Manual, true)
		plan, err := p.deps.PreviewUndo(t.Context(), p.Org.Key, done.ID)
		must(t, err)
		p.undo(t, done.ID)
		open, err := p.QueueCounts(t.Context(), p.Org.Key)
		must(t, err)
		if n := open[models.AdoptionItem] + open[models.ConflictItem]; n != plan.Counts.QueueReopened || n != 3 {
			t.Errorf("%d decisions are open again, %d were announced", n, plan.Counts.QueueReopened)
		}
		if after := p.stored(t)["queue_items"]; strings.Join(before, "\n") != strings.Join(after, "\n") {
			t.Errorf("decisions before\n%s\nand after\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
		}
	})
}

// A token of shadow mode that meets SCIM in charge by an undo counts from then on, which
// the preview says; one that sleeps wakes with its method.
func TestShadowTokensThroughUndo(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		p := newPlace(t, w, models.SCIM)
		done := p.change(t, models.Manual, true)
		must(t, p.Keep(t.Context(), func(tx *store.Tx) error {
			return tx.InsertToken(&models.Token{
				ID: "token-shadow", OrganizationID: p.Org.Key, Description: "shadow", Hash: "hash of shadow", Scope: models.ProvisionScope,
				AllowList: []string{}, Expires: tx.Now() + 9e9, Created: tx.Now(), Shadow: true,
			})
		}))
		plan, err := p.deps.PreviewUndo(t.Context(), p.Org.Key, done.ID)
		must(t, err)
		if plan.Counts.TokensOpened != 1 {
			t.Errorf("the preview does not say that the shadow token's traffic counts: %+v", plan.Counts)
		}
		p.undo(t, done.ID)
		must(t, p.Keep(t.Context(), func(tx *store.Tx) error { // as a token is that an older version left in shadow mode
			one, err := tx.Token(t.Context(), p.Org.Key, "token-shadow")
			if err != nil {
				return err
			}
			one.Shadow = true
			return tx.SaveToken(&one)
		}))
		p.change(t, models.Manual, true)
		p.change(t, models.SCIM, true)
		one, err := p.Token(t.Context(), p.Org.Key, "token-shadow")
		must(t, err)
		if state := one.State(p.Clock.Now()); state != models.TokenActive {
			t.Errorf("SCIM is in charge and the token is %s", state)
		}
	})
}

// Undo restores deleted rules beside those that were made since.
func TestUndoRestoresRulesBesideNewOnes(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		p := newPlace(t, w, models.SCIM)
		must(t, p.Keep(t.Context(), func(tx *store.Tx) error { // the last key is one of SCIM
			return tx.InsertAttributeMapping(&models.AttributeMapping{
				ID: "attribute-last", OrganizationID: p.Org.Key, Method: models.SCIM, Position: 2, Target: "department", Expression: "department", Version: 1,
			})
		}))
		done := p.change(t, models.Manual, false)
		_, err := p.SaveAttributeMapping(t.Context(), p.Admin(), models.AttributeMapping{Method: models.Entra, Target: "nickName", Expression: "displayName"})
		must(t, err)
		fresh, err := p.SaveAttributeMapping(t.Context(), p.Admin(), models.AttributeMapping{Method: models.SCIM, Target: "title", Expression: "upper(title)"})
		must(t, err)
		plan, err := p.deps.PreviewUndo(t.Context(), p.Org.Key, done.ID)
		must(t, err)
		if plan.Counts.RulesRestored != 3 || len(plan.Rules) != 1 || !strings.Contains(plan.Rules[0], "title") {
			t.Errorf("the preview restores %d rules and leaves %q", plan.Counts.RulesRestored, plan.Rules)
		}
		p.undo(t, done.ID)
		list, err := p.AttributeMappings(t.Context(), p.Org.Key, models.SCIM)
		must(t, err)
		targets := map[string][]string{}
		for _, m := range list {
			targets[m.Target] = append(targets[m.Target], m.ID)
		}
		if len(targets["title"]) != 1 || targets["title"][0] != fresh.ID || len(targets["department"]) != 1 {
			t.Errorf("attribute mappings of SCIM: %v", targets)
		}
	})
}

// A rule whose profile was deleted since gives none, and the preview says so.
func TestUndoRestoresNoRuleOfADeletedProfile(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		p := newPlace(t, w, models.SCIM)
		done := p.change(t, models.Manual, false)
		must(t, p.Keep(t.Context(), func(tx *store.Tx) error { return tx.DeleteProfile(&models.Profile{Key: 1}) }))
		plan, err := p.deps.PreviewUndo(t.Context(), p.Org.Key, done.ID)
		must(t, err)
		if len(plan.Rules) != 2 || !strings.Contains(plan.Rules[0], "profile") {
			t.Errorf("the preview leaves %q", plan.Rules)
		}
		p.undo(t, done.ID)
		list, err := p.Mappings(t.Context(), p.Org.Key, models.SCIM)
		must(t, err)
		for _, m := range list {
			if m.ProfileKey != 0 {
				t.Errorf("mapping %s gives a profile that is there no more", m.Name)
			}
		}
	})
}
