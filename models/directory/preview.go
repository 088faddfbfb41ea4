package directory

import (
	"cmp"
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"muster/models"
	"muster/models/filter"
	"muster/models/mapping"
	"muster/models/store"
)

// RuleChange is a change to a method's rules that is not made yet: one of the three.
type RuleChange struct {
	Method models.Method
	Save   *models.Mapping // ID "" is a new one, last or at its Position
	Delete string          // public id
	Order  []string        // public ids in their new order
}

// RulePreview tells what a change to the rules would do to the users whom the method
// manages.
type RulePreview struct {
	Matches  int64         // users whom the saved rule would hold
	Gains    int64         // of them, who are elsewhere now
	Loses    int64         // who are at the rule now and would be no more
	Moves    []RuleMove    // everybody whose rule would change, by from and to
	Moved    int64         // their sum
	Overlaps []RuleMove    // who match its condition but stay with an earlier rule, which is To
	First    []models.User // the first 20 by name whom the rule would hold, with their attributes
	ShutOut  int64         // active users who would be at no rule and so, by the organization's choice, out
}

// RuleMove is how many users would go from one rule to another; nil is none.
type RuleMove struct {
	From, To *models.Mapping
	Users    int64
}

const firstMost = 20

// PreviewRules counts what a change to the rules would do, and names the first whom
// a saved rule would hold. What it counts is what saving does.
func (d *Directory) PreviewRules(ctx context.Context, organization int64, c RuleChange) (RulePreview, error) {
	org, err := d.Store.Organization(ctx, organization)
	if err != nil {
		return RulePreview{}, err
	}
	types := mapping.Types(org.Settings)
	if c.Save != nil && c.Save.Filter != "" {
		if _, err := mapping.Parse(c.Save.Filter, types); err != nil {
			return RulePreview{}, err
		}
	}
	now, err := d.Store.Mappings(ctx, organization, c.Method)
	if err != nil {
		return RulePreview{}, err
	}
	if c, err = c.of(now); err != nil {
		return RulePreview{}, err
	}
	p := previewing{d: d, org: org, change: c, now: now, types: types}
	if p.then, err = c.apply(now); err != nil {
		return RulePreview{}, err
	}
	return p.run(ctx)
}

// of finds the rule that is changed or deleted among those there are.
func (c RuleChange) of(now []models.Mapping) (RuleChange, error) {
	id := c.Delete
	if c.Save != nil {
		id = c.Save.ID
	}
	if id == "" {
		return c, nil
	}
	at := slices.IndexFunc(now, func(m models.Mapping) bool { return m.ID == id })
	if at < 0 {
		return c, models.Errorf(models.NotFound, "mapping", "There is no such mapping any more.").
			WithAdvice("Somebody else may have deleted it; go back to the list of mappings.").WithCode("mappingNotFound")
	}
	if c.Save != nil {
		m := *c.Save
		m.Key = now[at].Key
		c.Save = &m
	}
	return c, nil
}

// apply gives the rules as they would be.
func (c RuleChange) apply(now []models.Mapping) ([]models.Mapping, error) {
	switch {
	case c.Order != nil:
		return inOrder(now, c.Order)
	case c.Delete != "":
		return slices.DeleteFunc(slices.Clone(now), func(m models.Mapping) bool { return m.ID == c.Delete }), nil
	case c.Save == nil:
		return now, nil
	}
	then := slices.DeleteFunc(slices.Clone(now), func(m models.Mapping) bool { return m.ID == c.Save.ID })
	at := len(then)
	if c.Save.Position > 0 {
		at = min(int(c.Save.Position)-1, len(then))
	}
	return slices.Insert(then, at, *c.Save), nil
}

// previewing is a preview under way.
type previewing struct {
	d         *Directory
	org       models.Organization
	change    RuleChange
	now, then []models.Mapping
	types     filter.Lookup
}

func (p previewing) run(ctx context.Context) (RulePreview, error) {
	var out RulePreview
	counts, err := p.moves(ctx, &out)
	if err != nil {
		return out, err
	}
	for _, c := range counts {
		p.add(&out, c)
	}
	if out.ShutOut, err = p.shutOut(ctx, out.Moves); err != nil {
		return out, err
	}
	slices.SortStableFunc(out.Moves, func(a, b RuleMove) int { return cmp.Compare(b.Users, a.Users) })
	slices.SortStableFunc(out.Overlaps, func(a, b RuleMove) int { return cmp.Compare(b.Users, a.Users) })
	return out, nil
}

// shutOut counts the active users whom no rule would match where such users may not
// use the application. With the first rule of a method that is everybody it does not
// match, though nobody's rule changes.
func (p previewing) shutOut(ctx context.Context, moves []RuleMove) (int64, error) {
	asked := func(list []models.Mapping) bool { return slices.ContainsFunc(list, models.Mapping.Asked) }
	u := p.org.Settings.Unmatched
	if u == models.UnmatchedDefault || u == "" || !asked(p.then) {
		return 0, nil
	}
	if asked(p.now) {
		n := int64(0)
		for _, m := range moves {
			if m.To == nil {
				n += m.Users
			}
		}
		return n, nil
	}
	return p.d.Store.CountShutOut(ctx, p.org.Key, p.change.Method, askedRules(p.then, p.types))
}

// matches counts whom the saved rule would hold, by where they are now, and who match
// it but stay with an earlier one.
func (p previewing) matches(ctx context.Context, out *RulePreview, rules []store.Rule, at int) ([]store.RuleCount, error) {
	own := rules[at]
	own.Settled = false
	found, err := p.d.Store.Matching(ctx, p.org.Key, p.change.Method, own, rules[:at], firstMost)
	if err != nil {
		return nil, err
	}
	var counts []store.RuleCount
	for _, c := range found.Counts {
		if c.Before != 0 {
			p.overlap(out, c.Before, c.Users)
			continue
		}
		counts = append(counts, store.RuleCount{Now: c.Now, Then: cmp.Or(own.Key, store.NewRule), Users: c.Users})
	}
	out.First = found.First
	for i := range out.First {
		if err := out.First[i].Load(); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// overlap adds users to those who match the saved rule and stay with an earlier one.
func (p previewing) overlap(out *RulePreview, with, users int64) {
	for i := range out.Overlaps {
		if out.Overlaps[i].To != nil && out.Overlaps[i].To.Key == with {
			out.Overlaps[i].Users += users
			return
		}
	}
	out.Overlaps = append(out.Overlaps, RuleMove{From: p.change.Save, To: p.rule(with), Users: users})
}

// saved is the place of the saved rule among those that are asked.
func (p previewing) saved() (int, bool) {
	if p.change.Save == nil || !p.change.Save.Asked() {
		return 0, false
	}
	at := 0
	for _, m := range p.then {
		if m.ID == p.change.Save.ID {
			return at, true
		}
		if m.Asked() {
			at++
		}
	}
	return 0, false
}

// moves counts how many users are at which rule and would be at which. Where every
// user is at the rule that the present rules give them, only those are looked at who
// match the saved rule, or are at the one that changes.
func (p previewing) moves(ctx context.Context, out *RulePreview) ([]store.RuleCount, error) {
	rules := askedRules(p.then, p.types)
	settled, err := p.d.Store.Settled(ctx, p.org.Key, p.change.Method)
	if err != nil {
		return nil, err
	}
	if settled {
		p.prune(rules)
	}
	var matches, others []store.RuleCount
	both, ctx := errgroup.WithContext(ctx) // somebody waits for the two answers
	if at, asked := p.saved(); asked {
		both.Go(func() (err error) {
			matches, err = p.matches(ctx, out, rules, at)
			return err
		})
	}
	gone, all := p.changed(), !settled || p.change.Order != nil
	both.Go(func() (err error) {
		switch {
		case all:
			others, err = p.d.Store.CountRules(ctx, p.org.Key, p.change.Method, rules)
		case gone != 0:
			others, err = p.d.Store.CountLeavers(ctx, p.org.Key, p.change.Method, gone, rules)
		}
		return err
	})
	if err := both.Wait(); err != nil || all {
		return others, err //nolint:wrapcheck // each says what it was for
	}
	for _, c := range others {
		if c.Then != gone {
			matches = append(matches, c)
		}
	}
	return matches, nil
}

// prune tells, for each rule as it would be, who is known to match it and of whom it
// must be asked: users are at the first rule that matched them, so that one which came
// after theirs may match them too, while none before it does.
func (p previewing) prune(rules []store.Rule) {
	was, is := map[int64]int{}, map[int64]int{}
	for i, r := range askedRules(p.now, p.types) {
		was[r.Key] = i
	}
	for i, r := range rules {
		is[r.Key] = i
	}
	for key := range was {
		if p.change.Save != nil && key == p.change.Save.Key {
			delete(is, key) // its condition may be another: it holds nobody for sure
		}
	}
	for i := range rules {
		r := &rules[i]
		place, asked := was[r.Key]
		_, same := is[r.Key]
		same = same && asked
		r.Settled, r.Keeps, r.Asks = true, same, nil
		for key, before := range was {
			stays, there := is[key]
			if (!there || i < stays) && (!same || before < place) {
				r.Asks = append(r.Asks, key)
			}
		}
		if !same {
			r.Asks = append(r.Asks, 0)
		}
		slices.Sort(r.Asks)
	}
}

// changed is the key of the rule that is changed or deleted, 0 for a new one.
func (p previewing) changed() int64 {
	if p.change.Save != nil {
		return p.change.Save.Key
	}
	for _, m := range p.now {
		if m.ID == p.change.Delete {
			return m.Key
		}
	}
	return 0
}

// add puts a count into the preview.
func (p previewing) add(out *RulePreview, c store.RuleCount) {
	saved := int64(0)
	if p.change.Save != nil {
		saved = cmp.Or(p.change.Save.Key, store.NewRule)
	}
	if saved != 0 && c.Then == saved {
		out.Matches += c.Users
	}
	if c.Now == c.Then {
		return
	}
	switch {
	case saved != 0 && c.Then == saved:
		out.Gains += c.Users
	case saved != 0 && c.Now == saved, p.change.Delete != "" && c.Now == p.changed():
		out.Loses += c.Users
	}
	out.Moved += c.Users
	out.Moves = append(out.Moves, RuleMove{From: p.rule(c.Now), To: p.rule(c.Then), Users: c.Users})
}

// rule is the mapping of a key: as it would be, or as it was if it goes.
func (p previewing) rule(key int64) *models.Mapping {
	if key == store.NewRule {
		return p.change.Save
	}
	for _, list := range [][]models.Mapping{p.then, p.now} {
		for i := range list {
			if list[i].Key == key && key != 0 {
				return &list[i]
			}
		}
	}
	return nil
}

// askedRules are the rules that take part, as the database is asked them.
func askedRules(list []models.Mapping, types filter.Lookup) []store.Rule {
	var out []store.Rule
	for _, m := range list {
		if !m.Asked() {
			continue
		}
		r := store.Rule{Key: m.Key, Groups: m.Groups, Profile: m.ProfileKey, Types: mapping.Exactness(types, m.CaseExact)}
		if m.Filter != "" {
			expr, err := mapping.Parse(m.Filter, types)
			r.Filter, r.Broken = expr, err != nil
		}
		out = append(out, r)
	}
	return out
}
