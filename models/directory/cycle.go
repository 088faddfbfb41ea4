package directory

import (
	"context"
	"time"

	"muster/models"
	"muster/models/store"
)

// run is a cycle that is under way, as this process last saw it.
type run struct {
	key   int64
	seen  models.Time
	gap   time.Duration
	since models.Time // when its method took charge
	count int64       // of changes to tokens and organizations, when its key was read; see fits
}

// fits tells whether the cycle can still be the one of its key: a change of the method ends
// it, and a restore, which counts as a change of tokens as well, puts other cycles in the
// place of all. Instants are not compared: another instance's clock may be minutes ahead.
func (r run) fits(by models.Actor, o models.Organization) bool {
	return r.since == o.MethodSince && (by.Seen == 0 || by.Seen == r.count)
}

// over tells whether the cycle had ended by an instant.
func (r run) over(at models.Time) bool { return r.key == 0 || r.seen.Add(r.gap) < at }

// countCycle recognises a burst of SCIM traffic as a cycle: a write after a pause
// longer than the organization's gap begins one, initial when the method had none
// since it took charge.
func (d *Directory) countCycle(w *work) (run, error) {
	if w.by.Kind == models.ConnectorActor { // its runner knows where a cycle begins and ends
		w.entry.CycleID = w.by.Cycle
		if w.by.Cycle != 0 {
			sum := models.Cycle{}
			sum.Count(w.entry)
			w.tx.CountCycle(w.by.Cycle, w.tx.Now(), sum)
		}
		return run{}, nil
	}
	gap := time.Duration(w.org.Settings.CycleGapMinutes) * time.Minute
	now := w.tx.Now()
	current := d.recall(w.by.OrganizationID)
	current.gap = gap
	if current.over(now) || !current.fits(w.by, w.org) {
		var err error
		if current, err = d.joinCycle(w, now, gap); err != nil {
			return run{}, err
		}
	}
	w.entry.CycleID = current.key
	sum := models.Cycle{Requests: 1}
	sum.Count(w.entry)
	w.tx.CountCycle(current.key, now, sum)
	return run{current.key, now, gap, w.org.MethodSince, w.by.Seen}, nil
}

// joinCycle finds the running cycle that another request or instance began, or
// starts one; the claim keeps two that come at once from starting two.
func (d *Directory) joinCycle(w *work, now models.Time, gap time.Duration) (run, error) {
	if err := w.tx.ClaimValue(w.by.OrganizationID, "cycle", "start"); err != nil {
		return run{}, err
	}
	last, any, err := w.tx.LastCycle(w.tx.Context(), w.by.OrganizationID, models.SCIM)
	if err != nil {
		return run{}, err
	}
	if any && last.Running() && last.LastSeen.Add(gap) >= now { // of another method's time none runs
		return run{last.Key, last.LastSeen, gap, w.org.MethodSince, w.by.Seen}, nil
	}
	if _, err := w.tx.EndCycles(w.by.OrganizationID, now+1); err != nil {
		return run{}, err
	}
	kind := models.IncrementalCycle
	if !any || last.Started < w.org.MethodSince {
		kind = models.InitialCycle
	}
	c := models.Cycle{
		OrganizationID: w.by.OrganizationID, Method: models.SCIM, Kind: kind,
		InitiatorID: w.by.ID, InitiatorName: w.by.Name, Started: now, LastSeen: now,
	}
	if err := w.tx.StartCycle(&c); err != nil {
		return run{}, err
	}
	return run{c.Key, now, gap, w.org.MethodSince, w.by.Seen}, nil
}

func (d *Directory) recall(organization int64) run {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.running[organization]
}

func (d *Directory) remember(organization int64, r run) {
	if r.key == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running[organization] = r
}

// RunningCycle gives the key of the cycle that an organization's traffic belongs
// to now, or 0, so that look-ups can be counted with it.
func (d *Directory) RunningCycle(organization int64, gap time.Duration) int64 {
	r := d.recall(organization)
	r.gap = gap
	if r.over(models.TimeOf(d.Now())) {
		return 0
	}
	return r.key
}

// CloseCycles ends the cycles whose client has been silent for longer than the
// organization's gap.
func (d *Directory) CloseCycles(ctx context.Context) error {
	orgs, err := d.Store.Organizations(ctx)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		gap := time.Duration(o.Settings.CycleGapMinutes) * time.Minute
		err := d.Store.Keep(ctx, func(tx *store.Tx) error {
			_, err := tx.EndCycles(o.Key, tx.Now().Add(-gap))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
