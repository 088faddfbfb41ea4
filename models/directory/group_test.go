package directory_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"muster/models"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func named(name string) func(*models.Group) error {
	return func(g *models.Group) error { g.Attributes["displayName"] = name; return nil }
}

func same(*models.Group) error { return nil }

func (w world) group(t *testing.T, name string, members ...string) models.Group {
	t.Helper()
	g, err := w.CreateGroup(t.Context(), w.Client(), members, named(name))
	if err != nil {
		t.Fatalf("create group %s: %v", name, err)
	}
	return g
}

func (w world) change(t *testing.T, id string, kind models.MemberChangeKind, members ...string) error {
	t.Helper()
	_, err := w.UpdateGroup(t.Context(), w.Client(), id, []models.MemberChange{{Kind: kind, IDs: members}}, same)
	return err
}

// members lists names, and holds the stored count to them.
func (w world) members(t *testing.T, id string) string {
	t.Helper()
	g := w.Group(t, id)
	refs, err := w.Members(t.Context(), g.Key, models.MemberRef{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range refs {
		names = append(names, m.Name)
	}
	if g.MemberCount != int64(len(refs)) {
		t.Errorf("group %s counts %d members and has %d", g.DisplayName, g.MemberCount, len(refs))
	}
	return strings.Join(names, " ")
}

func TestMembers(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		a, b, c := w.add(t, "a", ""), w.add(t, "b", ""), w.add(t, "c", "")
		g := w.group(t, "Team", a.ID, a.ID, b.ID)
		e := w.logged(t, "create/success/")
		if e.Summary != "Created group Team with 2 members." || !hasChange(e, "members", "", "a") {
			t.Errorf("entry: %s %v", e.Summary, e.Details.Modified)
		}
		steps := []struct {
			kind models.MemberChangeKind
			ids  []string
			want string
		}{
			{models.AddMembers, []string{c.ID, a.ID}, "a b c"},
			{models.RemoveMembers, []string{b.ID, "nobody", "\x00"}, "a c"},
			{models.ReplaceMembers, []string{b.ID, c.ID}, "b c"},
			{models.ReplaceMembers, nil, ""},
			{models.AddMembers, []string{a.ID}, "a"},
			{models.ClearMembers, nil, ""},
		}
		for _, s := range steps {
			if err := w.change(t, g.ID, s.kind, s.ids...); err != nil {
				t.Fatalf("%s: %v", s.kind, err)
			}
			if got := w.members(t, g.ID); got != s.want {
				t.Errorf("after %s the members are %q, want %q", s.kind, got, s.want)
			}
		}
		if err := w.change(t, g.ID, models.AddMembers, a.ID, "00000000-0000-7000-8000-000000000000"); err == nil {
			t.Error("an unknown member was told yes")
		} else if e := refused(t, err, "unknownMember"); !contains(e.Msg, "00000000-0000-7000-8000-000000000000") {
			t.Errorf("%q does not name the unknown member", e.Msg)
		}
		if got := w.members(t, g.ID); got != "" {
			t.Errorf("half of a refused change stayed: %q", got)
		}
		err := w.change(t, g.ID, models.AddMembers, "a\x00b")
		refused(t, err, "unknownMember")
		w.logged(t, "update/failure/unknownMember")
	})
}

func TestNestedGroups(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		inner := w.group(t, "Inner")
		middle := w.group(t, "Middle", inner.ID)
		outer := w.group(t, "Outer", middle.ID)
		for _, id := range []string{inner.ID, middle.ID, outer.ID} {
			err := w.change(t, inner.ID, models.AddMembers, id)
			refused(t, err, "groupCircle")
		}
		if err := w.DeleteGroup(t.Context(), w.Client(), middle.ID, anyGroup); err != nil {
			t.Fatal(err)
		}
		if got := w.members(t, outer.ID); got != "" {
			t.Errorf("the deleted group is still a member: %q", got)
		}
		if err := w.change(t, inner.ID, models.AddMembers, outer.ID); err != nil {
			t.Errorf("no circle any more: %v", err)
		}
	})
}

func TestCirclesMadeAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		a, b := w.group(t, "A"), w.group(t, "B")
		errs := make([]error, 2)
		parallel(2, func(i int) {
			ids := []string{a.ID, b.ID}
			_, errs[i] = w.UpdateGroup(context.Background(), w.Client(), ids[i],
				[]models.MemberChange{{Kind: models.AddMembers, IDs: []string{ids[1-i]}}}, same)
		})
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("one of two crosswise memberships must be refused: %v, %v", errs[0], errs[1])
		}
	})
}

func TestGroupNames(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		g := w.group(t, "Team")
		_, err := w.CreateGroup(t.Context(), w.Client(), nil, named("TEAM"))
		refused(t, err, "groupNameTaken")
		w.logged(t, "create/failure/groupNameTaken")
		other := w.group(t, "Other")
		_, err = w.UpdateGroup(t.Context(), w.Client(), other.ID, nil, named("team"))
		refused(t, err, "groupNameTaken")
		_, err = w.CreateGroup(t.Context(), w.Client(), nil, named(" "))
		refused(t, err, "missingDisplayName")
		_, err = w.CreateGroup(t.Context(), w.Client(), nil, named(strings.Repeat("x", 257)))
		refused(t, err, "tooLong")
		_, err = w.CreateGroup(t.Context(), w.Client(), nil, named("a\x00"))
		refused(t, err, "badCharacter")
		_, err = w.UpdateGroup(t.Context(), w.Admin(), g.ID, nil, named("Mine"))
		refused(t, err, "managedByDirectory")
		err = w.DeleteGroup(t.Context(), w.Admin(), g.ID, anyGroup)
		refused(t, err, "managedByDirectory")
	})
}

func TestGroupAdoption(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		a, b := w.add(t, "a", ""), w.add(t, "b", "")
		g, err := w.CreateGroup(t.Context(), w.Admin(), []string{a.ID}, named("Team"))
		if err != nil {
			t.Fatal(err)
		}
		w.Configure(t, func(o *models.Organization) { o.Settings.Adoption = models.AdoptRefuse })
		_, err = w.CreateGroup(t.Context(), w.Client(), nil, named("Team"))
		refused(t, err, "groupNameTaken")
		err = w.change(t, g.ID, models.AddMembers, b.ID)
		refused(t, err, "adoptionRefused")
		w.Configure(t, func(o *models.Organization) { o.Settings.Adoption = models.AdoptAutomatic })
		got, err := w.CreateGroup(t.Context(), w.Client(), []string{b.ID}, named("Team"))
		if err != nil || got.ID != g.ID || got.Mode != models.SCIM {
			t.Fatalf("adopted as %s in mode %s (%v), want %s in scim", got.ID, got.Mode, err, g.ID)
		}
		if names := w.members(t, g.ID); names != "a b" {
			t.Errorf("members after adoption: %q", names)
		}
		w.logged(t, "adopt/success/")
	})
}

func TestParallelAddsToOneGroup(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		g := w.group(t, "Team")
		ids := make([]string, 64)
		for i := range ids {
			ids[i] = w.add(t, fmt.Sprint("user", i), "").ID
		}
		parallel(len(ids), func(i int) {
			_, err := w.UpdateGroup(context.Background(), w.Client(), g.ID, []models.MemberChange{{Kind: models.AddMembers, IDs: ids[i : i+1]}}, same)
			if err != nil {
				t.Errorf("add %d: %v", i, err)
			}
		})
		if n := len(strings.Fields(w.members(t, g.ID))); n != len(ids) {
			t.Errorf("%d of %d members", n, len(ids))
		}
	})
}

func TestCountersEqualCounts(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		a, b, c := w.add(t, "a", "1"), w.add(t, "b", "2"), w.add(t, "c", "3")
		m := w.byHand(t, "m")
		w.byHand(t, "n")
		w.remove(t, a.ID)
		w.update(t, w.Client(), b.ID, nil, false)
		if _, err := w.Suspend(t.Context(), w.Admin(), c.ID, ""); err != nil {
			t.Fatal(err)
		}
		w.add(t, "m", "4")
		w.add(t, "a", "5") // another person: the name is released
		w.remove(t, m.ID)
		w.add(t, "m", "4")
		if _, err := w.try(t, w.Client(), "b", "6"); err == nil {
			t.Fatal("a living name was given away")
		}
		g := w.group(t, "Team")
		w.group(t, "Other")
		if err := w.DeleteGroup(t.Context(), w.Client(), g.ID, anyGroup); err != nil {
			t.Fatal(err)
		}
		counts, err := w.UserCounts(t.Context(), w.Org.Key)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range models.Statuses() {
			want := w.Int(t, "SELECT count(*) FROM users WHERE status = '"+string(s)+"'")
			if got := counts.ByStatus[s]; got != want {
				t.Errorf("%d %s are counted, %d there", got, s, want)
			}
		}
		for _, mode := range models.Methods() {
			want := w.Int(t, "SELECT count(*) FROM users WHERE mode = '"+string(mode)+"'")
			if got := counts.ByMode[mode]; got != want {
				t.Errorf("%d of mode %s are counted, %d there", got, mode, want)
			}
		}
		found, err := w.FindUsers(t.Context(), w.Org.Key, models.Query{Start: 1, Count: 1})
		if want := w.Int(t, "SELECT count(*) FROM users WHERE NOT "+w.Hidden()); err != nil || found.Total != want {
			t.Errorf("SCIM shows %d users, %d there (%v)", found.Total, want, err)
		}
		groups, err := w.GroupCounts(t.Context(), w.Org.Key)
		if want := w.Int(t, "SELECT count(*) FROM groups"); err != nil || groups[""] != want {
			t.Errorf("%d groups are counted, %d there (%v)", groups[""], want, err)
		}
		log, err := w.LogEntries(t.Context(), w.Org.Key, models.LogQuery{})
		if want := w.Int(t, "SELECT count(*) FROM log_entries"); err != nil || log.Total != want {
			t.Errorf("%d log entries are counted, %d there (%v)", log.Total, want, err)
		}
	})
}

// TestMembersDeletedAtTheSource: who was deleted keeps the membership, is told as
// hidden, and cannot be added by a directory until they are back.
func TestMembersDeletedAtTheSource(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		a, b := w.add(t, "a", "1"), w.add(t, "b", "2")
		g, other := w.group(t, "Team", a.ID, b.ID), w.group(t, "Other")
		err := w.DeleteUser(t.Context(), w.Client(), a.ID, func(models.User) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		refs, err := w.Members(t.Context(), w.Group(t, g.ID).Key, models.MemberRef{}, 10)
		if err != nil || len(refs) != 2 || !refs[0].Hidden || refs[1].Hidden {
			t.Errorf("members: %+v, %v; want a hidden and b shown", refs, err)
		}
		if err := w.change(t, other.ID, models.AddMembers, a.ID); models.KindOf(err) != models.Invalid {
			t.Errorf("adding a deleted user: %v, want a refusal", err)
		}
		if err := w.change(t, g.ID, models.RemoveMembers, a.ID); err != nil || w.members(t, g.ID) != "b" {
			t.Errorf("taking a deleted user out: %v, members %q", err, w.members(t, g.ID))
		}
	})
}
