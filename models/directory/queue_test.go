package directory_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/directory"
)

func (w world) ask(t *testing.T) {
	t.Helper()
	w.set(t, func(s *models.OrganizationSettings) { s.Adoption = models.AdoptAsk })
}

// queue lists items, the open ones or the decided ones, the latest first.
func (w world) queue(t *testing.T, decided bool) []models.QueueItem {
	t.Helper()
	found, err := w.Queue(t.Context(), w.Org.Key, models.QueueQuery{Decided: decided})
	if err != nil {
		t.Fatal(err)
	}
	return found.Items
}

// waits checks the open items, as "kind claim name", and that the counters agree.
func (w world) waits(t *testing.T, want ...string) []models.QueueItem {
	t.Helper()
	items := w.queue(t, false)
	got := []string{}
	counts := map[models.QueueKind]int64{}
	for _, i := range items {
		got = append(got, fmt.Sprintf("%s %s %s", i.Kind, i.Claim, i.Name))
		counts[i.Kind]++
	}
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Fatalf("open items (-want +got):\n%s", diff)
	}
	counted, err := w.QueueCounts(t.Context(), w.Org.Key)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range models.QueueKinds() {
		if counted[kind] != counts[kind] {
			t.Errorf("%d items of kind %s are counted, want %d", counted[kind], kind, counts[kind])
		}
	}
	return items
}

// settled checks how the latest decided item ended.
func (w world) settled(t *testing.T, state models.QueueState, words string) models.QueueItem {
	t.Helper()
	items := w.queue(t, true)
	if len(items) == 0 {
		t.Fatal("nothing was decided")
	}
	if i := items[0]; i.State != state || !strings.Contains(i.Decision, words) {
		t.Errorf("the item is %s (%s), want %s (…%s…)", i.State, i.Decision, state, words)
	}
	return items[0]
}

func (w world) sent(t *testing.T, set attrs) (models.User, error) {
	t.Helper()
	return w.CreateUser(t.Context(), w.Client(), put(set, true))
}

func (w world) accept(t *testing.T, ids ...string) directory.Batch {
	t.Helper()
	done, err := w.AcceptAdoption(t.Context(), w.Admin(), ids)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func address(a string) []any {
	return []any{map[string]any{"value": a, "type": "work", "primary": true}}
}

func numbered(n string) map[string]any { return map[string]any{"employeeNumber": n} }

func TestAskedAdoptionWaitsAndIsAccepted(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.ask(t)
		ada := w.byHand(t, "ada")
		w.update(t, w.Admin(), ada.ID, attrs{"title": "Countess"})
		before := w.Sums(t, "log_entries", "tallies", "queue_items", "cycles")
		_, err := w.sent(t, attrs{"userName": "Ada", "externalId": "a", "title": "Analyst"})
		e := refused(t, err, "adoptionPending")
		if e.Kind != models.Uniqueness || !contains(e.Error(), "waits for an administrator's decision in the queue") {
			t.Errorf("refused as %v with %q", e.Kind, e)
		}
		if diff := cmp.Diff(before, w.Sums(t, "log_entries", "tallies", "queue_items", "cycles")); diff != "" {
			t.Errorf("what waits changed somebody (-before +after):\n%s", diff)
		}
		item := w.waits(t, "adoption userName Ada")[0]
		entry := w.logged(t, "adopt/skipped/adoptionPending")
		if !contains(e.Advice, "/queue/"+item.ID) || entry.Details.Queue != item.ID || entry.TargetID != ada.ID || item.EntryID != entry.ID {
			t.Errorf("answer %q, entry %+v and item %+v do not lead to each other", e.Advice, entry, item)
		}
		w.Pause(40 * time.Minute)
		_, err = w.sent(t, attrs{"userName": "Ada", "externalId": "a", "title": "Engineer"})
		refused(t, err, "adoptionPending")
		again := w.waits(t, "adoption userName Ada")[0]
		if again.ID != item.ID || again.Attempts != 2 || again.LastSeen <= item.LastSeen || again.Created != item.Created {
			t.Errorf("the second attempt made of the item %+v", again)
		}
		if done := w.accept(t, item.ID); done.Done != 1 || len(done.Failed) != 0 {
			t.Fatalf("accepted: %+v", done)
		}
		w.waits(t)
		w.settled(t, models.QueueAccepted, "manages")
		u := w.User(t, ada.ID)
		if u.ExternalID != "a" || u.Title != "Engineer" || state(u) != "active//scim" {
			t.Errorf("taken over as %s, %q, %q", state(u), u.ExternalID, u.Title)
		}
		entry = w.logged(t, "adopt/success/")
		if entry.InitiatorName != w.Admin().Name || entry.Source != models.SCIM || entry.TargetID != ada.ID {
			t.Errorf("the entry names %q, source %s", entry.InitiatorName, entry.Source)
		}
		if from, ok := u.Origins.Of("title"); !ok || from.Source != models.SCIM || from.ChangeID != entry.ID {
			t.Errorf("the title is said to come from %+v", from)
		}
		w.auditTells(t, "queue.accept", "ada")
		w.update(t, w.Client(), ada.ID, attrs{"title": "Programmer"})
	})
}

func (w world) auditTells(t *testing.T, action, words string) {
	t.Helper()
	found, err := w.AuditEntries(t.Context(), models.AuditQuery{})
	if err != nil || len(found.Items) == 0 {
		t.Fatalf("the audit log: %v, %v", found.Items, err)
	}
	if e := found.Items[0]; e.Action != action || !strings.Contains(strings.ToLower(e.Summary), words) || e.ActorID != w.Admin().ID {
		t.Errorf("the audit log has %s %q by %s, want %s", e.Action, e.Summary, e.ActorName, action)
	}
}

func TestRefusedAdoptionStaysRefused(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.ask(t)
		ada := w.byHand(t, "ada")
		_, err := w.try(t, w.Client(), "ada", "a")
		refused(t, err, "adoptionPending")
		item := w.waits(t, "adoption userName ada")[0]
		done, err := w.RefuseAdoption(t.Context(), w.Admin(), []string{item.ID})
		if err != nil || done.Done != 1 {
			t.Fatalf("refused: %+v, %v", done, err)
		}
		w.auditTells(t, "queue.refuse", "ada")
		_, err = w.try(t, w.Client(), "ada", "a")
		e := refused(t, err, "adoptionDeclined")
		if !contains(e.Msg, w.Admin().Name) || !contains(e.Msg, "2026") {
			t.Errorf("%q names neither who nor when", e.Msg)
		}
		w.logged(t, "adopt/skipped/adoptionDeclined")
		w.waits(t)
		if again := w.settled(t, models.QueueRefused, ""); again.Attempts != 2 {
			t.Errorf("%d attempts", again.Attempts)
		}
		done, err = w.RefuseAdoption(t.Context(), w.Admin(), []string{item.ID})
		if err != nil || len(done.Failed) != 1 || done.Failed[0].Err.Code != "queueItemDecided" {
			t.Errorf("a second refusal: %+v, %v", done, err)
		}
		if done := w.accept(t, item.ID); done.Done != 1 {
			t.Errorf("accepted after all: %+v", done)
		}
		w.expect(t, ada.ID, "active//scim")
	})
}

func TestUpdateOfAnUnmanagedUserWaitsToo(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.ask(t)
		ada := w.byHand(t, "ada")
		for n, edit := range []attrs{{"title": "Analyst"}, {}, {"userName": "countess"}} {
			_, err := w.UpdateUser(t.Context(), w.Client(), ada.ID, put(edit))
			refused(t, err, "adoptionPending")
			if items := w.queue(t, false); len(items) != 1 || items[0].UserKey != ada.Key || items[0].Attempts != int64(n+1) {
				t.Errorf("edit %d: %+v", n, items)
			}
		}
		err := w.DeleteUser(t.Context(), w.Client(), ada.ID, anyUser)
		refused(t, err, "adoptionPending")
		w.expect(t, ada.ID, "active//manual")
		w.accept(t, w.waits(t, "adoption userName ada")[0].ID)
		w.expect(t, ada.ID, "preserved/directory/scim")
		w.waits(t)
	})
}

func TestAutomaticAdoptionDoesNotChangeHowSomebodySignsIn(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.set(t, func(s *models.OrganizationSettings) { s.MatchAttribute = models.MatchByEmail })
		hand, err := w.CreateUser(t.Context(), w.Admin(), put(attrs{"userName": "ada", "emails": address("Ada@Example.com")}, true))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.sent(t, attrs{"userName": "lovelace", "externalId": "a", "emails": address("ada@example.com")})
		refused(t, err, "adoptionPending")
		item := w.waits(t, "adoption emails lovelace")[0]
		_, err = w.UpdateUser(t.Context(), w.Client(), hand.ID, put(attrs{"userName": "lovelace", "externalId": "a"}))
		refused(t, err, "adoptionPending")
		if again := w.queue(t, false); len(again) != 1 || again[0].ID != item.ID || again[0].Claim != "id" {
			t.Errorf("the update made another item: %+v", again)
		}
		w.update(t, w.Client(), hand.ID, attrs{"title": "Countess"})
		w.expect(t, hand.ID, "active//scim")
		w.waits(t)
		w.settled(t, models.QueueSettled, "manages user ada now")
	})
}

func TestEmployeeNumberKnowsAPerson(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.set(t, func(s *models.OrganizationSettings) { s.MatchAttribute = models.MatchByEmployeeNumber })
		hand, err := w.CreateUser(t.Context(), w.Admin(), put(attrs{"userName": "ada", models.EnterpriseURN: numbered("E 17")}, true))
		if err != nil {
			t.Fatal(err)
		}
		u, err := w.sent(t, attrs{"userName": "lovelace", "externalId": "a", models.EnterpriseURN: numbered("E 17")})
		if err != nil || u.ID != hand.ID || u.UserName != "lovelace" {
			t.Fatalf("taken in as %s %s (%v), want %s", u.ID, u.UserName, err, hand.ID)
		}
		w.logged(t, "adopt/success/")
		w.remove(t, u.ID)
		back, err := w.sent(t, attrs{"userName": "ada.king", "externalId": "b", models.EnterpriseURN: numbered("E 17")})
		if err != nil || back.ID != hand.ID || back.ExternalID != "b" || back.Status != models.Active {
			t.Errorf("came back as %s %q %s (%v)", back.ID, back.ExternalID, back.Status, err)
		}
		other, err := w.sent(t, attrs{"userName": "bob", "externalId": "c", models.EnterpriseURN: numbered("E 17")})
		if err != nil || other.ID == hand.ID {
			t.Errorf("a managed person is nobody else: %s (%v)", other.ID, err)
		}
		w.set(t, func(s *models.OrganizationSettings) { s.UniqueEmployeeNo = true })
		_, err = w.sent(t, attrs{"userName": "carl", "externalId": "d", models.EnterpriseURN: numbered("E 17")})
		refused(t, err, "employeeNumberTaken")
		w.waits(t, "conflict employeeNumber carl")
	})
}

func TestManyAttemptsMakeOneItem(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.ask(t)
		w.byHand(t, "ada")
		var all sync.WaitGroup
		errs := make([]error, 64)
		for n := range errs {
			all.Go(func() {
				_, errs[n] = w.CreateUser(t.Context(), w.Client(), put(attrs{"userName": "ada", "externalId": "a"}, true))
			})
		}
		all.Wait()
		for _, err := range errs {
			refused(t, err, "adoptionPending")
		}
		if i := w.waits(t, "adoption userName ada")[0]; i.Attempts != 64 {
			t.Errorf("%d attempts were counted", i.Attempts)
		}
	})
}

func TestManyAreAcceptedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.ask(t)
		for n := range 120 {
			name := fmt.Sprintf("user%d", n)
			w.byHand(t, name)
			_, err := w.try(t, w.Client(), name, "a-"+name)
			refused(t, err, "adoptionPending")
		}
		w.set(t, func(s *models.OrganizationSettings) { s.UniqueEmail = true })
		w.byHandWith(t, attrs{"userName": "guard", "emails": address("x@example.com")})
		w.byHand(t, "clash")
		_, err := w.sent(t, attrs{"userName": "clash", "externalId": "c", "emails": address("x@example.com")})
		refused(t, err, "adoptionPending")
		ids, err := w.SafeAdoptions(t.Context(), w.Org.Key)
		if err != nil || len(ids) != 121 {
			t.Fatalf("%d safe adoptions, %v", len(ids), err)
		}
		done := w.accept(t, append(ids, "nothing")...)
		if done.Done != 120 || len(done.Failed) != 2 {
			t.Fatalf("accepted: %+v", done)
		}
		if f := done.Failed[0]; f.Name != "clash" || f.Err.Code != "emailsTaken" {
			t.Errorf("failed: %+v", f)
		}
		w.waits(t, "adoption userName clash")
	})
}

func (w world) byHandWith(t *testing.T, set attrs) models.User {
	t.Helper()
	u, err := w.CreateUser(t.Context(), w.Admin(), put(set, true))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestGroupsAreAskedForToo(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.ask(t)
		ada := w.byHand(t, "ada")
		g, err := w.CreateGroup(t.Context(), w.Admin(), nil, named("Team"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.CreateGroup(t.Context(), w.Client(), []string{ada.ID}, func(g *models.Group) error {
			g.Attributes["displayName"], g.Attributes["externalId"] = "team", "g"
			return nil
		})
		refused(t, err, "adoptionPending")
		item := w.waits(t, "adoption displayName team")[0]
		if done := w.accept(t, item.ID); done.Done != 1 {
			t.Fatalf("accepted: %+v", done.Failed)
		}
		if got := w.Group(t, g.ID); got.Mode != models.SCIM || got.ExternalID != "g" || got.MemberCount != 1 {
			t.Errorf("taken over as %+v", got)
		}
		w.logged(t, "adopt/success/")
		other, err := w.CreateGroup(t.Context(), w.Admin(), nil, named("Staff"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.UpdateGroup(t.Context(), w.Client(), other.ID, nil, named("Staff"))
		refused(t, err, "adoptionPending")
		w.waits(t, "adoption displayName Staff")
		if err := w.DeleteGroup(t.Context(), w.Admin(), other.ID, anyGroup); err != nil {
			t.Fatal(err)
		}
		w.waits(t)
	})
}

// What waits is computed by the attribute mappings as anything else, once.
func TestAcceptedRecordIsComputed(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.compute(t, "title", `title + "!"`)
		w.ask(t)
		ada := w.byHand(t, "ada")
		_, err := w.sent(t, attrs{"userName": "ada", "externalId": "a", "title": "Countess"})
		refused(t, err, "adoptionPending")
		if done := w.accept(t, w.waits(t, "adoption userName ada")[0].ID); done.Done != 1 {
			t.Fatalf("accepted: %+v", done.Failed)
		}
		if u := w.User(t, ada.ID); u.Title != "Countess!" || !contains(u.Delivered, "Countess") {
			t.Errorf("the title is %q, delivered %q", u.Title, u.Delivered)
		}
		if u := w.update(t, w.Client(), ada.ID, attrs{"nickName": "Ada"}); u.Title != "Countess!" {
			t.Errorf("the next change makes the title %q", u.Title)
		}
	})
}
