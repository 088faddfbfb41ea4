package shadow

import (
	"context"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
)

// Side is what answers a client: what is read, the door, and who writes requests down.
// Done must be called when the request has been answered.
type Side struct {
	Store     *store.Store
	Directory *directory.Directory
	Recorder  *directory.Recorder
	Done      func()
}

// Serve gives the side that answers a client, false for the organization itself: a token
// that rehearses gets the rehearsal, until SCIM is in charge. Where there is none yet it
// is begun, and the client told to come back.
func (s *Shadows) Serve(ctx context.Context, by models.Actor) (Side, bool, error) {
	if !by.Shadow {
		return Side{}, false, nil
	}
	org, err := s.Store.OrganizationSeen(ctx, by.OrganizationID, by.Seen)
	if err != nil || org.Method == models.SCIM {
		return Side{}, false, err
	}
	w, sh, err := s.enter(ctx, org.Key)
	if err != nil {
		return Side{}, true, err
	}
	if w == nil {
		return Side{}, true, s.notYet(ctx, by, sh)
	}
	w.interest()
	return Side{Store: w.store, Directory: w.dir, Recorder: w.rec, Done: w.busy.Done}, true, nil
}

// enter gives a world that is ready, and has it stay until its busy is Done. Without one
// it gives the rehearsal as it stands, with an empty state where there never was one.
func (s *Shadows) enter(ctx context.Context, organization int64) (*world, models.Shadow, error) {
	if w := s.hold(organization, models.ShadowReady); w != nil {
		return w, models.Shadow{}, nil
	}
	sh, found, err := s.Store.Shadow(ctx, organization)
	if err != nil || !found || sh.State != models.ShadowReady {
		return nil, sh, err
	}
	if _, err := s.open(ctx, sh); err != nil { // by another instance, or before this one looked
		return nil, sh, err
	}
	return s.hold(organization, models.ShadowReady), sh, nil
}

// hold gives the world of an organization that is open in one of some states.
func (s *Shadows) hold(organization int64, states ...models.ShadowState) *world {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.worlds[organization]
	if w == nil {
		return nil
	}
	for _, state := range states {
		if w.is() == state {
			w.busy.Add(1)
			return w
		}
	}
	return nil
}

// notYet tells a client why nobody answers it.
func (s *Shadows) notYet(ctx context.Context, by models.Actor, sh models.Shadow) error {
	switch sh.State {
	case "":
		if err := s.begin(ctx, by); err != nil {
			return err
		}
	case models.ShadowStopped, models.ShadowDiscarded:
		return models.Errorf(models.Forbidden, "", "The token “%s” works in shadow mode, and shadow mode is off.", by.Name).
			WithAdvice("An administrator of Muster can start it under Deployment, Shadow mode, or change the deployment method to SCIM. Stop provisioning in the directory until then.").
			WithCode("shadowOff")
	case models.ShadowCopying, models.ShadowReady, models.ShadowClosed:
	}
	progress := ""
	if sh.Total > 0 {
		progress = " " + percent(sh) + " is done."
	}
	return models.Errorf(models.Unavailable, "", "Shadow mode is being prepared: the organization is copied first, so that nothing real can change.%s", progress).
		WithAdvice("Nothing was changed; send the request again after the seconds in Retry-After.").WithCode("shadowNotReady")
}

// begin starts the first rehearsal of an organization because a client came.
func (s *Shadows) begin(ctx context.Context, by models.Actor) error {
	err := s.Store.Keep(ctx, func(tx *store.Tx) error {
		_, found, err := tx.LockShadow(by.OrganizationID)
		if err != nil || found {
			return err
		}
		return tx.SaveShadow(s.fresh(by, tx.Now()))
	})
	s.rouse()
	return err
}

func (s *Shadows) fresh(by models.Actor, now models.Time) models.Shadow {
	return models.Shadow{
		OrganizationID: by.OrganizationID, ID: s.NewID(), Method: models.SCIM, State: models.ShadowCopying, Started: now, StartedBy: by.Name,
	}
}
