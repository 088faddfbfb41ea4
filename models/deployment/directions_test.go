package deployment_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/deployment"
	"muster/models/directory/directorytest"
	"muster/models/store"
)

// place is an organization with one of everything: users of every status, mode and
// pending state, groups in groups, rules, tokens and decisions, all written past the
// doors, so that nothing is left out which a door would not make today.
type place struct {
	*directorytest.World
	deps  *deployment.Deployments
	from  models.Method
	users []models.User
}

func newPlace(t *testing.T, w *directorytest.World, from models.Method) *place {
	t.Helper()
	p := &place{World: w, from: from, deps: deployment.New(deployment.Options{Store: w.Store, Now: w.Clock.Now, NewID: directorytest.NewID})}
	w.Configure(t, func(o *models.Organization) {
		o.Method, o.MethodBy = from, "root@example.com"
		o.Settings.MoveRules()
	})
	must(t, w.Keep(t.Context(), func(tx *store.Tx) error {
		for _, step := range []func(*testing.T, *store.Tx) error{p.rules, p.people, p.teams, p.tokens, p.decisions} {
			if err := step(t, tx); err != nil {
				return err
			}
		}
		return nil
	}))
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *place) rules(_ *testing.T, tx *store.Tx) error {
	now := tx.Now()
	if err := tx.InsertProfile(&models.Profile{ID: "profile-1", OrganizationID: p.Org.Key, Name: "Staff", NameKey: "staff", Version: 1, Created: now, Updated: now}); err != nil {
		return err
	}
	for _, m := range models.Methods() {
		if m == models.Manual {
			continue
		}
		for i, filter := range []string{`title eq "boss"`, ""} {
			one := models.Mapping{
				ID: fmt.Sprintf("mapping-%s-%d", m, i), OrganizationID: p.Org.Key, Method: m, Position: int64(i + 1), Name: fmt.Sprintf("%s %d", m, i), Filter: filter,
				Groups: []string{}, LocalGroups: []string{}, ProfileKey: 1, InitialStatus: models.Active, Parked: m != p.from, Disabled: i == 1, Version: 3,
				Created: now, CreatedBy: "root@example.com", Updated: now,
			}
			if err := tx.InsertMapping(&one); err != nil {
				return err
			}
		}
		err := tx.InsertAttributeMapping(&models.AttributeMapping{
			ID: "attribute-" + string(m), OrganizationID: p.Org.Key, Method: m, Position: 1, Target: "title", Expression: "title", Fallback: "none",
			Parked: m != p.from, Version: 2, Created: now, Updated: now,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// people makes one user of each kind: managed by the method in charge and by hand.
func (p *place) people(_ *testing.T, tx *store.Tx) error {
	n := 0
	for _, mode := range []models.Method{p.from, models.Manual} {
		for _, kind := range []func(*models.User){
			func(*models.User) {},
			func(u *models.User) { u.Status, u.StatusNote = models.Inactive, "on leave" },
			func(u *models.User) { u.Status, u.PreservedBy = models.Preserved, models.ByDirectory },
			func(u *models.User) { u.Status, u.PreservedBy = models.Preserved, models.ByAdmin },
			func(u *models.User) { u.Status, u.PreservedBy, u.Hidden = models.Preserved, models.ByDirectory, true },
			func(u *models.User) { u.Status, u.Parked = models.Inactive, models.WaitsForSeat },
			func(u *models.User) { u.Status, u.Parked = models.Inactive, models.WaitsForRule },
			func(u *models.User) { u.Staged, u.StagedAt = models.StagedDisable, tx.Now() },
			func(u *models.User) { u.Staged, u.StagedAt = models.StagedDelete, tx.Now() },
			func(u *models.User) { u.Overrides, u.Note = `{"quota":9}`, "knows everybody" },
			func(u *models.User) { u.ProfileBy, u.MappingKey = models.ByHand, 0 },
			func(u *models.User) { u.Protected, u.LegalHold = true, true },
		} {
			u, err := p.person(mode, n, tx.Now())
			if err != nil {
				return err
			}
			kind(u)
			if mode == models.Manual {
				u.Staged, u.StagedAt, u.MappingKey = "", 0, 0
			}
			if err := tx.InsertUser(u); err != nil {
				return err
			}
			p.users = append(p.users, *u)
			n++
		}
	}
	return nil
}

func (p *place) person(mode models.Method, n int, at models.Time) (*models.User, error) {
	u := &models.User{
		ID: directorytest.NewID(), OrganizationID: p.Org.Key, Mode: mode, Status: models.Active, StatusSince: at,
		MappingKey: 1, ProfileKey: 1, ProfileBy: models.ByMapping, Version: int64(1 + n%3), Created: at, Updated: at,
		Origins: models.Origins{},
		Attributes: models.Attributes{
			"userName": fmt.Sprintf("user%02d@example.com", n), "displayName": fmt.Sprintf("User %02d", n), "externalId": fmt.Sprintf("anchor-%02d", n),
			"emails": []any{map[string]any{"value": fmt.Sprintf("user%02d@example.com", n), "type": "work"}},
		},
	}
	if len(p.users) > 0 {
		u.Attributes[models.EnterpriseURN] = map[string]any{"manager": map[string]any{"value": p.users[0].ID}}
	}
	return u, u.Extract()
}

func (p *place) teams(_ *testing.T, tx *store.Tx) error {
	var last int64
	for i, mode := range []models.Method{p.from, p.from, models.Manual} {
		g := &models.Group{
			ID: directorytest.NewID(), OrganizationID: p.Org.Key, Mode: mode, Version: 1, Created: tx.Now(), Updated: tx.Now(), Protected: i == 1,
			Attributes: models.Attributes{"displayName": fmt.Sprintf("Team %d", i), "externalId": fmt.Sprintf("team-%d", i)},
		}
		if err := g.Extract(); err != nil {
			return err
		}
		if err := tx.InsertGroup(g); err != nil {
			return err
		}
		members := []models.Member{{GroupKey: g.Key, Kind: models.UserMember, MemberKey: p.users[i].Key}, {GroupKey: g.Key, Kind: models.UserMember, MemberKey: p.users[i+12].Key}}
		if last != 0 {
			members = append(members, models.Member{GroupKey: g.Key, Kind: models.GroupMember, MemberKey: last})
		}
		for _, m := range members {
			m.OrganizationID, m.Mode, m.Created = p.Org.Key, mode, tx.Now()
			if _, err := tx.AddMember(m); err != nil {
				return err
			}
		}
		if err := tx.CountMembers(g.Key, int64(len(members))); err != nil {
			return err
		}
		last = g.Key
	}
	return nil
}

// tokens are of every state; they are live where SCIM is in charge and sleep where not.
func (p *place) tokens(_ *testing.T, tx *store.Tx) error {
	later := tx.Now() + 400*24*3600*1000
	for name, edit := range map[string]func(*models.Token){
		"live": func(*models.Token) {}, "disabled": func(t *models.Token) { t.Disabled = true },
		"retiring": func(t *models.Token) { t.RetiresAt = later }, "expired": func(t *models.Token) { t.Expires = tx.Now() - 1 },
		"revoked": func(t *models.Token) { t.Revoked, t.RevokedBy = tx.Now()-5, "root@example.com" },
	} {
		one := models.Token{
			ID: "token-" + name, OrganizationID: p.Org.Key, Description: name, Prefix: "mst_" + name, Hash: "hash of " + name,
			Scope: models.ProvisionScope, AllowList: []string{}, Expires: later, Created: tx.Now(), CreatedBy: "root@example.com", Parked: p.from != models.SCIM,
		}
		edit(&one)
		if one.Revoked != 0 {
			one.Parked = false
		}
		if err := tx.InsertToken(&one); err != nil {
			return err
		}
	}
	return nil
}

func (p *place) decisions(_ *testing.T, tx *store.Tx) error {
	if p.from == models.Manual {
		return nil
	}
	for i, kind := range []models.QueueKind{models.AdoptionItem, models.ConflictItem} {
		item := models.QueueItem{
			ID: directorytest.NewID(), OrganizationID: p.Org.Key, Kind: kind, State: models.QueueOpen, Method: p.from, Target: models.UserTarget,
			UserKey: p.users[12+i].Key, Claim: "userName", Anchor: fmt.Sprintf("waiting-%d", i), Name: p.users[12+i].UserName, Record: "{}", Reason: "It waits.",
			Attempts: 2, Created: tx.Now(), LastSeen: tx.Now(),
		}
		if err := tx.InsertQueueItem(&item); err != nil {
			return err
		}
	}
	return nil
}

// stored is every row of what a change could touch, by table.
func (p *place) stored(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, table := range []string{"users", "user_values", "groups", "members", "profiles", "mappings", "attribute_mappings", "tokens", "queue_items"} {
		for _, row := range p.Rows(t, "SELECT * FROM "+table) {
			out[table] = append(out[table], strings.Join(row, " | "))
		}
		slices.Sort(out[table])
	}
	return out
}

// seen is every user as readers have them, by userName.
func (p *place) seen(t *testing.T) map[string]models.User {
	t.Helper()
	out := map[string]models.User{}
	must(t, p.EachUser(t.Context(), p.Org.Key, models.UserQuery{}, func(list []models.User) error {
		for _, u := range list {
			out[u.UserName] = u
		}
		return nil
	}))
	return out
}

// counted holds the counters to the rows.
func (p *place) counted(t *testing.T, when string) {
	t.Helper()
	counts, err := p.UserCounts(t.Context(), p.Org.Key)
	must(t, err)
	have := map[models.Status]map[models.Method]int64{}
	for _, s := range models.Statuses() {
		have[s] = map[models.Method]int64{}
	}
	for _, u := range p.seen(t) {
		have[u.Status][u.Mode]++
	}
	for _, s := range models.Statuses() {
		for _, m := range models.Methods() {
			if counts.Cells[s][m] != have[s][m] {
				t.Errorf("%s: %d users are %s and %s; the counters say %d", when, have[s][m], s, m, counts.Cells[s][m])
			}
			list, err := p.Users(t.Context(), p.Org.Key, models.UserQuery{Status: s, Mode: m, Page: models.Page{Limit: 200}})
			must(t, err)
			if int64(len(list.Items)) != have[s][m] {
				t.Errorf("%s: %d users are %s and %s; the list has %d", when, have[s][m], s, m, len(list.Items))
			}
		}
	}
}

// eachDirection runs a test for all twelve directions, with and without keeping, on
// both engines.
func eachDirection(t *testing.T, fn func(t *testing.T, p *place, to models.Method, keep bool)) {
	t.Helper()
	for _, from := range models.Methods() {
		for _, to := range models.Methods() {
			for _, keep := range []bool{true, false} {
				if from == to {
					continue
				}
				t.Run(fmt.Sprintf("%s to %s keep %t", from, to, keep), func(t *testing.T) {
					directorytest.Each(t, func(t *testing.T, w *directorytest.World) { fn(t, newPlace(t, w, from), to, keep) })
				})
			}
		}
	}
}

// TestEveryDirectionAndBack: what the preview says is what happens to every row, nothing
// else happens, and undo gives every row back as it was.
func TestEveryDirectionAndBack(t *testing.T) {
	eachDirection(t, func(t *testing.T, p *place, to models.Method, keep bool) {
		before, people := p.stored(t), p.seen(t)
		plan, err := p.deps.Preview(t.Context(), p.Org.Key, to, keep)
		must(t, err)
		p.Clock.Advance(3e9)
		done, err := p.deps.Change(t.Context(), p.Admin(), deployment.Order{Target: to, Keep: keep, Version: plan.Version, Reason: "a test"})
		must(t, err)
		if diff := cmp.Diff(plan.Counts, done.Counts); diff != "" {
			t.Errorf("the change counts other than the preview (-preview +change):\n%s", diff)
		}
		p.changed(t, before, people, plan)
		p.counted(t, "after the change")

		undo, err := p.deps.PreviewUndo(t.Context(), p.Org.Key, done.ID)
		must(t, err)
		if len(undo.Blockers) > 0 || undo.Counts.UsersTouched != 0 || undo.Gone != 0 || len(undo.Left) != 0 || undo.Counts.UsersReturn != plan.Counts.UsersToManual {
			t.Errorf("preview of the undo: %+v", undo)
		}
		p.Clock.Advance(3e9)
		back, err := p.deps.Undo(t.Context(), p.Admin(), deployment.UndoOrder{Change: done.ID, Version: undo.Version})
		must(t, err)
		if diff := cmp.Diff(undo.Counts, back.Counts); diff != "" {
			t.Errorf("the undo counts other than its preview (-preview +undo):\n%s", diff)
		}
		if diff := cmp.Diff(before, p.stored(t)); diff != "" {
			t.Errorf("after the undo (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(people, p.seen(t)); diff != "" {
			t.Errorf("people after the undo (-before +after):\n%s", diff)
		}
		p.counted(t, "after the undo")
		if o, err := p.Organization(t.Context(), p.Org.Key); err != nil || o.Method != p.from || !o.MethodSet {
			t.Errorf("in charge after the undo: %+v %v", o, err)
		}
		if _, err := p.VerifyAudit(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// changed holds what is stored after a change to what its preview said.
func (p *place) changed(t *testing.T, before map[string][]string, people map[string]models.User, plan deployment.Impact) {
	t.Helper()
	after := p.stored(t)
	for _, table := range []string{"users", "user_values", "groups", "members", "profiles"} {
		if diff := cmp.Diff(before[table], after[table]); diff != "" {
			t.Errorf("rows of %s were written (-before +after):\n%s", table, diff)
		}
	}
	want, released, dropped := maps.Clone(people), int64(0), int64(0)
	for name, u := range want {
		if u.Mode == p.from && p.from != models.Manual {
			released++
			if u.Staged != "" {
				dropped++
			}
			u.Mode, u.MappingKey, u.Staged, u.StagedAt = models.Manual, 0, "", 0
			want[name] = u
		}
	}
	if diff := cmp.Diff(want, p.seen(t)); diff != "" {
		t.Errorf("people after the change (-want +got):\n%s", diff)
	}
	n := plan.Counts
	if n.UsersToManual != released || n.HeldDropped != dropped || n.UsersUnchanged != int64(len(people))-released {
		t.Errorf("the preview says %+v; %d became manual, %d removals were dropped", n, released, dropped)
	}
	groups, err := p.GroupCounts(t.Context(), p.Org.Key)
	must(t, err)
	if p.from != models.Manual && (n.GroupsToManual != 2 || groups[models.Manual] != 3 || groups[p.from] != 0) {
		t.Errorf("the preview says %d groups; groups now: %v", n.GroupsToManual, groups)
	}
	p.rulesAfter(t, plan)
	p.tokensAfter(t, plan)
	if open := p.Int(t, "SELECT count(*) FROM queue_items WHERE state = 'open'"); open != 0 || p.from != models.Manual && n.QueueClosed != 2 {
		t.Errorf("%d decisions are open; the preview closes %d", open, n.QueueClosed)
	}
}

func (p *place) rulesAfter(t *testing.T, plan deployment.Impact) {
	t.Helper()
	for _, m := range models.Methods() {
		all := p.Int(t, "SELECT (SELECT count(*) FROM mappings WHERE method = '"+string(m)+"') + (SELECT count(*) FROM attribute_mappings WHERE method = '"+string(m)+"')")
		asleep := int64(0)
		list, err := p.Mappings(t.Context(), p.Org.Key, m)
		must(t, err)
		for _, one := range list {
			if one.Parked {
				asleep++
			}
		}
		switch {
		case m == models.Manual:
		case m == p.from && !plan.Keep:
			if all != 0 || plan.Counts.RulesDeleted != 3 {
				t.Errorf("%d rules of %s are left, the preview deletes %d", all, m, plan.Counts.RulesDeleted)
			}
		case m == plan.To:
			if all != 3 || asleep != 0 || plan.Counts.RulesWoken != 3 {
				t.Errorf("%s: %d rules, %d asleep, the preview wakes %d", m, all, asleep, plan.Counts.RulesWoken)
			}
		case all != 3 || asleep != 2:
			t.Errorf("%s: %d rules, %d mappings asleep", m, all, asleep)
		}
	}
}

func (p *place) tokensAfter(t *testing.T, plan deployment.Impact) {
	t.Helper()
	tokens, err := p.Tokens(t.Context(), p.Org.Key)
	must(t, err)
	got := map[models.TokenState]int64{}
	for _, one := range tokens {
		got[one.State(p.Clock.Now())]++
	}
	want := map[models.TokenState]int64{models.TokenRevoked: 1, models.TokenExpired: 1, models.TokenParked: 3}
	counts := [3]int64{plan.Counts.TokensParked, plan.Counts.TokensRevoked, plan.Counts.TokensWoken}
	said := [3]int64{}
	switch {
	case plan.To == models.SCIM:
		want = map[models.TokenState]int64{models.TokenRevoked: 1, models.TokenExpired: 1, models.TokenActive: 1, models.TokenDisabled: 1, models.TokenRetiring: 1}
		said[2] = 3
	case p.from == models.SCIM && !plan.Keep:
		want = map[models.TokenState]int64{models.TokenRevoked: 4, models.TokenExpired: 1}
		said[1] = 3
	case p.from == models.SCIM:
		said[0] = 3
	}
	if diff := cmp.Diff(want, got); diff != "" || counts != said {
		t.Errorf("tokens (-want +got), the preview says %v of %v parked, revoked, woken:\n%s", counts, said, diff)
	}
}
