package uitest

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Limit is how long a tab may take over one page and what is done on it.
const Limit = 20 * time.Second

var errLimit = errors.New("the page took longer than 20 seconds")

// Browser is one Chromium, and within it one set of cookies.
type Browser struct{ ctx context.Context }

// Start runs a Chromium until the test ends. Without one the test is skipped,
// except in CI, where that is a failure.
func Start(t *testing.T) *Browser {
	t.Helper()
	name := ""
	for _, n := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(n); err == nil {
			name = p
			break
		}
	}
	if name == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no Chromium found: install the package chromium")
		}
		t.Skip("no Chromium found: install the package chromium to run the browser tests")
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(name), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()))...)
	t.Cleanup(cancel)
	return begin(t, ctx)
}

// Apart gives a set of cookies of its own in the same Chromium.
func (b *Browser) Apart(t *testing.T) *Browser {
	t.Helper()
	return begin(t, b.ctx, chromedp.WithNewBrowserContext())
}

func begin(t *testing.T, parent context.Context, opts ...chromedp.ContextOption) *Browser {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, opts...)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	return &Browser{ctx}
}

// Tab is one page in a browser, driven as a person would. Whatever the page logs
// as a warning or an error, whatever its policy blocks and every request that
// fails is an error of the test.
type Tab struct {
	t     *testing.T
	ctx   context.Context
	base  string
	watch *watch
	timer *time.Timer
}

// Tab opens an empty tab for the site at base, wide and light.
func (b *Browser) Tab(t *testing.T, base string) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	ctx, stop := context.WithCancelCause(ctx)
	t.Cleanup(func() { stop(nil) })
	tab := &Tab{
		t: t, ctx: ctx, base: base, watch: &watch{expected: map[int64]bool{}},
		timer: time.AfterFunc(Limit, func() { stop(errLimit) }),
	}
	t.Cleanup(func() { tab.timer.Stop() })
	if err := chromedp.Listen(ctx, tab.watch.see); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	t.Cleanup(tab.Quiet)
	tab.Size(1440)
	tab.Theme("light")
	return tab
}

// Context is the tab's own, for what the verbs do not cover.
func (p *Tab) Context() context.Context { return p.ctx }

// Do runs protocol actions.
func (p *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// Call sends one protocol command.
func Call[P, R any](p *Tab, cmd cdp.Command[P, R], params P) R {
	p.t.Helper()
	r, err := chromedp.Call(p.ctx, cmd, params)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// Size sets the width of the window; a narrow one is a phone's.
func (p *Tab) Size(width int64) {
	p.t.Helper()
	p.renew()
	height := int64(900)
	if width < 500 {
		height = 844
	}
	p.Do(chromedp.EmulateViewport(width, height))
}

// renew gives the next page, or the next look at it, its own time.
func (p *Tab) renew() { p.timer.Reset(Limit) }

// Theme is what the person's system prefers: light or dark. Motion is off, as a
// person may prefer too: colours on their way from one theme to the other would have to
// be waited for, without an end in a tab that Chromium does not paint.
func (p *Tab) Theme(name string) {
	p.t.Helper()
	p.renew()
	Call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// Scripts switches the page's scripts off or on again, from the next page.
func (p *Tab) Scripts(on bool) {
	p.t.Helper()
	Call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// Cookie gives the browser a cookie of the site.
func (p *Tab) Cookie(name, value string) {
	p.t.Helper()
	Call(p, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: p.base})
}

//go:embed browser.js
var library string

// Ask evaluates a call of the library, or any expression, in the page.
func Ask[T any](p *Tab, call string, args ...any) T {
	p.t.Helper()
	v, err := try[T](p, call, args...)
	if err != nil {
		p.t.Fatalf("%.90s: %v", call, err)
	}
	return v
}

func try[T any](p *Tab, call string, args ...any) (T, error) {
	quoted := make([]any, len(args))
	for i, a := range args {
		text, err := json.Marshal(a)
		if err != nil {
			var none T
			return none, err
		}
		quoted[i] = string(text)
	}
	code := "(() => {" + library + "\nreturn " + fmt.Sprintf(call, quoted...) + "\n})()"
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](code, chromedp.EvalAwaitPromise))
	if err != nil && p.ctx.Err() != nil {
		return v, context.Cause(p.ctx)
	}
	if err != nil {
		// The browser repeats the whole library in its answer; the message is enough.
		if at := strings.Index(err.Error(), "\n"); at > 0 {
			err = fmt.Errorf("%s", err.Error()[:at])
		}
	}
	return v, err
}
