package scim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muster/models/filter"
	"muster/models/scim"
)

func split(t testing.TB, ops string, lim scim.Limits) (rest []string, members []scim.MemberOp, notes []string, err error) {
	t.Helper()
	list, _, err := scim.Group().DecodePatch(`{"schemas":["`+scim.PatchURN+`"],"Operations":[`+ops+`]}`, scim.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	left, members, noted, err := scim.SplitMembers(list, lim)
	for _, op := range left {
		rest = append(rest, op.String())
	}
	return rest, members, codes(noted), err
}

func ids(list ...string) []scim.Member {
	var out []scim.Member
	for _, id := range list {
		out = append(out, scim.Member{Value: id})
	}
	return out
}

func add(list ...string) scim.MemberOp {
	return scim.MemberOp{Kind: scim.MemberAdd, Members: ids(list...)}
}

func remove(list ...string) scim.MemberOp {
	return scim.MemberOp{Kind: scim.MemberRemove, Members: ids(list...)}
}

func replace(list ...string) scim.MemberOp {
	return scim.MemberOp{Kind: scim.MemberReplace, Members: ids(list...)}
}

func TestSplitMembers(t *testing.T) {
	all := scim.MemberOp{Kind: scim.MemberRemoveAll}
	tests := []struct {
		name, ops string
		rest      []string
		want      []scim.MemberOp
		notes     []string
	}{
		{name: "Entra add", ops: `{"op":"Add","path":"members","value":[{"$ref":null,"value":"a"}]}`, want: []scim.MemberOp{add("a")}},
		{name: "Entra remove with value", ops: `{"op":"Remove","path":"members","value":[{"$ref":null,"value":"a"}]}`, want: []scim.MemberOp{remove("a")}, notes: []string{"value-on-remove members"}},
		{name: "Entra remove with filter", ops: `{"op":"remove","path":"members[value eq \"a\"]"}`, want: []scim.MemberOp{remove("a")}},
		{name: "JSON as text", ops: `{"op":"replace","path":"members","value":"[{\"value\":\"a\"},{\"value\":\"b\",\"type\":\"User\"}]"}`, want: []scim.MemberOp{{Kind: scim.MemberReplace, Members: []scim.Member{{Value: "a"}, {Value: "b", Type: "User"}}}}},
		{name: "JSON as text in a list and without path", ops: `{"op":"add","path":"members","value":["{\"value\":\"a\"}"]},{"op":"add","value":"{\"members\":[{\"value\":\"b\"}]}"}`, want: []scim.MemberOp{add("a", "b")}},
		{name: "plain ids", ops: `{"op":"add","path":"members","value":["a","b"]}`, want: []scim.MemberOp{add("a", "b")}, notes: []string{"text-for-object members"}},
		{name: "one plain id", ops: `{"op":"add","path":"members","value":"a"}`, want: []scim.MemberOp{add("a")}, notes: []string{"single-for-list members", "text-for-object members"}},
		{
			name: "one object", ops: `{"op":"add","path":"MEMBERS","value":{"value":"a","displayName":"A","type":"user","display":"A A"}}`,
			want: []scim.MemberOp{{Kind: scim.MemberAdd, Members: []scim.Member{{Value: "a", Type: "User", Display: "A A"}}}}, notes: []string{"single-for-list members"},
		},
		{name: "Okta in one request", ops: `{"op":"remove","path":"members[value eq \"a\"]"},{"op":"add","path":"members","value":[{"value":"b"}]}`, want: []scim.MemberOp{remove("a"), add("b")}},
		{name: "Okta replace", ops: `{"op":"replace","path":"members","value":[{"value":"a"},{"value":"b"},{"value":"a"}]}`, want: []scim.MemberOp{replace("a", "b")}},
		{name: "Okta replace with none", ops: `{"op":"replace","path":"members","value":[]}`, want: []scim.MemberOp{replace()}},
		{name: "Okta name only", ops: `{"op":"replace","value":{"id":"1","displayName":"G"}}`, rest: []string{"replace"}},
		{name: "whole group without path", ops: `{"op":"replace","value":{"displayName":"G","members":[{"value":"a"}]}}`, rest: []string{"replace"}, want: []scim.MemberOp{replace("a")}},
		{name: "members null without path", ops: `{"op":"replace","value":{"displayName":"G","members":null}}`, rest: []string{"replace"}},
		{name: "members alone without path", ops: `{"op":"add","value":{"` + scim.GroupURN + `:members":[{"value":"a"}]}}`, want: []scim.MemberOp{add("a")}},
		{name: "filtered key without path", ops: `{"op":"add","value":{"members[value eq \"a\"].value":"a","members.value":["b"]}}`, want: []scim.MemberOp{add("a", "b")}, notes: []string{"text-for-object members"}},
		{name: "inside the core URN", ops: `{"op":"replace","value":{"` + scim.GroupURN + `":{"displayName":"G","members":[{"value":"a"}]}}}`, rest: []string{"replace"}, want: []scim.MemberOp{replace("a")}},
		{name: "Salesforce", ops: `{"op":"remove","path":"members","value":{"members":[{"$ref":null,"value":"a"}]}}`, want: []scim.MemberOp{remove("a")}, notes: []string{"single-for-list members", "value-on-remove members"}},
		{name: "remove without path", ops: `{"op":"remove","value":{"members":[{"value":"a"}]}}`, want: []scim.MemberOp{remove("a")}, notes: []string{"value-on-remove members"}},
		{name: "remove alone empties", ops: `{"op":"remove","path":"members"}`, want: []scim.MemberOp{all}},
		{name: "Keycloak: null empties", ops: `{"op":"remove","path":"members","value":null},{"op":"replace","path":"displayName","value":"G"}`, rest: []string{"replace displayName"}, want: []scim.MemberOp{all}},
		{name: "remove with an empty list removes nobody", ops: `{"op":"remove","path":"members","value":[]}`, notes: []string{"value-on-remove members"}},
		{
			name: "Keycloak: relative reference", ops: `{"op":"add","path":"members","value":[{"$ref":"Users/a"},{"$ref":"https://h/scim/v2/Groups/g/"}]}`,
			want: []scim.MemberOp{{Kind: scim.MemberAdd, Members: []scim.Member{{Value: "a", Type: "User"}, {Value: "g", Type: "Group"}}}}, notes: []string{"ref-only members"},
		},
		{name: "authentik: one operation per member", ops: `{"op":"add","path":"members","value":[{"value":"a"}]},{"op":"add","path":"members","value":[{"value":"b"}]}`, want: []scim.MemberOp{add("a", "b")}},
		{
			name: "order is kept", ops: `{"op":"remove","path":"members"},{"op":"add","path":"members","value":[{"value":"b"}]},{"op":"remove","path":"members","value":["b"]}`,
			want: []scim.MemberOp{all, add("b"), remove("b")}, notes: []string{"text-for-object members", "value-on-remove members"},
		},
		{name: "several ids in a filter", ops: `{"op":"remove","path":"members[value eq \"a\" or value eq \"b\"]"}`, want: []scim.MemberOp{remove("a", "b")}},
		{name: "by reference", ops: `{"op":"remove","path":"members[$ref eq \"https://h/scim/v2/Users/a\" or $REF eq \"../Groups/g\"]"}`, want: []scim.MemberOp{{Kind: scim.MemberRemove, Members: []scim.Member{{Value: "a", Type: "User"}, {Value: "g", Type: "Group"}}}}},
		{name: "replace by reference", ops: `{"op":"replace","path":"members[$ref eq \"Users/a\"]","value":[{"value":"b"}]}`, want: []scim.MemberOp{{Kind: scim.MemberRemove, Members: []scim.Member{{Value: "a", Type: "User"}}}, add("b")}},
		{name: "add by filter", ops: `{"op":"add","path":"members[value eq \"a\"]","value":{"display":"x"}}`, want: []scim.MemberOp{add("a")}},
		{name: "replace by filter", ops: `{"op":"replace","path":"members[value eq \"a\"]","value":{"value":"b"}}`, want: []scim.MemberOp{remove("a"), add("b")}, notes: []string{"single-for-list members"}},
		{name: "an unknown part among others", ops: `{"op":"replace","value":{"displayName":"G","members.vlaue":"a"}}`, rest: []string{"replace"}, notes: []string{"unknown-attribute members.vlaue"}},
		{name: "replace by the same", ops: `{"op":"replace","path":"members[value eq \"a\" or value eq \"b\"]","value":[{"value":"b"}]}`, want: []scim.MemberOp{remove("a"), add("b")}},
		{name: "display is not ours to set", ops: `{"op":"replace","path":"members[value eq \"a\"].display","value":"A"}`},
		{name: "list in a list", ops: `{"op":"add","path":"members","value":[[{"value":"a"}]]}`, want: []scim.MemberOp{add("a")}},
		{name: "add nothing", ops: `{"op":"add","path":"members","value":null}`},
		{name: "externalId only", ops: `{"op":"replace","path":"externalId","value":"e"}`, rest: []string{"replace externalId"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rest, members, notes, err := split(t, tt.ops, scim.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.rest, rest); diff != "" {
				t.Errorf("rest (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, members, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.notes, notes, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSplitMembersRefuses(t *testing.T) {
	_, _, _, err := split(t, `{"op":"add","path":"members","value":[{"display":"x"}]}`, scim.Limits{})
	wantError(t, err, 400, scim.InvalidValue, `operation 1: members: {"display":"x"} names no member`)
	_, _, _, err = split(t, `{"op":"add","path":"members[type eq \"User\"]","value":"x"}`, scim.Limits{})
	wantError(t, err, 400, scim.NoTarget, "does not say which member")
	_, _, _, err = split(t, `{"op":"replace","path":"members[value eq \"a\"]","value":[7]}`, scim.Limits{})
	wantError(t, err, 400, scim.InvalidValue, "names no member")
	// Every member lacks what none has: such a path would mean all of them.
	for path, says := range map[string]string{
		`members[vlaue ne \"a\"]`:                            "did you mean members",
		`members[type eq \"User\" and not (vlaue eq \"a\")]`: "did you mean members",
		`members[value eq \"a\"].dispaly`:                    "did you mean members.display",
		`members.vlaue`:                                      "did you mean members",
	} {
		_, _, _, err = split(t, `{"op":"remove","path":"`+path+`"}`, scim.Limits{})
		wantError(t, err, 400, scim.InvalidPath, says)
	}
	_, _, _, err = split(t, `{"op":"add","path":"members","value":["a","b","c"]}`, scim.Limits{Values: 2})
	wantError(t, err, 413, "", "more than 2 members")
}

func TestMemberOpMatches(t *testing.T) {
	_, ops, _, err := split(t, `{"op":"remove","path":"members[type eq \"group\" and display sw \"A\"]"}`, scim.Limits{})
	if err != nil || len(ops) != 1 || ops[0].Filter == nil {
		t.Fatalf("%+v, %v", ops, err)
	}
	for m, want := range map[scim.Member]bool{
		{Value: "1", Type: "Group", Display: "admins"}: true,
		{Value: "2", Type: "Group", Display: "users"}:  false,
		{Value: "3", Type: "User", Display: "Ann"}:     false,
	} {
		if got := ops[0].Matcher("https://h")(m); got != want {
			t.Errorf("%+v matches: %v, want %v", m, got, want)
		}
	}
	odd := scim.MemberOp{Filter: filter.Present{Path: filter.Path{Name: "unknown"}}}
	if (scim.MemberOp{}).Matcher("")(scim.Member{}) || odd.Matcher("")(scim.Member{Value: "1"}) {
		t.Error("no filter, or an unknown attribute, matches")
	}
}

// Whom a path can select is known ahead where it says so.
func TestMemberOpNarrows(t *testing.T) {
	for path, want := range map[string]scim.MemberOp{
		`type eq "group"`:                             {Type: "Group"},
		`display sw "A" and type eq "User"`:           {Type: "User"},
		`type eq "User" or display eq "A"`:            {},
		`not (type eq "User")`:                        {},
		`type ne "User"`:                              {},
		`display eq "A" and $ref eq "Users/a"`:        {Members: []scim.Member{{Value: "a", Type: "User"}}},
		`type eq "User" and value eq "a"`:             {Members: []scim.Member{{Value: "a"}}, Type: "User"},
		`value eq "a" or display eq "A"`:              {},
		`$ref eq "a"`:                                 {},
		`$ref co "Groups"`:                            {},
		`(value eq "a" or value eq "b") and value pr`: {Members: []scim.Member{{Value: "a"}, {Value: "b"}}},
	} {
		_, ops, _, err := split(t, `{"op":"remove","path":"members[`+strings.ReplaceAll(path, `"`, `\"`)+`]"}`, scim.Limits{})
		if err != nil || len(ops) != 1 || ops[0].Filter == nil {
			t.Fatalf("%s: %+v, %v", path, ops, err)
		}
		want.Kind, want.Filter = scim.MemberRemove, ops[0].Filter
		if diff := cmp.Diff(want, ops[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	_, ops, _, err := split(t, `{"op":"remove","path":"members[$ref ew \"/Groups/a\"]"}`, scim.Limits{})
	if err != nil || !ops[0].Matcher("https://h")(scim.Member{Value: "a", Type: "Group"}) || ops[0].Matcher("https://h")(scim.Member{Value: "a", Type: "User"}) {
		t.Errorf("an address is not matched: %v", err)
	}
}

func TestMembersOfBody(t *testing.T) {
	typ := scim.Group()
	tests := []struct {
		attrs string
		want  []scim.Member
		given bool
	}{
		{``, nil, false},
		{`,"members":null`, nil, false},
		{`,"members":[]`, nil, true},
		{
			`,"members":[{"value":"a","type":"User","display":"A"},{"value":"a"},"b",{"$ref":"../Groups/g"}]`,
			[]scim.Member{{Value: "a", Type: "User", Display: "A"}, {Value: "b"}, {Value: "g", Type: "Group"}},
			true,
		},
	}
	for _, tt := range tests {
		doc, _, err := typ.Decode(`{"schemas":["`+scim.GroupURN+`"],"displayName":"G"`+tt.attrs+`}`, scim.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, given, err := scim.Members(doc)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" || given != tt.given {
			t.Errorf("%s: given %v, (-want +got):\n%s", tt.attrs, given, diff)
		}
		if _, still := doc["members"]; still {
			t.Errorf("%s: members stay in the document", tt.attrs)
		}
	}
}

func TestAMemberOfAGroupIsNamed(t *testing.T) {
	doc, _, err := scim.Group().Decode(`{"displayName":"G","members":[{"value":"a"},{"display":"Ada"}]}`, scim.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = scim.Members(doc)
	wantError(t, err, 400, scim.InvalidValue, `members: {"display":"Ada"} names no member`)
}

func TestTenThousandMembers(t *testing.T) {
	var b strings.Builder
	for i := range 10_001 {
		fmt.Fprintf(&b, `,{"value":"%d"}`, i)
	}
	body := `{"displayName":"G","members":[` + b.String()[1:] + `]}`
	_, _, err := scim.Group().Decode(body, scim.Limits{})
	wantError(t, err, 413, "", "10001 values, at most 10000")
	doc, _, err := scim.Group().Decode(body, scim.Limits{Values: 20_000})
	if err != nil {
		t.Fatal(err)
	}
	if list, _, err := scim.Members(doc); err != nil || len(list) != 10_001 {
		t.Errorf("%d members", len(list))
	}
}
