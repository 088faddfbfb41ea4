package shadow_test

import (
	"context"
	"testing"
	"time"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
)

// Whoever creates a user waits for nobody who looks into a rehearsal while it is opened
// again, such as after an undo: that one may create users too.
func TestACreateWaitsForNobodyWhileARehearsalIsOpenedAgain(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		s.rehearse()
		s.charge(models.SCIM)
		s.await(models.ShadowClosed)
		s.must(s.shadows.Look(t.Context(), s.Org.Key, func(*store.Store) error {
			s.charge(models.Manual)
			_ = s.shadows.Stop(t.Context(), s.Admin()) // there is nothing to stop; it has the loop look now
			s.await(models.ShadowReady)
			time.Sleep(300 * time.Millisecond)
			asked := make(chan error, 1)
			go func() {
				_, err := s.shadows.UserID(context.Background(), s.Client(), "x", "who@example.com")
				asked <- err
			}()
			select {
			case err := <-asked:
				s.must(err)
			case <-time.After(5 * time.Second):
				t.Error("a create waits for the one who looks, who may wait for the create")
			}
			return nil
		}))
	})
}

// An id that was learned in shadow mode is given once: who was purged since does not come
// back under it.
func TestALearnedIDIsGivenOnce(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		s.rehearse()
		made, err := s.arrives("x", "made@example.com")
		s.must(err)
		s.charge(models.SCIM)
		s.await(models.ShadowClosed)
		s.must(s.shadows.Bring(t.Context(), s.Client(), "nobody")) // opens it here
		u, err := create(t, s.Directory, s.Client(), "x", "made@example.com")
		if err != nil || u.ID != made.ID {
			t.Fatalf("came as %s, learned as %s: %v", u.ID, made.ID, err)
		}
		s.purge(u.ID)
		again, err := create(t, s.Directory, s.Client(), "x", "made@example.com")
		if err != nil || again.ID == made.ID {
			t.Errorf("who was purged came back as %s: %v", again.ID, err)
		}
	})
}

// A record that the organization refused is taken in when it no longer does.
func TestBringsWhatWasRefusedBefore(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		s.rehearse()
		made, err := s.arrives("x", "made@example.com")
		s.must(err)
		s.charge(models.SCIM)
		s.await(models.ShadowClosed)
		other, err := create(t, s.Directory, s.Client(), "y", "other@example.com")
		s.must(err)
		_, err = s.UpdateUser(t.Context(), s.Client(), other.ID, func(u *models.User) error { u.Attributes["userName"] = "made@example.com"; return nil })
		s.must(err)
		s.must(s.shadows.Bring(t.Context(), s.Client(), made.ID))
		if _, err := s.Store.User(t.Context(), s.Org.Key, made.ID); models.KindOf(err) != models.NotFound {
			t.Fatalf("two users of one name: %v", err)
		}
		_, err = s.UpdateUser(t.Context(), s.Client(), other.ID, func(u *models.User) error { u.Attributes["userName"] = "other@example.com"; return nil })
		s.must(err)
		s.must(s.shadows.Bring(t.Context(), s.Client(), made.ID))
		if u, err := s.Store.User(t.Context(), s.Org.Key, made.ID); err != nil || u.UserName != "made@example.com" {
			t.Errorf("the record that was refused once is lost: %+v %v", u.UserName, err)
		}
	})
}

// A name that the directory gave to one record in the rehearsal is not another one's because
// that comes first: the first is taken in, and the second refused.
func TestANameBelongsToWhomItWasGivenTo(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		old := s.person("", "old@example.com")
		s.rehearse()
		made, err := s.arrives("a-1", "made@example.com")
		s.must(err)
		_, err = s.arrives("a-2", "old@example.com")
		s.must(err)
		team := func(anchor string, members ...string) func(*directory.Directory, *store.Store, models.Actor) {
			return func(d *directory.Directory, _ *store.Store, by models.Actor) {
				_, err = d.CreateGroup(t.Context(), by, members, func(g *models.Group) error {
					g.Attributes = models.Attributes{"displayName": "Team", "externalId": anchor}
					return nil
				})
			}
		}
		s.on(team("g-1", made.ID))
		s.must(err)
		s.charge(models.SCIM)
		s.await(models.ShadowClosed)
		for anchor, name := range map[string]string{"x-1": "MADE@example.com", "x-2": "Old@example.com"} {
			if u, err := create(t, s.Directory, s.Client(), anchor, name); models.KindOf(err) != models.Uniqueness {
				t.Errorf("%s got the name of another record: %+v %v", anchor, u.UserName, err)
			}
		}
		team("x-3")(s.Directory, s.Store, s.Client())
		if models.KindOf(err) != models.Uniqueness {
			t.Errorf("another group got the name: %v", err)
		}
		for id, anchor := range map[string]string{made.ID: "a-1", old.ID: "a-2"} {
			if u := s.User(t, id); u.Mode != models.SCIM || u.ExternalID != anchor {
				t.Errorf("%s is %s with anchor %q", u.UserName, u.Mode, u.ExternalID)
			}
		}
		g, err := s.Store.GroupByName(t.Context(), s.Org.Key, "Team")
		if err != nil || g.ExternalID != "g-1" || g.MemberCount != 1 {
			t.Errorf("the group has anchor %q and %d members: %v", g.ExternalID, g.MemberCount, err)
		}
	})
}

// Whoever looks somebody up finds who was meant in the rehearsal, and nobody else.
func TestKnowsWhomADirectoryLooksFor(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		s.person("", "manual@example.com")
		s.rehearse()
		made, err := s.arrives("a-1", "made@example.com")
		s.must(err)
		known := func(attribute, value string) string {
			t.Helper()
			id, err := s.shadows.Known(t.Context(), s.Client(), models.UserTarget, attribute, value)
			s.must(err)
			return id
		}
		if id := known("userName", "made@example.com"); id != "" {
			t.Errorf("found %s while the rehearsal goes on", id)
		}
		s.charge(models.SCIM)
		s.await(models.ShadowClosed)
		for _, x := range [][3]string{
			{"userName", "MADE@example.com", made.ID},
			{"externalId", "a-1", made.ID},
			{"externalId", "A-1", ""},
			{"userName", "manual@example.com", ""},
			{"userName", "", ""},
			{"externalId", "", ""},
		} {
			if id := known(x[0], x[1]); id != x[2] {
				t.Errorf("%s %q gives %q, want %q", x[0], x[1], id, x[2])
			}
		}
	})
}

// What was delivered in shadow mode is taken in once: whom an administrator puts back to
// manual later stays so, with what the directory sent since.
func TestBringsNobodyTwice(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		named := func(by models.Actor, id, name string) {
			t.Helper()
			_, err := s.UpdateUser(t.Context(), by, id, func(u *models.User) error { u.Attributes["displayName"] = name; return nil })
			s.must(err)
		}
		one, two := s.person("", "one@example.com"), s.person("", "two@example.com")
		s.rehearse()
		for anchor, name := range map[string]string{"a-1": "one@example.com", "a-2": "two@example.com"} {
			_, err := s.arrives(anchor, name)
			s.must(err)
		}
		s.charge(models.SCIM)
		s.await(models.ShadowClosed)
		s.must(s.shadows.Bring(t.Context(), s.Client(), one.ID))
		_, err := create(t, s.Directory, s.Client(), "a-2", "two@example.com") // came by itself
		s.must(err)
		for _, u := range []models.User{one, two} {
			named(s.Client(), u.ID, "Newer")
			_, err := s.PutBack(t.Context(), s.Admin(), u.ID)
			s.must(err)
			s.must(s.shadows.Bring(t.Context(), s.Client(), u.ID))
			if u := s.User(t, u.ID); u.Mode != models.Manual || u.DisplayName != "Newer" {
				t.Errorf("%s is %s and called %q", u.UserName, u.Mode, u.DisplayName)
			}
		}
	})
}

// Ids that were given in shadow mode are good from the moment on in which SCIM is in
// charge, and after a restart from the first request.
func TestLearnedIDsAreGoodAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *stage) {
		s.rehearse()
		one, err := s.arrives("a-1", "one@example.com")
		s.must(err)
		two, err := s.arrives("a-2", "two@example.com")
		s.must(err)
		s.charge(models.SCIM)
		s.must(s.shadows.Bring(t.Context(), s.Client(), one.ID))
		if u, err := s.Store.User(t.Context(), s.Org.Key, one.ID); err != nil {
			t.Errorf("right after the change %s is not here: %v", u.UserName, err)
		}
		s.await(models.ShadowClosed)
		s.stop()
		s.run()
		s.must(s.shadows.Bring(t.Context(), s.Client(), two.ID))
		if u, err := s.Store.User(t.Context(), s.Org.Key, two.ID); err != nil {
			t.Errorf("right after a restart %s is not here: %v", u.UserName, err)
		}
	})
}
