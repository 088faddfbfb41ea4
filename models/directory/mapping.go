package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"muster/models"
	"muster/models/mapping"
	"muster/models/store"
)

// SaveMapping makes a rule (id "") or changes one. A new rule without a position
// comes last; one with a position comes there and moves the others on. All users of
// the method are then brought in line in the background.
func (d *Directory) SaveMapping(ctx context.Context, by models.Actor, id string, edit func(*models.Mapping) error) (models.Mapping, error) {
	var out models.Mapping
	err := d.changeRules(ctx, by, func(tx *store.Tx, org *models.Organization) (models.Method, deed, error) {
		old := models.Mapping{OrganizationID: org.Key, Method: org.Method, InitialStatus: models.Active}
		var err error
		if id != "" {
			if old, err = tx.Mapping(ctx, org.Key, id); err != nil {
				return "", deed{}, err
			}
		}
		out = old
		if err := edit(&out); err != nil {
			return "", deed{}, err
		}
		if id != "" {
			out.Method = old.Method // a rule stays with its method
		}
		if err := d.writeMapping(ctx, tx, by, org, old, &out); err != nil {
			return "", deed{}, err
		}
		return out.Method, mappingDeed(old, out), nil
	})
	return out, err
}

func (d *Directory) writeMapping(ctx context.Context, tx *store.Tx, by models.Actor, org *models.Organization, old models.Mapping, m *models.Mapping) error {
	m.Name, m.Filter = strings.TrimSpace(m.Name), strings.TrimSpace(m.Filter)
	if err := checkValues("", map[string]any{"name": m.Name, "description": m.Description, "filter": m.Filter}); err != nil {
		return err
	}
	if err := mapping.Check(*m, mapping.Types(org.Settings)); err != nil {
		return err
	}
	if err := checkTargets(ctx, tx, *m, old); err != nil {
		return err
	}
	list, err := tx.Mappings(ctx, org.Key, m.Method)
	if err != nil {
		return err
	}
	last := int64(len(list))
	if m.Key == 0 {
		last++
	}
	if m.Position <= 0 || m.Position > last {
		m.Position = last
	}
	m.Version, m.Updated, m.UpdatedBy = old.Version+1, tx.Now(), by.Name
	if m.Key != 0 {
		if err := tx.SaveMapping(m); err != nil {
			return err
		}
		return reorder(tx, list, *m)
	}
	if len(list) >= models.MappingsMost {
		return models.Errorf(models.Conflict, "", "%s has %d mappings already; at most %d are allowed.", m.Method.Label(), len(list), models.MappingsMost).
			WithAdvice("Join rules that give the same profile, or delete one that nobody is at.")
	}
	m.ID, m.OrganizationID, m.Created, m.CreatedBy = d.NewID(), org.Key, tx.Now(), by.Name
	if err := tx.InsertMapping(m); err != nil {
		return err
	}
	return reorder(tx, append(list, *m), *m)
}

// reorder numbers the rules from 1, with one of them where its position says.
func reorder(tx *store.Tx, list []models.Mapping, at models.Mapping) error {
	position := int64(1)
	for _, m := range list {
		if m.Key == at.Key {
			continue
		}
		if position == at.Position {
			position++
		}
		if m.Position != position {
			if err := tx.PlaceMapping(m, position); err != nil {
				return err
			}
		}
		position++
	}
	if at.Position > position {
		return tx.PlaceMapping(at, position)
	}
	return nil
}

// checkTargets refuses a profile and groups that are not there. What the rule named
// before may be gone meanwhile.
func checkTargets(ctx context.Context, tx *store.Tx, m, old models.Mapping) error {
	if m.ProfileKey != 0 && m.ProfileKey != old.ProfileKey {
		list, err := tx.Profiles(ctx, m.OrganizationID)
		if err != nil {
			return err
		}
		known := false
		for _, p := range list {
			known = known || p.Key == m.ProfileKey
		}
		if !known {
			return models.Errorf(models.Invalid, "profile", "The profile of this mapping is there no more.").WithAdvice("Choose another one.")
		}
	}
	refs, err := tx.Resolve(ctx, m.OrganizationID, append(append([]string{}, m.Groups...), m.LocalGroups...))
	if err != nil {
		return err
	}
	for _, id := range m.LocalGroups {
		if slices.Contains(old.LocalGroups, id) {
			continue
		}
		ref, ok := refs[id]
		if ok && ref.Kind == models.GroupMember && ref.Mode != models.Manual {
			return models.Errorf(models.Invalid, "localGroups", "Group %s is managed by a directory, so a mapping cannot put users into it.", ref.Name).
				WithAdvice("Choose a group that was made here.")
		}
		if !ok || ref.Kind != models.GroupMember {
			return models.Errorf(models.Invalid, "localGroups", "A group of this mapping is there no more.").WithAdvice("Choose another one.")
		}
	}
	for _, id := range m.Groups {
		if ref, ok := refs[id]; !slices.Contains(old.Groups, id) && !ok || ok && ref.Kind != models.GroupMember {
			return models.Errorf(models.Invalid, "groups", "A group that this mapping asks for is there no more.").WithAdvice("Choose another one.")
		}
	}
	return nil
}

// DeleteMapping removes a rule; who is at it moves to the next that matches.
func (d *Directory) DeleteMapping(ctx context.Context, by models.Actor, id string) error {
	return d.changeRules(ctx, by, func(tx *store.Tx, org *models.Organization) (models.Method, deed, error) {
		m, err := tx.Mapping(ctx, org.Key, id)
		if err != nil {
			return "", deed{}, err
		}
		if err := tx.DeleteMapping(m); err != nil {
			return "", deed{}, err
		}
		list, err := tx.Mappings(ctx, org.Key, m.Method)
		if err != nil {
			return "", deed{}, err
		}
		return m.Method, deed{action: "mapping.delete", target: "mapping", id: m.ID, name: m.Name, summary: "Deleted mapping " + m.Name + "."},
			reorder(tx, list, models.Mapping{})
	})
}

// OrderMappings puts the rules of a method in an order: all of them, by public id.
func (d *Directory) OrderMappings(ctx context.Context, by models.Actor, method models.Method, ids []string) error {
	return d.changeRules(ctx, by, func(tx *store.Tx, org *models.Organization) (models.Method, deed, error) {
		list, err := tx.Mappings(ctx, org.Key, method)
		if err != nil {
			return "", deed{}, err
		}
		ordered, err := inOrder(list, ids)
		if err != nil {
			return "", deed{}, err
		}
		var was, is []string
		for _, m := range list {
			was = append(was, m.Name)
		}
		for i, m := range ordered {
			is = append(is, m.Name)
			if m.Position != int64(i+1) {
				if err := tx.PlaceMapping(m, int64(i+1)); err != nil {
					return "", deed{}, err
				}
			}
		}
		return method, deed{
			action: "mapping.order", target: "organization", id: org.Slug, name: org.Name, summary: "Changed the order of the mappings of " + method.Label() + ".",
			changes: []models.Change{{Path: "order", Old: strings.Join(was, ", "), New: strings.Join(is, ", ")}},
		}, nil
	})
}

// inOrder gives the rules in the order of their ids, each exactly once.
func inOrder(list []models.Mapping, ids []string) ([]models.Mapping, error) {
	byID := map[string]models.Mapping{}
	for _, m := range list {
		byID[m.ID] = m
	}
	var out []models.Mapping
	for _, id := range ids {
		if m, ok := byID[id]; ok {
			out = append(out, m)
			delete(byID, id)
		}
	}
	if len(byID) > 0 || len(out) != len(ids) {
		return nil, models.Errorf(models.Stale, "", "The mappings have changed since this order was chosen. Nothing was changed.").
			WithAdvice("Look at the list again and put it in order anew.").WithCode("changedMeanwhile")
	}
	return out, nil
}

// changeRules makes one change to an organization's rules: their version moves, it is
// audited, and the users are evaluated anew.
func (d *Directory) changeRules(ctx context.Context, by models.Actor, fn func(*store.Tx, *models.Organization) (models.Method, deed, error)) error {
	if err := allowed(by); err != nil {
		return err
	}
	err := d.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		org, err := tx.LockOrganization(by.OrganizationID)
		if err != nil {
			return models.AuditEntry{}, err
		}
		method, done, err := fn(tx, &org)
		if err != nil {
			return models.AuditEntry{}, err
		}
		moveRules(&org)
		if err := tx.SaveOrganization(&org); err != nil {
			return models.AuditEntry{}, err
		}
		return audited(by, done), d.schedule(tx, org, method, by.Name, done.summary)
	})
	if err == nil {
		d.rouse()
	}
	return err
}

func mappingDeed(old, now models.Mapping) deed {
	d := deed{action: "mapping.update", target: "mapping", id: now.ID, name: now.Name, summary: "Changed mapping " + now.Name + "."}
	if old.Key == 0 {
		d.action, d.summary = "mapping.create", "Made mapping "+now.Name+"."
	}
	d.changes = differing(mappingFields(old), mappingFields(now))
	return d
}

func mappingFields(m models.Mapping) []models.Change {
	return []models.Change{
		said("name", m.Name), said("description", m.Description), said("position", m.Position), said("groups", strings.Join(m.Groups, ", ")),
		said("condition", m.Filter), said("letter by letter", m.CaseExact), said("profile", fmt.Sprint(m.ProfileKey)),
		said("local groups", strings.Join(m.LocalGroups, ", ")), said("initial status", m.InitialStatus), said("hide groups", m.HideGroups),
		said("disabled", m.Disabled),
	}
}
