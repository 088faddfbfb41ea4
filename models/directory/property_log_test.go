package directory_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
)

// told is the state of a user as the log tells it.
type told struct {
	Status, PreservedBy, Mode, Profile, Mapping, Waits, Held string
	UserName, Department                                     string
}

func (h *history) toldOf(u models.User) told {
	return told{
		string(u.Status), string(u.PreservedBy), string(u.Mode), h.profiles[u.ProfileKey], h.mappings[u.MappingKey], string(u.Parked), string(u.Staged),
		u.UserName, u.Department,
	}
}

// apply makes a logged change.
func (s *told) apply(e models.LogEntry) {
	if e.Action == models.ActionCreate && s.Mode == "" {
		s.Status, s.Mode = string(models.Active), string(e.Source)
	}
	fields := map[string]*string{
		"status": &s.Status, "preserved by": &s.PreservedBy, "provisioning mode": &s.Mode, "profile": &s.Profile, "mapping": &s.Mapping,
		"waits for": &s.Waits, "held back": &s.Held, "userName": &s.UserName, "department": &s.Department,
	}
	for _, c := range e.Details.Modified {
		if at := fields[c.Path]; at != nil {
			*at = c.New
		}
	}
}

// entries gives the log entries about users that came since the last look.
func (h *history) entries(t *testing.T) []models.LogEntry {
	t.Helper()
	all := h.Log(t)
	fresh := all[h.seen:]
	h.seen = len(all)
	return slices.DeleteFunc(slices.Clone(fresh), func(e models.LogEntry) bool { return e.TargetType != models.UserTarget })
}

// holds checks what is promised after every single step.
func (h *history) holds(t *testing.T, before map[string]models.User) {
	t.Helper()
	after := h.stored(t)
	h.noneVanished(t, before, after)
	h.entered(t, after)
	h.seatsHold(t, before, after)
	byUser := map[string][]models.LogEntry{}
	for _, e := range h.entries(t) {
		if e.Status != models.Failure {
			byUser[e.TargetID] = append(byUser[e.TargetID], e)
		}
	}
	for id, u := range after {
		was := told{}
		if old, known := before[id]; known {
			was = h.toldOf(old)
		}
		is, by := h.toldOf(u), was
		for _, e := range byUser[id] {
			by.apply(e)
		}
		if diff := cmp.Diff(is, by); diff != "" {
			t.Errorf("after %q, user %s (-is +as the log tells):\n%s", h.told[len(h.told)-1], u.UserName, diff)
		}
		if old, known := before[id]; (!known || old.Hidden != u.Hidden) && len(byUser[id]) == 0 {
			t.Errorf("after %q, nothing was logged of user %s", h.told[len(h.told)-1], u.UserName)
		}
		h.eachChanged(t, u, byUser[id])
	}
}

// eachChanged checks that no entry is about nothing: what changed nothing is skipped,
// and says so.
func (h *history) eachChanged(t *testing.T, u models.User, entries []models.LogEntry) {
	t.Helper()
	for _, e := range entries {
		empty := len(e.Details.Modified) == 0
		for _, c := range e.Details.Modified {
			empty = empty || c.Old == c.New
		}
		if empty && e.Status == models.Success && e.Action == models.ActionUpdate && !h.onlyHow(e) {
			t.Errorf("the entry %q of user %s tells of no change: %+v", e.Summary, u.UserName, e.Details.Modified)
		}
	}
}

// onlyHow lets an entry pass of a profile that stayed while the one who decides on it
// changed: by hand, by a mapping or by default.
func (h *history) onlyHow(e models.LogEntry) bool {
	return e.InitiatorKind != models.TokenActor && len(e.Details.Modified) == 0
}

func (h *history) noneVanished(t *testing.T, before, after map[string]models.User) {
	t.Helper()
	for id, u := range before {
		if _, still := after[id]; !still {
			t.Errorf("user %s vanished", u.UserName)
		}
	}
	for id := range h.people {
		if _, there := after[id]; !there {
			t.Errorf("user %s was never stored", id)
		}
	}
	names, anchors := map[string]string{}, map[string]string{}
	for id, u := range after {
		if other, twice := names[u.UserNameKey]; twice {
			t.Errorf("users %s and %s have the userName %s", id, other, u.UserName)
		}
		if other, twice := anchors[u.ExternalID]; twice && u.ExternalID != "" {
			t.Errorf("users %s and %s have the anchor %s", id, other, u.ExternalID)
		}
		names[u.UserNameKey], anchors[u.ExternalID] = id, id
	}
}

// seatsHold checks that nobody came in beyond the limit, and that the counter is true.
func (h *history) seatsHold(t *testing.T, before, after map[string]models.User) {
	t.Helper()
	count := func(users map[string]models.User) (n int64) {
		for u := range maps.Values(users) {
			if u.HoldsSeat() {
				n++
			}
		}
		return n
	}
	had, has := count(before), count(after)
	if limit := h.chosen.SeatLimit; limit > 0 && has > limit && has > had {
		t.Errorf("after %q, %d users hold a seat, %d did, and there are %d", h.told[len(h.told)-1], has, had, limit)
	}
	if used, _, err := h.SeatsTaken(t.Context(), h.Org.Key); err != nil || used != has {
		t.Errorf("%d seats are counted, %d are taken, %v", used, has, err)
	}
}

// replay builds every user from the whole log alone.
func (h *history) replay(t *testing.T) {
	t.Helper()
	states := map[string]*told{}
	for _, e := range h.Log(t) {
		if e.TargetType != models.UserTarget || e.Status == models.Failure || e.TargetID == "" {
			continue
		}
		if states[e.TargetID] == nil {
			states[e.TargetID] = &told{}
		}
		states[e.TargetID].apply(e)
	}
	for id, u := range h.stored(t) {
		got := told{}
		if s := states[id]; s != nil {
			got = *s
		}
		if diff := cmp.Diff(h.toldOf(u), got); diff != "" {
			t.Errorf("user %s (-is +as the log replayed gives):\n%s", u.UserName, diff)
		}
	}
}
