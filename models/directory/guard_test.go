package directory_test

import (
	"fmt"
	"testing"
	"time"

	"muster/models"
	"muster/models/directory"
)

func TestSeatsAreGivenInOrder(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.set(t, func(s *models.OrganizationSettings) { s.SeatLimit = 2 })
		one, two := w.add(t, "one", "1"), w.add(t, "two", "2")
		three := w.add(t, "three", "3")
		w.Pause(time.Minute)
		four := w.add(t, "four", "4")
		w.expect(t, three.ID, "inactive//scim")
		w.logged(t, "create/warning/noSeat")
		w.seats(t, "2 used, 2 waiting")
		w.update(t, w.Client(), one.ID, nil, false)
		w.expect(t, three.ID, "active//scim")
		w.expect(t, four.ID, "inactive//scim")
		w.logged(t, "restore/success/")
		w.update(t, w.Client(), one.ID, nil, true) // reactivation counts
		w.expect(t, one.ID, "inactive//scim")
		w.seats(t, "2 used, 2 waiting")
		if _, err := w.Restore(t.Context(), w.Admin(), four.ID); models.KindOf(err) != models.Forbidden {
			t.Errorf("activating beyond the limit: %v", err)
		}
		w.set(t, func(s *models.OrganizationSettings) { s.SeatLimit = 3 })
		done(t, w.SeatWaiting(t.Context(), w.Admin()))
		w.expect(t, four.ID, "active//scim")
		w.expect(t, one.ID, "inactive//scim")
		w.set(t, func(s *models.OrganizationSettings) { s.SeatPolicy = models.SeatRefuse })
		if _, err := w.try(t, w.Client(), "five", "5"); models.KindOf(err) != models.Forbidden {
			t.Errorf("a new user beyond the limit: %v", err)
		}
		w.logged(t, "create/failure/noSeat")
		w.remove(t, two.ID)
		w.expect(t, one.ID, "active//scim")
		w.seats(t, "3 used, 0 waiting")
	})
}

func (w world) seats(t *testing.T, want string) {
	t.Helper()
	used, waiting, err := w.SeatsTaken(t.Context(), w.Org.Key)
	done(t, err)
	if got := fmt.Sprintf("%d used, %d waiting", used, waiting); got != want {
		t.Errorf("seats: %s, want %s", got, want)
	}
}

func TestTheGuardHoldsABurstBack(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		var ids []string
		for i := range 100 {
			ids = append(ids, w.add(t, fmt.Sprintf("user%03d", i), fmt.Sprint(i)).ID)
		}
		for _, id := range ids[:20] {
			w.update(t, w.Client(), id, nil, false)
		}
		w.expect(t, ids[19], "preserved/directory/scim")
		w.update(t, w.Client(), ids[20], nil, false)
		w.expect(t, ids[20], "active//scim")
		w.logged(t, "staged delete/warning/guardHeld")
		if u := w.User(t, ids[20]); u.Staged != models.StagedDisable || u.Enters() {
			t.Errorf("held back: %+v", u.Staged)
		}
		w.remove(t, ids[21])
		w.expect(t, ids[21], "active//scim/hidden")
		w.update(t, w.Client(), ids[22], nil, false)
		w.update(t, w.Client(), ids[22], nil, true) // thought better of it
		if u := w.User(t, ids[22]); u.Staged != models.NotStaged || !u.Enters() {
			t.Errorf("withdrawn: %+v", u.Staged)
		}
		w.update(t, w.Client(), ids[23], nil, false)
		out, err := w.ApproveHeld(t.Context(), w.Admin(), []string{ids[20], ids[22]})
		done(t, err)
		if out.Done != 1 || len(out.Failed) != 1 || out.Failed[0].Err.Code != "notHeld" {
			t.Errorf("approved %+v", out)
		}
		w.expect(t, ids[20], "preserved/directory/scim")
		if out, err = w.RejectHeld(t.Context(), w.Admin(), nil); err != nil || out.Done != 2 {
			t.Errorf("rejected %+v, %v", out, err)
		}
		w.expect(t, ids[21], "active//scim")
		w.expect(t, ids[23], "active//scim")
		w.Pause(2 * time.Hour)
		w.update(t, w.Client(), ids[24], nil, false)
		w.expect(t, ids[24], "preserved/directory/scim")
	})
}

func TestNoDirectoryDisablesTheProtected(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada, eve := w.add(t, "ada", "a"), w.add(t, "eve", "e")
		_, err := w.Protect(t.Context(), w.Admin(), ada.ID, true)
		done(t, err)
		g, err := w.CreateGroup(t.Context(), w.Client(), []string{eve.ID}, named("Admins"))
		done(t, err)
		done(t, w.ProtectGroup(t.Context(), w.Admin(), g.ID, true))
		for _, id := range []string{ada.ID, eve.ID} {
			w.update(t, w.Client(), id, nil, false)
			w.expect(t, id, "active//scim")
			w.logged(t, "update/skipped/protectedUser")
			if err := w.DeleteUser(t.Context(), w.Client(), id, anyUser); models.KindOf(err) != models.Forbidden {
				t.Errorf("deleting the protected: %v", err)
			}
		}
		done(t, w.ProtectGroup(t.Context(), w.Admin(), g.ID, false))
		w.update(t, w.Client(), eve.ID, nil, false)
		w.expect(t, eve.ID, "preserved/directory/scim")
	})
}

func TestOnlyThePolicyPurges(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		gone, held, late := w.add(t, "gone", "1"), w.add(t, "held", "2"), w.add(t, "late", "3")
		g, err := w.CreateGroup(t.Context(), w.Client(), []string{gone.ID, held.ID}, named("All"))
		done(t, err)
		_, err = w.HoldLegally(t.Context(), w.Admin(), held.ID, true)
		done(t, err)
		w.remove(t, gone.ID)
		w.remove(t, held.ID)
		w.Pause(20 * 24 * time.Hour)
		w.remove(t, late.ID)
		w.Pause(15 * 24 * time.Hour)
		n, err := w.Purge(t.Context(), w.Admin())
		done(t, err)
		if n != 0 {
			t.Fatalf("purged %d without a policy", n)
		}
		w.set(t, func(s *models.OrganizationSettings) { s.PurgeDays = 30 })
		if n, err = w.Purgeable(t.Context(), w.Org.Key, 30); err != nil || n != 1 {
			t.Errorf("would purge %d, %v", n, err)
		}
		if n, err = w.Purge(t.Context(), models.System(w.Org.Key, "Purge policy")); err != nil || n != 1 {
			t.Errorf("purged %d, %v", n, err)
		}
		w.logged(t, "delete/success/purged")
		if n := w.Int(t, "SELECT count(*) FROM users"); n != 2 {
			t.Errorf("%d users are left", n)
		}
		if n := w.Int(t, "SELECT count(*) FROM user_values WHERE user_id = (SELECT $1 + 0)", gone.Key); n != 0 {
			t.Errorf("%d index entries are left", n)
		}
		w.wantMembers(t, g.ID, "held")
		counts, err := w.UserCounts(t.Context(), w.Org.Key)
		done(t, err)
		if counts.Total != 2 {
			t.Errorf("counted %d users", counts.Total)
		}
	})
}

// TestTheGuardHoldsWhoLosesEveryRule: a directory that moves many people out of every
// mapping takes them away as surely as one that disables them.
func TestTheGuardHoldsWhoLosesEveryRule(t *testing.T) {
	for _, policy := range []models.Unmatched{models.UnmatchedRefuse, models.UnmatchedPark} {
		t.Run(string(policy), func(t *testing.T) {
			each(t, func(t *testing.T, w world) {
				g := w.group(t, "Sales")
				w.rule(t, "Sales", "", w.profile(t, "Sales"), func(m *models.Mapping) { m.Groups = []string{g.ID} })
				var ids []string
				for i := range 100 {
					ids = append(ids, w.add(t, fmt.Sprintf("user%03d", i), fmt.Sprint(i)).ID)
				}
				w.change(t, g.ID, models.AddMembers, ids...)
				w.evaluate(t)
				w.set(t, func(s *models.OrganizationSettings) { s.Unmatched = policy })
				_, err := w.Protect(t.Context(), w.Admin(), ids[0], true)
				done(t, err)
				w.change(t, g.ID, models.RemoveMembers, ids[:30]...)
				active, staged := 0, 0
				for _, id := range ids[:30] {
					u := w.User(t, id)
					if u.Status == models.Active {
						active++
					}
					if u.Staged != models.NotStaged {
						staged++
					}
				}
				if active != 10 || staged != 9 {
					t.Errorf("%d are still in and %d held back, want 10 (the protected one too) and 9", active, staged)
				}
				w.evaluate(t)
				done(t, w.DeleteGroup(t.Context(), w.Client(), g.ID, func(models.Group) error { return nil }))
				w.evaluate(t)
				counts, err := w.UserCounts(t.Context(), w.Org.Key)
				done(t, err)
				if n := counts.ByStatus[models.Active]; n != 80 {
					t.Errorf("%d users are in after the group was deleted, want 80", n)
				}
				out, err := w.ApproveHeld(t.Context(), w.Admin(), []string{ids[29]})
				if err != nil || out.Done != 1 || w.User(t, ids[29]).Status != models.Preserved {
					t.Errorf("approved %+v, %v", out, err)
				}
			})
		})
	}
}

// TestWhoComesBackCountsForNothing: a user disabled and enabled again is no removal.
func TestWhoComesBackCountsForNothing(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		var ids []string
		for i := range 100 {
			ids = append(ids, w.add(t, fmt.Sprintf("user%03d", i), fmt.Sprint(i)).ID)
		}
		for range 30 {
			w.update(t, w.Client(), ids[0], nil, false)
			w.expect(t, ids[0], "preserved/directory/scim")
			w.update(t, w.Client(), ids[0], nil, true)
		}
	})
}

// TestAPreviewCountsWhomTheFirstRuleShutsOut: with users whom no rule matches parked,
// the first rule puts out everybody it does not match, though nobody's rule changes.
func TestAPreviewCountsWhomTheFirstRuleShutsOut(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.set(t, func(s *models.OrganizationSettings) { s.Unmatched = models.UnmatchedPark })
		seller := w.add(t, "seller", "s")
		w.update(t, w.Client(), seller.ID, inSales(nil))
		for _, name := range []string{"ada", "bob", "vip"} {
			w.add(t, name, name)
		}
		vip, err := w.UserByName(t.Context(), w.Org.Key, "vip")
		done(t, err)
		_, err = w.SetProfile(t.Context(), w.Admin(), vip.ID, w.profile(t, "VIP").ID)
		done(t, err)
		draft := models.Mapping{Method: models.SCIM, Name: "Sales", Filter: `department eq "Sales"`, InitialStatus: models.Active}
		p, err := w.PreviewRules(t.Context(), w.Org.Key, directory.RuleChange{Method: models.SCIM, Save: &draft})
		done(t, err)
		if p.ShutOut != 2 {
			t.Errorf("%d would be shut out, want ada and bob", p.ShutOut)
		}
		sales := w.rule(t, "Sales", draft.Filter, models.Profile{})
		w.evaluate(t)
		counts, err := w.UserCounts(t.Context(), w.Org.Key)
		done(t, err)
		if n := counts.ByStatus[models.Inactive]; n != 2 {
			t.Errorf("%d are out, as the preview said 2", n)
		}
		sales.Filter = `department eq "Legal"`
		p, err = w.PreviewRules(t.Context(), w.Org.Key, directory.RuleChange{Method: models.SCIM, Save: &sales})
		done(t, err)
		if p.ShutOut != 1 {
			t.Errorf("changing the rule would shut %d out, want the seller", p.ShutOut)
		}
		p, err = w.PreviewRules(t.Context(), w.Org.Key, directory.RuleChange{Method: models.SCIM, Delete: sales.ID})
		done(t, err)
		if p.ShutOut != 0 {
			t.Errorf("without any rule nobody is out, not %d", p.ShutOut)
		}
	})
}
