package ui_test

import (
	"fmt"
	"net/http"
	"testing"

	"muster/static"
	"muster/views/ui/uitest"
)

// tailServer streams what the test sends and tells where each client resumed.
func tailServer(t *testing.T, events <-chan string, resumed chan<- string) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	mux.HandleFunc("/logs", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		if err := uitest.Logs("light").Render(r.Context(), w); err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("/tail", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		flush := http.NewResponseController(w)
		_ = flush.Flush()
		resumed <- r.URL.Query().Get("after")
		for {
			select {
			case e := <-events:
				_, _ = fmt.Fprint(w, e)
				_ = flush.Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
	return mux
}

func tailEvent(id int) string {
	return fmt.Sprintf("id: %d\ndata: <tr id=\"e%d\"><td data-l=\"Time\">row %d</td></tr>\n\n", id, id, id)
}

func TestLiveTail(t *testing.T) {
	events, resumed := make(chan string, 400), make(chan string, 9)
	server, chrome := serve(t, tailServer(t, events, resumed)), uitest.Start(t)
	p := chrome.Tab(t, server.URL)
	const (
		firstRow = `document.querySelector("#rows").rows[0].textContent.trim()`
		firstIs  = firstRow + ` === %s`
		unselect = `document.querySelector("#rows [aria-current=true]").removeAttribute("aria-current") === undefined`
	)

	p.Open("/logs")
	uitest.Ask[bool](p, unselect)
	p.Click("css:[data-tail-button]")
	if from := <-resumed; from != "" {
		t.Errorf("the first stream resumes after %q, want the present", from)
	}
	events <- tailEvent(1)
	p.Wait(firstIs, "row 1")

	// A selected row holds new ones back until the reader asks for them.
	uitest.Ask[bool](p, `document.querySelector("#rows").rows[3].setAttribute("aria-current", "true") === undefined`)
	events <- tailEvent(2)
	events <- tailEvent(3)
	p.Wait(`document.querySelector("[data-tail-more]").textContent === "2 new rows"`)
	if got := uitest.Ask[string](p, firstRow); got != "row 1" {
		t.Errorf("the first row is %q while one is selected, want row 1", got)
	}
	p.Click("css:[data-tail-more]")
	p.Wait(firstIs, "row 3")

	uitest.Ask[bool](p, unselect)
	for id := 4; id <= 304; id++ {
		events <- tailEvent(id)
	}
	p.Wait(firstIs, "row 304")
	if n := uitest.Ask[int](p, `document.querySelector("#rows").rows.length`); n != 200 {
		t.Errorf("%d rows are kept, want 200", n)
	}

	p.Click("css:[data-tail-button]")
	p.Wait(`document.querySelector("[data-tail-status]").textContent === "Live tail stopped."`)
	p.Click("css:[data-tail-button]")
	if from := <-resumed; from != "304" {
		t.Errorf("the second stream resumes after %q, want 304", from)
	}
}
