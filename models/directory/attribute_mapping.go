package directory

import (
	"context"
	"errors"
	"slices"

	"muster/models"
	"muster/models/mapping"
	"muster/models/store"
	"muster/models/transform"
)

// errAsItWas ends a change that would change nothing: nothing is written.
var errAsItWas = errors.New("nothing changed")

// SaveAttributeMapping writes an attribute mapping: a new one without an id, or one
// that exists over the version that wish names. Users whom the method manages get their
// new values in the background.
func (d *Directory) SaveAttributeMapping(ctx context.Context, by models.Actor, wish models.AttributeMapping) (models.AttributeMapping, error) {
	out := wish
	err := d.changeComputing(ctx, by, func(tx *store.Tx, org models.Organization) (deed, error) {
		m, err := checkedRule(org, wish)
		if err != nil {
			return deed{}, err
		}
		list, err := tx.AttributeMappings(tx.Context(), org.Key, m.Method)
		if err != nil {
			return deed{}, err
		}
		if err := apart(list, m); err != nil {
			return deed{}, err
		}
		m.OrganizationID, m.Updated, m.UpdatedBy = org.Key, tx.Now(), by.Name
		if err := d.schedule(tx, org, m.Method, by.Name, "The attribute mapping of "+m.Target+" changed.", whole); err != nil {
			return deed{}, err
		}
		if m.ID == "" {
			out, err = d.newRule(tx, list, m)
			return computingDeed("create", "Mapped "+out.Target+".", models.AttributeMapping{}, out), err
		}
		old, now, err := changedRule(tx, m)
		out = now
		return computingDeed("change", "Changed the attribute mapping of "+now.Target+".", old, now), err
	})
	return out, err
}

// DeleteAttributeMapping ends an attribute mapping. In the background the attribute
// becomes what the directory delivered.
func (d *Directory) DeleteAttributeMapping(ctx context.Context, by models.Actor, id string) (models.AttributeMapping, error) {
	var out models.AttributeMapping
	err := d.changeComputing(ctx, by, func(tx *store.Tx, org models.Organization) (deed, error) {
		var err error
		if out, err = tx.AttributeMapping(tx.Context(), org.Key, id); err != nil {
			return deed{}, err
		}
		if err := d.schedule(tx, org, out.Method, by.Name, "The attribute mapping of "+out.Target+" was deleted.", whole); err != nil {
			return deed{}, err
		}
		return computingDeed("delete", "Deleted the attribute mapping of "+out.Target+".", out, models.AttributeMapping{}), tx.DeleteAttributeMapping(&out)
	})
	return out, err
}

// OrderAttributeMappings puts a method's attribute mappings in another order, which
// is how people read them: each computes from what was delivered, whatever the
// others do. ids are all of them.
func (d *Directory) OrderAttributeMappings(ctx context.Context, by models.Actor, method models.Method, ids []string) error {
	return d.changeComputing(ctx, by, func(tx *store.Tx, org models.Organization) (deed, error) {
		list, err := tx.AttributeMappings(tx.Context(), org.Key, method)
		if err != nil {
			return deed{}, err
		}
		known := func(m models.AttributeMapping) bool { return slices.Contains(ids, m.ID) }
		if len(list) != len(ids) || slices.ContainsFunc(list, func(m models.AttributeMapping) bool { return !known(m) }) {
			return deed{}, models.Errorf(models.Stale, "", "The list of attribute mappings changed meanwhile. The order stays as it was.").
				WithAdvice("Look at the list as it is now, and move the mapping again.").WithCode("changedMeanwhile")
		}
		moved := false
		for _, m := range list {
			place := int64(slices.Index(ids, m.ID)) + 1
			if m.Position == place {
				continue
			}
			moved = true
			m.Position, m.Version, m.Updated, m.UpdatedBy = place, m.Version+1, tx.Now(), by.Name
			if err := tx.SaveAttributeMapping(&m); err != nil {
				return deed{}, err
			}
		}
		if !moved {
			return deed{}, errAsItWas
		}
		return deed{
			action: "organization.attributeMapping.order", target: "attributeMapping", name: method.Label(),
			summary: "Changed the order of the attribute mappings for " + method.Label() + ".",
		}, nil
	})
}

// changeComputing runs a change of attribute mappings with its audit entry, one at a time
// in an organization.
func (d *Directory) changeComputing(ctx context.Context, by models.Actor, change func(*store.Tx, models.Organization) (deed, error)) error {
	if err := allowed(by); err != nil {
		return err
	}
	err := d.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		org, err := tx.LockOrganization(by.OrganizationID)
		if err != nil {
			return models.AuditEntry{}, err
		}
		done, err := change(tx, org)
		if err != nil {
			return models.AuditEntry{}, err
		}
		return audited(by, done), nil
	})
	if errors.Is(err, errAsItWas) {
		return nil
	}
	if err == nil {
		d.rouse()
	}
	return err
}

// checkedRule refuses what cannot be saved, and gives a mapping the form it is kept in.
func checkedRule(org models.Organization, m models.AttributeMapping) (models.AttributeMapping, error) {
	if !m.Method.Valid() || m.Method == models.Manual {
		return m, models.Errorf(models.Invalid, "method", "An attribute mapping belongs to SCIM, Microsoft Entra ID or AD/LDAP, not to %q.", m.Method).
			WithAdvice("Users made by hand have what their page says.")
	}
	m, refusal := transform.Check(m, mapping.Types(org.Settings))
	if refusal != nil {
		return m, refusal
	}
	return m, nil
}

// apart holds that an attribute is computed by one mapping of a method.
func apart(list []models.AttributeMapping, m models.AttributeMapping) error {
	for _, other := range list {
		if other.ID != m.ID && other.Target == m.Target {
			return models.Errorf(models.Uniqueness, "target", "%s is computed by another attribute mapping already.", m.Target).
				WithAdvice("Change that one; firstOf(…) joins two sources in one expression.").WithCode("attributeMapped")
		}
	}
	return nil
}

func (d *Directory) newRule(tx *store.Tx, list []models.AttributeMapping, m models.AttributeMapping) (models.AttributeMapping, error) {
	if len(list) >= models.AttributeMappingsMost {
		return m, models.Errorf(models.Conflict, "", "There are %d attribute mappings of this method already; no more are allowed.", models.AttributeMappingsMost).
			WithAdvice("Delete one that is no longer needed.")
	}
	m.ID, m.Key, m.Version, m.Position = d.NewID(), 0, 1, 1
	if n := len(list); n > 0 {
		m.Position = list[n-1].Position + 1
	}
	m.Parked, m.Created, m.CreatedBy = false, tx.Now(), m.UpdatedBy
	return m, tx.InsertAttributeMapping(&m)
}

// changedRule writes what a form may change over the version that it was made from.
func changedRule(tx *store.Tx, m models.AttributeMapping) (old, now models.AttributeMapping, err error) {
	if old, err = tx.AttributeMapping(tx.Context(), m.OrganizationID, m.ID); err != nil {
		return old, m, err
	}
	now = old
	now.Target, now.Expression, now.Fallback, now.OnCreate, now.Disabled = m.Target, m.Expression, m.Fallback, m.OnCreate, m.Disabled
	if now == old && m.Version == old.Version {
		return old, now, errAsItWas
	}
	now.Version, now.Updated, now.UpdatedBy = m.Version+1, m.Updated, m.UpdatedBy
	return old, now, tx.SaveAttributeMapping(&now)
}

// computingDeed tells what became of a mapping; one of the two may be none.
func computingDeed(verb, summary string, old, now models.AttributeMapping) deed {
	m := now
	if m.ID == "" {
		m = old
	}
	return deed{
		action: "organization.attributeMapping." + verb, target: "attributeMapping", id: m.ID, name: m.Target, summary: summary,
		changes: differing(computingFields(old), computingFields(now)),
	}
}

func computingFields(m models.AttributeMapping) []models.Change {
	when, state := "", ""
	if m.ID != "" {
		when, state = "always", "on"
	}
	if m.OnCreate {
		when = "only when the user is new"
	}
	if m.Disabled {
		state = "off"
	}
	return []models.Change{
		said("method", m.Method), said("attribute", m.Target), said("expression", m.Expression), said("default", m.Fallback),
		said("when", when), said("state", state),
	}
}
