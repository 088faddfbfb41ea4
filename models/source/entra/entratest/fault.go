package entratest

import (
	"net/http"
	"strings"
	"time"
)

// Answer is what goes back. A fault may change all of it.
type Answer struct {
	Status int         // 0 is 200
	Header http.Header // may be nil
	Page   Props       // sent as JSON
	Raw    []byte      // sent instead of Page when it is not nil
	Cut    bool        // the connection breaks in the middle of the body
	Slow   time.Duration
}

// Refusal is an error as Graph words it.
func Refusal(status int, code, message string) Answer {
	return Answer{Status: status, Page: Props{"error": Props{"code": code, "message": message, "innerError": Props{"request-id": "fake"}}}}
}

// Fault changes the answers to some calls.
type Fault struct {
	Path  string // part of the path or query; "" for every call to Graph
	After int    // calls that pass before
	Times int    // calls that are changed; 0 is one, -1 all that follow
	Alter func(*http.Request, *Answer)
}

type fault struct {
	Fault
	seen int
}

// Inject adds a fault.
func (g *Graph) Inject(f Fault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	g.faults = append(g.faults, &fault{Fault: f})
}

// Heal takes all faults away.
func (g *Graph) Heal() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults, g.choke = nil, nil
}

// spoil lets the faults change an answer. Those without a path leave the sign-in alone.
func (g *Graph) spoil(r *http.Request, a *Answer, graph bool) {
	for _, f := range g.faults {
		if f.Path == "" && !graph || !strings.Contains(r.URL.RequestURI(), f.Path) {
			continue
		}
		f.seen++
		if f.seen > f.After && (f.Times < 0 || f.seen <= f.After+f.Times) {
			f.Alter(r, a)
		}
	}
}

// Instead answers something else.
func Instead(a Answer) func(*http.Request, *Answer) {
	return func(_ *http.Request, to *Answer) { *to = a }
}

// Cut breaks the connection in the middle of the body.
func Cut(_ *http.Request, a *Answer) { a.Cut = true }

// Slow sends half of the body and the rest after a time.
func Slow(d time.Duration) func(*http.Request, *Answer) {
	return func(_ *http.Request, a *Answer) { a.Slow = d }
}

// Status answers a bare status with headers given as name, value, name, value.
func Status(status int, header ...string) func(*http.Request, *Answer) {
	return func(_ *http.Request, a *Answer) {
		*a = Refusal(status, http.StatusText(status), "")
		a.Header = http.Header{}
		for i := 0; i+1 < len(header); i += 2 {
			a.Header.Set(header[i], header[i+1])
		}
	}
}

// Header adds a header.
func Header(name, value string) func(*http.Request, *Answer) {
	return func(_ *http.Request, a *Answer) {
		if a.Header == nil {
			a.Header = http.Header{}
		}
		a.Header.Set(name, value)
	}
}

// Emptied keeps the page's links and takes its objects.
func Emptied(_ *http.Request, a *Answer) { a.Page["value"] = []any{} }

// Finished pretends that the round ends here, with nothing in it.
func Finished(r *http.Request, a *Answer) {
	next, _ := a.Page["@odata.nextLink"].(string)
	delta, _ := a.Page["@odata.deltaLink"].(string)
	a.Page = Props{"value": []any{}, "@odata.deltaLink": strings.Replace(next+delta, "$skiptoken", "$deltatoken", 1)}
}

// Link sets a link of the page; "" takes it away.
func Link(name, to string) func(*http.Request, *Answer) {
	return func(_ *http.Request, a *Answer) {
		delete(a.Page, "@odata.nextLink")
		delete(a.Page, "@odata.deltaLink")
		if to != "" {
			a.Page["@odata."+name] = to
		}
	}
}
