package filter_test

import (
	"encoding/json"
	"testing"

	"muster/models/filter"
)

func barbara() map[string]any {
	return map[string]any{
		"userName":   "BJensen@Example.com",
		"externalId": "AbC",
		"active":     true,
		"age":        json.Number("9007199254740993"),
		"name":       map[string]any{"givenName": "Barbara", "familyName": "Jensen"},
		"emails": []any{
			map[string]any{"value": "babs@work.example", "type": "work", "primary": true},
			map[string]any{"value": "babs@home.example", "type": "home"},
		},
		"roles":    []any{map[string]any{"display": "Queen"}},
		"tags":     []any{"red", "Green"},
		"meta":     map[string]any{"lastModified": "2011-05-13T04:42:34.123Z"},
		enterprise: map[string]any{"department": "R&D", "manager": map[string]any{"value": "m-1"}},
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{`userName eq "bjensen@example.COM"`, true},
		{`USERNAME eq "bjensen@example.com"`, true},
		{`userName eq "ｂjensen@example.com"`, true},
		{`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "bj"`, true},
		{`userName ne "bjensen@example.com"`, false},
		{`externalId eq "abc"`, false},
		{`externalId eq "AbC"`, true},
		{`userName co "JENSEN"`, true},
		{`userName ew ".com"`, true},
		{`userName sw "x"`, false},
		{`userName gt "bja"`, true},
		{`userName le "a"`, false},
		{`active eq true`, true},
		{`active eq "True"`, true},
		{`active ne true`, false},
		{`active eq "yes"`, false},
		{`age eq 9007199254740992`, false},
		{`age ge 9007199254740993`, true},
		{`age lt "9007199254740994"`, true},
		{`age gt 1.5`, true},
		{`age eq true`, false},
		{`name.familyName eq "jensen"`, true},
		{`name pr`, true},
		{`name eq "x"`, false},
		{`title pr`, false},
		{`not (title pr)`, true},
		{`title eq "x"`, false},
		{`title ne "x"`, true},
		{`title eq null`, true},
		{`title ne null`, false},
		{`userName eq null`, false},
		{`userName ne null`, true},
		{`name eq null`, false},
		{`name ne null`, true},
		{`roles eq null`, false},
		{`roles ne null`, true},
		{`roles.value eq null`, true},
		{`roles ne "1"`, true},
		{`roles eq "1"`, false},
		{enterprise + ` ne null`, true},
		{`unknown eq null`, true},
		{`unknown ne null`, false},
		{`unknown eq "x"`, false},
		{`unknown pr`, false},
		{`emails eq "BABS@home.example"`, true},
		{`emails.value eq "babs@home.example"`, true},
		{`emails.type eq "other"`, false},
		{`emails.type ne "work"`, true},
		{`emails pr`, true},
		{`emails[type eq "work" and value co "home"]`, false},
		{`emails[type eq "home" and value co "home"]`, true},
		{`emails[primary eq "True"]`, true},
		{`emails[type eq "work"].value eq "babs@work.example"`, true},
		{`emails[type eq "work"].value eq "babs@home.example"`, false},
		{`emails[type eq "home"].primary pr`, false},
		{`emails[not (type eq "work") and value pr]`, true},
		{`name[givenName eq "barbara"].familyName pr`, true},
		{`name[givenName eq "x"].familyName pr`, false},
		{`tags eq "green"`, true},
		{`tags[value eq "red"]`, true},
		{`tags eq "blue"`, false},
		{`meta.lastModified eq "2011-05-13T06:42:34.1230000+02:00"`, true},
		{`meta.lastModified gt "0001-01-03T00:00:00.0000000Z"`, true},
		{`meta.lastModified lt "2011-05-13T04:42:34.1240000Z"`, true},
		{`meta.lastModified sw "2011-05"`, true},
		{`meta.lastModified gt "soon"`, false},
		// 2011-05-13T04:42:34.123Z, as clients write it in URLs and by hand.
		{`meta.lastModified eq "2011-05-13T06:42:34.123 02:00"`, true},
		{`meta.lastModified eq "2011-05-13 06:42:34.123 +02:00"`, true},
		{`meta.lastModified eq "2011-05-13T06:42:34.123+0200"`, true},
		{`meta.lastModified eq "2011-05-13T02:42:34.123-02"`, true},
		{`meta.lastModified eq "2011-05-13 04:42:34.123z"`, true},
		{`meta.lastModified eq "2011-05-13 04:42:34.123"`, true},
		{`meta.lastModified lt "2011-05-13T06:43 02:00"`, true},
		{`meta.lastModified gt "2011-05-13t04:42"`, true},
		{`meta.lastModified gt "2011-05-13 "`, true},
		{enterprise + `:department eq "r&d"`, true},
		{`URN:ietf:params:scim:schemas:extension:enterprise:2.0:user:department eq "r&d"`, true},
		{enterprise + `:manager eq "m-1"`, true},
		{enterprise + `:manager.value eq "M-1"`, false},
		{enterprise + ` pr`, true},
		{`userName eq "x" or active eq true and name.givenName eq "Barbara"`, true},
		{`(userName eq "x" or active eq true) and name.givenName eq "x"`, false},
	}
	types := userAttrs()
	for _, tt := range tests {
		e, err := filter.Parse(tt.text, filter.Limits{})
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if got := filter.Match(e, barbara(), types); got != tt.want {
			t.Errorf("%s is %v, want %v", tt.text, got, tt.want)
		}
	}
}

// Empty text, lists and objects are no value (RFC 7643 section 2.5).
func TestPresentIgnoresEmptyValues(t *testing.T) {
	doc := map[string]any{"title": "", "emails": []any{}, "name": map[string]any{"givenName": ""}, "tags": []any{""}}
	for _, text := range []string{`title pr`, `emails pr`, `name pr`, `tags pr`, enterprise + ` pr`, `title ne null`} {
		e, err := filter.Parse(text, filter.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if filter.Match(e, doc, userAttrs()) {
			t.Errorf("%s holds for an empty value", text)
		}
	}
}

func TestCheckRefusesOrderOfBooleans(t *testing.T) {
	for text, ok := range map[string]bool{
		`active gt true`:                                   false,
		`userName pr and not (active le false)`:            false,
		`emails[primary ge true]`:                          false,
		`emails[type eq "a"].primary lt true`:              false,
		`active ne true or userName gt "a"`:                true,
		`meta.lastModified gt "yesterday"`:                 false,
		`meta[lastModified lt "0"]`:                        false,
		`meta.lastModified ge 1700000000`:                  false,
		`meta.lastModified ge null`:                        false,
		`meta.lastModified ge "2026-01-23"`:                true,
		`meta.lastModified ge "2026-01-23T01:02:03 01:00"`: true,
		`meta.lastModified ge "2026-01-23T01:02:03 soon"`:  false,
		`meta.lastModified ne "yesterday"`:                 true,
		`meta.lastModified sw "2026"`:                      true,
		`age gt "young"`:                                   false,
		`age gt "true"`:                                    false,
		`age gt ""`:                                        false,
		`age gt "5" and age le 7`:                          true,
	} {
		e, err := filter.Parse(text, filter.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if err := filter.Check(e, userAttrs()); (err == nil) != ok {
			t.Errorf("Check(%s) = %v", text, err)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"":              "",
		"bjensen":       "bjensen",
		"BJensen":       "bjensen",
		"ＢＪｅｎｓｅｎ":       "bjensen",
		"Straße":        "strasse",
		"É":             "é",
		"E\u0301":       "é",
		"\u00c5ngström": "ångström",
		"ΣΊΣΥΦΟΣ":       "σίσυφοσ",
		"a\xffb":        "a\ufffdb",
	} {
		if got := filter.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}
