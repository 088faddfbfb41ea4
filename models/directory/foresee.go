package directory

import (
	"context"

	"muster/models"
	"muster/models/store"
)

// Foresight is what delivering a record would do, as far as can be told without doing it:
// a mapping or a seat may still decide otherwise.
type Foresight struct {
	Known   *models.User    // whom the record is or matches, as they are; nil for nobody
	Action  models.Action   // create, adopt, restore, update or preserve; "" when nothing would change
	How     string          // what matched: anchor, userName, emails or employeeNumber; "" for nobody
	Text    string          // what the match found, a sentence
	Changes []models.Change // of the user's attributes, or all of a new one's
	Status  models.Status   // that the user would have
	Refusal *models.Error   // why it would be refused, or would wait for an administrator
	Then    *models.User    // what others meet of the user afterwards: key, anchor, name, address and number; nil when refused
}

// Foresee tells what delivering a record would do: the user that has its anchor is
// edited, everybody else is looked for as a new record is. ahead is what is done before;
// nil for nothing.
func (d *Directory) Foresee(
	ctx context.Context, r store.Reader, org models.Organization, by models.Actor, anchor string, edit func(*models.User) error, ahead *Ahead,
) (Foresight, error) {
	rules, err := d.rulesFor(ctx, by)
	if err != nil {
		return Foresight{}, err
	}
	known, err := r.UserByAnchor(ctx, org.Key, by.Source(), anchor)
	switch {
	case err != nil && models.KindOf(err) != models.NotFound:
		return Foresight{}, err
	case err == nil && !known.Hidden && known.Mode == by.Source():
		f, err := foreseeEdit(known, rules, edit)
		if err == nil {
			err = f.settle(ctx, r, &known, org, by, ahead)
		}
		return f, err
	}
	in := models.User{OrganizationID: org.Key, Attributes: models.Attributes{}}
	if err := edit(&in); err != nil {
		return refusedAhead(err)
	}
	rules.begin(&in)
	if err := in.Extract(); err != nil {
		return Foresight{}, err
	}
	if err := check(&in); err != nil {
		return refusedAhead(err)
	}
	w := &work{tx: store.Reading(ctx, r), by: by, org: org}
	found, err := w.candidates(&in)
	if err != nil {
		return Foresight{}, err
	}
	found = ahead.others(&in, found)
	v := Match(&in, found, org.Settings, by)
	f := foreseeMatch(&in, found, v)
	switch {
	case v.Refusal == nil:
		f.Then = then(v.User, &in, by)
		err = f.settle(ctx, r, v.User, org, by, ahead)
	case ahead.holds(v.Holder):
		f.Known = nil
		f.refuse(claimedAhead("userName", in.UserName))
	}
	return f, err
}

// settle looks at what others have, or will have, of what the user is to have.
func (f *Foresight) settle(ctx context.Context, r store.Reader, old *models.User, org models.Organization, by models.Actor, ahead *Ahead) error {
	if f.Then == nil || f.Action == "" {
		return nil
	}
	why := ahead.refusal(old, f.Then, org.Settings)
	if why == nil {
		var err error
		if why, err = outsider(ctx, r, old, f.Then, org.Settings, by); err != nil {
			return err
		}
	}
	f.refuse(why)
	return nil
}

// then is what others meet of a user once a record is delivered.
func then(known, in *models.User, by models.Actor) *models.User {
	u := models.User{OrganizationID: in.OrganizationID, Mode: by.Source(), Status: models.Active}
	if known != nil {
		u.Key, u.ID = known.Key, known.ID
	}
	u.UserName, u.UserNameKey, u.Email, u.EmailKey, u.EmployeeNumber = in.UserName, in.UserNameKey, in.Email, in.EmailKey, in.EmployeeNumber
	u.SetAnchor(by.Anchors(), in.Anchor(by.Anchors()))
	return &u
}

// refuse makes a foresight one of a refusal; nil leaves it as it is.
func (f *Foresight) refuse(why *models.Error) {
	if why != nil {
		f.Action, f.Refusal, f.Text, f.Then = "", why, why.Msg, nil
	}
}

// refusedAhead is the foresight of a record that cannot even be made.
func refusedAhead(err error) (Foresight, error) {
	if refusal, ok := models.AsError(err); ok && refusal.Kind != models.Unavailable {
		return Foresight{Refusal: refusal, Text: refusal.Msg}, nil
	}
	return Foresight{}, err
}

func foreseeEdit(known models.User, rules rules, edit func(*models.User) error) (Foresight, error) {
	if err := known.Load(); err != nil {
		return Foresight{}, err
	}
	e, err := editUser(known, rules, edit)
	if err != nil {
		f, err := refusedAhead(err)
		f.Known, f.How = &known, "anchor"
		return f, err
	}
	f := Foresight{Known: &known, How: "anchor", Text: "Known by its anchor.", Changes: e.changes, Status: known.Status, Then: &e.now}
	on := e.now.Enabled
	switch {
	case on != nil && !*on && (known.Status == models.Active && known.Staged == models.NotStaged || known.Parked != models.NotParked):
		f.Action, f.Status = models.ActionPreserve, models.Preserved
	case on != nil && *on && known.Parked == models.NotParked && known.Status == models.Preserved && known.PreservedBy == models.ByDirectory:
		f.Action, f.Status = models.ActionRestore, models.Active
	case len(e.changes) > 0 || !same(&e.old, &e.now) || on != nil && *on && known.Staged == models.StagedDisable:
		f.Action = models.ActionUpdate
	}
	return f, nil
}

func foreseeMatch(in *models.User, c Candidates, v Verdict) Foresight {
	f := Foresight{Known: v.User, Text: v.Text, Refusal: v.Refusal, Status: models.Active}
	if in.Enabled != nil && !*in.Enabled {
		f.Status = models.Preserved
	}
	if v.Refusal != nil {
		f.Known = v.Holder
		return f
	}
	switch v.Fate {
	case Create:
		f.Action, f.Changes = models.ActionCreate, modified(nil, in.Attributes)
		return f
	case Revive:
		f.Action = models.ActionRestore
	case Adopt, Refuse:
		f.Action = models.ActionAdopt
	}
	switch {
	case c.ByAnchor != nil && v.User.Key == c.ByAnchor.Key:
		f.How = "anchor"
	case c.ByName != nil && v.User.Key == c.ByName.Key:
		f.How = "userName"
	case in.EmailKey != "" && v.User.EmailKey == in.EmailKey:
		f.How = "emails"
	default:
		f.How = "employeeNumber"
	}
	old := *v.User
	if old.Load() == nil {
		f.Changes = modified(old.Attributes, in.Attributes)
	}
	if v.Fate == Adopt && old.Status != models.Active {
		f.Status = old.Status
	}
	return f
}
