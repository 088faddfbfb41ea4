package cycle

import (
	"context"
	"strings"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
)

// undo takes a cycle back, the latest change first, in transactions of some records each.
// A change that was taken back is forgotten with it, so that whoever goes on, here or
// elsewhere, begins with what is left.
func (r *run) undo(ctx context.Context) error {
	var err error
	if r.cy, err = r.c.Store.Cycle(ctx, r.conn.OrganizationID, r.conn.CycleID); err != nil {
		return err
	}
	if err := r.soil(ctx); err != nil {
		return err
	}
	keys, err := r.c.Store.CycleChangeKeys(ctx, r.cy.Undoes)
	if err != nil {
		return err
	}
	err = r.step(ctx, func(s *moving) error {
		s.cy.Epoch, s.cy.Total = r.epoch, s.cy.Progress+int64(len(keys))
		return nil
	})
	for err == nil && len(keys) > 0 {
		n := min(r.c.Chunk, len(keys))
		err = r.putSomeBack(ctx, keys[:n])
		keys = keys[n:]
	}
	if err != nil {
		return err
	}
	return r.step(ctx, func(s *moving) error { return s.undone() })
}

// soil has the next plan deliver everybody anew, before anything is put back: who is put
// back is not as the directory has them.
func (r *run) soil(ctx context.Context) error {
	return r.everyRecord(ctx, func(list []store.RecordScope) error {
		const some = 500
		for len(list) > 0 {
			n := min(some, len(list))
			anchors := map[models.TargetType][]string{}
			for _, rec := range list[:n] {
				anchors[rec.Kind] = append(anchors[rec.Kind], rec.Anchor)
			}
			err := r.step(ctx, func(s *moving) error {
				for kind, some := range anchors {
					if err := s.SoilSome(s.conn.Key, kind, some); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
			list = list[n:]
		}
		return nil
	})
}

// undone ends an undo well.
func (s *moving) undone() error {
	of, err := s.Cycle(s.Context(), s.cy.OrganizationID, s.cy.Undoes)
	if err != nil {
		return err
	}
	of.UndoneBy = s.cy.Key
	if err := s.SaveCycle(&of); err != nil {
		return err
	}
	s.cy.State, s.cy.Phase, s.cy.Ended = models.CycleDone, "", s.Now()
	s.conn.Asked, s.conn.AskedBy, s.conn.CycleID = models.NoRequest, "", 0
	return nil
}

// failUndo writes down why an undo ended before it was whole. What is put back stays so.
func (s *moving) failUndo(code, text string) {
	advice := "What was put back until then stays so. Go on with the undo on the page of the cycle."
	s.cy.Code, s.cy.Text, s.cy.Advice = code, text, advice
	if s.cy.Key != 0 {
		s.cy.State, s.cy.Ended = models.CycleFailed, s.Now()
	}
	s.conn.SetState(models.ConnectorStopped, "undoFailed", "The undo of a cycle failed before it was whole.", joined(text, advice), s.Now())
	s.conn.Asked, s.conn.AskedBy, s.conn.CycleID = models.NoRequest, "", 0
}

// joined are sentences in a row.
func joined(texts ...string) string { return strings.TrimSpace(strings.Join(texts, " ")) }

// initiator is on whose behalf records are put back.
func initiator(undo models.Cycle) models.Actor {
	by := models.Actor{Kind: models.AdminActor, Role: models.Admin, ID: undo.InitiatorID, Name: undo.InitiatorName, OrganizationID: undo.OrganizationID}
	if by.ID == "" {
		by.Kind, by.Role = models.CLIActor, ""
	}
	return by
}

// putSomeBack puts some records back, in one transaction under the lease.
func (r *run) putSomeBack(ctx context.Context, keys []int64) error {
	list, err := r.c.Store.CycleChanges(ctx, r.cy.Undoes, keys[0], keys[len(keys)-1])
	if err != nil {
		return err
	}
	var s moving
	err = r.c.Directory.Within(ctx, func(d *directory.Directory, tx *store.Tx) error {
		return r.inside(tx, &s, func(m *moving) error {
			u := undoingSome{moving: m, d: d, by: initiator(m.cy), left: map[string]bool{}, version: map[string]int64{}}
			if err := u.all(ctx, list); err != nil {
				return err
			}
			m.cy.Progress += int64(len(keys))
			tx.CountCycle(m.cy.Key, tx.Now(), u.sum)
			return nil
		})
	})
	return r.moved(s, err)
}

// undoingSome is a part of an undo, in one transaction.
type undoingSome struct {
	*moving
	d       *directory.Directory
	by      models.Actor
	left    map[string]bool  // records that stay as they are
	version map[string]int64 // records put back already: the version that they have
	sum     models.Cycle
}

func (u *undoingSome) all(ctx context.Context, list []models.CycleChange) error {
	for _, change := range list {
		at := rivalOf(change.Kind, change.TargetID)
		if u.left[at] {
			continue
		}
		if v, before := u.version[at]; before {
			change.After = v
		}
		now, err := u.one(ctx, change)
		switch {
		case err == nil:
			u.version[at] = now
			u.sum.Updated++
			err = u.PutBack(change, now)
		case refused(err) != nil:
			u.left[at] = true
			u.sum.Skipped++
			err = u.LeaveChanged(change)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
