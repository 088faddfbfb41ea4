package cycle_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/cycle"
	"muster/models/source/entra/entratest"
	"muster/models/store"
)

// changed is an organization after a cycle that changed everybody, with what there was
// before.
func (b *bench) changed(n int) (of models.Cycle, before map[string]string) {
	b.t.Helper()
	ids := b.people(n)
	team := b.graph.AddGroup(entratest.Props{"displayName": "Team"})
	b.graph.AddMembers(team, ids[:n/2]...)
	b.settled(everyone())
	before = b.picture()
	for i, id := range ids {
		b.graph.EditUser(id, entratest.Props{"jobTitle": "Head"})
		if i%10 == 0 {
			b.graph.SetManager(id, ids[(i+1)%n])
		}
	}
	b.graph.RemoveMembers(team, ids[:5]...)
	b.graph.AddMembers(team, ids[n-5:]...)
	of = b.sync()
	b.state(of, models.CycleDone)
	return of, before
}

// progressed waits until an undo that another process does came further than so many.
func (b *bench) progressed(undo models.Cycle, than int64) models.Cycle {
	b.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		c, err := b.Cycles.Cycle(b.t.Context(), b.Org.Key, undo.Key)
		ok(b.t, err)
		if c.Progress > than {
			return c
		}
	}
	b.t.Fatal("the undo does not go on")
	return undo
}

func refusedAs(t *testing.T, err error, code string) {
	t.Helper()
	if e, classed := models.AsError(err); !classed || e.Code != code {
		t.Errorf("want %s: %v", code, err)
	}
}

// An undo is killed in its middle, goes on in another process, is stopped there, and goes
// on in a third. Meanwhile no cycle and no other undo begins, and afterwards all is as it
// was before the cycle, each record put back once.
func TestUndoInterrupted(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		of, before := b.changed(300)
		plan, err := b.PreviewUndo(t.Context(), b.Org.Key, of.Key)
		ok(t, err)
		undo := b.beginUndo(of)
		if undo.State != models.CycleRunning || undo.Progress != 0 {
			t.Errorf("%+v", undo)
		}
		_, err = b.Undo(t.Context(), b.admin, of.Key, plan.Version)
		refusedAs(t, err, "undoRunning")

		cmd := b.spawn()
		b.progressed(undo, 20)
		kill(cmd)
		killed := b.progressed(undo, 20)
		if s, err := b.Status(t.Context(), b.Org.Key, models.Entra); err != nil || killed.State != models.CycleRunning || s.Now == nil || s.Progress.Percent < 1 || s.Progress.Percent > 99 {
			t.Errorf("%+v, %+v, %v", killed, s.Progress, err)
		}
		for _, steer := range []func(context.Context, models.Actor, models.Method) (models.Connector, error){b.Start, b.SyncNow, b.FullSync, b.Restart, b.Cycles.Stop} {
			_, err := steer(t.Context(), b.admin, models.Entra)
			refusedAs(t, err, "undoRunning")
		}
		cmd = b.spawn()
		b.progressed(undo, killed.Progress+20)
		_, err = b.StopUndo(t.Context(), b.admin, models.Entra)
		ok(t, err)
		kill(cmd)
		stopped := b.progressed(undo, killed.Progress)
		if conn := b.connector(); stopped.State != models.CycleStopped || stopped.Ended == 0 || conn.Code != "undoStopped" || conn.Asked != models.NoRequest {
			t.Errorf("%+v", stopped)
		}
		if cmp.Equal(before, b.picture()) {
			t.Fatal("nothing was left to undo")
		}
		_, err = b.StopUndo(t.Context(), b.admin, models.Entra)
		refusedAs(t, err, "undoNotRunning")

		left, err := b.PreviewUndo(t.Context(), b.Org.Key, of.Key)
		ok(t, err)
		if left.Blocked != nil || left.Touched != 0 || left.Users == 0 || left.Users >= plan.Users {
			t.Errorf("%d of %d are left, %d touched: %v", left.Users, plan.Users, left.Touched, left.Blocked)
		}
		b.beginUndo(of)
		done := b.run()
		if done.Key != undo.Key || done.State != models.CycleDone || done.Progress != done.Total || done.Skipped != 0 {
			t.Errorf("%+v", done)
		}
		if diff := cmp.Diff(before, b.picture()); diff != "" {
			t.Errorf("before (-) and after the undo (+):\n%s", diff[:min(len(diff), 2000)])
		}
		for _, row := range b.Rows(t, fmt.Sprintf("SELECT target_id, count(*) FROM log_entries WHERE cycle_id = %d GROUP BY target_id HAVING count(*) > 2", undo.Key)) {
			t.Errorf("%s was put back %s times", row[0], row[1])
		}
		if again, err := b.PreviewUndo(t.Context(), b.Org.Key, of.Key); err != nil || again.Blocked == nil || again.Cycle.UndoneBy != undo.Key {
			t.Errorf("%v %+v", err, again)
		}
		b.state(b.start(), models.CyclePreviewed)
		b.state(b.accept(), models.CycleDone)
		b.compare()
	})
}

// What fails in the middle of an undo leaves what was put back, says so, and goes on when
// it is asked to.
func TestUndoFails(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		of, before := b.changed(50)
		undo := b.beginUndo(of)
		text := b.Text(t, "SELECT before FROM cycle_changes WHERE id = (SELECT min(id) FROM cycle_changes WHERE cycle_id = "+fmt.Sprint(of.Key)+")")
		spoil := func(text string) {
			ok(t, b.Keep(t.Context(), func(tx *store.Tx) error {
				key, err := tx.CycleChangeKeys(t.Context(), of.Key)
				if err != nil {
					return err
				}
				list, err := tx.CycleChanges(t.Context(), of.Key, key[len(key)-1], key[len(key)-1])
				if err != nil {
					return err
				}
				last := list[0]
				last.Before = text
				return errors.Join(tx.PutBack(last, last.After), tx.AddCycleChanges([]models.CycleChange{last}))
			}))
		}
		spoil("{")
		if err := b.instance("two", func(o *cycle.Options) { o.Chunk = 20 }).RunOne(t.Context(), b.connector().Key); err == nil {
			t.Error("a fault in Muster is not told to the log")
		}
		failed := b.latest()
		if conn := b.connector(); failed.Key != undo.Key || failed.State != models.CycleFailed || failed.Progress == 0 || conn.State != models.ConnectorStopped || conn.Code != "undoFailed" {
			t.Errorf("%+v %+v", failed, conn)
		}
		spoil(text)
		if done := b.undo(of); done.Key != undo.Key || done.State != models.CycleDone {
			t.Errorf("%+v", done)
		}
		if diff := cmp.Diff(before, b.picture()); diff != "" {
			t.Errorf("before (-) and after the undo (+):\n%s", diff[:min(len(diff), 2000)])
		}
	})
}
