package scimv2_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/scim"
)

func TestRFCFilters(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		population(t, s)
		before := "2026-01-05T09:30:00Z"
		for _, tt := range []struct{ filter, want string }{
			{`userName eq "ADA"`, "ada"}, // caseExact false
			{`userName Eq "ada"`, "ada"},
			{`USERNAME eq "ada"`, "ada"},
			{`externalId eq "X1"`, "ada"}, // caseExact true
			{`externalId eq "x1"`, "Bob"},
			{`profileUrl eq "https://e/ada"`, ""}, // references are exact
			{`profileUrl eq "https://e/Ada"`, "ada"},
			{`userName ne "ada"`, "Bob carl Dora"},
			{`name.familyName co "O'MALLEY"`, "ada"},
			{`userName sw "D"`, "Dora"},
			{`userName sw "dora"`, "Dora"},
			{`userName ew "l"`, "carl"},
			{`userName gt "BOB"`, "carl Dora"},
			{`userName ge "bob"`, "Bob carl Dora"},
			{`userName lt "bob"`, "ada"},
			{`userName le "bob"`, "ada Bob"},
			{`title pr`, "ada Bob Dora"},
			{`name pr`, "ada"},
			{`name.middleName pr`, ""},
			{enterprise + ` pr`, "ada"},
			{enterprise + `:department eq "engines"`, "ada"},
			{`urn:ietf:params:scim:schemas:core:2.0:User:name.familyName sw "o"`, "ada"},
			{`URN:IETF:params:scim:schemas:core:2.0:user:userName eq "ada"`, "ada"},
			{`schemas eq "` + enterprise + `"`, "ada"},
			{`emails.type eq "work"`, "ada Bob"}, // any value
			{`emails co "example.com" or emails.value co "example.org"`, "ada Bob"},
			{`emails[type eq "work" and value co "@example.com"]`, "ada"}, // the same value
			{`emails[type eq "home" and value co "@example.com"]`, ""},
			{`emails[not (type eq "work")]`, "ada carl"},
			{`emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]`, "ada"},
			{`emails[primary eq true]`, "ada"},
			{`meta.created lt "` + before + `"`, "ada"},
			{`meta.lastModified gt "` + before + `"`, "Bob carl Dora"},
			{`meta.created ge "2026-01-05T10:30:00.000+01:00"`, "Bob carl Dora"}, // chronological, not text
			{`active eq true`, "ada carl Dora"},
			{`active ne true`, "Bob"},
			{`title eq null`, "carl"},
			{`not (title pr)`, "carl"},
			// not before and before or; brackets before all
			{`userType eq "Employee" and title pr or userName eq "bob"`, "ada Bob"},
			{`userName eq "bob" or userType eq "Employee" and title pr`, "ada Bob"},
			{`(userName eq "bob" or userType eq "Employee") and not (title pr)`, "carl"},
			{`not (title pr) and userType eq "Employee"`, "carl"},
			{`userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")`, "Dora"},
			{`shoeSize eq "9"`, ""}, // what no schema has, has no value
			{`shoeSize pr`, ""},
			{`not (shoeSize pr)`, "ada Bob carl Dora"},
		} {
			l := s.list(t, "/Users?filter="+url.QueryEscape(tt.filter))
			if l.names() != tt.want || l.TotalResults != len(strings.Fields(tt.want)) {
				t.Errorf("%s: got %q of %d, want %q", tt.filter, l.names(), l.TotalResults, tt.want)
			}
		}
		for _, filter := range []string{
			`active gt true`, `active ge true`, `active lt false`, `active le false`, `emails[primary lt true]`,
			`x509Certificates.value gt "AQID"`, `x509Certificates[value le "AQID"]`,
			`userName regex "a"`, `userName`, `userName eq`, `eq "a"`, `(userName pr`, `userName pr)`, `emails[type eq "x"`, `emails[]`, `userName eq 'a'`, `userName eq a`,
			`userName pr and`, `userName pr userName pr`, `not userName pr x`, `1a pr`, `a..b pr`, `emails[a[b pr]]`,
		} {
			s.ask(t, "400 invalidFilter", "GET", "/Users?filter="+url.QueryEscape(filter), "")
			s.ask(t, "400 invalidFilter", "POST", "/Users/.search", fmt.Sprintf(`{"schemas":["`+scim.SearchURN+`"],"filter":%q}`, filter))
		}
		if r := s.ask(t, "400 invalidFilter", "GET", "/Users?filter=userName%20regex%20%22a%22", ""); !strings.Contains(r.text("detail"), "regex") {
			t.Errorf("the unknown operator is not named: %s", r.text("detail"))
		}
	})
}

func TestRFCPagingAndShape(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		none := s.ask(t, "200", "GET", `/Users?filter=userName eq "nobody"`, "")
		none.is(t, "totalResults", `0`)
		population(t, s)
		for _, tt := range []struct {
			query              string
			total, start, here int
		}{
			{"", 4, 1, 4},
			{"?count=2", 4, 1, 2},
			{"?startIndex=3&count=2", 4, 3, 2},
			{"?startIndex=4", 4, 4, 1},
			{"?startIndex=5", 4, 5, 0},
			{"?startIndex=0&count=1", 4, 1, 1},
			{"?startIndex=-3&count=1", 4, 1, 1},
			{"?count=0", 4, 1, 0},
			{"?count=-2", 4, 1, 0},
			{`?filter=title pr&count=1`, 3, 1, 1},
			{`?filter=title pr&startIndex=2&count=5`, 3, 2, 2},
			{"?unknown=1&aadOptscim062020&COUNT=1", 4, 1, 1},
		} {
			r := s.ask(t, "200", "GET", "/Users"+tt.query, "")
			r.is(t, "schemas", `["`+scim.ListURN+`"]`)
			r.is(t, "totalResults", fmt.Sprint(tt.total))
			r.is(t, "startIndex", fmt.Sprint(tt.start))
			r.is(t, "itemsPerPage", fmt.Sprint(tt.here))
			if len(r.resources()) != tt.here || r.json["Resources"] == nil {
				t.Errorf("%s: %d resources", tt.query, len(r.resources()))
			}
		}
		one := s.ask(t, "200", "GET", `/Users?filter=userName eq "ada"`, "").resources()[0]
		if alone := s.ask(t, "200", "GET", "/Users/"+one["id"].(string), ""); !cmp.Equal(alone.json, one) {
			t.Errorf("a list shows another user:\n%s", cmp.Diff(alone.json, one))
		}
		for _, query := range []string{"count=x", "startIndex=1.5"} {
			if w := s.send("GET", "/scim/v2/Users?"+query, nil, ""); w.Code != 400 {
				t.Errorf("%s: %d", query, w.Code)
			}
		}
	})
}

func TestRFCAttributes(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ada, _ := population(t, s)
		for _, tt := range []struct{ query, want string }{
			{"attributes=userName", "id schemas userName"},
			{"attributes=USERNAME", "id schemas userName"},
			{"attributes=userName,title", "id schemas title userName"},
			{"attributes=name.familyName", "id name schemas"},
			{"attributes=urn:ietf:params:scim:schemas:core:2.0:User:userName", "id schemas userName"},
			{"attributes=" + enterprise + ":department", "id schemas " + enterprise},
			{"attributes=" + enterprise, "id schemas " + enterprise},
			{"attributes=meta.version", "id meta schemas"},
			{"attributes=groups", "groups id schemas"},
			{"attributes=password", "id schemas"},
			{"attributes=nothing", "id schemas"},
			{"excludedAttributes=id,schemas,userName,emails,ims,title,userType,profileUrl,x509Certificates,groups,meta,externalId,active," + enterprise, "id name schemas"},
			{"excludedAttributes=name,emails,ims,title,userType,profileUrl,x509Certificates,groups,meta,externalId,active,department", "id schemas userName"},
		} {
			for _, path := range []string{"/Users/" + ada + "?" + tt.query, `/Users?filter=id eq "` + ada + `"&` + tt.query} {
				r := s.ask(t, "200", "GET", path, "")
				got := r.json
				if list := r.resources(); list != nil {
					got = list[0]
				}
				if named(got) != tt.want {
					t.Errorf("%s: got %s, want %s", path, named(got), tt.want)
				}
			}
		}
		r := s.ask(t, "200", "GET", "/Users/"+ada+"?attributes=name.familyName,emails.value,"+enterprise+":department", "")
		r.is(t, "name", `{"familyName":"O'Malley"}`)
		r.is(t, "emails", `[{"value":"ada@example.com"},{"value":"ada@home.example"}]`)
		r = s.ask(t, "200", "GET", "/Users/"+ada+"?excludedAttributes=emails.type,emails.primary,name.givenName", "")
		r.is(t, "emails", `[{"value":"ada@example.com"},{"value":"ada@home.example"}]`)
		r.is(t, "name", `{"familyName":"O'Malley"}`)
		for _, w := range []reply{
			s.ask(t, "201", "POST", "/Users?attributes=userName", `{`+core+`,"userName":"new","title":"x"}`),
			s.ask(t, "200", "PUT", "/Users/"+ada+"?attributes=userName", `{`+core+`,"userName":"ada","title":"x"}`),
			s.ask(t, "200", "PATCH", "/Users/"+ada+"?excludedAttributes=title,active,meta", patchBody(`{"op":"add","path":"title","value":"y"}`)),
		} {
			if w.json["title"] != nil || w.json["userName"] == nil || w.json["id"] == nil {
				t.Errorf("a write's answer is not projected: %s", w.Body)
			}
		}
	})
}

func TestRFCSorting(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		population(t, s)
		for _, tt := range []struct{ query, want string }{
			{"sortBy=userName", "ada Bob carl Dora"},
			{"sortBy=USERNAME&sortOrder=ascending", "ada Bob carl Dora"},
			{"sortBy=userName&sortOrder=descending", "Dora carl Bob ada"},
			{"sortBy=title", "Bob ada Dora carl"}, // no value: last ascending,
			{"sortBy=title&sortOrder=descending", "carl Dora ada Bob"},
			{"sortBy=emails.value", "carl ada Bob Dora"}, // a@z, ada@home (the primary), bob@
			{"sortBy=emails", "carl ada Bob Dora"},
			{"sortBy=urn:ietf:params:scim:schemas:core:2.0:User:userName&sortOrder=descending", "Dora carl Bob ada"},
			{"sortBy=userName&startIndex=2&count=2", "Bob carl"},
			{`sortBy=userName&sortOrder=descending&filter=title pr`, "Dora Bob ada"},
		} {
			if got := s.list(t, "/Users?"+tt.query).names(); got != tt.want {
				t.Errorf("%s: got %s, want %s", tt.query, got, tt.want)
			}
		}
		if got := s.list(t, "/Users?sortBy=externalId&filter=externalId%20pr").names(); got != "ada Bob" { // exact: X before x
			t.Errorf("a case-exact attribute sorts as %s", got)
		}
		if got := s.list(t, "/Users?sortBy=meta.created&sortOrder=descending").names(); !strings.HasSuffix(got, " ada") {
			t.Errorf("times sort as %s", got)
		}
		s.ask(t, "400 invalidValue", "GET", "/Users?sortBy=userName&sortOrder=sideways", "")
	})
}

func TestRFCSearch(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		population(t, s)
		for _, tt := range []struct{ endpoint, body, want string }{
			{"/Users", `"filter":"title pr","sortBy":"userName","sortOrder":"descending"`, "Dora Bob ada"},
			{"/Users", `"filter":"title pr","sortBy":"userName","startIndex":2,"count":1`, "Bob"},
			{"/Groups", `"filter":"displayName sw \"t\""`, "Team"},
			{"", `"filter":"userName eq \"ada\" or displayName eq \"ada\""`, "ada ada"},
			{"", `"filter":"meta.resourceType eq \"Group\""`, "Team ada"},
			{"", `"filter":"(meta.resourceType eq \"User\") or (meta.resourceType eq \"Group\")"`, "ada Bob carl Dora Team ada"},
			{"", `"filter":"userName pr"`, "ada Bob carl Dora"}, // groups have none
			{"", `"filter":"not (userName pr)"`, "Team ada"},
			{"", `"startIndex":4,"count":2`, "Dora Team"},
			{"", `"count":0`, ""},
		} {
			r := s.ask(t, "200", "POST", tt.endpoint+"/.search", `{"schemas":["`+scim.SearchURN+`"],`+tt.body+`}`)
			r.is(t, "schemas", `["`+scim.ListURN+`"]`)
			var names []string
			for _, u := range r.resources() {
				name, _ := u["userName"].(string)
				if name == "" {
					name, _ = u["displayName"].(string)
				}
				names = append(names, name)
			}
			if got := strings.Join(names, " "); got != tt.want {
				t.Errorf("%s %s: got %q, want %q", tt.endpoint, tt.body, got, tt.want)
			}
		}
		r := s.ask(t, "200", "POST", "/Users/.search", `{"schemas":["`+scim.SearchURN+`"],"attributes":["title","urn:ietf:params:scim:schemas:core:2.0:User:userName"],"count":1,"sortBy":"userName"}`)
		if got := named(r.resources()[0]); got != "id schemas title userName" {
			t.Errorf("attributes: %s", got)
		}
		r = s.ask(t, "200", "POST", "/.search", `{"schemas":["`+scim.SearchURN+`"],"excludedAttributes":["id","meta","members","emails"],"filter":"displayName eq \"ada\""}`)
		if got := named(r.resources()[0]); got != "displayName externalId id schemas" {
			t.Errorf("excludedAttributes: %s", got)
		}
		if all := s.ask(t, "200", "GET", "/", ""); all.at("totalResults") != 6.0 {
			t.Errorf("the root lists %v", all.at("totalResults"))
		}
		s.ask(t, "400 invalidSyntax", "POST", "/.search", `{`)
		s.ask(t, "400 invalidFilter", "POST", "/.search", `{"filter":"userName"}`)
	})
}

// RFC 9865: every page of a walk leads to the next, and cursors belong to their
// query and to who may see it.
func TestRFCCursors(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for i := range 7 {
			s.create(t, "/Users", fmt.Sprintf(`{`+core+`,"userName":"u%d","title":"t%d"}`, i, i%2))
		}
		walk := func(query string) (names []string, pages int) {
			cursor := ""
			for {
				r := s.ask(t, "200", "GET", "/Users?count=2&"+query+"&cursor="+url.QueryEscape(cursor), "")
				if r.json["startIndex"] != nil || len(r.resources()) > 2 {
					t.Errorf("%s: a page has startIndex or is too long: %s", query, r.Body)
				}
				r.is(t, "totalResults", fmt.Sprint(map[bool]int{true: 7, false: 4}[!strings.Contains(query, "filter")]))
				for _, u := range r.resources() {
					names = append(names, u["userName"].(string))
				}
				pages++
				next, ok := r.json["nextCursor"].(string)
				if strings.Trim(next, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") != "" {
					t.Errorf("cursor %q has characters that are reserved in an address", next)
				}
				if !ok || pages > 10 {
					return names, pages
				}
				cursor = next
			}
		}
		for query, want := range map[string]string{
			"":                                     "u0 u1 u2 u3 u4 u5 u6",
			"sortBy=userName&sortOrder=descending": "u6 u5 u4 u3 u2 u1 u0",
			`filter=title eq "t0"&sortBy=userName`: "u0 u2 u4 u6",
			"sortBy=title&sortOrder=descending&z=aad": "",
		} {
			names, pages := walk(query)
			if got := strings.Join(names, " "); want != "" && got != want || pages > 4 || want == "" && len(names) != 7 {
				t.Errorf("%s: %d pages, %s", query, pages, got)
			}
		}
		first := s.ask(t, "200", "GET", "/Users?cursor=&count=2&sortBy=userName", "")
		if first.json["previousCursor"] != nil || first.json["nextCursor"] == nil {
			t.Errorf("the first page: %v", first.json)
		}
		second := s.ask(t, "200", "GET", "/Users?count=2&sortBy=userName&cursor="+first.text("nextCursor"), "")
		back := s.ask(t, "200", "GET", "/Users?count=2&sortBy=userName&cursor="+second.text("previousCursor"), "")
		if diff := cmp.Diff(first.resources(), back.resources()); diff != "" {
			t.Errorf("the way back: %s", diff)
		}
		s.ask(t, "400 invalidCursor", "GET", "/Users?cursor=garbage&count=2", "")
		s.ask(t, "400 invalidCursor", "GET", "/Users?count=2&sortBy=title&cursor="+first.text("nextCursor"), "")
		s.ask(t, "400 invalidCursor", "GET", `/Users?count=2&sortBy=userName&filter=title pr&cursor=`+first.text("nextCursor"), "")
		s.ask(t, "400 invalidCount", "GET", "/Users?cursor=&count=0", "")
		s.ask(t, "400 invalidCount", "GET", "/Users?cursor=&count=-1", "")
		// Without a parameter the method is the one that was announced: index.
		plain := s.ask(t, "200", "GET", "/Users", "")
		if plain.json["startIndex"] == nil || plain.json["nextCursor"] != nil {
			t.Errorf("the default method: %v", plain.json)
		}
		// Every page but the last has nextCursor, for a walk may begin without a cursor too;
		// who names startIndex has chosen.
		unnamed := s.ask(t, "200", "GET", "/Users?count=2&sortBy=userName", "")
		unnamed.is(t, "startIndex", "1")
		if unnamed.json["nextCursor"] != first.json["nextCursor"] || unnamed.json["previousCursor"] != nil {
			t.Errorf("a page without a method: %s", unnamed.Body)
		}
		if r := s.ask(t, "200", "POST", "/Users/.search", `{"schemas":["`+scim.SearchURN+`"],"count":2,"sortBy":"userName"}`); r.json["nextCursor"] != first.json["nextCursor"] {
			t.Errorf("a search without a method: %s", r.Body)
		}
		for _, query := range []string{"startIndex=1&count=2", "startIndex=3&count=2", "count=7", "count=0"} {
			if r := s.ask(t, "200", "GET", "/Users?sortBy=userName&"+query, ""); r.json["nextCursor"] != nil || r.json["previousCursor"] != nil || r.json["startIndex"] == nil {
				t.Errorf("%s: %s", query, r.Body)
			}
		}
		r := s.ask(t, "200", "POST", "/Users/.search", `{"schemas":["`+scim.SearchURN+`"],"cursor":"","count":3,"sortBy":"userName"}`)
		r = s.ask(t, "200", "POST", "/Users/.search", `{"schemas":["`+scim.SearchURN+`"],"cursor":"`+r.text("nextCursor")+`","count":3,"sortBy":"userName"}`)
		if r.text("Resources/0/userName") != "u3" || r.json["previousCursor"] == nil {
			t.Errorf("a search by cursor: %s", r.Body)
		}
		// A user deleted in between is not met; nobody else is lost.
		s.ask(t, "204", "DELETE", "/Users/"+second.resources()[0]["id"].(string), "")
		r = s.ask(t, "200", "GET", "/Users?count=2&sortBy=userName&cursor="+first.text("nextCursor"), "")
		if r.text("Resources/0/userName") != "u3" || r.text("Resources/1/userName") != "u4" {
			t.Errorf("after a deletion: %s", r.Body)
		}
		// Another organization sees nothing of it, whatever cursor it holds.
		s.token = s.newToken(t, models.ProvisionScope, s.Another(t).Key)
		if w := s.send("GET", "/scim/v2/Users?count=2&sortBy=userName&cursor="+first.text("nextCursor"), nil, ""); strings.Contains(w.Body.String(), `"userName"`) {
			t.Errorf("a cursor leads into another organization: %s", w.Body)
		}
	})
}
