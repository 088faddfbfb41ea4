package filter_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models/filter"
)

func TestValuesAreWhatComparisonsSee(t *testing.T) {
	doc := map[string]any{
		"title": "", "name": map[string]any{"givenName": "Ada"},
		"emails": []any{map[string]any{"type": "work", "value": "w"}, map[string]any{"type": "home", "value": "h"}, map[string]any{"type": "x"}},
	}
	schema := userAttrs()
	at := func(text string) filter.Path {
		target, err := filter.ParsePath(text, filter.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return target.Path
	}
	for text, want := range map[string][]any{
		"title": nil, "name.givenName": {"Ada"}, "emails": {"w", "h"}, "emails.type": {"work", "home", "x"}, "nothing": nil,
	} {
		if diff := cmp.Diff(want, filter.Values(at(text), doc, schema)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	work, err := filter.Parse(`type eq "WORK"`, filter.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{"w"}, filter.ValuesWhere(at("emails"), work, "value", doc, schema)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{"w", "h"}, filter.ValuesWhere(at("emails"), nil, "value", doc, schema)); diff != "" {
		t.Error(diff)
	}
}
