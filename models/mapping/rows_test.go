package mapping_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/filter"
	"muster/models/mapping"
)

var types = mapping.Types(settings)

func parse(t *testing.T, text string) filter.Expr {
	t.Helper()
	e, err := mapping.Parse(text, types)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return e
}

func TestRowsReadFilters(t *testing.T) {
	for _, c := range []struct {
		filter string
		want   string // rows as attr|op|value, joined by and, or; "" cannot be held
		writes string // "" is the same filter
	}{
		{filter: `department eq "Sales"`, want: "department|is|Sales"},
		{filter: `department eq "Sales, Marketing"`, want: "department|is|Sales, Marketing"},
		{filter: `department eq "sales "`, want: "department|is|sales "},
		{filter: `department ne "Sales" and title pr`, want: "department|isNot|Sales and title|present|"},
		{filter: `title sw "Head" or title ew "Lead"`, want: "title|startsWith|Head or title|endsWith|Lead"},
		{filter: `not (title pr)`, want: "title|absent|"},
		{filter: `not (department eq "HR")`, want: "department|isNot|HR", writes: `department ne "HR"`},
		{filter: `department eq "A" or department eq "B, C"`, want: "department|inList|A\nB, C"},
		{filter: `title pr and (department eq "A" or department eq "B")`, want: "title|present| and department|inList|A\nB"},
		{filter: `not (department eq "A" or department eq "B")`, want: "department|notInList|A\nB"},
		{filter: `department eq "A" or department eq "B" or title co "x"`, want: "department|inList|A\nB or title|contains|x"},
		{filter: `title co "x" or (department eq "A" or department eq "B")`, want: "title|contains|x or department|inList|A\nB", writes: `title co "x" or department eq "A" or department eq "B"`},
		{filter: `hired lt "2026-01-31" and level gt 5 and level lt 9`, want: "hired|before|2026-01-31 and level|greater|5 and level|less|9"},
		{filter: `vip eq true`, want: "vip|is|true"},
		{filter: `not (skills eq "go")`, want: "skills|isNot|go"},
		{filter: `emails[type eq "work"].value ew "@example.com"`, want: `emails[type eq "work"].value|endsWith|@example.com`},
		{filter: `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "A"`, want: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department|is|A"},
		{filter: `skills ne "go"`},
		{filter: `title ge "M"`},
		{filter: `title gt "M"`},
		{filter: `title eq ""`},
		{filter: `title eq null`},
		{filter: `vip eq "true"`},
		{filter: `title eq "two\nlines"`},
		{filter: `(department eq "A" and title pr) or vip eq true`},
		{filter: `not (department eq "A" and title pr)`},
		{filter: `not (not (title pr))`},
		{filter: `emails[type eq "work" and value co "x"]`},
	} {
		b, ok := mapping.Rows(parse(t, c.filter), types)
		if got := spelled(b); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%s: %v %q, want %q", c.filter, ok, got, c.want)
			continue
		}
		if !ok {
			continue
		}
		want := c.filter
		if c.writes != "" {
			want = c.writes
		}
		if got, err := b.Filter(types); err != nil || got != want {
			t.Errorf("%s is written as %s: %v", c.filter, got, err)
		}
	}
}

func spelled(b mapping.Builder) string {
	var rows []string
	for _, r := range b.Rows {
		rows = append(rows, r.Attr+"|"+string(r.Op)+"|"+r.Value)
	}
	if b.All {
		return strings.Join(rows, " and ")
	}
	return strings.Join(rows, " or ")
}

func TestRowsRefuse(t *testing.T) {
	for _, c := range []struct {
		row  mapping.Row
		want string
	}{
		{mapping.Row{Op: mapping.Is, Value: "x"}, "names no attribute"},
		{mapping.Row{Attr: "shoeSize", Op: mapping.Is, Value: "x"}, "No user has an attribute shoeSize"},
		{mapping.Row{Attr: "title", Op: mapping.Is}, "has no value"},
		{mapping.Row{Attr: "title", Op: mapping.InList, Value: "\r\n\n"}, "has no value"},
		{mapping.Row{Attr: "level", Op: mapping.Greater, Value: "high"}, "level takes a number, not “high”"},
		{mapping.Row{Attr: "hired", Op: mapping.Before, Value: "soon"}, "hired takes a date, not “soon”"},
		{mapping.Row{Attr: "title", Op: mapping.Before, Value: "2026-01-31"}, "title takes a date"},
		{mapping.Row{Attr: "title", Op: mapping.Less, Value: "3"}, "title takes no size"},
		{mapping.Row{Attr: "vip", Op: mapping.Is, Value: "perhaps"}, "vip takes true or false"},
		{mapping.Row{Attr: "title", Op: mapping.Is, Value: "one\r\ntwo"}, "has several lines"},
		{mapping.Row{Attr: "title", Op: "sounds like", Value: "x"}, "cannot ask"},
	} {
		b := mapping.Builder{All: true, Rows: []mapping.Row{{Attr: "title", Op: mapping.Present}, c.row}}
		_, err := b.Filter(types)
		e, ok := models.AsError(err)
		if !ok || !strings.Contains(e.Msg, c.want) || e.Attr != "row2" || e.Advice == "" {
			t.Errorf("%+v: %v, want %q at row2", c.row, err, c.want)
		}
	}
}

// TestRowsAndFilterSayTheSame makes rows at random: written as a filter and read
// back they are the same text, and that asks users what the rows ask.
func TestRowsAndFilterSayTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 3000 {
		b := randomRows(r)
		text, err := b.Filter(types)
		if err != nil {
			t.Fatalf("%+v: %v", b, err)
		}
		e := parse(t, text)
		again, ok := mapping.Rows(e, types)
		if !ok {
			t.Fatalf("%s cannot be read back", text)
		}
		if got, err := again.Filter(types); err != nil || got != text {
			t.Fatalf("%s is written as %s: %v", text, got, err)
		}
		for range 5 {
			doc := randomPerson(r)
			if got, want := filter.Match(e, doc, types), rowsHold(t, b, doc); got != want {
				t.Fatalf("%s of %v: %v, its rows: %v", text, doc, got, want)
			}
		}
	}
}

func rowsHold(t *testing.T, b mapping.Builder, doc models.Attributes) bool {
	t.Helper()
	held := 0
	for _, row := range b.Rows {
		text, err := mapping.Builder{All: true, Rows: []mapping.Row{row}}.Filter(types)
		if err != nil {
			t.Fatal(err)
		}
		if filter.Match(parse(t, text), doc, types) {
			held++
		}
	}
	return b.All && held == len(b.Rows) || !b.All && held > 0
}

var rowTexts = []string{"A", "B", "a, b", `say "x"`, "sales ", "ü"}

func randomRows(r *rand.Rand) mapping.Builder {
	b := mapping.Builder{All: r.IntN(2) == 0}
	text := func() string { return rowTexts[r.IntN(len(rowTexts))] }
	for range 1 + r.IntN(4) {
		row := mapping.Row{Attr: []string{"department", "title", "skills", `emails[type eq "work"].value`}[r.IntN(4)], Value: text()}
		switch op := mapping.RowOps()[r.IntN(len(mapping.RowOps()))]; op {
		case mapping.Before, mapping.After:
			row = mapping.Row{Attr: "hired", Op: op, Value: "2025-06-01"}
		case mapping.Greater, mapping.Less:
			row = mapping.Row{Attr: "level", Op: op, Value: "5"}
		case mapping.InList, mapping.NotInList:
			row.Op = op
			for range r.IntN(3) {
				row.Value += "\r\n" + text()
			}
		case mapping.Present, mapping.Absent:
			row.Op, row.Value = op, ""
		default:
			row.Op = op
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}

func randomPerson(r *rand.Rand) models.Attributes {
	text := func() string { return rowTexts[r.IntN(len(rowTexts))] }
	return person(func(doc, work map[string]any) {
		work["department"], doc["title"] = text(), text()
		if r.IntN(3) == 0 {
			delete(work, "department")
		}
		doc["emails"] = []any{map[string]any{"type": "work", "value": text()}, map[string]any{"type": "home", "value": text()}}
		own, _ := doc[models.CustomSchema(models.UserTarget)].(map[string]any)
		own["skills"] = []any{text(), text()}
	})
}

func TestWordsReadAloud(t *testing.T) {
	var got []string
	for _, text := range []string{
		`department eq "Sales" and (title sw "Head" or title ew "Lead")`,
		`(department eq "A" and title pr) or vip eq true`,
		`department eq "A" or department eq "B"`,
		`title eq null or not (title co "x")`,
		`emails[type eq "work" and primary eq true]`,
	} {
		got = append(got, mapping.Words(parse(t, text), types))
	}
	want := []string{
		"department is “Sales” and (title begins with “Head” or title ends with “Lead”)",
		"(department is “A” and title is present) or vip is true",
		"department is one of “A”, “B”",
		"title is absent or not (title contains “x”)",
		"emails has one with type is “work” and primary is true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
