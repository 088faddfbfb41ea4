// Package idp is a simulated identity provider: a SCIM client that keeps a
// directory of invented people and groups, lets a company's life happen to it,
// and carries each change over as Microsoft Entra ID or Okta would, mistakes
// and repetitions included. It knows the server only through HTTP.
package idp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Dialect names the identity provider whose way of speaking SCIM is used.
type Dialect string

// The dialects.
const (
	Entra Dialect = "entra"
	Okta  Dialect = "okta"
)

// ParseDialect reads a dialect's name.
func ParseDialect(s string) (Dialect, error) {
	switch d := Dialect(s); d {
	case Entra, Okta:
		return d, nil
	}
	return "", fmt.Errorf("unknown identity provider %q; choose entra or okta", s)
}

// Title is the dialect's name for people.
func (d Dialect) Title() string {
	if d == Okta {
		return "Okta"
	}
	return "Microsoft Entra ID"
}

// Options say where the traffic goes and what it tells. The same options give
// the same story and, with Concurrency 1, the same sequence of requests.
type Options struct {
	BaseURL string // of the SCIM endpoint, such as http://localhost:8080/scim/v2
	Token   string
	Dialect Dialect
	Users   int // people at the start; 0 is 100
	Groups  int // groups at the start; 0 is what the company's shape gives
	Seed    uint64
	Cycles  int     // of Run, the first is the initial cycle; 0 is 5
	Rate    float64 // requests a second; 0 is as fast as answers come
	// Concurrency is how many records are in work at the same time; 0 is 1.
	// Requests about one record always follow each other.
	Concurrency int
	Flag        bool   // Entra: the compatibility flag aadOptscim062020
	OIN         bool   // Okta: a catalogue app, which activates by PATCH instead of PUT
	Domain      string // of addresses; example.com for Entra, example.org for Okta
	// MaxWait is how long one request is repeated while the server is away or
	// refuses for a passing reason; 0 is two minutes.
	MaxWait time.Duration

	Client *http.Client
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Log    func(Event)  // told of every attempt; may be called from several goroutines
	Logger *slog.Logger // the same at debug level
}

func (o Options) filled() Options {
	o.Users, o.Cycles, o.Concurrency = orElse(o.Users, 100), orElse(o.Cycles, 5), orElse(o.Concurrency, 1)
	o.MaxWait = orElse(o.MaxWait, 2*time.Minute)
	if o.Domain == "" {
		o.Domain = "example.com"
		if o.Dialect == Okta {
			o.Domain = "example.org"
		}
	}
	if o.Client == nil {
		o.Client = &http.Client{
			Timeout:       30 * time.Second,
			Transport:     &http.Transport{MaxIdleConnsPerHost: o.Concurrency, Proxy: http.ProxyFromEnvironment},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return o
}

func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func (o Options) check() error {
	u, err := url.Parse(o.BaseURL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("the address %q is not one of a SCIM endpoint; give it as https://host/scim/v2", o.BaseURL)
	case o.Token == "":
		return errors.New("no SCIM token was given; make one with: muster token new")
	case o.Users < 1 || o.Users > 1_000_000 || o.Groups < 0 || o.Cycles < 1 || o.Concurrency < 1 || o.Rate < 0:
		return errors.New("users must be 1 to 1,000,000; groups, cycles, rate and concurrency must not be negative")
	}
	_, err = ParseDialect(string(o.Dialect))
	return err
}

// speaker is one identity provider's way of carrying changes over. A method
// about one record sends nothing when there is nothing to tell.
type speaker interface {
	attributes() []attribute
	probe(ctx context.Context) error
	user(ctx context.Context, p *person) error
	manager(ctx context.Context, p *person) error
	group(ctx context.Context, g *team) error
	members(ctx context.Context, g *team) error
	mistakes() []mistake
	finish(ctx context.Context) error
}

// Simulator is one identity provider's tenant and its connection to a server.
type Simulator struct {
	opts   Options
	client *client
	tenant *tenant
	story  *story
	speak  speaker

	cycle   sync.Mutex // one cycle at a time
	mu      sync.Mutex // what was delivered
	secrets []string
}

// New founds the tenant. Wrong options show at the first call.
func New(o Options) *Simulator {
	o = o.filled()
	t := newTenant(o)
	s := &Simulator{opts: o, tenant: t, story: &story{t: t, carry: map[string]float64{}}}
	if o.Dialect == Okta {
		s.client = newClient(o, oktaHeaders())
		s.speak = &okta{s}
	} else {
		s.client = newClient(o, entraHeaders())
		s.speak = &entra{s}
	}
	return s
}

// Run tests the connection and runs all cycles. The result stands for what was
// sent also when an error ended the run.
func (s *Simulator) Run(ctx context.Context) (Result, error) {
	if err := s.Probe(ctx); err != nil {
		return s.Result(), err
	}
	for range s.opts.Cycles {
		if err := s.Cycle(ctx); err != nil {
			return s.Result(), err
		}
	}
	return s.Result(), nil
}

// Probe does what the provider's "test connection" does.
func (s *Simulator) Probe(ctx context.Context) error {
	if err := s.opts.check(); err != nil {
		return err
	}
	return s.timed(func() error { return s.speak.probe(ctx) })
}

// Cycle lets the next stretch of the company's life happen and carries it
// over; the first cycle carries everything. What a cycle could not deliver is
// caught up by the next.
func (s *Simulator) Cycle(ctx context.Context) error {
	if err := s.opts.check(); err != nil {
		return err
	}
	s.cycle.Lock()
	defer s.cycle.Unlock()
	s.mu.Lock()
	s.story.advance()
	s.mu.Unlock()
	s.client.begin(s.story.cycle)
	return s.timed(func() error { return s.carry(ctx) })
}

// carry follows the order of the real ones: people, then what refers to
// people, then groups, then members.
func (s *Simulator) carry(ctx context.Context) error {
	people, teams := s.tenant.people, s.tenant.teams
	wrong := s.planMistakes()
	steps := []func() error{
		func() error { return each(ctx, s.opts.Concurrency, people, s.speak.user) },
		func() error { return each(ctx, s.opts.Concurrency, people, s.speak.manager) },
		func() error { return each(ctx, s.opts.Concurrency, teams, s.speak.group) },
		func() error { return each(ctx, s.opts.Concurrency, teams, s.speak.members) },
		func() error { return s.makeMistakes(ctx, wrong) },
		func() error { return s.speak.finish(ctx) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("cycle %d: %w", s.story.cycle, err)
		}
	}
	return nil
}

// each works through a list with n workers and stops at the first error.
func each[T any](ctx context.Context, n int, list []T, work func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan T)
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for item := range next {
				if err := work(ctx, item); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, item := range list {
		select {
		case next <- item:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

func (s *Simulator) timed(f func() error) error {
	start := s.opts.Now()
	defer func() { s.client.took(s.opts.Now().Sub(start)) }()
	return f()
}

// deliver records what the server has acknowledged.
func (s *Simulator) deliver(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Result returns what was sent so far.
func (s *Simulator) Result() Result {
	r := s.client.snapshot()
	r.Dialect, r.Seed = s.opts.Dialect, s.opts.Seed
	w := s.Expected()
	for _, u := range w.Users {
		if u.Active && !u.Deleted {
			r.Users++
		}
	}
	for _, g := range w.Groups {
		if !g.Deleted {
			r.Groups++
		}
	}
	return r
}

// Secrets returns the passwords that were sent: they must be nowhere on the
// server's side.
func (s *Simulator) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.secrets)
}

// Expected returns the state that the acknowledged traffic describes, people
// and groups in the order of their making.
func (s *Simulator) Expected() World {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := World{Dialect: s.opts.Dialect, Domain: s.opts.Domain}
	for _, p := range s.tenant.people {
		if p.id == "" {
			continue
		}
		u := p.sent
		u.ID, u.Deleted, u.Returned = p.id, p.gone, p.returned
		w.Users = append(w.Users, u)
	}
	for _, g := range s.tenant.teams {
		if g.id == "" {
			continue
		}
		out := Group{ID: g.id, DisplayName: g.sentName, Deleted: g.gone, Members: slices.Clone(g.foreign)}
		if s.opts.Dialect == Entra {
			out.ExternalID = g.externalID
		}
		for p := range g.sent {
			out.Members = append(out.Members, p.id)
		}
		slices.Sort(out.Members)
		w.Groups = append(w.Groups, out)
	}
	return w
}

// People gives everybody as the tenant has them now, delivered or not.
func (s *Simulator) People() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]User, len(s.tenant.people))
	for i, p := range s.tenant.people {
		out[i] = p.want
	}
	return out
}

// link keeps the id that the server gave. The same person with another id is
// a problem: whoever returns must find the old record.
func (s *Simulator) link(p *person, id string) {
	if p.id != "" && p.id != id {
		s.client.problem(call{kind: "look up user"}, reply{}, fmt.Sprintf("the id of %s was %s and is now %s", p.want.UserName, p.id, id))
	}
	s.deliver(func() { p.id = orElse(p.id, id) })
}

// relink takes over a record that was found. If it is one that was delivered
// before, nothing but its activity may have changed meanwhile.
func (s *Simulator) relink(p *person, have User) {
	known := p.id != ""
	s.link(p, have.ID)
	have.ID = ""
	before := p.sent
	before.Active = have.Active
	if known && have != before {
		s.client.problem(call{kind: "look up user"}, reply{body: fmt.Appendf(nil, "%+v instead of %+v", have, before)},
			"the data of "+p.want.UserName+" was not kept while they were away")
	}
	s.deliver(func() { p.sent = have })
}
