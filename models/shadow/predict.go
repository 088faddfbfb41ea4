package shadow

import (
	"context"
	"time"

	"muster/models"
	"muster/models/store"
)

const (
	freshEnough = 2 * time.Second        // a prediction is no older
	waitMost    = 250 * time.Millisecond // for what changed meanwhile
)

// Status gives an organization's rehearsal; its state is empty when there never was one.
func (s *Shadows) Status(ctx context.Context, organization int64) (models.Shadow, error) {
	sh, _, err := s.Store.Shadow(ctx, organization)
	return sh, err
}

// Predict counts what would become of users and groups when SCIM is put in charge; false
// when nothing is known of that. While SCIM is in charge it tells what was predicted.
func (s *Shadows) Predict(ctx context.Context, organization int64) (models.Prediction, bool, error) {
	var p models.Prediction
	w, sh, err := s.look(ctx, organization)
	if err != nil || w == nil {
		p.Shadow = sh
		return p, false, err
	}
	defer w.busy.Done()
	p.Shadow, p.Behind = sh, w.catchUp(ctx)
	since, err := w.number(ctx, noteSince)
	if err != nil {
		return p, false, err
	}
	p.As = models.Time(since).Add(margin)
	if p.Users, err = w.store.ShadowCounts(ctx, organization, models.UserTarget); err != nil {
		return p, false, err
	}
	if p.Groups, err = w.store.ShadowCounts(ctx, organization, models.GroupTarget); err != nil {
		return p, false, err
	}
	p.Ways, err = w.store.ShadowWays(ctx, organization)
	return p, err == nil, err
}

// Predicted lists what would become of each, with the mapping and profile they would get.
func (s *Shadows) Predicted(ctx context.Context, organization int64, q models.ShadowQuery) (models.Slice[models.ShadowRecord], error) {
	w, _, err := s.look(ctx, organization)
	if err != nil || w == nil {
		return models.Slice[models.ShadowRecord]{Total: 0}, err
	}
	defer w.busy.Done()
	w.catchUp(ctx)
	list, err := w.store.ShadowRecords(ctx, organization, q)
	if err != nil {
		return list, err
	}
	rules, err := w.store.Rules(ctx, organization)
	if err != nil {
		return list, err
	}
	mappings, profiles := map[int64]string{}, map[int64]string{}
	for _, m := range rules.Mappings {
		mappings[m.Key] = m.Name
	}
	for _, p := range rules.Profiles {
		profiles[p.Key] = p.Name
	}
	for i := range list.Items {
		rec := &list.Items[i]
		rec.Mapping, rec.Profile = mappings[rec.MappingKey], profiles[rec.ProfileKey]
	}
	return list, nil
}

// Look lets a page read the rehearsal's own log; fn gets nil when there is none.
func (s *Shadows) Look(ctx context.Context, organization int64, fn func(*store.Store) error) error {
	w, _, err := s.look(ctx, organization)
	if err != nil {
		return err
	}
	if w == nil {
		return fn(nil)
	}
	defer w.busy.Done()
	return fn(w.store)
}

// look gives a world that something can be told of, and has it stay.
func (s *Shadows) look(ctx context.Context, organization int64) (*world, models.Shadow, error) {
	sh, found, err := s.Store.Shadow(ctx, organization)
	if err != nil || !found || !sh.Told() {
		return nil, sh, err
	}
	if _, err := s.open(ctx, sh); err != nil {
		return nil, sh, err
	}
	return s.hold(organization, models.ShadowReady, models.ShadowClosed), sh, nil
}

// catchUp brings in what changed in the organization itself, as far as that goes in a
// moment. It tells whether more is on its way.
func (w *world) catchUp(ctx context.Context) (behind bool) {
	if w.is() != models.ShadowReady || !w.behind(freshEnough) {
		return false
	}
	done := make(chan error, 1)
	w.busy.Go(func() { done <- w.follow(context.WithoutCancel(ctx)) })
	select {
	case err := <-done:
		w.tell(ctx, "follow an organization in its rehearsal", err)
		return err != nil
	case <-time.After(waitMost):
		return true
	}
}

// Entries lists the rehearsal's own provisioning log.
func (s *Shadows) Entries(ctx context.Context, organization int64, q models.LogQuery) (list models.Slice[models.LogEntry], err error) {
	err = s.Look(ctx, organization, func(db *store.Store) error {
		if db == nil {
			return nil
		}
		list, err = db.LogEntries(ctx, organization, q)
		return err
	})
	return list, err
}

// Entry gives one entry of it, whole.
func (s *Shadows) Entry(ctx context.Context, organization int64, id string) (e models.LogEntry, err error) {
	err = s.Look(ctx, organization, func(db *store.Store) error {
		if db == nil {
			return models.Errorf(models.NotFound, "id", "There is no shadow mode to look into.").WithAdvice("Start it under Deployment, Shadow mode.").WithCode("shadowOff")
		}
		e, err = db.LogEntry(ctx, organization, id)
		return err
	})
	return e, err
}
