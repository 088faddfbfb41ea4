package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"muster/models"
	"muster/models/directory"
	"muster/models/directory/directorytest"
)

// steps is how long a random history is.
const steps = 25

// Whatever happens in whatever order: no two users share a unique key, no user
// vanishes, seats never exceed their limit by who comes in, every change has its log
// entry and every entry its change, the log replayed gives the state, and after an
// evaluation everybody is exactly where a small model of the rules says. A seed that
// fails prints its steps up to the one that broke it.
func TestHistoriesKeepThePromises(t *testing.T) {
	for _, engine := range []struct {
		name  string
		world func(testing.TB) *directorytest.World
		seeds int
	}{{"sqlite", directorytest.SQLite, 200}, {"postgres", directorytest.Postgres, 40}} {
		t.Run(engine.name, func(t *testing.T) {
			w := engine.world(t)
			for seed := range engine.seeds {
				if (testing.Short() || raced) && seed%10 != 0 {
					continue
				}
				t.Run(fmt.Sprint(seed), func(t *testing.T) { newHistory(t, w, uint64(seed)).run(t) })
			}
		})
	}
}

// history is a random sequence of steps in an organization of its own, beside the
// model that follows it.
type history struct {
	world
	chance
	model
	told  []string // the steps so far
	names int
	seen  int // log entries held against their changes
}

func newHistory(t *testing.T, shared *directorytest.World, seed uint64) *history {
	t.Helper()
	o, err := shared.EnsureOrganization(t.Context(), fmt.Sprint("seed-", seed), fmt.Sprint("Seed ", seed))
	done(t, err)
	own := *shared
	own.Org = o
	h := &history{world: world{&own}, chance: newChance(seed + 1)}
	h.Configure(t, func(o *models.Organization) {
		o.Method, o.MethodSet = models.SCIM, true
		o.Settings.GuardPercent, o.Settings.GuardCount = 3, 1
	})
	h.model = model{people: map[string]*somebody{}, groups: map[string]*crowd{}, profiles: map[int64]string{0: ""}, mappings: map[int64]string{0: ""}}
	for i := range 3 {
		p := h.profile(t, fmt.Sprint("Profile ", i))
		h.profiles[p.Key], h.profileIDs = p.Name, append(h.profileIDs, p.ID)
		h.profileKeys = append(h.profileKeys, p.Key)
	}
	if seed%20 == 3 { // enough users for the guard to act
		h.many(t)
	}
	return h
}

// many adds a crowd, of whom the guard lets few go.
func (h *history) many(t *testing.T) {
	t.Helper()
	for range models.GuardFrom + 2 {
		h.arrive(t)
	}
}

func (h *history) run(t *testing.T) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("the steps:\n%s", strings.Join(h.told, "\n"))
		}
	}()
	moves := []func(*testing.T){
		h.arrive, h.arrive, h.arrive, h.arrive, h.byHandArrives, h.rename, h.deactivate, h.deactivate, h.activate, h.activate, h.edit, h.edit,
		h.delete, h.delete, h.suspend, h.preserve, h.restore, h.group, h.join, h.join, h.leave, h.addRule, h.addRule, h.editRule, h.orderRules, h.deleteRule,
		h.giveProfile, h.settings, h.settings, h.decideHeld, h.decideHeld, h.evaluateNow,
	}
	for n := range steps {
		before := h.stored(t)
		any1(h.chance, moves)(t)
		h.holds(t, before)
		if n%8 == 7 || n == steps-1 {
			before = h.stored(t)
			h.settle(t)
			h.holds(t, before)
			h.inPlace(t)
		}
		if t.Failed() {
			return
		}
	}
	h.replay(t)
}

func (h *history) tell(format string, args ...any) {
	h.told = append(h.told, fmt.Sprintf(format, args...))
}

// outcome notes how a step ended, and lets only refusals with these codes pass.
func (h *history) outcome(t *testing.T, err error, codes ...string) bool {
	t.Helper()
	last := len(h.told) - 1
	if err == nil {
		return true
	}
	h.told[last] += "  → " + err.Error()
	e, ok := models.AsError(err)
	if !ok || !slices.Contains(codes, e.Code) {
		t.Errorf("%s: not one of the refusals %v", h.told[last], codes)
	}
	return false
}

var departments = []string{"Sales", "Support", "Legal"} //nolint:gochecknoglobals // a table

func (h *history) department() attrs {
	return attrs{models.EnterpriseURN: map[string]any{"department": any1(h.chance, departments)}}
}

// someone picks a person by chance who is as the condition says; nil when nobody is.
func (h *history) someone(when func(*somebody) bool) *somebody {
	var list []*somebody
	for _, p := range h.people {
		if when(p) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *somebody) int { return strings.Compare(a.name, b.name) })
	if len(list) == 0 {
		return nil
	}
	return any1(h.chance, list)
}

// arrive is a person whom the directory sends: somebody new, one who was deleted, or
// one whom an administrator added by hand.
func (h *history) arrive(t *testing.T) {
	t.Helper()
	known := h.someone(func(p *somebody) bool { return p.hidden && p.managed })
	if h.often(50) {
		known = h.someone(func(p *somebody) bool { return !p.managed && !p.hidden && p.anchor == "" })
	}
	set := h.department()
	if known != nil && h.often(60) {
		set["userName"] = known.name
		if known.anchor != "" {
			set["externalId"] = known.anchor
		}
	} else {
		known = nil
		h.names++
		set["userName"], set["externalId"] = fmt.Sprint("user", h.names), fmt.Sprint("anchor", h.names)
	}
	on := h.often(85)
	h.tell("the directory sends %v in %v, active %v", set["userName"], set[models.EnterpriseURN], on)
	u, err := h.CreateUser(t.Context(), h.Client(), put(set, on))
	if !h.outcome(t, err, h.refusals(known)...) {
		return
	}
	if known == nil {
		known = h.learn(u)
	} else if known.id != u.ID {
		t.Errorf("%s came back as another person", u.UserName)
	}
	h.arrived(known, u, on)
}

func (h *history) byHandArrives(t *testing.T) {
	t.Helper()
	h.names++
	name := fmt.Sprint("hand", h.names)
	h.tell("an administrator adds %s", name)
	u, err := h.CreateUser(t.Context(), h.Admin(), put(attrs{"userName": name}, true))
	if h.outcome(t, err, h.noSeat()...) {
		p := h.learn(u)
		if p.intent = in; u.Parked != models.NotParked {
			p.intent = arriving
		}
	}
}

func shownByDirectory(p *somebody) bool { return p.managed && !p.hidden }

func (h *history) rename(t *testing.T) {
	t.Helper()
	p, other := h.someone(shownByDirectory), h.someone(func(p *somebody) bool { return !p.hidden })
	if p == nil {
		return
	}
	h.names++
	name, codes := fmt.Sprint("user", h.names), []string(nil)
	if h.often(25) && other != p {
		name, codes = other.name, []string{"userNameTaken"}
	}
	h.tell("the directory renames %s to %s", p.name, name)
	if _, err := h.UpdateUser(t.Context(), h.Client(), p.id, put(attrs{"userName": name})); h.outcome(t, err, codes...) {
		p.name = name
	}
}

func (h *history) edit(t *testing.T) {
	t.Helper()
	if p := h.someone(shownByDirectory); p != nil {
		set := h.department()
		h.tell("the directory moves %s to %v", p.name, set[models.EnterpriseURN])
		u, err := h.UpdateUser(t.Context(), h.Client(), p.id, put(set))
		if h.outcome(t, err, h.noSeat()...) {
			p.department = u.Department
		}
	}
}

func (h *history) deactivate(t *testing.T) {
	t.Helper()
	if p := h.someone(shownByDirectory); p != nil {
		h.tell("the directory disables %s", p.name)
		u, err := h.UpdateUser(t.Context(), h.Client(), p.id, put(nil, false))
		if h.outcome(t, err) {
			p.disabled(u.Staged)
		}
	}
}

func (h *history) activate(t *testing.T) {
	t.Helper()
	if p := h.someone(func(p *somebody) bool { return shownByDirectory(p) && (p.intent != in || p.staged) }); p != nil {
		h.tell("the directory enables %s", p.name)
		_, err := h.UpdateUser(t.Context(), h.Client(), p.id, put(nil, true))
		if h.outcome(t, err, h.noSeat()...) {
			p.enabled()
		}
	}
}

func (h *history) delete(t *testing.T) {
	t.Helper()
	if p := h.someone(shownByDirectory); p != nil {
		h.tell("the directory deletes %s", p.name)
		if h.outcome(t, h.DeleteUser(t.Context(), h.Client(), p.id, anyUser)) {
			p.deleted(h.User(t, p.id).Staged)
		}
	}
}

func (h *history) suspend(t *testing.T) {
	t.Helper()
	if p := h.someone(func(p *somebody) bool { return (p.intent == in || p.intent == arriving) && !p.staged && !p.hidden }); p != nil {
		h.tell("an administrator suspends %s", p.name)
		u := h.User(t, p.id)
		_, err := h.Suspend(t.Context(), h.Admin(), p.id, "")
		if u.Parked != models.NotParked {
			if models.KindOf(err) != models.Conflict {
				t.Errorf("suspending %s, who waits: %v", p.name, err)
			}
			return
		}
		if h.outcome(t, err) {
			p.intent = suspended
		}
	}
}

func (h *history) preserve(t *testing.T) {
	t.Helper()
	if p := h.someone(func(p *somebody) bool { return !p.hidden }); p != nil {
		h.tell("an administrator preserves %s", p.name)
		if _, err := h.Preserve(t.Context(), h.Admin(), p.id, ""); h.outcome(t, err) {
			p.intent, p.staged = preservedByAdmin, false
		}
	}
}

func (h *history) restore(t *testing.T) {
	t.Helper()
	if p := h.someone(func(p *somebody) bool { return p.intent != in && p.intent != arriving && !p.staged }); p != nil {
		h.tell("an administrator restores %s", p.name)
		if _, err := h.world.Restore(t.Context(), h.Admin(), p.id); h.outcome(t, err, append(h.noSeat(), "userNameTaken")...) {
			p.restored()
		}
	}
}

// evaluateNow runs what is scheduled.
func (h *history) evaluateNow(t *testing.T) {
	t.Helper()
	h.tell("users are evaluated anew")
	done(t, h.Evaluate(t.Context()))
}

// settle has everybody evaluated anew, and seated while there are seats.
func (h *history) settle(t *testing.T) {
	t.Helper()
	h.tell("all users are evaluated anew and seated")
	done(t, h.OrderMappings(t.Context(), h.Admin(), models.SCIM, h.ruleIDs()))
	done(t, h.Evaluate(t.Context()))
	done(t, h.SeatWaiting(t.Context(), models.System(h.Org.Key, "Seats")))
}

func (h *history) decideHeld(t *testing.T) {
	t.Helper()
	p := h.someone(func(p *somebody) bool { return p.staged })
	if p == nil {
		return
	}
	var out directory.Batch
	var err error
	if h.often(50) {
		h.tell("an administrator approves the removal of %s", p.name)
		out, err = h.ApproveHeld(t.Context(), h.Admin(), []string{p.id})
		p.intent, p.staged = preservedByDirectory, false
	} else {
		h.tell("an administrator rejects the removal of %s", p.name)
		out, err = h.RejectHeld(t.Context(), h.Admin(), []string{p.id})
		p.hidden, p.staged = false, false
	}
	if err != nil || out.Done != 1 {
		t.Errorf("decided %+v, %v", out, err)
	}
}

// stored gives all users of the organization, by id.
func (h *history) stored(t *testing.T) map[string]models.User {
	t.Helper()
	out := map[string]models.User{}
	err := h.EachUser(t.Context(), h.Org.Key, models.UserQuery{}, func(page []models.User) error {
		for _, u := range page {
			out[u.ID] = u
		}
		return nil
	})
	done(t, err)
	return out
}
