package shadow

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"muster/models"
	"muster/models/store"
)

// A directory that rehearsed believes that all it sent is here, and sends only what
// changes from then on. What it sent in the rehearsal can be taken in as a whole, so that
// it need not begin anew.

// Bringing is how far taking in everything is.
type Bringing struct {
	By      string      `json:"by"`
	Request string      `json:"request,omitempty"`
	Cursor  int64       `json:"cursor"`
	Groups  bool        `json:"groups"` // users are done
	Done    int64       `json:"done"`
	Total   int64       `json:"total"`
	Taken   int64       `json:"taken"`
	Refused int64       `json:"refused"` // by the organization; its log says why
	Ended   models.Time `json:"ended"`
}

// Running tells whether it is under way.
func (b Bringing) Running() bool { return b.By != "" && b.Ended == 0 }

const noteBring = "shadow bring"

// BringAll takes in, in the background, everything that was delivered in shadow mode and
// that the organization does not have from its directory yet.
func (s *Shadows) BringAll(ctx context.Context, by models.Actor) error {
	w := s.closed(by.OrganizationID)
	if w == nil {
		return models.Errorf(models.Conflict, "", "There is nothing from shadow mode to take in.").
			WithAdvice("This is possible from when SCIM is put in charge until that cannot be undone any more.").WithCode("shadowNotClosed")
	}
	defer w.busy.Done()
	now, err := w.bringing(ctx)
	if err != nil || now.Running() {
		return err
	}
	text := "Had everything taken in that was delivered in shadow mode."
	err = s.decide(ctx, by, "shadow.bring", text, func(_ *store.Tx, _ models.Organization, sh models.Shadow, found bool) (models.Shadow, error) {
		if !found || sh.State != models.ShadowClosed {
			return sh, models.Errorf(models.Stale, "", "Shadow mode is not where the page says.").WithAdvice("Look at the page again.").WithCode("shadowNotClosed")
		}
		return sh, nil
	})
	if err != nil {
		return err
	}
	users, err := w.store.ShadowCounts(ctx, w.org, models.UserTarget)
	if err != nil {
		return err
	}
	groups, err := w.store.ShadowCounts(ctx, w.org, models.GroupTarget)
	if err != nil {
		return err
	}
	b := Bringing{By: by.Name, Request: by.RequestID}
	for outcome, n := range users {
		b.Total += n * delivered(outcome)
	}
	for outcome, n := range groups {
		b.Total += n * delivered(outcome)
	}
	if err := w.noteBringing(ctx, b); err != nil {
		return err
	}
	s.rouse()
	return nil
}

// delivered is 1 for what the directory has sent and would have here.
func delivered(o models.ShadowOutcome) int64 {
	switch o {
	case models.ShadowMatched, models.ShadowCreated, models.ShadowWaiting, models.ShadowOutOfScope, models.ShadowPreserved, models.ShadowDeleted:
		return 1
	case models.ShadowConflict, models.ShadowRefused, models.ShadowNobody:
	}
	return 0
}

// BringingOf tells how far it is; By is empty when nobody asked for it.
func (s *Shadows) BringingOf(ctx context.Context, organization int64) (Bringing, error) {
	w := s.closed(organization)
	if w == nil {
		return Bringing{}, nil
	}
	defer w.busy.Done()
	return w.bringing(ctx)
}

func (w *world) bringing(ctx context.Context) (b Bringing, err error) {
	text, err := w.store.Instance(ctx, noteBring)
	if err != nil || text == "" {
		return b, err
	}
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return b, fmt.Errorf("read how far taking in is: %w", err)
	}
	return b, nil
}

func (w *world) noteBringing(ctx context.Context, b Bringing) error {
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("note how far taking in is: %w", err)
	}
	return w.store.Keep(ctx, func(tx *store.Tx) error { return tx.SetInstance(noteBring, string(text)) })
}

// bringOn goes on with taking in everything, where somebody asked for it.
func (s *Shadows) bringOn(ctx context.Context, organization int64) error {
	w := s.closed(organization)
	if w == nil {
		return nil
	}
	defer w.busy.Done()
	b, err := w.bringing(ctx)
	if err != nil || !b.Running() {
		return err
	}
	for b.Running() {
		if w.is() != models.ShadowClosed || ctx.Err() != nil {
			return nil
		}
		if mine, err := w.lease(ctx); err != nil || !mine {
			return err
		}
		if err := s.bringPage(ctx, w, &b); err != nil {
			return err
		}
		if err := w.noteBringing(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

const bringPageSize = 100

// bringPage takes the next records in: all users before any group.
func (s *Shadows) bringPage(ctx context.Context, w *world, b *Bringing) error {
	page, err := w.store.ShadowRecordsAfter(ctx, w.org, b.Cursor, bringPageSize)
	if err != nil {
		return err
	}
	if len(page) == 0 && b.Groups {
		b.Ended = models.TimeOf(s.Now())
	}
	if len(page) == 0 {
		b.Groups, b.Cursor = true, 0
		return nil
	}
	walk := s.walk(w, models.Actor{
		Kind: models.TokenActor, Name: "shadow mode (" + b.By + ")", OrganizationID: w.org, Scope: models.ProvisionScope, RequestID: b.Request,
		Note: "Delivered in shadow mode, before SCIM was put in charge; " + b.By + " had all of it taken in.",
	})
	target := models.UserTarget
	if b.Groups {
		target = models.GroupTarget
	}
	for _, rec := range page {
		b.Cursor = rec.Key
		if rec.Target != target || delivered(rec.Outcome) == 0 || strings.TrimSpace(rec.TargetID) == "" {
			continue
		}
		b.Done++
		if err := walk.bring(ctx, []string{rec.TargetID}); err != nil {
			return err
		}
		if rec.Outcome == models.ShadowDeleted {
			if err := walk.deleteGroup(ctx, rec); err != nil {
				return err
			}
		}
	}
	b.Taken, b.Refused = b.Taken+walk.taken, b.Refused+walk.refused
	return nil
}

// deleteGroup deletes a group that the directory deleted in the rehearsal, unless somebody
// changed it here since.
func (b *bringing) deleteGroup(ctx context.Context, rec models.ShadowRecord) error {
	g, err := b.w.real.Group(ctx, b.by.OrganizationID, rec.TargetID)
	if models.KindOf(err) == models.NotFound {
		return nil
	}
	if err != nil || g.Mode != models.Manual || rec.Stamp != groupStamp(store.GroupStamp{Version: g.Version, Members: g.MemberCount}) {
		return err
	}
	err = b.dir.DeleteGroup(ctx, b.by, rec.TargetID, func(models.Group) error { return nil })
	return b.counted(err)
}
