package web_test

import (
	"net/http"
	"strings"
	"testing"

	"muster/models"
	"muster/models/directory/directorytest"
)

// TestForgivingPaths holds the SCIM surface to what clients really ask for.
func TestForgivingPaths(t *testing.T) {
	s := newSite(t, directorytest.SQLite(t))
	f := s.fill(t)
	for path, want := range map[string]string{
		"/scim/v2/Users/":  `"totalResults":1`,
		"/scim/v2/users":   `"totalResults":1`,
		"/scim/v2/USERS//": `"totalResults":1`,
		"//scim/v2/Users":  `"totalResults":1`,
		`/scim/v2/Users/?filter=userName eq "nobody"`:                  `"totalResults":0`,
		"/scim/v2/users/" + f.user + "/":                               `"userName":"ada@example.com"`,
		"/scim/v2/groups/" + f.group:                                   `"displayName":"Team"`,
		"/scim/v2/serviceproviderconfig":                               `"patch"`,
		"/scim/v2/resourcetypes/user":                                  `"endpoint":"/Users"`,
		"/scim/v2/schemas/URN:ietf:params:scim:schemas:core:2.0:user/": `"name":"User"`,
	} {
		w := s.send(request{method: "GET", path: path, header: bearer(s.read)})
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("GET %s: %d %.300s", path, w.Code, w.Body)
		}
	}
}

// TestBytesThatNoDatabaseTakes sends NUL and broken text wherever a page takes
// text; on PostgreSQL a question with either is an error.
func TestBytesThatNoDatabaseTakes(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		s := newSite(t, w)
		f := s.fill(t)
		owner := s.signIn(t, models.Owner)
		for _, path := range []string{
			"/users?q=%00", "/users?q=%ff", "/users?mode=%00", "/groups?q=%00", "/logs?q=%00", "/logs?initiator=%00", "/audit?q=%00", "/audit?actor=%00",
			"/logs/requests?token=%00", "/deployment/change/%00", "/scim/guides/%00", "/users/" + f.user + "?tab=%00",
		} {
			if w := s.send(request{method: "GET", path: path, cookie: owner}); w.Code >= 500 {
				t.Errorf("GET %s: %d %s", path, w.Code, excerpt(w.Body.String()))
			}
		}
		for _, form := range []struct{ path, name string }{
			{"/groups/" + f.group + "/members", "userName"},
			{"/groups/" + f.group + "/members/remove", "member"},
			{"/users/new", "manager"},
			{"/groups/new", "displayName"},
			{"/settings", "organization"},
			{"/scim/tokens", "description"},
			{"/account", "name"},
			{"/login", "email"},
		} {
			w := s.send(request{method: "POST", path: form.path, cookie: owner, form: map[string][]string{form.name: {"a\x00\xff"}, "userName": {"a\x00"}}})
			if w.Code >= 500 {
				t.Errorf("POST %s with a broken %s: %d %s", form.path, form.name, w.Code, excerpt(w.Body.String()))
			}
		}
	})
}
