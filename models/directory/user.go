package directory

import (
	"context"
	"maps"
	"slices"

	"muster/models"
)

// CreateUser takes in a record: a new user, a former one who returns, or one that
// no directory manages yet (see Match). edit fills Attributes of an empty user,
// and Enabled when the source says whether the user is active.
func (d *Directory) CreateUser(ctx context.Context, by models.Actor, edit func(*models.User) error) (models.User, error) {
	var out models.User
	in := models.User{OrganizationID: by.OrganizationID, Attributes: models.Attributes{}}
	if err := edit(&in); err != nil {
		return out, d.refuseEarly(ctx, by, models.UserTarget, in.UserName, err)
	}
	rules, err := d.rulesFor(ctx, by)
	if err != nil {
		return out, err
	}
	computed := rules.begin(&in)
	if err := in.Extract(); err != nil {
		return out, err
	}
	learned, err := d.learnedUser(ctx, by, &in)
	if err != nil {
		return out, err
	}
	// Here, where requests do not wait for each other.
	in.Prepare()
	changes := modified(nil, in.Attributes)
	flaw := check(&in)
	way := func(take func(*work, *models.User, []models.Change) (models.User, error)) func(*work) error {
		return func(w *work) error {
			fresh := in
			fresh.Attributes = maps.Clone(in.Attributes)
			w.rules, w.computed, w.learned, w.flaw = rules, computed, learned, flaw
			u, err := take(w, &fresh, changes)
			out = u
			return err
		}
	}
	err = d.change(ctx, by, models.UserTarget, in.UserName, way(d.takeInNew), way(d.takeIn))
	if err == nil {
		d.came(ctx, by, models.UserTarget, out.ID)
	}
	return out, err
}

// takeInNew takes a record in as somebody nobody knows, without looking: the
// unique indexes of userName and anchor refuse what a look would have found. Only
// the attribute that the organization knows people by has no such index.
func (d *Directory) takeInNew(w *work, in *models.User, changes []models.Change) (models.User, error) {
	w.entry.Action, w.entry.Details.Anchor = models.ActionCreate, in.Anchor(by(w))
	if w.flaw != nil {
		return models.User{}, w.flaw
	}
	var c Candidates
	var err error
	if c.ByAttribute, err = w.byAttribute(in); err != nil {
		return models.User{}, err
	}
	v := Match(in, c, w.org.Settings, w.by)
	if v.Refusal != nil || v.Fate != Create {
		return d.takeIn(w, in, changes)
	}
	w.step(models.StepMatch, models.Success, "%s", v.Text)
	if err := uniqueBySetting(w, nil, in); err != nil {
		return models.User{}, err
	}
	return d.insert(w, in, changes)
}

// refuseEarly logs an edit that could not even be made.
func (d *Directory) refuseEarly(ctx context.Context, by models.Actor, target models.TargetType, name string, err error) error {
	refused, ok := models.AsError(err)
	if !ok || !by.Directory() {
		return err
	}
	if logErr := d.Refuse(ctx, by, Attempted{Action: models.ActionCreate, Target: target, Name: name}, refused); logErr != nil {
		return logErr
	}
	return err
}

func (d *Directory) takeIn(w *work, in *models.User, changes []models.Change) (models.User, error) {
	w.entry.Action = models.ActionCreate
	w.entry.Details.Anchor = in.Anchor(by(w))
	if err := check(in); err != nil {
		return models.User{}, err
	}
	v, err := w.match(in)
	if err != nil {
		return models.User{}, err
	}
	if v.Refusal != nil {
		if err := w.waitFor(v.Queue, v.Holder, v.Claim, in); err != nil {
			return models.User{}, err
		}
		w.step(models.StepMatch, refusedAs(v.Refusal), "%s", v.Text)
		return models.User{}, v.Refusal
	}
	w.step(models.StepMatch, models.Success, "%s", v.Text)
	if v.Release != nil {
		if err := releaseName(w, v.Release); err != nil {
			return models.User{}, err
		}
	}
	if v.Fate != Create {
		return d.rejoin(w, v, in)
	}
	if err := d.unique(w, nil, in); err != nil {
		return models.User{}, err
	}
	return d.insert(w, in, changes)
}

// by is the method under whose anchors the records of a change are known.
func by(w *work) models.Method { return w.by.Anchors() }

// match decides on a create with the users it concerns locked: when one of them
// changed between look and lock, it looks once more.
func (w *work) match(in *models.User) (Verdict, error) {
	for {
		found, err := w.candidates(in)
		if err != nil {
			return Verdict{}, err
		}
		v := Match(in, found, w.org.Settings, w.by)
		moved := false
		for _, u := range []*models.User{v.User, v.Release} {
			if u == nil || v.Refusal != nil {
				continue
			}
			locked, err := w.tx.LockUser(in.OrganizationID, u.ID)
			if err != nil {
				return v, err
			}
			moved = moved || locked.Version != u.Version
		}
		if !moved {
			return v, nil
		}
	}
}

func (w *work) candidates(in *models.User) (c Candidates, err error) {
	one := func(u models.User, err error) (*models.User, error) {
		switch {
		case err == nil:
			return &u, nil
		case models.KindOf(err) == models.NotFound:
			return nil, nil
		}
		return nil, err
	}
	if m := by(w); in.Anchor(m) != "" {
		if c.ByAnchor, err = one(w.tx.UserByAnchor(w.tx.Context(), in.OrganizationID, m, in.Anchor(m))); err != nil {
			return c, err
		}
	}
	if c.ByName, err = one(w.tx.UserByName(w.tx.Context(), in.OrganizationID, in.UserName)); err != nil {
		return c, err
	}
	c.ByAttribute, err = w.byAttribute(in)
	return c, err
}

// byAttribute looks for who a directory's record could be by the attribute that the
// organization knows people by.
func (w *work) byAttribute(in *models.User) ([]models.User, error) {
	how := attributeOf(in, w.org.Settings)
	switch {
	case how.attr == "" || !w.by.Directory():
		return nil, nil
	case how.attr == "emails":
		return w.tx.EmailMatches(w.tx.Context(), in.OrganizationID, in.EmailKey)
	}
	return w.tx.EmployeeMatches(w.tx.Context(), in.OrganizationID, in.EmployeeNumber)
}

// insert writes a new user; changes are what all of it is beside nothing.
func (d *Directory) insert(w *work, u *models.User, changes []models.Change) (models.User, error) {
	u.ID, u.Version = d.newID(w), 1
	u.Created, u.Updated, u.StatusSince = w.tx.Now(), w.tx.Now(), w.tx.Now()
	u.Mode, u.Status = w.by.Source(), models.Active
	if err := d.decideStatus(w, u); err != nil {
		return *u, err
	}
	if err := d.place(w, nil, u); err != nil {
		return *u, err
	}
	if err := d.seat(w, nil, u); err != nil {
		return *u, err
	}
	u.Origins = w.provenance(models.Origins{}, writtenPaths(changes), nil)
	if u.ProfileKey != 0 {
		u.Origins = u.Origins.Note(w.ruleOrigin(u), []string{profilePath}, nil)
	}
	if err := w.tx.InsertUser(u); err != nil {
		return *u, err
	}
	w.about(u)
	w.entry.Details.Modified = append(append(slices.Clip(changes), beginning(u)...), placeChanges(w.ruling, nil, u)...)
	if err := w.joinGroups(u); err != nil {
		return *u, err
	}
	w.tellComputed(nil, u)
	w.conclude(models.ActionCreate, "Created user %s%s.", u.UserName, statusTail(u))
	return *u, w.settle(nil, u)
}

// beginning tells the state of a new user who does not begin active.
func beginning(u *models.User) []models.Change {
	if u.Status == models.Active {
		return nil
	}
	return stateChanges(&models.User{Mode: u.Mode}, u)
}

func statusTail(u *models.User) string {
	if u.Status == models.Active {
		return ""
	}
	return " as " + string(u.Status)
}

func writtenPaths(changes []models.Change) []string {
	written, _ := paths(changes)
	return written
}

func (w *work) origin() models.Origin {
	return models.Origin{Source: w.by.Source(), Kind: w.by.Kind, Name: w.by.Name, ChangeID: w.entry.ID, At: w.tx.Now()}
}

// rejoin gives a known user to the directory: one who returns, or an adopted one.
// Local fields stay; what the directory owns takes its values.
func (d *Directory) rejoin(w *work, v Verdict, in *models.User) (models.User, error) {
	old := *v.User
	if err := old.Load(); err != nil {
		return old, err
	}
	u := old
	u.Attributes, u.Delivered, u.Enabled = in.Attributes, in.Delivered, in.Enabled
	if err := w.recompute(&old, &u); err != nil {
		return old, err
	}
	if u.Enabled == nil && v.Fate == Revive {
		u.Enabled = new(true)
	}
	u.Hidden = false
	u.Staged, u.StagedAt = models.NotStaged, 0
	if u.UserNameReleased() {
		// Match has made sure that nobody holds the name: it is theirs again.
		u.UserName, u.UserNameKey = in.UserName, in.UserNameKey
	}
	if !w.by.Directory() {
		u.Mode = models.Manual // added by hand: no directory delivers this user any more
	}
	if in.ExternalID == "" && old.ExternalID != "" {
		u.Attributes["externalId"] = old.ExternalID
	}
	if anchor := in.Anchor(by(w)); anchor != "" {
		u.SetAnchor(by(w), anchor)
	}
	action := models.ActionAdopt
	if v.Fate == Revive {
		action = models.ActionRestore
	}
	return d.save(w, &old, &u, action)
}

// user reads a user for a change. To a directory, a user deleted at the source is
// gone (RFC 7644 §3.6).
func (w *work) user(id string) (models.User, error) {
	if err := checkID(models.UserTarget, id); err != nil {
		return models.User{}, err
	}
	u, err := w.tx.LockUser(w.by.OrganizationID, id)
	if err != nil {
		return u, err
	}
	w.about(&u)
	if u.Hidden && w.by.Directory() {
		return u, models.Errorf(models.NotFound, "id", "User %s was deleted by the directory.", id).
			WithAdvice("Create the user again: the same person returns with the same id and data.").WithCode("userNotFound")
	}
	return u, u.Load()
}

func same(old, u *models.User) bool {
	return old.Status == u.Status && old.PreservedBy == u.PreservedBy && old.Mode == u.Mode &&
		old.Hidden == u.Hidden && old.Note == u.Note && old.UserNameKey == u.UserNameKey &&
		old.MappingKey == u.MappingKey && old.ProfileKey == u.ProfileKey && old.ProfileBy == u.ProfileBy && old.Overrides == u.Overrides &&
		old.Parked == u.Parked && old.Staged == u.Staged && old.Protected == u.Protected && old.LegalHold == u.LegalHold &&
		old.Delivered == u.Delivered && old.EntraID == u.EntraID && old.LDAPID == u.LDAPID
}

// guard holds the ownership rules: an admin does not change what a directory
// manages (a user deleted there is managed no more), and a directory takes a manual user over only where adoption allows.
func (d *Directory) guard(w *work, old, u *models.User, changes []models.Change, action *models.Action) error {
	if w.follows || w.puts {
		return nil // rules give what the directory's own values come to
	}
	if !w.by.Directory() {
		if old.Managed() && !old.Hidden && len(changes) > 0 {
			return models.Errorf(models.Forbidden, changes[0].Path, "%s of %s is managed by the directory (%s).",
				changes[0].Path, old.UserName, old.Mode.Label()).
				WithAdvice("Change it in the directory; the next cycle brings it here. Notes and status can be changed here.").
				WithCode("managedByDirectory")
		}
		return nil
	}
	if old.Mode == w.by.Source() {
		return nil
	}
	if err := w.mayAdopt(old, u); err != nil {
		return err
	}
	u.Mode = w.by.Source()
	if *action == models.ActionUpdate {
		*action = models.ActionAdopt
		w.step(models.StepMatch, models.Success, "The directory takes over user %s, whom nobody managed.", old.UserName)
	}
	return nil
}
