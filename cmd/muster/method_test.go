package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/cmd/muster/idp"
	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
	"muster/web/scimv2"
)

// place is where a program's data lives: its arguments, and a store over the same data.
type place struct {
	args []string
	open func(t *testing.T) (*store.Store, models.Organization)
}

func places(t *testing.T) map[string]func(*testing.T) place {
	t.Helper()
	at := func(t *testing.T, o store.Options, args ...string) place {
		return place{args, func(t *testing.T) (*store.Store, models.Organization) {
			o.Now, o.Log = time.Now, slog.New(slog.DiscardHandler)
			s, err := store.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			org, err := s.OrganizationBySlug(t.Context(), store.FirstOrganization)
			if err != nil {
				t.Fatal(err)
			}
			return s, org
		}}
	}
	return map[string]func(*testing.T) place{
		"sqlite": func(t *testing.T) place {
			data := t.TempDir()
			return at(t, store.Options{File: data + "/" + databaseFile}, "--data", data)
		},
		"postgres": func(t *testing.T) place {
			address := storetest.PostgresURL(t)
			return at(t, store.Options{DatabaseURL: address}, "--data", t.TempDir(), "--database-url", address)
		},
	}
}

func (p place) serve(t *testing.T, listen string) *server {
	t.Helper()
	cmd := append([]string{}, p.args...)
	srv, err := tryServe(t, cmd[1], listen, cmd[2:]...)
	if err != nil {
		t.Fatal(err)
	}
	return srv
}

func (p place) do(t *testing.T, args ...string) string {
	t.Helper()
	return command(t, "", append(append([]string{}, p.args...), args...)...)
}

// TestKilledInAChange kills changes of the method and their undo at random moments, in
// half of the rounds the server with them, while a directory goes on sending. Whatever
// is found afterwards is wholly before or wholly after, and the directory saw nothing
// but success, the documented refusal, or a closed connection.
func TestKilledInAChange(t *testing.T) {
	for engine, fresh := range places(t) {
		t.Run(engine, func(t *testing.T) {
			rounds := 50
			if testing.Short() || raced {
				rounds = 6
			}
			p := fresh(t)
			p.do(t, "method", "set", "scim")
			token := strings.TrimSpace(p.do(t, "token", "new"))
			listen := freePort(t)
			srv := p.serve(t, listen)
			defer func() { srv.kill() }()
			client := newSender(srv.url+scimv2.Prefix, token)
			client.people(t, 40)
			ctx, stop := context.WithCancel(t.Context())
			var sending sync.WaitGroup
			sending.Go(func() { client.send(ctx) })

			whole := p.took(t, "method", "change", "manual", "--yes")
			p.do(t, "method", "undo", "--yes")
			random := rand.New(rand.NewPCG(3, uint64(rounds)))
			changed, total := 0, 0
			for round := range rounds {
				before := client.still(t, p)
				args := []string{"method", "change", string(models.Methods()[random.IntN(4)]), "--yes"}
				switch {
				case before.Method == args[2]:
					args = []string{"method", "undo", "--yes"}
				case random.IntN(2) == 0:
					args = append(args, "--no-keep-mappings")
				}
				cmd := muster(t.Context(), append(append([]string{}, p.args...), args...)...)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Duration(random.Int64N(int64(3 * whole))))
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				if round%2 == 1 {
					srv.kill()
					srv = p.serve(t, listen)
				}
				after := client.still(t, p)
				total++
				if after.Changes != before.Changes {
					changed++
				}
				if after.Changes > before.Changes+1 || after.Changes == before.Changes && after != before {
					t.Errorf("round %d, %v: before %+v, after %+v", round, args, before, after)
				}
				if after.Live == 0 && after.Method == "scim" { // the round deleted the token: the story needs one
					client.use(strings.TrimSpace(p.do(t, "token", "new")))
				}
			}
			stop()
			sending.Wait()
			client.report(t)
			t.Logf("%d of %d changes were carried out before the kill; one takes %v", changed, total, whole)
		})
	}
}

// took carries a command out and tells how long it takes.
func (p place) took(t *testing.T, args ...string) time.Duration {
	t.Helper()
	start := time.Now()
	p.do(t, args...)
	return time.Since(start)
}

// state is what a change of the method writes, in one line that can be compared.
type state struct {
	Method  string
	Changes int
	Live    int
	Parked  int
}

// standing reads the state and holds all its parts against each other.
func standing(t *testing.T, db *store.Store, org models.Organization) state {
	t.Helper()
	fail := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	s := state{Method: string(org.Method)}
	history, err := db.MethodChanges(t.Context(), org.Key, 1000)
	fail(err)
	s.Changes = len(history)
	if len(history) == 0 || history[0].To != org.Method || history[0].At != org.MethodSince {
		t.Errorf("%s is in charge since %d; the history says %+v", org.Method, org.MethodSince, history)
	}
	tokens, err := db.Tokens(t.Context(), org.Key)
	fail(err)
	for _, one := range tokens {
		switch one.State(time.Now()) {
		case models.TokenActive:
			s.Live++
		case models.TokenParked:
			s.Parked++
		case models.TokenRevoked, models.TokenExpired, models.TokenDisabled, models.TokenRetiring:
		}
	}
	if org.Method == models.SCIM && s.Parked > 0 || org.Method != models.SCIM && s.Live > 0 {
		t.Errorf("%s is in charge, %d tokens are live and %d parked", org.Method, s.Live, s.Parked)
	}
	counts, err := db.UserCounts(t.Context(), org.Key)
	fail(err)
	have := map[models.Method]int64{}
	fail(db.EachUser(t.Context(), org.Key, models.UserQuery{}, func(list []models.User) error {
		for _, u := range list {
			have[u.Mode]++
		}
		return nil
	}))
	for _, m := range models.Methods() {
		if counts.ByMode[m] != have[m] || m != models.Manual && m != org.Method && have[m] != 0 {
			t.Errorf("%s is in charge; %d users are %s, the counters say %d", org.Method, have[m], m, counts.ByMode[m])
		}
	}
	logged, err := db.LogEntries(t.Context(), org.Key, models.LogQuery{TargetID: org.Slug, Page: models.Page{Limit: 500}})
	fail(err)
	audited, err := db.AuditEntries(t.Context(), models.AuditQuery{Page: models.Page{Limit: 500}})
	fail(err)
	n := 0
	for _, e := range audited.Items {
		if strings.HasPrefix(e.Action, "deployment.") {
			n++
		}
	}
	if len(logged.Items) != len(history) || n != len(history) {
		t.Errorf("%d changes, %d in the log, %d in the audit log", len(history), len(logged.Items), n)
	}
	_, err = db.VerifyAudit(t.Context())
	fail(err)
	return s
}

// sender is a directory that goes on sending, whatever it is answered.
type sender struct {
	base   string
	breath sync.Mutex // held during a request
	mu     sync.Mutex
	tok    string
	ids    []string
	seen   map[string]int
	bad    []string
}

func newSender(base, token string) *sender {
	return &sender{base: base, tok: token, seen: map[string]int{}}
}

func (s *sender) use(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tok = token
}

// still reads the state while the directory holds its breath.
func (s *sender) still(t *testing.T, p place) state {
	t.Helper()
	s.breath.Lock()
	defer s.breath.Unlock()
	db, org := p.open(t)
	defer func() { _ = db.Close() }()
	return standing(t, db, org)
}

func (s *sender) people(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		status, body := s.call(t.Context(), http.MethodPost, "/Users", fmt.Sprintf(
			`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"p%d@example.com","externalId":"a%d"}`, i, i))
		var made struct{ ID string }
		if err := json.Unmarshal([]byte(body), &made); status != http.StatusCreated || err != nil {
			t.Fatalf("%d %s", status, body)
		}
		s.ids = append(s.ids, made.ID)
	}
}

func (s *sender) call(ctx context.Context, method, path, body string) (int, string) {
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, err.Error()
	}
	s.mu.Lock()
	req.Header.Set("Authorization", "Bearer "+s.tok)
	s.mu.Unlock()
	req.Header.Set("Content-Type", "application/scim+json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(text)
}

func (s *sender) send(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		id := s.ids[n%len(s.ids)]
		s.breath.Lock()
		status, body := s.call(ctx, http.MethodPatch, "/Users/"+id,
			fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"title","value":"t%d"}]}`, n))
		s.judge(ctx, status, body)
		status, body = s.call(ctx, http.MethodGet, "/Users/"+id, "")
		s.judge(ctx, status, body)
		s.breath.Unlock()
		time.Sleep(2 * time.Millisecond)
	}
}

// judge allows success, 403 that names who is in charge, a connection that ended, and 401
// for a token that a change deleted once SCIM is back otherwise than by undo.
func (s *sender) judge(ctx context.Context, status int, body string) {
	if ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[fmt.Sprint(status)]++
	named := false
	for _, m := range models.Methods() {
		named = named || strings.Contains(body, m.Label())
	}
	switch {
	case status >= 200 && status < 300, status == 0:
	case status == http.StatusForbidden && named && strings.Contains(body, "urn:ietf:params:scim:api:messages:2.0:Error"):
	case status == http.StatusUnauthorized && strings.Contains(body, "revoked"):
	default:
		s.bad = append(s.bad, fmt.Sprint(status, " ", body))
	}
}

func (s *sender) report(t *testing.T) {
	t.Helper()
	if len(s.bad) > 0 {
		t.Errorf("%d answers that nobody documented, such as %s", len(s.bad), s.bad[0])
	}
	if s.seen["200"] == 0 || s.seen["403"] == 0 {
		t.Errorf("the directory saw %v: it proves nothing", s.seen)
	}
	t.Logf("the directory saw %v", s.seen)
}

// TestAChangeInTheMiddleOfACycle: a directory that is told 403 in the middle of its cycle
// and let in again by the undo has every user in its state after its next cycle.
func TestAChangeInTheMiddleOfACycle(t *testing.T) {
	for engine, fresh := range places(t) {
		t.Run(engine, func(t *testing.T) {
			p := fresh(t)
			p.do(t, "method", "set", "scim")
			token := strings.TrimSpace(p.do(t, "token", "new"))
			srv := p.serve(t, freePort(t))
			defer srv.kill()
			opts := idp.Options{BaseURL: srv.url + scimv2.Prefix, Token: token, Dialect: idp.Entra, Users: 300, Seed: 11, Concurrency: 2, Rate: 300}
			if testing.Short() || raced {
				opts.Users = 80
			}
			sim := idp.New(opts)
			told := started(func() error { return sim.Cycle(t.Context()) })
			for range 3 {
				time.Sleep(300 * time.Millisecond)
				p.do(t, "method", "change", "manual", "--yes")
				time.Sleep(300 * time.Millisecond)
				p.do(t, "method", "undo", "--yes")
			}
			if err := <-told; err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := sim.Cycle(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			compare(t, opts, sim)
			refused := 0
			for _, problem := range sim.Result().Unexpected {
				if problem.Status == http.StatusForbidden && strings.Contains(problem.Answer, "deployment method is Manual") {
					refused++
				} else {
					t.Errorf("the directory was answered %+v", problem)
				}
			}
			if refused == 0 {
				t.Error("no request met the change: it proves nothing")
			}
			t.Logf("%d requests were refused with 403", refused)
			srv.stop(t)
			db, org := p.open(t)
			t.Cleanup(func() { _ = db.Close() })
			appliedTo(t, db, org, sim.Expected())
		})
	}
}

func started(fn func() error) chan error {
	told := make(chan error, 1)
	go func() { told <- fn() }()
	return told
}

// appliedTo holds everybody to be managed by SCIM again, nobody twice.
func appliedTo(t *testing.T, db *store.Store, org models.Organization, world idp.World) {
	t.Helper()
	counts, err := db.UserCounts(t.Context(), org.Key)
	if err != nil {
		t.Fatal(err)
	}
	if int(counts.Total) != len(world.Users) {
		t.Errorf("there are %d users, the directory has %d", counts.Total, len(world.Users))
	}
}
