package shadow_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
)

// TestCopiesTheOrganization holds users, groups and memberships in the rehearsal to those of
// the organization.
func TestCopiesTheOrganization(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		var ids []string
		for _, name := range s.names(30) {
			ids = append(ids, s.person("", name).ID)
		}
		_, err := s.Suspend(t.Context(), s.Admin(), ids[1], "leave")
		s.must(err)
		_, err = s.Preserve(t.Context(), s.Admin(), ids[2], "left")
		s.must(err)
		inner := s.group("Inner", ids[:3]...)
		s.group("Outer", inner.ID, ids[4])
		before := s.Sums(t, "shadows", "audit_entries")
		s.rehearse()
		s.on(func(_ *directory.Directory, db *store.Store, _ models.Actor) {
			for _, id := range ids {
				want := s.User(t, id)
				got, err := db.User(t.Context(), s.Org.Key, id)
				s.must(err)
				s.must(got.Load())
				want.Key, got.Key = 0, 0
				want.Term, got.Term = "", ""
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("user %s (-real +shadow):\n%s", want.UserName, diff)
				}
			}
			for _, name := range []string{"Inner", "Outer"} {
				there, err := s.GroupByName(t.Context(), s.Org.Key, name)
				s.must(err)
				here, err := db.GroupByName(t.Context(), s.Org.Key, name)
				s.must(err)
				want, err := s.Members(t.Context(), there.Key, models.MemberRef{}, 100)
				s.must(err)
				got, err := db.Members(t.Context(), here.Key, models.MemberRef{}, 100)
				s.must(err)
				if there.ID != here.ID || there.MemberCount != here.MemberCount || len(want) != len(got) {
					t.Errorf("group %s has %d of %d members here, %d of %d there", name, len(got), here.MemberCount, len(want), there.MemberCount)
				}
			}
			want, err := s.UserCounts(t.Context(), s.Org.Key)
			s.must(err)
			got, err := db.UserCounts(t.Context(), s.Org.Key)
			s.must(err)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("counts (-real +shadow):\n%s", diff)
			}
			o, err := db.Organization(t.Context(), s.Org.Key)
			s.must(err)
			if o.Method != models.SCIM {
				t.Errorf("%s is in charge of the rehearsal", o.Method)
			}
		})
		if diff := cmp.Diff(before, s.Sums(t, "shadows", "audit_entries")); diff != "" {
			t.Errorf("copying changed the organization:\n%s", diff)
		}
		p, known, err := s.shadows.Predict(t.Context(), s.Org.Key)
		if err != nil || !known || p.Users[models.ShadowNobody] != 30 || p.Groups[models.ShadowNobody] != 2 {
			t.Errorf("predicted %+v, known %v: %v", p, known, err)
		}
	})
}

// TestPredicts tells each outcome apart and changes nothing real.
func TestPredicts(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		s.Configure(t, func(o *models.Organization) { o.Settings.MatchAttribute = models.MatchByEmployeeNumber })
		s.person("anchor-1", "anchored@example.com")
		s.person("", "named@example.com")
		s.person("anchor-3", "held@example.com")
		s.person("", "nobody@example.com")
		leaver := s.person("", "leaver@example.com")
		s.group("Sales", leaver.ID)
		s.group("Local")
		s.rehearse()
		before := s.Sums(t, "shadows")
		for _, r := range [][2]string{{"anchor-1", "renamed@example.com"}, {"anchor-2", "named@example.com"}, {"anchor-5", "leaver@example.com"}, {"anchor-6", "new@example.com"}} {
			_, err := s.arrives(r[0], r[1])
			s.must(err)
		}
		if _, err := s.arrives("anchor-4", "held@example.com"); models.KindOf(err) != models.Uniqueness {
			t.Errorf("a name that another anchor holds: %v", err)
		}
		s.on(func(d *directory.Directory, _ *store.Store, by models.Actor) {
			s.must(d.DeleteUser(t.Context(), by, leaver.ID, func(models.User) error { return nil }))
			for _, name := range []string{"Sales", "Made"} {
				_, err := d.CreateGroup(t.Context(), by, nil, func(g *models.Group) error {
					g.Attributes = models.Attributes{"displayName": name}
					return nil
				})
				s.must(err)
			}
		})
		want := map[string]string{
			"renamed@example.com": "matched by anchor", "named@example.com": "matched by userName", "new@example.com": "created",
			"leaver@example.com": "preserved by userName", "nobody@example.com": "nobody",
		}
		got := s.records(models.UserTarget)
		for name, outcome := range want {
			if rec := got[name]; string(rec.Outcome) != outcome && string(rec.Outcome)+" by "+string(rec.How) != outcome {
				t.Errorf("%s: %s by %q, want %s", name, rec.Outcome, rec.How, outcome)
			}
		}
		p, _, err := s.shadows.Predict(t.Context(), s.Org.Key)
		s.must(err)
		wantUsers := map[models.ShadowOutcome]int64{models.ShadowMatched: 2, models.ShadowCreated: 1, models.ShadowPreserved: 1, models.ShadowConflict: 1, models.ShadowNobody: 2}
		if diff := cmp.Diff(wantUsers, p.Users); diff != "" {
			t.Errorf("users (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]string{"Sales": "matched by userName", "Made": "created", "Local": "nobody"}, s.outcomes(models.GroupTarget)); diff != "" {
			t.Errorf("groups (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, s.Sums(t, "shadows")); diff != "" {
			t.Errorf("shadow mode changed the organization:\n%s", diff)
		}
		list, err := s.shadows.Predicted(t.Context(), s.Org.Key, models.ShadowQuery{Outcome: models.ShadowConflict})
		if err != nil || len(list.Items) != 1 || list.Total != 1 || list.Items[0].Anchor != "anchor-4" || list.Items[0].Why == "" {
			t.Errorf("conflicts: %+v %v", list, err)
		}
	})
}

// TestFollows brings in what changes in the organization meanwhile.
func TestFollows(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		a, b := s.person("", "a@example.com"), s.person("", "b@example.com")
		taken := s.person("", "taken@example.com")
		team := s.group("Team", a.ID)
		s.rehearse()
		_, err := s.arrives("anchor-t", "taken@example.com")
		s.must(err)
		made, err := s.arrives("anchor-m", "made@example.com")
		s.must(err)
		rename := func(id, name string) {
			t.Helper()
			_, err := s.UpdateUser(t.Context(), s.Admin(), id, func(u *models.User) error { u.Attributes["userName"] = name; return nil })
			s.must(err)
		}
		rename(a.ID, "passing@example.com")
		rename(b.ID, "a@example.com")
		rename(a.ID, "b@example.com") // the two changed names
		fresh := s.person("", "fresh@example.com")
		same := s.person("", "made@example.com") // the organization gets whom the rehearsal made
		_, err = s.UpdateGroup(t.Context(), s.Admin(), team.ID, []models.MemberChange{{Kind: models.ReplaceMembers, IDs: []string{b.ID, taken.ID}}}, func(*models.Group) error { return nil })
		s.must(err)
		other := s.group("Other", fresh.ID)
		got := s.records(models.UserTarget)
		for name, id := range map[string]string{"b@example.com": a.ID, "a@example.com": b.ID, "fresh@example.com": fresh.ID, "made@example.com": same.ID, "taken@example.com": taken.ID} {
			if got[name].TargetID != id {
				t.Errorf("%s is %s, want %s", name, got[name].TargetID, id)
			}
		}
		if got["taken@example.com"].Outcome != models.ShadowMatched || len(got) != 5 {
			t.Errorf("records: %v", s.outcomes(models.UserTarget))
		}
		s.on(func(d *directory.Directory, db *store.Store, by models.Actor) {
			if _, err := db.User(t.Context(), s.Org.Key, made.ID); models.KindOf(err) != models.NotFound {
				t.Errorf("who was made is still there beside the real one: %v", err)
			}
			for id, want := range map[string]int{team.ID: 2, other.ID: 1} {
				g, err := db.Group(t.Context(), s.Org.Key, id)
				s.must(err)
				list, err := db.Members(t.Context(), g.Key, models.MemberRef{}, 10)
				s.must(err)
				if len(list) != want || g.MemberCount != int64(want) {
					t.Errorf("group %s has %v, counts %d", g.DisplayName, list, g.MemberCount)
				}
			}
			u, err := create(t, d, by, "anchor-m", "made@example.com")
			if err != nil || u.ID != same.ID {
				t.Errorf("the directory finds %s, not %s: %v", u.ID, same.ID, err)
			}
		})
		s.must(s.DeleteGroup(t.Context(), s.Admin(), other.ID, func(models.Group) error { return nil }))
		s.purge(fresh.ID)
		if _, still := s.records(models.UserTarget)["fresh@example.com"]; still {
			t.Error("who was purged is still predicted")
		}
		if _, still := s.records(models.GroupTarget)["Other"]; still {
			t.Error("a group that was deleted is still predicted")
		}
	})
}

// purge removes a user for good.
func (s *stage) purge(id string) {
	s.t.Helper()
	s.must(s.Keep(s.t.Context(), func(tx *store.Tx) error {
		u, err := tx.LockUser(s.Org.Key, id)
		if err != nil {
			return err
		}
		return tx.DeleteUser(&u)
	}))
}

// TestFollowsRules evaluates the rehearsal anew when rules change in the organization.
func TestFollowsRules(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		s.rehearse()
		_, err := s.arrives("anchor-1", "one@example.com")
		s.must(err)
		s.must(s.Keep(t.Context(), func(tx *store.Tx) error {
			p := models.Profile{ID: "profile-1", OrganizationID: s.Org.Key, Name: "Staff", NameKey: "staff", Settings: map[string]any{}, Version: 1}
			if err := tx.InsertProfile(&p); err != nil {
				return err
			}
			m := models.Mapping{
				ID: "mapping-1", OrganizationID: s.Org.Key, Method: models.SCIM, Position: 1, Name: "Everyone", ProfileKey: p.Key,
				Groups: []string{}, LocalGroups: []string{}, InitialStatus: models.Active, Version: 1, Parked: true,
			}
			return tx.InsertMapping(&m)
		}))
		s.Configure(t, func(o *models.Organization) { o.Settings.MoveRules() })
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			rec := s.records(models.UserTarget)["one@example.com"]
			if rec.Mapping == "Everyone" && rec.Profile == "Staff" {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("the user is at %q with profile %q", rec.Mapping, rec.Profile)
			}
		}
	})
}

// TestLifeOfARehearsal: it begins when a client comes, is thrown away without leaving
// anything, and begins anew.
func TestLifeOfARehearsal(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		s.person("", "a@example.com")
		if _, _, err := s.shadows.Serve(t.Context(), s.shadowClient()); models.KindOf(err) != models.Unavailable {
			t.Errorf("before it is ready: %v", err)
		}
		s.await(models.ShadowReady)
		_, err := s.arrives("x", "b@example.com")
		s.must(err)
		names, err := s.AllBeside(t.Context(), "shadow")
		if err != nil || len(names) != 1 {
			t.Errorf("stores beside: %v %v", names, err)
		}
		s.must(s.shadows.Discard(t.Context(), s.Admin()))
		if names, err = s.AllBeside(t.Context(), "shadow"); err != nil || len(names) != 0 {
			t.Errorf("what is left: %v %v", names, err)
		}
		if _, _, err := s.shadows.Serve(t.Context(), s.shadowClient()); models.KindOf(err) != models.Forbidden {
			t.Errorf("after it was discarded: %v", err)
		}
		s.rehearse()
		if got := s.outcomes(models.UserTarget); len(got) != 1 {
			t.Errorf("it does not begin anew: %v", got)
		}
		s.charge(models.SCIM)
		s.await(models.ShadowClosed)
		if _, shadowed, err := s.shadows.Serve(t.Context(), s.shadowClient()); shadowed || err != nil {
			t.Errorf("SCIM is in charge: shadowed %v, %v", shadowed, err)
		}
		s.charge(models.Manual)
		s.await(models.ShadowReady)
		_, err = s.arrives("x", "c@example.com")
		s.must(err)
		s.charge(models.SCIM)
		s.await(models.ShadowClosed)
		s.Pause(models.UndoDays*24*time.Hour + time.Hour)
		s.await(models.ShadowDiscarded)
	})
}

// TestSurvivesARestart goes on where it was, also while it copies, and removes what
// belongs to nobody.
func TestSurvivesARestart(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		for _, name := range s.names(50) {
			s.person("", name)
		}
		s.rehearse()
		made, err := s.arrives("x", "made@example.com")
		s.must(err)
		s.stop()
		stray, err := s.Beside(t.Context(), "shadow-99", nil)
		s.must(err)
		s.must(stray.Close())
		s.run()
		s.on(func(_ *directory.Directory, db *store.Store, _ models.Actor) {
			_, err := db.User(t.Context(), s.Org.Key, made.ID)
			s.must(err)
		})
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			names, err := s.AllBeside(t.Context(), "shadow")
			s.must(err)
			if len(names) == 1 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("left over: %v", names)
			}
		}
	})
}

// TestBringsWhatWasLearned: ids that a client was given in shadow mode stay good, and a
// client that sends only increments loses nobody.
func TestBringsWhatWasLearned(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		old := s.person("", "old@example.com")
		s.rehearse()
		again, err := s.arrives("a-1", "again@example.com")
		s.must(err)
		later, err := s.arrives("a-2", "later@example.com")
		s.must(err)
		member, err := s.arrives("a-3", "member@example.com")
		s.must(err)
		_, err = s.arrives("a-0", "old@example.com")
		s.must(err)
		var team models.Group
		s.on(func(d *directory.Directory, _ *store.Store, by models.Actor) {
			team, err = d.CreateGroup(t.Context(), by, []string{member.ID, old.ID}, func(g *models.Group) error {
				g.Attributes = models.Attributes{"displayName": "Team"}
				return nil
			})
			s.must(err)
		})
		s.charge(models.SCIM)
		s.await(models.ShadowClosed)
		by := s.Client()
		u, err := create(t, s.Directory, by, "a-1", "again@example.com")
		if err != nil || u.ID != again.ID {
			t.Errorf("created anew as %s, learned as %s: %v", u.ID, again.ID, err)
		}
		if notes := s.Last(t).Details.Notes; len(notes) != 1 {
			t.Errorf("the log does not say where the id is from: %q", notes)
		}
		s.must(s.shadows.Bring(t.Context(), by, later.ID, team.ID, "who-knows"))
		for _, id := range []string{later.ID, member.ID, old.ID} {
			if u := s.User(t, id); u.Mode != models.SCIM || u.ExternalID == "" {
				t.Errorf("%s is %s with anchor %q", u.UserName, u.Mode, u.ExternalID)
			}
		}
		g := s.Group(t, team.ID)
		if g.Mode != models.SCIM || g.MemberCount != 2 {
			t.Errorf("the group is %s with %d members", g.Mode, g.MemberCount)
		}
		if notes := s.Last(t).Details.Notes; len(notes) == 0 {
			t.Error("the log does not say that it was delivered in shadow mode")
		}
	})
}

// TestBeginsAnewWithoutItsStore: where the store is gone, such as after a backup was
// restored elsewhere, the copy is made once more.
func TestBeginsAnewWithoutItsStore(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		s.person("", "a@example.com")
		s.rehearse()
		_, err := s.arrives("x", "made@example.com")
		s.must(err)
		s.stop()
		s.must(s.DropBeside(t.Context(), "shadow-1"))
		s.run()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			p, known, err := s.shadows.Predict(t.Context(), s.Org.Key)
			s.must(err)
			if known && p.Users[models.ShadowNobody] == 1 && len(p.Users) == 1 {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("it does not begin anew: %+v, known %t", p, known)
			}
		}
	})
}
