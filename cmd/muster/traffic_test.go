package main

import (
	"strings"
	"testing"

	"muster/cmd/muster/idp"
	"muster/models"
	"muster/models/store"
	"muster/web/scimv2"
)

// TestSimulatedTraffic sends a directory's whole story in each dialect and compares
// every user and group field by field with what the story says, every request with
// the log.
func TestSimulatedTraffic(t *testing.T) {
	for _, c := range []struct {
		name string
		opts idp.Options
	}{
		{"entra", idp.Options{Dialect: idp.Entra, Users: 1000, Seed: 1}},
		{"entra with its flag", idp.Options{Dialect: idp.Entra, Users: 150, Seed: 2, Flag: true}},
		{"okta", idp.Options{Dialect: idp.Okta, Users: 1000, Seed: 1}},
		{"okta network integration", idp.Options{Dialect: idp.Okta, Users: 150, Seed: 3, OIN: true}},
		{"entra, eight at a time", idp.Options{Dialect: idp.Entra, Users: 300, Seed: 4, Concurrency: 8}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() || raced {
				c.opts.Users = min(c.opts.Users, 60)
			}
			tellStory(t, c.opts)
		})
	}
}

func tellStory(t *testing.T, opts idp.Options) {
	data, token := provisioned(t)
	srv := serve(t, data, freePort(t))
	opts.BaseURL, opts.Token = srv.url+scimv2.Prefix, token
	sim := idp.New(opts)
	result, err := sim.Run(t.Context())
	if err != nil {
		t.Fatalf("%v\n%s", err, result)
	}
	for _, p := range result.Unexpected {
		t.Errorf("unexpected answer: %+v", p)
	}
	compare(t, opts, sim)
	srv.stop(t)
	db, org := inspect(t, data)
	requestsInLog(t, db, org, result)
	leaversAndReturners(t, db, org, sim.Expected())
	noCanaries(t, db, org, sim.Secrets())
}

func compare(t *testing.T, opts idp.Options, sim *idp.Simulator) {
	t.Helper()
	mismatches, err := idp.Verify(t.Context(), opts, sim.Expected())
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range mismatches {
		if i == 10 {
			t.Errorf("and %d more", len(mismatches)-i)
			break
		}
		t.Errorf("%+v", m)
	}
}

// requestsInLog finds every answered request among the recorded exchanges.
func requestsInLog(t *testing.T, db *store.Store, org models.Organization, result idp.Result) {
	t.Helper()
	recorded := map[string]int{}
	for page := (models.Page{Limit: 500}); ; {
		slice, err := db.Exchanges(t.Context(), org.Key, models.ExchangeQuery{Page: page})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range slice.Items {
			recorded[e.RequestID] = e.Status
		}
		if slice.Next == "" {
			break
		}
		page.After = slice.Next
	}
	missing := 0
	for _, e := range result.Requests {
		if e.Status == 0 {
			continue // no answer came: nothing to find
		}
		if recorded[e.RequestID] != e.Status {
			missing++
		}
	}
	if missing > 0 || len(result.Requests) == 0 {
		t.Errorf("%d of %d requests are not in the log as they were answered", missing, len(result.Requests))
	}
}

func leaversAndReturners(t *testing.T, db *store.Store, org models.Organization, world idp.World) {
	t.Helper()
	left, back := 0, 0
	for _, w := range world.Users {
		u, err := db.User(t.Context(), org.Key, w.ID)
		if err != nil {
			t.Errorf("user %s (%s): %v", w.UserName, w.ID, err)
			continue
		}
		if !w.Active || w.Deleted {
			left++
			if u.Status != models.Preserved || u.PreservedBy != models.ByDirectory || u.Hidden != w.Deleted {
				t.Errorf("leaver %s is %s by %q, hidden %v", w.UserName, u.Status, u.PreservedBy, u.Hidden)
			}
		}
		if w.Returned {
			back++
			if u.Status != models.Active && w.Active {
				t.Errorf("returner %s is %s", w.UserName, u.Status)
			}
		}
	}
	if left == 0 || back == 0 {
		t.Errorf("the story has %d leavers and %d returners: it proves nothing", left, back)
	}
}

// noCanaries looks for passwords in everything that the log keeps.
func noCanaries(t *testing.T, db *store.Store, org models.Organization, secrets []string) {
	t.Helper()
	if len(secrets) == 0 {
		return
	}
	for page := (models.Page{Limit: 500}); ; {
		slice, err := db.Exchanges(t.Context(), org.Key, models.ExchangeQuery{Page: page})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range slice.Items {
			whole, err := db.Exchange(t.Context(), org.Key, e.RequestID)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range secrets {
				if strings.Contains(whole.RequestBody+whole.ResponseBody+whole.Path, s) {
					t.Fatalf("request %s keeps a password", e.RequestID)
				}
			}
		}
		if slice.Next == "" {
			return
		}
		page.After = slice.Next
	}
}
