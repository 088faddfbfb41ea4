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
	"muster/models/transform"
)

// Options are what a Directory works with; all fields but Records and Learned are
// required.
type Options struct {
	Store   *store.Store
	Now     func() time.Time
	NewID   func() string // UUIDv7
	Log     *slog.Logger
	Records Records // what outside directories are known to have; nil for nothing
	Learned Learned // nil when no directory has learned ids elsewhere
}

// Learned tells by which public id a directory knows a record that is new here; "" when
// it knows none. A name that it knows of another record, which is not here yet, is that
// one's: it is taken in before the answer.
type Learned interface {
	UserID(ctx context.Context, by models.Actor, anchor, userName string) (string, error)
	GroupID(ctx context.Context, by models.Actor, anchor, name string) (string, error)
	// Came is told that a directory has sent a record which is here now.
	Came(ctx context.Context, organization int64, target models.TargetType, id string) error
}

// Directory changes users and groups.
type Directory struct {
	Options
	*remembered
	within *store.Tx // all changes are made in it, see Within; nil gives each its own
}

// remembered is what the parts of a directory share.
type remembered struct {
	mu       sync.Mutex
	running  map[int64]run // the running cycle of an organization, as last committed
	rulings  rulings
	wake     chan struct{} // tells the evaluation loop that there is work
	compiled compiled      // attribute mappings
}

// New makes a directory.
func New(o Options) *Directory {
	return &Directory{Options: o, remembered: &remembered{
		running: map[int64]run{}, rulings: rulings{known: map[int64]*ruling{}}, wake: make(chan struct{}, 1),
	}}
}

// Within has several changes made in one transaction, with whatever else fn writes: a
// connector's page, with the place up to which it is applied. Each change stands or falls
// by itself, as it does alone; when fn fails, none stands.
func (d *Directory) Within(ctx context.Context, fn func(*Directory, *store.Tx) error) error {
	return d.Store.ProvisionLong(ctx, func(tx *store.Tx) ([]models.LogEntry, error) {
		return nil, fn(&Directory{Options: d.Options, remembered: d.remembered, within: tx}, tx)
	})
}

// short is the store's way for a change of one record.
func (d *Directory) short() provision {
	if d.within != nil {
		return d.within.Provision
	}
	return d.Store.Provision
}

// Admit tells whether an actor may provision the organization now: a directory
// only while its method is in charge (403 with words otherwise).
func (d *Directory) Admit(ctx context.Context, by models.Actor) (models.Organization, error) {
	o, err := d.Store.OrganizationSeen(ctx, by.OrganizationID, by.Seen)
	if err != nil {
		return o, err
	}
	return o, inCharge(o, by)
}

func inCharge(o models.Organization, by models.Actor) error {
	if !by.Directory() || o.Method == by.Source() {
		return nil
	}
	return o.NotInCharge(by.Source())
}

// work is one change under way: the transaction, who asks, in which organization,
// and the log entry that grows with the decision.
type work struct {
	tx    *store.Tx
	by    models.Actor
	org   models.Organization
	entry models.LogEntry
	quiet bool // nothing changed: nothing is logged

	follows  bool            // brings the user in line with the rules, whoever asks
	minds    bool            // a directory is behind it: its guard and the protected are minded
	puts     bool            // gives a record back what it was, whoever manages it
	ruling   *ruling         // what placed the user; nil when there are no rules
	rule     *models.Mapping // the one that won
	frees    bool            // a seat comes free
	regroups []regroup
	sight    *sight            // of a long change of members, before it had its turn
	also     []models.LogEntry // of what else the change brought about

	rules    rules            // by which attributes are computed
	computed transform.Result // what they gave

	flaw    error             // why a new record must not be stored, as seen before the transaction
	learned string            // the public id under which the directory knows the record, should it be new
	waits   *models.QueueItem // what an administrator decides, should the change be refused
	decided bool              // an administrator lets the directory take the record over
}

// change runs ways of making one change, each as one transaction: what it wrote,
// its log entry and the cycle's figures. The first is tried in haste, where there
// are two: when it meets a value that is taken, or a record that changed since it
// was read, nothing of it stands and the next one looks first. A refusal leaves a failure entry alone: a directory's are logged,
// an admin sees theirs on the page.
func (d *Directory) change(ctx context.Context, by models.Actor, target models.TargetType, name string, ways ...func(*work) error) error {
	return d.changeIn(ctx, d.short(), by, target, name, ways...)
}

// provision is the store's way for a change of some length.
type provision func(ctx context.Context, try func(*store.Tx) ([]models.LogEntry, error), otherwise ...func(*store.Tx, error) ([]models.LogEntry, error)) error

func (d *Directory) changeIn(ctx context.Context, in provision, by models.Actor, target models.TargetType, name string, ways ...func(*work) error) error {
	c := changing{d: d, by: by, target: target, name: name, started: d.Now()}
	err := in(ctx, func(tx *store.Tx) ([]models.LogEntry, error) {
		return c.try(tx, ways[0])
	}, c.next(ways[1:])...)
	if err != nil {
		return fmt.Errorf("change %s %s: %w", target, name, err)
	}
	d.remember(by.OrganizationID, c.seen)
	if c.refusal != nil {
		return c.refusal
	}
	return nil
}

// changing is a change between its transactions.
type changing struct {
	d       *Directory
	by      models.Actor
	target  models.TargetType
	name    string
	started time.Time

	tried   models.LogEntry   // how far the last try came
	waits   *models.QueueItem // what it leaves to an administrator
	refusal *models.Error
	seen    run
}

func (c *changing) begin(tx *store.Tx) (*work, error) {
	c.refusal, c.seen = nil, run{}
	org, err := tx.ShareOrganization(c.by.OrganizationID)
	if err != nil {
		return nil, err
	}
	return &work{tx: tx, by: c.by, org: org, entry: c.d.blank(tx, c.by, c.target, c.name)}, nil
}

func (c *changing) try(tx *store.Tx, way func(*work) error) ([]models.LogEntry, error) {
	w, err := c.begin(tx)
	if err != nil {
		return nil, err
	}
	if err = inCharge(w.org, c.by); err == nil {
		err = way(w)
	}
	c.tried, c.waits = w.entry, w.waits
	if err != nil || w.quiet {
		return nil, err
	}
	return c.conclude(w, nil)
}

// next are the ways after the first, for a value that was taken, and at the end
// the log of a refusal.
func (c *changing) next(ways []func(*work) error) []func(*store.Tx, error) ([]models.LogEntry, error) {
	var list []func(*store.Tx, error) ([]models.LogEntry, error)
	for _, way := range ways {
		list = append(list, func(tx *store.Tx, refused error) ([]models.LogEntry, error) {
			if !hasty(refused) {
				return nil, refused
			}
			return c.try(tx, way)
		})
	}
	return append(list, c.refused)
}

// hasty tells whether a refusal may be for want of a look: the value that is taken may
// be the record's own, and who is known here is not treated as somebody new.
func hasty(refused error) bool {
	e, ok := models.AsError(refused)
	return ok && (e.Kind == models.Uniqueness || e.Kind == models.Stale || e.Code == "noMappingMatched" || e.Code == "noSeat")
}

func (c *changing) refused(tx *store.Tx, err error) ([]models.LogEntry, error) {
	refusal, classed := models.AsError(err)
	if !classed {
		return nil, err
	}
	w, err := c.begin(tx)
	if err != nil {
		return nil, err
	}
	c.refusal = refusal
	advise(refusal)
	if !c.by.Directory() {
		return nil, nil
	}
	if c.waits != nil {
		if c.refusal, err = c.d.enqueue(w, *c.waits, &c.tried, refusal); err != nil {
			return nil, err
		}
	}
	w.entry = failed(c.tried, c.refusal)
	return c.conclude(w, c.refusal)
}

// conclude counts the change in its cycle and gives its entry.
func (c *changing) conclude(w *work, refusal *models.Error) ([]models.LogEntry, error) {
	w.entry.DurationMicros = c.d.Now().Sub(c.started).Microseconds()
	if c.by.Directory() && (refusal == nil || refusal.Kind != models.Forbidden) {
		seen, err := c.d.countCycle(w)
		if err != nil {
			return nil, err
		}
		c.seen = seen
	}
	return w.entries(), nil
}

// entries are the change's own log entry and those of what it brought about.
func (w *work) entries() []models.LogEntry { return append([]models.LogEntry{w.entry}, w.also...) }

// advise makes sure that a refusal which a unique index spoke says what to do.
func advise(e *models.Error) {
	if e.Kind == models.Uniqueness && e.Advice == "" {
		e.Advice = "If this is the same record, look it up with a filter and update that one. If not, change one of the two at the source."
	}
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
