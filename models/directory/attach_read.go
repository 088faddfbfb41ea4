package directory

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/filter"
	"muster/models/mapping"
	"muster/models/store"
)

// attacher reads what proposals rest on, for many users at a time.
type attacher struct {
	r       store.Reader
	org     models.Organization
	ruling  *ruling
	queued  bool    // there are open decisions at all
	records Records // nil: nothing is known from outside
}

func (d *Directory) attacher(ctx context.Context, r store.Reader, org models.Organization) (*attacher, error) {
	a := &attacher{r: r, org: org, records: d.Records}
	var err error
	if a.ruling, err = d.rulings.of(ctx, r, org); err != nil {
		return nil, err
	}
	counts, err := r.QueueCounts(ctx, org.Key)
	for _, n := range counts {
		a.queued = a.queued || n > 0
	}
	return a, err
}

// Attachment is a user whom nobody manages with the record, the mapping and the
// profile that they would get.
type Attachment struct {
	Proposal
	User    models.User
	Mapping *models.Mapping // nil when none matches
	Profile *models.Profile // nil for none
	ByHand  bool            // they keep the profile that an administrator gave them
	Ruled   bool            // the method has mappings
}

// propose decides on users, as a list has them.
func (a *attacher) propose(ctx context.Context, users []models.User) ([]Proposal, error) {
	cases, err := a.cases(ctx, users)
	if err != nil {
		return nil, err
	}
	out := make([]Proposal, len(users))
	for i := range cases {
		out[i] = Propose(cases[i])
	}
	if !a.excludes() {
		return out, nil
	}
	return out, a.rule(ctx, cases, out)
}

func (a *attacher) cases(ctx context.Context, users []models.User) ([]AttachCase, error) {
	cases := make([]AttachCase, len(users))
	items := map[int64][]models.QueueItem{}
	var err error
	if a.queued && len(users) > 0 {
		if items, err = a.r.ItemsOfUsers(ctx, a.org.Key, users); err != nil {
			return nil, err
		}
	}
	records := make([][]Record, len(users))
	if a.records != nil && len(users) > 0 {
		ask := make([]Wanted, len(users))
		for i := range users {
			ask[i] = wanted(&users[i], a.org.Method)
		}
		if records, err = a.records.Find(ctx, a.org.Key, a.org.Method, ask); err != nil {
			return nil, fmt.Errorf("look for records of users: %w", err)
		}
	}
	for i := range users {
		c := AttachCase{User: &users[i], Method: a.org.Method, Items: items[users[i].Key]}
		for _, r := range records[i] {
			if c.claim(r) != "" { // as the user is now
				c.Records = append(c.Records, r)
			}
		}
		if err := a.holders(ctx, &c); err != nil {
			return nil, err
		}
		cases[i] = c
	}
	return cases, nil
}

// holders looks who else has the anchors and userNames of what could be the user's
// record.
func (a *attacher) holders(ctx context.Context, c *AttachCase) error {
	var anchors, names []string
	for _, i := range c.Items {
		anchors = append(anchors, i.Anchor)
	}
	for _, r := range c.Records {
		anchors, names = append(anchors, r.Anchor), append(names, r.UserName)
	}
	c.Holders, c.Named = map[string]string{}, map[string]string{}
	for _, anchor := range anchors {
		if anchor == "" || anchor == c.User.Anchor(c.Method) {
			continue
		}
		if err := note(c.Holders, anchor, c.User)(a.r.UserByAnchor(ctx, a.org.Key, c.Method, anchor)); err != nil {
			return err
		}
	}
	for _, name := range names {
		if key := filter.Fold(name); key != "" && key != c.User.UserNameKey {
			if err := note(c.Named, key, c.User)(a.r.UserByName(ctx, a.org.Key, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// note keeps who was found under a value, unless it is the user; nobody is found
// where a user deleted at the source has it.
func note(into map[string]string, value string, u *models.User) func(models.User, error) error {
	return func(found models.User, err error) error {
		switch {
		case err == nil && found.ID != u.ID && !found.Hidden:
			into[value] = found.UserName
		case err != nil && models.KindOf(err) != models.NotFound:
			return err
		}
		return nil
	}
}

// excludes tells whether a user whom no mapping matches is put out, so that a
// proposal has to know the mapping.
func (a *attacher) excludes() bool {
	choice := a.org.Settings.Unmatched
	return a.ruling != nil && a.ruling.rules[a.org.Method].Any() && choice != "" && choice != models.UnmatchedDefault
}

// rule weighs proposals that are safe so far once more with what the mappings do.
func (a *attacher) rule(ctx context.Context, cases []AttachCase, out []Proposal) error {
	var keys []int64
	for i := range out {
		if out[i].Standing == Safe {
			keys = append(keys, cases[i].User.Key)
		}
	}
	whole, err := a.r.UsersByKey(ctx, a.org.Key, keys)
	if err != nil {
		return err
	}
	for i := range out {
		u, ok := whole[cases[i].User.Key]
		if !ok || u.ProfileBy == models.ByHand || u.Status != models.Active {
			continue
		}
		g, err := a.grant(ctx, &u)
		if err != nil {
			return err
		}
		if g.unmatched {
			cases[i].Unmatched = a.putOut()
			out[i] = Propose(cases[i])
		}
	}
	return nil
}

func (a *attacher) putOut() string {
	if a.org.Settings.Unmatched == models.UnmatchedRefuse {
		return "No mapping matches, so the user would be preserved."
	}
	return "No mapping matches, so the user would wait for one and may not use the application."
}

// grant is what the rules of the method in charge give a user, as they are now.
func (a *attacher) grant(ctx context.Context, u *models.User) (grant, error) {
	if a.ruling == nil {
		return grant{}, nil
	}
	if err := u.Load(); err != nil {
		return grant{}, err
	}
	s := mapping.Subject{Document: u.Attributes}
	if a.ruling.rules[a.org.Method].AskGroups() {
		var err error
		if s.Groups, err = a.r.GroupsAbove(ctx, u.Key); err != nil {
			return grant{}, err
		}
	}
	return a.ruling.decide(a.org.Method, s), nil
}

// whole makes proposals into what a page shows: with mapping and profile.
func (a *attacher) whole(ctx context.Context, users []models.User, proposals []Proposal) ([]Attachment, error) {
	keys := make([]int64, len(users))
	for i, u := range users {
		keys[i] = u.Key
	}
	full, err := a.r.UsersByKey(ctx, a.org.Key, keys)
	if err != nil {
		return nil, err
	}
	out := make([]Attachment, 0, len(users))
	for i := range users {
		t := Attachment{User: users[i], Proposal: proposals[i]}
		if u, ok := full[users[i].Key]; ok {
			t.User = u
		}
		if err := a.placed(ctx, &t); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// placed notes which mapping of the method would match a user, and which profile that
// comes to.
func (a *attacher) placed(ctx context.Context, t *Attachment) error {
	g, err := a.grant(ctx, &t.User)
	if err != nil || a.ruling == nil {
		return err
	}
	t.Ruled, t.Mapping = a.ruling.rules[a.org.Method].Any(), g.rule
	key := g.profile
	if t.ByHand = t.User.ProfileBy == models.ByHand; t.ByHand {
		key = t.User.ProfileKey
	}
	if p, ok := a.ruling.profiles[key]; ok {
		t.Profile = &p
	}
	return nil
}
