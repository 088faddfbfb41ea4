package ui_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"muster/static"
	"muster/views/ui/uitest"
)

// policy is the console's content security policy, word for word.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s
}

func galleryServer(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		c, ok := uitest.Pages(r.URL.Query().Get("theme"))[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := c.Render(r.Context(), w); err != nil {
			t.Errorf("render %s: %v", r.URL.Path, err)
		}
	})
	return serve(t, mux)
}

// openBrowser starts one Chromium for a test. Without one the test is skipped,
// except in CI, where that is a failure.
func openBrowser(t *testing.T) context.Context {
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
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	return ctx
}

// openTab gives a tab whose console errors and policy reports fail the test.
func openTab(t *testing.T, browser context.Context) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	ctx, stop := context.WithTimeout(ctx, 60*time.Second)
	t.Cleanup(stop)
	messages := chromedp.Console(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == "error" || m.Type == "warning" || m.IsException() {
				t.Errorf("console: %s", m)
			}
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](t *testing.T, ctx context.Context, js string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("evaluate %.60s: %v", js, err)
	}
	return v
}

// axe returns one line per accessibility rule that the page breaks.
func axe(t *testing.T, ctx context.Context) []string {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("..", "..", "cmd", "muster", "testdata", "axe", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	eval[bool](t, ctx, string(source)+"; true")
	return eval[[]string](t, ctx, `axe.run(document, {resultTypes: ["violations"]}).then(r => r.passes.length < 10 ? ["only " + r.passes.length + " rules ran"] :
		r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + " — " + (n.any[0] || n.all[0] || n.none[0] || {}).message)))`)
}

// shoot keeps a picture of the whole page in the folder MUSTER_SHOTS, if set.
func shoot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	folder := os.Getenv("MUSTER_SHOTS")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestGalleryInABrowser(t *testing.T) {
	server, browser := galleryServer(t), openBrowser(t)
	for path := range uitest.Pages("") {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{390, 1440} {
				name := fmt.Sprintf("%s-%s-%d", strings.Trim(path, "/"), theme, width)
				t.Run(name, func(t *testing.T) {
					ctx := openTab(t, browser)
					do(t, ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(server.URL+path+"?theme="+theme))
					shoot(t, ctx, name)
					if wide := eval[int64](t, ctx, `document.documentElement.scrollWidth`); wide > width {
						t.Errorf("the page is %d px wide in a window of %d px", wide, width)
					}
					if font := eval[bool](t, ctx, `document.fonts.ready.then(() => document.fonts.check("14px Inter") && getComputedStyle(document.body).fontFamily.startsWith("Inter"))`); !font {
						t.Error("the style sheet or its font did not arrive")
					}
					for _, broken := range axe(t, ctx) {
						t.Errorf("axe: %s", broken)
					}
				})
			}
		}
	}
}
