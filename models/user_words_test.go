package models_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muster/models"
)

// A word with a letter beyond ASCII has a plain one beside it, and no other word has.
func TestPlainWordsStandBesideOthers(t *testing.T) {
	for name, want := range map[string][]string{
		"Ada Lovelace":         {"u1", "ada", "lovelace"},
		"José Fernández":       {"u1", "josé", "jose", "fernández", "fernandez"},
		"Łódź Lodz":            {"u1", "łódź", "lodz"},
		"Straße":               {"u1", "strasse"},
		"山田 太郎":                {"u1", "山田", "太郎"},
		"‘Ada’ (O’Brien), Zoë": {"u1", "‘ada’", "ada", "o’brien", "o'brien", "zoë", "zoe"},
	} {
		u := models.User{UserNameKey: "u1", DisplayName: name}
		if diff := cmp.Diff(want, u.Words(), cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestGroupsHaveTheWordsThatTheirNamesAreMadeOf(t *testing.T) {
	for name, want := range map[string][]string{
		"SG-Sales-EMEA":               {"emea", "sales", "sg"},
		"Sales EMEA":                  {"emea", "sales"},
		`app_x.y/z\w (ro)[1]:a,b;c|d`: {"1", "a", "app", "b", "c", "d", "ro", "w", "x", "y", "z"},
		"Łódź – “R&D” 'core'":         {"core", "lodz", "r&d"},
		"all@contoso.com":             {"all", "com", "contoso"},
		"Équipe équipe":               {"equipe"},
		"-- ''":                       nil,
	} {
		g := models.Group{DisplayName: name}
		if diff := cmp.Diff(want, g.Words(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func BenchmarkWords(b *testing.B) {
	u := models.User{
		UserNameKey: "ada.lovelace1234@contoso.example", EmailKey: "ada.lovelace1234@contoso.example",
		DisplayName: "Ada Lovelace", GivenName: "Ada", FamilyName: "Lovelace", EmployeeNumber: "E0012345",
	}
	b.ReportAllocs()
	for b.Loop() {
		u.Words()
	}
}
