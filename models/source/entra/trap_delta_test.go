package entra_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models/source"
	"muster/models/source/entra/entratest"
)

// deltaTraps are about the order and the shape of a delta's pages.
var deltaTraps = []trap{
	{"pages without traps", under(nil)},
	{"an empty page has a next page", func(t *testing.T, b *bench) {
		under(func(s *entratest.Traps) { s.EmptyPages = true })(t, b)
	}},
	{"every object comes three times", under(func(s *entratest.Traps) { s.Repeats = 2 })},
	{"objects come in any order", under(func(s *entratest.Traps) { s.Shuffle = true })},
	{"each change three times on shuffled pages", under(func(s *entratest.Traps) { s.Repeats, s.Shuffle = 2, true })},
	{"parts of a group lie far apart", under(func(s *entratest.Traps) { s.Spread = true })},
	{"a round replays the one before it", under(func(s *entratest.Traps) { s.Replay = true })},
	{"minimal answers are not given", under(func(s *entratest.Traps) { s.IgnoreMinimal = true })},
	{"a removed member has no reason", under(func(s *entratest.Traps) { s.NoReason = true })},
	{"all of it at once", under(func(s *entratest.Traps) {
		s.EmptyPages, s.Repeats, s.Shuffle, s.Spread, s.Replay, s.IgnoreMinimal, s.RemovedFirst = true, 2, true, true, true, true, true
	})},
	{"a group comes in parts and never replaces itself", func(t *testing.T, b *bench) {
		users := b.people(30)
		group := b.graph.AddGroup(entratest.Props{"displayName": "Many"})
		b.graph.AddMembers(group, users...)
		f := b.follow(t)
		f.sync()
		pages := 0
		for _, p := range f.pages {
			if len(p.Members) > 0 {
				pages++
			}
		}
		if pages < 2 {
			t.Errorf("the group came on %d page; the trap wants several", pages)
		}
		f.sync()
	}},
	{"a page says the same thing once", func(t *testing.T, b *bench) {
		users, inner, _ := b.village()
		b.graph.Trap(func(s *entratest.Traps) { s.Repeats = 1 })
		f := b.follow(t)
		f.sync()
		for _, p := range f.pages {
			seen := map[string]bool{}
			for _, r := range p.Users {
				if seen[r.Anchor] {
					t.Errorf("page %d has %s twice", p.Number, r.Anchor)
				}
				seen[r.Anchor] = true
			}
			edges := map[source.Edge]bool{}
			for _, e := range p.Members {
				if edges[e] {
					t.Errorf("page %d has %v twice", p.Number, e)
				}
				edges[e] = true
			}
		}
		_, _ = users, inner
	}},
	{"a first round also tells what was removed", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		b.graph.RemoveUser(users[3], true)
		b.graph.Trap(func(s *entratest.Traps) { s.RemovedFirst = true })
		f := b.follow(t)
		f.sync()
	}},
	{"members are neither users nor groups", func(t *testing.T, b *bench) {
		_, inner, _ := b.village()
		b.graph.AddOther(inner, "device")
		b.graph.AddOther(inner, "servicePrincipal")
		b.graph.AddOther(inner, "device")
		f := b.follow(t)
		f.sync()
		ignored := map[string]int{}
		for _, p := range f.pages {
			for kind, n := range p.Ignored {
				ignored[kind] += n
			}
		}
		if diff := cmp.Diff(map[string]int{"device": 2, "servicePrincipal": 1}, ignored); diff != "" {
			t.Error(diff)
		}
	}},
	{"members have no type", under(func(s *entratest.Traps) { s.Typeless = true })},
	{"memberships go in a circle", func(t *testing.T, b *bench) {
		users, inner, outer := b.village()
		b.graph.AddMembers(inner, outer)
		b.graph.AddMembers(outer, outer)
		f := b.follow(t)
		f.sync()
		direct := map[string][]source.Member{}
		for _, p := range f.pages {
			for _, e := range p.Members {
				direct[e.Group] = append(direct[e.Group], source.Member{Anchor: e.Member, Kind: e.Kind})
			}
		}
		reach := source.Resolve(source.Roots{Groups: []string{outer}}, true, func(g string) []source.Member { return direct[g] })
		if reach.Len() != len(users) {
			t.Errorf("%d of %d users are reached", reach.Len(), len(users))
		}
	}},
	{"a group hides its members", func(t *testing.T, b *bench) {
		group := b.graph.AddGroup(entratest.Props{"displayName": "Secret", "visibility": "HiddenMembership"})
		b.people(3)
		f := b.follow(t)
		f.sync()
		if r := f.records(group); len(r) != 1 || !r[0].MembersHidden {
			t.Errorf("%+v", r)
		}
	}},
}

// changeTraps are about what a change says, and what it does not say.
var changeTraps = []trap{
	{"what did not change is not in the delta", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		f := b.follow(t)
		f.sync()
		before := f.mirror.Document(users[1])
		b.graph.EditUser(users[1], entratest.Props{"department": "Sales"})
		f.sync()
		if r := f.records(users[1]); len(r) != 1 || len(r[0].Values) != 1 || len(r[0].Raw) != 1 || r[0].Enabled != nil || r[0].Manager != nil {
			t.Errorf("%+v", r)
		}
		after := f.mirror.Document(users[1])
		delete(after, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")
		if diff := cmp.Diff(before, after); diff != "" {
			t.Error(diff)
		}
	}},
	{"null clears and is told apart from absence", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		f := b.follow(t)
		f.sync()
		b.graph.EditUser(users[1], entratest.Props{"jobTitle": nil})
		f.sync()
		r := f.records(users[1])
		if len(r) != 1 || len(r[0].Cleared()) != 1 || r[0].Cleared()[0].String() != "title" {
			t.Fatalf("%+v", r)
		}
		if v, sent := r[0].Raw["jobTitle"]; v != nil || !sent {
			t.Errorf("raw %+v", r[0].Raw)
		}
		if _, there := f.mirror.Document(users[1])["title"]; there {
			t.Error("the title is still there")
		}
	}},
	{"one of several phone numbers changes", func(t *testing.T, b *bench) {
		id := b.graph.AddUser(entratest.Props{"userPrincipalName": "a@b.test", "businessPhones": []string{"+1"}, "mobilePhone": "+2", "city": "Rome", "country": "Italy"})
		f := b.follow(t)
		f.sync()
		b.graph.EditUser(id, entratest.Props{"mobilePhone": "+3", "city": nil})
		f.sync()
		doc := f.mirror.Document(id)
		want := []any{map[string]any{"type": "work", "value": "+1"}, map[string]any{"type": "mobile", "value": "+3"}}
		if diff := cmp.Diff(want, doc["phoneNumbers"]); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]any{map[string]any{"type": "work", "country": "Italy"}}, doc["addresses"]); diff != "" {
			t.Error(diff)
		}
		b.graph.EditUser(id, entratest.Props{"businessPhones": []string{}, "mobilePhone": nil, "country": nil})
		f.sync()
		if doc := f.mirror.Document(id); doc["phoneNumbers"] != nil || doc["addresses"] != nil {
			t.Errorf("%+v", doc)
		}
	}},
	{"an unchanged manager does not come", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		b.graph.Trap(func(s *entratest.Traps) { s.IgnoreMinimal = true })
		f := b.follow(t)
		f.sync()
		b.graph.EditUser(users[1], entratest.Props{"jobTitle": "Chef"})
		f.sync()
		if r := f.records(users[1]); len(r) != 1 || r[0].Manager != nil {
			t.Errorf("%+v", r)
		}
	}},
	{"a manager is exchanged in one change", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		f := b.follow(t)
		f.sync()
		b.graph.SetManager(users[1], users[5])
		f.sync()
		if r := f.records(users[1]); len(r) != 1 || r[0].Manager == nil || r[0].Manager.Is != users[5] {
			t.Errorf("%+v", r)
		}
	}},
	{"a manager is taken away", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		f := b.follow(t)
		f.sync()
		b.graph.SetManager(users[1], "")
		f.sync()
		if r := f.records(users[1]); len(r) != 1 || r[0].Manager == nil || !slices.Equal(r[0].Manager.Not, users[:1]) {
			t.Errorf("%+v", r)
		}
	}},
	{"a manager changes twice and is taken away between two reads", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		f := b.follow(t)
		f.sync()
		b.graph.SetManager(users[1], users[5])
		b.graph.SetManager(users[1], users[6])
		b.graph.SetManager(users[1], "")
		f.sync()
	}},
	{"a half visible user clears nothing", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		f := b.follow(t)
		f.sync()
		before := f.mirror.Document(users[2])
		b.graph.Trap(func(s *entratest.Traps) { s.Half = map[string]bool{users[2]: true} })
		b.graph.EditUser(users[2], entratest.Props{"department": "Sales"})
		if err := f.read(); err != nil {
			t.Fatal(err)
		}
		if r := f.records(users[2]); len(r) != 1 || !r[0].Half || len(r[0].Values) != 0 || r[0].Raw != nil || r[0].Enabled != nil {
			t.Errorf("%+v", r)
		}
		if diff := cmp.Diff(before, f.mirror.Document(users[2])); diff != "" {
			t.Error(diff)
		}
	}},
	{"a half visible group clears nothing", func(t *testing.T, b *bench) {
		_, inner, _ := b.village()
		f := b.follow(t)
		f.sync()
		b.graph.Trap(func(s *entratest.Traps) { s.Half = map[string]bool{inner: true} })
		f.cursor = ""
		if err := f.read(); err != nil {
			t.Fatal(err)
		}
		if doc := f.mirror.Document(inner); doc["displayName"] != "Inner" {
			t.Errorf("%+v", doc)
		}
	}},
	{"a removed user may come back", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		f := b.follow(t)
		f.sync()
		b.graph.RemoveUser(users[2], false)
		f.sync()
		if got := f.pages[0].Removed; len(got) != 1 || got[0].Permanent || got[0].Anchor != users[2] {
			t.Errorf("%+v", got)
		}
		b.graph.Restore(users[2])
		f.sync()
		if doc := f.mirror.Document(users[2]); doc["title"] != "Engineer" {
			t.Errorf("%+v", doc)
		}
	}},
	{"a user changes and is removed on one page", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		f := b.follow(t)
		f.sync()
		b.graph.RemoveUser(users[2], false)
		b.graph.EditUser(users[3], entratest.Props{"jobTitle": "Chef"})
		b.graph.Inject(entratest.Fault{Path: "users/delta", Alter: rewrite(func(list []any) []any {
			before := []any{
				entratest.Props{"id": users[2], "jobTitle": "Cook"},
				entratest.Props{"id": users[3], "jobTitle": "Cook"},
				entratest.Props{"id": users[2], "@removed": entratest.Props{"reason": "changed"}},
			}
			return append(before, list...)
		})})
		f.sync()
		if p := f.pages[0]; len(p.Removed) != 1 || len(p.Users) != 1 || p.Users[0].Anchor != users[3] {
			t.Errorf("%+v", p)
		}
	}},
	{"a user is removed and restored on one page", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		f := b.follow(t)
		f.sync()
		b.graph.EditUser(users[2], entratest.Props{"jobTitle": "Chef"})
		b.graph.Inject(entratest.Fault{Path: "users/delta", Alter: rewrite(func(list []any) []any {
			before := []any{
				entratest.Props{"id": users[1], "@removed": entratest.Props{"reason": "changed"}},
				entratest.Props{"id": users[2], "@removed": entratest.Props{"reason": "changed"}},
				entratest.Props{"id": users[1], "jobTitle": "Engineer"},
			}
			return append(before, list...)
		})})
		f.sync()
		if p := f.pages[0]; len(p.Removed) != 0 || len(p.Users) != 2 {
			t.Errorf("%+v", p)
		}
	}},
	{"a removed user is gone for good", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		f := b.follow(t)
		f.sync()
		b.graph.RemoveUser(users[2], true)
		f.sync()
		if got := f.pages[0].Removed; len(got) != 1 || !got[0].Permanent {
			t.Errorf("%+v", got)
		}
	}},
	{"a member that leaves is not a user that is removed", func(t *testing.T, b *bench) {
		users, inner, _ := b.village()
		f := b.follow(t)
		f.sync()
		b.graph.RemoveMembers(inner, users[2])
		f.sync()
		for _, p := range f.pages {
			if len(p.Removed) > 0 {
				t.Errorf("%+v", p.Removed)
			}
		}
	}},
	{"a user is disabled and enabled again", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		f := b.follow(t)
		f.sync()
		b.graph.Enable(users[2], false)
		f.sync()
		b.graph.Enable(users[2], true)
		f.sync()
	}},
	{"extension attributes come flat", func(t *testing.T, b *bench) {
		id := b.graph.AddUser(entratest.Props{
			"userPrincipalName":             "a@b.test",
			"onPremisesExtensionAttributes": map[string]any{"extensionAttribute1": "red", "extensionAttribute2": nil},
			"employeeOrgData":               map[string]any{"division": "D", "costCenter": "C"},
		})
		f := b.follow(t, wanting("extensionAttribute1", "employeeOrgData"))
		f.sync()
		r := f.records(id)[0]
		if v, sent := r.Raw["extensionAttribute2"]; r.Raw["extensionAttribute1"] != "red" || v != nil || !sent {
			t.Errorf("%+v", r.Raw)
		}
		enterprise, _ := r.Document()["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"].(map[string]any)
		if enterprise["division"] != "D" || enterprise["costCenter"] != "C" {
			t.Errorf("%+v", r.Document())
		}
	}},
}

// rewrite changes the objects of a page.
func rewrite(change func([]any) []any) func(*http.Request, *entratest.Answer) {
	return func(_ *http.Request, a *entratest.Answer) {
		list, _ := a.Page["value"].([]any)
		a.Page["value"] = change(list)
	}
}
