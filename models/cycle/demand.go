package cycle

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"muster/models"
	"muster/models/directory"
	"muster/models/source"
	"muster/models/store"
)

// Demand is what provisioning one user on demand found, step by step.
type Demand struct {
	Asked   string // what was entered
	Found   bool
	Record  source.Record
	Steps   []models.Step   // import, scope, match, action
	Because []string        // names of the groups on the way from the scope to the user
	Plan    models.Planned  // what applying does; "" for nothing
	User    *models.User    // whom the record matches; nil for nobody
	Changes []models.Change // of that user, or of a new one
	Version string          // another record or another user has another one
	Applied bool
	CycleID int64 // of the cycle that applying was; 0 before

	was, row models.SourceRecord // what was known of the record, and what is then
}

func (d *Demand) step(name models.StepName, status models.Outcome, format string, args ...any) {
	d.Steps = append(d.Steps, models.Step{Name: name, Status: status, Text: fmt.Sprintf(format, args...)})
}

// OnDemand looks one user up in the directory, by userName, e-mail address or object id,
// and tells step by step what delivering them would do. It changes nothing.
func (c *Cycles) OnDemand(ctx context.Context, by models.Actor, m models.Method, text string) (Demand, error) {
	r, err := c.demanding(ctx, by, m)
	if err != nil {
		return Demand{}, err
	}
	defer func() { _ = r.src.Close() }()
	return r.demand(ctx, text)
}

// demanding opens a stored connector for one user.
func (c *Cycles) demanding(ctx context.Context, by models.Actor, m models.Method) (*run, error) {
	if err := mayChange(by); err != nil {
		return nil, err
	}
	conn, err := c.settled(ctx, by.OrganizationID, m)
	if err == nil {
		err = awake(conn)
	}
	if err != nil {
		return nil, err
	}
	r := &run{c: c, conn: conn, epoch: conn.LeaseEpoch}
	return r, r.open(ctx)
}

func (r *run) demand(ctx context.Context, text string) (Demand, error) {
	d := Demand{Asked: strings.TrimSpace(text)}
	if err := r.lookUp(ctx, &d); err != nil || !d.Found {
		return d, err
	}
	if err := r.ownRow(ctx, &d); err != nil {
		return d, err
	}
	if err := r.whyInScope(ctx, &d); err != nil {
		return d, err
	}
	return d, r.decideDemand(ctx, &d)
}

// lookUp finds the user in the directory.
func (r *run) lookUp(ctx context.Context, d *Demand) error {
	var found []source.Record
	for _, by := range []source.By{source.ByAnchor, source.ByUserName, source.ByEmail} {
		var err error
		if found, err = r.src.Look(ctx, by, d.Asked); err != nil {
			return err
		}
		if len(found) > 0 {
			break
		}
	}
	switch {
	case len(found) == 0:
		d.step(models.StepImport, models.Failure, "Nobody in the directory has this userName, e-mail address or object id. Check the spelling, or create the user there.")
	case len(found) > 1:
		names := make([]string, len(found))
		for i, rec := range found {
			names[i] = nameOf(rec)
		}
		d.step(models.StepImport, models.Failure, "%d users have this e-mail address: %s. Enter the userName of one of them.", len(found), strings.Join(names, ", "))
	default:
		d.Found, d.Record = true, found[0]
		d.step(models.StepImport, models.Success, "Read %s from %s: %d attributes%s.", cmp.Or(nameOf(found[0]), found[0].Anchor), r.conn.Method.Label(), len(found[0].Values), enabledWords(found[0]))
	}
	return nil
}

func enabledWords(rec source.Record) string {
	switch {
	case rec.Enabled == nil:
		return ""
	case *rec.Enabled:
		return ", enabled"
	}
	return ", disabled"
}

// ownRow is what would be known of the record once it is delivered.
func (r *run) ownRow(ctx context.Context, d *Demand) error {
	known, err := r.c.Store.SourceRecords(ctx, r.conn.Key, models.UserTarget, []string{d.Record.Anchor})
	if err != nil {
		return err
	}
	row, ok := known[d.Record.Anchor]
	if !ok {
		row = models.SourceRecord{ConnectorID: r.conn.Key, Kind: models.UserTarget, Anchor: d.Record.Anchor, Seen: r.conn.ReadNumber}
	}
	d.Record.Kind = models.UserTarget
	d.was = row
	d.row, _, err = merge(row, d.Record)
	d.row.Told = ""
	return err
}

// whyInScope tells whether the scope holds the user, and because of which groups.
func (r *run) whyInScope(ctx context.Context, d *Demand) error {
	roots, err := r.src.Roots(ctx)
	if err != nil {
		return err
	}
	switch {
	case roots.Everyone:
		d.row.InScope = true
		d.step(models.StepScope, models.Success, "In scope: everybody in the directory is.")
		return nil
	case slices.Contains(roots.Users, d.Record.Anchor):
		d.row.InScope = true
		d.step(models.StepScope, models.Success, "In scope: the application is assigned to this user.")
		return nil
	}
	groups, err := r.src.GroupsOf(ctx, d.Record.Anchor, r.scope.Nested)
	if err != nil {
		return err
	}
	names := map[string]string{}
	var through []string
	for _, g := range groups {
		names[g.Anchor] = cmp.Or(g.Text("displayName"), g.Anchor)
		if slices.Contains(roots.Groups, g.Anchor) {
			through = append(through, g.Anchor)
		}
	}
	if d.row.InScope = len(through) > 0; !d.row.InScope {
		if r.conn.FullReadAt != 0 { // what the scope names is known, so that it can be told from what is gone or hidden
			if err := r.readable(ctx, roots); err != nil {
				return err
			}
		}
		d.step(models.StepScope, models.Skipped, "Not in scope: the user is in none of the %d groups that the scope names (but in %d others).", len(roots.Groups), len(groups))
		return nil
	}
	d.Because = r.wayTo(ctx, d.Record.Anchor, through, names)
	d.step(models.StepScope, models.Success, "In scope, because of the group %s.", strings.Join(d.Because, " → "))
	return nil
}

// wayTo names the groups from the scope to the user, by what was read; as long as that is
// not known, the scope's own group.
func (r *run) wayTo(ctx context.Context, anchor string, through []string, names map[string]string) []string {
	ways := source.Above(anchor, through, r.scope.Nested, func(member string) []string {
		holders, err := r.c.Store.SourceHolders(ctx, r.conn.Key, member)
		if err != nil {
			return nil
		}
		return holders
	})
	if len(ways) == 0 {
		return []string{cmp.Or(names[through[0]], through[0])}
	}
	way := slices.MinFunc(ways, func(a, b []string) int { return cmp.Compare(len(a), len(b)) })
	out := make([]string, len(way))
	for i, group := range way {
		out[i] = cmp.Or(names[group], group)
	}
	return out
}

// decideDemand tells whom the record matches and what would be done.
func (r *run) decideDemand(ctx context.Context, d *Demand) error {
	f := directory.Foresight{}
	var err error
	c := Case{Record: d.row, Method: r.conn.Method}
	if Wanted(d.row) {
		edit, err := r.editOf(ctx, r.c.Store.Reader, d.row)
		if err != nil {
			return err
		}
		if f, err = r.c.Directory.Foresee(ctx, r.c.Store.Reader, r.org, r.by(), d.Record.Anchor, edit, nil); err != nil {
			return err
		}
		c.Foreseen, d.User, d.Changes = f, f.Known, f.Changes
	} else if c.Known, err = userOf(ctx, r.c.Store.Reader, r.conn, d.Record.Anchor); err != nil {
		return err
	} else {
		d.User = c.Known
	}
	decided := Decide(c)
	d.Plan, d.row.Plan, d.row.How, d.row.TargetID = decided.Plan, decided.Plan, decided.How, cmp.Or(decided.TargetID, d.row.TargetID)
	switch {
	case f.Refusal != nil:
		d.step(models.StepMatch, models.Failure, "%s", f.Text)
		d.step(models.StepAction, models.Failure, "%s", f.Refusal.Error())
	case d.User == nil:
		d.step(models.StepMatch, models.Success, "Nobody here is this user yet.")
	default:
		d.step(models.StepMatch, models.Success, "Matched %s by %s.", d.User.UserName, cmp.Or(f.How, "anchor"))
	}
	if f.Refusal == nil {
		d.step(models.StepAction, models.Success, "%s", demandWords(d, decided))
	}
	version := int64(0)
	if d.User != nil {
		version = d.User.Version
	}
	d.Version = hashOf(d.row.Document, string(d.Plan), decided.TargetID, fmt.Sprint(version, d.row.InScope))
	return nil
}

func demandWords(d *Demand, decided Decision) string {
	switch decided.Plan {
	case models.PlanCreate:
		return "Would create the user."
	case models.PlanAdopt:
		return "Would take the user over; nobody manages them yet."
	case models.PlanRestore:
		return "Would bring the user back, with the same id and data."
	case models.PlanUpdate:
		return fmt.Sprintf("Would change %d attributes.", len(d.Changes))
	case models.PlanDisable, models.PlanLeave, models.PlanRemove:
		return "Would preserve the user: " + strings.ToLower(decided.Note[:1]) + decided.Note[1:] + ". All data is kept."
	case models.PlanNothing, models.PlanConflict:
	}
	if !d.row.InScope {
		return "Nothing to do: the user is not in scope and not here."
	}
	return "Nothing to do: the user is as the directory has them."
}

// ApplyOnDemand does what OnDemand told of; version is the one it told. Another version
// is refused and nothing is done.
func (c *Cycles) ApplyOnDemand(ctx context.Context, by models.Actor, m models.Method, text, version string) (Demand, error) {
	r, err := c.demanding(ctx, by, m)
	if err != nil {
		return Demand{}, err
	}
	defer func() { _ = r.src.Close() }()
	d, err := r.demand(ctx, text)
	switch {
	case err != nil:
		return d, err
	case !d.Found || d.Version != version:
		return d, demandStale()
	case d.Plan == models.PlanNothing:
		return d, models.Errorf(models.Conflict, "", "There is nothing to do for this user.").
			WithAdvice("They are as the directory has them.").WithCode("nothingToDo")
	}
	return d, r.applyDemand(ctx, by, &d)
}

func demandStale() *models.Error {
	return models.Errorf(models.Stale, "version", "The user has changed, here or in the directory, since these steps were shown. Nothing was done.").
		WithAdvice("Look at the steps again and apply once more.").WithCode("previewStale")
}

// stillSo gives the record to write, unless a cycle beside learned something else of it,
// or began a full read, since it was looked up. What is here was seen by the read under
// way, whose proof must not miss it.
func (d *Demand) stillSo(tx *store.Tx, seen, now models.Connector) (models.SourceRecord, error) {
	row := d.row
	known, err := tx.SourceRecords(tx.Context(), now.Key, row.Kind, []string{row.Anchor})
	if err != nil {
		return row, err
	}
	is, was := known[row.Anchor], d.was
	if now.ReadNumber != seen.ReadNumber || is.Document != was.Document || is.Manager != was.Manager || is.Absent != was.Absent {
		return row, demandStale()
	}
	row.Seen, row.Dirty = now.ReadNumber, true
	return row, nil
}

// applyDemand delivers one user, in a cycle of its own. It keeps a cycle under way from
// its next page for as long as it takes.
func (r *run) applyDemand(ctx context.Context, by models.Actor, d *Demand) error {
	var last store.RecordFate
	err := r.c.Directory.Within(ctx, func(door *directory.Directory, tx *store.Tx) error {
		conn, known, err := tx.LockConnector(r.conn.OrganizationID, r.conn.Method)
		if err == nil && !known {
			err = notSetUp(r.conn.Method)
		}
		if err == nil {
			err = awake(conn)
		}
		if err != nil {
			return err
		}
		row, err := d.stillSo(tx, r.conn, conn)
		if err != nil {
			return err
		}
		cy := models.Cycle{
			OrganizationID: conn.OrganizationID, Method: conn.Method, Kind: models.OnDemandCycle, State: models.CycleDone, InitiatorID: by.ID, InitiatorName: by.Name,
			Started: tx.Now(), LastSeen: tx.Now(), Ended: tx.Now(), UndoUntil: tx.Now().Add(undoTime), Decided: tx.Now(), DecidedBy: by.Name,
		}
		if err := tx.StartCycle(&cy); err != nil {
			return err
		}
		if err := tx.PutRecords([]models.SourceRecord{row}); err != nil {
			return err
		}
		own := *r
		own.cy = cy
		k := &chunk{run: &own, moving: &moving{Tx: tx, conn: conn, cy: cy}, d: door}
		if err := k.deliver(ctx, row); err != nil {
			return err
		}
		last, d.CycleID = k.last, cy.Key
		return tx.AddCycleChanges(k.changes)
	})
	if err != nil {
		return err
	}
	d.Applied = last.Plan != models.PlanConflict
	status, text := models.Success, "Done."
	if !d.Applied {
		status, text = models.Failure, last.Note
	}
	d.Steps[len(d.Steps)-1] = models.Step{Name: models.StepAction, Status: status, Text: text}
	r.c.news.tell(r.conn.OrganizationID)
	return nil
}
