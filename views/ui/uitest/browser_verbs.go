package uitest

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Open goes to a path of the site, or to a whole address, which must answer 200.
func (p *Tab) Open(path string) {
	p.t.Helper()
	p.OpenStatus(path, 200)
}

// OpenStatus goes to a page that answers with a status.
func (p *Tab) OpenStatus(path string, status int64) {
	p.t.Helper()
	p.renew()
	p.watch.expect(status)
	r, err := chromedp.Run(p.ctx, chromedp.NavigateResponse(p.address(path)))
	if err != nil {
		p.t.Fatalf("open %s: %v", path, err)
	}
	if r.Status != status {
		p.t.Fatalf("%s answers %d, want %d:\n%.600s", path, r.Status, status, p.Text())
	}
}

func (p *Tab) address(path string) string {
	if strings.Contains(path, "://") {
		return path
	}
	return p.base + path
}

// Path is where the tab is: path and query.
func (p *Tab) Path() string {
	p.t.Helper()
	at, err := url.Parse(Ask[string](p, "location.href"))
	if err != nil {
		p.t.Fatal(err)
	}
	return at.RequestURI()
}

// Text is what the page shows, spaces squeezed.
func (p *Tab) Text() string {
	p.t.Helper()
	return Ask[string](p, "text()")
}

// See waits until the page shows a text.
func (p *Tab) See(text string) {
	p.t.Helper()
	p.Wait("text().includes(%s)", text)
}

// NotSee requires that the page does not show a text now.
func (p *Tab) NotSee(text string) {
	p.t.Helper()
	if shown := p.Text(); strings.Contains(shown, text) {
		p.t.Errorf("%s shows %q", p.Path(), text)
	}
}

// Wait asks until the answer is true.
func (p *Tab) Wait(call string, args ...any) {
	p.t.Helper()
	var last error
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end) && p.ctx.Err() == nil; time.Sleep(30 * time.Millisecond) {
		ok, err := try[bool](p, call, args...)
		if ok {
			return
		}
		last = err
	}
	p.t.Fatalf("waited in vain for %s %q (%v) at %s, which shows:\n%.1500s", call, args, last, p.Path(), p.Text())
}

// Click presses what is called by its words, or "css:…", with a real pointer. An
// open dialog hides what is behind it.
func (p *Tab) Click(name string) {
	p.t.Helper()
	p.ClickIn("", name)
}

// ClickIn is Click within the element of a selector.
func (p *Tab) ClickIn(within, name string) {
	p.t.Helper()
	at := Ask[[]float64](p, "place(%s, %s)", name, within)
	p.Do(chromedp.MouseClickXY(at[0], at[1]))
}

// ClickNav presses what leads to another page, and waits for that page.
func (p *Tab) ClickNav(name string) {
	p.t.Helper()
	p.ClickNavIn("", name, 200)
}

// ClickStatus is ClickNav to a page that answers with a status.
func (p *Tab) ClickStatus(name string, status int64) {
	p.t.Helper()
	p.ClickNavIn("", name, status)
}

// ClickNavIn is ClickNav within the element of a selector.
func (p *Tab) ClickNavIn(within, name string, status int64) {
	p.t.Helper()
	p.renew()
	p.watch.expect(status)
	at := Ask[[]float64](p, "place(%s, %s)", name, within)
	r, err := chromedp.RunResponse(p.ctx, chromedp.MouseClickXY(at[0], at[1]))
	if err != nil {
		p.t.Fatalf("press %q: %v\nstill at %s", name, err, p.Path())
	}
	if r.Status != status {
		p.t.Fatalf("%q leads to %s with %d, want %d:\n%.900s", name, p.Path(), r.Status, status, p.Text())
	}
}

// Fill types into the field of a label, or chooses in a list by its words.
func (p *Tab) Fill(label, value string) {
	p.t.Helper()
	if Ask[bool](p, "ready(%s, %s)", label, value) {
		Call(p, input.InsertText, input.InsertTextParams{Text: value})
	}
}

// Upload puts a file into a file field.
func (p *Tab) Upload(selector, file string) {
	p.t.Helper()
	p.Do(chromedp.SetUploadFiles(chromedp.CSS(selector), []string{file}))
}

// Press types keys: kb.Tab, kb.Enter, kb.Escape, letters.
func (p *Tab) Press(keys string) {
	p.t.Helper()
	p.Do(chromedp.KeyEvent(keys))
}

// PressNav types keys that lead to another page.
func (p *Tab) PressNav(keys string) {
	p.t.Helper()
	if _, err := chromedp.RunResponse(p.ctx, chromedp.KeyEvent(keys)); err != nil {
		p.t.Fatalf("press %q: %v", keys, err)
	}
}

// Back is Shift and Tab.
func (p *Tab) Back() {
	p.t.Helper()
	p.Do(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
}

// Focus names the element that has the focus.
func (p *Tab) Focus() string {
	p.t.Helper()
	return Ask[string](p, "focus()")
}

// Shot keeps a picture of the whole page in the folder MUSTER_SHOTS, if set.
func (p *Tab) Shot(name string) {
	p.t.Helper()
	folder := os.Getenv("MUSTER_SHOTS")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, strings.ReplaceAll(name, "/", "_")+".png"), png, 0o600); err != nil {
		p.t.Fatal(err)
	}
}
