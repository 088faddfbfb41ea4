package models_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
)

// TestExtractKeepsOnlyTheManagersID: what a manager is called and where is
// answered from the manager's own record, so a copy must not be stored.
func TestExtractKeepsOnlyTheManagersID(t *testing.T) {
	manager := map[string]any{"value": "m1", "$ref": "https://elsewhere/Users/m1", "displayName": "Old Name"}
	u := models.User{Attributes: models.Attributes{"userName": "ada", models.EnterpriseURN: map[string]any{"manager": manager}}}
	if err := u.Extract(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"value": "m1"}, manager); diff != "" {
		t.Errorf("stored manager (-want +got):\n%s", diff)
	}
	if u.ManagerID != "m1" {
		t.Errorf("ManagerID = %q", u.ManagerID)
	}
}

// TestExtractKeepsAReleasedName: a user whose userName went to another person does
// not take it back by being saved, only by getting another one.
func TestExtractKeepsAReleasedName(t *testing.T) {
	u := models.User{ID: "id-1", Attributes: models.Attributes{"userName": "Ada"}}
	must(t, u.Extract())
	u.ReleaseUserName()
	must(t, u.Extract())
	if !u.UserNameReleased() || u.UserName != "Ada" {
		t.Errorf("after saving: %q, released %v", u.UserNameKey, u.UserNameReleased())
	}
	u.Attributes["userName"] = "Ada2"
	must(t, u.Extract())
	if u.UserNameReleased() || u.UserNameKey != "ada2" {
		t.Errorf("after a new name: %q", u.UserNameKey)
	}
}

func TestOriginsForgetChangesThatNothingRefersTo(t *testing.T) {
	first, second := models.Origin{Name: "first"}, models.Origin{Name: "second"}
	o := models.Origins{}.Note(first, []string{"b", "a", "b"}, nil).Note(second, []string{"a"}, []string{"b"})
	if got, ok := o.Of("a"); !ok || got.Name != "second" {
		t.Errorf("origin of a = %+v, %v", got, ok)
	}
	if _, ok := o.Of("b"); ok {
		t.Error("a cleared attribute still has an origin")
	}
	if len(o.Changes) != 1 {
		t.Errorf("%d changes kept, want 1", len(o.Changes))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestNamesFollowTheDisplayName: lists and searches have both names, whichever the
// directory sent; the document stays as it was delivered.
func TestNamesFollowTheDisplayName(t *testing.T) {
	for _, c := range []struct {
		shown                  string
		name                   map[string]any
		given, family, display string
	}{
		{"Ada Lovelace", nil, "Ada", "Lovelace", "Ada Lovelace"},
		{"Lovelace, Ada", nil, "Ada", "Lovelace", "Lovelace, Ada"},
		{" Anna  Maria Luisa de' Medici ", nil, "Anna Maria Luisa de'", "Medici", " Anna  Maria Luisa de' Medici "},
		{"Cher", nil, "Cher", "", "Cher"},
		{"", map[string]any{"givenName": "Ada", "familyName": "Lovelace"}, "Ada", "Lovelace", "Ada Lovelace"},
		{"", map[string]any{"formatted": "Ada Lovelace"}, "Ada", "Lovelace", "Ada Lovelace"},
		{"Ada Lovelace", map[string]any{"familyName": "King"}, "", "King", "Ada Lovelace"},
		{"", nil, "", "", "ada"},
	} {
		u := models.User{Attributes: models.Attributes{"userName": "ada"}}
		if c.shown != "" {
			u.Attributes["displayName"] = c.shown
		}
		if c.name != nil {
			u.Attributes["name"] = c.name
		}
		before := models.CopyAttributes(u.Attributes)
		must(t, u.Extract())
		if u.GivenName != c.given || u.FamilyName != c.family || u.DisplayName != c.display {
			t.Errorf("%q %v: %q %q %q", c.shown, c.name, u.GivenName, u.FamilyName, u.DisplayName)
		}
		if diff := cmp.Diff(before, u.Attributes); diff != "" {
			t.Errorf("%q: the document changed:\n%s", c.shown, diff)
		}
	}
}
