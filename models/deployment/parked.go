package deployment

import (
	"context"
	"fmt"
	"strings"

	"muster/models"
	"muster/models/store"
)

// Parked is what is kept of a method that is not in charge. It is there again when
// the method comes back.
type Parked struct {
	Method     models.Method
	Left       models.MethodChange // by which the method left; zero when it never was in charge
	Mappings   []models.Mapping
	Attributes []models.AttributeMapping
	Tokens     []models.Token
}

// Any tells whether there is anything.
func (p Parked) Any() bool { return len(p.Mappings)+len(p.Attributes)+len(p.Tokens) > 0 }

// Parked lists what is kept of the methods that are not in charge, those with
// something, in the order of methods.
func (d *Deployments) Parked(ctx context.Context, organization int64) ([]Parked, error) {
	return d.parked(ctx, d.Store.Reader, organization)
}

func (d *Deployments) parked(ctx context.Context, r store.Reader, organization int64) ([]Parked, error) {
	org, err := r.Organization(ctx, organization)
	if err != nil {
		return nil, err
	}
	left, err := r.MethodLeft(ctx, organization)
	if err != nil {
		return nil, err
	}
	tokens, err := r.Tokens(ctx, organization)
	if err != nil {
		return nil, err
	}
	var out []Parked
	for _, m := range models.Methods() {
		if m == org.Method || m == models.Manual {
			continue
		}
		p := Parked{Method: m, Left: left[m]}
		if p.Mappings, err = r.Mappings(ctx, organization, m); err != nil {
			return nil, err
		}
		if p.Attributes, err = r.AttributeMappings(ctx, organization, m); err != nil {
			return nil, err
		}
		for _, t := range tokens {
			if m == models.SCIM && t.Parked && t.Live(d.Now()) {
				p.Tokens = append(p.Tokens, t)
			}
		}
		if p.Any() {
			out = append(out, p)
		}
	}
	return out, nil
}

// DropParked deletes for good all that is kept of a method that is not in charge: its
// mappings and attribute mappings, and its tokens, which are revoked. Nobody's data
// changes. typed is the organization's name.
func (d *Deployments) DropParked(ctx context.Context, by models.Actor, method models.Method, typed string) (Parked, error) {
	var dropped Parked
	err := d.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		org, err := tx.LockOrganization(by.OrganizationID)
		if err != nil {
			return models.AuditEntry{}, err
		}
		if err := mayDrop(by, org, method, typed); err != nil {
			return models.AuditEntry{}, err
		}
		list, err := d.parked(tx.Context(), tx.Reader, org.Key)
		if err != nil {
			return models.AuditEntry{}, err
		}
		dropped = Parked{Method: method}
		for _, p := range list {
			if p.Method == method {
				dropped = p
			}
		}
		if !dropped.Any() {
			return models.AuditEntry{}, models.Errorf(models.Conflict, "method", "Nothing of %s is parked any more.", method.Label()).
				WithAdvice("Somebody else may have deleted it; the audit log tells.").WithCode("nothingParked")
		}
		return dropEntry(by, org, dropped), d.drop(tx, by, &org, dropped)
	})
	return dropped, err
}

func mayDrop(by models.Actor, org models.Organization, method models.Method, typed string) error {
	switch {
	case by.Kind == models.AdminActor && !by.Role.Includes(models.Admin) || by.Kind == models.TokenActor:
		return models.Errorf(models.Forbidden, "", "Only an administrator may change this.").WithAdvice("Ask an owner or an administrator.")
	case method == models.Manual || !method.Valid():
		return models.Errorf(models.NotFound, "method", "%q has nothing that could be parked.", method).WithAdvice("Choose SCIM, Microsoft Entra ID or AD/LDAP.")
	case method == org.Method:
		return models.Errorf(models.Conflict, "method", "%s is in charge, so nothing of it is parked. Nothing was deleted.", method.Label()).
			WithAdvice("Delete its mappings and tokens one by one on their pages.").WithCode("methodInCharge")
	case strings.TrimSpace(typed) != org.Name:
		return models.Errorf(models.Invalid, "name", "The name does not match. Nothing was deleted.").
			WithAdvice("Type the organization’s name exactly as it is written: %s", org.Name).WithCode("nameMismatch")
	}
	return nil
}

func (d *Deployments) drop(tx *store.Tx, by models.Actor, org *models.Organization, p Parked) error {
	if _, _, err := tx.DropRules(org.Key, p.Method); err != nil {
		return err
	}
	for _, t := range p.Tokens {
		t.Revoked, t.RevokedBy = tx.Now(), by.Name
		if err := tx.SaveToken(&t); err != nil {
			return err
		}
	}
	if org.Settings.RulesVersion != 0 {
		org.Settings.MoveRules()
	}
	return tx.SaveOrganization(org)
}

func dropEntry(by models.Actor, org models.Organization, p Parked) models.AuditEntry {
	e := models.AuditEntry{
		OrganizationID: org.Key, ActorKind: by.Kind, ActorID: by.ID, ActorName: by.Name, Address: by.Address, RequestID: by.RequestID,
		Action: "deployment.parked.delete", TargetType: "organization", TargetID: org.Slug, TargetName: org.Name,
		Summary: fmt.Sprintf("Deleted for good what was parked of %s: %d mappings, %d attribute mappings; %d tokens revoked.",
			p.Method.Label(), len(p.Mappings), len(p.Attributes), len(p.Tokens)),
	}
	for _, m := range p.Mappings {
		e.Changes = append(e.Changes, models.Change{Path: "mapping", Old: m.Name})
	}
	for _, m := range p.Attributes {
		e.Changes = append(e.Changes, models.Change{Path: "attribute mapping", Old: m.Target + " = " + m.Expression})
	}
	for _, t := range p.Tokens {
		e.Changes = append(e.Changes, models.Change{Path: "token", Old: t.Description})
	}
	return e
}
