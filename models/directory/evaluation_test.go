package directory_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/models"
	"muster/models/directory"
	"muster/models/directory/directorytest"
	"muster/models/store"
	"muster/models/store/storetest"
)

// crowded fills the organization with users of the directory behind the door, so many
// that an evaluation takes several windows.
func (w world) crowded(t *testing.T, users int, name func(int) string) {
	t.Helper()
	done(t, w.Keep(t.Context(), func(tx *store.Tx) error {
		for i := range users {
			u := models.User{
				ID: directorytest.NewID(), OrganizationID: w.Org.Key, Mode: models.SCIM, Status: models.Active, Version: 1, Created: tx.Now(), Updated: tx.Now(),
				Attributes: attrs{"userName": name(i), "externalId": fmt.Sprint(i)},
			}
			if err := u.Extract(); err != nil {
				return err
			}
			if err := tx.InsertUser(&u); err != nil {
				return err
			}
		}
		return nil
	}))
}

func plainName(i int) string { return fmt.Sprintf("user%05d", i) }

// latest is the newest evaluation.
func (w world) latest(t *testing.T) models.Evaluation {
	t.Helper()
	list, err := w.Evaluations(t.Context(), w.Org.Key, 1)
	done(t, err)
	return list[0]
}

// until waits for the evaluation to be as wanted.
func (w world) until(t *testing.T, when func(models.Evaluation) bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if when(w.latest(t)) {
			return
		}
	}
	t.Fatalf("the evaluation is %+v", w.latest(t))
}

// onceEach checks that every user is at the rule, and was changed and logged once.
func (w world) onceEach(t *testing.T, users, rule int64) {
	t.Helper()
	at := w.Int(t, "SELECT count(*) FROM users WHERE organization_id = $1 AND mapping_id = $2", w.Org.Key, rule)
	once := w.Int(t, "SELECT count(*) FROM users WHERE organization_id = $1 AND version = 2", w.Org.Key)
	logged := w.Int(t, "SELECT count(*) FROM log_entries WHERE organization_id = $1", w.Org.Key)
	if at != users || once != users || logged != users {
		t.Errorf("of %d users %d are at the rule, %d were changed once, %d changes are logged", users, at, once, logged)
	}
}

// A re-evaluation that is stopped, or whose process dies, goes on where it was.
func TestAnEvaluationGoesOnWhereItWas(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		const users = 2500
		w.crowded(t, users, plainName)
		rule := w.rule(t, "Everyone", "", w.profile(t, "All"))
		ended := make(chan error)
		go func() { ended <- w.Evaluate(context.Background()) }()
		w.until(t, func(e models.Evaluation) bool { return e.Cursor > 0 })
		done(t, w.StopEvaluation(t.Context(), w.Admin(), w.latest(t).ID))
		done(t, <-ended)
		stopped := w.latest(t)
		if stopped.State != models.EvaluationStopped || stopped.Changed == 0 || stopped.Changed == users || stopped.Seen == 0 || stopped.Total != users {
			t.Fatalf("stopped at %+v", stopped)
		}
		w.evaluate(t)
		if now := w.latest(t); now != stopped {
			t.Errorf("a stopped evaluation moved to %+v", now)
		}
		done(t, w.ResumeEvaluation(t.Context(), w.Admin(), stopped.ID))
		if now := w.latest(t); now.Cursor != stopped.Cursor || now.State != models.EvaluationRunning {
			t.Errorf("resumed at %+v", now)
		}
		dies, kill := context.WithCancel(t.Context())
		go func() { ended <- w.Evaluate(dies) }()
		w.until(t, func(e models.Evaluation) bool { return e.Cursor > stopped.Cursor || e.Ended != 0 })
		kill()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		other := directory.New(directory.Options{Store: w.Store, Now: w.Clock.Now, NewID: directorytest.NewID, Log: slog.New(slog.DiscardHandler)})
		done(t, other.Evaluate(t.Context()))
		if e := w.latest(t); e.State != models.EvaluationDone || e.Changed != users || e.Seen != users || e.Failed != 0 {
			t.Errorf("ended as %+v", e)
		}
		w.onceEach(t, users, rule.Key)
	})
}

// What changes while users are evaluated is followed by another pass.
func TestAnEvaluationBeginsAgainWhenRulesChange(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		const users = 1500
		w.crowded(t, users, plainName)
		first, second := w.profile(t, "First"), w.profile(t, "Second")
		rule := w.rule(t, "Everyone", "", first)
		ended := make(chan error)
		go func() { ended <- w.Evaluate(context.Background()) }()
		w.until(t, func(e models.Evaluation) bool { return e.Cursor > 0 })
		_, err := w.SaveMapping(t.Context(), w.Admin(), rule.ID, func(m *models.Mapping) error { m.ProfileKey = second.Key; return nil })
		done(t, err)
		done(t, <-ended)
		w.evaluate(t)
		holders, err := w.ProfileHolders(t.Context(), w.Org.Key)
		done(t, err)
		if holders[second.Key] != users {
			t.Errorf("%d users have the profile of the changed rule", holders[second.Key])
		}
		if n := w.Int(t, "SELECT count(*) FROM evaluations WHERE ended = 0"); n != 0 {
			t.Errorf("%d evaluations are not over", n)
		}
	})
}

// One user who cannot be changed holds up nobody, and is told.
func TestOneUserWhoFailsHoldsUpNobody(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.crowded(t, 60, func(i int) string {
			if i == 30 {
				return strings.Repeat("x", 300) // longer than any that comes through the door
			}
			return plainName(i)
		})
		rule := w.rule(t, "Everyone", "", models.Profile{})
		w.evaluate(t)
		e := w.latest(t)
		if e.State != models.EvaluationDone || e.Changed != 59 || e.Failed != 1 || !strings.Contains(e.LastError, "300 characters") {
			t.Errorf("ended as %+v", e)
		}
		if at := w.Int(t, "SELECT count(*) FROM users WHERE mapping_id = $1", rule.Key); at != 59 {
			t.Errorf("%d users are at the rule", at)
		}
		p, err := w.PreviewRules(t.Context(), w.Org.Key, directory.RuleChange{Method: models.SCIM, Delete: rule.ID})
		done(t, err)
		if p.Loses != 59 {
			t.Errorf("the preview counts %d of those who are really at the rule", p.Loses)
		}
	})
}

// Two instances over one database change each user once between them.
func TestTwoInstancesEvaluateEachUserOnce(t *testing.T) {
	w := world{directorytest.Postgres(t)}
	const users = 2200
	w.crowded(t, users, plainName)
	rule := w.rule(t, "Everyone", "", w.profile(t, "All"))
	second, err := store.Open(t.Context(), store.Options{DatabaseURL: w.Address, Now: storetest.NewClock().Now, Log: slog.New(slog.DiscardHandler)})
	done(t, err)
	t.Cleanup(func() { _ = second.Close() })
	other := directory.New(directory.Options{Store: second, Now: w.Clock.Now, NewID: directorytest.NewID, Log: slog.New(slog.DiscardHandler)})
	var both sync.WaitGroup
	for _, d := range []*directory.Directory{w.Directory, other} {
		both.Go(func() {
			if err := d.Evaluate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if e := w.latest(t); e.State != models.EvaluationDone || e.Changed != users || e.Failed != 0 {
		t.Errorf("ended as %+v", e)
	}
	w.onceEach(t, users, rule.Key)
}
