// Package cycle runs connectors: it reads an organization's outside directory on a
// schedule, stages what it read, plans what to do about it, holds back what looks like a
// mistake, and carries the plan out through the directory's door. It is also the door for
// a connector's settings, its steering, provisioning on demand, and the undo of a cycle.
//
// It knows no sort of directory: those come as source.Kind.
package cycle

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"muster/models"
	"muster/models/directory"
	"muster/models/source"
	"muster/models/store"
)

// Sealer seals secrets that must be used again. about names the record a secret belongs
// to: sealed for one, it opens for no other.
type Sealer interface {
	Seal(plain []byte, about string) (string, error)
	Unseal(sealed, about string) ([]byte, error)
}

// Options are what Cycles work with. All but the last part are required.
type Options struct {
	Store     *store.Store
	Directory *directory.Directory
	Kinds     []source.Kind
	Sealer    Sealer
	Now       func() time.Time
	NewID     func() string
	Log       *slog.Logger
	Owner     string // of leases: another one for each process

	Lease  time.Duration // how long a connector is held without a sign of life; 60 s
	Look   time.Duration // how often connectors that are due are looked for; 5 s
	Chunk  int           // records that are applied in one transaction; 200
	Random func() float64
	Sleep  func(context.Context, time.Duration) error
}

// Cycles is the door and the runner.
type Cycles struct {
	Options
	kinds map[models.Method]source.Kind
	news  news
	wake  chan struct{} // there may be something to do
	mu    sync.Mutex
	busy  map[int64]bool // connectors this process works on
}

// New makes the door. Run must be running for cycles to happen.
func New(o Options) *Cycles {
	if o.Lease == 0 {
		o.Lease = time.Minute
	}
	if o.Look == 0 {
		o.Look = 5 * time.Second
	}
	if o.Chunk == 0 {
		o.Chunk = 200
	}
	c := &Cycles{Options: o, kinds: map[models.Method]source.Kind{}, wake: make(chan struct{}, 1), busy: map[int64]bool{}}
	for _, k := range o.Kinds {
		c.kinds[k.Method()] = k
	}
	return c
}

// Connects tells whether users can be fetched under a method.
func (c *Cycles) Connects(m models.Method) bool { _, ok := c.kinds[m]; return ok }

func (c *Cycles) kind(m models.Method) (source.Kind, error) {
	k, ok := c.kinds[m]
	if !ok {
		return nil, models.Errorf(models.NotFound, "method", "There is no connector for %s.", m.Label()).
			WithAdvice("Choose a method that Muster connects to.").WithCode("noConnectorKind")
	}
	return k, nil
}

func (c *Cycles) now() models.Time { return models.TimeOf(c.Now()) }

func (c *Cycles) lease() int64 { return c.Lease.Milliseconds() }

// nudge wakes the runner.
func (c *Cycles) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Connector gives the connector of a method; false when it was never set up.
func (c *Cycles) Connector(ctx context.Context, organization int64, m models.Method) (models.Connector, bool, error) {
	return c.Store.Connector(ctx, organization, m)
}

// settled is a connector that must have been set up.
func (c *Cycles) settled(ctx context.Context, organization int64, m models.Method) (models.Connector, error) {
	conn, known, err := c.Store.Connector(ctx, organization, m)
	if err == nil && !known {
		err = notSetUp(m)
	}
	return conn, err
}

func notSetUp(m models.Method) *models.Error {
	return models.Errorf(models.NotFound, "", "The connector for %s is not set up.", m.Label()).
		WithAdvice("Enter its settings and save them first.").WithCode("connectorNotFound")
}
