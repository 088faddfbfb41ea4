package directory

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"muster/models"
	"muster/models/store"
)

// Recorder writes SCIM requests down for the log's Request tab, many in one
// transaction, so that a look-up does not wait for a disk. A full buffer makes
// clients wait; nothing is dropped.
type Recorder struct {
	d    *Directory
	in   chan models.Exchange
	done chan struct{}
}

const (
	recordBuffer = 4096
	recordBatch  = 200
	recordEvery  = 250 * time.Millisecond
)

// NewRecorder makes a recorder; Run must be running for it to write.
func (d *Directory) NewRecorder() *Recorder {
	return &Recorder{d: d, in: make(chan models.Exchange, recordBuffer), done: make(chan struct{})}
}

// Record takes a note of a request. After Run has ended it is a no-op.
func (r *Recorder) Record(e models.Exchange) {
	if e.OrganizationID == 0 {
		return // nobody was let in: there is no organization to tell
	}
	wash(&e)
	select {
	case r.in <- e:
	case <-r.done:
	}
}

// Run writes until the context ends, and then what is left.
func (r *Recorder) Run(ctx context.Context) error {
	defer close(r.done)
	tick := time.NewTicker(recordEvery)
	defer tick.Stop()
	// The end of ctx ends the loop, never a write: what was taken is written.
	work := context.WithoutCancel(ctx)
	var batch []models.Exchange
	for {
		select {
		case e := <-r.in:
			if batch = append(batch, e); len(batch) >= recordBatch {
				batch = r.flush(work, batch)
			}
		case <-tick.C:
			batch = r.flush(work, batch)
		case <-ctx.Done():
			return r.drain(work, batch)
		}
	}
}

func (r *Recorder) drain(ctx context.Context, batch []models.Exchange) error {
	for {
		select {
		case e := <-r.in:
			batch = append(batch, e)
		default:
			r.writeEach(ctx, r.flush(ctx, batch))
			return nil
		}
	}
}

// flush writes a batch; when the database does not take it, it is kept for the
// next time, up to the size of the buffer.
func (r *Recorder) flush(ctx context.Context, batch []models.Exchange) []models.Exchange {
	if len(batch) == 0 {
		return batch
	}
	err := r.d.Store.Keep(ctx, func(tx *store.Tx) error {
		r.countReads(tx, batch)
		if err := tx.CountDeviations(dialects(batch)); err != nil {
			return err
		}
		return tx.AddExchanges(batch)
	})
	switch {
	case err == nil:
		return nil
	case models.KindOf(err) == models.Unavailable && len(batch) < recordBuffer:
		return batch
	}
	r.writeEach(ctx, batch)
	return nil
}

// writeEach writes one request at a time, so that one which no database takes
// does not hold the others back for ever. What is lost is told.
func (r *Recorder) writeEach(ctx context.Context, batch []models.Exchange) {
	for i := range batch {
		batch[i].Key = 0
		err := r.d.Store.Keep(ctx, func(tx *store.Tx) error { return tx.AddExchanges(batch[i : i+1]) })
		if err != nil {
			r.d.Log.Error("a SCIM request could not be written down", "request_id", batch[i].RequestID, "error", err)
		}
	}
}

// wash takes out what no database holds: a client can send any byte.
func wash(e *models.Exchange) {
	for _, s := range []*string{&e.Address, &e.Client, &e.HTTPMethod, &e.Path, &e.ScimType, &e.RequestBody, &e.ResponseBody} {
		*s = scrub(*s)
	}
	for i := range e.Notes {
		e.Notes[i] = scrub(e.Notes[i])
	}
	for i := range e.Deviations {
		d := &e.Deviations[i]
		d.Attr, d.Msg, d.Advice = shortened(d.Attr), scrub(d.Msg), scrub(d.Advice)
	}
}

// dialects sums up, for each token, what requests did their own way.
func dialects(batch []models.Exchange) []models.Deviation {
	type key struct{ token, code, attr string }
	at := map[key]int{}
	var list []models.Deviation
	for _, e := range batch {
		for _, d := range e.Deviations {
			k := key{e.TokenID, d.Code, d.Attr}
			i, known := at[k]
			if !known {
				i = len(list)
				at[k] = i
				d.OrganizationID, d.TokenID, d.First = e.OrganizationID, e.TokenID, e.At
				list = append(list, d)
			}
			list[i].Requests++
			list[i].Last, list[i].RequestID = e.At, e.RequestID
		}
	}
	// In the order of keys, so that two instances never wait for each other crosswise.
	slices.SortFunc(list, func(a, b models.Deviation) int {
		return cmp.Or(strings.Compare(a.TokenID, b.TokenID), strings.Compare(a.Code, b.Code), strings.Compare(a.Attr, b.Attr))
	})
	return list
}

// countReads adds look-ups to the cycle they belong to; a write has counted
// itself.
func (r *Recorder) countReads(tx *store.Tx, batch []models.Exchange) {
	reads := map[int64]*models.Cycle{}
	for i := range batch {
		e := &batch[i]
		if e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden {
			continue // turned away at the door: no part of what a directory does here
		}
		run := r.d.recall(e.OrganizationID)
		if run.over(e.At) {
			continue
		}
		e.CycleID = run.key
		if e.HTTPMethod != http.MethodGet && e.HTTPMethod != http.MethodHead {
			continue
		}
		if reads[run.key] == nil {
			reads[run.key] = &models.Cycle{}
		}
		reads[run.key].Requests++
		reads[run.key].LastSeen = max(reads[run.key].LastSeen, e.At)
	}
	for key, sum := range reads {
		tx.CountCycle(key, sum.LastSeen, *sum)
	}
}
