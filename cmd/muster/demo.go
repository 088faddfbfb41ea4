package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"muster/cmd/muster/idp"
	"muster/models"
	"muster/models/account"
	"muster/models/deployment"
	"muster/models/secret"
	"muster/models/source/entra/entratest"
	"muster/models/store"
	"muster/web/scimv2"
)

type demoCmd struct {
	Listen string        `help:"Address to listen on." default:"127.0.0.1:8080" env:"MUSTER_LISTEN" placeholder:"ADDRESS"`
	Users  int           `help:"People in each of the two simulated directories." default:"120"`
	Seed   uint64        `help:"Seed of the story." default:"1"`
	Every  time.Duration `help:"Pause between live cycles." default:"45s"`
	Days   int           `help:"Days of history that are played before it opens." default:"21"`
}

// Run plays some weeks of two directories' life over real HTTP, opens the
// console, and lets the directories live on until it is stopped. All data is
// removed at the end.
func (d *demoCmd) Run(ctx context.Context, t terminal) (err error) {
	folder, err := os.MkdirTemp("", "muster-demo-*")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	clock := &pastClock{}
	clock.back(time.Duration(d.Days) * 24 * time.Hour)
	log := slog.New(slog.NewTextHandler(t.Err, &slog.HandlerOptions{Level: slog.LevelError}))
	db, err := store.Open(ctx, store.Options{File: filepath.Join(folder, databaseFile), Now: clock.Now, Log: log})
	if err != nil {
		return err
	}
	graph, endpoint := demoGraph(d.Seed)
	defer graph.Close()
	inst, err := assemble(ctx, assembly{Store: db, Log: log, Listen: d.Listen, Now: clock.Now, Graph: endpoint})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	return d.play(ctx, t, inst, clock, graph)
}

// play serves while the story is told.
func (d *demoCmd) play(ctx context.Context, t terminal, inst *instance, clock *pastClock, graph *entratest.Graph) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return inst.serve(groupCtx) })
	group.Go(func() error {
		scene, err := d.prepare(groupCtx, inst)
		if err != nil {
			return err
		}
		fmt.Fprintf(t.Err, "Playing %d days of two directories' life …\n", d.Days)
		if err := scene.past(groupCtx, clock, d.Days); err != nil {
			return err
		}
		settle(graph, scene.directories[0].Expected())
		if err := prepareEntra(groupCtx, inst, scene.by); err != nil {
			return err
		}
		if err := inst.accounts.FlushUse(groupCtx); err != nil {
			return err
		}
		fmt.Fprintf(t.Out, "Muster:    %s\nSign in:   %s with password %s\nData:      a throw-away folder, removed when you press Ctrl+C\n",
			inst.baseURL, scene.email, scene.password)
		return scene.live(groupCtx, d.Every)
	})
	err := group.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// scene is the stage: an organization with tokens, and the two directories.
type scene struct {
	email, password string
	by              models.Actor
	directories     []*idp.Simulator
}

const demoEmail = "owner@example.com"

func (d *demoCmd) prepare(ctx context.Context, inst *instance) (*scene, error) {
	org, err := inst.store.OrganizationBySlug(ctx, store.FirstOrganization)
	if err != nil {
		return nil, err
	}
	by := commandLine(org)
	s := &scene{by: by, email: demoEmail, password: secret.NewCode(rand.Reader, 20)}
	if _, err := inst.accounts.AddAdminWithPassword(ctx, by, account.AdminSpec{Email: demoEmail, Name: "Demo Owner", Role: models.Owner}, s.password); err != nil {
		return nil, err
	}
	if _, err := inst.accounts.EditOrganization(ctx, by, func(o *models.Organization) error { o.Name = "Northwind Traders"; return nil }); err != nil {
		return nil, err
	}
	if _, err := inst.deployment.Change(ctx, by, deployment.Order{Target: models.SCIM, Keep: true}); err != nil {
		return nil, err
	}
	if err := handmade(ctx, inst, by); err != nil {
		return nil, err
	}
	return s, d.connect(ctx, inst, by, s)
}

// connect gives each directory a token of its own, and leaves two more that ask
// for attention.
func (d *demoCmd) connect(ctx context.Context, inst *instance, by models.Actor, s *scene) error {
	for n, dialect := range []idp.Dialect{idp.Entra, idp.Okta} {
		name := []string{"Microsoft Entra ID, head office", "Okta, acquired company"}[n]
		_, token, err := inst.accounts.CreateToken(ctx, by, account.TokenSpec{
			Description: name,
			Expires:     inst.now().AddDate(1, 0, 0), Scope: models.ProvisionScope,
		})
		if err != nil {
			return err
		}
		s.directories = append(s.directories, idp.New(idp.Options{
			BaseURL: inst.selfURL + scimv2.Prefix, Token: token,
			Dialect: dialect, Users: d.Users / (n + 1), Seed: d.Seed + uint64(n), MaxWait: 20 * time.Second,
		}))
	}
	_, _, err := inst.accounts.CreateToken(ctx, by, account.TokenSpec{
		Description: "Reporting script",
		Expires:     time.Now().AddDate(0, 0, 9), Scope: models.ReadScope, AllowList: []string{"192.0.2.0/24"},
	})
	return err
}

// handmade adds people whom no directory knows, as every tenant has.
func handmade(ctx context.Context, inst *instance, by models.Actor) error {
	for _, p := range []struct{ given, family, name, title string }{
		{"Break", "Glass", "break-glass@example.com", "Emergency access"},
		{"Nadia", "Ferreira", "nadia.ferreira@partner.example", "External auditor"},
		{"Tomasz", "Zieliński", "tomasz@contractor.example", "Contractor"},
	} {
		_, err := inst.directory.CreateUser(ctx, by, func(u *models.User) error {
			u.Attributes = models.Attributes{
				"userName": p.name, "displayName": p.given + " " + p.family, "title": p.title,
				"name":   map[string]any{"givenName": p.given, "familyName": p.family},
				"emails": []any{map[string]any{"value": p.name, "type": "work", "primary": true}},
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// past plays the first cycle and one every other day until now, moving the clock.
func (s *scene) past(ctx context.Context, clock *pastClock, days int) error {
	for _, dir := range s.directories {
		if err := dir.Probe(ctx); err != nil {
			return err
		}
	}
	steps := max(days/2, 1)
	for step := range steps {
		for _, dir := range s.directories {
			if err := dir.Cycle(ctx); err != nil {
				return err
			}
		}
		clock.back(time.Duration(days) * 24 * time.Hour * time.Duration(steps-1-step) / time.Duration(steps))
	}
	clock.back(0)
	return nil
}

// live lets the directories change a little every now and then. A cycle that fails
// because the demo is ending is no failure.
func (s *scene) live(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-tick.C:
			if err := s.directories[n%len(s.directories)].Cycle(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// pastClock runs at the real pace, some time behind.
type pastClock struct{ behind atomic.Int64 }

func (c *pastClock) back(by time.Duration) { c.behind.Store(int64(by)) }

// Now is the time in the demo.
func (c *pastClock) Now() time.Time { return time.Now().Add(-time.Duration(c.behind.Load())) }
