package scimv2_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muster/models"
	"muster/models/filter"
)

// sameSet compares labels, in any order, with words; "none" is the empty set.
func sameSet(got []string, want string) error {
	slices.Sort(got)
	wanted := []string{}
	for w := range strings.FieldsSeq(want) {
		many, err := spread(w)
		if err != nil {
			return err
		}
		wanted = append(wanted, many...)
	}
	if want == "none" {
		wanted = nil
	}
	slices.Sort(wanted)
	if !slices.Equal(got, wanted) {
		return fmt.Errorf("found %s", said(strings.Join(got, " ")))
	}
	return nil
}

// expectNobody: "no user NAME" and "no group NAME", as directories see it.
func expectNobody(p *stage, l line) error {
	if len(l.words) != 2 || l.words[0] != "user" && l.words[0] != "group" {
		return fmt.Errorf("wants a user or a group by name")
	}
	var err error
	hidden := false
	if l.words[0] == "user" {
		var u models.User
		u, err = p.UserByName(p.t.Context(), p.org, l.words[1])
		hidden = u.Hidden
	} else {
		_, err = p.GroupByName(p.t.Context(), p.org, l.words[1])
	}
	if err == nil && !hidden {
		return fmt.Errorf("there is one")
	}
	if err != nil && models.KindOf(err) != models.NotFound {
		return err
	}
	return nil
}

// counted are the words that "users 3 active" counts by.
var counted = map[string]func(u *models.User) bool{
	"": func(*models.User) bool { return true }, "active": func(u *models.User) bool { return u.Status == models.Active },
	"inactive":  func(u *models.User) bool { return u.Status == models.Inactive },
	"preserved": func(u *models.User) bool { return u.Status == models.Preserved },
	"hidden":    func(u *models.User) bool { return u.Hidden }, "shown": func(u *models.User) bool { return !u.Hidden },
	"staged": func(u *models.User) bool { return u.Staged != models.NotStaged }, "parked": func(u *models.User) bool { return u.Parked != models.NotParked },
	"seated": func(u *models.User) bool { return u.HoldsSeat() }, "manual": func(u *models.User) bool { return u.Mode == models.Manual },
	"entering": func(u *models.User) bool { return u.Enters() },
}

func expectUsers(p *stage, l line) error {
	if len(l.words) == 0 || len(l.words) > 2 {
		return fmt.Errorf("does not say how many")
	}
	want, err := strconv.Atoi(l.words[0])
	is, ok := counted[strings.Join(l.words[1:], "")]
	if err != nil || !ok {
		return fmt.Errorf("users are not counted so")
	}
	all, err := p.everybody()
	if err != nil {
		return err
	}
	n := 0
	for i := range all {
		if is(&all[i]) {
			n++
		}
	}
	if n != want {
		return fmt.Errorf("found %d", n)
	}
	return nil
}

func (p *stage) everybody() ([]models.User, error) {
	var all []models.User
	err := p.EachUser(p.t.Context(), p.org, models.UserQuery{}, func(page []models.User) error {
		all = append(all, page...)
		return nil
	})
	return all, err
}

func expectDifferent(p *stage, l line) error {
	ids, err := p.ids(l.words)
	if err == nil && len(ids) != 2 {
		err = fmt.Errorf("wants two users")
	}
	if err != nil {
		return err
	}
	if ids[0] == ids[1] {
		return fmt.Errorf("they are the same: %s", ids[0])
	}
	return nil
}

// expectSeats: "seats 3/5 waiting 1".
func expectSeats(p *stage, l line) error {
	if len(l.words) != 3 || l.words[1] != "waiting" || !strings.Contains(l.words[0], "/") {
		return fmt.Errorf("wants the seats as 3/5 waiting 1")
	}
	o, err := p.Organization(p.t.Context(), p.org)
	if err != nil {
		return err
	}
	used, waiting, err := p.SeatsTaken(p.t.Context(), p.org)
	if err != nil {
		return err
	}
	if got := fmt.Sprintf("%d/%d waiting %d", used, o.Settings.SeatLimit, waiting); got != strings.Join(l.words, " ") {
		return fmt.Errorf("found %s", got)
	}
	return nil
}

// expectWaiting: who waits for a seat, first come first.
func expectWaiting(p *stage, l line) error {
	list, err := p.Users(p.t.Context(), p.org, models.UserQuery{Parked: models.WaitsForSeat})
	if err != nil {
		return err
	}
	var got []string
	for _, u := range list.Items {
		got = append(got, p.label(u.ID))
	}
	if said(strings.Join(got, " ")) != strings.Join(l.words, " ") {
		return fmt.Errorf("found %s", said(strings.Join(got, " ")))
	}
	return nil
}

// expectGroup: "group Sales members ada bob", "group Sales members none" and
// "group Sales mode=scim name=Sales".
func expectGroup(p *stage, l line) error {
	if len(l.words) < 2 {
		return fmt.Errorf("expects nothing of a group")
	}
	id, err := p.groupID(l.words[0])
	if err != nil {
		return err
	}
	g, err := p.Store.Group(p.t.Context(), p.org, id)
	if err != nil {
		return err
	}
	if l.words[1] == "members" {
		var got []string
		refs, err := p.Members(p.t.Context(), g.Key, models.MemberRef{}, 1000)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			got = append(got, p.label(ref.ID))
		}
		if g.MemberCount != int64(len(got)) {
			return fmt.Errorf("counts %d members and has %d", g.MemberCount, len(got))
		}
		return sameSet(got, strings.Join(l.words[2:], " "))
	}
	for _, w := range l.words[1:] {
		has := map[string]string{"mode": string(g.Mode), "name": g.DisplayName, "anchor": said(g.ExternalID), "protected": yesNo(g.Protected)}
		key, want, _ := strings.Cut(w, "=")
		if got, ok := has[key]; !ok || got != want {
			return fmt.Errorf("found %s=%s", key, got)
		}
	}
	return nil
}

// expectGroups: "groups ada Sales Team", the groups a user is in directly.
func expectGroups(p *stage, l line) error {
	if len(l.words) < 2 {
		return fmt.Errorf("wants a user and groups, or none")
	}
	id, err := p.id(l.words[0])
	if err != nil {
		return err
	}
	u, err := p.Store.User(p.t.Context(), p.org, id)
	if err != nil {
		return err
	}
	refs, err := p.GroupsOf(p.t.Context(), models.UserMember, u.Key, 100)
	if err != nil {
		return err
	}
	var got []string
	for _, ref := range refs {
		got = append(got, p.label(ref.ID))
	}
	return sameSet(got, strings.Join(l.words[1:], " "))
}

// expectRules: the names of the mappings in the order they are asked.
func expectRules(p *stage, l line) error {
	list, err := p.rules()
	if err != nil {
		return err
	}
	var got []string
	for i, m := range list {
		if m.Position != int64(i+1) {
			return fmt.Errorf("%s is number %d, and stands in place %d", m.Name, m.Position, i+1)
		}
		got = append(got, m.Name)
	}
	if !slices.Equal(got, l.words) {
		return fmt.Errorf("found %s", strings.Join(got, " "))
	}
	return nil
}

func expectPurgeable(p *stage, l line) error {
	o, err := p.Organization(p.t.Context(), p.org)
	if err != nil {
		return err
	}
	n, err := p.Purgeable(p.t.Context(), p.org, o.Settings.PurgeDays)
	if err != nil {
		return err
	}
	if strconv.FormatInt(n, 10) != strings.Join(l.words, " ") {
		return fmt.Errorf("found %d", n)
	}
	return nil
}

func fold(s string) string { return filter.Fold(s) }
