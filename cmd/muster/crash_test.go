package main

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"muster/cmd/muster/idp"
	"muster/models"
	"muster/web/scimv2"
)

// TestKilledInTraffic kills the server without warning, again and again, while a
// directory sends its users, and restarts it. Nothing that was acknowledged may be
// lost and nothing applied twice.
func TestKilledInTraffic(t *testing.T) {
	t.Parallel()
	rounds, users := 50, 5000
	if testing.Short() || raced {
		rounds, users = 5, 800
	}
	data, token := provisioned(t)
	listen := freePort(t)
	srv := serve(t, data, listen)
	opts := idp.Options{
		BaseURL: srv.url + scimv2.Prefix, Token: token, Dialect: idp.Entra, Users: users, Seed: 7,
		Cycles: 1, Concurrency: 4, MaxWait: time.Minute,
	}
	sim := idp.New(opts)
	told := make(chan error, 1)
	go func() { told <- sim.Cycle(t.Context()) }()

	random := rand.New(rand.NewPCG(7, 7))
	for round := range rounds {
		select {
		case err := <-told:
			t.Fatalf("the story ended in round %d, before all kills: %v", round, err)
		case <-time.After(time.Duration(20+random.IntN(120)) * time.Millisecond):
		}
		srv.kill()
		var err error
		if srv, err = tryServe(t, data, listen); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	t.Cleanup(func() { srv.kill() })
	if err := <-told; err != nil {
		t.Fatal(err)
	}
	compare(t, opts, sim)
	srv.stop(t)
	appliedOnce(t, data, sim.Expected())
}

// appliedOnce holds the log against the state: each user and group was created by
// one entry, every member added by one, and the counters say what is there.
func appliedOnce(t *testing.T, data string, world idp.World) {
	t.Helper()
	db, org := inspect(t, data)
	created, members := map[string]int{}, map[string]int{}
	err := db.EachLogEntry(t.Context(), org.Key, models.LogQuery{}, func(entries []models.LogEntry) error {
		for _, e := range entries {
			if e.Status != models.Success {
				continue
			}
			if e.Action == models.ActionCreate {
				created[e.TargetID]++
			}
			for _, c := range e.Details.Modified {
				if c.Path == "members" && c.New != "" && !strings.HasPrefix(c.New, "and ") {
					members[e.TargetID+" "+c.New]++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, n := range created {
		if n != 1 {
			t.Errorf("%s was created %d times", id, n)
		}
	}
	for what, n := range members {
		if n != 1 {
			t.Errorf("membership %s was made %d times", what, n)
		}
	}
	for _, u := range world.Users {
		if created[u.ID] != 1 {
			t.Errorf("user %s has %d create entries", u.UserName, created[u.ID])
		}
	}
	counts, err := db.UserCounts(t.Context(), org.Key)
	if err != nil {
		t.Fatal(err)
	}
	if int(counts.Total) != len(world.Users) {
		t.Errorf("the counters say %d users, the story %d", counts.Total, len(world.Users))
	}
}
