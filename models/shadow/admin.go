package shadow

import (
	"context"
	"errors"
	"fmt"

	"muster/models"
	"muster/models/store"
)

// Start begins a rehearsal, or goes on with one whose copy was stopped. One that is under
// way stays.
func (s *Shadows) Start(ctx context.Context, by models.Actor) error {
	return s.decide(ctx, by, "shadow.start", "Started shadow mode for SCIM.", func(tx *store.Tx, org models.Organization, sh models.Shadow, found bool) (models.Shadow, error) {
		switch {
		case org.Method == models.SCIM:
			return sh, models.Errorf(models.Conflict, "", "SCIM is in charge of %s already, so there is nothing to rehearse.", org.Name).
				WithAdvice("What directories send is carried out; the provisioning log shows it.").WithCode("methodInCharge")
		case !found, sh.State == models.ShadowDiscarded:
			return s.fresh(by, tx.Now()), nil
		case sh.State == models.ShadowStopped:
			return moved(sh, models.ShadowCopying, tx.Now()), nil
		}
		return sh, errNothing
	})
}

// Stop pauses the copying; Start goes on with it.
func (s *Shadows) Stop(ctx context.Context, by models.Actor) error {
	return s.decide(ctx, by, "shadow.stop", "Stopped the copy for shadow mode.", func(tx *store.Tx, _ models.Organization, sh models.Shadow, found bool) (models.Shadow, error) {
		if !found || sh.State != models.ShadowCopying {
			return sh, models.Errorf(models.Conflict, "", "Nothing is being copied.").WithAdvice("Look at the page again.").WithCode("shadowNotCopying")
		}
		return moved(sh, models.ShadowStopped, tx.Now()), nil
	})
}

// Discard throws a rehearsal away with all that came in it.
func (s *Shadows) Discard(ctx context.Context, by models.Actor) error {
	err := s.decide(ctx, by, "shadow.discard", "Discarded what shadow mode recorded.", func(tx *store.Tx, _ models.Organization, sh models.Shadow, found bool) (models.Shadow, error) {
		if !found || sh.State == models.ShadowDiscarded {
			return sh, models.Errorf(models.Conflict, "", "There is nothing to discard.").WithAdvice("Look at the page again.").WithCode("shadowOff")
		}
		return moved(sh, models.ShadowDiscarded, tx.Now()), nil
	})
	if err != nil {
		return err
	}
	return s.drop(ctx, by.OrganizationID)
}

// errNothing takes a decision back that changes nothing.
var errNothing = errors.New("nothing to do")

type decision func(tx *store.Tx, org models.Organization, sh models.Shadow, found bool) (models.Shadow, error)

func (s *Shadows) decide(ctx context.Context, by models.Actor, action, text string, decide decision) error {
	if by.Kind == models.TokenActor || by.Kind == models.AdminActor && !by.Role.Includes(models.Admin) {
		return models.Errorf(models.Forbidden, "", "Only an administrator may change this.").WithAdvice("Ask an owner or an administrator.").WithCode("role")
	}
	err := s.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		org, err := tx.LockOrganization(by.OrganizationID)
		if err != nil {
			return models.AuditEntry{}, err
		}
		old, found, err := tx.LockShadow(by.OrganizationID)
		if err != nil {
			return models.AuditEntry{}, err
		}
		now, err := decide(tx, org, old, found)
		if err != nil {
			return models.AuditEntry{}, err
		}
		return models.AuditEntry{
			OrganizationID: org.Key, ActorKind: by.Kind, ActorID: by.ID, ActorName: by.Name, Address: by.Address, RequestID: by.RequestID,
			Action: action, TargetType: "organization", TargetID: org.Slug, TargetName: org.Name, Summary: text,
			Changes: []models.Change{{Path: "shadow mode", Old: string(old.State), New: string(now.State)}},
		}, tx.SaveShadow(now)
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	s.rouse()
	return err
}

func percent(sh models.Shadow) string {
	return fmt.Sprintf("%d %%", min(100, 100*sh.Copied/max(1, sh.Total)))
}
