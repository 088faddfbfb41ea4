package ui_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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

func TestGalleryInABrowser(t *testing.T) {
	server, browser := galleryServer(t), uitest.Start(t)
	for path := range uitest.Pages("") {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{390, 1440} {
				name := fmt.Sprintf("gallery-%s-%s-%d", strings.Trim(path, "/"), theme, width)
				t.Run(name, func(t *testing.T) {
					p := browser.Tab(t, server.URL)
					p.Size(width)
					p.Open(path + "?theme=" + theme)
					p.Shot(name)
					p.Overflow()
					if !uitest.Ask[bool](p, `document.fonts.ready.then(() => document.fonts.check("14px Inter") && getComputedStyle(document.body).fontFamily.startsWith("Inter"))`) {
						t.Error("the style sheet or its font did not arrive")
					}
					p.Axe()
				})
			}
		}
	}
}
