// Package directory is the one door for users, groups and memberships. SCIM
// request, console form, CSV row and connector page differ only in the edit they
// pass: each is matched, guarded, written and logged in one transaction
// (product.md, rules 1 to 7).
package directory

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"muster/models"
	"muster/models/store"
)

// Options are what a Directory works with; all fields are required.
type Options struct {
	Store *store.Store
	Now   func() time.Time
	NewID func() string // UUIDv7
	Log   *slog.Logger
}

// Directory changes users and groups.
type Directory struct {
	Options
	mu      sync.Mutex
	running map[int64]run // the running cycle of an organization, as last committed
	shapes  map[int64]uint64
}

// New makes a directory.
func New(o Options) *Directory {
	return &Directory{Options: o, running: map[int64]run{}, shapes: map[int64]uint64{}}
}

// Shape is a number that moves when a user or group left a list that directories
// read, or returned to it: the places of all later ones have moved then. A new one
// comes last and moves none.
func (d *Directory) Shape(organization int64) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.shapes[organization]
}

func (d *Directory) reshape(organization int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shapes[organization]++
}

// Admit tells whether an actor may provision the organization now: a directory
// only while its method is in charge (403 with words otherwise).
func (d *Directory) Admit(ctx context.Context, by models.Actor) (models.Organization, error) {
	o, err := d.Store.Organization(ctx, by.OrganizationID)
	if err != nil {
		return o, err
	}
	return o, inCharge(o, by)
}

func inCharge(o models.Organization, by models.Actor) error {
	if !by.Directory() || o.Method == models.SCIM {
		return nil
	}
	since := ""
	if o.MethodSince != 0 {
		since = " since " + o.MethodSince.Time().Format("2 January 2006, 15:04 MST")
	}
	err := models.Errorf(models.Forbidden, "", "SCIM is not in charge of organization %q: its deployment method is %s%s. Nothing was changed.",
		o.Name, o.Method.Label(), since).WithCode("methodNotInCharge")
	contact := ""
	if o.Settings.SupportContact != "" {
		contact = " Contact: " + o.Settings.SupportContact + "."
	}
	return err.WithAdvice("Stop provisioning in the identity provider, or ask an administrator of Muster to change the deployment method to SCIM.%s", contact)
}

// work is one change under way: the transaction, who asks, in which organization,
// and the log entry that grows with the decision.
type work struct {
	tx    *store.Tx
	by    models.Actor
	org   models.Organization
	entry models.LogEntry
	quiet bool // nothing changed: nothing is logged
	moved bool // a record left a list or returned to it
}

// change runs fn as one transaction: what it wrote, its log entry and the cycle's
// figures, or, when it refuses, a failure entry alone. A directory's refusals are
// logged; an admin sees theirs on the page.
func (d *Directory) change(ctx context.Context, by models.Actor, target models.TargetType, name string, fn func(*work) error) error {
	started := d.Now()
	var refusal error
	var seen run
	moved := false
	err := d.Store.Provision(ctx, func(tx *store.Tx) ([]models.LogEntry, error) {
		refusal, seen = nil, run{}
		org, err := tx.ShareOrganization(by.OrganizationID)
		if err != nil {
			return nil, err
		}
		w := &work{tx: tx, by: by, org: org, entry: d.blank(tx, by, target, name)}
		refusal = tx.Attempt(func(inner *store.Tx) error {
			w.tx = inner
			if err := inCharge(org, by); err != nil {
				return err
			}
			return fn(w)
		})
		w.tx, moved = tx, w.moved
		if refusal != nil {
			refused, classed := models.AsError(refusal)
			if !classed {
				return nil, refusal
			}
			advise(refused)
			if !by.Directory() {
				return nil, nil
			}
			w.entry = failed(w.entry, refused)
		} else if w.quiet {
			return nil, nil
		}
		w.entry.DurationMicros = d.Now().Sub(started).Microseconds()
		if by.Directory() && refusalKind(refusal) != models.Forbidden {
			if seen, err = d.countCycle(w); err != nil {
				return nil, err
			}
		}
		return []models.LogEntry{w.entry}, nil
	})
	if err != nil {
		return fmt.Errorf("change %s %s: %w", target, name, err)
	}
	d.remember(by.OrganizationID, seen)
	if moved {
		d.reshape(by.OrganizationID)
	}
	return refusal
}

// advise makes sure that a refusal which a unique index spoke says what to do.
func advise(e *models.Error) {
	if e.Kind == models.Uniqueness && e.Advice == "" {
		e.Advice = "If this is the same record, look it up with a filter and update that one. If not, change one of the two at the source."
	}
}

func refusalKind(err error) models.Kind {
	if err == nil {
		return models.Internal
	}
	return models.KindOf(err)
}

// Attempted is a request that was refused before it became a change, such as one
// whose body could not be read: what it wanted to do, to which record.
type Attempted struct {
	Action models.Action
	Target models.TargetType
	ID     string // public id; "" for a create
	Name   string // what the record would be called, if that is known
}

// Refuse logs an attempt as a failure, so that the log tells of it too.
func (d *Directory) Refuse(ctx context.Context, by models.Actor, what Attempted, refused *models.Error) error {
	err := d.change(ctx, by, what.Target, what.Name, func(w *work) error {
		w.entry.Action, w.entry.TargetID = what.Action, what.ID
		if w.entry.TargetName == "" && what.ID != "" {
			w.entry.TargetName = w.nameOf(what)
		}
		return refused
	})
	if e, ok := models.AsError(err); ok && e == refused {
		return nil
	}
	return err
}

// nameOf finds what a record is called; the id where there is none.
func (w *work) nameOf(what Attempted) string {
	refs, err := w.tx.Resolve(w.tx.Context(), w.by.OrganizationID, []string{what.ID})
	if ref, ok := refs[what.ID]; err == nil && ok {
		return ref.Name
	}
	return what.ID
}
