package directory_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/directory"
)

// profile makes a profile.
func (w world) profile(t *testing.T, name string) models.Profile {
	t.Helper()
	p, err := w.SaveProfile(t.Context(), w.Admin(), "", func(p *models.Profile) error { p.Name = name; return nil })
	if err != nil {
		t.Fatalf("make profile %s: %v", name, err)
	}
	return p
}

// rule makes a mapping of SCIM, last.
func (w world) rule(t *testing.T, name, filter string, p models.Profile, more ...func(*models.Mapping)) models.Mapping {
	t.Helper()
	m, err := w.SaveMapping(t.Context(), w.Admin(), "", func(m *models.Mapping) error {
		m.Method, m.Name, m.Filter, m.ProfileKey = models.SCIM, name, filter, p.Key
		for _, edit := range more {
			edit(m)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("make mapping %s: %v", name, err)
	}
	return m
}

func (w world) evaluate(t *testing.T) {
	t.Helper()
	if err := w.Evaluate(t.Context()); err != nil {
		t.Fatalf("evaluate: %v", err)
	}
}

func (w world) set(t *testing.T, edit func(*models.OrganizationSettings)) {
	t.Helper()
	o, err := w.Organization(t.Context(), w.Org.Key)
	if err != nil {
		t.Fatal(err)
	}
	w.Org = o
	w.Configure(t, func(o *models.Organization) { edit(&o.Settings) })
}

// at tells where a user is: profile, how they came to it, rule, what they wait for.
func (w world) at(t *testing.T, id string) string {
	t.Helper()
	u := w.User(t, id)
	name := func(query string, key int64) string {
		if key == 0 {
			return "-"
		}
		return w.Text(t, query, key)
	}
	return fmt.Sprintf("%s %s %s %s", name("SELECT name FROM profiles WHERE id = $1", u.ProfileKey), u.ProfileBy,
		name("SELECT name FROM mappings WHERE id = $1", u.MappingKey), u.Parked)
}

func (w world) expectAt(t *testing.T, id, want string) {
	t.Helper()
	if got := w.at(t, id); got != want {
		t.Errorf("%s is at %q, want %q", w.User(t, id).UserName, got, want)
	}
}

func inSales(extra attrs) attrs {
	out := attrs{models.EnterpriseURN: map[string]any{"department": "Sales"}}
	maps.Copy(out, extra)
	return out
}

func TestTheFirstRuleThatMatchesWins(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		sales, all := w.profile(t, "Sales"), w.profile(t, "All")
		w.rule(t, "Sales", `department eq "sales"`, sales)
		catch := w.rule(t, "Everyone", "", all)
		u := w.add(t, "ada", "a")
		w.expectAt(t, u.ID, "All mapping Everyone ")
		w.update(t, w.Client(), u.ID, inSales(nil))
		w.expectAt(t, u.ID, "Sales mapping Sales ")
		e := w.Last(t)
		want := []models.Change{{Path: "profile", Old: "All", New: "Sales"}, {Path: "mapping", Old: "Everyone", New: "Sales"}}
		if diff := cmp.Diff(want, e.Details.Modified[len(e.Details.Modified)-2:]); diff != "" {
			t.Errorf("modified (-want +got):\n%s", diff)
		}
		if o, ok := w.User(t, u.ID).Origins.Of("profile"); !ok || o.Rule != "Sales" || o.ChangeID != e.ID {
			t.Errorf("origin of the profile = %+v, %v", o, ok)
		}
		if err := w.OrderMappings(t.Context(), w.Admin(), models.SCIM, []string{catch.ID, w.mapping(t, "Sales").ID}); err != nil {
			t.Fatal(err)
		}
		w.expectAt(t, u.ID, "Sales mapping Sales ") // until all are evaluated
		w.evaluate(t)
		w.expectAt(t, u.ID, "All mapping Everyone ")
		if e := w.Last(t); e.Source != models.SCIM || e.InitiatorKind != models.SystemActor {
			t.Errorf("the re-evaluation logged as %+v", e)
		}
		entries := len(w.Log(t))
		w.evaluate(t)
		if n := len(w.Log(t)); n != entries {
			t.Errorf("an evaluation that changes nothing logged %d entries", n-entries)
		}
	})
}

func (w world) mapping(t *testing.T, name string) models.Mapping {
	t.Helper()
	list, err := w.Mappings(t.Context(), w.Org.Key, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("there is no mapping %s", name)
	return models.Mapping{}
}

func TestAProfileByHandStays(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		sales, vip := w.profile(t, "Sales"), w.profile(t, "VIP")
		w.rule(t, "Everyone", "", sales)
		u := w.add(t, "ada", "a")
		if _, err := w.SetProfile(t.Context(), w.Admin(), u.ID, vip.ID); err != nil {
			t.Fatal(err)
		}
		w.expectAt(t, u.ID, "VIP admin Everyone ")
		w.update(t, w.Client(), u.ID, attrs{"title": "Dr."})
		w.rule(t, "Doctors", `title pr`, sales)
		w.evaluate(t)
		w.expectAt(t, u.ID, "VIP admin Everyone ")
		if _, err := w.SetProfile(t.Context(), w.Admin(), u.ID, ""); err != nil {
			t.Fatal(err)
		}
		w.expectAt(t, u.ID, "Sales mapping Everyone ")
		if err := w.DeleteProfile(t.Context(), w.Admin(), sales.ID, ""); models.KindOf(err) != models.Conflict {
			t.Errorf("deleting a profile in use: %v", err)
		}
		if err := w.DeleteProfile(t.Context(), w.Admin(), sales.ID, vip.ID); err != nil {
			t.Fatal(err)
		}
		w.evaluate(t)
		w.expectAt(t, u.ID, "VIP mapping Everyone ")
	})
}

func TestRulesOfGroupsFollowTheMembers(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		sales := w.profile(t, "Sales")
		local, err := w.CreateGroup(t.Context(), w.Admin(), nil, named("Licence holders"))
		done(t, err)
		inner, err := w.CreateGroup(t.Context(), w.Client(), nil, named("EMEA"))
		done(t, err)
		outer, err := w.CreateGroup(t.Context(), w.Client(), []string{inner.ID}, named("World"))
		done(t, err)
		w.rule(t, "World", "", sales, func(m *models.Mapping) { m.Groups, m.LocalGroups = []string{outer.ID}, []string{local.ID} })
		u := w.add(t, "ada", "a")
		w.expectAt(t, u.ID, "-  - ")
		w.join(t, inner.ID, u.ID)
		w.expectAt(t, u.ID, "Sales mapping World ")
		w.wantMembers(t, local.ID, "ada")
		w.leave(t, inner.ID, u.ID)
		w.expectAt(t, u.ID, "-  - ")
		w.wantMembers(t, local.ID)
		w.join(t, inner.ID, u.ID)
		done(t, w.DeleteGroup(t.Context(), w.Client(), outer.ID, func(models.Group) error { return nil }))
		w.evaluate(t)
		w.expectAt(t, u.ID, "-  - ")
		w.wantMembers(t, local.ID)
	})
}

func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w world) join(t *testing.T, group string, users ...string) {
	t.Helper()
	_, err := w.UpdateGroup(t.Context(), w.Client(), group, []models.MemberChange{{Kind: models.AddMembers, IDs: users}}, same)
	done(t, err)
}

func (w world) leave(t *testing.T, group string, users ...string) {
	t.Helper()
	_, err := w.UpdateGroup(t.Context(), w.Client(), group, []models.MemberChange{{Kind: models.RemoveMembers, IDs: users}}, same)
	done(t, err)
}

func (w world) wantMembers(t *testing.T, group string, want ...string) {
	t.Helper()
	g := w.Group(t, group)
	refs, err := w.Members(t.Context(), g.Key, models.MemberRef{}, 100)
	done(t, err)
	var got []string
	for _, r := range refs {
		got = append(got, r.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" || g.MemberCount != int64(len(want)) {
		t.Errorf("members of %s, counted %d (-want +got):\n%s", g.DisplayName, g.MemberCount, diff)
	}
}

func TestWhoeverNoRuleMatches(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		sales, other := w.profile(t, "Sales"), w.profile(t, "Other")
		w.rule(t, "Sales", `department eq "Sales"`, sales)
		w.set(t, func(s *models.OrganizationSettings) { s.DefaultProfile = other.ID })
		first := w.add(t, "first", "1")
		w.expectAt(t, first.ID, "Other default - ")
		w.set(t, func(s *models.OrganizationSettings) { s.Unmatched = models.UnmatchedPark })
		second := w.add(t, "second", "2")
		w.expectAt(t, second.ID, "Other default - mapping")
		w.expect(t, second.ID, "inactive//scim")
		w.update(t, w.Client(), second.ID, inSales(nil))
		w.expectAt(t, second.ID, "Sales mapping Sales ")
		w.expect(t, second.ID, "active//scim")
		w.set(t, func(s *models.OrganizationSettings) { s.Unmatched = models.UnmatchedRefuse })
		if _, err := w.try(t, w.Client(), "third", "3"); models.KindOf(err) != models.Forbidden {
			t.Errorf("a user whom no mapping matches: %v", err)
		}
		w.logged(t, "create/failure/noMappingMatched")
		w.update(t, w.Client(), second.ID, attrs{models.EnterpriseURN: nil})
		w.expect(t, second.ID, "preserved/directory/scim")
		w.update(t, w.Client(), second.ID, inSales(nil))
		w.expect(t, second.ID, "active//scim")
	})
}

func TestAPreviewIsWhatSavingDoes(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		sales, all := w.profile(t, "Sales"), w.profile(t, "All")
		catch := w.rule(t, "Everyone", "", all)
		for i := range 10 {
			u := w.add(t, fmt.Sprintf("user%d", i), fmt.Sprint(i))
			if i < 4 {
				w.update(t, w.Client(), u.ID, inSales(nil))
			}
		}
		draft := models.Mapping{Method: models.SCIM, Name: "Sales", Filter: `department eq "Sales"`, ProfileKey: sales.Key, Position: 1, InitialStatus: models.Active}
		p, err := w.PreviewRules(t.Context(), w.Org.Key, directory.RuleChange{Method: models.SCIM, Save: &draft})
		done(t, err)
		if p.Matches != 4 || p.Gains != 4 || p.Loses != 0 || p.Moved != 0+4 || len(p.First) != 4 || p.First[0].UserName != "user0" {
			t.Errorf("preview: %d match, +%d -%d, %d moved, %d named", p.Matches, p.Gains, p.Loses, p.Moved, len(p.First))
		}
		draft.Position = 2
		p, err = w.PreviewRules(t.Context(), w.Org.Key, directory.RuleChange{Method: models.SCIM, Save: &draft})
		done(t, err)
		if p.Matches != 0 || len(p.Overlaps) != 1 || p.Overlaps[0].Users != 4 || p.Overlaps[0].To.ID != catch.ID || len(p.First) != 0 {
			t.Errorf("preview behind the catch-all: %+v", p)
		}
		p, err = w.PreviewRules(t.Context(), w.Org.Key, directory.RuleChange{Method: models.SCIM, Delete: catch.ID})
		done(t, err)
		if p.Moved != 10 || p.Loses != 10 {
			t.Errorf("preview of a deletion: %+v", p)
		}
	})
}
