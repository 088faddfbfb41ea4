package cycle_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"muster/models"
	"muster/models/source"
	"muster/models/source/entra/entratest"
)

// due tells whether the connector would be run now by itself.
func (b *bench) isDue() bool {
	b.t.Helper()
	list, err := b.DueConnectors(b.t.Context(), models.TimeOf(b.Clock.Now()), 10)
	ok(b.t, err)
	return len(list) == 1
}

// A failure that may pass is tried again, ever later, then daily; what needs somebody is
// quarantined at once; the way out is the directory, or the settings, being well again.
func TestBackOff(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		b.people(5)
		b.settled(everyone())
		if b.isDue() {
			t.Error("it is due at once")
		}
		b.Pause(61 * time.Minute)
		if !b.isDue() {
			t.Error("it is not due after an hour")
		}
		b.graph.Inject(entratest.Fault{Path: "/users/delta", Times: -1, Alter: entratest.Status(http.StatusInternalServerError)})
		var waits []time.Duration
		for range 5 {
			b.state(b.run(), models.CycleFailed)
			conn := b.connector()
			wait := conn.NextRun.Time().Sub(b.Clock.Now())
			waits = append(waits, wait.Round(time.Minute))
			b.Pause(wait + time.Second)
		}
		want := []time.Duration{2, 4, 8, 16, 24 * 60}
		for i := range want {
			if waits[i] != want[i]*time.Minute {
				t.Errorf("it waits %v", waits)
				break
			}
		}
		if conn := b.connector(); conn.State != models.ConnectorQuarantined || conn.Code != string(source.Unavailable) || !b.isDue() {
			t.Errorf("%+v", conn)
		}
		b.graph.Heal()
		b.state(b.run(), models.CycleDone)
		if conn := b.connector(); conn.State != models.ConnectorRunning || conn.Failures != 0 || conn.Reason != "" {
			t.Errorf("%+v", conn)
		}
	})
}

// A wait of more than a minute parks the cycle, which goes on where it was; R6.
func TestParked(t *testing.T) {
	each(t, entratest.Options{PageSize: 10}, func(t *testing.T, b *bench) {
		b.people(60)
		b.connect(everyone())
		b.graph.Inject(entratest.Fault{Path: "/users/delta", After: 3, Alter: entratest.Status(http.StatusTooManyRequests, "Retry-After", "120")})
		c := b.start()
		b.state(c, models.CycleParked)
		conn := b.connector()
		if wait := conn.NextRun.Time().Sub(b.Clock.Now()); wait < 100*time.Second || wait > 125*time.Second || b.isDue() || conn.Reason == "" {
			t.Errorf("it waits %v: %s", wait, conn.Reason)
		}
		_, err := b.SyncNow(t.Context(), b.admin, models.Entra)
		refusedAs(t, err, "cycleParked")
		pages := b.graph.Counts().Pages
		b.Pause(125 * time.Second)
		if !b.isDue() {
			t.Error("it is not due")
		}
		again := b.run()
		b.state(again, models.CyclePreviewed)
		if again.Key != c.Key || b.graph.Counts().Pages-pages > 6 {
			t.Errorf("cycle %d goes on as %d, with %d more pages", c.Key, again.Key, b.graph.Counts().Pages-pages)
		}
	})
}

// A wait of hours is not cut short by a shorter schedule.
func TestParkedForHours(t *testing.T) {
	each(t, entratest.Options{PageSize: 10}, func(t *testing.T, b *bench) {
		b.people(60)
		b.connect(everyone())
		b.graph.Inject(entratest.Fault{Path: "/users/delta", After: 3, Alter: entratest.Status(http.StatusTooManyRequests, "Retry-After", "7200")})
		b.state(b.start(), models.CycleParked)
		until := b.connector().NextRun
		_, err := b.SetInterval(t.Context(), b.admin, models.Entra, 15)
		ok(t, err)
		if now := b.connector(); now.NextRun != until || now.IntervalMinutes != 15 {
			t.Errorf("it waits until %v, not %v", now.NextRun.Time(), until.Time())
		}
	})
}

// A full read comes at least every six days, also when deltas go well.
func TestFullEverySixDays(t *testing.T) {
	each(t, entratest.Options{}, func(t *testing.T, b *bench) {
		b.people(5)
		b.settled(everyone())
		full := 0
		for range 13 {
			b.Pause(12 * time.Hour)
			c := b.run()
			b.state(c, models.CycleDone)
			if c.Full {
				full++
			}
		}
		if full != 1 {
			t.Errorf("%d full reads in six and a half days", full)
		}
	})
}

// Stop, start and restart keep what was read and who was linked, and Run does what is due.
func TestSteering(t *testing.T) {
	each(t, entratest.Options{PageSize: 10}, func(t *testing.T, b *bench) {
		ids := b.people(30)
		b.settled(everyone())
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx) }()
		moved, unwatch := b.Watch(b.Org.Key)
		defer unwatch()
		first := b.user(ids[0]).ID
		_, err := b.Stop(t.Context(), b.admin, models.Entra)
		ok(t, err)
		b.graph.EditUser(ids[0], entratest.Props{"jobTitle": "Head"})
		_, err = b.Restart(t.Context(), b.admin, models.Entra)
		ok(t, err)
		for deadline := time.Now().Add(20 * time.Second); b.user(ids[0]).Title != "Head"; {
			if time.Now().After(deadline) {
				t.Fatalf("nothing happened: %+v", b.latest())
			}
			select {
			case <-moved:
			case <-time.After(100 * time.Millisecond):
			}
		}
		end()
		ok(t, <-ended)
		if c := b.latest(); !c.Full || b.user(ids[0]).ID != first {
			t.Errorf("%+v", c)
		}
	})
}
