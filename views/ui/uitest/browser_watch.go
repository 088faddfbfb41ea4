package uitest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// watch notes what goes wrong in a tab, in the order in which it happens.
type watch struct {
	sync.Mutex
	expected map[int64]bool // statuses that documents may answer with
	wrong    []string
}

func (w *watch) expect(status int64) {
	w.Lock()
	defer w.Unlock()
	w.expected[status] = true
}

func (w *watch) note(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
}

func (w *watch) see(event any) {
	w.Lock()
	defer w.Unlock()
	switch e := event.(type) {
	case *cdpruntime.EventConsoleAPICalled:
		if slices.Contains([]string{"error", "warning", "assert"}, string(e.Type)) {
			w.note("console %s: %s", e.Type, printed(e.Args))
		}
	case *cdpruntime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		w.note("exception: %s", text)
	case *cdplog.EventEntryAdded:
		w.entry(e.Entry)
	case *network.EventResponseReceived:
		w.response(e)
	case *network.EventLoadingFailed:
		if !e.Canceled {
			w.note("a request failed: %s %s %s", e.Type, e.ErrorText, e.BlockedReason)
		}
	}
}

// entry notes what the browser itself says: policy reports and deprecations. Of
// requests it hears more exactly by response.
func (w *watch) entry(e *cdplog.Entry) {
	if e.Level != "error" && e.Level != "warning" || e.Source == "network" {
		return
	}
	w.note("browser log: %s: %s", e.Source, e.Text)
}

// response holds every answer to success, and every page to its policy.
func (w *watch) response(e *network.EventResponseReceived) {
	r := e.Response
	document := e.Type == network.ResourceTypeDocument
	if r.Status >= 400 && !(document && w.expected[r.Status]) {
		w.note("%s answered %d", r.URL, r.Status)
	}
	if !document || !strings.HasPrefix(r.URL, "http") {
		return
	}
	for name, value := range r.Headers {
		if strings.EqualFold(name, "Content-Security-Policy") && strings.Contains(fmt.Sprint(value), "default-src 'none'") {
			return
		}
	}
	w.note("%s came without its policy", r.URL)
}

func printed(args []*cdpruntime.RemoteObject) string {
	var out []string
	for _, a := range args {
		if a.Description != "" {
			out = append(out, a.Description)
		} else {
			out = append(out, string(a.Value))
		}
	}
	return strings.Join(out, " ")
}

// Quiet fails the test for whatever went wrong since it was last asked.
func (p *Tab) Quiet() {
	p.t.Helper()
	p.watch.Lock()
	defer p.watch.Unlock()
	for _, w := range p.watch.wrong {
		p.t.Errorf("%s", w)
	}
	p.watch.wrong = nil
}

// Sound checks what every page must be: one h1, unique ids, references that lead
// somewhere, nothing inline, no stray values, nothing beyond the window.
func (p *Tab) Sound() {
	p.t.Helper()
	for _, wrong := range Ask[[]string](p, "[...audit(), ...overflow()]") {
		p.t.Errorf("%s: %s", p.Path(), wrong)
	}
}

// Overflow checks the window's width alone.
func (p *Tab) Overflow() {
	p.t.Helper()
	for _, wrong := range Ask[[]string](p, "overflow()") {
		p.t.Errorf("%s: %s", p.Path(), wrong)
	}
}

// axeSource is read from the module's folder, wherever in it a test runs.
var axeSource = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return os.ReadFile(filepath.Join(dir, "cmd", "muster", "testdata", "axe", "axe.min.js"))
		}
		up := filepath.Dir(dir)
		if up == dir {
			return nil, errors.New("the tests do not run inside their module")
		}
		dir = up
	}
})

// Axe reports every accessibility rule that the page breaks as it is now.
func (p *Tab) Axe() {
	p.t.Helper()
	p.axe(`broken("all")`)
}

// Structure is Axe without the rule about contrast, by far the slowest.
func (p *Tab) Structure() {
	p.t.Helper()
	p.axe(`broken("structure")`)
}

// Contrast is Axe for the one rule that another theme can break.
func (p *Tab) Contrast() {
	p.t.Helper()
	p.axe(`broken("contrast")`)
}

func (p *Tab) axe(call string) {
	p.t.Helper()
	source, err := axeSource()
	if err != nil {
		p.t.Fatal(err)
	}
	if !Ask[bool](p, `typeof axe === "object"`) {
		if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](string(source)+"; true")); err != nil {
			p.t.Fatal(err)
		}
	}
	for _, broken := range Ask[[]string](p, call) {
		p.t.Errorf("%s: axe: %s", p.Path(), broken)
	}
}
