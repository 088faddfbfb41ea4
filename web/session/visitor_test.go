package session_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"muster/web/session"
)

// TestAClientsNameKeepsNoSecret: some send what they sign in with in their name, which
// pages and logs show.
func TestAClientsNameKeepsNoSecret(t *testing.T) {
	for name, kept := range map[string]string{
		"Okta SCIM Client 1.0.0":     "Okta SCIM Client 1.0.0",
		"curl/8 token=s3cretvalue99": "curl/8 token=",
		"sync (Bearer abcdef0123)":   "sync (Bearer ",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header.Set("User-Agent", name)
		got := session.Visitor(echo.New().NewContext(r, httptest.NewRecorder())).Client
		if !strings.HasPrefix(got, kept) || strings.Contains(got, "s3cret") || strings.Contains(got, "abcdef") {
			t.Errorf("%q is kept as %q", name, got)
		}
	}
}
