package directory_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/directory"
	"muster/models/directory/directorytest"
	"muster/models/store"
)

// crowd makes users in one transaction; every tenth is called Ann.
func (w world) crowd(t *testing.T, n int) []string {
	t.Helper()
	var ids []string
	err := w.Within(t.Context(), func(d *directory.Directory, _ *store.Tx) error {
		ids = nil
		for i := range n {
			name := "Bob"
			if i%10 == 0 {
				name = "Ann"
			}
			u, err := d.CreateUser(t.Context(), w.Client(), put(attrs{"userName": fmt.Sprintf("u%04d", i), "displayName": name}, true))
			if err != nil {
				return err
			}
			ids = append(ids, u.ID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func called(name string) models.MemberChange {
	return models.MemberChange{Kind: models.RemoveMembers, Match: func(m models.MemberRef) bool { return m.Display == name }}
}

// What a change of many members writes is told by statements that do not grow with them:
// who stays is not written, and nobody has a statement of their own. SQLite has one writer,
// which all others wait for.
func TestManyMembersTakeAsManyStatementsAsFew(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		all := w.crowd(t, 800)
		ran := map[string][]int{}
		for i, n := range []int{100, 400} {
			ids, others := all[:n], all[400:400+n]
			var g models.Group
			one := slices.Concat(ids[1:], others[:1])
			for _, step := range []struct {
				name    string
				members int
				do      func(d *directory.Directory) error
			}{
				{"create", n, func(d *directory.Directory) (err error) {
					g, err = d.CreateGroup(t.Context(), w.Client(), ids, named(fmt.Sprint("Group ", i)))
					return err
				}},
				{"replace by the same", n, w.step(&g, models.MemberChange{Kind: models.ReplaceMembers, IDs: ids})},
				{"replace one", n, w.step(&g, models.MemberChange{Kind: models.ReplaceMembers, IDs: one})},
				{"replace all", n, w.step(&g, models.MemberChange{Kind: models.ReplaceMembers, IDs: slices.Concat(others[1:], ids[:1])})},
				{"add", n*2 - 1, w.step(&g, models.MemberChange{Kind: models.AddMembers, IDs: ids})},
				{"remove many", n, w.step(&g, models.MemberChange{Kind: models.RemoveMembers, IDs: others})},
				{"remove by name", n - n/10, w.step(&g, called("Ann"))},
				{"clear", 0, w.step(&g, models.MemberChange{Kind: models.ClearMembers})},
				{"fill", n, w.step(&g, models.MemberChange{Kind: models.AddMembers, IDs: ids})},
				{"delete", -1, func(d *directory.Directory) error {
					return d.DeleteGroup(t.Context(), w.Client(), g.ID, func(models.Group) error { return nil })
				}},
			} {
				err := w.Within(t.Context(), func(d *directory.Directory, tx *store.Tx) error {
					before := tx.Ran()
					if err := step.do(d); err != nil {
						return err
					}
					ran[step.name] = append(ran[step.name], tx.Ran()-before)
					return nil
				})
				if err != nil {
					t.Fatalf("%s: %v", step.name, err)
				}
				if step.members >= 0 {
					if got := len(strings.Fields(w.members(t, g.ID))); got != step.members {
						t.Errorf("%s of %d left %d members, want %d", step.name, n, got, step.members)
					}
				}
			}
		}
		for name, n := range ran {
			if n[0] != n[1] || n[0] > 12 {
				t.Errorf("%s took %v statements", name, n)
			}
		}
	})
}

func (w world) step(g *models.Group, change models.MemberChange) func(*directory.Directory) error {
	return func(d *directory.Directory) error {
		_, err := d.UpdateGroup(context.Background(), w.Client(), g.ID, []models.MemberChange{change}, same)
		return err
	}
}

// between gives a door over the same store that does something once, after a change was
// looked at ahead and before it has its turn.
func (w world) between(do func()) *directory.Directory {
	return directory.New(directory.Options{Store: w.Store, NewID: directorytest.NewID, Log: slog.New(slog.DiscardHandler), Now: func() time.Time {
		if then := do; then != nil {
			do = nil
			then()
		}
		return w.Clock.Now()
	}})
}

// A change of many members is looked at before it has its turn. Whatever comes between is
// as if it had come before.
func TestWhatComesBetweenALookAndAChangeOfMembers(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ids := w.crowd(t, 80)
		late := w.add(t, "late", "")
		gone := w.add(t, "gone", "")
		update := func(d *directory.Directory, g models.Group, change models.MemberChange) error {
			return w.step(&g, change)(d)
		}
		g := w.group(t, "Team", ids...)
		w.update(t, w.Client(), late.ID, attrs{"displayName": "Ann"})
		d := w.between(func() { _ = w.change(t, g.ID, models.AddMembers, late.ID) })
		if err := update(d, g, called("Ann")); err != nil || strings.Contains(w.members(t, g.ID), "late") {
			t.Errorf("who joined between stays: %s, %v", w.members(t, g.ID), err)
		}
		d = w.between(func() { _ = w.change(t, g.ID, models.ReplaceMembers, late.ID, ids[1]) })
		if err := update(d, g, models.MemberChange{Kind: models.ReplaceMembers, IDs: ids}); err != nil || len(strings.Fields(w.members(t, g.ID))) != 80 || strings.Contains(w.members(t, g.ID), "late") {
			t.Errorf("replaced over what came between: %s, %v", w.members(t, g.ID), err)
		}
		_ = w.change(t, g.ID, models.ClearMembers)
		d = w.between(func() { w.remove(t, gone.ID) })
		err := update(d, g, models.MemberChange{Kind: models.AddMembers, IDs: append(slices.Clone(ids), gone.ID)})
		if e, ok := models.AsError(err); !ok || e.Code != "unknownMember" || w.members(t, g.ID) != "" {
			t.Errorf("who went between was added: %s, %v", w.members(t, g.ID), err)
		}
		w.logged(t, "update/failure/unknownMember")
	})
}

// The log of a large change names the first and counts the others.
func TestTheLogOfManyMembersNamesTheFirst(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ids := w.crowd(t, 130)
		g := w.group(t, "Team", ids...)
		if e := w.Last(t); len(e.Details.Modified) != 52 || !hasChange(e, "members", "", "u0000") || !hasChange(e, "members", "", "and 80 more") {
			t.Errorf("create: %d changes, %v", len(e.Details.Modified), e.Details.Modified)
		}
		if err := w.change(t, g.ID, models.ReplaceMembers, ids[:10]...); err != nil {
			t.Fatal(err)
		}
		if e := w.Last(t); e.Summary != "Updated group Team, 120 members removed." || !hasChange(e, "members", "u0010", "") || !hasChange(e, "members", "", "and 70 more") {
			t.Errorf("replace: %s, %v", e.Summary, e.Details.Modified)
		}
	})
}
