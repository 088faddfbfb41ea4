package directory_test

import (
	"fmt"
	"slices"
	"testing"

	"muster/models"
)

// ruled is a rule of the model: whose department is this, and who is in this group;
// "" and nil ask for nothing.
type ruled struct {
	id         string
	key        int64
	department string
	group      *crowd
	profile    int64
	inactive   bool // new users begin so
	disabled   bool
}

// crowd is a group of the model.
type crowd struct {
	id      string
	name    string
	members map[string]bool
	inner   *crowd
}

func (c *crowd) holds(id string) bool { return c.members[id] || c.inner != nil && c.inner.holds(id) }

func (r *ruled) asks(p *somebody) bool {
	return !r.disabled && (r.department == "" || r.department == p.department) && (r.group == nil || r.group.holds(p.id))
}

func (h *history) group(t *testing.T) {
	t.Helper()
	if len(h.groups) >= 3 {
		return
	}
	c := &crowd{name: fmt.Sprint("Group ", len(h.groups)), members: map[string]bool{}}
	var members []string
	if inner := h.someGroup(); inner != nil && h.often(50) {
		c.inner, members = inner, []string{inner.id}
	}
	h.tell("the directory makes %s of %v", c.name, members)
	g, err := h.CreateGroup(t.Context(), h.Client(), members, named(c.name))
	done(t, err)
	c.id = g.ID
	h.groups[c.name] = c
}

func (h *history) someGroup() *crowd {
	if len(h.groups) == 0 {
		return nil
	}
	return h.groups[fmt.Sprint("Group ", h.IntN(len(h.groups)))]
}

func (h *history) join(t *testing.T) {
	t.Helper()
	if c, p := h.someGroup(), h.someone(shownByDirectory); c != nil && p != nil {
		h.tell("%s joins %s", p.name, c.name)
		h.world.join(t, c.id, p.id)
		c.members[p.id] = true
	}
}

func (h *history) leave(t *testing.T) {
	t.Helper()
	if c := h.someGroup(); c != nil {
		if p := h.someone(func(p *somebody) bool { return c.members[p.id] && !p.hidden }); p != nil {
			h.tell("%s leaves %s", p.name, c.name)
			h.world.leave(t, c.id, p.id)
			delete(c.members, p.id)
		}
	}
}

func (h *history) ruleIDs() []string {
	out := []string{}
	for _, r := range h.rules {
		out = append(out, r.id)
	}
	return out
}

// choose makes up what a rule asks for and gives.
func (h *history) choose(r *ruled) {
	r.department, r.group, r.profile = "", nil, 0
	if h.often(70) {
		r.department = any1(h.chance, departments)
	}
	if h.often(30) {
		r.group = h.someGroup()
	}
	if h.often(80) {
		r.profile = any1(h.chance, h.profileKeys)
	}
	r.inactive, r.disabled = h.often(10), h.often(10)
}

func (r *ruled) into(m *models.Mapping) error {
	m.Filter, m.Groups, m.ProfileKey, m.InitialStatus, m.Disabled = "", nil, r.profile, models.Active, r.disabled
	if r.department != "" {
		m.Filter = fmt.Sprintf("department eq %q", r.department)
	}
	if r.group != nil {
		m.Groups = []string{r.group.id}
	}
	if r.inactive {
		m.InitialStatus = models.Inactive
	}
	return nil
}

func (r *ruled) String() string {
	s := fmt.Sprintf("department %q, profile %d, inactive %v, disabled %v", r.department, r.profile, r.inactive, r.disabled)
	if r.group != nil {
		s += ", in " + r.group.name
	}
	return s
}

func (h *history) addRule(t *testing.T) {
	t.Helper()
	if len(h.rules) >= 6 {
		return
	}
	r, at := &ruled{}, h.IntN(len(h.rules)+1)
	h.choose(r)
	h.names++
	name := fmt.Sprint("Rule ", h.names)
	h.tell("%s is made at %d: %s", name, at+1, r)
	m, err := h.SaveMapping(t.Context(), h.Admin(), "", func(m *models.Mapping) error {
		m.Name, m.Position = name, int64(at+1)
		return r.into(m)
	})
	done(t, err)
	r.id, r.key = m.ID, m.Key
	h.rules, h.mappings[m.Key] = slices.Insert(h.rules, at, r), name
}

func (h *history) editRule(t *testing.T) {
	t.Helper()
	if len(h.rules) == 0 {
		return
	}
	r := any1(h.chance, h.rules)
	h.choose(r)
	h.tell("%s becomes: %s", h.mappings[r.key], r)
	_, err := h.SaveMapping(t.Context(), h.Admin(), r.id, r.into)
	done(t, err)
}

func (h *history) orderRules(t *testing.T) {
	t.Helper()
	h.Shuffle(len(h.rules), func(i, j int) { h.rules[i], h.rules[j] = h.rules[j], h.rules[i] })
	h.tell("the rules come in the order %v", h.rules)
	done(t, h.OrderMappings(t.Context(), h.Admin(), models.SCIM, h.ruleIDs()))
}

func (h *history) deleteRule(t *testing.T) {
	t.Helper()
	if len(h.rules) == 0 {
		return
	}
	i := h.IntN(len(h.rules))
	h.tell("%s is deleted", h.mappings[h.rules[i].key])
	done(t, h.DeleteMapping(t.Context(), h.Admin(), h.rules[i].id))
	h.rules = slices.Delete(h.rules, i, i+1)
}

func (h *history) giveProfile(t *testing.T) {
	t.Helper()
	p := h.someone(func(p *somebody) bool { return !p.hidden })
	if p == nil {
		return
	}
	at, id := h.IntN(len(h.profileIDs)+1), ""
	p.byHand = 0
	if at < len(h.profileIDs) {
		id, p.byHand = h.profileIDs[at], h.profileKeys[at]
	}
	h.tell("an administrator gives %s profile %d by hand", p.name, p.byHand)
	_, err := h.SetProfile(t.Context(), h.Admin(), p.id, id)
	done(t, err)
}

func (h *history) settings(t *testing.T) {
	t.Helper()
	h.set(t, func(s *models.OrganizationSettings) {
		switch h.IntN(4) {
		case 0:
			s.Unmatched = any1(h.chance, []models.Unmatched{models.UnmatchedDefault, models.UnmatchedPark, models.UnmatchedRefuse})
		case 1:
			s.SeatLimit = int64(h.IntN(3) * (2 + h.IntN(6)))
			s.SeatPolicy = any1(h.chance, []models.SeatPolicy{models.SeatPark, models.SeatRefuse})
		case 2:
			s.Adoption = any1(h.chance, []string{models.AdoptAutomatic, models.AdoptAutomatic, models.AdoptRefuse})
		case 3:
			s.DefaultProfile, h.fallback = "", 0
			if i := h.IntN(len(h.profileIDs) + 1); i < len(h.profileIDs) {
				s.DefaultProfile, h.fallback = h.profileIDs[i], h.profileKeys[i]
			}
		}
		h.chosen = *s
	})
	h.tell("the settings are: unmatched %q, %d seats (%s), adoption %s, default profile %d", h.chosen.Unmatched, h.chosen.SeatLimit, h.chosen.SeatPolicy, h.chosen.Adoption, h.fallback)
}
