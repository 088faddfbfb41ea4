package source_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/source"
)

const enterprise = models.EnterpriseURN

func TestPlace(t *testing.T) {
	places := map[string]source.Place{
		"title":                              {Attr: "title"},
		"name.givenName":                     {Attr: "name", Sub: "givenName"},
		`emails[type eq "work"].value`:       {Attr: "emails", Type: "work", Sub: "value"},
		`addresses[type eq "work"].locality`: {Attr: "addresses", Type: "work", Sub: "locality"},
		enterprise + ":department":           {URN: enterprise, Attr: "department"},
	}
	doc := models.Attributes{}
	for path, place := range places {
		if place.String() != path {
			t.Errorf("%+v is %s", place, place)
		}
		place.Put(doc, "x")
		place.Put(doc, "y")
	}
	want := models.Attributes{
		"title": "y", "name": map[string]any{"givenName": "y"},
		"emails":    []any{map[string]any{"type": "work", "value": "y", "primary": true}},
		"addresses": []any{map[string]any{"type": "work", "locality": "y"}},
		enterprise:  map[string]any{"department": "y"},
	}
	if diff := cmp.Diff(want, doc); diff != "" {
		t.Error(diff)
	}
	for _, place := range places {
		place.Clear(doc)
		place.Clear(doc)
	}
	if len(doc) != 0 {
		t.Errorf("%v is left", doc)
	}
}

// TestOnto sees that a record changes what it says, and nothing beside it.
func TestOnto(t *testing.T) {
	have := models.Attributes{
		"userName": "ann", "title": "Cook", "nickName": "A",
		"emails":       []any{map[string]any{"type": "home", "value": "a@home.test", "primary": true}},
		"phoneNumbers": []any{map[string]any{"type": "WORK", "value": "1"}, map[string]any{"type": "mobile", "value": "2"}},
		enterprise:     map[string]any{"department": "Kitchen", "manager": map[string]any{"value": "m"}},
	}
	kept := models.CopyAttributes(have)
	r := source.Record{Values: []source.Value{
		{Place: source.Place{Attr: "title"}},
		{Place: source.Place{Attr: "emails", Type: "work", Sub: "value"}, Is: "a@work.test"},
		{Place: source.Place{Attr: "phoneNumbers", Type: "work", Sub: "value"}, Is: "3"},
		{Place: source.Place{Attr: "phoneNumbers", Type: "mobile", Sub: "value"}},
		{Place: source.Place{URN: enterprise, Attr: "department"}},
	}}
	want := models.Attributes{
		"userName": "ann", "nickName": "A",
		"emails": []any{
			map[string]any{"type": "home", "value": "a@home.test", "primary": true}, map[string]any{"type": "work", "value": "a@work.test"},
		},
		"phoneNumbers": []any{map[string]any{"type": "WORK", "value": "3"}},
		enterprise:     map[string]any{"manager": map[string]any{"value": "m"}},
	}
	if diff := cmp.Diff(want, r.Onto(have)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(kept, have); diff != "" {
		t.Errorf("the document it was written over changed:\n%s", diff)
	}
	if n := len(r.Cleared()); n != 3 {
		t.Errorf("%d places are cleared", n)
	}
}

func TestThen(t *testing.T) {
	yes, no := true, false
	name, title := source.Place{Attr: "userName"}, source.Place{Attr: "title"}
	first := source.Record{
		Anchor: "1", Values: []source.Value{{name, "ann"}, {title, "Cook"}}, Raw: map[string]any{"a": 1, "b": 2},
		Enabled: &yes, Manager: &source.Manager{Is: "m"},
	}
	later := source.Record{Anchor: "1", Values: []source.Value{{title, nil}}, Raw: map[string]any{"b": nil}, Enabled: &no}
	want := source.Record{
		Anchor: "1", Values: []source.Value{{name, "ann"}, {title, nil}}, Raw: map[string]any{"a": 1, "b": nil},
		Enabled: &no, Manager: &source.Manager{Is: "m"},
	}
	if diff := cmp.Diff(want, first.Then(later)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(first, first.Then(source.Record{Anchor: "1", Half: true})); diff != "" {
		t.Errorf("half a record changed a whole one:\n%s", diff)
	}
	if whole := (source.Record{Anchor: "1", Half: true}).Then(first); whole.Half || whole.Text("userName") != "ann" {
		t.Errorf("%+v", whole)
	}
	for _, test := range []struct{ have, later, want *source.Manager }{
		{nil, nil, nil},
		{nil, &source.Manager{Not: []string{"m"}}, &source.Manager{Not: []string{"m"}}},
		{&source.Manager{Is: "n"}, &source.Manager{Not: []string{"m"}}, &source.Manager{Is: "n"}},
		{&source.Manager{Is: "m"}, &source.Manager{Not: []string{"m"}}, &source.Manager{Not: []string{"m"}}},
		{&source.Manager{Not: []string{"m"}}, &source.Manager{Is: "n"}, &source.Manager{Is: "n"}},
		{&source.Manager{Is: "m"}, &source.Manager{}, &source.Manager{}},
		{&source.Manager{}, &source.Manager{Not: []string{"m"}}, &source.Manager{}},
		{&source.Manager{Not: []string{"n"}}, &source.Manager{Not: []string{"m"}}, &source.Manager{Not: []string{"n", "m"}}},
	} {
		have := source.Record{Manager: test.have}.Then(source.Record{Manager: test.later}).Manager
		if diff := cmp.Diff(test.want, have); diff != "" {
			t.Errorf("%+v then %+v:\n%s", test.have, test.later, diff)
		}
	}
}

func TestManagerFrom(t *testing.T) {
	for _, test := range []struct {
		m           *source.Manager
		known, want string
	}{
		{nil, "m", "m"},
		{&source.Manager{Is: "n"}, "m", "n"},
		{&source.Manager{}, "m", ""},
		{&source.Manager{Not: []string{"a", "m"}}, "m", ""},
		{&source.Manager{Not: []string{"a"}}, "m", "m"},
		{&source.Manager{Not: []string{"a"}}, "", ""},
	} {
		if have := test.m.From(test.known); have != test.want {
			t.Errorf("%+v from %q is %q", test.m, test.known, have)
		}
	}
}

func TestFailure(t *testing.T) {
	below := errors.New("canary")
	f := &source.Failure{Code: source.Throttled, Msg: "It said wait.", Advice: "Wait.", Err: below}
	err := fmt.Errorf("read: %w", f)
	e, ok := models.AsError(err)
	if !ok || e.Kind != models.RateLimited || e.Code != string(source.Throttled) || e.Msg != f.Msg || e.Advice != f.Advice {
		t.Errorf("%+v", e)
	}
	if source.CodeOf(err) != source.Throttled || !errors.Is(err, below) || f.Error() != "It said wait. Wait." {
		t.Errorf("%v", err)
	}
	if source.CodeOf(below) != "" || !source.Throttled.Passes() || source.SecretExpired.Passes() || source.ResyncNeeded.Passes() {
		t.Error("failures are classed wrongly")
	}
}
