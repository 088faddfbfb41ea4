package directory_test

import (
	"fmt"
	"testing"
	"time"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
)

// A name is reused before its former owner's rename has arrived: two people stay
// two people, in both orders of arrival.
func TestReusedNameKeepsTwoPeopleApart(t *testing.T) {
	for _, renameFirst := range []bool{true, false} {
		t.Run(fmt.Sprintf("rename first %t", renameFirst), func(t *testing.T) {
			each(t, func(t *testing.T, w world) {
				old := w.add(t, "j.smith", "a")
				if !renameFirst {
					_, err := w.try(t, w.Client(), "J.Smith", "b")
					if e := refused(t, err, "userNameTaken"); !contains(e.Error(), "active") || !contains(e.Error(), "/queue/") {
						t.Errorf("%q tells neither the holder's state nor the way", e)
					}
					w.waits(t, "conflict userName J.Smith")
				}
				w.update(t, w.Client(), old.ID, attrs{"userName": "j.smith2"})
				w.waits(t)
				if !renameFirst {
					w.settled(t, models.QueueSettled, "has another userName now")
				}
				fresh := w.add(t, "J.Smith", "b")
				if fresh.ID == old.ID || w.User(t, old.ID).ExternalID != "a" || w.User(t, old.ID).UserName != "j.smith2" {
					t.Errorf("the two are %+v and %+v", fresh, w.User(t, old.ID))
				}
			})
		})
	}
}

func TestConflictOfTheSamePerson(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		old := w.add(t, "ada", "a")
		_, err := w.sent(t, attrs{"userName": "ada", "externalId": "b", "title": "Countess"})
		refused(t, err, "userNameTaken")
		w.logged(t, "create/failure/userNameTaken")
		item := w.waits(t, "conflict userName ada")[0]
		if err := w.SettleConflict(t.Context(), w.Admin(), item.ID, directory.SamePerson); err != nil {
			t.Fatal(err)
		}
		w.settled(t, models.QueueAccepted, "Same person")
		w.auditTells(t, "queue.same", "ada")
		u := w.User(t, old.ID)
		if u.ExternalID != "b" || u.Title != "Countess" || state(u) != "active//scim" {
			t.Errorf("linked as %s %q %q", state(u), u.ExternalID, u.Title)
		}
		err = w.SettleConflict(t.Context(), w.Admin(), item.ID, directory.OtherPerson)
		refused(t, err, "queueItemDecided")
	})
}

func TestConflictOfAnotherPerson(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		old := w.add(t, "ada", "a")
		_, err := w.try(t, w.Client(), "ada", "b")
		refused(t, err, "userNameTaken")
		item := w.waits(t, "conflict userName ada")[0]
		if err := w.SettleConflict(t.Context(), w.Admin(), item.ID, directory.OtherPerson); err != nil {
			t.Fatal(err)
		}
		w.logged(t, "preserve/success/")
		w.auditTells(t, "queue.other", "ada")
		w.expect(t, old.ID, "preserved/admin/scim/hidden")
		fresh := w.add(t, "ada", "b")
		if fresh.ID == old.ID {
			t.Error("two people became one")
		}
		back := w.add(t, "ada.king", "a")
		if back.ID != old.ID || back.Status != models.Preserved {
			t.Errorf("the former owner came back as %s, %s", back.ID, back.Status)
		}
	})
}

func TestRenameThatCollides(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada, bob := w.add(t, "ada", "a"), w.add(t, "bob", "b")
		_, err := w.UpdateUser(t.Context(), w.Client(), bob.ID, put(attrs{"userName": "ada"}))
		refused(t, err, "userNameTaken")
		w.waits(t, "conflict userName ada")
		w.update(t, w.Client(), bob.ID, attrs{"title": "Builder"})
		w.waits(t, "conflict userName ada")
		w.update(t, w.Client(), bob.ID, attrs{"userName": "robert"})
		w.waits(t)
		w.settled(t, models.QueueSettled, "sent another userName")
		_, err = w.UpdateUser(t.Context(), w.Client(), bob.ID, put(attrs{"userName": "ada"}))
		refused(t, err, "userNameTaken")
		item := w.waits(t, "conflict userName ada")[0]
		if err := w.SettleConflict(t.Context(), w.Admin(), item.ID, directory.SamePerson); err != nil {
			t.Fatal(err)
		}
		w.expect(t, bob.ID, "preserved/admin/scim/hidden")
		if u := w.User(t, ada.ID); u.ExternalID != "b" || state(u) != "active//scim" || w.User(t, bob.ID).ExternalID != "" {
			t.Errorf("the anchor did not move: %q, %q", u.ExternalID, w.User(t, bob.ID).ExternalID)
		}
		log := w.Log(t)
		if a, b := log[len(log)-2], log[len(log)-1]; a.TargetID != bob.ID || a.Action != models.ActionPreserve || b.TargetID != ada.ID || b.Action != models.ActionAdopt {
			t.Errorf("the log tells %s of %s and %s of %s", a.Action, a.TargetName, b.Action, b.TargetName)
		}
	})
}

func TestOpenItemsSettleByThemselves(t *testing.T) {
	tests := []struct {
		name  string
		after func(*testing.T, world, models.User)
		words string
	}{
		{"holder deleted at the source", func(t *testing.T, w world, u models.User) { w.remove(t, u.ID) }, "deleted at the source"},
		{"holder renamed", func(t *testing.T, w world, u models.User) {
			w.update(t, w.Client(), u.ID, attrs{"userName": "countess"})
		}, "another userName now"},
		{"record sent under another name", func(t *testing.T, w world, _ models.User) { w.add(t, "ada2", "b") }, "another userName"},
		{"method changed", func(t *testing.T, w world, _ models.User) {
			if err := w.Keep(t.Context(), settleSCIM(w)); err != nil {
				t.Fatal(err)
			}
		}, "changed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(t *testing.T, w world) {
				ada := w.add(t, "ada", "a")
				_, err := w.try(t, w.Client(), "ada", "b")
				refused(t, err, "userNameTaken")
				w.waits(t, "conflict userName ada")
				tt.after(t, w, ada)
				w.waits(t)
				w.settled(t, models.QueueSettled, tt.words)
			})
		})
	}
}

func settleSCIM(w world) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		_, err := tx.SettleQueue(w.Org.Key, models.SCIM, "The deployment method changed to Manual.", "change-1")
		return err
	}
}

// Purging somebody takes what was delivered about them too, and the counters agree.
func TestPurgeEmptiesTheQueueOfAPerson(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := w.add(t, "ada", "a")
		_, err := w.try(t, w.Client(), "ada", "b")
		refused(t, err, "userNameTaken")
		w.waits(t, "conflict userName ada")
		if _, err := w.Preserve(t.Context(), w.Admin(), ada.ID, ""); err != nil {
			t.Fatal(err)
		}
		w.waits(t, "conflict userName ada")
		w.set(t, func(s *models.OrganizationSettings) { s.PurgeDays = 30 })
		w.Pause(31 * 24 * time.Hour)
		if n, err := w.Purge(t.Context(), w.Admin()); err != nil || n != 1 {
			t.Fatalf("purged %d, %v", n, err)
		}
		w.waits(t)
		if left := w.queue(t, true); len(left) != 0 {
			t.Errorf("the queue keeps %+v", left)
		}
		w.add(t, "ada", "b")
	})
}

// Making room for another person frees a seat, which somebody who waits for one takes.
func TestMakingRoomFreesASeat(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.set(t, func(s *models.OrganizationSettings) { s.SeatLimit = 1 })
		ada := w.add(t, "ada", "a")
		bob := w.add(t, "bob", "b")
		_, err := w.try(t, w.Client(), "ada", "c")
		refused(t, err, "userNameTaken")
		if err := w.SettleConflict(t.Context(), w.Admin(), w.waits(t, "conflict userName ada")[0].ID, directory.OtherPerson); err != nil {
			t.Fatal(err)
		}
		w.expect(t, ada.ID, "preserved/admin/scim/hidden")
		w.expect(t, bob.ID, "active//scim")
	})
}
