package deployment_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/deployment"
	"muster/models/directory/directorytest"
	"muster/models/store"
)

func (p *place) change(t *testing.T, to models.Method, keep bool) models.MethodChange {
	t.Helper()
	p.Clock.Advance(time.Second)
	done, err := p.deps.Change(t.Context(), p.Admin(), deployment.Order{Target: to, Keep: keep})
	must(t, err)
	return done
}

func (p *place) undo(t *testing.T, id string) models.MethodChange {
	t.Helper()
	p.Clock.Advance(time.Second)
	done, err := p.deps.Undo(t.Context(), p.Admin(), deployment.UndoOrder{Change: id})
	must(t, err)
	return done
}

func (p *place) undoRefused(t *testing.T, id, text string) {
	t.Helper()
	before := p.Sums(t)
	_, err := p.deps.Undo(t.Context(), p.Admin(), deployment.UndoOrder{Change: id})
	e, ok := models.AsError(err)
	if !ok || e.Kind != models.Conflict || !strings.Contains(e.Msg, text) || e.Advice == "" {
		t.Errorf("undo of %s: %v; want a refusal with %q", id, err, text)
	}
	if diff := cmp.Diff(before, p.Sums(t)); diff != "" {
		t.Errorf("the refusal left a trace:\n%s", diff)
	}
}

// touch edits a user in the console, as an administrator does after a change.
func (p *place) touch(t *testing.T, i int) {
	t.Helper()
	_, err := p.UpdateUser(t.Context(), p.Admin(), p.users[i].ID, func(u *models.User) error {
		u.Note = "looked after by hand"
		return nil
	})
	must(t, err)
}

// Whoever was changed since stays as they are, with what was changed; all others return.
// The preview names both.
func TestUndoLeavesWhomSomebodyChanged(t *testing.T) {
	eachDirection(t, func(t *testing.T, p *place, to models.Method, keep bool) {
		before := p.seen(t)
		done := p.change(t, to, keep)
		p.touch(t, 0)
		p.touch(t, 9)
		p.touch(t, 12)                                         // made by hand
		must(t, p.Keep(t.Context(), func(tx *store.Tx) error { // the new method takes one over
			if to == models.Manual {
				return nil
			}
			old, err := tx.LockUser(p.Org.Key, p.users[1].ID)
			if err != nil {
				return err
			}
			u := old
			u.Mode, u.Version, u.Updated = to, old.Version+1, tx.Now()
			return tx.SaveUser(&old, &u)
		}))
		touched := []string{p.users[0].UserName, p.users[9].UserName}
		if to != models.Manual {
			touched = append(touched, p.users[1].UserName)
		}
		if p.from == models.Manual {
			touched = nil
		}
		slices.Sort(touched)
		undo, err := p.deps.PreviewUndo(t.Context(), p.Org.Key, done.ID)
		must(t, err)
		if undo.Counts.UsersTouched != int64(len(touched)) || undo.Counts.UsersReturn+undo.Counts.UsersTouched != done.Record.Users || undo.Gone != 0 {
			t.Errorf("the preview: %+v, gone %d", undo.Counts, undo.Gone)
		}
		if p.from != models.Manual {
			list, err := p.TouchedUsers(t.Context(), p.Org.Key, done.Record.Ended, done.At, models.Page{})
			must(t, err)
			names := []string{}
			for _, u := range list.Items {
				names = append(names, u.UserName)
			}
			slices.Sort(names)
			if diff := cmp.Diff(touched, names); diff != "" {
				t.Errorf("named as changed since (-want +got):\n%s", diff)
			}
			back, err := p.Returning(t.Context(), p.Org.Key, done.Record.Ended, models.Page{})
			must(t, err)
			if int64(len(back.Items)) != undo.Counts.UsersReturn {
				t.Errorf("%d are named as returning, %d are counted", len(back.Items), undo.Counts.UsersReturn)
			}
		}
		p.undo(t, done.ID)
		want := maps.Clone(before)
		for _, i := range []int{0, 1, 9, 12} {
			u := p.User(t, p.users[i].ID)
			u.Attributes = nil
			if u.Mode != models.Manual && slices.Contains(touched, u.UserName) {
				t.Errorf("%s was changed since and is %s", u.UserName, u.Mode)
			}
			if i == 0 && u.Note != "looked after by hand" {
				t.Errorf("%s lost what was changed: %q", u.UserName, u.Note)
			}
			want[u.UserName] = u
		}
		if to == models.Manual { // nobody touched that one
			want[p.users[1].UserName] = before[p.users[1].UserName]
		}
		if diff := cmp.Diff(want, p.seen(t)); diff != "" {
			t.Errorf("people after the undo (-want +got):\n%s", diff)
		}
		p.counted(t, "after the undo")
	})
}

// Changes are taken back one after the other, the latest first; the very first choice,
// an undo, and what is too old are not.
func TestUndoGoesBackStepByStep(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		p := newPlace(t, w, models.SCIM)
		start, people := p.stored(t), p.seen(t)
		first := p.change(t, models.Entra, false)
		second := p.change(t, models.LDAP, true)
		p.undoRefused(t, first.ID, "changed again since")
		undone := p.undo(t, second.ID)
		p.undoRefused(t, undone.ID, "itself the undo")
		p.undoRefused(t, second.ID, "undone already")
		third := p.change(t, models.Manual, true)
		p.undoRefused(t, first.ID, "changed again since")
		p.undo(t, third.ID)
		p.undo(t, first.ID)
		if diff := cmp.Diff(people, p.seen(t)); diff != "" {
			t.Errorf("people after all undos (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(start, p.stored(t)); diff != "" {
			t.Errorf("rows after all undos (-before +after):\n%s", diff)
		}
		list, err := p.MethodChanges(t.Context(), p.Org.Key, 50)
		must(t, err)
		if len(list) != 6 || list[0].Undoes != first.ID || list[5].UndoneBy != list[0].ID {
			t.Errorf("history: %+v", list)
		}
		if _, ok := deployment.Undoable(list, p.Clock.Now()); ok {
			t.Error("something could be undone still")
		}
	})
}

// When its time is over a change stays, and what it deleted is gone for good; until then
// nothing of it is.
func TestUndoHasItsTime(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		p := newPlace(t, w, models.SCIM)
		w.Configure(t, func(o *models.Organization) { o.Settings.UndoDays = 7 })
		done := p.change(t, models.Manual, false)
		forget := func() (n int64) {
			must(t, p.Keep(t.Context(), func(tx *store.Tx) (err error) { n, err = tx.ForgetDeletedRules(); return err }))
			return n
		}
		p.Clock.Advance(7*24*time.Hour - time.Minute)
		if n := forget(); n != 0 {
			t.Fatalf("%d changes lost what they kept before their time", n)
		}
		if c, err := p.MethodChange(t.Context(), p.Org.Key, done.ID); err != nil || len(c.Record.Mappings) != 2 || len(c.Record.Attributes) != 1 {
			t.Fatalf("kept for the undo: %+v %v", c.Record, err)
		}
		p.Clock.Advance(2 * time.Minute)
		p.undoRefused(t, done.ID, "time to undo this change ended")
		if n := forget(); n != 1 {
			t.Errorf("%d changes forgot what they had deleted", n)
		}
		if rows := p.Find(t, "mapping-scim-0"); len(rows) != 0 {
			t.Errorf("the deleted mapping is still found in %v", rows)
		}
		if forget() != 0 {
			t.Error("it is forgotten again and again")
		}
	})
}

// A preview of an undo is worth what its data is: when that moves, nothing is done.
func TestUndoRefusesAnOldPreview(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		p := newPlace(t, w, models.SCIM)
		done := p.change(t, models.Manual, true)
		plan, err := p.deps.PreviewUndo(t.Context(), p.Org.Key, done.ID)
		must(t, err)
		p.touch(t, 0)
		before := p.Sums(t)
		_, err = p.deps.Undo(t.Context(), p.Admin(), deployment.UndoOrder{Change: done.ID, Version: plan.Version})
		if models.KindOf(err) != models.Stale {
			t.Errorf("an old preview was carried out: %v", err)
		}
		if diff := cmp.Diff(before, p.Sums(t)); diff != "" {
			t.Errorf("the refusal left a trace:\n%s", diff)
		}
	})
}

// What somebody did with a token since the change stands.
func TestUndoMindsTokensChangedSince(t *testing.T) {
	for _, keep := range []bool{true, false} {
		directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
			p := newPlace(t, w, models.SCIM)
			done := p.change(t, models.Manual, keep)
			p.Clock.Advance(time.Second)
			must(t, p.Keep(t.Context(), func(tx *store.Tx) error {
				one, err := tx.Token(t.Context(), p.Org.Key, "token-live")
				if err != nil {
					return err
				}
				one.Revoked, one.RevokedBy, one.Parked = tx.Now(), "somebody", false
				return tx.SaveToken(&one)
			}))
			plan, err := p.deps.PreviewUndo(t.Context(), p.Org.Key, done.ID)
			must(t, err)
			if len(plan.Left) != 1 || !strings.Contains(plan.Left[0], `"live"`) || plan.Counts.TokensWoken != 2 {
				t.Errorf("preview: %v, %d tokens work again", plan.Left, plan.Counts.TokensWoken)
			}
			p.undo(t, done.ID)
			got := map[string]models.TokenState{}
			tokens, err := p.Tokens(t.Context(), p.Org.Key)
			must(t, err)
			for _, one := range tokens {
				got[one.Description] = one.State(p.Clock.Now())
			}
			want := map[string]models.TokenState{
				"live": models.TokenRevoked, "disabled": models.TokenDisabled, "retiring": models.TokenRetiring, "expired": models.TokenExpired, "revoked": models.TokenRevoked,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
		})
	}
}

// A token of shadow mode counts once SCIM is in charge, and rehearses again after undo.
func TestShadowTokensOpenAndRehearseAgain(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		p := newPlace(t, w, models.Manual)
		must(t, p.Keep(t.Context(), func(tx *store.Tx) error {
			one := models.Token{
				ID: "token-shadow", OrganizationID: p.Org.Key, Description: "shadow", Hash: "hash of shadow", Scope: models.ProvisionScope,
				AllowList: []string{}, Expires: tx.Now() + 9e9, Created: tx.Now(), Shadow: true,
			}
			return tx.InsertToken(&one)
		}))
		shadow := func() bool {
			one, err := p.Token(t.Context(), p.Org.Key, "token-shadow")
			must(t, err)
			return one.Shadow
		}
		before := p.stored(t)
		done := p.change(t, models.SCIM, true)
		if done.Counts.TokensOpened != 1 || shadow() {
			t.Errorf("%d tokens opened, in shadow mode: %t", done.Counts.TokensOpened, shadow())
		}
		if back := p.undo(t, done.ID); back.Counts.TokensShadow != 1 || !shadow() {
			t.Errorf("%d tokens rehearse again, in shadow mode: %t", back.Counts.TokensShadow, shadow())
		}
		if diff := cmp.Diff(before, p.stored(t)); diff != "" {
			t.Errorf("after the undo (-before +after):\n%s", diff)
		}
	})
}

// The connector of a method sleeps with it, or is deleted and comes back with the undo:
// settings and sealed credentials as they were. One that was reading goes on after an
// undo; one that was deleted begins with a preview.
func TestConnectorsComeAndGoWithTheirMethod(t *testing.T) {
	for _, keep := range []bool{true, false} {
		directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
			p := newPlace(t, w, models.Entra)
			must(t, p.Keep(t.Context(), func(tx *store.Tx) error {
				return tx.InsertConnector(&models.Connector{
					ID: "connector-1", OrganizationID: p.Org.Key, Method: models.Entra, Settings: `{"tenant":"contoso"}`, Secret: "sealed", SecretKind: "client secret",
					SecretHint: "abc…", IntervalMinutes: 60, State: models.ConnectorRunning, Cursor: "delta", Accepted: "hash", Wanted: "hash", NextRun: tx.Now(), Created: tx.Now(),
				})
			}))
			look := func() (models.Connector, bool) {
				c, known, err := p.Connector(t.Context(), p.Org.Key, models.Entra)
				must(t, err)
				return c, known
			}
			plan, err := p.deps.Preview(t.Context(), p.Org.Key, models.Manual, keep)
			must(t, err)
			done := p.change(t, models.Manual, keep)
			if done.Counts != plan.Counts {
				t.Errorf("preview %+v, change %+v", plan.Counts, done.Counts)
			}
			c, known := look()
			if keep && (!known || !c.Parked || done.Counts.ConnectorKept != 1) || !keep && (known || done.Counts.ConnectorGone != 1) {
				t.Errorf("keep %t: there %t, parked %t, counts %+v", keep, known, c.Parked, done.Counts)
			}
			undo, err := p.deps.PreviewUndo(t.Context(), p.Org.Key, done.ID)
			must(t, err)
			if undo.Counts.ConnectorBack != 1 {
				t.Errorf("the preview of the undo brings %d connectors", undo.Counts.ConnectorBack)
			}
			p.undo(t, done.ID)
			c, known = look()
			if !known || c.Parked || c.Settings != `{"tenant":"contoso"}` || c.Secret != "sealed" || c.SecretHint != "abc…" {
				t.Fatalf("after the undo: there %t, %+v", known, c)
			}
			if keep && (c.State != models.ConnectorRunning || c.Accepted != "hash" || c.Cursor != "" || c.NextRun == 0) {
				t.Errorf("a kept one does not go on: %+v", c)
			}
			if !keep && (c.State != models.ConnectorStopped || c.Accepted != "") {
				t.Errorf("a deleted one does not begin anew: %+v", c)
			}
			if done, err := p.MethodChange(t.Context(), p.Org.Key, done.ID); err != nil || done.Record.Connector != nil {
				t.Errorf("the change keeps the credentials after its undo: %v", err)
			}
		})
	}
}
