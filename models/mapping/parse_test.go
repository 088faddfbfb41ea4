package mapping_test

import (
	"testing"

	"muster/models"
	"muster/models/mapping"
)

// A rule asks for what a directory sends and for nothing that Muster itself answers
// for, between brackets too.
func TestWhatARuleCanAsk(t *testing.T) {
	types := mapping.Types(models.OrganizationSettings{Attributes: []models.CustomAttribute{
		{Of: models.UserTarget, Schema: models.CustomSchema(models.UserTarget), Name: "tags", Type: "string", Multi: true},
	}})
	for text, code := range map[string]string{
		`department eq "Sales" and title pr`:                 "",
		`emails[type eq "work" and value ew "@example.com"]`: "",
		`tags[value eq "a"]`:                                 "",
		`manager.value eq "1"`:                               "",
		`manager[value eq "1"]`:                              "",
		`departmend eq "Sales"`:                              "unknownAttribute",
		`emails[kind eq "work"]`:                             "unknownAttribute",
		`emails[type eq "work"].values eq "a"`:               "unknownAttribute",
		`tags[colour eq "a"]`:                                "unknownAttribute",
		`active eq true`:                                     "ownAttribute",
		`groups.value eq "1"`:                                "ownAttribute",
		`groups[value eq "1"]`:                               "ownAttribute",
		`meta.created gt "2024-01-01T00:00:00Z"`:             "ownAttribute",
		`manager.displayName eq "Ada"`:                       "ownAttribute",
		`manager[displayName eq "Ada"]`:                      "ownAttribute",
		`department eq`:                                      "invalidFilter",
	} {
		_, err := mapping.Parse(text, types)
		got := ""
		if e, ok := models.AsError(err); ok {
			got = e.Code
		}
		if got != code || err != nil && got == "" {
			t.Errorf("%s: %q (%v), want %q", text, got, err, code)
		}
	}
}
