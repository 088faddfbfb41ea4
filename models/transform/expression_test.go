package transform_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/scim"
	"muster/models/transform"
)

const customURN = "urn:ietf:params:scim:schemas:extension:custom:2.0:User"

// declared are the custom attributes of the tests' organization.
func declared() *scim.Type {
	list := []models.CustomAttribute{}
	for _, a := range []models.CustomAttribute{
		{Name: "costCode", Type: "string"},
		{Name: "floor", Type: "integer"},
		{Name: "share", Type: "decimal"},
		{Name: "contractor", Type: "boolean"},
		{Name: "hired", Type: "dateTime"},
		{Name: "skills", Type: "string", Multi: true},
		{Name: "badge-number", Type: "string"},
		{Name: "page", Type: "reference"},
	} {
		a.Of, a.Schema = models.UserTarget, customURN
		list = append(list, a)
	}
	return scim.User(scim.CustomSchemas(list, models.UserTarget)...)
}

func ada() models.Attributes {
	doc := transform.Example()
	doc[customURN] = map[string]any{
		"costCode": "NW-4711", "floor": json.Number("7"), "share": json.Number("0.50"), "contractor": false,
		"hired": "2024-02-29T09:30:00Z", "skills": []any{"go", "sql", "go"}, "badge-number": "B7",
	}
	return doc
}

// give computes one attribute of a record.
func give(t *testing.T, doc models.Attributes, target, expression string) (any, string) {
	t.Helper()
	tr, broken := transform.Compile([]models.AttributeMapping{{ID: "m", Target: target, Expression: expression}}, declared())
	if len(broken) > 0 {
		return nil, broken[0].Err.Error()
	}
	got := tr.New(doc)
	if len(got.Notes) > 0 {
		return nil, got.Notes[0].Msg
	}
	return valueAt(got.Document, target), ""
}

func valueAt(doc models.Attributes, target string) any {
	if i := strings.LastIndexByte(target, ':'); i >= 0 && strings.HasPrefix(target, "urn:") {
		doc, _ = doc[target[:i]].(map[string]any)
		target = target[i+1:]
	}
	name, sub, _ := strings.Cut(target, ".")
	if sub == "" {
		return doc[name]
	}
	m, _ := doc[name].(map[string]any)
	return m[sub]
}

func TestExpressions(t *testing.T) {
	for _, c := range []struct {
		expression string
		want       any
	}{
		// A path copies, however it is spelled.
		{"title", "Head of Analysis"},
		{"TITLE", "Head of Analysis"},
		{" department ", "Research"},
		{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "Research"},
		{"name.givenName", "Ada"},
		{"Name.FamilyName", "Lovelace"},
		{`emails[type eq "work"].value`, "ada.lovelace@example.com"},
		{`emails[type eq "HOME"].value`, "ada@home.example"},
		{`emails[type eq "other"].value`, nil},
		{"externalId", "00u1"},
		{"costCode", "NW-4711"},
		{"badge-number", "B7"},
		{customURN + ":costCode", "NW-4711"},
		{"floor", "7"},
		{"contractor", "false"},
		// Names and parts in expressions; what is absent is nothing.
		{"workEmail", "ada.lovelace@example.com"},
		{"workPhone", nil},
		{"nickName", nil},
		{"name.middleName", nil},
		{"manager.value", nil},
		{`(name.middleName) + ""`, nil},
		{"emails[0].value", "ada.lovelace@example.com"},
		{"emails[1].value", "ada@home.example"},
		{"emails[-1].value", "ada@home.example"},
		{"emails[7].value", nil},
		{"phoneNumbers[0].value", nil},
		{"manager?.value", nil},
		{"badge_number", "B7"},
		{`find(emails, .type == "home").value`, "ada@home.example"},
		{`join(", ", filter(emails, .primary).value)`, "ada.lovelace@example.com"},
		{`join(", ", map(emails, lower(.type)))`, "work, home"},
		{`any(emails, .value endsWith "home.example") ? "two" : "one"`, "two"},
		{`all(emails, .primary) ? "all" : "some"`, "some"},
		{`none(phoneNumbers, .primary) ? "no phone" : "phone"`, "no phone"},
		{"join(\"|\", emails.value)", "ada.lovelace@example.com|ada@home.example"},
		// Operators know what is absent.
		{`name.givenName + " " + name.familyName`, "Ada Lovelace"},
		{`name.givenName + nickName`, "Ada"},
		{`nickName + "x"`, "x"},
		{`"Floor " + floor`, "Floor 7"},
		{"floor + 1", "8"},
		{"floor * 2 - 4", "10"},
		{"floor / 2", "3.5"},
		{"floor % 4", "3"},
		{"share + 1", "1.5"},
		{`floor > 5 ? "high" : "low"`, "high"},
		{`nickName > "a" ? "yes" : "no"`, "no"},
		{`contractor ? "external" : "internal"`, "internal"},
		{`!contractor ? "internal" : "external"`, "internal"},
		{`nickName ?? title`, "Head of Analysis"},
		{`title contains "Analysis" and not contractor ? "a" : "b"`, "a"},
		{`nickName contains "x" or title startsWith "Head" ? "a" : "b"`, "a"},
		{`title endsWith "is" ? "a" : "b"`, "a"},
		{`title matches "^Head of" ? "lead" : "staff"`, "lead"},
		{`nickName matches "^x" ? "lead" : "staff"`, "staff"},
		{`department in ["Research", "Sales"] ? "in" : "out"`, "in"},
		{`"go" in skills ? "gopher" : "none"`, "gopher"},
		{`department == "Research" ? (floor >= 7 ? "up" : "down") : "out"`, "up"},
		{`if contractor { "x" } else { "y" }`, "y"},
		{`title | lower() | left(4)`, "head"},
		// Functions beyond their own examples.
		{`firstOf(nickName, "", title)`, "Head of Analysis"},
		{`firstOf(nickName, name.middleName)`, nil},
		{`join("-", nickName, department, "", costCode)`, "Research-NW-4711"},
		{`join("", nickName)`, nil},
		{`join(", ", unique(skills))`, "go, sql"},
		{`split(costCode, "-")[1]`, "4711"},
		{`split(costCode, "/")[3]`, nil},
		{`split(nickName, "-")[0]`, nil},
		{`replace(costCode, "", "x")`, "NW-4711"},
		{`lower(nickName)`, nil},
		{`left("Zoë", 3)`, "Zoë"},
		{`right("ab", 9)`, "ab"},
		{`mid("abcdef", 3, 2)`, "cd"},
		{`mid("abc", 9, 2)`, nil},
		{`len(nickName)`, "0"},
		{`len(skills)`, "3"},
		{`domainOf(nickName)`, nil},
		{`domainOf("nobody")`, nil},
		{`localPart("nobody")`, "nobody"},
		{`switch(department, "x")`, "x"},
		{`switch(floor, "x", "7", "seventh")`, "seventh"},
		{`switch(nickName, "x", "a", "b")`, "x"},
		{`formatDate(hired, "d MMMM yyyy, EEEE")`, "29 February 2024, Thursday"},
		{`formatDate("20240229093000.0Z", "yy-MM-dd HH:mm:ss")`, "24-02-29 09:30:00"},
		{`formatDate("29.02.2024", "'Day' d'/'M")`, "Day 29/2"},
		{`formatDate(nickName, "yyyy")`, nil},
		{`capitalize("anne-marie von trapp")`, "Anne-Marie Von Trapp"},
		{`number("0042") + 0`, "42"},
	} {
		got, wrong := give(t, ada(), "nickName", c.expression)
		if wrong != "" {
			t.Errorf("%s: %s", c.expression, wrong)
		} else if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.expression, diff)
		}
	}
}

// The help's examples give what it says.
func TestFunctionsGiveWhatTheHelpSays(t *testing.T) {
	for _, f := range transform.Functions() {
		got, wrong := give(t, transform.Example(), "nickName", f.Example)
		if got != f.Gives || wrong != "" {
			t.Errorf("%s gives %v (%s), the help says %q", f.Example, got, wrong, f.Gives)
		}
		if f.Form == "" || f.Says == "" {
			t.Errorf("%s is not explained", f.Name)
		}
	}
}

func TestExpressionsThatAreRefused(t *testing.T) {
	for _, c := range []struct{ expression, says string }{
		{"", "has no expression"},
		{strings.Repeat("x", 2001), "2001 characters; at most 2000"},
		{"titel", "No user has an attribute titel. Perhaps title is meant"},
		{"givenName", "No user has an attribute givenName"},
		{"Sales", "Text stands in double quotes"},
		{"name.givnName", "name has no part givnName. Its parts are"},
		{"title.value + 1", "title has no parts"},
		{"lower(title", "cannot be read"},
		{"title +", "cannot be read"},
		{"now()", "There is no function now. Use one of firstOf"},
		{"repeat(title, 1000)", "There is no function repeat"},
		{"reduce(emails, #acc + #)", "There is no function reduce"},
		{"title.lower()", "A value has no functions of its own"},
		{`contains(title, "x")`, `title contains "Lead"`},
		{"let a = title; a + a", "no variables"},
		{"title; title", "no variables"},
		{"1..1000", "no ranges"},
		{"2 ** 100", "to a power"},
		{"title[0:2]", "Use left, right or mid"},
		{"{a: title}", "one attribute at a time"},
		{"any(emails, any(emails, .primary))", "a list within a list"},
		{"title matches department", "not written out"},
		{`title matches "("`, "cannot be read"},
		{"password", "Muster itself answers for it"},
		{`groups[0].value + ""`, "Muster itself answers for it"},
		{"id", "Muster itself answers for it"},
		{"$env", "No user has an attribute $env"},
		{`emails[type ne "work"].value`, "found by its type alone"},
		{"title\x00", "character that text cannot have"},
	} {
		_, wrong := give(t, ada(), "nickName", c.expression)
		if !strings.Contains(wrong, c.says) {
			t.Errorf("%.60s: %q, want …%s…", c.expression, wrong, c.says)
		}
	}
}

func TestExpressionsThatFailOnARecord(t *testing.T) {
	long := ada()
	long["title"] = strings.Repeat("x", 8000)
	for _, c := range []struct{ target, expression, says string }{
		{"nickName", "emails", "gives 2 values where nickName takes one"},
		{"nickName", "emails[0]", "name one of them, such as .value"},
		{"nickName", "name", "name one of them"},
		{"nickName", "lower(skills)", "lower: a list stands where text is needed"},
		{"nickName", `title ? "a" : "b"`, "stands where a condition is needed"},
		{"nickName", "floor / 0", "divided by zero"},
		{"nickName", "title - 1", "- needs numbers on both sides"},
		{"nickName", "floor > title ? 1 : 2", "compares two numbers or two texts"},
		{"nickName", "title + title", "grows beyond 8192 characters"},
		{"nickName", `replace(title, "x", title)`, "grows beyond 8192 characters"},
		{"nickName", `join(title, "a", "b", "c")`, "grows beyond 8192 characters"},
		{"nickName", `formatDate(department, "yyyy")`, `"Research" is not a date`},
		{"nickName", `formatDate(hired, "yyyy-mmm-qq")`, "is no word of a layout"},
		{"nickName", `left(title, -1)`, "left: the number of characters"},
		{"nickName", `left(title)`, "left is written left(text, number)"},
		{"nickName", `switch(title, "a", "b")`, "each case needs a result"},
		{"nickName", `number(title)`, "is not a number"},
		{"displayName", "left(title, 1025)", "has 1025 characters, and displayName at most 1024"},
		{customURN + ":floor", "department", `"Research" is not a whole number`},
		{customURN + ":floor", "share", "is not a whole number"},
		{customURN + ":share", "department", "is not a number"},
		{customURN + ":contractor", "department", "is neither true nor false"},
		{customURN + ":hired", "department", "is not a time such as"},
	} {
		_, wrong := give(t, long, c.target, c.expression)
		if !strings.Contains(wrong, c.says) {
			t.Errorf("%s ← %s: %q, want …%s…", c.target, c.expression, wrong, c.says)
		}
	}
}
