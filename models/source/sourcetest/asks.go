package sourcetest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/source"
)

func looks(t *testing.T, tr *trial) {
	users, groups := town(tr.Directory)
	for by, value := range map[source.By]string{
		source.ByAnchor: users[1], source.ByUserName: "BOB@contoso.test", source.ByEmail: "bob@contoso.test",
	} {
		found, err := tr.c.Look(t.Context(), by, value)
		if err != nil || len(found) != 1 || found[0].Anchor != users[1] {
			t.Fatalf("by %s: %+v, %v", by, found, err)
		}
		m := NewMirror()
		m.user(found[0])
		if diff := cmp.Diff(tr.Directory.State().Users[users[1]], m.State().Users[users[1]]); diff != "" {
			t.Errorf("by %s: %s", by, diff)
		}
	}
	for _, nobody := range []string{"nobody@contoso.test", "' or '1' eq '1", "*)(uid=*", "bob@contoso.test' or mail ne '", "\x00"} {
		for _, by := range []source.By{source.ByAnchor, source.ByUserName, source.ByEmail} {
			if found, err := tr.c.Look(t.Context(), by, nobody); err != nil || len(found) > 0 {
				t.Errorf("%s by %s: %+v, %v", nobody, by, found, err)
			}
		}
	}
	for nested, want := range map[bool][]string{false: {groups[0]}, true: {groups[0], groups[2]}} {
		found, err := tr.c.GroupsOf(t.Context(), users[1], nested)
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, g := range found {
			have = append(have, g.Anchor)
		}
		slices.Sort(have)
		slices.Sort(want)
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("groups, nested %t: %s", nested, diff)
		}
	}
	tr.Directory.Break(Refusing)
	if found, err := tr.c.Look(t.Context(), source.ByAnchor, users[1]); err == nil {
		t.Errorf("a directory that refuses found %+v", found)
	}
}

func fetches(t *testing.T, tr *trial) {
	users, _ := town(tr.Directory)
	tr.Directory.RemoveUser(users[4])
	found, err := tr.c.Fetch(t.Context(), append(slices.Clone(users), "nobody"))
	if err != nil {
		t.Fatal(err)
	}
	m := NewMirror()
	for _, r := range found {
		m.user(r)
	}
	if diff := cmp.Diff(tr.Directory.State().Users, m.State().Users); diff != "" {
		t.Error(diff)
	}
	for _, fault := range []Fault{Refusing, Cut} {
		tr.Directory.Break(fault)
		if found, err := tr.c.Fetch(t.Context(), users); err == nil || len(found) > 0 {
			t.Errorf("%s: %d users, %v", fault, len(found), err)
		}
		tr.Directory.Heal()
	}
}

func scopes(t *testing.T, tr *trial) {
	_, groups := town(tr.Directory)
	found, err := tr.c.SearchGroups(t.Context(), "every", true)
	if err != nil || len(found) != 1 || found[0].Anchor != groups[2] || found[0].Users != 12 {
		t.Errorf("groups: %+v, %v", found, err)
	}
	for _, scope := range []struct {
		of   source.Scope
		want int
	}{
		{source.Scope{Mode: source.Everyone}, 12},
		{source.Scope{Mode: source.ChosenGroups, Groups: groups[:1]}, 8},
		{source.Scope{Mode: source.ChosenGroups, Groups: groups[:2]}, 12}, // two are in both
		{source.Scope{Mode: source.ChosenGroups, Groups: groups[2:]}, 1},
		{source.Scope{Mode: source.ChosenGroups, Groups: groups[2:], Nested: true}, 12},
	} {
		if have, err := tr.c.Count(t.Context(), scope.of); err != nil || have.Users != scope.want {
			t.Errorf("%+v: %+v, %v", scope.of, have, err)
		}
	}
	if roots, err := tr.c.Roots(t.Context()); err != nil || !roots.Everyone {
		t.Errorf("roots %+v, %v", roots, err)
	}
}

func testsConnection(t *testing.T, tr *trial) {
	town(tr.Directory)
	steps := tr.c.Test(t.Context())
	if len(steps) < 3 {
		t.Errorf("%d steps", len(steps))
	}
	for _, s := range steps {
		if s.Outcome != models.Success || s.Name == "" || s.Title == "" || s.Detail == "" {
			t.Errorf("%+v", s)
		}
	}
	tr.Directory.Break(Refusing)
	failed := 0
	for _, s := range tr.c.Test(t.Context()) {
		if s.Outcome == models.Failure {
			failed++
			if s.Detail == "" || s.Cause == "" || s.Advice == "" || s.Code == "" {
				t.Errorf("a failed step lacks words: %+v", s)
			}
		}
	}
	if failed == 0 {
		t.Error("a directory that refuses passed the test")
	}
}
