package console_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
)

// declare adds one setting of each type.
func (p *people) declare() {
	p.t.Helper()
	keys := []models.SettingKey{
		{Name: "region", Type: models.TextSetting, Default: "eu", Description: "Where data lives."},
		{Name: "quota", Type: models.NumberSetting},
		{Name: "beta", Type: models.BooleanSetting, Default: false},
		{Name: "roles", Type: models.ListSetting},
		{Name: "limits", Type: models.JSONSetting},
	}
	if err := p.dir.SaveSettingKeys(p.t.Context(), p.admin, func([]models.SettingKey) ([]models.SettingKey, error) { return keys, nil }); err != nil {
		p.t.Fatal(err)
	}
}

func (p *people) profile(name string, settings map[string]any) models.Profile {
	p.t.Helper()
	made, err := p.dir.SaveProfile(p.t.Context(), p.admin, "", func(pr *models.Profile) error {
		pr.Name, pr.Settings = name, settings
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return made
}

func (p *people) stored(id string) models.Profile {
	p.t.Helper()
	pr, err := p.store.Profile(p.t.Context(), p.org.Key, id)
	if err != nil {
		p.t.Fatal(err)
	}
	return pr
}

// last is the end of an address.
func last(href string) string { return href[strings.LastIndexByte(href, '/')+1:] }

func TestProfilesBeginEmpty(t *testing.T) {
	p := newPeople(t)
	doc := p.see(http.StatusOK, "/profiles")
	mustHave(t, doc, "No profile yet", "New profile")
	mustHave(t, p.see(http.StatusOK, "/profiles/settings"), "No setting is declared", "Declare setting")
	mustHave(t, p.see(http.StatusOK, "/profiles/new"), "No setting is declared yet.")
	auditor := p.page(http.StatusOK, p.by(models.Auditor, httptest.NewRequest(http.MethodGet, "/profiles", nil)))
	mustNotHave(t, auditor, "New profile")
}

func TestSettingsAreDeclaredAndTyped(t *testing.T) {
	p := newPeople(t)
	doc := p.after("/profiles/settings/new", "name", "quota", "type", "number", "default", "10", "description", "Gigabytes.")
	mustHave(t, doc, "The setting quota is declared.", "quota", "Number", "10", "Gigabytes.")
	wrong := p.page(http.StatusBadRequest, p.send("/profiles/settings/new", "name", "size", "type", "number", "default", "large"))
	mustHave(t, wrong, "size takes a number", "Nothing was saved yet.")
	if wrong.Find("#f-default").Text() != "large" {
		t.Error("what was entered is gone")
	}
	mustHave(t, p.page(http.StatusConflict, p.send("/profiles/settings/new", "name", "QUOTA", "type", "text")), "There is a setting quota already.")
	made := p.profile("Sales", map[string]any{"quota": json.Number("50")})
	mustHave(t, p.see(http.StatusOK, "/profiles/settings/quota"), "The type stays while a profile or a user has a value: 1 profile sets it and 0 users have an own value.")
	p.after("/profiles/settings/quota", "type", "text", "default", "20", "description", "Of disk.")
	o, err := p.store.Organization(t.Context(), p.org.Key)
	if err != nil {
		t.Fatal(err)
	}
	want := []models.SettingKey{{Name: "quota", Type: models.NumberSetting, Default: float64(20), Description: "Of disk."}}
	if diff := cmp.Diff(want, o.Settings.ProfileKeys); diff != "" {
		t.Errorf("declared: %s", diff)
	}
	u := p.add(p.admin, "ada", "Ada", "Lovelace")
	if _, err := p.dir.Override(t.Context(), p.admin, u.ID, map[string]any{"quota": json.Number("7")}); err != nil {
		t.Fatal(err)
	}
	mustHave(t, p.see(http.StatusOK, "/profiles/settings/quota/delete"), "1 profile has set it, and 1 user has an own value.")
	mustHave(t, p.after("/profiles/settings/quota/delete"), "The setting quota is deleted.")
	if p.stored(made.ID).Settings["quota"] == nil {
		t.Error("deleting the declaration deleted a value")
	}
	p.see(http.StatusNotFound, "/profiles/settings/quota")
}

func TestAProfileTakesValuesOfEveryType(t *testing.T) {
	p := newPeople(t)
	p.declare()
	form := []string{"name", "Sales EMEA", "description", "Sellers", "s-region", "us", "s-quota", "2500000.5", "s-beta", "true", "s-roles", "seller\r\n\r\n reader, writer \r\n", "s-limits", `{"a": [1, "<b>"]}`}
	doc := p.after("/profiles/new", form...)
	mustHave(t, doc, "Profile Sales EMEA is saved.", "us", "2500000.5", "Yes", "seller, “reader, writer”", `{"a":[1,"<b>"]}`, "Set here")
	id := last(doc.Find(`a[href$="/edit"]`).AttrOr("href", "")[:len("/profiles/")+36])
	want := map[string]any{
		"region": "us", "quota": json.Number("2500000.5"), "beta": true, "roles": []any{"seller", "reader, writer"},
		"limits": map[string]any{"a": []any{json.Number("1"), "<b>"}},
	}
	if diff := cmp.Diff(normal(t, want), normal(t, p.stored(id).Settings)); diff != "" {
		t.Error(diff)
	}
	edit := p.see(http.StatusOK, "/profiles/"+id+"/edit")
	if got := edit.Find("#f-s-roles").Text(); got != "seller\nreader, writer" {
		t.Errorf("the list is shown as %q", got)
	}
	if got := edit.Find("#f-s-quota").AttrOr("value", ""); got != "2500000.5" {
		t.Errorf("the number is shown as %q", got)
	}
	mustHave(t, edit, "When empty, the default: eu.", "Nobody holds this profile now.")
	version := edit.Find("input[name=version]").AttrOr("value", "")
	refused := p.page(http.StatusBadRequest, p.send("/profiles/"+id+"/edit", "name", "Sales", "version", version, "s-quota", "lots"))
	mustHave(t, refused, "quota takes a number")
	p.after("/profiles/"+id+"/edit", "name", "Sales", "version", version, "s-region", "ap")
	if diff := cmp.Diff(map[string]any{"region": "ap"}, p.stored(id).Settings); diff != "" {
		t.Error(diff)
	}
	mustHave(t, p.page(http.StatusPreconditionFailed, p.send("/profiles/"+id+"/edit", "name", "Old", "version", version)), "You changed this profile in another window")
	mustHave(t, p.page(http.StatusConflict, p.send("/profiles/new", "name", "sales")), "Nothing was saved yet.")
	mustHave(t, p.see(http.StatusOK, "/profiles?q=sAl"), "Sales", "region: ap", "1–1 of 1 profile")
	mustHave(t, p.see(http.StatusOK, "/profiles?q=zzz"), "No profile found")
}

// normal reads a value as JSON does, so that numbers compare.
func normal(t *testing.T, v any) any {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAUsedProfileNeedsAReplacement(t *testing.T) {
	p := newPeople(t)
	p.declare()
	sales := p.profile("Sales", map[string]any{"region": "us"})
	u := p.add(p.admin, "ada", "Ada", "Lovelace")
	if _, err := p.dir.SetProfile(t.Context(), p.admin, u.ID, sales.ID); err != nil {
		t.Fatal(err)
	}
	mustHave(t, p.see(http.StatusOK, "/profiles/"+sales.ID+"/edit"), "What you save here reaches 1 user.")
	mustHave(t, p.see(http.StatusOK, "/profiles/"+sales.ID+"/delete"), "This is the only profile, and it is in use.", "1 user holds it")
	other := p.profile("Everyone", nil)
	ask := p.see(http.StatusOK, "/profiles/"+sales.ID+"/delete")
	mustHave(t, ask, "Profile in its place", "Everyone")
	mustHave(t, p.page(http.StatusConflict, p.send("/profiles/"+sales.ID+"/delete")), "is in use")
	mustHave(t, p.after("/profiles/"+sales.ID+"/delete", "replacement", other.ID), "Profile Sales is deleted.")
	if p.user(u.ID).ProfileKey != other.Key {
		t.Error("the user did not get the replacement")
	}
	mustHave(t, p.see(http.StatusOK, "/users?profile="+other.ID), "Users with profile “Everyone”.", "Ada Lovelace")
	mustHave(t, p.see(http.StatusOK, "/profiles/"+other.ID), "hold this profile", "Declared default")
	w := p.by(models.Admin, httptest.NewRequest(http.MethodGet, "/users/export.csv?profile="+other.ID, nil))
	p.add(p.admin, "bob", "Bob", "Byron")
	if lines := strings.Count(w.Body.String(), "\n"); lines != 2 || !strings.Contains(w.Body.String(), "ada") {
		t.Errorf("the export of a profile has %d lines: %s", lines, w.Body)
	}
	unused := p.profile("Unused", nil)
	mustHave(t, p.see(http.StatusOK, "/profiles/"+unused.ID+"/delete"), "Nobody holds it and no mapping gives it")
	p.after("/profiles/" + unused.ID + "/delete")
	p.see(http.StatusNotFound, "/profiles/"+unused.ID)
}
