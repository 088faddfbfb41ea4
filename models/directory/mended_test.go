package directory_test

import (
	"fmt"
	"testing"

	"muster/models"
)

// Who arrives disabled was never here: a directory whose records are largely former
// people is not held back.
func TestWhoArrivesDisabledIsNoRemoval(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		for i := range models.GuardFrom {
			w.add(t, fmt.Sprint("user", i), fmt.Sprint(i))
		}
		for i := range 40 {
			u, err := w.CreateUser(t.Context(), w.Client(), put(attrs{"userName": fmt.Sprint("former", i), "externalId": fmt.Sprint("f", i)}, false))
			done(t, err)
			if u.Status != models.Preserved || u.Staged != models.NotStaged {
				t.Fatalf("former user %d is %s, held %q", i, u.Status, u.Staged)
			}
		}
	})
}

// A rule's own groups count for no rule: otherwise its users would leave it again.
func TestGroupsThatRulesGiveCountForNoRule(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		local, err := w.CreateGroup(t.Context(), w.Admin(), nil, named("Licence holders"))
		done(t, err)
		w.rule(t, "Licensed", "", w.profile(t, "Licensed"), func(m *models.Mapping) { m.Groups = []string{local.ID} })
		w.rule(t, "Sales", `department eq "Sales"`, w.profile(t, "Sales"), func(m *models.Mapping) { m.LocalGroups = []string{local.ID} })
		u := w.add(t, "ada", "a")
		w.update(t, w.Client(), u.ID, inSales(nil))
		for range 2 {
			w.expectAt(t, u.ID, "Sales mapping Sales ")
			w.wantMembers(t, local.ID, "ada")
			w.anew(t)
		}
	})
}

// anew has everybody evaluated anew though nothing changed.
func (w world) anew(t *testing.T) {
	t.Helper()
	list, err := w.Mappings(t.Context(), w.Org.Key, models.SCIM)
	done(t, err)
	var ids []string
	for _, m := range list {
		ids = append(ids, m.ID)
	}
	done(t, w.OrderMappings(t.Context(), w.Admin(), models.SCIM, ids))
	w.evaluate(t)
}

// Who waits for a seat and is matched by no rule any more waits for a rule, and gets
// no seat that comes free.
func TestWhoWaitsForASeatNeedsARuleToo(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.rule(t, "Sales", `department eq "Sales"`, models.Profile{})
		w.set(t, func(s *models.OrganizationSettings) { s.Unmatched, s.SeatLimit = models.UnmatchedPark, 1 })
		first, err := w.CreateUser(t.Context(), w.Client(), put(inSales(attrs{"userName": "first", "externalId": "1"}), true))
		done(t, err)
		second, err := w.CreateUser(t.Context(), w.Client(), put(inSales(attrs{"userName": "second", "externalId": "2"}), true))
		done(t, err)
		w.expectAt(t, second.ID, "-  Sales seat")
		w.update(t, w.Client(), second.ID, attrs{models.EnterpriseURN: nil})
		w.expectAt(t, second.ID, "-  - mapping")
		w.remove(t, first.ID)
		w.expectAt(t, second.ID, "-  - mapping")
		w.update(t, w.Client(), second.ID, inSales(nil))
		w.expectAt(t, second.ID, "-  Sales ")
	})
}

// Where users without a seat are refused, a rule that begins to match somebody lets
// them wait: a group's change is nobody's request to be refused.
func TestARuleRefusesNobodyASeat(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		g := w.group(t, "Sales")
		w.rule(t, "Sales", "", models.Profile{}, func(m *models.Mapping) { m.Groups = []string{g.ID} })
		w.set(t, func(s *models.OrganizationSettings) { s.Unmatched = models.UnmatchedPark })
		u := w.add(t, "ada", "a")
		w.byHand(t, "bob")
		w.set(t, func(s *models.OrganizationSettings) { s.SeatLimit, s.SeatPolicy = 1, models.SeatRefuse })
		w.join(t, g.ID, u.ID)
		w.expectAt(t, u.ID, "-  Sales seat")
	})
}

// Who comes back is known, and is not refused as somebody new whom no rule matches.
func TestWhoComesBackIsNotSomebodyNew(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		w.rule(t, "Sales", `department eq "Sales"`, models.Profile{})
		w.set(t, func(s *models.OrganizationSettings) { s.Unmatched = models.UnmatchedRefuse })
		w.remove(t, u.ID)
		back := w.add(t, "ada", "a")
		if back.ID != u.ID {
			t.Errorf("came back as %s, was %s", back.ID, u.ID)
		}
		w.expect(t, u.ID, "preserved/directory/scim")
		w.expectAt(t, u.ID, "-  - mapping")
	})
}

// A profile that is replaced leaves nobody behind: not who has it by hand, nor who is
// managed by nobody any more.
func TestAReplacedProfileLeavesNobodyBehind(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		old, next := w.profile(t, "Old"), w.profile(t, "New")
		w.rule(t, "Everyone", "", old)
		ruled, gone, own := w.add(t, "ruled", "1"), w.add(t, "gone", "2"), w.byHand(t, "own")
		w.remove(t, gone.ID)
		_, err := w.SetProfile(t.Context(), w.Admin(), own.ID, old.ID)
		done(t, err)
		done(t, w.DeleteProfile(t.Context(), w.Admin(), old.ID, next.ID))
		w.expectAt(t, own.ID, "New admin - ")
		w.expectAt(t, gone.ID, "New mapping Everyone ")
		w.evaluate(t)
		w.expectAt(t, ruled.ID, "New mapping Everyone ")
	})
}

// A rule whose group is gone can still be edited, and its key is never another's.
func TestARuleOutlivesItsGroup(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		g := w.group(t, "Sales")
		m := w.rule(t, "Sales", "", models.Profile{}, func(m *models.Mapping) { m.Groups = []string{g.ID} })
		done(t, w.DeleteGroup(t.Context(), w.Client(), g.ID, anyGroup))
		_, err := w.SaveMapping(t.Context(), w.Admin(), m.ID, func(m *models.Mapping) error { m.Disabled = true; return nil })
		done(t, err)
		done(t, w.DeleteMapping(t.Context(), w.Admin(), m.ID))
		if next := w.rule(t, "Support", "", models.Profile{}); next.Key == m.Key {
			t.Error("a new rule has the key of one that was deleted")
		}
	})
}

// What a rejected removal leaves is at the rules of now, not of when it was removed.
func TestARejectedRemovalIsPlacedAnew(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.set(t, func(s *models.OrganizationSettings) { s.GuardPercent, s.GuardCount = 1, 1 })
		var ids []string
		for i := range models.GuardFrom + 2 {
			ids = append(ids, w.add(t, fmt.Sprint("user", i), fmt.Sprint(i)).ID)
		}
		for _, id := range ids[:3] {
			w.remove(t, id)
		}
		if u := w.User(t, ids[2]); u.Staged != models.StagedDelete {
			t.Fatalf("the third removal is %q", u.Staged)
		}
		w.rule(t, "Everyone", "", w.profile(t, "All"))
		w.evaluate(t)
		w.expectAt(t, ids[2], "-  - ")
		_, err := w.RejectHeld(t.Context(), w.Admin(), nil)
		done(t, err)
		w.expectAt(t, ids[2], "All mapping Everyone ")
	})
}
