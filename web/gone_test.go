package web_test

import (
	"context"
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"muster/models"
	"muster/models/directory/directorytest"
)

// TestAClientThatLeavesIsNoFailure: a preview that is asked anew with every letter
// abandons the one before it, which is nothing to report.
func TestAClientThatLeavesIsNoFailure(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		s := newSite(t, w)
		cookie := s.signIn(t, models.Admin)
		gone := 0
		for _, path := range []string{"/", "/users?q=ada", "/logs?range=all", "/mappings", "/scim/v2/Users?filter=title%20co%20%22x%22"} {
			ctx, leave := context.WithCancel(t.Context())
			leave()
			q := httptest.NewRequestWithContext(ctx, "GET", baseURL+path, nil)
			q.AddCookie(cookie)
			q.Header.Set("Authorization", "Bearer "+s.read)
			r := httptest.NewRecorder()
			s.web.Handler().ServeHTTP(r, q)
			if r.Code == 499 {
				gone++
			}
			if r.Code >= 500 {
				t.Errorf("%s: %d", path, r.Code)
			}
		}
		if gone == 0 {
			t.Error("no request noticed that its client left: this proves nothing")
		}
		if text := s.logged.String(); strings.Contains(text, "level=ERROR") {
			t.Errorf("the log has errors:\n%s", text)
		}
	})
}

// leaving ends the request's context as soon as its body is read.
type leaving struct {
	io.Reader
	leave func()
}

func (l leaving) Read(p []byte) (int, error) {
	l.leave()
	return l.Reader.Read(p) //nolint:wrapcheck // io.EOF is compared
}

// A directory that gives up waiting for a write is no failure either: nothing was
// written, and it will come again.
func TestAClientThatLeavesAWriteIsNoFailure(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		s := newSite(t, w)
		for path, body := range map[string]string{
			"/scim/v2/Users":  `{"userName":"ada"}`,
			"/scim/v2/Groups": `{"displayName":"team"}`,
		} {
			ctx, leave := context.WithCancel(t.Context())
			q := httptest.NewRequestWithContext(ctx, "POST", baseURL+path, leaving{strings.NewReader(body), leave})
			q.Header.Set("Authorization", "Bearer "+s.provision)
			q.Header.Set("Content-Type", "application/scim+json")
			r := httptest.NewRecorder()
			s.web.Handler().ServeHTTP(r, q)
			if r.Code != 499 {
				t.Errorf("%s: %d %s", path, r.Code, r.Body)
			}
		}
		if text := s.logged.String(); strings.Contains(text, "level=ERROR") {
			t.Errorf("the log has errors:\n%s", text)
		}
	})
}

// Load balancers and monitors ask with HEAD as often as with GET.
func TestHealthAnswersHEAD(t *testing.T) {
	s := newSite(t, directorytest.SQLite(t))
	for _, path := range []string{"/healthz", "/readyz"} {
		if w := s.send(request{method: "HEAD", path: path}); w.Code != 200 {
			t.Errorf("HEAD %s: %d", path, w.Code)
		}
	}
}

// TestReadinessHasATimeLimit: a database that does not answer makes nobody wait for long.
func TestReadinessHasATimeLimit(t *testing.T) {
	s := newSite(t, directorytest.SQLite(t))
	s.web.Ready = func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		w := s.send(request{method: "GET", path: "/readyz"})
		if took := time.Since(began); w.Code != 503 || !strings.Contains(w.Body.String(), "does not answer") || took > 6*time.Second {
			t.Errorf("%d %s after %v", w.Code, w.Body.String(), took)
		}
	})
}

// A pause says to programs how long it is.
func TestAThrottledSignInTellsWhenToComeBack(t *testing.T) {
	s := newSite(t, directorytest.SQLite(t))
	for range 6 {
		w := s.send(request{method: "POST", path: "/login", form: url.Values{"email": {"owner@example.com"}, "password": {"wrong"}}})
		if after := w.Header().Get("Retry-After"); (w.Code == 429) != (after == "15") {
			t.Errorf("%d with Retry-After %q", w.Code, after)
		}
	}
	if w := s.send(request{method: "POST", path: "/login", form: url.Values{"email": {"owner@example.com"}, "password": {password}}}); w.Code != 429 {
		t.Errorf("nothing was throttled: %d", w.Code)
	}
}
