package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/account"
	"muster/models/deployment"
)

var createForm = url.Values{"description": {"Okta production"}, "expires": {"365"}, "scope": {"provision"}, "allowList": {""}}

func TestTokenIsShownOnce(t *testing.T) {
	o := openOffice(t).staff()
	p := o.signedIn(models.Admin)
	p.sees(p.get("/scim/tokens"), "main", "No token yet")
	a := p.post("/scim/tokens", createForm)
	text := a.Find("#secret").AttrOr("value", "")
	if a.status != http.StatusOK || !strings.HasPrefix(text, "mst_") {
		t.Fatalf("created: %d at %s, %q", a.status, a.at, text)
	}
	if got := a.Find("#endpoint").AttrOr("value", ""); got != o.url+"/scim/v2" {
		t.Errorf("endpoint %q", got)
	}
	if strings.Contains(a.at, "mst_") || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the secret is in the address %s, or may be cached: %s", a.at, a.header.Get("Cache-Control"))
	}
	again := p.get(a.at)
	p.sees(again, "main", "cannot be shown again")
	if strings.Contains(again.body, text) {
		t.Error("the token is shown twice")
	}
	list := p.get("/scim/tokens")
	if strings.Contains(list.body, text) || !strings.Contains(list.text("tbody"), "Okta production") {
		t.Errorf("list: %s", list.text("tbody"))
	}
	e, err := o.store.AuditEntries(t.Context(), models.AuditQuery{Action: "token.create"})
	o.must(err)
	if len(e.Items) != 1 || e.Items[0].ActorName != "admin@northwind.example" {
		t.Errorf("audit: %+v", e.Items)
	}
}

func TestWaitingTurnsGreen(t *testing.T) {
	o := openOffice(t).staff()
	_, err := o.deps.Change(t.Context(), o.cli(), deployment.Order{Target: models.SCIM, Keep: true})
	o.must(err)
	made, text := o.token("Okta production")
	p := o.signedIn(models.Admin)
	to := "/scim/tokens/" + made.ID
	a := p.get(to)
	p.sees(a, "#reached", "Waiting for the first request")
	if a.header.Get("Refresh") != "" {
		t.Error("the page reloads under the reader's hands")
	}
	if p.get(to+"?refresh=5").header.Get("Refresh") != "5" || a.Find("#reached[hx-get='"+to+"']").Length() != 1 {
		t.Error("the page does not look again by itself")
	}
	res := o.visitor().send(http.MethodGet, "/scim/v2/Users?count=1", nil, func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer "+text)
		r.Header.Set("User-Agent", "Okta SCIM Client 1.0.0")
	})
	if res.status != http.StatusOK {
		t.Fatalf("the directory's request: %d %s", res.status, res.body)
	}
	part := p.send(http.MethodGet, to, nil, func(r *http.Request) { r.Header.Set("HX-Request", "true") })
	if part.Find("header").Length() != 0 || !regexp.MustCompile(`Okta reached us at \d\d:\d\d:\d\d`).MatchString(part.text("body")) {
		t.Errorf("fragment: %s", part.body)
	}
	if a := p.get(to + "?refresh=5"); a.header.Get("Refresh") != "" {
		t.Error("the page still reloads although the directory came")
	}
}

func TestTokenFormKeepsWhatWasEntered(t *testing.T) {
	p := openOffice(t).staff().signedIn(models.Admin)
	for field, value := range map[string]string{"description": strings.Repeat("x", 101), "allowList": "office", "expires": "soon"} {
		form := url.Values{}
		maps.Copy(form, createForm)
		form.Set("scope", "read")
		form.Set(field, value)
		a := p.post("/scim/tokens", form)
		if a.status != http.StatusBadRequest || a.Find("#f-"+field+"[aria-invalid]").Length() != 1 || a.Find("input[name=scope][value=read][checked]").Length() != 1 {
			t.Errorf("%s: %d %s", field, a.status, a.text(".alert"))
		}
	}
	dateless := p.post("/scim/tokens", url.Values{"description": {"By date"}, "expires": {"date"}, "date": {""}, "scope": {"read"}})
	if dateless.status != http.StatusBadRequest || dateless.Find("#f-date[aria-invalid]").Length() != 1 {
		t.Errorf("no date: %d %s", dateless.status, dateless.text(".alert"))
	}
	p.sees(dateless, ".alert", "No date was chosen.")
	form := url.Values{"description": {"By date"}, "expires": {"date"}, "date": {"2026-06-30"}, "scope": {"read"}, "allowList": {"203.0.113.7, 10.0.0.0/8"}}
	a := p.post("/scim/tokens", form)
	p.sees(a, "main", "203.0.113.7/32", "10.0.0.0/8", "30 Jun 2026")
}

func TestTokenLifeOnPages(t *testing.T) {
	o := openOffice(t).staff()
	made, text := o.token("Okta production")
	p := o.signedIn(models.Admin)
	to := "/scim/tokens/" + made.ID
	auth := func() string {
		_, _, err := o.acc.Authenticate(t.Context(), text, "203.0.113.7")
		if e, ok := models.AsError(err); ok {
			return e.Code
		}
		return "ok"
	}
	p.sees(p.get(to+"/ask/disable"), "main", "Disable “Okta production”?")
	p.sees(p.post(to+"/disable", url.Values{}), "#flash", "is disabled")
	if got := auth(); got != "tokenDisabled" {
		t.Errorf("disabled: %s", got)
	}
	p.sees(p.post(to+"/enable", url.Values{}), "#flash", "is enabled")
	p.sees(p.post(to, url.Values{"description": {"Okta 2"}, "scope": {"read"}, "allowList": {"198.51.100.0/24"}}), "main", "Okta 2", "198.51.100.0/24")
	if got := auth(); got != "tokenAddress" {
		t.Errorf("not on the allow list: %s", got)
	}
	a := p.post(to+"/rotate", url.Values{"overlap": {"1h0m0s"}, "expires": {"365"}})
	p.sees(a, "main", "works until", "Copy it now")
	p.sees(a, "title", "“Okta 2” is ready")
	p.sees(p.get(to), "main", "Rotation under way", "Cancel rotation")
	p.sees(p.post(to+"/cancel", url.Values{}), "#flash", "its successor is revoked")
	p.sees(p.post(to+"/revoke", url.Values{}), "#flash", "is revoked")
	if got := auth(); got != "tokenRevoked" {
		t.Errorf("revoked: %s", got)
	}
	p.sees(p.post(to+"/enable", url.Values{}), "#flash", "can no longer be changed")
	for _, stale := range []string{"/ask/revoke", "/rotate"} {
		a := p.get(to + stale)
		p.sees(a, "#flash", "has ended")
		p.sees(a, ".stats", "Ended")
		if a.at != to {
			t.Errorf("%s of a revoked token is answered at %s", stale, a.at)
		}
	}
	if p.get("/scim/tokens").Find("tbody tr").Length() != 0 {
		t.Error("ended tokens are in the list unasked")
	}
	p.sees(p.get("/scim/tokens?all=1"), "tbody", "Revoked")
}

func TestRemindersOnPages(t *testing.T) {
	o := openOffice(t).staff()
	o.token("Nearly over", func(s *account.TokenSpec) { s.Expires = o.clock.Now().Add(20*24*time.Hour + time.Hour) })
	o.clock.Advance(14 * 24 * time.Hour)
	p := o.signedIn(models.Auditor)
	a := p.get("/scim/tokens")
	p.sees(a, ".alert.warn", "“Nearly over” expires in 6 days")
	p.sees(a, "nav .count", "1")
	p.sees(a, "tbody", "Expires soon")
}

func TestGuidesNameTheFields(t *testing.T) {
	o := openOffice(t).staff()
	p := o.signedIn(models.Auditor)
	for key, words := range map[string][]string{
		"entra": {"Tenant URL", "Secret Token", "externalId"}, "okta": {"SCIM connector base URL", "Unique identifier field for users"},
		"onelogin": {"SCIM Base URL", "SCIM Bearer Token"}, "jumpcloud": {"Base URL", "Token Key"},
		"google": {"Endpoint URL", "Access token"}, "generic": {"Authorization: Bearer"},
	} {
		a := p.get("/scim/guides/" + key)
		p.sees(a, "main", words...)
		if a.Find("main input[value='"+o.url+"/scim/v2']").Length() != 1 {
			t.Errorf("%s: the endpoint is not there to copy", key)
		}
	}
	if a := p.get("/scim/guides/nobody"); a.status != http.StatusNotFound {
		t.Errorf("an unknown guide: %d", a.status)
	}
}

func TestConnectionTest(t *testing.T) {
	o := openOffice(t).staff()
	_, err := o.deps.Change(t.Context(), o.cli(), deployment.Order{Target: models.SCIM, Keep: true})
	o.must(err)
	made, text := o.token("Entra")
	_, limited := o.token("Elsewhere", func(s *account.TokenSpec) { s.AllowList = []string{"203.0.113.0/24"} })
	_, reads := o.token("Reader", func(s *account.TokenSpec) { s.Scope = models.ReadScope })
	gone, revoked := o.token("Gone")
	_, err = o.acc.RevokeToken(t.Context(), o.cli(), gone.ID)
	o.must(err)
	p := o.signedIn(models.Admin)
	for _, g := range []string{"entra", "okta", "onelogin", "jumpcloud", "google", "generic"} {
		a := p.post("/scim/test", url.Values{"idp": {g}, "token": {text}})
		p.sees(a, ".alert.ok", "The connection works")
		if strings.Contains(a.body, text) {
			t.Errorf("%s: the page repeats the token", g)
		}
	}
	if got := o.acc.Fresh(made)[0]; got.LastUsed != 0 {
		t.Error("the test counts as the directory's first request")
	}
	for name, c := range map[string]struct{ token, selector, words string }{
		"address": {limited, ".trace .warned", "says nothing about the directory"},
		"scope":   {reads, ".alert.warn", "may only read"},
		"revoked": {revoked, ".trace .failed", "was revoked"},
		"typo":    {text + "x", ".field.wrong", "Nothing was tested"},
	} {
		a := p.post("/scim/test", url.Values{"idp": {"entra"}, "token": {c.token}})
		if !strings.Contains(a.text(c.selector), c.words) {
			t.Errorf("%s: %d %s", name, a.status, a.text("main"))
		}
	}
	// The new token need not be pasted while it is at hand.
	created := p.post("/scim/tokens", url.Values{"description": {"Fresh"}, "expires": {"30"}, "scope": {"provision"}})
	id := strings.Split(created.at, "/")[3]
	p.sees(p.post("/scim/test", url.Values{"idp": {"okta"}, "held": {id}}), ".alert.ok", "The connection works")
	p.post("/scim/tokens/"+id+"/stored", url.Values{"stored": {"on"}})
	p.sees(p.post("/scim/test", url.Values{"idp": {"okta"}, "held": {id}}), ".field.wrong", "Nothing was tested")
}

// Of two people who edit one token, the later is told who changed what, keeps what they
// entered, and saves it with the next press.
func TestTwoFormsOfOneToken(t *testing.T) {
	o := openOffice(t).staff()
	made, _ := o.token("Okta production")
	one, two := o.signedIn(models.Admin), o.signedIn(models.Owner)
	to := "/scim/tokens/" + made.ID
	edition := func(a answer) string { return a.Find("input[name=edition]").AttrOr("value", "") }
	form := func(edition, description, from string) url.Values {
		return url.Values{"edition": {edition}, "description": {description}, "scope": {"provision"}, "allowList": {from}}
	}
	shown := edition(one.get(to + "/edit"))
	one.post(to, form(shown, "Okta production", "203.0.113.0/24"))
	a := two.post(to, form(shown, "Okta, all of it", ""))
	if a.status != http.StatusPreconditionFailed || a.Find("input[name=description]").AttrOr("value", "") != "Okta, all of it" {
		t.Errorf("the second gets %d: %s", a.status, a.text("main"))
	}
	two.sees(a, "main", "admin@northwind.example changed this token just now while you were editing")
	now, err := o.store.Token(t.Context(), made.OrganizationID, made.ID)
	o.must(err)
	if len(now.AllowList) != 1 || now.Description != "Okta production" {
		t.Errorf("the token is %q from %v", now.Description, now.AllowList)
	}
	if a = two.post(to, form(edition(a), "Okta, all of it", "203.0.113.0/24")); a.status != http.StatusOK {
		t.Errorf("saving again gets %d: %s", a.status, a.text("main"))
	}
	now, err = o.store.Token(t.Context(), made.OrganizationID, made.ID)
	o.must(err)
	if len(now.AllowList) != 1 || now.Description != "Okta, all of it" {
		t.Errorf("the token is %q from %v", now.Description, now.AllowList)
	}
}
