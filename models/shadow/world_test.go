package shadow_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"muster/models"
	"muster/models/directory"
	"muster/models/directory/directorytest"
	"muster/models/shadow"
	"muster/models/store"
)

// stage is an organization that is managed by hand, with its rehearsals.
type stage struct {
	*directorytest.World
	t       *testing.T
	shadows *shadow.Shadows
	stop    func()
}

func each(t *testing.T, fn func(t *testing.T, s *stage)) {
	t.Helper()
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		w.Configure(t, func(o *models.Organization) { o.Method = models.Manual })
		s := &stage{World: w, t: t}
		s.run()
		fn(t, s)
	})
}

// run starts the rehearsals as a server does.
func (s *stage) run() {
	s.shadows = shadow.New(shadow.Options{
		Store: s.Store, Directory: s.Directory, Now: s.Clock.Now, NewID: directorytest.NewID,
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	s.Learned = s.shadows
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.shadows.Run(ctx) }()
	ended := false
	s.stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	}
	s.t.Cleanup(s.stop)
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// rehearse starts shadow mode and waits until it is ready.
func (s *stage) rehearse() {
	s.t.Helper()
	s.must(s.shadows.Start(s.t.Context(), s.Admin()))
	s.await(models.ShadowReady)
}

func (s *stage) await(state models.ShadowState) {
	s.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		sh, err := s.shadows.Status(s.t.Context(), s.Org.Key)
		s.must(err)
		if sh.State == state {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the rehearsal is %s (%s), not %s", sh.State, sh.LastError, state)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// shadowClient is a directory whose token rehearses.
func (s *stage) shadowClient() models.Actor {
	by := s.Client()
	by.Shadow = true
	return by
}

// on runs a client's request where shadow mode has it answered.
func (s *stage) on(fn func(d *directory.Directory, db *store.Store, by models.Actor)) {
	s.t.Helper()
	by := s.shadowClient()
	side, shadowed, err := s.shadows.Serve(s.t.Context(), by)
	s.must(err)
	if !shadowed {
		s.t.Fatal("the client is answered by the organization itself")
	}
	defer side.Done()
	fn(side.Directory, side.Store, by)
}

// arrives has the client create a user in shadow mode and gives the id it was told.
func (s *stage) arrives(anchor, name string) (models.User, error) {
	s.t.Helper()
	var out models.User
	var err error
	s.on(func(d *directory.Directory, _ *store.Store, by models.Actor) {
		out, err = create(s.t, d, by, anchor, name)
	})
	return out, err
}

func create(t *testing.T, d *directory.Directory, by models.Actor, anchor, name string) (models.User, error) {
	t.Helper()
	return d.CreateUser(t.Context(), by, func(u *models.User) error {
		u.Attributes = models.Attributes{
			"userName": name, "displayName": "Name of " + name,
			"emails": []any{map[string]any{"value": name, "type": "work"}},
		}
		if anchor != "" {
			u.Attributes["externalId"] = anchor
		}
		return nil
	})
}

// person makes a user by hand, who keeps an anchor of an earlier time.
func (s *stage) person(anchor, name string) models.User {
	s.t.Helper()
	u, err := create(s.t, s.Directory, s.Admin(), anchor, name)
	s.must(err)
	return u
}

func (s *stage) group(name string, members ...string) models.Group {
	s.t.Helper()
	g, err := s.CreateGroup(s.t.Context(), s.Admin(), members, func(g *models.Group) error {
		g.Attributes = models.Attributes{"displayName": name}
		return nil
	})
	s.must(err)
	return g
}

// charge puts a method in charge as a change of method does, as far as rehearsals see it.
func (s *stage) charge(m models.Method) {
	s.t.Helper()
	s.Configure(s.t, func(o *models.Organization) { o.Method = m })
}

// records gives what is predicted, by name.
func (s *stage) records(target models.TargetType) map[string]models.ShadowRecord {
	s.t.Helper()
	s.Pause(5 * time.Second) // so that what changed is looked for
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		p, _, err := s.shadows.Predict(s.t.Context(), s.Org.Key)
		s.must(err)
		if !p.Behind {
			break
		}
		if time.Now().After(deadline) {
			s.t.Fatal("the rehearsal does not catch up")
		}
	}
	out := map[string]models.ShadowRecord{}
	for page := (models.Page{Limit: 500}); ; {
		list, err := s.shadows.Predicted(s.t.Context(), s.Org.Key, models.ShadowQuery{Target: target, Page: page})
		s.must(err)
		for _, rec := range list.Items {
			out[rec.Name] = rec
		}
		if list.Next == "" {
			return out
		}
		page.After = list.Next
	}
}

// outcomes gives them in short.
func (s *stage) outcomes(target models.TargetType) map[string]string {
	out := map[string]string{}
	for name, rec := range s.records(target) {
		out[name] = string(rec.Outcome)
		if rec.How != "" {
			out[name] += " by " + string(rec.How)
		}
	}
	return out
}

func (s *stage) names(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("person%03d@example.com", i))
	}
	return out
}
