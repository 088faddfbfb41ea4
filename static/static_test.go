package static_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"muster/static"
)

func get(t *testing.T, method, path string, header http.Header) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Header = header
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestServesImmutableFiles(t *testing.T) {
	for name, contentType := range map[string]string{
		"app.css":                             "text/css; charset=utf-8",
		"js/app.js":                           "text/javascript; charset=utf-8",
		"js/tail.js":                          "text/javascript; charset=utf-8",
		"js/rows.js":                          "text/javascript; charset=utf-8",
		"vendor/htmx/htmx.min.js":             "text/javascript; charset=utf-8",
		"vendor/htmx/hx-sse.min.js":           "text/javascript; charset=utf-8",
		"fonts/inter-latin-wght-normal.woff2": "font/woff2",
		"fonts/jetbrains-mono-latin-wght-normal.woff2": "font/woff2",
		"img/favicon.svg": "image/svg+xml",
	} {
		url := static.URL(name)
		if !regexp.MustCompile(`^/static/.+\.[0-9a-f]{12}\.\w+$`).MatchString(url) {
			t.Errorf("URL(%q) = %q, want a fingerprint", name, url)
		}
		got := get(t, http.MethodGet, url, nil)
		if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != contentType {
			t.Errorf("%s: %d %s, want 200 %s", name, got.StatusCode, got.Header.Get("Content-Type"), contentType)
		}
		if cc := got.Header.Get("Cache-Control"); cc != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, cc)
		}
		again := get(t, http.MethodGet, url, http.Header{"If-None-Match": {got.Header.Get("ETag")}})
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: asked again %d, want 304", name, again.StatusCode)
		}
	}
}

func TestGzipHoldsTheWholeFile(t *testing.T) {
	plain := body(t, get(t, http.MethodGet, static.URL("app.css"), nil).Body)
	for offer, zipped := range map[string]bool{"gzip": true, "br, gzip;q=0.8": true, "*": true, "gzip;q=0": false, "br": false, "": false} {
		got := get(t, http.MethodGet, static.URL("app.css"), http.Header{"Accept-Encoding": {offer}})
		if (got.Header.Get("Content-Encoding") == "gzip") != zipped {
			t.Errorf("Accept-Encoding %q: answered %q", offer, got.Header.Get("Content-Encoding"))
			continue
		}
		if !zipped {
			continue
		}
		r, err := gzip.NewReader(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		if body(t, r) != plain {
			t.Errorf("Accept-Encoding %q: the unzipped style sheet differs from the plain one", offer)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, path := range []string{"/static/app.css", "/static/", "/static/app.000000000000.css", "/static/../static.go", "/static/vendor/htmx/CHECKSUMS"} {
		if got := get(t, http.MethodGet, path, nil); got.StatusCode != http.StatusNotFound || got.Header.Get("Cache-Control") != "" {
			t.Errorf("GET %s: %d, want 404 that is not kept", path, got.StatusCode)
		}
	}
	if got := get(t, http.MethodPost, static.URL("app.css"), nil); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d, want 405", got.StatusCode)
	}
	if got := get(t, http.MethodHead, static.URL("app.css"), nil); body(t, got.Body) != "" || got.Header.Get("Content-Length") == "0" {
		t.Error("HEAD: want the length without the body")
	}
}

func TestStyleSheetReferencesExist(t *testing.T) {
	_, err := static.New(fstest.MapFS{"css/a.css": {Data: []byte(`a{background:url("img/gone.svg")}`)}})
	if err == nil || !strings.Contains(err.Error(), "img/gone.svg") {
		t.Errorf("a missing picture gave %v, want an error that names it", err)
	}
}

func TestOwnScriptsStaySmallAndPlain(t *testing.T) {
	for name, limit := range map[string]int{"js/app.js": 2048, "js/tail.js": 4096, "js/rows.js": 2048} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) >= limit {
			t.Errorf("%s is %d bytes, want under %d", name, len(b), limit)
		}
		if regexp.MustCompile(`\beval\(|new Function|\.style\b`).Match(b) {
			t.Errorf("%s evaluates text or writes styles, which the policy forbids", name)
		}
	}
}
