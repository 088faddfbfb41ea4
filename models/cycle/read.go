package cycle

import (
	"context"

	"muster/models"
	"muster/models/source"
	"muster/models/store"
)

// read reads to the end: what changed, or the whole directory. A cursor that is no good
// any more makes it a full read, once.
func (r *run) read(ctx context.Context) error {
	err := r.pages(ctx)
	if source.CodeOf(err) != source.ResyncNeeded {
		return err
	}
	err = r.step(ctx, func(s *moving) error {
		s.conn.Cursor, s.conn.Reading, s.conn.ReadFull = "", "", true
		s.conn.ReadNumber++
		s.cy.Full, s.cy.Code, s.cy.Text = true, string(source.ResyncNeeded), err.Error()
		if s.cy.Kind == models.IncrementalCycle {
			s.cy.Kind = models.FullCycle
		}
		s.enter(models.ReadPhase, 0)
		return nil
	})
	if err != nil {
		return err
	}
	return r.pages(ctx)
}

// pages stages each page with the place behind it.
func (r *run) pages(ctx context.Context) error {
	from := source.Cursor(r.conn.Reading)
	if from == "" && !r.conn.ReadFull {
		from = source.Cursor(r.conn.Cursor)
	}
	if err := r.expect(ctx); err != nil {
		return err
	}
	for page, err := range r.src.Read(ctx, from) {
		if err != nil {
			return err
		}
		if err := r.stage(ctx, page); err != nil {
			return err
		}
		if page.Done != nil {
			return nil
		}
	}
	return &source.Failure{
		Code: source.IncompleteRead, Msg: "The read ended without saying that it is complete.",
		Advice: "It is tried again. Nothing is concluded from what did not come.",
	}
}

// expect tells how many users a full read will bring, for the progress; not knowing is no
// harm.
func (r *run) expect(ctx context.Context) error {
	if !r.conn.ReadFull || r.cy.Total != 0 {
		return nil
	}
	n, err := r.src.Count(ctx, source.Scope{Mode: source.Everyone})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err() //nolint:wrapcheck // the context’s own word
		}
		r.c.Log.Debug("count the users of the directory", "connector", r.conn.ID, "error", err)
		return nil
	}
	return r.step(ctx, func(s *moving) error { s.cy.Total = int64(n.Users); return nil })
}

// stage writes what a page says to what is known of the directory, with the place behind
// the page: both or neither.
func (r *run) stage(ctx context.Context, page source.Page) error {
	return r.step(ctx, func(s *moving) error {
		for _, part := range []struct {
			kind    models.TargetType
			records []source.Record
		}{{models.UserTarget, page.Users}, {models.GroupTarget, page.Groups}} {
			if err := r.stageRecords(s, part.kind, part.records); err != nil {
				return err
			}
		}
		if err := s.stageRemovals(page.Removed); err != nil {
			return err
		}
		if err := s.stageEdges(page.Members); err != nil {
			return err
		}
		s.cy.Pages++
		s.cy.Progress += int64(len(page.Users))
		s.conn.Reading = string(page.Resume)
		if page.Done == nil {
			return nil
		}
		return r.proved(s, page.Done)
	})
}

// proved concludes from a complete read, and only from that, who is not there any more.
func (r *run) proved(s *moving, done *source.Proof) error {
	if s.conn.ReadFull {
		if done.Users == 0 {
			return &source.Failure{
				Code: source.EmptyRead, Msg: "The directory answered without an error, and with no user at all.",
				Advice: "Check what the connector may read, and its settings; nothing was concluded.",
			}
		}
		if _, err := s.MissRecords(s.conn.Key, s.conn.ReadNumber); err != nil {
			return err
		}
		if err := s.MissEdges(s.conn.Key, s.conn.ReadNumber); err != nil {
			return err
		}
		s.conn.FullReadAt = s.Now()
	}
	s.conn.Cursor, s.conn.Reading, s.conn.ReadFull = string(done.Next), "", false
	s.enter(models.PlanPhase, 0)
	return nil
}

func (r *run) stageRecords(s *moving, kind models.TargetType, records []source.Record) error {
	if len(records) == 0 {
		return nil
	}
	anchors := make([]string, len(records))
	for i, rec := range records {
		anchors[i] = rec.Anchor
	}
	known, err := s.SourceRecords(s.Context(), s.conn.Key, kind, anchors)
	if err != nil {
		return err
	}
	put := map[string]models.SourceRecord{}
	var seen []string
	for _, rec := range records {
		row, ok := known[rec.Anchor]
		if !ok {
			row = models.SourceRecord{
				ConnectorID: s.conn.Key, Kind: kind, Anchor: rec.Anchor, Seen: s.conn.ReadNumber, InScope: r.scope.Mode == source.Everyone, Dirty: true,
			}
		}
		rec.Kind = kind
		out, same, err := merge(row, rec)
		if err != nil {
			return err
		}
		if ok && same {
			if row.Seen != s.conn.ReadNumber {
				seen = append(seen, rec.Anchor)
			}
			continue
		}
		out.Seen = s.conn.ReadNumber
		known[rec.Anchor], put[rec.Anchor] = out, out
	}
	list := make([]models.SourceRecord, 0, len(put))
	for _, anchor := range anchors { // in the order of the page
		if row, ok := put[anchor]; ok {
			list = append(list, row)
			delete(put, anchor)
		}
	}
	if err := s.PutRecords(list); err != nil {
		return err
	}
	return s.SawRecords(s.conn.Key, kind, seen, s.conn.ReadNumber)
}

// stageRemovals notes who left. Who was never known is no news.
func (s *moving) stageRemovals(list []source.Removal) error {
	for _, kind := range []models.TargetType{models.UserTarget, models.GroupTarget} {
		fates := map[string]models.Absence{}
		var anchors []string
		for _, gone := range list {
			if gone.Kind != kind {
				continue
			}
			fates[gone.Anchor] = models.Binned
			if gone.Permanent {
				fates[gone.Anchor] = models.Deleted
			}
			anchors = append(anchors, gone.Anchor)
		}
		known, err := s.SourceRecords(s.Context(), s.conn.Key, kind, anchors)
		if err != nil {
			return err
		}
		var put []models.SourceRecord
		for anchor, row := range known {
			if row.Absent == fates[anchor] || row.Absent == models.Deleted {
				continue
			}
			row.Absent, row.Dirty = fates[anchor], true
			put = append(put, row)
		}
		if err := s.PutRecords(put); err != nil {
			return err
		}
	}
	return nil
}

// stageEdges notes memberships; of several words on the same one in a page the last counts.
func (s *moving) stageEdges(list []source.Edge) error {
	last := map[store.EdgePlace]int{}
	for i, e := range list {
		last[store.EdgePlace{Group: e.Group, Member: e.Member}] = i
	}
	var put, end []models.SourceEdge
	for i, e := range list {
		if last[store.EdgePlace{Group: e.Group, Member: e.Member}] != i {
			continue
		}
		row := models.SourceEdge{
			ConnectorID: s.conn.Key, GroupAnchor: e.Group, Member: e.Member, Kind: e.Kind, Seen: s.conn.ReadNumber, Present: true, Open: true,
		}
		if e.Removed {
			end = append(end, row)
		} else {
			put = append(put, row)
		}
	}
	if err := s.PutEdges(put); err != nil {
		return err
	}
	return s.EndEdges(end)
}

// everyRecord calls fn for some of all records at a time.
func (r *run) everyRecord(ctx context.Context, fn func([]store.RecordScope) error) error {
	var at store.RecordPlace
	const some = 5000
	for {
		list, err := r.c.Store.RecordScopes(ctx, r.conn.Key, at, some)
		if err != nil {
			return err
		}
		if err := fn(list); err != nil {
			return err
		}
		if len(list) < some {
			return nil
		}
		at = store.RecordPlace{Kind: list[some-1].Kind, Anchor: list[some-1].Anchor}
	}
}
