package directory

import (
	"cmp"
	"context"
	"slices"

	"muster/models"
	"muster/models/filter"
	"muster/models/store"
)

// row takes one row in, behind a savepoint: a refusal leaves no trace of it.
func (im *importing) row(tx *store.Tx, org models.Organization, i int) (outcome, []models.LogEntry, error) {
	started := im.d.Now()
	var o outcome
	var entries []models.LogEntry
	err := tx.Attempt(func(inner *store.Tx) error {
		o, entries = outcome{}, nil
		w := im.work(inner, org, im.rows[i])
		holder, err := inner.UserByName(inner.Context(), org.Key, im.rows[i].UserName)
		switch {
		case err == nil && holder.Managed():
			o = outcome{fate: RowSkipped, issue: managedRow(&holder)}
			return nil
		case err == nil:
			o, entries, err = im.update(w, i, holder.ID)
			return err
		case models.KindOf(err) != models.NotFound:
			return err
		}
		o, entries, err = im.create(w, i)
		return err
	})
	if rowRefused(err) {
		return outcome{fate: RowFailed, issue: err}, nil, nil
	}
	for n := range entries {
		entries[n].DurationMicros = im.d.Now().Sub(started).Microseconds()
	}
	return o, entries, err
}

// rowRefused tells that an error is about the row alone. A database that takes no
// more ends the import.
func rowRefused(err error) bool {
	e, classed := models.AsError(err)
	return classed && e.Kind != models.Unavailable
}

func (im *importing) work(tx *store.Tx, org models.Organization, row ImportRow) *work {
	w := &work{tx: tx, by: im.by, org: org, entry: im.d.blank(tx, im.by, models.UserTarget, row.UserName)}
	w.entry.Details.Steps[0].Text = "Read from a CSV file that " + cmp.Or(im.by.Name, "Muster") + " imported."
	return w
}

func managedRow(u *models.User) *models.Error {
	return models.Errorf(models.Forbidden, "userName", "%s is managed by the directory (%s), so the row was left out.", u.UserName, u.Mode.Label()).
		WithAdvice("Change this user in the directory, or take the line out of the file.").WithCode("managedByDirectory")
}

func (im *importing) create(w *work, i int) (outcome, []models.LogEntry, error) {
	o := outcome{fate: RowCreated}
	in := models.User{OrganizationID: w.org.Key, Attributes: models.Attributes{}}
	if err := im.edit(w, i, &in, &o); err != nil {
		return o, nil, err
	}
	if im.rows[i].Status == models.Inactive {
		in.Enabled = new(false)
	}
	if err := in.Extract(); err != nil {
		return o, nil, err
	}
	u, err := im.d.takeIn(w, &in, modified(nil, in.Attributes))
	entries := w.entries()
	if err != nil || im.rows[i].Status != models.Preserved {
		return o, entries, err
	}
	next := im.work(w.tx, w.org, im.rows[i])
	kept := u
	im.move(next, &kept, models.Preserved)
	if _, err := im.d.save(next, &u, &kept, models.ActionUpdate); err != nil {
		return o, nil, err
	}
	return o, append(entries, next.entries()...), nil
}

func (im *importing) update(w *work, i int, id string) (outcome, []models.LogEntry, error) {
	o := outcome{fate: RowUpdated}
	w.entry.Action = models.ActionUpdate
	old, err := w.user(id)
	if err != nil {
		return o, nil, err
	}
	u := old
	if err := u.Load(); err != nil {
		return o, nil, err
	}
	name := u.Attributes["userName"]
	if err := im.edit(w, i, &u, &o); err != nil {
		return o, nil, err
	}
	// Another spelling of the same userName in the file is no rename.
	u.Attributes["userName"] = name
	im.move(w, &u, im.rows[i].Status)
	if _, err := im.d.save(w, &old, &u, models.ActionUpdate); err != nil {
		return o, nil, err
	}
	if w.quiet {
		o.fate = RowUnchanged
		return o, nil, nil
	}
	return o, w.entries(), nil
}

// move brings a user into the state that the file gives, as an admin's decision.
func (im *importing) move(w *work, u *models.User, to models.Status) {
	if to == "" || to == u.Status {
		return
	}
	switch to {
	case models.Active:
		u.SetStatus(models.Active, models.ByNobody, "", w.tx.Now())
		u.Hidden = false
	case models.Inactive:
		u.SetStatus(models.Inactive, models.ByNobody, "Suspended by "+im.by.Name+": CSV import", w.tx.Now())
	case models.Preserved:
		u.SetStatus(models.Preserved, models.ByAdmin, "Preserved by "+im.by.Name+": CSV import", w.tx.Now())
	}
}

// edit applies the row's values, the manager among them where it is known by now.
func (im *importing) edit(w *work, i int, u *models.User, o *outcome) error {
	row := im.rows[i]
	if err := row.Edit(u); err != nil || row.Manager == nil {
		return err
	}
	if *row.Manager == "" {
		SetManager(u, "")
		return nil
	}
	boss, err := im.manager(w.tx, w.org, i)
	if err == nil {
		SetManager(u, boss.ID)
		return nil
	}
	if _, listed := im.names[filter.Fold(*row.Manager)]; listed && models.KindOf(err) == models.NotFound {
		o.late = true
		return nil
	}
	return err
}

func (im *importing) manager(tx *store.Tx, org models.Organization, i int) (models.User, error) {
	row := im.rows[i]
	if filter.Fold(*row.Manager) == filter.Fold(row.UserName) {
		return models.User{}, models.Errorf(models.Invalid, "manager", "%s is named as their own manager.", row.UserName).
			WithAdvice("Enter another userName, or leave the cell empty.").WithCode("ownManager")
	}
	boss, err := tx.UserByName(tx.Context(), org.Key, *row.Manager)
	if models.KindOf(err) == models.NotFound && err != nil {
		return boss, models.Errorf(models.NotFound, "manager", "The manager %q is neither a user nor in this file.", *row.Manager).
			WithAdvice("Enter the manager's userName, or leave the cell empty.").WithCode("unknownManager")
	}
	return boss, err
}

// SetManager sets the manager of a user's document by public id; "" for none.
func SetManager(u *models.User, id string) {
	ext, _ := u.Attributes[models.EnterpriseURN].(map[string]any)
	if ext == nil {
		ext = map[string]any{}
	}
	manager, _ := ext["manager"].(map[string]any)
	switch was, _ := manager["value"].(string); {
	case id == "":
		delete(ext, "manager")
	case id != was:
		ext["manager"] = map[string]any{"value": id}
	}
	if len(ext) == 0 {
		delete(u.Attributes, models.EnterpriseURN)
		return
	}
	u.Attributes[models.EnterpriseURN] = ext
}

// managers sets the managers that came later in the file than who reports to them.
func (im *importing) managers(ctx context.Context) error {
	for from := 0; from < len(im.rows) && len(im.late) > 0; from += importChunk {
		to := min(from+importChunk, len(im.rows))
		if !im.lateWithin(from, to) {
			continue
		}
		if err := im.chunk(ctx, from, to, im.lateManager); err != nil {
			return err
		}
	}
	return nil
}

func (im *importing) lateWithin(from, to int) bool {
	for i := from; i < to; i++ {
		if im.late[i] {
			return true
		}
	}
	return false
}

func (im *importing) lateManager(tx *store.Tx, org models.Organization, i int) (outcome, []models.LogEntry, error) {
	if !im.late[i] {
		return outcome{}, nil, nil
	}
	row := im.rows[i]
	if im.fates[im.names[filter.Fold(*row.Manager)]] == RowFailed {
		return outcome{issue: models.Errorf(models.NotFound, "manager", "%s was taken without a manager: the manager's own line failed.", row.UserName).
			WithAdvice("Correct the line of %s and import the file again.", *row.Manager)}, nil, nil
	}
	changed := RowCreated
	if im.fates[i] != RowCreated {
		changed = RowUpdated
	}
	if im.dry {
		return outcome{fate: changed}, nil, nil
	}
	var entries []models.LogEntry
	err := tx.Attempt(func(inner *store.Tx) error {
		w := im.work(inner, org, row)
		user, err := inner.UserByName(inner.Context(), org.Key, row.UserName)
		if err != nil {
			return err
		}
		boss, err := im.manager(inner, org, i)
		if err != nil {
			return err
		}
		old, err := w.user(user.ID)
		if err != nil {
			return err
		}
		u := old
		if err := u.Load(); err != nil {
			return err
		}
		SetManager(&u, boss.ID)
		_, err = im.d.save(w, &old, &u, models.ActionUpdate)
		entries = w.entries()
		return err
	})
	if rowRefused(err) {
		return outcome{issue: err}, nil, nil
	}
	return outcome{fate: changed}, entries, err
}

// done is the report so far, its issues in the order of the file.
func (im *importing) done() ImportReport {
	slices.SortStableFunc(im.report.Issues, func(a, b ImportIssue) int { return a.Line - b.Line })
	return im.report
}
