package transform_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/transform"
)

func TestResultsTakeTheTargetsType(t *testing.T) {
	for _, c := range []struct {
		target, expression string
		want               any
	}{
		{customURN + ":floor", `"12"`, json.Number("12")},
		{customURN + ":floor", "floor + 1", json.Number("8")},
		{customURN + ":floor", `nickName`, nil},
		{customURN + ":share", `"1.50"`, json.Number("1.5")},
		{customURN + ":share", `floor / 2`, json.Number("3.5")},
		{customURN + ":contractor", `department == "Research"`, true},
		{customURN + ":contractor", `"No"`, false},
		{customURN + ":hired", `"2024-02-29"`, "2024-02-29T00:00:00Z"},
		{customURN + ":hired", `"20240229093000.0Z"`, "2024-02-29T09:30:00Z"},
		{customURN + ":hired", `"2024-02-29T09:30:00"`, "2024-02-29T09:30:00"},
		{customURN + ":page", `"https://example.com/" + localPart(workEmail)`, "https://example.com/ada.lovelace"},
		{customURN + ":skills", `split("a,b,,c", ",")`, []any{"a", "b", "c"}},
		{customURN + ":skills", `department`, []any{"Research"}},
		{customURN + ":skills", `emails.type`, []any{"work", "home"}},
		{customURN + ":skills", `nickName`, nil},
		{"name.middleName", `upper(left(name.givenName, 1))`, "A"},
		{models.EnterpriseURN + ":manager.value", `employeeNumber`, nil},
		{"profileUrl", `"https://example.com/"`, "https://example.com/"},
		{"title", "emails[0:1]", nil},
		{"nickName", "[department]", "Research"},
		{"nickName", "floor * 1000000000", "7000000000"},
	} {
		got, wrong := give(t, ada(), c.target, c.expression)
		if c.want == nil && wrong != "" || c.target == models.EnterpriseURN+":manager.value" {
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" || wrong != "" {
			t.Errorf("%s ← %s %s (-want +got):\n%s", c.target, c.expression, wrong, diff)
		}
	}
}

func TestTargets(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Title", "title"},
		{"name.GIVENNAME", "name.givenName"},
		{"department", models.EnterpriseURN + ":department"},
		{"manager.value", models.EnterpriseURN + ":manager.value"},
		{"costCode", customURN + ":costCode"},
		{"badge-number", customURN + ":badge-number"},
		{`emails[type eq "Work"]`, `emails[type eq "work"].value`},
		{`phoneNumbers[type eq "mobile"].value`, `phoneNumbers[type eq "mobile"].value`},
		{`addresses[type eq "work"].locality`, `addresses[type eq "work"].locality`},
		{"userName", "!identity providers look people up by the userName they sent"},
		{"id", "!Muster itself answers for it"},
		{"meta", "!Muster itself answers for it"},
		{"meta.created", "!Muster itself answers for it"},
		{"schemas", "!Muster itself answers for it"},
		{"groups", "!membership is kept at the group"},
		{"groups.value", "!membership is kept at the group"},
		{"password", "!Muster keeps none"},
		{"active", "!status of a user has rules of its own"},
		{"externalId", "!the directory’s own name for the person"},
		{"name", "!computed one by one"},
		{"manager", "!computed one by one"},
		{"manager.displayName", "!follows from another value"},
		{"manager.$ref", "!follows from another value"},
		{"emails", "!its value of one type"},
		{"emails.value", "!its value of one type"},
		{`emails[type eq "car"].value`, "!its value of one type"},
		{`emails[value eq "x"].value`, "!its value of one type"},
		{`emails[type eq "work"].display`, "!its value of one type"},
		{"roles", "!list that the directory keeps"},
		{"x509Certificates", "!list that the directory keeps"},
		{`title[type eq "work"]`, "!is no list"},
		{"nothing", "!No user has an attribute nothing"},
		{"", "!names no attribute"},
		{"a b", "!not the name of an attribute"},
		{strings.Repeat("x", 400), "!at most 300"},
	} {
		got, err := transform.ParseTarget(c.text, declared())
		if says, refused := strings.CutPrefix(c.want, "!"); refused {
			if err == nil || !strings.Contains(err.Error(), says) || err.Advice == "" {
				t.Errorf("%q: %v, want …%s…", c.text, err, says)
			}
		} else if err != nil || got.String() != c.want {
			t.Errorf("%q is %s (%v), want %s", c.text, got, err, c.want)
		}
	}
}

// Every target that is offered can be named, and names itself.
func TestTargetsOffered(t *testing.T) {
	list := transform.Targets(declared())
	if len(list) < 30 {
		t.Errorf("only %d targets", len(list))
	}
	for _, a := range list {
		b, err := transform.ParseTarget(a.String(), declared())
		if err != nil || a != b {
			t.Errorf("%s comes back as %s (%v)", a, b, err)
		}
		if a.Short() == "userName" || a.Short() == "active" {
			t.Errorf("%s is offered", a)
		}
	}
}

func mapping(target, expression string, with ...func(*models.AttributeMapping)) models.AttributeMapping {
	m := models.AttributeMapping{ID: target, Target: target, Expression: expression}
	for _, w := range with {
		w(&m)
	}
	return m
}

func onCreate(m *models.AttributeMapping) { m.OnCreate = true }
func fallback(v string) func(*models.AttributeMapping) {
	return func(m *models.AttributeMapping) { m.Fallback = v }
}

func transformOf(t *testing.T, list ...models.AttributeMapping) *transform.Transform {
	t.Helper()
	tr, broken := transform.Compile(list, declared())
	for _, b := range broken {
		t.Fatal(b.Err)
	}
	return tr
}

// What was delivered can be had back exactly, whatever was computed over it.
func TestDeliveredIsLaidBack(t *testing.T) {
	for _, target := range []string{
		"title", "nickName", "name.givenName", "name.middleName", "department", "division", "costCode", "skills",
		`emails[type eq "work"].value`, `emails[type eq "other"].value`, `phoneNumbers[type eq "work"].value`, `addresses[type eq "home"].locality`,
	} {
		for _, expression := range []string{`"x"`, "preferredLanguage", "floor"} {
			tr := transformOf(t, mapping(target, expression))
			doc := ada()
			got := tr.New(doc)
			if diff := cmp.Diff(ada(), doc); diff != "" {
				t.Fatalf("%s ← %s changed what was delivered:\n%s", target, expression, diff)
			}
			stored, err := transform.ReadOverlay(got.Overlay.String())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(doc, stored.Over(got.Document)); diff != "" {
				t.Errorf("%s ← %s (-delivered +laid back):\n%s", target, expression, diff)
			}
			if again := tr.Again(stored.Over(got.Document), got.Document, stored); !reflect.DeepEqual(again.Document, got.Document) || again.Overlay.String() != got.Overlay.String() {
				t.Errorf("%s ← %s: computed again it is %v", target, expression, again.Document)
			}
		}
	}
}

func TestOverlayIsSparse(t *testing.T) {
	got := transformOf(t, mapping("title", "title"), mapping("department", "upper(department)"), mapping("nickName", "name.givenName")).New(ada())
	want := `{"nickName":null,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department":"Research"}`
	if got.Overlay.String() != want {
		t.Errorf("overlay %s", got.Overlay)
	}
	if got.Rule("department") != "department" || got.Rule("title") != "title" || got.Rule("userName") != "" {
		t.Errorf("computed by %v", got.By)
	}
	if transform.Overlay(nil).String() != "" || transformOf(t).New(ada()).Overlay.String() != "" {
		t.Error("nothing computed is not nothing")
	}
	if _, err := transform.ReadOverlay("{"); err == nil {
		t.Error("a torn overlay is read")
	}
}

func TestDefaultsAndFailures(t *testing.T) {
	tr := transformOf(t, mapping("nickName", "preferredLanguage", fallback("none")), mapping("title", "preferredLanguage"),
		mapping("floor", "department", fallback("3")), mapping("costCode", "title - 1"))
	got := tr.New(ada())
	own, _ := got.Document[customURN].(map[string]any)
	if got.Document["nickName"] != "none" || got.Document["title"] != nil || own["floor"] != json.Number("3") || own["costCode"] != "NW-4711" {
		t.Errorf("%v", got.Document)
	}
	if len(got.Notes) != 2 || !got.Notes[0].Default || got.Notes[1].Default || got.Notes[1].Target.Short() != "costCode" {
		t.Errorf("notes %v", got.Notes)
	}
}

func TestOnlyAtTheStart(t *testing.T) {
	tr := transformOf(t, mapping("title", "department", onCreate), mapping("nickName", "department"))
	first := tr.New(ada())
	if first.Document["title"] != "Research" {
		t.Fatalf("%v", first.Document)
	}
	delivered := ada()
	delivered[models.EnterpriseURN] = map[string]any{"department": "Sales"}
	second := tr.Again(delivered, first.Document, first.Overlay)
	if second.Document["title"] != "Research" || second.Document["nickName"] != "Sales" || second.Overlay["title"] != "Head of Analysis" {
		t.Errorf("%v %v", second.Document, second.Overlay)
	}
	delivered["title"] = "Countess"
	third := tr.Again(delivered, second.Document, second.Overlay)
	if _, behind := third.Overlay["title"]; third.Document["title"] != "Countess" || behind {
		t.Errorf("%v %v", third.Document, third.Overlay)
	}
}

func TestBrokenMappingsAreToldAndSkipped(t *testing.T) {
	off := mapping("nickName", "syntax (")
	off.Disabled = true
	tr, broken := transform.Compile([]models.AttributeMapping{
		mapping("gone", "title"), mapping("title", "gone"), mapping("floor", "title", fallback("high")), mapping("department", "lower(department)"), off,
	}, declared())
	if len(broken) != 3 || broken[2].Err.Attr != "fallback" {
		t.Errorf("broken %v", broken)
	}
	if got := tr.New(ada()).Document[models.EnterpriseURN].(map[string]any)["department"]; got != "research" {
		t.Errorf("department %v", got)
	}
}

func TestWithoutForgetsWhatWasChangedByHand(t *testing.T) {
	o := transform.Overlay{"title": "a", "nickName": nil}
	kept := o.Without(models.Attributes{"title": "b", "nickName": "n"}, models.Attributes{"title": "c", "nickName": "n"})
	if _, still := kept["title"]; still || len(kept) != 1 {
		t.Errorf("%v", kept)
	}
}
