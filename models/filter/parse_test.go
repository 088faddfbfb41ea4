package filter_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models/filter"
)

func eq(name string, v any) filter.Expr {
	return filter.Compare{Path: filter.Path{Name: name}, Op: filter.Eq, Value: v}
}

func TestParse(t *testing.T) {
	department := filter.Path{URN: enterprise, Name: "department"}
	tests := []struct {
		text string
		want filter.Expr
	}{
		{`userName eq "bjensen"`, eq("userName", "bjensen")},
		{`USERNAME EQ "bjensen"`, eq("USERNAME", "bjensen")},
		{`userName  eq   "bjensen" `, eq("userName", "bjensen")},
		{`userName eq "a\"b\\c\u00e9"`, eq("userName", `a"b\cé`)},
		{`userName eq "O'Malley & <sons>"`, eq("userName", "O'Malley & <sons>")},
		{`active eq true`, eq("active", true)},
		{`active eq False`, eq("active", false)},
		{`title eq null`, eq("title", nil)},
		{`age gt -1.5e3`, filter.Compare{Path: filter.Path{Name: "age"}, Op: filter.Gt, Value: json.Number("-1.5e3")}},
		{`name.familyName co "x"`, filter.Compare{Path: filter.Path{Name: "name", Sub: "familyName"}, Op: filter.Co, Value: "x"}},
		{`title PR`, filter.Present{Path: filter.Path{Name: "title"}}},
		{enterprise + `:department eq "HR"`, filter.Compare{Path: department, Op: filter.Eq, Value: "HR"}},
		{enterprise + `:manager.value eq "1"`, filter.Compare{Path: filter.Path{URN: enterprise, Name: "manager", Sub: "value"}, Op: filter.Eq, Value: "1"}},
		{enterprise + ` pr`, filter.Present{Path: filter.Path{URN: strings.TrimSuffix(enterprise, ":User"), Name: "User"}}},
		{`a eq 1 or b eq 2 and c eq 3`, filter.Or{
			Left:  eq("a", json.Number("1")),
			Right: filter.And{Left: eq("b", json.Number("2")), Right: eq("c", json.Number("3"))},
		}},
		{`(a eq "1" or b eq "2") and c eq "3"`, filter.And{
			Left:  filter.Or{Left: eq("a", "1"), Right: eq("b", "2")},
			Right: eq("c", "3"),
		}},
		{`a eq "1" AND (b eq "2" AND c eq "3")`, filter.And{Left: eq("a", "1"), Right: filter.And{Left: eq("b", "2"), Right: eq("c", "3")}}},
		{`a eq "1"and(b eq "2")`, filter.And{Left: eq("a", "1"), Right: eq("b", "2")}},
		{`not (a eq "1") and b pr`, filter.And{Left: filter.Not{Expr: eq("a", "1")}, Right: filter.Present{Path: filter.Path{Name: "b"}}}},
		{`NOT(a eq "1")`, filter.Not{Expr: eq("a", "1")}},
		{`notes eq "1"`, eq("notes", "1")},
		{`not eq "1"`, eq("not", "1")},
		{`emails[type eq "work" and value co "@x"]`, filter.ValuePath{
			Path:   filter.Path{Name: "emails"},
			Filter: filter.And{Left: eq("type", "work"), Right: filter.Compare{Path: filter.Path{Name: "value"}, Op: filter.Co, Value: "@x"}},
		}},
		{`emails[type eq "work"].value eq "a@b"`, filter.ValuePath{
			Path: filter.Path{Name: "emails"}, Filter: eq("type", "work"), Then: eq("value", "a@b"),
		}},
		{`name[givenName eq "FOO"].familyName pr`, filter.ValuePath{
			Path: filter.Path{Name: "name"}, Filter: eq("givenName", "FOO"), Then: filter.Present{Path: filter.Path{Name: "familyName"}},
		}},
		{`emails[primary eq false]`, filter.ValuePath{Path: filter.Path{Name: "emails"}, Filter: filter.Not{Expr: eq("primary", true)}}},
		{`emails[Primary NE "True"]`, filter.ValuePath{Path: filter.Path{Name: "emails"}, Filter: filter.Not{Expr: eq("Primary", true)}}},
		{`emails.primary eq "False"`, filter.ValuePath{Path: filter.Path{Name: "emails"}, Filter: filter.Not{Expr: eq("primary", true)}}},
		{`emails.primary ne false`, filter.Compare{Path: filter.Path{Name: "emails", Sub: "primary"}, Op: filter.Eq, Value: true}},
		{`emails[type eq "work"].primary eq false`, filter.ValuePath{
			Path:   filter.Path{Name: "emails"},
			Filter: filter.And{Left: eq("type", "work"), Right: filter.Not{Expr: eq("primary", true)}},
		}},
		{`primary eq false`, eq("primary", false)},
		{`emails[type eq "]"].value eq "("`, filter.ValuePath{Path: filter.Path{Name: "emails"}, Filter: eq("type", "]"), Then: eq("value", "(")}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := filter.Parse(tt.text, filter.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("tree differs (-want +got):\n%s", diff)
			}
			again, err := filter.Parse(got.String(), filter.Limits{})
			if err != nil {
				t.Fatalf("own text %q: %v", got.String(), err)
			}
			if diff := cmp.Diff(got, again); diff != "" {
				t.Errorf("own text %q reads back as another tree:\n%s", got.String(), diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		text   string
		offset int
		says   string
	}{
		{``, 0, "an attribute name"},
		{`   `, 3, "an attribute name"},
		{`userName`, 8, "an operator is missing"},
		{`userName eq`, 11, "a value is missing"},
		{`userName eq bjensen`, 12, `put text in double quotes: "bjensen"`},
		{`userName eq 'bjensen'`, 12, `"'bjensen'" is not a value; put text in double quotes: "bjensen"`},
		{`userName eq "bjensen`, 12, "never closed"},
		{`userName eq "a\x"`, 12, "not valid JSON"},
		{`userName = "x"`, 9, `"=" is not an operator`},
		{`userName eq "x" userName eq "y"`, 16, `"and" or "or"`},
		{`userName eq "x" and`, 19, "an attribute name"},
		{`(userName eq "x"`, 0, "never closed"},
		{`userName eq "x")`, 15, "the end"},
		{`emails[type eq "work"`, 6, "never closed"},
		{`emails[type eq "work"].`, 23, "sub-attribute name"},
		{`emails[type eq "work"].value`, 28, "an operator is missing"},
		{`emails[a[b eq "x"]]`, 8, "brackets cannot stand inside"},
		{`name.x[b eq "x"]`, 0, "brackets follow an attribute"},
		{`1name eq "x"`, 0, "not an attribute name"},
		{`a.b.c eq "x"`, 0, "not an attribute name"},
		{`urn:x: eq "x"`, 0, "not an attribute name"},
		{`bjørn eq "x"`, 0, "not an attribute name"},
		{`age eq 01`, 7, "is not a value"},
		{strings.Repeat("(", 21), 20, "deeper than 20"},
		{strings.Repeat(`a pr and `, 50) + `a pr`, 451, "more than 50 comparisons"},
		{`a eq "` + strings.Repeat("x", 5000) + `"`, 4096, "at most 4096"},
	}
	for _, tt := range tests {
		t.Run(tt.text[:min(len(tt.text), 30)], func(t *testing.T) {
			_, err := filter.Parse(tt.text, filter.Limits{})
			var syntax *filter.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("want a SyntaxError, got %v", err)
			}
			if syntax.Offset != tt.offset || !strings.Contains(syntax.Error(), tt.says) {
				t.Errorf("got offset %d %q, want offset %d and %q", syntax.Offset, syntax, tt.offset, tt.says)
			}
		})
	}
}

func TestLimitsAreConfigurable(t *testing.T) {
	lim := filter.Limits{Length: 10, Depth: 1, Terms: 1}
	for _, text := range []string{`userName eq "x"`, `((a pr))`, `a pr or b`} {
		if _, err := filter.Parse(text, lim); err == nil {
			t.Errorf("%q passed the limits", text)
		}
	}
	if _, err := filter.Parse(`(é pr`+strings.Repeat(" ", 5)+`)`, filter.Limits{Length: 10}); err == nil {
		t.Error("11 characters passed a limit of 10")
	}
}

// A hostile filter must cost the server nothing: no recursion, no allocation
// in proportion to the text.
func TestHundredKilobytesOfParentheses(t *testing.T) {
	text := strings.Repeat("(", 100_000)
	start := time.Now()
	for range 100 {
		if _, err := filter.Parse(text, filter.Limits{}); err == nil {
			t.Fatal("accepted")
		}
	}
	if took := time.Since(start); took > 100*time.Millisecond {
		t.Errorf("100 refusals took %v", took)
	}
	if n := testing.AllocsPerRun(10, func() { _, _ = filter.Parse(text, filter.Limits{}) }); n > 10 {
		t.Errorf("a refusal allocates %v times", n)
	}
}

func TestParsePath(t *testing.T) {
	tests := []struct {
		text string
		want filter.Target
	}{
		{`userName`, filter.Target{Path: filter.Path{Name: "userName"}}},
		{`name.givenName`, filter.Target{Path: filter.Path{Name: "name", Sub: "givenName"}}},
		{`emails[type eq "work"]`, filter.Target{Path: filter.Path{Name: "emails"}, Filter: eq("type", "work")}},
		{`emails[type eq "work"].value`, filter.Target{Path: filter.Path{Name: "emails", Sub: "value"}, Filter: eq("type", "work")}},
		{enterprise + `:manager`, filter.Target{Path: filter.Path{URN: enterprise, Name: "manager"}}},
		{enterprise + `:manager.value`, filter.Target{Path: filter.Path{URN: enterprise, Name: "manager", Sub: "value"}}},
		{`members.$ref`, filter.Target{Path: filter.Path{Name: "members", Sub: "$ref"}}},
		{` title `, filter.Target{Path: filter.Path{Name: "title"}}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := filter.ParsePath(tt.text, filter.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("target differs (-want +got):\n%s", diff)
			}
			if again, err := filter.ParsePath(got.String(), filter.Limits{}); err != nil || !cmp.Equal(got, again) {
				t.Errorf("own text %q reads back as %+v, %v", got.String(), again, err)
			}
		})
	}
	for _, text := range []string{``, `a b`, `a.`, `.a`, `a[`, `a[b eq "x"]c`, `a[b eq "x"].`, `a.b[c pr]`, `/userName`, `a[b pr].c.d`, `a:b.c.d`} {
		if got, err := filter.ParsePath(text, filter.Limits{}); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}
