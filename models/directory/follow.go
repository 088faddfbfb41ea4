package directory

import (
	"slices"

	"muster/models"
)

// followMembers brings those in line with the rules whose groups changed: a few in
// the same transaction, each with a log entry of their own; many, or who is in a group
// within the group, in the background.
func (d *Directory) followMembers(w *work, g *models.Group, delta memberDelta) error {
	methods, err := d.askGroups(w)
	if err != nil || len(methods) == 0 || delta.none() {
		return err
	}
	if !delta.few() {
		return d.scheduleFor(w, g, methods)
	}
	by := models.System(w.org.Key, "Mappings")
	by.RequestID = w.by.RequestID
	for _, ref := range slices.Concat(delta.added, delta.removed) {
		if !slices.Contains(methods, ref.Mode) {
			continue // no rule looks at their groups
		}
		made, err := d.followOne(w.tx, by, w.org, models.Evaluation{Method: ref.Mode, Reason: "the members of group " + g.DisplayName + " changed.", Guarded: w.by.Directory()}, ref.ID)
		if err != nil {
			return err
		}
		for i := range made {
			made[i].CycleID = w.entry.CycleID
		}
		w.also = append(w.also, made...)
	}
	return nil
}

// followLater has everybody evaluated anew when a group goes.
func (d *Directory) followLater(w *work, g *models.Group) error {
	methods, err := d.askGroups(w)
	if err != nil || len(methods) == 0 {
		return err
	}
	return d.scheduleFor(w, g, methods)
}

func (d *Directory) scheduleFor(w *work, g *models.Group, methods []models.Method) error {
	for _, m := range methods {
		if err := d.schedule(w.tx, w.org, m, w.by.Name, "The members of group "+g.DisplayName+" changed.", func(e *models.Evaluation) { e.Guarded = w.by.Directory() }); err != nil {
			return err
		}
	}
	d.rouse() // at the latest the loop's own clock finds it
	return nil
}

// askGroups gives the methods that have a rule which looks at groups.
func (d *Directory) askGroups(w *work) ([]models.Method, error) {
	r, err := d.rulings.of(w.tx.Context(), w.tx.Reader, w.org)
	if err != nil || r == nil {
		return nil, err
	}
	var out []models.Method
	for _, m := range governing() {
		if r.rules[m].AskGroups() {
			out = append(out, m)
		}
	}
	return out, nil
}
