package directory_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/directory"
	"muster/models/directory/directorytest"
	"muster/models/mapping"
)

// What a preview counts is what saving does, for any change to any rules: so many
// changes are previewed, made, and looked at on each database.
func TestPreviewsAreWhatSavingDoes(t *testing.T) {
	for _, engine := range []struct {
		name    string
		world   func(testing.TB) *directorytest.World
		changes int
	}{{"sqlite", directorytest.SQLite, 1000}, {"postgres", directorytest.Postgres, 100}} {
		t.Run(engine.name, func(t *testing.T) {
			p := newPlay(t, world{engine.world(t)}, 40)
			changes := engine.changes
			if testing.Short() || raced {
				changes /= 10
			}
			for n := range changes {
				if n%7 == 0 {
					p.disturb(t)
				}
				p.once(t, n)
			}
		})
	}
}

// play is an organization of a few people in nested groups whose rules change at
// random.
type play struct {
	world
	chance
	users  []string
	groups []models.Group
	locals []models.Group
	profs  []models.Profile
	names  int
}

func newPlay(t *testing.T, w world, users int) *play {
	t.Helper()
	p := &play{world: w, chance: newChance(7)}
	w.set(t, func(s *models.OrganizationSettings) { s.Attributes = declared() })
	for i := range users {
		u, err := w.CreateUser(t.Context(), w.Client(), put(p.about(attrs{"userName": fmt.Sprintf("%s%d", p.word(), i), "externalId": fmt.Sprint(p.word(), i)}), true))
		done(t, err)
		p.users = append(p.users, u.ID)
	}
	for i := range 6 {
		var members []string
		for range p.IntN(12) {
			members = append(members, any1(p.chance, p.users))
		}
		if i > 0 && p.often(80) {
			members = append(members, p.groups[p.IntN(i)].ID)
		}
		slices.Sort(members)
		g, err := w.CreateGroup(t.Context(), w.Client(), slices.Compact(members), named(fmt.Sprint("Group ", i)))
		done(t, err)
		p.groups = append(p.groups, g)
	}
	for i := range 2 {
		g, err := w.CreateGroup(t.Context(), w.Admin(), nil, named(fmt.Sprint("Local ", i)))
		done(t, err)
		p.locals = append(p.locals, g)
	}
	for i := range 3 {
		p.profs = append(p.profs, w.profile(t, fmt.Sprint("Profile ", i)))
	}
	return p
}

// disturb changes a person and a membership, as a directory would between two changes
// of the rules.
func (p *play) disturb(t *testing.T) {
	t.Helper()
	id := any1(p.chance, p.users)
	u := p.User(t, id)
	_, err := p.UpdateUser(t.Context(), p.Client(), id, func(to *models.User) error {
		to.Attributes = p.about(attrs{"userName": u.UserName, "externalId": u.ExternalID})
		return nil
	})
	done(t, err)
	kind := any1(p.chance, []models.MemberChangeKind{models.AddMembers, models.RemoveMembers})
	_, err = p.UpdateGroup(t.Context(), p.Client(), any1(p.chance, p.groups).ID, []models.MemberChange{{Kind: kind, IDs: []string{any1(p.chance, p.users)}}}, same)
	done(t, err)
	p.evaluate(t)
}

// change makes one at random: a new rule at a place, an edit of one that may move it,
// a new order, or a deletion.
func (p *play) change(t *testing.T) directory.RuleChange {
	t.Helper()
	list, err := p.Mappings(t.Context(), p.Org.Key, models.SCIM)
	done(t, err)
	c := directory.RuleChange{Method: models.SCIM}
	roll := p.IntN(100)
	switch {
	case len(list) == 0 || len(list) < 9 && roll < 40:
		p.names++
		c.Save = &models.Mapping{Method: models.SCIM, InitialStatus: models.Active, Name: fmt.Sprint("Rule ", p.names), Position: int64(p.IntN(len(list) + 2))}
		p.fill(c.Save)
	case roll < 75:
		m := any1(p.chance, list)
		if p.often(70) {
			p.fill(&m)
		}
		if p.often(30) {
			m.Position = int64(1 + p.IntN(len(list)))
		}
		if p.often(30) {
			m.Disabled = !m.Disabled
		}
		c.Save = &m
	case roll < 88:
		for _, i := range p.Perm(len(list)) {
			c.Order = append(c.Order, list[i].ID)
		}
	default:
		c.Delete = any1(p.chance, list).ID
	}
	return c
}

func (p *play) fill(m *models.Mapping) {
	m.Filter, m.Groups, m.LocalGroups = "", nil, nil
	m.CaseExact, m.ProfileKey = p.often(40), any1(p.chance, p.profs).Key
	if p.often(90) {
		m.Filter = p.condition(2)
	}
	if p.often(30) {
		m.Groups = []string{any1(p.chance, p.groups).ID, any1(p.chance, p.groups).ID}
	}
	if p.often(20) {
		m.LocalGroups = []string{any1(p.chance, p.locals).ID}
	}
}

// make saves the change.
func (p *play) make(t *testing.T, c directory.RuleChange) {
	t.Helper()
	var err error
	switch {
	case c.Order != nil:
		err = p.OrderMappings(t.Context(), p.Admin(), c.Method, c.Order)
	case c.Delete != "":
		err = p.DeleteMapping(t.Context(), p.Admin(), c.Delete)
	default:
		_, err = p.SaveMapping(t.Context(), p.Admin(), c.Save.ID, func(m *models.Mapping) error {
			key, id := m.Key, m.ID
			*m = *c.Save
			m.Key, m.ID, m.OrganizationID = key, id, p.Org.Key
			return nil
		})
	}
	if err != nil {
		t.Fatalf("make %s: %v", describe(c), err)
	}
	p.evaluate(t)
}

func describe(c directory.RuleChange) string {
	if c.Save != nil {
		return fmt.Sprintf("save %q at %d: %s in %v, exact %v, disabled %v", c.Save.Name, c.Save.Position, c.Save.Filter, c.Save.Groups, c.Save.CaseExact, c.Save.Disabled)
	}
	return fmt.Sprintf("%+v", c)
}

// once previews a change, makes it, and holds what it did against the preview.
func (p *play) once(t *testing.T, n int) {
	t.Helper()
	c := p.change(t)
	before := p.places(t)
	preview, err := p.PreviewRules(t.Context(), p.Org.Key, c)
	if err != nil {
		t.Fatalf("change %d: preview %s: %v", n, describe(c), err)
	}
	gone := p.ruleNames(t)
	p.make(t, c)
	after := p.places(t)
	want := p.effect(t, c, before, after, gone)
	if diff := gocmp.Diff(want, counted(preview)); diff != "" {
		t.Fatalf("change %d: %s\nthe preview is not what saving did (-did +previewed):\n%s", n, describe(c), diff)
	}
	p.decided(t, after)
}

// figures are a preview, or an effect, in comparable form.
type figures struct {
	Matches, Gains, Loses, Moved int64
	Moves, Overlaps              []string
	First                        []string
}

func counted(p directory.RulePreview) figures {
	f := figures{Matches: p.Matches, Gains: p.Gains, Loses: p.Loses, Moved: p.Moved}
	for _, m := range p.Moves {
		f.Moves = append(f.Moves, fmt.Sprintf("%s → %s: %d", nameOf(m.From), nameOf(m.To), m.Users))
	}
	for _, m := range p.Overlaps {
		f.Overlaps = append(f.Overlaps, fmt.Sprintf("%s: %d", nameOf(m.To), m.Users))
	}
	for _, u := range p.First {
		f.First = append(f.First, u.ID)
	}
	slices.Sort(f.Moves)
	slices.Sort(f.Overlaps)
	return f
}

func nameOf(m *models.Mapping) string {
	if m == nil {
		return "none"
	}
	return m.Name
}

func (p *play) ruleNames(t *testing.T) map[int64]string {
	t.Helper()
	list, err := p.Mappings(t.Context(), p.Org.Key, models.SCIM)
	done(t, err)
	out := map[int64]string{0: "none"}
	for _, m := range list {
		out[m.Key] = m.Name
	}
	return out
}

// places gives everybody as they are stored.
func (p *play) places(t *testing.T) []models.User {
	t.Helper()
	var out []models.User
	for _, id := range p.users {
		out = append(out, p.User(t, id))
	}
	slices.SortFunc(out, func(a, b models.User) int {
		return cmp.Or(cmp.Compare(a.SortKey, b.SortKey), cmp.Compare(a.Key, b.Key))
	})
	return out
}

// effect tells what a change did.
func (p *play) effect(t *testing.T, c directory.RuleChange, before, after []models.User, gone map[int64]string) figures {
	t.Helper()
	names := p.ruleNames(t)
	saved := int64(0)
	for key, name := range names {
		if c.Save != nil && name == c.Save.Name {
			saved = key
		}
	}
	var f figures
	moves, overlaps := map[string]int64{}, map[string]int64{}
	alone := p.alone(t, saved)
	for i, u := range after {
		was := before[i].MappingKey
		at := u.MappingKey == saved && saved != 0
		if at {
			f.Matches++
			if len(f.First) < 20 {
				f.First = append(f.First, u.ID)
			}
		} else if _, matches := alone.First(p.subject(t, u)); matches {
			overlaps[names[u.MappingKey]]++
		}
		if was == u.MappingKey {
			continue
		}
		f.Moved++
		moves[gone[was]+" → "+names[u.MappingKey]]++
		switch {
		case at:
			f.Gains++
		case was != 0 && (was == saved || names[was] == "" && c.Delete != ""):
			f.Loses++
		}
	}
	for what, n := range moves {
		f.Moves = append(f.Moves, fmt.Sprintf("%s: %d", what, n))
	}
	for what, n := range overlaps {
		f.Overlaps = append(f.Overlaps, fmt.Sprintf("%s: %d", what, n))
	}
	slices.Sort(f.Moves)
	slices.Sort(f.Overlaps)
	return f
}

// alone is one rule without the others; nothing for none.
func (p *play) alone(t *testing.T, key int64) *mapping.Rules {
	t.Helper()
	list, err := p.Mappings(t.Context(), p.Org.Key, models.SCIM)
	done(t, err)
	return mapping.Compile(slices.DeleteFunc(list, func(m models.Mapping) bool { return m.Key != key }), playTypes())
}

func (p *play) subject(t *testing.T, u models.User) mapping.Subject {
	t.Helper()
	return mapping.Subject{Document: u.Attributes, Groups: p.groupsAbove(t, u)}
}

// groupsAbove walks the groups from the outside in, as no code under test does.
func (p *play) groupsAbove(t *testing.T, u models.User) []string {
	t.Helper()
	var out []string
	next := [][]any{{"user", u.Key}}
	for len(next) > 0 {
		for _, row := range p.Rows(t, fmt.Sprintf("SELECT g.public_id, g.id FROM members m JOIN groups g ON g.id = m.group_id WHERE m.kind = '%v' AND m.member_id = %v AND m.mapping_id = 0", next[0]...)) {
			if !slices.Contains(out, row[0]) {
				out = append(out, row[0])
				next = append(next, []any{"group", row[1]})
			}
		}
		next = next[1:]
	}
	return out
}

// decided holds where everybody is against the decision itself.
func (p *play) decided(t *testing.T, after []models.User) {
	t.Helper()
	list, err := p.Mappings(t.Context(), p.Org.Key, models.SCIM)
	done(t, err)
	rules := mapping.Compile(list, playTypes())
	for _, u := range after {
		want, _ := rules.First(p.subject(t, u))
		if u.MappingKey != want.Key || u.ProfileKey != want.ProfileKey {
			t.Fatalf("user %s is at rule %d with profile %d, the decision is rule %d with profile %d", u.UserName, u.MappingKey, u.ProfileKey, want.Key, want.ProfileKey)
		}
	}
}
