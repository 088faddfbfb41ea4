package scimv2_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"muster/models/store"
)

// A path to remove members says who by any of their parts, as a filter does (RFC 7644
// §3.5.2.2).
func TestMembersRemovedByPath(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ids := map[string]string{}
		for _, name := range []string{"ada", "bob", "carl"} {
			ids[name] = s.create(t, "/Users", `{`+core+`,"userName":"`+name+`","displayName":"`+strings.ToUpper(name)+`"}`)
		}
		ids["inner"] = s.create(t, "/Groups", `{`+coreGroup+`,"displayName":"inner"}`)
		var all []string
		for _, name := range []string{"ada", "bob", "carl", "inner"} {
			all = append(all, `{"value":"`+ids[name]+`"}`)
		}
		path := "/Groups/" + s.create(t, "/Groups", `{`+coreGroup+`,"displayName":"Team"}`)
		for _, tt := range []struct{ filter, left string }{
			{`$ref eq "` + base + `/scim/v2/Users/<ada>"`, "bob carl inner"},
			{`$ref eq "Users/<ada>" or $ref eq "../Groups/<inner>"`, "bob carl"},
			{`$ref eq "` + base + `/scim/v2/Users/<ada>" and display eq "ada"`, "bob carl inner"},
			{`$ref eq "` + base + `/scim/v2/Users/<ada>" and display eq "bob"`, "ada bob carl inner"},
			{`$ref eq "` + base + `/scim/v2/Groups/<inner>" and type eq "User"`, "ada bob carl inner"},
			{`$ref eq "` + base + `/scim/v2/Users/nobody"`, "ada bob carl inner"},
			{`$ref eq "https://elsewhere.example/x"`, "ada bob carl inner"},
			{`$ref ew "<carl>"`, "ada bob inner"},
			{`type eq "Group"`, "ada bob carl"},
			{`type eq "user"`, "inner"},
			{`display eq "Bob"`, "ada carl inner"},
			{`type eq "User" and display ne "Bob"`, "bob inner"},
			{`value eq "<ada>" and type eq "Group"`, "ada bob carl inner"},
			{`value eq "<ada>" and (type eq "Group" or display sw "a")`, "bob carl inner"},
		} {
			s.ask(t, "204", "PATCH", path, patchBody(`{"op":"replace","path":"members","value":[`+strings.Join(all, ",")+`]}`))
			f := tt.filter
			for name, id := range ids {
				f = strings.ReplaceAll(f, "<"+name+">", id)
			}
			s.ask(t, "204", "PATCH", path, patchBody(fmt.Sprintf(`{"op":"remove","path":%q}`, "members["+f+"]")))
			var left []string
			list, _ := s.ask(t, "200", "GET", path, "").at("members").([]any)
			for _, m := range list {
				left = append(left, strings.ToLower(m.(map[string]any)["display"].(string)))
			}
			if slices.Sort(left); strings.Join(left, " ") != tt.left {
				t.Errorf("members[%s] leaves %v, want %s", tt.filter, left, tt.left)
			}
		}
	})
}

// A path that asks each member by itself is refused for a group of a million; one that
// says whom it can mean is not.
func TestMemberPathIsBounded(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ada := s.create(t, "/Users", `{`+core+`,"userName":"ada"}`)
		path := "/Groups/" + s.create(t, "/Groups", `{`+coreGroup+`,"displayName":"Everybody","members":["`+ada+`"]}`)
		g := s.Group(t, path[len("/Groups/"):])
		if err := s.Store.Keep(t.Context(), func(tx *store.Tx) error { return tx.CountMembers(g.Key, 1_000_000) }); err != nil {
			t.Fatal(err)
		}
		r := s.ask(t, "400 tooMany", "PATCH", path, patchBody(`{"op":"remove","path":"members[display eq \"ada\"]"}`))
		if !strings.Contains(r.text("detail"), "value eq") {
			t.Errorf("the refusal does not say what to do: %s", r.Body)
		}
		s.ask(t, "204", "PATCH", path, patchBody(`{"op":"remove","path":"members[type eq \"Group\"]"}`))
		s.ask(t, "204", "PATCH", path, patchBody(`{"op":"remove","path":"members[$ref eq \"Users/`+ada+`\" and type eq \"User\"]"}`))
		if now := s.Group(t, path[len("/Groups/"):]); now.MemberCount != 1_000_000 {
			t.Errorf("%d members", now.MemberCount)
		}
	})
}
