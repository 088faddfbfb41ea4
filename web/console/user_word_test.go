package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"muster/models"
)

// TestUserSaysWhatTheDirectorySentLast: whoever should be gone and is not, shows why on
// top of the page: nothing was sent, it was refused, or a protection held it.
func TestUserSaysWhatTheDirectorySentLast(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	ada, bob := p.add(p.scim, "ada", "Ada", "Lovelace"), p.add(p.scim, "bob", "Bob", "Byron")
	doc := p.see(http.StatusOK, "/users/"+ada.ID)
	mustHave(t, doc, "Last change sent")
	if doc.Find(".alert").Length() != 0 {
		t.Errorf("an ordinary user has a warning: %s", words(doc.Find(".alert")))
	}
	_, err := p.dir.UpdateUser(t.Context(), p.scim, ada.ID, func(u *models.User) error {
		u.Enabled, u.Attributes["userName"] = new(false), "bob"
		return nil
	})
	if models.KindOf(err) != models.Uniqueness {
		t.Fatalf("a taken userName: %v", err)
	}
	mustHave(t, p.see(http.StatusOK, "/users/"+ada.ID), "What the directory last sent about this user was refused", "already taken", "See why")
	if _, err := p.dir.Protect(t.Context(), p.admin, bob.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, err := p.dir.UpdateUser(t.Context(), p.scim, bob.ID, func(u *models.User) error { u.Enabled = new(false); return nil }); err != nil {
		t.Fatal(err)
	}
	mustHave(t, p.see(http.StatusOK, "/users/"+bob.ID), "was not carried out", "the user is protected")
	mustHave(t, p.see(http.StatusOK, "/users?q=bob"), "Protected")
	byHand := p.add(p.admin, "eve", "Eve", "Hand")
	if text := words(p.see(http.StatusOK, "/users/"+byHand.ID).Find("main")); strings.Contains(text, "Last change sent") || strings.Contains(text, "Before what the log keeps") {
		t.Errorf("a user made by hand a moment ago: %s", text)
	}
}

// TestOneHeldRemovalIsDecidedOnTheUsersPage: among hundreds that are held, one known by
// name is let through from their own page.
func TestOneHeldRemovalIsDecidedOnTheUsersPage(t *testing.T) {
	p := crowded(t)
	doc := p.see(http.StatusOK, "/users/"+p.named("user020").ID)
	mustHave(t, doc, "the guard holds that back", "Approve the removal of “user020”?")
	form := url.Values{}
	doc.Find("#held-approve form input").Each(func(_ int, s *goquery.Selection) { form.Add(s.AttrOr("name", ""), s.AttrOr("value", "")) })
	mustHave(t, p.see(http.StatusOK, "/users?q=user020"), "Removal held back")
	if w := p.sendForm("/queue/held", form); w.Code != http.StatusSeeOther {
		t.Fatalf("approving gets %d", w.Code)
	}
	if p.status("user020") != models.Preserved || p.status("user021") != models.Active {
		t.Errorf("user020 is %s, user021 %s", p.status("user020"), p.status("user021"))
	}
	mustHave(t, p.see(http.StatusOK, "/"), "disabled, preserved or held back")
	if text := words(p.page(http.StatusOK, p.by(models.Auditor, httptest.NewRequest(http.MethodGet, "/queue/held", nil))).Find("main")); strings.Contains(text, "user021") {
		t.Errorf("an auditor reads names: %s", text)
	}
}
