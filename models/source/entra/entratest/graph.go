// Package entratest is a Microsoft Graph with state, and the sign-in service before
// it, on a loopback port with a certificate of its own. It keeps users, groups,
// memberships and assignments, gives deltas of them behind opaque links, and can be
// made to behave in every way that Graph was seen to behave, and in some that it
// must never. Tests use it, and so does the demo. It imports nothing of ours.
package entratest

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// What a Graph expects unless the options say otherwise.
const (
	Tenant       = "8a6d3a52-5c1e-4a8b-9d5f-0c1f6c3f7a10"
	ClientID     = "3f0c7b1e-92d4-4e0f-a5d6-7a1b2c3d4e5f"
	ClientSecret = "canary~value.of-the_client-secret~1234567"
)

// Options shape a Graph. The zero value is fine.
type Options struct {
	Seed         uint64           // of ids, order and chance: the same seed, the same Graph
	Now          func() time.Time // nil is the clock of the machine
	PageSize     int              // objects of a delta's page; 200
	MembersPart  int              // memberships of one object of a page; 100
	ListPage     int              // most objects of a list's page; 999
	Tenant       string
	ClientID     string
	ClientSecret string
}

// Graph is a tenant and the services before it.
type Graph struct {
	o      Options
	server *httptest.Server

	mu     sync.Mutex
	random *rand.Rand
	seq    int64 // of the last change
	users  table
	groups table
	grants []grant
	links  links
	tokens map[string]time.Time
	keys   []*rsa.PublicKey
	refuse *SignInError
	denied map[string]bool
	skew   time.Duration
	traps  Traps
	faults []*fault
	choke  *choke
	count  Counts
}

// Counts is what a Graph saw.
type Counts struct {
	SignIns   int // tokens given
	Calls     int // to Graph, those answered 429 included
	Throttled int // answered 429
	Early     int // sent before the Retry-After of an earlier answer had passed
	Pages     int // pages given, of deltas and lists
	Low       int // calls that give way to others
	Minimal   int // calls that prefer a minimal answer
	Refused   int // calls without a good token
}

// Start opens a Graph. Close ends it.
func Start(o Options) *Graph {
	fallback(&o.PageSize, 200)
	fallback(&o.MembersPart, 100)
	fallback(&o.ListPage, 999)
	fallback(&o.Tenant, Tenant)
	fallback(&o.ClientID, ClientID)
	fallback(&o.ClientSecret, ClientSecret)
	if o.Now == nil {
		o.Now = time.Now
	}
	g := &Graph{
		o: o, random: rand.New(rand.NewPCG(o.Seed, 7)),
		users: newTable(), groups: newTable(), links: newLinks(),
		tokens: map[string]time.Time{}, denied: map[string]bool{},
	}
	g.server = httptest.NewUnstartedServer(http.HandlerFunc(g.serve))
	g.server.Config.ErrorLog = log.New(io.Discard, "", 0) // broken connections are on purpose
	g.server.StartTLS()
	return g
}

func fallback[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

// Close ends the Graph and its connections.
func (g *Graph) Close() {
	g.server.CloseClientConnections()
	g.server.Close()
}

// URL is where both services are.
func (g *Graph) URL() string { return g.server.URL }

// Roots trusts the Graph's certificate.
func (g *Graph) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(g.server.Certificate())
	return pool
}

// PEM is the Graph's certificate, for another process to trust.
func (g *Graph) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: g.server.Certificate().Raw})
}

// Counts gives what was seen so far.
func (g *Graph) Counts() Counts {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.count
}

// ResetCounts begins to count anew.
func (g *Graph) ResetCounts() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count = Counts{}
}

// newID gives the next object id.
func (g *Graph) newID() string {
	a, b := g.random.Uint64(), g.random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0xfff, b&0xffffffffffff)
}

// opaque gives a token that means nothing to whoever holds it.
func (g *Graph) opaque() string {
	return fmt.Sprintf("%016x%016x", g.random.Uint64(), g.random.Uint64())
}
