package scimv2_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models"
)

type listed struct {
	Schemas      []string
	TotalResults int
	StartIndex   int
	ItemsPerPage int
	Resources    []struct{ ID, UserName, DisplayName string }
}

func (s *server) list(t *testing.T, target string) listed {
	t.Helper()
	w := s.send("GET", "/scim/v2"+target, nil, "")
	var l listed
	if err := json.Unmarshal(w.Body.Bytes(), &l); err != nil || w.Code != 200 {
		t.Fatalf("GET %s: %d %s", target, w.Code, w.Body)
	}
	return l
}

func (l listed) names() string {
	var names []string
	for _, r := range l.Resources {
		names = append(names, r.UserName+r.DisplayName)
	}
	return strings.Join(names, " ")
}

// create makes a resource and gives its id.
func (s *server) create(t testing.TB, endpoint, body string) string {
	t.Helper()
	w := s.send("POST", "/scim/v2"+endpoint, nil, body)
	var r struct{ ID string }
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || w.Code != 201 {
		t.Fatalf("POST %s: %d %s", endpoint, w.Code, w.Body)
	}
	return r.ID
}

func TestFilters(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ada := s.create(t, "/Users", `{"userName":"Ada","externalId":"A-1","active":true,"title":"Countess","name":{"givenName":"Ada","familyName":"Lovelace"},
			"emails":[{"value":"ada@example.com","type":"work","primary":true},{"value":"ada@home.example","type":"home"}],
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Engines","employeeNumber":"7"}}`)
		s.Clock.Advance(time.Hour)
		bob := s.create(t, "/Users", `{"userName":"bob","externalId":"a-1","active":false,"emails":[{"value":"bob@example.com","type":"home"}],
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Engines","manager":{"value":"`+ada+`"}}}`)
		s.create(t, "/Users", `{"userName":"carol%_","title":"Dr \"C\""}`)
		team := s.create(t, "/Groups", `{"displayName":"Team","members":[{"value":"`+ada+`"}]}`)
		s.create(t, "/Groups", `{"displayName":"Parent","members":[{"value":"`+team+`"},{"value":"`+bob+`"}]}`)
		noon := "2026-01-05T09:30:00"
		users := []struct{ filter, want string }{
			{`userName eq "ADA"`, "Ada"},
			{`username eq "ada"`, "Ada"},
			{`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada"`, "Ada"},
			{`userName ne "ada"`, "bob carol%_"},
			{`userName co "A"`, "Ada carol%_"},
			{`userName sw "B"`, "bob"},
			{`userName ew "_"`, "carol%_"},
			{`userName sw "carol%"`, "carol%_"},
			{`userName co "%"`, "carol%_"},
			{`userName gt "b"`, "bob carol%_"},
			{`userName ge "bob"`, "bob carol%_"},
			{`userName lt "bob"`, "Ada"},
			{`userName le "bob"`, "Ada bob"},
			{`title pr`, "Ada carol%_"},
			{`not (title pr)`, "bob"},
			{`title eq "Dr \"C\""`, "carol%_"},
			{`externalId eq "A-1"`, "Ada"},
			{`externalId eq "a-1"`, "bob"},
			{`id eq "` + bob + `"`, "bob"},
			{`id eq "1"`, ""},
			{`active eq true`, "Ada carol%_"},
			{`active eq "False"`, "bob"},
			{`active ne true`, "bob"},
			{`name.familyName eq "lovelace"`, "Ada"},
			{`name[givenName eq "ada"].familyName pr`, "Ada"},
			{`emails eq "ada@HOME.example"`, "Ada"},
			{`emails.value eq "bob@example.com"`, "bob"},
			{`emails.value co "example.com"`, "Ada bob"},
			{`emails[type eq "work"].value eq "ada@example.com"`, "Ada"},
			{`emails[type eq "work"].value eq "bob@example.com"`, ""},
			{`emails[type eq "home" and value ew ".example"]`, "Ada"},
			{`emails[primary eq true]`, "Ada"},
			{`emails pr`, "Ada bob"},
			{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "engines"`, "Ada bob"},
			{`department eq "engines" and userName eq "bob"`, "bob"},
			{`manager eq "` + ada + `"`, "bob"},
			{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "` + ada + `"`, "bob"},
			{`groups eq "` + team + `"`, "Ada"},
			{`groups.value eq "` + team + `"`, "Ada"},
			{`groups.display eq "parent"`, "bob"},
			{`meta.created lt "` + noon + `Z"`, "Ada"},
			{`meta.lastModified gt "` + noon + `.0000000Z"`, "bob carol%_"},
			{`meta.lastModified gt "` + noon + ` 00:00"`, "bob carol%_"}, // a + that the URL made a space
			{`meta.lastModified gt "` + noon + `+0000"`, "bob carol%_"},
			{`active eq true and (meta.lastModified ge "0001-01-03T00:00:00.0000000Z" and meta.lastModified le "9999-01-01T00:00:00Z")`, "Ada carol%_"},
			{`meta.resourceType eq "User"`, "Ada bob carol%_"},
			{`userName eq "ada" or userName eq "bob"`, "Ada bob"},
			{`not (userName eq "ada" or userName eq "bob")`, "carol%_"},
			{`userName eq "ada" and not (active eq true)`, ""},
			{`shoeSize eq "9"`, ""},
			{`not (shoeSize eq "9")`, "Ada bob carol%_"},
			{`shoeSize pr or userName eq "bob"`, "bob"},
			{`userName eq null`, ""},
			{`title eq null`, "bob"},
			{`userName eq 7`, ""},
			{`userName eq ""`, ""},
			{`userName sw ""`, "Ada bob carol%_"},
		}
		for _, tt := range users {
			l := s.list(t, "/Users?filter="+strings.ReplaceAll(tt.filter, "%", "%25"))
			if l.names() != tt.want || l.TotalResults != len(strings.Fields(tt.want)) {
				t.Errorf("%s: got %q of %d, want %q", tt.filter, l.names(), l.TotalResults, tt.want)
			}
		}
		groups := []struct{ filter, want string }{
			{`displayName eq "TEAM"`, "Team"},
			{`displayName sw "pa" or displayName eq "team"`, "Team Parent"},
			{`members eq "` + ada + `"`, "Team"},
			{`members.value eq "` + team + `"`, "Parent"},
			{`members[value eq "` + bob + `"]`, "Parent"},
			{`members[type eq "Group"]`, "Parent"},
			{`members.display co "ada"`, "Team"},
			{`members eq "nobody"`, ""},
			{`not (members eq "` + ada + `")`, "Parent"},
			{`externalId pr`, ""},
			{`id eq "` + team + `" and members eq "` + ada + `"`, "Team"},
			{`meta.created gt "2000-01-01T00:00:00Z"`, "Team Parent"},
		}
		for _, tt := range groups {
			if got := s.list(t, "/Groups?filter="+tt.filter).names(); got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.filter, got, tt.want)
			}
		}
	})
}

func TestBadFilters(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for _, filter := range []string{
			`userName`, `userName eq`, `eq "x"`, `userName is "x"`, `userName eq "x`, `userName eq x`, `(userName pr`,
			`userName pr)`, `userName eq "a" and`, `active gt true`, `emails[type eq "work"`, `userName eq "` + "\x00" + `"`, `userName eq "\u0000"`,
			strings.Repeat("(", 3000) + "userName pr", strings.Repeat("not ", 200) + "(userName pr)", strings.Repeat("(", 100_000),
			`userName pr` + strings.Repeat(` or userName pr`, 60),
		} {
			within(t, 100*time.Millisecond, "a bad filter", func() {
				w := s.send("GET", "/scim/v2/Users?filter="+filter, nil, "")
				if w.Code != 400 || !strings.Contains(w.Body.String(), `"scimType":"invalidFilter"`) {
					t.Errorf("%.40q: %d %s", filter, w.Code, w.Body)
				}
			})
		}
		w := s.send("GET", "/scim/v2/Users/a%00b", nil, "")
		if w.Code != 404 {
			t.Errorf("an id with NUL: %d %s", w.Code, w.Body)
		}
		w = s.send("GET", "/scim/v2/Groups/%ff", nil, "")
		if w.Code != 404 {
			t.Errorf("an id that is no text: %d %s", w.Code, w.Body)
		}
	})
}

func TestPaging(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for i := range 7 {
			s.create(t, "/Users", fmt.Sprintf(`{"userName":"u%d","title":"x"}`, i))
		}
		const all = "u0 u1 u2 u3 u4 u5 u6"
		tests := []struct {
			query string
			want  string
			start int
		}{
			{"", all, 1},
			{"?count=3", "u0 u1 u2", 1},
			{"?startIndex=4&count=3", "u3 u4 u5", 4},
			{"?startindex=7&COUNT=3", "u6", 7},
			{"?startIndex=8", "", 8},
			{"?startIndex=1000000000", "", 1000000000},
			{"?startIndex=0", all, 1},
			{"?startIndex=-5&count=1", "u0", 1},
			{"?count=0", "", 1},
			{"?count=-1", "", 1},
			{"?count=100000", all, 1},
			{"?startIndex=&count=", all, 1},
		}
		for _, filter := range []string{"", `filter=userName sw "u"`, `filter=title eq "x"`} {
			for _, tt := range tests {
				query := tt.query
				if filter != "" {
					query = "?" + strings.TrimPrefix(strings.TrimPrefix(query, "?")+"&", "&") + filter
				}
				l := s.list(t, "/Users"+query)
				if l.names() != tt.want || l.TotalResults != 7 || l.StartIndex != tt.start || l.ItemsPerPage != len(l.Resources) || l.Resources == nil {
					t.Errorf("%s: got %q, %d in all, from %d, %d here", query, l.names(), l.TotalResults, l.StartIndex, l.ItemsPerPage)
				}
			}
		}
		for _, bad := range []string{"startIndex=one", "count=1.5", "count=ten", "startIndex=99999999999999999999"} {
			w := s.send("GET", "/scim/v2/Users?"+bad, nil, "")
			if w.Code != 400 || !strings.Contains(w.Body.String(), "whole number") {
				t.Errorf("%s: %d %s", bad, w.Code, w.Body)
			}
		}
	})
}

func TestOrganizationsDoNotSeeEachOther(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		user := s.create(t, "/Users", `{"userName":"ada","externalId":"1","emails":[{"value":"ada@example.com"}]}`)
		group := s.create(t, "/Groups", `{"displayName":"Team","externalId":"1","members":[{"value":"`+user+`"}]}`)
		mine := s.Sums(t, "tokens", "token_uses")
		home := s.token
		s.token = s.newToken(t, models.ProvisionScope, s.Another(t).Key)
		for _, filter := range []string{`userName eq "ada"`, `id eq "` + user + `"`, `externalId eq "1"`, `emails eq "ada@example.com"`, `groups eq "` + group + `"`, `userName co "a"`} {
			if l := s.list(t, "/Users?filter="+filter); l.TotalResults != 0 {
				t.Errorf("%s finds %d users of another organization", filter, l.TotalResults)
			}
		}
		if l := s.list(t, `/Groups?filter=members eq "`+user+`"`); l.TotalResults != 0 {
			t.Error("a member finds a group of another organization")
		}
		if n := s.list(t, "/Users").TotalResults + s.list(t, "/Groups").TotalResults; n != 0 {
			t.Errorf("%d resources of another organization are listed", n)
		}
		patch := `{"Operations":[{"op":"replace","path":"displayName","value":"stolen"}]}`
		for _, r := range [][3]string{
			{"GET", "/Users/" + user, ""},
			{"PATCH", "/Users/" + user, patch},
			{"PUT", "/Users/" + user, `{"userName":"x"}`},
			{"DELETE", "/Users/" + user, ""},
			{"GET", "/Groups/" + group, ""},
			{"PATCH", "/Groups/" + group, patch},
			{"DELETE", "/Groups/" + group, ""},
		} {
			if w := s.send(r[0], "/scim/v2"+r[1], nil, r[2]); w.Code != 404 {
				t.Errorf("%s %s: %d %s", r[0], r[1], w.Code, w.Body)
			}
		}
		for _, member := range []string{user, group} {
			w := s.send("POST", "/scim/v2/Groups", nil, `{"displayName":"Mine","members":[{"value":"`+member+`"}]}`)
			if w.Code != 400 || strings.Contains(w.Body.String(), "ada") {
				t.Errorf("a member of another organization: %d %s", w.Code, w.Body)
			}
		}
		// The same name and anchor are free here; ids never meet anchors.
		other := s.create(t, "/Users", `{"userName":"ada","externalId":"1"}`)
		s.create(t, "/Users", `{"userName":"eve","externalId":"`+user+`"}`)
		if other == user {
			t.Error("two organizations share a user")
		}
		s.token = home
		if got := s.list(t, "/Users").names(); got != "ada" {
			t.Errorf("at home: %q", got)
		}
		now := s.Sums(t, "tokens", "token_uses")
		if diff := cmp.Diff(mine["members"], now["members"]); diff != "" {
			t.Errorf("memberships changed: %s", diff)
		}
	})
}

// What a filter says in its own way stands in its token's dialect, with the way out.
func TestLooseTimesStandInTheDialect(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for _, filter := range []string{
			`meta.lastModified gt "2026-01-23T04:56:22+01:00"`, `meta.lastModified sw "2026-01-23 "`, `userName eq "2026-01-23 04:56:22"`,
			`userName pr and meta.lastModified gt "2026-01-23T04:56 01:00"`, `not (meta.created gt "2026-01-23T04:56:22+0100")`,
		} {
			s.ask(t, "200", "GET", "/Users?filter="+url.QueryEscape(filter), "")
		}
		s.recordExchanges(t)
		if n := s.Int(t, "SELECT coalesce(sum(requests), 0) FROM deviations WHERE code = 'loose-time' AND advice LIKE '%\\%2B%' ESCAPE '\\'"); n != 2 {
			t.Errorf("%d filters with a time of their own are in the dialect, want the last two", n)
		}
		if n := s.Int(t, "SELECT count(*) FROM deviations WHERE code <> 'loose-time'"); n != 0 {
			t.Errorf("%d others too", n)
		}
	})
}
