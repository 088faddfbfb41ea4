package directory

import (
	"maps"
	"slices"

	"muster/models"
	"muster/models/mapping"
)

// place puts a user where the rules of the method that manages them say: rule,
// profile, and whether they may come in at all. Old is nil for a new user. Whom an
// administrator gave a profile by hand keeps it and is in.
func (d *Directory) place(w *work, old, u *models.User) error {
	if !u.Managed() {
		u.MappingKey = 0 // rules are for whom their method manages; the profile stays
	}
	if !w.places() || u.Hidden || !u.Managed() {
		return nil
	}
	r, err := d.rulings.of(w.tx.Context(), w.tx.Reader, w.org)
	if err != nil {
		return err
	}
	w.ruling = r
	if r == nil {
		w.step(models.StepScope, models.Success, "In scope: every user that the source sends is provisioned.")
		return nil
	}
	s := mapping.Subject{Document: u.Attributes}
	if old != nil && r.rules[u.Mode].AskGroups() {
		if s.Groups, err = w.tx.GroupsAbove(w.tx.Context(), u.Key); err != nil {
			return err
		}
	}
	g := r.decide(u.Mode, s)
	u.MappingKey = 0
	if g.rule != nil {
		u.MappingKey = g.rule.Key
		w.rule = g.rule
	}
	if u.ProfileBy != models.ByHand {
		u.ProfileKey, u.ProfileBy = g.profile, g.by
	}
	if err := w.scope(old, u, g, r, s); err != nil {
		return err
	}
	return w.planGroups(old, u)
}

// settle ends what an edit of the status makes void: who is active waits for nothing,
// who is preserved needs no seat, and nothing is held back of who is not active.
func settle(u *models.User) {
	if u.Status == models.Active || u.Status == models.Preserved && u.Parked == models.WaitsForSeat {
		u.Parked = models.NotParked
	}
	if u.Status != models.Active {
		u.Staged, u.StagedAt = models.NotStaged, 0
	}
}

// places tells whether this change follows the rules: what a directory sends, and
// what re-evaluates them.
func (w *work) places() bool { return w.by.Directory() || w.follows }

// scope lets a matched user in and applies the organization's choice to one whom no
// rule matches.
func (w *work) scope(old, u *models.User, g grant, r *ruling, s mapping.Subject) error {
	if g.unmatched && u.ProfileBy != models.ByHand {
		return w.outOfScope(old, u, r, s)
	}
	w.step(models.StepScope, models.Success, "%s", inScope(u, g, r))
	if u.Parked == models.WaitsForRule {
		w.enters(u)
	}
	if old == nil && g.rule != nil && g.rule.InitialStatus == models.Inactive && u.Status == models.Active {
		w.beginsInactive(u, *g.rule)
	}
	return nil
}

func inScope(u *models.User, g grant, r *ruling) string {
	text := "In scope: every user that the source sends is provisioned."
	switch {
	case g.rule != nil:
		text = "Mapping “" + g.rule.Name + "” matches."
	case g.unmatched:
		text = "No mapping matches; the user has a profile by hand."
	}
	if name := r.profileName(u.ProfileKey); name != "" {
		text += " Profile: " + name
		switch u.ProfileBy {
		case models.ByHand:
			text += ", given by hand"
		case models.ByDefaultProfile:
			text += ", the default"
		case models.ByMapping, models.ByNoMapping:
		}
		text += "."
	}
	return text
}

// outOfScope is for a user whom no rule matches while there are rules.
func (w *work) outOfScope(old, u *models.User, r *ruling, s mapping.Subject) error {
	why := r.rules[u.Mode].NearMiss(s, w.groupName)
	if w.org.Settings.Unmatched != models.UnmatchedDefault && w.org.Settings.Unmatched != "" {
		if spared, err := w.spared(old, u); spared || err != nil {
			w.step(models.StepScope, models.Warning, "No mapping matches any more; the user stays all the same. %s", why)
			return err
		}
	}
	switch w.org.Settings.Unmatched {
	case models.UnmatchedRefuse:
		if old == nil {
			w.step(models.StepScope, models.Failure, "No mapping matches. %s", why)
			return models.Errorf(models.Forbidden, "", "No mapping of this organization matches user %s, and such users are refused. %s", u.UserName, why).
				WithAdvice("Correct the user in the directory, or ask an administrator of Muster for a mapping that matches.").WithCode("noMappingMatched")
		}
		w.park(u, models.Preserved, "No mapping matches any more")
		w.step(models.StepScope, models.Warning, "No mapping matches any more, so the user is preserved. %s", why)
	case models.UnmatchedPark:
		w.park(u, models.Inactive, "Waiting for a mapping that matches")
		w.step(models.StepScope, models.Warning, "No mapping matches, so the user waits in the queue. %s", why)
	case models.UnmatchedDefault, "":
		if u.Parked == models.WaitsForRule {
			w.enters(u)
		}
		w.step(models.StepScope, models.Success, "No mapping matches; %s. %s", fallback(r), why)
	}
	return nil
}

func fallback(r *ruling) string {
	if name := r.profileName(r.fallback); name != "" {
		return "the user has the default profile " + name
	}
	return "the user has no profile"
}

// park makes a user wait for a rule who is in, or would be with a seat; who is out
// already stays as they are.
func (w *work) park(u *models.User, as models.Status, why string) {
	if u.Status != models.Active && u.Parked != models.WaitsForSeat {
		return
	}
	w.await(u, as, models.WaitsForRule, why)
	if w.entry.Code == "" {
		w.warn(models.Warning, "noMappingMatched", "Add a mapping that matches the user, give them a profile by hand, or change under Settings what happens to users whom no mapping matches.")
	}
}

// regroup is a membership that a rule makes or ends.
type regroup struct {
	group int64
	join  bool
}

// planGroups finds which groups the user gets from the rule they are at, and which
// that another rule gave they lose. Old is nil for a new user.
func (w *work) planGroups(old, u *models.User) error {
	var wanted []string
	if w.rule != nil && w.rule.Key == u.MappingKey && !u.Hidden {
		wanted = w.rule.LocalGroups
	}
	given := map[int64]int64{}
	if old != nil {
		var err error
		if given, err = w.tx.RuledGroups(w.tx.Context(), u.Key); err != nil {
			return err
		}
	}
	keys, err := w.localGroups(u, wanted)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(keys, key) || given[key] != u.MappingKey {
			w.regroups = append(w.regroups, regroup{group: key})
			delete(given, key)
		}
	}
	for _, key := range keys {
		if _, has := given[key]; has {
			continue
		}
		is := false
		if old != nil {
			if is, err = w.tx.IsMember(key, models.UserMember, u.Key); err != nil {
				return err
			}
		}
		if !is || slices.Contains(w.regroups, regroup{group: key}) {
			w.regroups = append(w.regroups, regroup{key, true})
		}
	}
	return nil
}

// localGroups gives the keys of the groups that a rule names; one that is there no
// more is told.
func (w *work) localGroups(u *models.User, ids []string) ([]int64, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	refs, err := w.tx.Resolve(w.tx.Context(), u.OrganizationID, ids)
	if err != nil {
		return nil, err
	}
	var keys []int64
	for _, id := range ids {
		if ref, ok := refs[id]; ok && ref.Kind == models.GroupMember {
			keys = append(keys, ref.Key)
			continue
		}
		w.entry.Details.Notes = append(w.entry.Details.Notes, "A group that mapping “"+w.rule.Name+"” puts its users into is there no more.")
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

// joinGroups makes and ends the memberships that were planned.
func (w *work) joinGroups(u *models.User) error {
	for _, g := range w.regroups {
		done, by := false, int64(-1)
		var err error
		if g.join {
			by = 1
			done, err = w.tx.AddMember(models.Member{
				GroupKey: g.group, Kind: models.UserMember, MemberKey: u.Key, OrganizationID: u.OrganizationID,
				Mode: models.Manual, MappingKey: u.MappingKey, Created: w.tx.Now(),
			})
		} else {
			done, err = w.tx.RemoveMember(g.group, models.UserMember, u.Key)
		}
		if err != nil {
			return err
		}
		if done {
			if err := w.moveMember(g.group, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// moveMember counts a membership that a rule made or ended, and notes it with the
// user's change.
func (w *work) moveMember(group, by int64) error {
	if err := w.tx.MoveMembers(group, by); err != nil {
		return err
	}
	name, err := w.tx.GroupName(w.tx.Context(), group)
	if err != nil {
		return err
	}
	c := models.Change{Path: "groups", New: name}
	if by < 0 {
		c = models.Change{Path: "groups", Old: name}
	}
	w.entry.Details.Modified = append(w.entry.Details.Modified, c)
	return nil
}

// profilePath is what the profile is called among a user's attributes.
const profilePath = "profile"

// ruleOrigin tells which rule gave the user their profile.
func (w *work) ruleOrigin(u *models.User) models.Origin {
	o := w.origin()
	if w.rule != nil && u.ProfileBy == models.ByMapping {
		o.Rule = w.rule.Name
	}
	return o
}

// placeChanges tells what the rules changed about a user as modified properties.
func placeChanges(r *ruling, old, u *models.User) []models.Change {
	if old == nil {
		old = &models.User{}
	}
	var out []models.Change
	if old.ProfileKey != u.ProfileKey {
		out = append(out, models.Change{Path: profilePath, Old: r.profileName(old.ProfileKey), New: r.profileName(u.ProfileKey)})
	}
	if old.MappingKey != u.MappingKey {
		out = append(out, models.Change{Path: "mapping", Old: r.mappingName(old.MappingKey), New: r.mappingName(u.MappingKey)})
	}
	if old.Parked != u.Parked {
		out = append(out, models.Change{Path: "waits for", Old: string(old.Parked), New: string(u.Parked)})
	}
	return out
}

// groupName is what a group is called, for words about rules; its id when it is gone.
func (w *work) groupName(id string) string {
	refs, err := w.tx.Resolve(w.tx.Context(), w.org.Key, []string{id})
	if ref, ok := refs[id]; ok && err == nil {
		return ref.Name
	}
	return id
}
