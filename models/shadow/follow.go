package shadow

import (
	"context"
	"slices"

	"muster/models"
	"muster/models/store"
)

// follow brings what changed in the organization itself into its rehearsal. Users and
// groups whom the directory has taken over here stay as they are here.
func (w *world) follow(ctx context.Context) error {
	w.catching.Lock()
	defer w.catching.Unlock()
	if w.is() != models.ShadowReady {
		return nil
	}
	if mine, err := w.lease(ctx); err != nil || !mine {
		return err
	}
	return w.followAll(ctx, nil)
}

// followAll follows all that can change. While the copy is made, sh tells how far it is.
func (w *world) followAll(ctx context.Context, sh *models.Shadow) error {
	began := models.TimeOf(w.now())
	if err := w.followRules(ctx); err != nil {
		return err
	}
	if err := w.followUsers(ctx, began); err != nil {
		return err
	}
	if err := w.followGroups(ctx, sh); err != nil {
		return err
	}
	w.caught.Store(int64(began))
	return nil
}

// followRules replaces settings and rules when they changed, and has everybody here
// evaluated anew.
func (w *world) followRules(ctx context.Context) error {
	org, err := w.real.Organization(ctx, w.org)
	if err != nil {
		return err
	}
	mark, err := w.store.Instance(ctx, noteSettings)
	if err != nil || mark == settingsMark(org) {
		return err
	}
	rules, err := w.rules(ctx)
	if err != nil {
		return err
	}
	err = w.store.Keep(ctx, func(tx *store.Tx) error {
		here, err := tx.LockOrganization(w.org)
		if err != nil {
			return err
		}
		here.Name, here.Settings = org.Name, org.Settings
		here.Settings.MoveRules()
		if err := tx.SaveOrganization(&here); err != nil {
			return err
		}
		if err := tx.PlantRules(w.org, rules); err != nil {
			return err
		}
		if err := w.evaluate(tx, "Settings or rules changed."); err != nil {
			return err
		}
		return notes(tx, said{noteSettings, settingsMark(org)})
	})
	w.dir.Rouse()
	return err
}

func (w *world) evaluate(tx *store.Tx, why string) error {
	return tx.ScheduleEvaluation(models.Evaluation{
		ID: w.newID(), OrganizationID: w.org, Method: models.SCIM, Reason: why, StartedBy: "shadow mode", Whole: true,
	})
}

// followUsers looks at who changed lately. When as many are not here as there are, it
// looks at everybody: that is how those are found who were purged.
func (w *world) followUsers(ctx context.Context, began models.Time) error {
	since, err := w.number(ctx, noteSince)
	if err != nil {
		return err
	}
	at, key := models.Time(since), int64(0)
	for {
		page, err := w.real.UsersSince(ctx, w.org, at, key, copyPage)
		if err != nil {
			return err
		}
		if err := w.putUsers(ctx, page); err != nil {
			return err
		}
		if len(page) < copyPage {
			break
		}
		at, key = page[len(page)-1].Updated, page[len(page)-1].Key
	}
	if err := w.countUsers(ctx); err != nil {
		return err
	}
	return w.store.Keep(ctx, func(tx *store.Tx) error { return notes(tx, said{noteSince, instant(began.Add(-margin))}) })
}

// putUsers brings those of a page here whose state is not the one that was copied.
func (w *world) putUsers(ctx context.Context, page []models.User) error {
	ids := make([]string, len(page))
	for i, u := range page {
		ids[i] = u.ID
	}
	have, err := w.store.ShadowRecordsOf(ctx, w.org, models.UserTarget, ids)
	if err != nil {
		return err
	}
	for _, u := range page {
		if rec, ok := have[u.ID]; ok && rec.Known && rec.Stamp == userStamp(u) {
			continue
		}
		if err := w.putUser(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) countUsers(ctx context.Context) error {
	counts, err := w.real.UserCounts(ctx, w.org)
	if err != nil {
		return err
	}
	known, err := w.store.KnownRecords(ctx, w.org, models.UserTarget)
	if err != nil || known == counts.Total {
		return err
	}
	for key := int64(0); ; {
		page, err := w.real.WholeUsersAfter(ctx, w.org, key, copyPage)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		key = page[len(page)-1].Key
		if err := w.putUsers(ctx, page); err != nil {
			return err
		}
	}
	return w.forgetPurged(ctx)
}

// forgetPurged removes those whom the organization has no more.
func (w *world) forgetPurged(ctx context.Context) error {
	for key := int64(0); ; {
		page, err := w.store.KnownRecordsAfter(ctx, w.org, models.UserTarget, key, copyPage)
		if err != nil || len(page) == 0 {
			return err
		}
		key = page[len(page)-1].Key
		ids := make([]string, len(page))
		for i, rec := range page {
			ids[i] = rec.Record
		}
		there, err := w.real.Resolve(ctx, w.org, ids)
		if err != nil {
			return err
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { _, ok := there[id]; return ok })
		for _, id := range ids {
			if err := w.store.Keep(ctx, func(tx *store.Tx) error { return forgetUser(tx, w.org, id) }); err != nil {
				return err
			}
		}
	}
}

func forgetUser(tx *store.Tx, organization int64, id string) error {
	u, err := tx.LockUser(organization, id)
	switch {
	case err == nil:
		if err := tx.DeleteUser(&u); err != nil {
			return err
		}
	case models.KindOf(err) != models.NotFound:
		return err
	}
	return tx.DropShadowRecords(organization, models.UserTarget, id)
}
