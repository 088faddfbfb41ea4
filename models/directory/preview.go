package directory

import (
	"cmp"
	"context"
	"maps"
	"slices"

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
	if c.Save != nil {
		if c.Save.Filter != "" {
			if _, err := mapping.Parse(c.Save.Filter, types); err != nil {
				return RulePreview{}, err
			}
		}
	}
	now, err := d.Store.Mappings(ctx, organization, c.Method)
	if err != nil {
		return RulePreview{}, err
	}
	p := previewing{d: d, org: org, change: c, now: now, types: types}
	if p.then, err = c.apply(now); err != nil {
		return RulePreview{}, err
	}
	return p.run(ctx)
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
	counts, err := p.counts(ctx, &out)
	if err != nil {
		return out, err
	}
	for _, c := range counts {
		p.add(&out, c)
	}
	slices.SortStableFunc(out.Moves, func(a, b RuleMove) int { return cmp.Compare(b.Users, a.Users) })
	slices.SortStableFunc(out.Overlaps, func(a, b RuleMove) int { return cmp.Compare(b.Users, a.Users) })
	at, ok := p.saved()
	if !ok {
		return out, nil
	}
	rules := askedRules(p.then, p.types)
	out.First, err = p.d.Store.FirstMatches(ctx, p.org.Key, p.change.Method, rules[at], rules[:at], firstMost)
	for i := range out.First {
		if err := out.First[i].Load(); err != nil {
			return out, err
		}
	}
	return out, err
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

// counts gives how many users are at which rule and would be at which. Where an index
// leads to those whom one rule matches, the others need not be looked at: they are
// where they were.
func (p previewing) counts(ctx context.Context, out *RulePreview) ([]store.RuleCount, error) {
	rules := askedRules(p.then, p.types)
	at, asked := p.saved()
	one := p.settled(ctx) && p.change.Order == nil && p.samePlace()
	if !one || asked && !p.d.Store.Indexed(p.org.Key, rules[at]) {
		counts, err := p.d.Store.CountRules(ctx, p.org.Key, p.change.Method, rules)
		if err == nil && asked {
			err = p.overlaps(ctx, out, rules, at)
		}
		return counts, err
	}
	var counts []store.RuleCount
	if asked {
		matches, err := p.d.Store.CountMatches(ctx, p.org.Key, p.change.Method, rules[at])
		if err != nil {
			return nil, err
		}
		for _, now := range slices.Sorted(maps.Keys(matches)) {
			if slices.ContainsFunc(rules[:at], func(r store.Rule) bool { return r.Key == now && now != 0 }) {
				p.overlap(out, now, matches[now])
				continue
			}
			counts = append(counts, store.RuleCount{Now: now, Then: cmp.Or(rules[at].Key, store.NewRule), Users: matches[now]})
		}
	}
	gone := p.changed()
	if gone == 0 {
		return counts, nil
	}
	leavers, err := p.d.Store.CountLeavers(ctx, p.org.Key, p.change.Method, gone, rules)
	for _, c := range leavers {
		if c.Then != gone {
			counts = append(counts, c)
		}
	}
	return counts, err
}

// overlaps counts those who match the saved rule's own condition and stay with an
// earlier one.
func (p previewing) overlaps(ctx context.Context, out *RulePreview, rules []store.Rule, at int) error {
	if at == 0 {
		return nil
	}
	// As if the rule came last of those before it: whoever it does not win there, it
	// would win alone.
	alone := rules[at]
	matches, err := p.d.Store.CountBoth(ctx, p.org.Key, p.change.Method, alone, rules[:at])
	for _, key := range slices.Sorted(maps.Keys(matches)) {
		p.overlap(out, key, matches[key])
	}
	return err
}

func (p previewing) overlap(out *RulePreview, with, users int64) {
	if with != 0 {
		out.Overlaps = append(out.Overlaps, RuleMove{From: p.change.Save, To: p.rule(with), Users: users})
	}
}

// settled tells whether every user is where the present rules say.
func (p previewing) settled(ctx context.Context) bool {
	_, pending, err := p.d.Store.Unfinished(ctx, p.org.Key, p.change.Method)
	return err == nil && !pending
}

// samePlace tells whether the change leaves all other rules in their order around
// the saved one.
func (p previewing) samePlace() bool {
	if p.change.Save == nil || p.change.Save.ID == "" {
		return true
	}
	same := func(m models.Mapping) bool { return m.ID == p.change.Save.ID }
	return slices.IndexFunc(p.now, same) == slices.IndexFunc(p.then, same)
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
