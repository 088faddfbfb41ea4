package directory_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/store"
)

// cycles tells each cycle's kind and figures, oldest first.
func (w world) cycles(t *testing.T) []string {
	t.Helper()
	list, err := w.Cycles(t.Context(), w.Org.Key, models.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range list.Items {
		state := "ended"
		if c.Running() {
			state = "running"
		}
		figures := models.Cycle{Requests: c.Requests, Created: c.Created, Updated: c.Updated, Removed: c.Removed, Skipped: c.Skipped, Failed: c.Failed}
		out = append([]string{string(c.Kind) + " " + state + " " + sum(figures)}, out...)
	}
	return out
}

func sum(c models.Cycle) string {
	digits := func(n int64) string { return string(rune('0' + n)) }
	return strings.Join([]string{digits(c.Requests), digits(c.Created), digits(c.Updated), digits(c.Removed), digits(c.Skipped), digits(c.Failed)}, "")
}

func TestBurstsAreCycles(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		w.Pause(5 * time.Minute)
		w.update(t, w.Client(), u.ID, attrs{"title": "x"})
		w.byHand(t, "by hand") // belongs to no cycle
		w.Pause(11 * time.Minute)
		w.update(t, w.Client(), u.ID, nil, false)
		if _, err := w.try(t, w.Client(), "ada", "a"); err == nil {
			t.Fatal("a second create was taken")
		}
		want := []string{"initial ended 211000", "incremental running 200101"}
		if diff := cmp.Diff(want, w.cycles(t)); diff != "" {
			t.Errorf("cycles (-want +got):\n%s", diff)
		}
		w.Pause(9 * time.Minute)
		if err := w.CloseCycles(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := w.cycles(t)[1]; got != want[1] {
			t.Errorf("ended within its gap: %s", got)
		}
		w.Pause(2 * time.Minute)
		if err := w.CloseCycles(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := w.cycles(t)[1]; got != "incremental ended 200101" {
			t.Errorf("after the gap: %s", got)
		}
	})
}

func TestACycleDoesNotOutliveItsMethod(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.add(t, "ada", "a")
		// As a change of the method and its undo do.
		err := w.Keep(t.Context(), func(tx *store.Tx) error { _, err := tx.EndCycles(w.Org.Key, math.MaxInt64); return err })
		if err != nil {
			t.Fatal(err)
		}
		w.Configure(t, func(o *models.Organization) { o.MethodSince = models.TimeOf(w.Clock.Now()) })
		w.update(t, w.Client(), u.ID, attrs{"title": "x"})
		if diff := cmp.Diff([]string{"initial ended 110000", "initial running 101000"}, w.cycles(t)); diff != "" {
			t.Errorf("cycles (-want +got):\n%s", diff)
		}
	})
}

func (w world) seen(t *testing.T, id string) bool {
	t.Helper()
	e, err := w.Exchange(t.Context(), w.Org.Key, id)
	return err == nil && e.RequestID == id
}

func TestRecorderCountsReadsAndFlushesAtTheEnd(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.add(t, "ada", "a")
		r := w.NewRecorder()
		note := func(id, method string) {
			r.Record(models.Exchange{
				OrganizationID: w.Org.Key, RequestID: id, HTTPMethod: method, Path: "/scim/v2/Users",
				At: models.TimeOf(w.Clock.Now()), Status: 200, Notes: []string{},
			})
		}
		for range 3 {
			note("read", "GET")
		}
		note("write", "POST")
		w.Pause(time.Hour)
		note("late", "GET")
		r.Record(models.Exchange{RequestID: "stranger"})
		ctx, stop := context.WithCancel(t.Context())
		stop() // what is noted is written although the end has come
		if err := r.Run(ctx); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"read", "write", "late"} {
			if !w.seen(t, id) {
				t.Errorf("request %q was not written down", id)
			}
		}
		if n := w.Int(t, "SELECT count(*) FROM exchanges"); n != 5 {
			t.Errorf("%d requests were written down, want 5", n)
		}
		if got := w.cycles(t); got[0] != "initial running 410000" {
			t.Errorf("the cycle: %v, want one write and three look-ups", got)
		}
		if n := w.Int(t, "SELECT count(*) FROM exchanges WHERE cycle_id = 0"); n != 1 {
			t.Errorf("%d requests belong to no cycle, want the late one", n)
		}
		r.Record(models.Exchange{OrganizationID: w.Org.Key, RequestID: "after the end", Notes: []string{}}) // must not block
	})
}

func TestRecorderSurvivesBytesThatNoDatabaseTakes(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		r := w.NewRecorder()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		bad := "a\x00\xff"
		r.Record(models.Exchange{OrganizationID: w.Org.Key, RequestID: "bad", Client: bad, Path: bad, HTTPMethod: bad, RequestBody: bad, ResponseBody: bad, Notes: []string{bad}})
		r.Record(models.Exchange{OrganizationID: w.Org.Key, RequestID: "good", Notes: []string{}})
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if !w.seen(t, "good") || !w.seen(t, "bad") {
			t.Error("one request held another back")
		}
	})
}

// ended is a context whose end is known a moment before it is told, as it is to
// a loop that was busy when it came.
type ended struct {
	context.Context
	told chan struct{}
}

func (e ended) Err() error            { return context.Canceled }
func (e ended) Done() <-chan struct{} { return e.told }

func TestRecorderWritesWhatItTookWhenItIsStopped(t *testing.T) {
	w := world{directoryWorld(t)}
	r := w.NewRecorder()
	for range 400 {
		r.Record(models.Exchange{OrganizationID: w.Org.Key, RequestID: "r", Notes: []string{}})
	}
	ctx := ended{t.Context(), make(chan struct{})}
	time.AfterFunc(200*time.Millisecond, func() { close(ctx.told) })
	if err := r.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if n := w.Int(t, "SELECT count(*) FROM exchanges"); n != 400 {
		t.Errorf("%d of 400 requests were written down", n)
	}
}

func TestRecorderMakesClientsWait(t *testing.T) {
	w := world{directoryWorld(t)}
	r := w.NewRecorder()
	const many = 6000 // more than the buffer
	sent := make(chan int)
	go func() {
		for i := range many {
			r.Record(models.Exchange{OrganizationID: w.Org.Key, RequestID: "r", Notes: []string{}})
			if i == many-1 {
				close(sent)
			}
		}
	}()
	select {
	case <-sent:
		t.Fatal("nobody reads and yet everything was taken")
	case <-time.After(100 * time.Millisecond):
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- r.Run(ctx) }()
	<-sent
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := w.Int(t, "SELECT count(*) FROM exchanges"); n != many {
		t.Errorf("%d of %d requests were written down", n, many)
	}
}
