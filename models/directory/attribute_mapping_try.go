package directory

import (
	"context"
	"strings"

	"muster/models"
	"muster/models/mapping"
	"muster/models/transform"
)

// Tried is what an attribute mapping would do to a user, and touches nothing.
type Tried struct {
	User             models.User
	Sent, Now, After string // as delivered, as it is here, as it would be
	Failure          string // why the expression fails on this user, or ""
}

// TryAttributeMapping runs a draft on a real user as if they arrived now. A draft that
// cannot be read is a refusal that names the field.
func (d *Directory) TryAttributeMapping(ctx context.Context, by models.Actor, userID string, draft models.AttributeMapping) (Tried, error) {
	if err := allowed(by); err != nil {
		return Tried{}, err
	}
	if err := checkID(models.UserTarget, userID); err != nil {
		return Tried{}, err
	}
	org, err := d.Store.Organization(ctx, by.OrganizationID)
	if err != nil {
		return Tried{}, err
	}
	u, err := d.Store.User(ctx, by.OrganizationID, userID)
	if err == nil {
		err = u.Load()
	}
	if err != nil {
		return Tried{}, err
	}
	last, err := transform.ReadOverlay(u.Delivered)
	if err != nil {
		return Tried{}, err
	}
	trial, refusal := transform.Try(draft, mapping.Types(org.Settings), u.Attributes, last)
	if refusal != nil {
		return Tried{User: u}, refusal
	}
	return Tried{u, listed(trial.Sent), listed(trial.Now), listed(trial.After), trial.Failure}, nil
}

// listed shows the values of a list one behind the other.
func listed(v any) string {
	items, ok := v.([]any)
	if !ok {
		return shown(v)
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = shown(item)
	}
	return shown(strings.Join(texts, ", "))
}
