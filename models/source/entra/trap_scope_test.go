package entra_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
)

func assignedOnly(o *entra.Options) { o.Settings.Scope.Mode = source.AssignedOnly }

// scopeTraps are about whom a scope holds.
var scopeTraps = []trap{
	{"assignments come in pages, repeat, and name services too", func(t *testing.T, b *bench) {
		users, inner, outer := b.village()
		for _, user := range users {
			b.graph.Assign(entratest.ClientID, user, "User")
		}
		for range 3 {
			b.graph.Assign(entratest.ClientID, inner, "Group")
		}
		b.graph.Assign(entratest.ClientID, outer, "Group")
		b.graph.Assign(entratest.ClientID, users[0], "User")
		b.graph.Assign(entratest.ClientID, "9d3a1c7e-0000-4000-8000-000000000001", "ServicePrincipal")
		f := b.follow(t, assignedOnly)
		have, err := f.c.Roots(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := source.Roots{Users: users, Groups: []string{inner, outer}, Ignored: map[string]int{"ServicePrincipal": 1}}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Error(diff)
		}
	}},
	{"a page of assignments fails", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		for _, user := range users {
			b.graph.Assign(entratest.ClientID, user, "User")
		}
		f := b.follow(t, assignedOnly)
		b.graph.Inject(entratest.Fault{Path: "appRoleAssignedTo", After: 2, Times: -1, Alter: entratest.Cut})
		if have, err := f.c.Roots(t.Context()); source.CodeOf(err) != source.IncompleteRead || len(have.Users) > 0 {
			t.Errorf("%+v, %v", have, err)
		}
	}},
	{"the application whose users are assigned is not there", func(t *testing.T, b *bench) {
		f := b.follow(t, assignedOnly, func(o *entra.Options) { o.Settings.App = "9d3a1c7e-0000-4000-8000-000000000002" })
		if _, err := f.c.Roots(t.Context()); source.CodeOf(err) != source.NotFound {
			t.Error(err)
		}
	}},
	{"assignments may not be read", func(t *testing.T, b *bench) {
		b.village()
		b.graph.Deny("Application.Read.All", true)
		f := b.follow(t, assignedOnly)
		if _, err := f.c.Roots(t.Context()); source.CodeOf(err) != source.ConsentMissing {
			t.Error(err)
		}
		steps := f.c.Test(t.Context())
		if last := steps[len(steps)-1]; last.Name != "assigned" || last.Outcome != models.Failure {
			t.Errorf("%+v", last)
		}
	}},
	{"a chosen group was deleted", func(t *testing.T, b *bench) {
		_, inner, _ := b.village()
		b.graph.RemoveGroup(inner, true)
		f := b.follow(t, func(o *entra.Options) {
			o.Settings.Scope = source.Scope{Mode: source.ChosenGroups, Groups: []string{inner}}
		})
		steps := f.c.Test(t.Context())
		if last := steps[len(steps)-1]; last.Name != "chosen" || last.Code != source.NotFound {
			t.Errorf("%+v", last)
		}
		if _, err := f.c.Count(t.Context(), source.Scope{Mode: source.ChosenGroups, Groups: []string{inner}}); source.CodeOf(err) != source.NotFound {
			t.Error(err)
		}
	}},
	{"whoever is in two chosen groups counts once", func(t *testing.T, b *bench) {
		users, inner, outer := b.village()
		f := b.follow(t)
		have, err := f.c.Count(t.Context(), source.Scope{Mode: source.ChosenGroups, Groups: []string{inner, outer}, Nested: true})
		if want := (source.Count{Users: len(users), Groups: 2}); err != nil || have != want {
			t.Errorf("%+v, %v", have, err)
		}
	}},
	{"a name to search for has quotes and wildcards", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		for _, text := range []string{`"`, `\`, `" OR "displayName:Inner`, `'`, `*`, `+&$top=1`} {
			have, err := f.c.SearchGroups(t.Context(), text, false)
			if err != nil || slices.ContainsFunc(have, func(g source.GroupChoice) bool { return g.Name == "Inner" }) {
				t.Errorf("%s: %+v, %v", text, have, err)
			}
		}
	}},
	{"an attribute that Graph does not have", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t, wanting("favouriteColour"))
		failure := f.fails(source.BadSettings)
		if want := "Microsoft Graph has no attribute favouriteColour."; failure.Msg != want {
			t.Errorf("%q; %q is wanted", failure.Msg, want)
		}
	}},
	{"an attribute whose changes Graph does not tell", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t, wanting("customSecurityAttributes"))
		failure := f.fails(source.BadSettings)
		if want := "Microsoft Graph does not tell changes of customSecurityAttributes."; failure.Msg != want {
			t.Errorf("%q; %q is wanted", failure.Msg, want)
		}
		tells(t, f.c, "users", source.BadSettings)
	}},
}
