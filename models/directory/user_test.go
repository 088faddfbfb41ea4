package directory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
)

func TestNoChangeWritesNothing(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		w.update(t, w.Client(), u.ID, mail("ada@example.com"))
		g, err := w.CreateGroup(t.Context(), w.Client(), []string{u.ID}, named("Team"))
		if err != nil {
			t.Fatal(err)
		}
		before := w.Sums(t)
		again := w.update(t, w.Client(), u.ID, mail("ada@example.com"), true)
		if again.Version != 2 {
			t.Errorf("version is %d, want 2", again.Version)
		}
		_, err = w.UpdateGroup(t.Context(), w.Client(), g.ID, []models.MemberChange{
			{Kind: models.AddMembers, IDs: []string{u.ID}},
			{Kind: models.RemoveMembers, IDs: []string{"nobody"}},
			{Kind: models.ReplaceMembers, IDs: []string{u.ID}},
		}, named("Team"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, w.Sums(t)); diff != "" {
			t.Errorf("changes that change nothing wrote rows (-before +after):\n%s", diff)
		}
	})
}

func TestManagedFieldsAreLocked(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		before := w.Sums(t)
		_, err := w.UpdateUser(t.Context(), w.Admin(), u.ID, put(attrs{"title": "x"}))
		e := refused(t, err, "managedByDirectory")
		if e.Attr != "title" || e.Kind != models.Forbidden {
			t.Errorf("refused as %v about %q", e.Kind, e.Attr)
		}
		if diff := cmp.Diff(before, w.Sums(t)); diff != "" {
			t.Errorf("a refused edit wrote (-before +after):\n%s", diff)
		}
		_, err = w.UpdateUser(t.Context(), w.Admin(), u.ID, func(u *models.User) error { u.Note = "calls on Mondays"; return nil })
		if err != nil {
			t.Errorf("a note is a local field: %v", err)
		}
		if got := w.update(t, w.Client(), u.ID, attrs{"title": "Countess"}); got.Note != "calls on Mondays" {
			t.Errorf("the directory's change left the note as %q", got.Note)
		}
	})
}

func TestMethodNotInCharge(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		w.Configure(t, func(o *models.Organization) { o.Method = models.Manual; o.Settings.SupportContact = "it@example.com" })
		rows := w.Sums(t, "log_entries", "tallies")
		_, err := w.UpdateUser(t.Context(), w.Client(), u.ID, put(attrs{"title": "x"}))
		e := refused(t, err, "methodNotInCharge")
		if !contains(e.Msg, "Manual") || !contains(e.Advice, "it@example.com") {
			t.Errorf("%q / %q name neither the method nor the contact", e.Msg, e.Advice)
		}
		w.logged(t, "other/failure/methodNotInCharge")
		if diff := cmp.Diff(rows, w.Sums(t, "log_entries", "tallies")); diff != "" {
			t.Errorf("a refusal wrote (-before +after):\n%s", diff)
		}
		w.update(t, w.Admin(), w.byHand(t, "bob").ID, attrs{"title": "x"})
	})
}

func TestPanicInAnEdit(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		before := w.Sums(t)
		_, err := w.UpdateUser(t.Context(), w.Client(), u.ID, func(*models.User) error { panic("boom") })
		if err == nil || models.KindOf(err) != models.Internal {
			t.Errorf("got %v, want an internal error", err)
		}
		_, err = w.UpdateUser(t.Context(), w.Client(), u.ID, func(*models.User) error { return errors.New("disk on fire") })
		if err == nil || models.KindOf(err) != models.Internal {
			t.Errorf("got %v, want an internal error", err)
		}
		if diff := cmp.Diff(before, w.Sums(t)); diff != "" {
			t.Errorf("a panic wrote (-before +after):\n%s", diff)
		}
		w.update(t, w.Client(), u.ID, attrs{"title": "still works"})
	})
}

// Edits are made on a user read before the transaction: one that was overtaken
// must be made once more, on what the other one wrote.
func TestParallelEditsOfOneUserAllStand(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		const edits = 64
		parallel(edits, func(i int) {
			_, err := w.UpdateUser(context.Background(), w.Client(), u.ID, func(u *models.User) error {
				list, _ := u.Attributes["phoneNumbers"].([]any)
				u.Attributes["phoneNumbers"] = append(slices.Clone(list), attrs{"value": fmt.Sprintf("+1 555 %04d", i)})
				return nil
			})
			if err != nil {
				t.Errorf("edit %d: %v", i, err)
			}
		})
		got, err := w.World.Store.User(t.Context(), u.OrganizationID, u.ID)
		if err != nil || got.Load() != nil {
			t.Fatal(err)
		}
		if list, _ := got.Attributes["phoneNumbers"].([]any); len(list) != edits || got.Version != edits+1 {
			t.Errorf("%d of %d numbers are there, version %d", len(list), edits, got.Version)
		}
		log, err := w.World.Store.LogEntries(t.Context(), u.OrganizationID, models.LogQuery{TargetID: u.ID, Page: models.Page{Limit: 500}})
		if err != nil || len(log.Items) != edits+1 {
			t.Errorf("%d entries of %d edits and the creation, %v", len(log.Items), edits, err)
		}
	})
}

func TestParallelCreatesOfOneName(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		var mu sync.Mutex
		made, taken := 0, 0
		parallel(64, func(i int) {
			_, err := w.CreateUser(context.Background(), w.Client(), put(attrs{"userName": "ada", "externalId": string(rune('A' + i))}, true))
			mu.Lock()
			defer mu.Unlock()
			e, classed := models.AsError(err)
			switch {
			case err == nil:
				made++
			case classed && e.Kind == models.Uniqueness && e.Advice != "":
				taken++
			default:
				t.Errorf("create %d: %v", i, err)
			}
		})
		if made != 1 || taken != 63 {
			t.Errorf("%d created, %d refused; want 1 and 63", made, taken)
		}
		if n := w.Int(t, "SELECT count(*) FROM users"); n != 1 {
			t.Errorf("%d users are stored", n)
		}
		if n := w.Int(t, "SELECT count(*) FROM cycles"); n != 1 {
			t.Errorf("%d cycles were begun by one burst", n)
		}
		if n := w.Int(t, "SELECT requests FROM cycles"); n != 64 {
			t.Errorf("the cycle counted %d requests", n)
		}
	})
}

func TestParallelReturnOfOnePerson(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		w.remove(t, u.ID)
		var mu sync.Mutex
		back, taken := 0, 0
		parallel(16, func(i int) {
			got, err := w.CreateUser(context.Background(), w.Client(), put(attrs{"userName": "ada", "externalId": "a"}, true))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && got.ID == u.ID:
				back++
			case models.KindOf(err) == models.Uniqueness:
				taken++
			default:
				t.Errorf("create %d: %s, %v", i, got.ID, err)
			}
		})
		if back != 1 || taken != 15 {
			t.Errorf("%d returned, %d refused; want 1 and 15", back, taken)
		}
	})
}

func TestParallelUpdatesAllArrive(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		parallel(32, func(i int) {
			_, err := w.UpdateUser(context.Background(), w.Client(), u.ID, func(u *models.User) error {
				list, _ := u.Attributes["emails"].([]any)
				u.Attributes["emails"] = append(slices.Clip(list), map[string]any{"value": string(rune('a'+i)) + "@example.com"})
				return nil
			})
			if err != nil {
				t.Errorf("update %d: %v", i, err)
			}
		})
		now := w.User(t, u.ID)
		if list, _ := now.Attributes["emails"].([]any); len(list) != 32 || now.Version != 33 {
			t.Errorf("%d of 32 addresses, version %d", len(list), now.Version)
		}
	})
}

// parallel runs fn n times at once.
func parallel(n int, fn func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { fn(i) })
	}
	wg.Wait()
}

func TestProvenance(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.byHand(t, "ada")
		w.update(t, w.Admin(), u.ID, attrs{"title": "Countess", "nickName": "A"})
		u = w.update(t, w.Client(), u.ID, attrs{"title": "Analyst", "externalId": "a"})
		got := map[string]string{}
		for _, written := range u.Origins.Attrs {
			o, _ := u.Origins.Of(written.Path)
			got[written.Path] = string(o.Source) + " by " + o.Name
		}
		want := map[string]string{
			"userName": "manual by root@example.com", "nickName": "manual by root@example.com",
			"title": "scim by Entra", "externalId": "scim by Entra",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("origins (-want +got):\n%s", diff)
		}
		change, _ := u.Origins.Of("title")
		if e := w.Last(t); change.ChangeID != e.ID {
			t.Errorf("title came from change %s, the newest is %s", change.ChangeID, e.ID)
		}
		u = w.update(t, w.Client(), u.ID, attrs{"nickName": nil, "title": nil})
		if _, ok := u.Origins.Of("title"); ok || len(u.Origins.Changes) != 2 {
			t.Errorf("cleared attributes keep an origin: %+v", u.Origins)
		}
		if stored := w.User(t, u.ID); cmp.Diff(u.Origins, stored.Origins) != "" {
			t.Errorf("stored origins differ: %+v", stored.Origins)
		}
	})
}

func TestEntriesOfAChange(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		w.update(t, w.Client(), u.ID, attrs{"userName": "ada.l"})
		e := w.logged(t, "update/success/")
		var steps []models.StepName
		for _, s := range e.Details.Steps {
			steps = append(steps, s.Name)
			if s.Text == "" {
				t.Errorf("step %s has no text", s.Name)
			}
		}
		if diff := cmp.Diff([]models.StepName{models.StepImport, models.StepScope, models.StepAction}, steps); diff != "" {
			t.Errorf("steps (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]models.Change{{Path: "userName", Old: "ada", New: "ada.l"}}, e.Details.Modified); diff != "" {
			t.Errorf("modified (-want +got):\n%s", diff)
		}
		if e.Summary != "Renamed user ada to ada.l." || e.TargetID != u.ID || e.Details.Anchor != "a" || e.CycleID == 0 || e.Source != models.SCIM {
			t.Errorf("entry: %+v", e)
		}
	})
}
