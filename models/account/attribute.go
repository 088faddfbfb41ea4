package account

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"muster/models"
	"muster/models/filter"
	"muster/models/store"
)

// UsesMost is where counting the records that have a value of an attribute ends.
const UsesMost = 10_000

// DeclareAttribute adds a custom attribute to the organization. standard are the
// attributes that its resource type has anyway, whose names are taken: a filter may
// leave the schema out, and must mean one attribute.
func (a *Accounts) DeclareAttribute(ctx context.Context, by models.Actor, wish models.CustomAttribute, standard filter.Lookup) (models.CustomAttribute, error) {
	if err := needRole(by, models.Admin); err != nil {
		return wish, err
	}
	wish, err := tidyAttribute(wish)
	if err != nil {
		return wish, err
	}
	if taken, ok := standard.Attr(filter.Path{Name: wish.Name}); ok {
		return wish, models.Errorf(models.Uniqueness, "name", "A %s has a standard attribute %s already.", wish.Of, taken.Path).
			WithAdvice("Map the directory to that one, or choose another name.").WithCode("standardAttribute")
	}
	if wish, err = a.fitting(ctx, by, wish); err != nil {
		return wish, err
	}
	err = a.editAttributes(ctx, by, wish.Of, func(o *models.Organization) (deed, error) {
		if err := schemaOfOthers(o.Settings.Attributes, wish); err != nil {
			return deed{}, err
		}
		o.Settings.Attributes = append(slices.Clone(o.Settings.Attributes), wish)
		o.Settings.Retired = retiredWithout(o.Settings.Retired, wish)
		return deed{action: "declare", text: "Declared", name: wish.Name, after: attributeFields(wish)}, nil
	})
	return wish, err
}

// ChangeAttribute changes the description of a custom attribute and, while no record
// has a value of it, its type. edit gets a copy; name and schema stay as they are.
func (a *Accounts) ChangeAttribute(ctx context.Context, by models.Actor, of models.TargetType, name string, edit func(*models.CustomAttribute)) (models.CustomAttribute, error) {
	var out models.CustomAttribute
	uses, err := a.AttributeUse(ctx, by, of, name)
	if err != nil {
		return out, err
	}
	err = a.editAttributes(ctx, by, of, func(o *models.Organization) (deed, error) {
		list := slices.Clone(o.Settings.Attributes)
		i, err := findAttribute(list, of, name)
		if err != nil {
			return deed{}, err
		}
		old, wish := list[i], list[i]
		edit(&wish)
		wish.Of, wish.Name, wish.Schema = old.Of, old.Name, old.Schema
		if wish, err = tidyAttribute(wish); err != nil {
			return deed{}, err
		}
		if uses != 0 && (wish.Type != old.Type || wish.Multi != old.Multi || wish.CaseExact != old.CaseExact) {
			return deed{}, models.Errorf(models.Conflict, "type", "%s, so its type stays.", usesText(old, uses)).
				WithAdvice("Declare another attribute of the new type, and map the directory to that one.").WithCode("attributeInUse")
		}
		list[i], out, o.Settings.Attributes = wish, wish, list
		return deed{action: "change", text: "Changed", name: wish.Name, before: attributeFields(old), after: attributeFields(wish)}, nil
	})
	return out, err
}

// RemoveAttribute ends a custom attribute. Records keep their values, which come
// back when it is declared again; while there are any, typed must be its name.
func (a *Accounts) RemoveAttribute(ctx context.Context, by models.Actor, of models.TargetType, name, typed string) (models.CustomAttribute, error) {
	var out models.CustomAttribute
	uses, err := a.AttributeUse(ctx, by, of, name)
	if err != nil {
		return out, err
	}
	err = a.editAttributes(ctx, by, of, func(o *models.Organization) (deed, error) {
		list := slices.Clone(o.Settings.Attributes)
		i, err := findAttribute(list, of, name)
		if err != nil {
			return deed{}, err
		}
		out = list[i]
		if uses != 0 && strings.TrimSpace(typed) != out.Name {
			return deed{}, models.Errorf(models.Invalid, "typed", "The name you typed is not %s.", out.Name).
				WithAdvice("Type it exactly as it is shown, to confirm.")
		}
		o.Settings.Attributes = slices.Delete(list, i, i+1)
		if uses != 0 {
			o.Settings.Retired = append(retiredWithout(o.Settings.Retired, out), out)
		}
		return deed{action: "remove", text: "Removed", name: out.Name, before: attributeFields(out)}, nil
	})
	return out, err
}

// editAttributes changes the list of declarations with its audit entry, which edit
// begins to write.
func (a *Accounts) editAttributes(ctx context.Context, by models.Actor, of models.TargetType, edit func(*models.Organization) (deed, error)) error {
	if err := needRole(by, models.Admin); err != nil {
		return err
	}
	return a.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		o, err := tx.LockOrganization(by.OrganizationID)
		if err != nil {
			return models.AuditEntry{}, err
		}
		old := o
		d, err := edit(&o)
		if err != nil {
			return models.AuditEntry{}, err
		}
		if err := checkSettings(o.Settings); err != nil {
			return models.AuditEntry{}, err
		}
		d.action, d.target, d.id = "organization.attribute."+d.action, "attribute", string(of)+"."+d.name
		if err := a.evaluate(tx, by, old, o); err != nil {
			return models.AuditEntry{}, err
		}
		d.text += " the custom attribute " + d.name + " of " + string(of) + "s."
		return entry(by, d), tx.SaveOrganization(&o)
	})
}

// AttributeUse counts the records that have a value of a declared attribute; beyond
// UsesMost it is UsesMost, and -1 where counting would cost too much. It is no part
// of the change that asks for it: a record that is being written meanwhile was read
// under the old declaration, whatever is locked.
func (a *Accounts) AttributeUse(ctx context.Context, by models.Actor, of models.TargetType, name string) (int64, error) {
	if err := needRole(by, models.Admin); err != nil {
		return 0, err
	}
	o, err := a.Store.Organization(ctx, by.OrganizationID)
	if err != nil {
		return 0, err
	}
	i, err := findAttribute(o.Settings.Attributes, of, name)
	if err != nil {
		return 0, err
	}
	uses, err := a.Store.AttributeUses(ctx, by.OrganizationID, o.Settings.Attributes[i:i+1], UsesMost)
	if err != nil {
		return 0, err
	}
	return uses[0], nil
}

// fitting spells the schema of a new attribute as it is spelled already, and refuses
// one that was declared before with another type while records keep values of that.
// It reads through records, so it stands before the transaction.
func (a *Accounts) fitting(ctx context.Context, by models.Actor, wish models.CustomAttribute) (models.CustomAttribute, error) {
	o, err := a.Store.Organization(ctx, by.OrganizationID)
	if err != nil {
		return wish, err
	}
	wish.Schema = spelledSchema(o.Settings.Attributes, wish)
	o.Settings.Attributes = append(slices.Clone(o.Settings.Attributes), wish)
	if err := checkSettings(o.Settings); err != nil {
		return wish, err
	}
	misfit, err := a.Store.AttributeMisfit(ctx, by.OrganizationID, wish)
	if err == nil && misfit {
		err = models.Errorf(models.Conflict, "type", "There was an attribute %s before, and %ss keep values of it that are of another type.", wish.Name, wish.Of).
			WithAdvice("Declare it with the type it had, which the audit log tells, or choose another name.").WithCode("attributeKept")
	}
	return wish, err
}

// retiredWithout leaves out what is at the same place of a document.
func retiredWithout(list []models.CustomAttribute, a models.CustomAttribute) []models.CustomAttribute {
	return slices.DeleteFunc(slices.Clone(list), func(b models.CustomAttribute) bool { return b.Of == a.Of && b.Schema == a.Schema && b.Name == a.Name })
}

func findAttribute(list []models.CustomAttribute, of models.TargetType, name string) (int, error) {
	i := slices.IndexFunc(list, func(a models.CustomAttribute) bool { return a.Same(models.CustomAttribute{Of: of, Name: name}) })
	if i < 0 {
		return i, models.Errorf(models.NotFound, "", "There is no custom attribute %s of %ss.", cut(name, 64), cut(string(of), 10)).
			WithAdvice("Somebody may have removed it; the audit log tells.")
	}
	return i, nil
}

// tidyAttribute gives a declaration the form it is kept in: the usual schema unless
// one is named, and case only where a type leaves the choice.
func tidyAttribute(a models.CustomAttribute) (models.CustomAttribute, error) {
	a.Name, a.Description = strings.TrimSpace(a.Name), strings.TrimSpace(a.Description)
	a.Schema = strings.TrimRight(strings.TrimSpace(a.Schema), ":")
	if a.Schema == "" {
		a.Schema = models.CustomSchema(a.Of)
	}
	if filter.Type(a.Type) != filter.String {
		a.CaseExact = false
	}
	if strings.ContainsFunc(a.Description, unicode.IsControl) {
		return a, models.Errorf(models.Invalid, "description", "The description has line breaks or control characters.").
			WithAdvice("One sentence is enough.")
	}
	return a, a.Check()
}

// spelledSchema is the schema as it is spelled already: documents have it once.
func spelledSchema(list []models.CustomAttribute, wish models.CustomAttribute) string {
	for _, known := range append(slices.Clone(list), models.CustomAttribute{Of: wish.Of, Schema: models.CustomSchema(wish.Of)}) {
		if known.Of == wish.Of && strings.EqualFold(known.Schema, wish.Schema) {
			return known.Schema
		}
	}
	return wish.Schema
}

// schemaOfOthers refuses a schema that holds attributes of the other kind of record:
// /Schemas has one definition of a schema, and would promise users what only groups have.
func schemaOfOthers(list []models.CustomAttribute, wish models.CustomAttribute) error {
	for _, known := range list {
		if known.Of != wish.Of && strings.EqualFold(known.Schema, wish.Schema) {
			return models.Errorf(models.Conflict, "schema", "The schema %s holds attributes of %ss, such as %s.", known.Schema, known.Of, known.Name).
				WithAdvice("Use another one for %ss, such as %s.", wish.Of, models.CustomSchema(wish.Of)).WithCode("schemaOfOthers")
		}
	}
	return nil
}

func usesText(a models.CustomAttribute, uses int64) string {
	switch {
	case uses < 0:
		return "So many records are here that " + a.Name + " counts as used"
	case uses == 1:
		return "1 " + string(a.Of) + " has a value of " + a.Name
	}
	return strconv.FormatInt(uses, 10) + " " + string(a.Of) + "s have a value of " + a.Name
}

func attributeFields(a models.CustomAttribute) []field {
	return []field{
		{"name", a.Name},
		{"of", string(a.Of)},
		{"schema", a.Schema},
		{"type", a.Type},
		{"several values", strconv.FormatBool(a.Multi)},
		{"case matters", strconv.FormatBool(a.CaseExact)},
		{"description", a.Description},
	}
}
