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
	o := models.Origins{}.Note(first, []string{"a", "b"}, nil).Note(second, []string{"a"}, []string{"b"})
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
