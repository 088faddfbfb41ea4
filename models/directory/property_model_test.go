package directory_test

import (
	"testing"

	"muster/models"
)

// intent is what directory and administrators want of a person, whatever they have to
// wait for.
type intent string

const (
	in                   intent = "in"
	arriving             intent = "arriving" // waits ever since
	suspended            intent = "suspended"
	preservedByDirectory intent = "preserved by the directory"
	preservedByAdmin     intent = "preserved by an administrator"
)

// somebody is a user of the model.
type somebody struct {
	id, name, anchor string
	department       string
	intent           intent
	managed          bool
	hidden           bool // deleted at the source
	staged           bool // a removal is held back
	byHand           int64
}

// model is what a history should come to.
type model struct {
	people      map[string]*somebody
	groups      map[string]*crowd
	rules       []*ruled
	chosen      models.OrganizationSettings
	fallback    int64 // the default profile
	profiles    map[int64]string
	mappings    map[int64]string // all there ever were
	profileIDs  []string
	profileKeys []int64
}

func (m *model) learn(u models.User) *somebody {
	p := &somebody{id: u.ID, name: u.UserName, anchor: u.ExternalID}
	m.people[u.ID] = p
	return p
}

// arrived is what a delivery does to a person: somebody new, back, or taken over.
func (m *model) arrived(p *somebody, u models.User, on bool) {
	fresh := p.intent == ""
	if fresh {
		p.intent = in
	}
	if p.staged {
		p.staged = false
	}
	p.department, p.managed, p.hidden, p.anchor = u.Department, true, false, u.ExternalID
	if on {
		p.enabled()
	} else {
		p.disabled(u.Staged)
	}
	switch r := m.first(p); {
	case !fresh || !on:
	case u.Parked != models.NotParked:
		p.intent = arriving
	case r != nil && r.inactive:
		p.intent = suspended
	}
}

func (p *somebody) enabled() {
	p.staged = false
	if p.intent == preservedByDirectory {
		p.intent = in
	}
}

// disabled is a removal by the directory, held back or not.
func (p *somebody) disabled(held models.Staging) {
	switch {
	case p.intent != in && p.intent != arriving:
	case held != models.NotStaged:
		p.staged = true
	default:
		p.intent = preservedByDirectory
	}
}

func (p *somebody) deleted(held models.Staging) {
	if p.intent == suspended {
		p.intent = preservedByAdmin
	}
	p.disabled(held)
	p.hidden = true
}

func (p *somebody) restored() {
	p.intent = in
	if p.hidden {
		p.hidden, p.managed = false, false
	}
}

// first is the rule that wins a person.
func (m *model) first(p *somebody) *ruled {
	for _, r := range m.rules {
		if r.asks(p) {
			return r
		}
	}
	return nil
}

// unwanted tells whether a person must not be in because no rule matches.
func (m *model) unwanted(p *somebody) bool {
	ruled := false
	for _, r := range m.rules {
		ruled = ruled || !r.disabled
	}
	out := m.chosen.Unmatched == models.UnmatchedPark || m.chosen.Unmatched == models.UnmatchedRefuse
	return out && ruled && m.first(p) == nil && p.byHand == 0
}

func (m *model) noSeat() []string {
	if m.chosen.SeatLimit > 0 && m.chosen.SeatPolicy == models.SeatRefuse {
		return []string{"noSeat"}
	}
	return nil
}

// refusals are what a delivery may meet.
func (m *model) refusals(known *somebody) []string {
	out := m.noSeat()
	if m.chosen.Unmatched == models.UnmatchedRefuse && known == nil {
		out = append(out, "noMappingMatched")
	}
	if known != nil && !known.managed && m.chosen.Adoption == models.AdoptRefuse {
		out = append(out, "adoptionRefused")
	}
	return out
}

// entered notes how somebody came in who had waited ever since they arrived.
func (h *history) entered(t *testing.T, stored map[string]models.User) {
	t.Helper()
	for id, p := range h.people {
		u := stored[id]
		if p.intent != arriving || u.Parked != models.NotParked {
			continue
		}
		p.intent = in
		if u.Status != models.Active {
			p.intent = suspended
			if r := h.ruleOf(u.MappingKey); r != nil && !r.inactive {
				t.Errorf("user %s begins %s, rule %q has them begin active", p.name, u.Status, h.mappings[r.key])
			}
		}
	}
}

func (m *model) ruleOf(key int64) *ruled {
	for _, r := range m.rules {
		if r.key == key {
			return r
		}
	}
	return nil
}

// inPlace holds everybody against the model after all were evaluated and seated.
func (h *history) inPlace(t *testing.T) {
	t.Helper()
	used := int64(0)
	stored := h.stored(t)
	for _, u := range stored {
		if u.HoldsSeat() {
			used++
		}
	}
	for id, p := range h.people {
		u := stored[id]
		h.rightRule(t, p, u)
		want, waits := h.state(p)
		got := string(u.Status) + "/" + string(u.PreservedBy) + "/" + string(u.Parked)
		switch {
		case got == want:
		case waits && got == "inactive//seat" && h.chosen.SeatLimit > 0 && used >= h.chosen.SeatLimit:
		case want == "inactive//mapping" && got == "preserved/directory/mapping": // parked under one choice, the other came later
		case h.unwantedAway(p, got):
		default:
			t.Errorf("user %s is %s, the model says %s (%s, hidden %v, held %v)", p.name, got, want, p.intent, p.hidden, p.staged)
		}
		if u.Hidden != p.hidden || (u.Staged != models.NotStaged) != p.staged || u.Managed() != p.managed || u.UserName != p.name {
			t.Errorf("user %s is hidden %v, held %q, managed %v; the model says hidden %v, held %v, managed %v", u.UserName, u.Hidden, u.Staged, u.Managed(), p.hidden, p.staged, p.managed)
		}
	}
}

// unwantedAway lets who is deleted keep waiting as before: nobody looks at them.
func (h *history) unwantedAway(p *somebody, got string) bool {
	return p.hidden && p.staged && (got == "active//" || got == "inactive//mapping" || got == "inactive//seat" || got == "preserved/directory/mapping")
}

// state is the status of a person, by whom, and what they wait for; seat tells that
// they might wait for a seat instead.
func (h *history) state(p *somebody) (want string, seat bool) {
	switch p.intent {
	case suspended:
		return "inactive//", false
	case preservedByDirectory:
		return "preserved/directory/", false
	case preservedByAdmin:
		return "preserved/admin/", false
	case in, arriving:
	}
	if p.managed && !p.hidden && h.unwanted(p) {
		return "inactive//mapping", false
	}
	return "active//", true
}

// rightRule holds rule and profile of who is managed against the model.
func (h *history) rightRule(t *testing.T, p *somebody, u models.User) {
	t.Helper()
	if p.byHand != 0 && (u.ProfileKey != p.byHand || u.ProfileBy != models.ByHand) {
		t.Errorf("user %s has profile %d by %q, an administrator gave %d", p.name, u.ProfileKey, u.ProfileBy, p.byHand)
	}
	if !p.managed || p.hidden {
		return
	}
	rule, profile := int64(0), h.fallback
	if r := h.first(p); r != nil {
		rule = r.key
		if r.profile != 0 {
			profile = r.profile
		}
	}
	if p.byHand != 0 {
		profile = p.byHand
	}
	if u.MappingKey != rule || u.ProfileKey != profile {
		t.Errorf("user %s is at %q with profile %d, the model says %q with %d", p.name, h.mappings[u.MappingKey], u.ProfileKey, h.mappings[rule], profile)
	}
}
