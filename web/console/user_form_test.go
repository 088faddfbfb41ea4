package console_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
)

func TestAddUserByHand(t *testing.T) {
	p := newPeople(t)
	p.add(p.admin, "boss", "Grace", "Hopper")
	doc := p.after("/users/new", "userName", "ada@example.com", "givenName", "Ada", "familyName", "Lovelace", "email", "ada@example.com",
		"title", "Analyst", "department", "Research", "employeeNumber", "1815", "phone", "+44 20 7946 0001", "manager", "BOSS",
		"preferredLanguage", "en-GB", "timeZone", "Europe/London", "note", "First of them all")
	mustHave(t, doc, "Ada Lovelace was added.", "First of them all", "Grace Hopper")
	u := p.named("ada@example.com")
	want := models.Attributes{
		"userName": "ada@example.com", "name": map[string]any{"givenName": "Ada", "familyName": "Lovelace"},
		"emails":       []any{map[string]any{"value": "ada@example.com", "type": "work", "primary": true}},
		"phoneNumbers": []any{map[string]any{"value": "+44 20 7946 0001", "type": "work", "primary": true}},
		"title":        "Analyst", "preferredLanguage": "en-GB", "timezone": "Europe/London",
		models.EnterpriseURN: map[string]any{"department": "Research", "employeeNumber": "1815", "manager": map[string]any{"value": p.named("boss").ID}},
	}
	if diff := cmp.Diff(want, u.Attributes); diff != "" {
		t.Error(diff)
	}
	if u.Mode != models.Manual || u.Note != "First of them all" {
		t.Errorf("mode %s, note %q", u.Mode, u.Note)
	}
	if diff := cmp.Diff([]string{"create success"}, p.logged(u.ID)); diff != "" {
		t.Error(diff)
	}
}

func TestUserFormRefusalsKeepWhatWasEntered(t *testing.T) {
	p := newPeople(t)
	p.add(p.admin, "grace", "Grace", "Hopper")
	for field, c := range map[string]struct{ value, says string }{
		"userName":          {"", "Enter a userName"},
		"email":             {"nope", "Enter one e-mail address"},
		"manager":           {"ghost", "No user has this userName"},
		"preferredLanguage": {"??", "language tag"},
		"timeZone":          {"Mars/Base", "IANA name"},
	} {
		form := map[string]string{"userName": "ada", "title": "Analyst", field: c.value}
		var pairs []string
		for k, v := range form {
			pairs = append(pairs, k, v)
		}
		doc := p.page(http.StatusUnprocessableEntity, p.send("/users/new", pairs...))
		mustHave(t, doc, c.says, "Nothing was saved yet")
		if doc.Find("#f-"+field).AttrOr("aria-invalid", "") != "true" || doc.Find("#f-"+field).AttrOr("value", "") != c.value {
			t.Errorf("%s is not marked, or lost its value", field)
		}
		if doc.Find("#f-title").AttrOr("value", "") != "Analyst" {
			t.Errorf("%s: the other values were lost", field)
		}
	}
	doc := p.page(http.StatusConflict, p.send("/users/new", "userName", "GRACE", "title", "Admiral"))
	mustHave(t, doc, "Grace Hopper has this userName already.")
	mustHave(t, doc, "Nothing was saved.", "managed by hand")
	if _, focused := doc.Find(".alert").Attr("autofocus"); !focused {
		t.Error("the page opens beside the conflict, not at it")
	}
	if doc.Find(`.alert a[href="/users/`+p.named("grace").ID+`"]`).Length() != 1 || doc.Find("#f-title").AttrOr("value", "") != "Admiral" {
		t.Error("the conflict does not lead to the holder, or lost what was entered")
	}
}

func TestConflictByASettingNamesTheHolder(t *testing.T) {
	p := newPeople(t)
	p.change(func(o *models.Organization) { o.Settings.UniqueEmail = true })
	grace := p.add(p.admin, "grace", "Grace", "Hopper")
	doc := p.page(http.StatusConflict, p.send("/users/new", "userName", "ada", "email", "Grace@example.com"))
	mustHave(t, doc, "Grace Hopper has this work e-mail already.")
	if doc.Find(`a[href="/users/`+grace.ID+`"]`).Length() != 1 {
		t.Error("no way to the holder")
	}
}

func TestEditChangesOnlyWhatTheFormHas(t *testing.T) {
	p := newPeople(t)
	u := p.add(p.admin, "ada", "Ada", "Lovelace", func(a models.Attributes) {
		a["name"] = map[string]any{"givenName": "Ada", "familyName": "Lovelace", "formatted": "Ada Lovelace", "honorificPrefix": "Lady"}
		a["emails"] = []any{map[string]any{"value": "home@example.org", "type": "home"}, map[string]any{"value": "ada@example.com", "type": "work", "primary": true}}
		a["addresses"] = []any{map[string]any{"locality": "London", "type": "work"}}
		a[models.EnterpriseURN] = map[string]any{"costCenter": "42", "department": "Research", "manager": map[string]any{"value": "not-yet"}}
	})
	at := "/users/" + u.ID + "/edit"
	doc := p.see(http.StatusOK, at)
	if got := doc.Find("#f-manager").AttrOr("value", ""); got != "not-yet" {
		t.Errorf("the manager's field shows %q", got)
	}
	version := doc.Find("[name=version]").AttrOr("value", "")
	p.after(at, "version", version, "userName", "ada", "givenName", "Ada", "familyName", "King", "email", "king@example.com", "manager", "not-yet", "title", "Countess")
	want := models.Attributes{
		"userName": "ada", "title": "Countess",
		"name":               map[string]any{"givenName": "Ada", "familyName": "King", "formatted": "Ada King", "honorificPrefix": "Lady"},
		"emails":             []any{map[string]any{"value": "home@example.org", "type": "home"}, map[string]any{"value": "king@example.com", "type": "work", "primary": true}},
		"addresses":          []any{map[string]any{"locality": "London", "type": "work"}},
		models.EnterpriseURN: map[string]any{"costCenter": "42", "manager": map[string]any{"value": "not-yet"}},
	}
	if diff := cmp.Diff(want, p.user(u.ID).Attributes); diff != "" {
		t.Error(diff)
	}
	stale := p.page(http.StatusPreconditionFailed, p.send(at, "version", version, "userName", "ada", "familyName", "Byron"))
	mustHave(t, stale, "changed this user", "What you entered is still here")
	mustHave(t, p.after(at, "version", "2", "userName", "ada", "givenName", "Ada", "familyName", "King", "email", "king@example.com", "manager", "not-yet", "title", "Countess"),
		"Nothing was changed.")
	if diff := cmp.Diff([]string{"create success", "update success"}, p.logged(u.ID)); diff != "" {
		t.Error(diff)
	}
}

func TestManagedFieldsAreLocked(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	u := p.add(p.scim, "ada", "Ada", "Lovelace")
	at := "/users/" + u.ID + "/edit"
	doc := p.see(http.StatusOK, at)
	for _, field := range []string{"userName", "givenName", "email", "department", "manager"} {
		if _, locked := doc.Find("#f-" + field).Attr("disabled"); !locked {
			t.Errorf("%s is not locked", field)
		}
	}
	if _, locked := doc.Find("#f-note").Attr("disabled"); locked {
		t.Error("the note is locked")
	}
	mustHave(t, doc, "Managed by SCIM. Change it in the directory.")
	p.after(at, "note", "Call first", "userName", "hacked", "title", "Intruder")
	got := p.user(u.ID)
	if got.Note != "Call first" || got.UserName != "ada" || got.Title != "" || got.Mode != models.SCIM {
		t.Errorf("after the form: %q %q %q %s", got.Note, got.UserName, got.Title, got.Mode)
	}
}
