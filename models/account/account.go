// Package account is the door for admins, roles, sessions and SCIM tokens. Every
// change that an admin makes here is written together with its audit entry;
// secrets are returned once and kept only as hashes.
package account

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"muster/models"
	"muster/models/secret"
	"muster/models/store"
)

// Options are what the door works with; all fields are required.
type Options struct {
	Store     *store.Store
	Now       func() time.Time
	Log       *slog.Logger
	Passwords *secret.Passwords // one per process
	Rand      io.Reader         // crypto/rand.Reader outside tests
}

// Accounts is the door. It is safe for concurrent use.
type Accounts struct {
	Options
	mu        sync.Mutex
	seen      map[int64]*use // traffic per token that is not written yet
	first     chan struct{}  // wakes Run when a token was used for the first time
	used      map[int64]bool // tokens whose first use this process has seen
	home      atomic.Int64
	strangers []Stranger // the latest last
	probeKey  string
}

// New makes the door. Run must be running for last-used times to be written and
// rotated tokens to retire.
func New(o Options) *Accounts {
	return &Accounts{
		Options:  o,
		seen:     map[int64]*use{},
		first:    make(chan struct{}, 1),
		used:     map[int64]bool{},
		probeKey: secret.NewSessionID(o.Rand),
	}
}

// Visitor is the browser that asks, as seen through trusted proxies.
type Visitor struct {
	Address   string
	Client    string // User-Agent
	RequestID string
}

// Home is the organization that the console works in: the oldest one.
func (a *Accounts) Home(ctx context.Context) (int64, error) {
	if key := a.home.Load(); key != 0 {
		return key, nil
	}
	list, err := a.Store.Organizations(ctx)
	if err != nil {
		return 0, err
	}
	if len(list) == 0 {
		return 0, models.Errorf(models.Unavailable, "", "The instance has no organization yet.").
			WithAdvice("Start the server once; it makes the first one.")
	}
	a.home.Store(list[0].Key)
	return list[0].Key, nil
}

func (a *Accounts) now() models.Time { return models.TimeOf(a.Now()) }

// newID makes a public id; UUIDv7 so that ids of a time lie together.
func (a *Accounts) newID() (string, error) {
	id, err := uuid.NewV7FromReader(a.Rand)
	return id.String(), err
}

// needRole refuses actors that may not do what asks for a role. Commands on the
// server's machine and Muster itself may do everything.
func needRole(actor models.Actor, role models.Role) error {
	switch {
	case actor.Kind == models.CLIActor, actor.Kind == models.SystemActor:
		return nil
	case actor.Kind == models.AdminActor && actor.Role.Includes(role):
		return nil
	}
	return models.Errorf(models.Forbidden, "", "This needs the role %s.", role).
		WithAdvice("Ask an owner to do it, or to change your role.").WithCode("role")
}
