package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/mapping"
)

var settings = models.OrganizationSettings{Attributes: []models.CustomAttribute{
	{Of: models.UserTarget, Schema: models.CustomSchema(models.UserTarget), Name: "level", Type: "integer"},
	{Of: models.UserTarget, Schema: models.CustomSchema(models.UserTarget), Name: "hired", Type: "dateTime"},
	{Of: models.UserTarget, Schema: models.CustomSchema(models.UserTarget), Name: "vip", Type: "boolean"},
	{Of: models.UserTarget, Schema: models.CustomSchema(models.UserTarget), Name: "skills", Type: "string", Multi: true},
}}

// person is a user of the tables; each case changes what it needs.
func person(edit func(doc, work map[string]any)) models.Attributes {
	work := map[string]any{"department": "Sales", "division": "EMEA"}
	doc := models.Attributes{
		"userName": "ada@example.com", "title": "Manager",
		"emails": []any{
			map[string]any{"type": "work", "value": "ada@example.com"}, map[string]any{"type": "home", "value": "ada@home.example"},
		},
		models.EnterpriseURN: work,
		models.CustomSchema(models.UserTarget): map[string]any{
			"level": json.Number("7"), "hired": "2024-03-01T00:00:00Z", "vip": true, "skills": []any{"go", "sql"},
		},
	}
	if edit != nil {
		edit(doc, work)
	}
	return doc
}

func department(value string) func(doc, work map[string]any) {
	return func(_, work map[string]any) { work["department"] = value }
}

func named(id string) string { return strings.ToUpper(id[:1]) + id[1:] }

func TestExplainTellsWhatIsAmiss(t *testing.T) {
	noWork := func(doc, _ map[string]any) { delete(doc, models.EnterpriseURN) }
	for _, c := range []struct {
		name   string
		groups []string // wanted
		filter string
		exact  bool
		edit   func(doc, work map[string]any)
		in     []string
		want   []string // sentences of the clauses; "+" begins one that holds
	}{
		{name: "it holds", filter: `department eq "Sales"`, want: []string{"+department is “Sales”."}},
		{name: "in any case", filter: `department eq "SALES"`, want: []string{"+department is “SALES”."}},
		{
			name: "case matters", filter: `department eq "SALES"`, exact: true,
			want: []string{"department is “Sales”; the rule wants department is “SALES”. Only upper and lower case differ, and this rule tells them apart."},
		},
		{
			name: "space at the end", filter: `department eq "Sales"`, edit: department("sales "),
			want: []string{"department is “sales ”; the rule wants department is “Sales”. The user’s value has a space at the end."},
		},
		{
			name: "space at the beginning", filter: `department eq "Sales"`, edit: department(" Sales"),
			want: []string{"department is “ Sales”; the rule wants department is “Sales”. The user’s value has a space at the beginning."},
		},
		{
			name: "space in the middle", filter: `department eq "Field Sales"`, edit: department("Field  Sales"),
			want: []string{"department is “Field  Sales”; the rule wants department is “Field Sales”. The user’s value has a space too many in the middle."},
		},
		{
			name: "the rule's space", filter: `department eq "Sales "`,
			want: []string{"department is “Sales”; the rule wants department is “Sales ”. The rule’s value has a space at the end."},
		},
		{
			name: "a mark that nobody sees", filter: `department eq "Sales"`, edit: department("Sal\u200bes"),
			want: []string{"department is “Sal\u200bes”; the rule wants department is “Sales”. The user’s value has a character that cannot be seen."},
		},
		{
			name: "space and case", filter: `department eq "Sales"`, exact: true, edit: department("sales "),
			want: []string{"department is “sales ”; the rule wants department is “Sales”. The user’s value has a space at the end. Upper and lower case differ too, and this rule tells them apart."},
		},
		{
			name: "another attribute", filter: `department eq "Manager"`,
			want: []string{"department is “Sales”; the rule wants department is “Manager”. title has “Manager”, but the rule asks for department."},
		},
		{
			name: "another attribute, none here", filter: `department eq "Manager"`, edit: noWork,
			want: []string{"has no department; the rule wants department is “Manager”. title has “Manager”, but the rule asks for department."},
		},
		{name: "nothing near", filter: `department eq "Finance"`, want: []string{"department is “Sales”; the rule wants department is “Finance”."}},
		{
			name: "a slip", filter: `department eq "Marketing"`, edit: department("Marketinng"),
			want: []string{"department is “Marketinng”; the rule wants department is “Marketing”. It is spelled a little differently."},
		},
		{
			name: "more than asked", filter: `department eq "Sales"`, edit: department("Sales EMEA"),
			want: []string{"department is “Sales EMEA”; the rule wants department is “Sales”. It contains the wanted text and more; “contains” or “begins with” would match."},
		},
		{
			name: "elsewhere in the text", filter: `department sw "EMEA"`, edit: department("Sales EMEA"),
			want: []string{"department is “Sales EMEA”; the rule wants department begins with “EMEA”. It has the wanted text, but in another place; “contains” would match."},
		},
		{name: "is not", filter: `department ne "Sales"`, want: []string{"department is “Sales”; the rule wants department is not “Sales”."}},
		{name: "absent", filter: `not (title pr)`, want: []string{"title is “Manager”; the rule wants title is absent."}},
		{name: "present", filter: `nickName pr`, want: []string{"has no nickName; the rule wants nickName is present."}},
		{
			name: "one of, with a space", filter: `department eq "Sales" or department eq "Finance"`, edit: department("Finance "),
			want: []string{"department is “Finance ”; the rule wants department is one of “Sales”, “Finance”. The user’s value has a space at the end."},
		},
		{name: "none of", filter: `not (department eq "Sales" or department eq "HR")`, want: []string{"department is “Sales”; the rule wants department is none of “Sales”, “HR”."}},
		{
			name: "two of three hold", filter: `department eq "Sales" and title eq "Managr" and userName pr`,
			want: []string{"+department is “Sales”.", "title is “Manager”; the rule wants title is “Managr”. It is spelled a little differently.", "+userName is present."},
		},
		{
			name: "a choice of attributes", filter: `title eq "Head" or division eq "emea "`,
			want: []string{"title is “Manager”, division is “EMEA”; the rule wants title is “Head” or division is “emea ”. The rule’s value has a space at the end."},
		},
		{
			name: "the other address", filter: `emails[type eq "work"].value ew "@home.example"`,
			want: []string{"emails with type is “work” is “ada@example.com”; the rule wants emails of type “work” ends with “@home.example”. Another of the emails has it, but not one with type is “work”."},
		},
		{name: "no such address", filter: `emails[type eq "other"].value eq "x@y"`, want: []string{"has no emails with type is “other”; the rule wants emails of type “other” is “x@y”."}},
		{name: "a number", filter: `level gt 8`, want: []string{"level is 7; the rule wants level is greater than 8."}},
		{name: "a date", filter: `hired lt "2024-01-01"`, want: []string{"hired is “2024-03-01T00:00:00Z”; the rule wants hired is before “2024-01-01”."}},
		{name: "yes or no", filter: `vip eq false`, want: []string{"vip is true; the rule wants vip is false."}},
		{name: "of several values", filter: `skills eq "rust"`, want: []string{"skills is “go”, “sql”; the rule wants skills is “rust”."}},
		{name: "in the group", groups: []string{"sales"}, in: []string{"sales"}, want: []string{"+is a member of “Sales”."}},
		{name: "in no group", groups: []string{"sales"}, want: []string{"is in no group; the rule wants is a member of “Sales”."}},
		{
			name: "in a group of a close name", groups: []string{"sales"}, in: []string{"sales EMEA", "hr"},
			want: []string{"is in “Sales EMEA”, “Hr”; the rule wants is a member of “Sales”. The name of “Sales EMEA” is close, but it is another group."},
		},
		{
			name: "in many other groups", groups: []string{"sales", "field"}, in: []string{"aaa", "bbb", "ccc", "ddd", "eee", "fff", "ggg"},
			want: []string{"is in “Aaa”, “Bbb”, “Ccc”, “Ddd”, “Eee” and 2 more groups; the rule wants is a member of any of “Sales”, “Field”."},
		},
		{
			name: "group and condition", groups: []string{"sales"}, in: []string{"sales"}, filter: `title eq "Head"`,
			want: []string{"+is a member of “Sales”.", "title is “Manager”; the rule wants title is “Head”."},
		},
		{name: "everyone", want: []string{"+everyone."}},
		{
			name: "a broken rule", filter: `gone eq "x"`,
			want: []string{`the rule wants gone eq "x". The rule is broken and matches nobody. No user has an attribute gone. Choose one from the list, or declare it under Attributes first.`},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := models.Mapping{Name: "it", Position: 1, Groups: c.groups, Filter: c.filter, CaseExact: c.exact}
			rules := mapping.Compile([]models.Mapping{m}, mapping.Types(settings))
			reasons := rules.Explain(mapping.Subject{Document: person(c.edit), Groups: c.in}, named)
			var got []string
			holds := true
			for _, clause := range reasons[0].Clauses {
				s := clause.Sentence()
				if clause.OK {
					s = "+" + s
				}
				holds = holds && clause.OK
				got = append(got, s)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if reasons[0].Matched != holds || reasons[0].Wins != holds {
				t.Errorf("matched %v and wins %v while all clauses hold: %v", reasons[0].Matched, reasons[0].Wins, holds)
			}
		})
	}
}

func TestExplainNamesTheWinner(t *testing.T) {
	rules := mapping.Compile([]models.Mapping{
		{Name: "Everyone", Position: 3},
		{Name: "Heads", Position: 1, Filter: `title eq "Head"`},
		{Name: "Sales", Position: 2, Filter: `department eq "Sales"`},
	}, mapping.Types(settings))
	reasons := rules.Explain(mapping.Subject{Document: person(nil)}, named)
	var got []string
	for _, r := range reasons {
		got = append(got, strings.Join([]string{r.Mapping.Name, word(r.Matched, "matched"), word(r.Wins, "wins"), r.Note}, "|"))
	}
	want := []string{"Heads|||", "Sales|matched|wins|", "Everyone|matched||It matches too, but “Sales” is asked earlier and won."}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	won, ok := rules.First(mapping.Subject{Document: person(nil)})
	if !ok || won.Name != "Sales" {
		t.Errorf("the explanation names Sales, the decision %q", won.Name)
	}
}

func word(yes bool, s string) string {
	if yes {
		return s
	}
	return ""
}

func TestNearestIsTheRuleWithTheFewestFailingClauses(t *testing.T) {
	rules := mapping.Compile([]models.Mapping{
		{Name: "two amiss", Position: 1, Filter: `department eq "HR" and title eq "Head"`},
		{Name: "one amiss", Position: 2, Filter: `department eq "Sales" and title eq "Head"`},
		{Name: "one amiss and close", Position: 3, Filter: `department eq "Sales" and title eq "Manager "`},
		{Name: "as close", Position: 4, Filter: `title eq " Manager"`},
	}, mapping.Types(settings))
	near, ok := mapping.Nearest(rules.Explain(mapping.Subject{Document: person(nil)}, named))
	if !ok || near.Mapping.Name != "one amiss and close" || len(near.Failing()) != 1 {
		t.Errorf("nearest: %v %q with %d failing clauses", ok, near.Mapping.Name, len(near.Failing()))
	}
	got := rules.NearMiss(mapping.Subject{Document: person(nil)}, named)
	if want := "Closest is mapping “one amiss and close”: title is “Manager”; the rule wants title is “Manager ”. The rule’s value has a space at the end."; got != want {
		t.Errorf("in a sentence: %s", got)
	}
	if none := (*mapping.Rules)(nil).NearMiss(mapping.Subject{}, named); none != "" {
		t.Errorf("without rules: %s", none)
	}
	if _, ok := mapping.Nearest(nil); ok {
		t.Error("without rules none is near")
	}
}
