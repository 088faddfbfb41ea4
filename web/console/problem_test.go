package console_test

import (
	"testing"

	"muster/models"
)

// TestErrorPagesLeadBack: what is not there, or cannot be read, leads to the list that it
// would be in, within the frame of the admin's organization.
func TestErrorPagesLeadBack(t *testing.T) {
	p := openOffice(t).staff().signedIn(models.Admin)
	home := p.get("/settings").Find("header .truncate").First().Text()
	if home == "" {
		t.Fatal("the frame names no organization")
	}
	for path, want := range map[string]struct {
		status int
		href   string
	}{
		"/users/nobody":          {404, "/users"},
		"/users?status=banana":   {400, "/users"},
		"/logs?range=banana":     {400, "/logs"},
		"/scim/tokens/nothing":   {404, "/scim/tokens"},
		"/usersandmore":          {404, "/"},
		"/nowhere":               {404, "/"},
		"/deployment/change/fax": {404, "/deployment"},
	} {
		a := p.get(path)
		if got := a.Find("main a.btn.primary").AttrOr("href", ""); a.status != want.status || got != want.href {
			t.Errorf("%s: %d leads to %q, want %d and %q", path, a.status, got, want.status, want.href)
		}
		if got := a.Find("header .truncate").First().Text(); got != home {
			t.Errorf("%s is in the frame of %q, want %q", path, got, home)
		}
	}
}
