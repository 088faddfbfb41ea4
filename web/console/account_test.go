package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/account"
)

func TestSetupLeadsToTheFirstOwner(t *testing.T) {
	o := openOffice(t)
	code, _, err := o.acc.SetupCode(t.Context())
	o.must(err)
	p := o.visitor()
	a := p.get("/")
	p.sees(a, "main", "no owner yet", "one-use link")
	if a := p.get("/setup?code=wrong"); a.status != http.StatusForbidden || a.Find("form[action='/setup']").Length() != 0 {
		t.Errorf("a wrong code: %d", a.status)
	}
	form := url.Values{"code": {code}, "email": {"ada@example.com"}, "name": {"Ada"}, "organization": {"Engines Ltd"}, "password": {"short"}}
	a = p.post("/setup", form)
	if a.status != http.StatusBadRequest || a.Find("#f-email").AttrOr("value", "") != "ada@example.com" || a.Find("#f-password[aria-invalid]").Length() != 1 {
		t.Errorf("a short password: %d, e-mail kept as %q", a.status, a.Find("#f-email").AttrOr("value", ""))
	}
	if strings.Contains(a.body, "value=\"short\"") {
		t.Error("the page repeats the password")
	}
	form.Set("password", officePassword)
	a = p.post("/setup", form)
	if a.at != "/deployment" {
		t.Errorf("set-up leads to %s with %d", a.at, a.status)
	}
	p.sees(a, "#flash", "Muster is set up")
	p.sees(a, "header", "Engines Ltd")
	second := o.visitor().get("/setup?code=" + code)
	if second.status != http.StatusConflict || !strings.Contains(second.text("main"), "set up already") {
		t.Errorf("a second set-up: %d %s", second.status, second.text("main"))
	}
}

func TestSignInPage(t *testing.T) {
	o := openOffice(t).staff()
	p := o.visitor()
	a := p.get("/admins?x=1")
	if a.at != "/login?next=%2Fadmins%3Fx%3D1" {
		t.Errorf("anonymous is sent to %s", a.at)
	}
	form := url.Values{"email": {"owner@northwind.example"}, "password": {"wrong"}, "next": {"//evil.example"}}
	a = p.post("/login", form)
	if a.status != http.StatusUnauthorized {
		t.Errorf("a wrong password: %d", a.status)
	}
	p.sees(a, "[role=alert]", "e-mail address or the password is wrong")
	form.Set("password", officePassword)
	if a := p.post("/login", form); a.at != "/" {
		t.Errorf("a foreign next leads to %s", a.at)
	}
	if a := p.get("/login?next=%2Faccount"); a.at != "/account" {
		t.Errorf("the sign-in page of somebody signed in leads to %s", a.at)
	}
	if a := p.post("/logout", nil); a.at != "/login?out=1" || !strings.Contains(a.text("main"), "signed out") {
		t.Errorf("sign-out leads to %s", a.at)
	}
	if a := p.get("/account"); !strings.HasPrefix(a.at, "/login") {
		t.Errorf("after sign-out the account is at %s", a.at)
	}
	a = p.send(http.MethodPost, "/login", form, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	if a.status != http.StatusForbidden {
		t.Errorf("a foreign site's form: %d", a.status)
	}
}

func TestOwnAccount(t *testing.T) {
	o := openOffice(t).staff()
	p, other := o.signedIn(models.Admin), o.signedIn(models.Admin)
	a := p.get("/account")
	if rows := a.Find("tbody tr").Length(); rows != 2 {
		t.Errorf("%d sessions are listed", rows)
	}
	p.sees(a, "tbody", "This session")
	p.sees(p.post("/account", url.Values{"name": {"Grace"}}), "#flash", "name is saved")
	a = p.post("/account/password", url.Values{"current": {"wrong"}, "password": {"harbour lantern quietly folded"}})
	p.sees(a, ".field.wrong", "not your password")
	a = p.post("/account/password", url.Values{"current": {officePassword}, "password": {"harbour lantern quietly folded"}})
	p.sees(a, "#flash", "password is changed")
	if a := other.get("/account"); !strings.HasPrefix(a.at, "/login") {
		t.Error("the other session survived a new password")
	}
	third := o.visitor()
	third.post("/login", url.Values{"email": {"admin@northwind.example"}, "password": {"harbour lantern quietly folded"}})
	p.sees(p.get("/account/sessions/end"), "main", "1 other browser will be signed out")
	p.sees(p.post("/account/sessions/end", url.Values{}), "#flash", "other sessions have ended")
	if a := third.get("/account"); !strings.HasPrefix(a.at, "/login") {
		t.Error("the third session survived")
	}
}

func TestThemeIsKept(t *testing.T) {
	p := openOffice(t).staff().signedIn(models.Auditor)
	a := p.post("/preferences", url.Values{"theme": {"dark"}, "back": {"/account"}})
	if a.at != "/account" || a.Find("html[data-theme=dark]").Length() != 1 {
		t.Errorf("dark: at %s, html %v", a.at, a.Find("html").AttrOr("data-theme", ""))
	}
	a = p.post("/preferences", url.Values{"theme": {"system"}, "back": {"https://evil.example/"}})
	if a.at != "/" || a.Find("html[data-theme]").Length() != 0 {
		t.Errorf("system: at %s, theme %q", a.at, a.Find("html").AttrOr("data-theme", ""))
	}
}

func TestOwnersManageAdmins(t *testing.T) {
	o := openOffice(t).staff()
	p := o.signedIn(models.Owner)
	form := url.Values{"email": {"bob@northwind.example"}, "role": {"auditor"}}
	a := p.post("/admins", form)
	link := a.Find("#link").AttrOr("value", "")
	if a.status != http.StatusOK || !strings.HasPrefix(link, o.url+"/invite?code=") {
		t.Fatalf("adding: %d at %s, link %q", a.status, a.at, link)
	}
	p.sees(p.get(a.at), "main", "shown already")

	bob := o.visitor()
	page := bob.get(strings.TrimPrefix(link, o.url))
	if page.Find("#f-email").AttrOr("value", "") != "bob@northwind.example" {
		t.Errorf("the invitation does not say for whom it is: %s", page.text("main"))
	}
	code := page.Find("input[name=code]").AttrOr("value", "")
	if a := bob.post("/invite", url.Values{"code": {code}, "name": {"Bob"}, "password": {officePassword}}); a.status != http.StatusOK || a.at != "/" {
		t.Errorf("accepting: %d at %s", a.status, a.at)
	}
	if a := o.visitor().get(strings.TrimPrefix(link, o.url)); a.status != http.StatusForbidden {
		t.Errorf("a used invitation: %d", a.status)
	}

	x, err := o.store.AdminByEmail(t.Context(), "bob@northwind.example")
	o.must(err)
	to := "/admins/" + x.ID
	p.sees(p.get(to+"/ask/disable"), "main", "Disable the account of bob@northwind.example?", "signed out everywhere")
	p.sees(p.post(to+"/disable", url.Values{}), "#flash", "Disabled the account")
	if a := bob.get("/account"); !strings.HasPrefix(a.at, "/login") {
		t.Error("a disabled person is still in")
	}
	p.sees(p.post(to+"/remove", url.Values{}), "#flash", "account is removed")
	if _, err := o.store.AdminByID(t.Context(), x.ID); models.KindOf(err) != models.NotFound {
		t.Error("the account is still there")
	}
	owner, err := o.store.AdminByEmail(t.Context(), "owner@northwind.example")
	o.must(err)
	a = p.post("/admins/"+owner.ID, url.Values{"name": {"Owner"}, "role": {"admin"}})
	if a.status != http.StatusConflict || !strings.Contains(a.text(".alert"), "last owner") {
		t.Errorf("demoting oneself: %d %s", a.status, a.text(".alert"))
	}
}

func TestAdminChangesAskForThePasswordAgain(t *testing.T) {
	o := openOffice(t).staff()
	p := o.signedIn(models.Owner)
	o.clock.Advance(account.ConfirmLife + time.Minute)
	a := p.post("/admins", url.Values{"email": {"bob@northwind.example"}, "role": {"owner"}})
	if a.at != "/confirm?next=%2Fadmins%2Fnew&again=1" {
		t.Fatalf("adding an owner long after sign-in is at %s", a.at)
	}
	if _, err := o.store.AdminByEmail(t.Context(), "bob@northwind.example"); err == nil {
		t.Error("the owner was added all the same")
	}
	a = p.post("/confirm", url.Values{"next": {"/admins/new"}, "current": {"wrong"}})
	p.sees(a, ".field.wrong", "not your password")
	if a = p.post("/confirm", url.Values{"next": {"/admins/new"}, "again": {"1"}, "current": {officePassword}}); a.at != "/admins/new" {
		t.Errorf("after the password: %s", a.at)
	}
	p.sees(a, "#flash", "nothing was changed yet")
}

func TestAuditorsSeeAdminsMaskedAndChangeNothing(t *testing.T) {
	o := openOffice(t).staff()
	p := o.signedIn(models.Auditor)
	a := p.get("/admins")
	if strings.Contains(a.text("main"), "owner@northwind.example") || a.Find("a[href='/admins/new']").Length() != 0 {
		t.Errorf("an auditor sees %s", a.text("main"))
	}
	if a := p.post("/admins", url.Values{"email": {"x@example.com"}, "role": {"owner"}}); a.status != http.StatusForbidden {
		t.Errorf("an auditor adds an admin: %d", a.status)
	}
	for _, path := range []string{"/scim/tokens", "/settings", "/audit"} {
		if a := p.get(path); a.status != http.StatusOK || a.Find("main form[method=post]:not([action='/settings'])").Length() != 0 {
			t.Errorf("%s for an auditor: %d", path, a.status)
		}
	}
	if p.get("/settings").Find("main input:not([disabled])").Length() != 0 {
		t.Error("an auditor can type into the settings")
	}
}
