package cycle_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/source/entra/entratest"
)

// people is what users and groups come to, by name, as an undo is to bring it back.
func (b *bench) picture() map[string]string {
	b.t.Helper()
	out := map[string]string{}
	for _, row := range b.Rows(b.t, `SELECT public_id, user_name, document, status, preserved_by, `+b.Hidden()+`, entra_id FROM users`) {
		out["user "+row[0]] = fmt.Sprint(row[1:])
	}
	for _, row := range b.Rows(b.t, `SELECT display_name, document, member_count, entra_id FROM groups`) {
		out["group "+row[0]] = fmt.Sprint(row[1:])
	}
	for _, row := range b.Rows(b.t, `SELECT g.display_name, m.kind, coalesce(u.user_name, n.display_name) FROM members m JOIN groups g ON g.id = m.group_id
		LEFT JOIN users u ON m.kind = 'user' AND u.id = m.member_id LEFT JOIN groups n ON m.kind = 'group' AND n.id = m.member_id`) {
		out["member "+fmt.Sprint(row)] = ""
	}
	return out
}

// undo takes a cycle back as it is shown, and gives the cycle that the undo is.
func (b *bench) undo(c models.Cycle) models.Cycle {
	b.t.Helper()
	b.beginUndo(c)
	return b.run()
}

func (b *bench) beginUndo(c models.Cycle) models.Cycle {
	b.t.Helper()
	plan, err := b.PreviewUndo(b.t.Context(), b.Org.Key, c.Key)
	ok(b.t, err)
	undo, err := b.Undo(b.t.Context(), b.admin, c.Key, plan.Version)
	ok(b.t, err)
	return undo
}

// A thousand mixed changes of one cycle are taken back; R23. Whom somebody changed since
// stays as they are.
func TestUndo(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		n := 1000
		if testing.Short() || raced {
			n = 200
		}
		ids := b.people(n)
		var groups []string
		for i := range 5 {
			groups = append(groups, b.graph.AddGroup(entratest.Props{"displayName": fmt.Sprint("Group ", i)}))
			b.graph.AddMembers(groups[i], ids[i*20:i*20+40]...)
		}
		b.graph.AddMembers(groups[3], ids[100:]...) // more than are read at once
		b.settled(everyone())
		before := b.picture()
		for i, id := range ids {
			switch i % 10 {
			case 0:
				b.graph.Enable(id, false)
			case 1:
				b.graph.RemoveUser(id, i%20 == 1)
			case 2:
				b.graph.EditUser(id, entratest.Props{"userPrincipalName": fmt.Sprintf("renamed%d@contoso.test", i)})
			default:
				b.graph.EditUser(id, entratest.Props{"jobTitle": "Head", "department": nil})
			}
		}
		b.graph.SetManager(ids[4], ids[5])
		fresh := b.graph.AddUser(entratest.Props{"userPrincipalName": "fresh@contoso.test", "displayName": "Fresh"})
		b.graph.AddMembers(groups[0], fresh, ids[n-1])
		b.graph.RemoveMembers(groups[1], ids[25], ids[26])
		b.graph.EditGroup(groups[2], entratest.Props{"displayName": "Group two"})
		b.graph.RemoveGroup(groups[3], true)
		extra := b.graph.AddGroup(entratest.Props{"displayName": "Extra"})
		b.graph.AddMembers(extra, ids[50])
		b.Configure(t, func(o *models.Organization) { o.Settings.GuardOff = true })
		c := b.sync()
		b.state(c, models.CycleDone)
		b.compare()

		// Somebody changes two of them.
		for _, id := range []string{ids[3], ids[13]} {
			_, err := b.UpdateUser(t.Context(), b.admin, b.user(id).ID, func(u *models.User) error { u.Note = "Mine"; return nil })
			ok(t, err)
		}
		touched := map[string]string{}
		for _, id := range []string{ids[3], ids[13]} {
			touched["user "+b.user(id).ID] = b.picture()["user "+b.user(id).ID]
		}
		plan, err := b.PreviewUndo(t.Context(), b.Org.Key, c.Key)
		ok(t, err)
		if plan.Blocked != nil || plan.Touched != 2 || plan.Created != 1 || plan.Users != int64(n-2) {
			t.Errorf("%v, %d touched, %d made, %d users, %d groups", plan.Blocked, plan.Touched, plan.Created, plan.Users, plan.Groups)
		}
		names := func(q models.UndoQuery) (out []string) {
			t.Helper()
			for q.Page.Limit = 200; ; {
				list, err := b.UndoRecords(t.Context(), b.Org.Key, c.Key, q)
				ok(t, err)
				for _, r := range list.Items {
					out = append(out, string(r.Action)+" "+r.Name)
				}
				if q.Page.After = list.Next; list.Next == "" {
					return out
				}
			}
		}
		if list := names(models.UndoQuery{Touched: true}); len(list) != 2 {
			t.Errorf("changed since: %q", list)
		}
		if list := names(models.UndoQuery{}); int64(len(list)) != plan.Users+plan.Created+plan.Groups || len(slices.Compact(slices.Sorted(slices.Values(list)))) != len(list) {
			t.Errorf("%d records are named, some twice or not at all", len(list))
		}
		if list := names(models.UndoQuery{Search: strings.ToUpper(b.user(fresh).UserName)}); len(list) != 1 || !strings.HasPrefix(list[0], "create ") {
			t.Errorf("who was made is listed as %q", list)
		}
		if _, err := b.Undo(t.Context(), b.admin, c.Key, "another"); models.KindOf(err) != models.Stale {
			t.Errorf("another preview is taken: %v", err)
		}
		undone := b.undo(c)
		if undone.State != models.CycleDone || undone.Undoes != c.Key {
			t.Errorf("%+v", undone)
		}
		made := b.user(fresh)
		if made.Status != models.Preserved || made.Hidden {
			t.Errorf("who was made is %s", made.Status)
		}
		after := b.picture()
		delete(after, "user "+made.ID)
		maps.Copy(before, touched)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("before (-) and after the undo (+):\n%s", diff[:min(len(diff), 3000)])
		}
		if conn := b.connector(); conn.State != models.ConnectorStopped || conn.Code != "cycleUndone" {
			t.Errorf("the connector is %s", conn.State)
		}
		if _, err := b.Undo(t.Context(), b.admin, c.Key, plan.Version); models.KindOf(err) != models.Conflict {
			t.Errorf("it is undone twice: %v", err)
		}
		// Started again, it shows what it would do, and does it.
		c = b.start()
		b.state(c, models.CyclePreviewed)
		b.state(b.accept(), models.CycleDone)
		b.compare()
	})
}
