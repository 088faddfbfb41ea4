package shadow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"muster/models"
	"muster/models/store"
)

const (
	copyPage  = 500 // users in one transaction
	leaseTime = 30 * time.Second
	// margin is how long a change may take between the instant that it bears and the one
	// when others see it.
	margin = time.Minute
)

// copy brings the organization into the rehearsal as it would be when SCIM is in charge.
// It goes on where it ended, when it was interrupted.
func (w *world) copy(ctx context.Context) error {
	w.catching.Lock()
	defer w.catching.Unlock()
	if mine, err := w.lease(ctx); err != nil || !mine {
		return err
	}
	sh, err := w.plant(ctx)
	if err != nil {
		return err
	}
	if err := w.copyUsers(ctx, &sh); err != nil {
		return err
	}
	if err := w.followAll(ctx, &sh); err != nil {
		return err
	}
	w.dir.Rouse()
	return w.ready(ctx)
}

// plant begins: the organization itself, its settings and its rules.
func (w *world) plant(ctx context.Context) (models.Shadow, error) {
	sh, _, err := w.real.Shadow(ctx, w.org)
	if err != nil {
		return sh, err
	}
	org, err := w.real.Organization(ctx, w.org)
	if err != nil {
		return sh, err
	}
	users, err := w.real.UserCounts(ctx, w.org)
	if err != nil {
		return sh, err
	}
	groups, err := w.real.GroupCounts(ctx, w.org)
	if err != nil {
		return sh, err
	}
	sh.Total = users.Total + groups[""]
	if id, err := w.store.Instance(ctx, noteID); err != nil || id != "" {
		return sh, err
	}
	rules, err := w.rules(ctx)
	if err != nil {
		return sh, err
	}
	org.Method, org.MethodSet, org.MethodSince, org.MethodBy = sh.Method, true, sh.Started, sh.StartedBy
	return sh, w.store.Keep(ctx, func(tx *store.Tx) error {
		if err := tx.PlantOrganization(org); err != nil {
			return err
		}
		if err := tx.PlantRules(w.org, rules); err != nil {
			return err
		}
		return notes(tx, said{noteID, w.id}, said{noteSince, instant(models.TimeOf(w.now()).Add(-margin))}, said{noteSettings, settingsMark(org)})
	})
}

// rules gives the real rules as they would be: those of SCIM awake.
func (w *world) rules(ctx context.Context) (store.Rules, error) {
	rules, err := w.real.Rules(ctx, w.org)
	for i := range rules.Mappings {
		if rules.Mappings[i].Method == models.SCIM {
			rules.Mappings[i].Parked = false
		}
	}
	for i := range rules.Attributes {
		if rules.Attributes[i].Method == models.SCIM {
			rules.Attributes[i].Parked = false
		}
	}
	return rules, err
}

// settingsMark is the same as long as settings and rules are.
func settingsMark(o models.Organization) string {
	body, err := json.Marshal(o.Settings)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(append(body, o.Name...))
	return hex.EncodeToString(sum[:8])
}

func (w *world) copyUsers(ctx context.Context, sh *models.Shadow) error {
	cursor, err := w.number(ctx, noteCursor)
	if err != nil {
		return err
	}
	for {
		page, err := w.real.WholeUsersAfter(ctx, w.org, cursor, copyPage)
		if err != nil || len(page) == 0 {
			return err
		}
		cursor = page[len(page)-1].Key
		if err := w.copyPage(ctx, page, cursor); err != nil {
			return err
		}
		sh.Copied += int64(len(page))
		if err := w.progress(ctx, *sh); err != nil {
			return err
		}
	}
}

// copyPage writes users who are new here, all at once or, when a name is taken, one by one.
func (w *world) copyPage(ctx context.Context, page []models.User, cursor int64) error {
	fresh := make([]models.User, len(page))
	for i := range page {
		fresh[i] = page[i]
		if err := asManual(&fresh[i]); err != nil {
			return err
		}
		fresh[i].Prepare() // here, where nothing waits for it
	}
	err := w.store.Keep(ctx, func(tx *store.Tx) error {
		for _, u := range fresh {
			if err := insertUser(tx, u); err != nil {
				return err
			}
		}
		return notes(tx, said{noteCursor, strconv.FormatInt(cursor, 10)})
	})
	if models.KindOf(err) != models.Uniqueness {
		return err
	}
	for _, u := range page {
		if err := w.putUser(ctx, u); err != nil {
			return err
		}
	}
	return w.store.Keep(ctx, func(tx *store.Tx) error { return notes(tx, said{noteCursor, strconv.FormatInt(cursor, 10)}) })
}

// asManual makes a user what a change of method makes of everybody: managed by nobody, at
// no rule, nothing held back, everything else as it was.
func asManual(u *models.User) error {
	u.Key, u.Mode, u.Released, u.MappingKey, u.Staged, u.StagedAt = 0, models.Manual, "", 0, models.NotStaged, 0
	return u.Load()
}

func insertUser(tx *store.Tx, u models.User) error {
	if err := tx.InsertUser(&u); err != nil {
		return err
	}
	rec := nobody(u)
	return tx.PutShadowRecord(&rec)
}

// nobody is the record of a user about whom nothing came yet.
func nobody(u models.User) models.ShadowRecord {
	return models.ShadowRecord{
		OrganizationID: u.OrganizationID, Target: models.UserTarget, Record: u.ID, TargetID: u.ID, Known: true, Stamp: userStamp(u),
		Outcome: models.ShadowNobody, Name: u.UserName, Display: u.DisplayName, Anchor: u.ExternalID, Status: u.Status, ProfileKey: u.ProfileKey,
	}
}

func userStamp(u models.User) string { return strconv.FormatInt(u.Version, 10) }

// progress tells the organization how far the copy is, and ends it when somebody stopped
// it or another instance is at it.
func (w *world) progress(ctx context.Context, sh models.Shadow) error {
	now, found, err := w.real.Shadow(ctx, w.org)
	switch {
	case err != nil:
		return err
	case !found || now.ID != w.id || now.State != models.ShadowCopying:
		return fmt.Errorf("the copy was stopped: %w", context.Canceled)
	}
	if mine, err := w.lease(ctx); err != nil || !mine {
		return fmt.Errorf("another instance copies: %w", context.Canceled)
	}
	sh.LastError = ""
	return w.real.Keep(ctx, func(tx *store.Tx) error { return tx.MoveShadow(sh) })
}

// note keeps why the copy does not go on, for the page.
func (w *world) note(ctx context.Context, why error) error {
	sh, found, err := w.real.Shadow(ctx, w.org)
	if err != nil || !found || sh.ID != w.id {
		return err
	}
	sh.LastError = "The copy failed and is tried again. The server’s log has the cause."
	if e, ok := models.AsError(why); ok {
		sh.LastError = e.Error()
	}
	return w.real.Keep(ctx, func(tx *store.Tx) error { return tx.MoveShadow(sh) })
}

// lease tells whether this instance may copy or follow for a while.
func (w *world) lease(ctx context.Context) (bool, error) {
	mine := false
	err := w.store.Keep(ctx, func(tx *store.Tx) error {
		mine = false
		if err := tx.ClaimValue(w.org, "shadow", "lease"); err != nil {
			return err
		}
		text, err := tx.Instance(tx.Context(), noteLease)
		if err != nil {
			return err
		}
		holder, until, _ := strings.Cut(text, " ")
		end, _ := strconv.ParseInt(until, 10, 64)
		if holder != "" && holder != w.runner && models.Time(end) > tx.Now() {
			return nil
		}
		mine = true
		return notes(tx, said{noteLease, w.runner + " " + instant(tx.Now().Add(leaseTime))})
	})
	return mine, err
}

// said is what a store notes about itself under a name.
type said struct{ name, value string }

func notes(tx *store.Tx, list ...said) error {
	for _, n := range list {
		if err := tx.SetInstance(n.name, n.value); err != nil {
			return err
		}
	}
	return nil
}

func instant(t models.Time) string { return strconv.FormatInt(int64(t), 10) }

func (w *world) number(ctx context.Context, name string) (int64, error) {
	text, err := w.store.Instance(ctx, name)
	if err != nil || text == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the note %s of a rehearsal: %w", name, err)
	}
	return n, nil
}
