package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"muster/models"
	"muster/models/store"
)

// queueChunk is how many items share a transaction: it lasts a few hundredths of a
// second, which directories do not notice.
const queueChunk = 50

// AcceptAdoption lets a directory have the users and groups that its records match:
// they take the delivered values, and the directory manages them from now on. Any
// number can be accepted; what cannot be done stays open and is reported.
func (d *Directory) AcceptAdoption(ctx context.Context, by models.Actor, ids []string) (Batch, error) {
	return d.decideAll(ctx, by, ids, answer{
		action: "queue.accept", many: "Accepted that the directory takes over %d records.", one: "Accepted that the directory takes over %s.",
		carry: d.accept,
	})
}

// RefuseAdoption keeps users and groups from being taken over: what the directory
// sends for them is refused from now on, without another item.
func (d *Directory) RefuseAdoption(ctx context.Context, by models.Actor, ids []string) (Batch, error) {
	return d.decideAll(ctx, by, ids, answer{
		action: "queue.refuse", many: "Refused that the directory takes over %d records.", one: "Refused that the directory takes over %s.",
		carry: func(w *work, by models.Actor, i *models.QueueItem) error {
			if i.Kind != models.AdoptionItem || !i.Open() {
				return closed(i)
			}
			w.quiet = true // nobody changes: the audit log tells who decided
			return w.close(i, models.QueueRefused, by.Name, "Refused: the directory does not take "+recordWords(i)+" over.")
		},
	})
}

// answer is a decision with its words in the audit log.
type answer struct {
	action    string
	one, many string
	carry     func(*work, models.Actor, *models.QueueItem) error
}

func (d *Directory) decideAll(ctx context.Context, by models.Actor, ids []string, v answer) (Batch, error) {
	var out Batch
	if err := allowed(by); err != nil {
		return out, err
	}
	for chunk := range slices.Chunk(ids, queueChunk) {
		done, err := d.decideChunk(ctx, by, chunk, v)
		if err != nil {
			return out, err
		}
		out.Done += done.Done
		out.Failed = append(out.Failed, done.Failed...)
	}
	return out, nil
}

// errNothingDone takes back a chunk in which nothing could be done.
var errNothingDone = errors.New("nothing was decided")

func (d *Directory) decideChunk(ctx context.Context, by models.Actor, ids []string, v answer) (Batch, error) {
	out, err := inChunk(ctx, d, by, ids, v.audit, func(tx *store.Tx, org models.Organization, r rules, id string) (models.QueueItem, string, []models.LogEntry, error) {
		item, entries, err := d.decideItem(tx, by, org, r, id, v)
		return item, item.Name, entries, err
	})
	if err != nil {
		return Batch{}, fmt.Errorf("decide on items of the queue: %w", err)
	}
	return out, nil
}

// inChunk does one thing with each of some records in one transaction, with an audit entry
// for those with which it was done; what is refused is reported and holds up nobody. It
// goes by the attribute mappings of the method in charge.
func inChunk[T any](ctx context.Context, d *Directory, by models.Actor, ids []string, audit func(models.Actor, models.Organization, []T) models.AuditEntry,
	one func(tx *store.Tx, org models.Organization, r rules, id string) (T, string, []models.LogEntry, error),
) (Batch, error) {
	var out Batch
	before, err := d.Store.Organization(ctx, by.OrganizationID)
	if err != nil {
		return out, err
	}
	r, err := d.rulesFor(ctx, speaker(before.Method, before.Key))
	if err != nil {
		return out, err
	}
	err = d.Store.Both(ctx, func(tx *store.Tx) ([]models.LogEntry, models.AuditEntry, error) {
		out = Batch{}
		var entries []models.LogEntry
		var done []T
		org, err := tx.ShareOrganization(by.OrganizationID)
		if err != nil {
			return nil, models.AuditEntry{}, err
		}
		if org.Method != before.Method {
			return nil, models.AuditEntry{}, models.Errorf(models.Stale, "method", "The deployment method changed to %s meanwhile. Nothing was changed.", org.Method.Label()).
				WithAdvice("Look at the list again.").WithCode("methodChanged")
		}
		for _, id := range ids {
			record, name, made, err := one(tx, org, r, id)
			switch e, refused := models.AsError(err); {
			case err == nil:
				out.Done++
				done, entries = append(done, record), append(entries, made...)
			case refused && e.Kind != models.Unavailable:
				out.Failed = append(out.Failed, Failed{ID: id, Name: name, Err: e})
			default:
				return nil, models.AuditEntry{}, err
			}
		}
		if len(done) == 0 {
			return nil, models.AuditEntry{}, errNothingDone
		}
		return entries, audit(by, org, done), nil
	})
	if errors.Is(err, errNothingDone) {
		err = nil
	}
	return out, err
}

// decideItem carries a decision out behind a savepoint: a refusal leaves no trace.
func (d *Directory) decideItem(tx *store.Tx, by models.Actor, org models.Organization, rules rules, id string, v answer) (item models.QueueItem, entries []models.LogEntry, err error) {
	started := d.Now()
	err = tx.Attempt(func(inner *store.Tx) error {
		entries = nil
		if err := checkID("decision", id); err != nil {
			return err
		}
		var err error
		if item, err = inner.LockQueueItem(org.Key, id); err != nil {
			return err
		}
		w := d.deciding(inner, by, org, rules, &item)
		if err := v.carry(w, by, &item); err != nil || w.quiet {
			return err
		}
		w.entry.DurationMicros = d.Now().Sub(started).Microseconds()
		entries = append(slices.Clip(w.also), w.entry)
		return nil
	})
	return item, entries, err
}

// speaker is a method's directory, for a record that was delivered before.
func speaker(m models.Method, organization int64) models.Actor {
	if m == models.SCIM {
		return models.Actor{Kind: models.TokenActor, OrganizationID: organization, Scope: models.ProvisionScope}
	}
	return models.Actor{Kind: models.ConnectorActor, Method: m, OrganizationID: organization}
}

// deciding is the work of a decision: the directory's, whose record it is, by word
// of the administrator whom the entry names.
func (d *Directory) deciding(tx *store.Tx, by models.Actor, org models.Organization, rules rules, i *models.QueueItem) *work {
	w := &work{tx: tx, org: org, decided: true, rules: rules, entry: d.blank(tx, by, i.Target, i.Name)}
	w.by = speaker(i.Method, org.Key)
	w.by.ID, w.by.Name, w.by.RequestID = i.InitiatorID, i.InitiatorName, i.RequestID
	w.entry.Source, w.entry.Details.Queue, w.entry.Details.Anchor = i.Method, i.ID, i.Anchor
	w.entry.Details.Steps[0].Text = fmt.Sprintf("Delivered over %s with token %q, last in request %s; decided in the queue by %s.",
		i.Method.Label(), i.InitiatorName, i.RequestID, by.Name)
	return w
}

func (v answer) audit(by models.Actor, org models.Organization, items []models.QueueItem) models.AuditEntry {
	did := deed{action: v.action, target: "organization", id: org.Slug, name: org.Name, summary: fmt.Sprintf(v.many, len(items))}
	if len(items) == 1 {
		did.target, did.id, did.name = "decision", items[0].ID, items[0].Name
		did.summary = fmt.Sprintf(v.one, recordWords(&items[0]))
	}
	for _, i := range items {
		did.changes = append(did.changes, models.Change{Path: i.Name, Old: string(models.QueueOpen), New: string(i.State)})
	}
	return audited(by, did)
}

func recordWords(i *models.QueueItem) string { return string(i.Target) + " " + i.Name }

// closed refuses a second decision, and tells of the first.
func closed(i *models.QueueItem) *models.Error {
	if i.Open() {
		return models.Errorf(models.Conflict, "", "The decision about %s is of another kind.", recordWords(i)).
			WithAdvice("Open it in the queue, and choose one of its ways out.").WithCode("queueItemKind")
	}
	who := ""
	if i.DecidedBy != "" {
		who = " by " + i.DecidedBy
	}
	return models.Errorf(models.Conflict, "", "The decision about %s was made already%s: %s", recordWords(i), who, i.Decision).
		WithAdvice("Load the queue again; the directory's next attempt opens a new item when something is still in its way.").WithCode("queueItemDecided")
}

// inChargeOf refuses a decision for a directory that is in charge no more.
func inChargeOf(w *work, i *models.QueueItem) error {
	if w.org.Method == i.Method {
		return nil
	}
	return models.Errorf(models.Conflict, "", "%s is not in charge of the organization any more, so its records are taken in by nobody.", i.Method.Label()).
		WithAdvice("Change the deployment method back to %s, or refuse the item.", i.Method.Label()).WithCode("methodNotInCharge")
}
