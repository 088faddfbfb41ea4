package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"muster/models"
)

// TestAFormAfterItsSessionIsGivenBack: who typed for longer than the session lasted signs
// in elsewhere and sends the same form again.
func TestAFormAfterItsSessionIsGivenBack(t *testing.T) {
	o := openOffice(t).staff()
	p := o.signedIn(models.Admin)
	o.clock.Advance(time.Hour)
	typed := url.Values{"userName": {"ada@northwind.example"}, "note": {"long\nand <b>typed</b>"}}
	a := p.post("/users/new", typed)
	p.sees(a, "main", "Your session has ended", "Nothing was saved", "Sign in in a new tab")
	if a.status != http.StatusUnauthorized {
		t.Errorf("status %d", a.status)
	}
	again := url.Values{}
	a.Find(`form[action="/users/new"] input`).Each(func(_ int, s *goquery.Selection) { again.Add(s.AttrOr("name", ""), s.AttrOr("value", "")) })
	if again.Encode() != typed.Encode() {
		t.Errorf("the page keeps %v", again)
	}
	p.post("/login", url.Values{"email": {"admin@northwind.example"}, "password": {officePassword}})
	p.sees(p.post("/users/new", again), "#flash", "was added")
}

// TestSecretsAreNotGivenBack: neither a password nor a page that was only opened is kept;
// the sign-in page says what happened.
func TestSecretsAreNotGivenBack(t *testing.T) {
	o := openOffice(t).staff()
	p := o.signedIn(models.Admin)
	o.clock.Advance(time.Hour)
	a := p.post("/account/password", url.Values{"current": {officePassword}, "password": {"another long password"}})
	p.sees(a, "main", "What you sent was not saved")
	if strings.Contains(a.body, "another long") || !strings.HasPrefix(a.at, "/login?next=") {
		t.Errorf("a password is given back at %s", a.at)
	}
	p.sees(p.get("/users"), "main", "Your session has ended", "you are where you were")
}
