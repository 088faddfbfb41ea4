package entra

import (
	"context"
	"crypto/x509"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"muster/models"
	"muster/models/source"
)

// Options are what a connector is made from. Settings, Secret, Now and Log are
// required.
type Options struct {
	Settings Settings
	Secret   Secret
	Now      func() time.Time
	Log      *slog.Logger

	// Sleep waits, or ends with the context; nil waits by the clock of the machine.
	Sleep func(context.Context, time.Duration) error
	// Random gives numbers from 0 to 1 for jitter; nil is fine.
	Random func() float64
	// Proxy names the proxy of a request; nil uses none, whatever the environment says.
	Proxy func(*http.Request) (*url.URL, error)
	// Roots are trusted instead of the system's, for networks that look into TLS.
	Roots *x509.CertPool
	// AllowPrivate lets the cloud's names lead to private addresses, as they do in
	// networks with a private way to Microsoft.
	AllowPrivate bool
	// Endpoint is what the Custom cloud is.
	Endpoint *Endpoint
	Limits   Limits
}

// Limits bound what one call may cost. Zero values take the defaults.
type Limits struct {
	Timeout     time.Duration // one attempt, with its body; 60 s
	Body        int64         // one answer; 32 MiB
	LongestWait time.Duration // a longer Retry-After ends the read instead of waiting; 60 s
	Throttles   int           // how often one call may be throttled; 10
	Attempts    int           // how often one call is tried when it fails otherwise; 4
	Budget      int           // resource units in ten seconds; 2500 of the 3500 of the smallest tenants
}

func (l Limits) withDefaults() Limits {
	set(&l.Timeout, 60*time.Second)
	set(&l.Body, 32<<20)
	set(&l.LongestWait, 60*time.Second)
	set(&l.Throttles, 10)
	set(&l.Attempts, 4)
	set(&l.Budget, 2500)
	return l
}

func set[T comparable](v *T, fallback T) {
	var zero T
	if *v == zero {
		*v = fallback
	}
}

// Connector reads one tenant. It may be used by several goroutines; what one learns
// of throttling holds for all.
type Connector struct {
	settings Settings
	graph    *client
	users    selection
	groups   selection
	now      func() time.Time
	log      *slog.Logger
}

// What a connector can do.
var (
	_ source.Reader  = (*Connector)(nil)
	_ source.Looker  = (*Connector)(nil)
	_ source.Fetcher = (*Connector)(nil)
	_ source.Scoper  = (*Connector)(nil)
	_ source.Tester  = (*Connector)(nil)
)

// New makes a connector, or refuses the settings or the secret by field. It calls
// nobody.
func New(o Options) (*Connector, error) {
	if err := o.Settings.Validate(); err != nil {
		return nil, err
	}
	if _, err := o.Secret.Validate(); err != nil {
		return nil, err
	}
	to, ok := endpointOf(o.Settings.Cloud, o.Endpoint)
	if !ok {
		return nil, models.Errorf(models.Invalid, "cloud", "The custom cloud has no https address here.").
			WithAdvice("Choose one of Microsoft’s clouds.")
	}
	o.Limits = o.Limits.withDefaults()
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	graph, err := newClient(o, to)
	if err != nil {
		return nil, err
	}
	return &Connector{
		settings: o.Settings, graph: graph, now: o.Now, log: o.Log,
		users: userSelection(o.Settings.Attributes), groups: groupSelection(o.Settings.GroupAttributes),
	}, nil
}

// Close lets go of connections. The connector can still be used.
func (c *Connector) Close() error {
	c.graph.transport.close()
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err() //nolint:wrapcheck // the context’s own word
	}
}
