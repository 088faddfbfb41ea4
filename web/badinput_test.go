package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/account"
	"muster/models/deployment"
	"muster/models/directory/directorytest"
)

// bad is one thing that somebody sends and should not have, and what they must be
// told. Says is a part of the advice.
type bad struct {
	name string
	request
	want int
	says string
}

const cross = "cross-site"

// TestBadInput sends what is wrong in every way we know of, on both engines. Each
// answer says what to do, changes nothing, and gives nothing away.
func TestBadInput(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		s := newSite(t, w)
		f := s.fill(t)
		cases := append(s.badProtocol(f), s.badCredentials(t, f)...)
		cases = append(cases, s.badPages(t, f)...)
		if len(cases) < 60 {
			t.Errorf("only %d cases", len(cases))
		}
		volatile := []string{"log_entries", "tallies", "token_uses", "sessions", "throttles", "cycles", "exchanges"}
		before := s.Sums(t, volatile...)
		s.try(t, cases, before, volatile)
		s.closeDoors(t, f, volatile)
		out := s.logged.String()
		for _, word := range []string{"panic", s.provision, s.read, password, "request failed"} {
			if i := strings.Index(out, word); i >= 0 {
				t.Errorf("the log holds %q: %s", word, out[max(0, i-200):min(len(out), i+1500)])
			}
		}
	})
}

// closeDoors tries what was allowed before, after the method changed and after
// the tokens' time is over.
func (s *site) closeDoors(t *testing.T, f filled, volatile []string) {
	t.Helper()
	call := func(name, token, method, path, body string, want int, says string) bad {
		return bad{name, request{method: method, path: path, body: body, header: bearer(token)}, want, says}
	}
	deployments := deployment.New(deployment.Options{Store: s.Store, Now: s.Clock.Now, NewID: directorytest.NewID})
	if _, err := deployments.Change(t.Context(), s.cli, deployment.Order{Target: models.Manual, Keep: true}); err != nil {
		t.Fatal(err)
	}
	s.try(t, []bad{call("parked token", s.provision, "GET", "/scim/v2/Users", "", 403, "change the deployment method to SCIM")}, s.Sums(t, volatile...), volatile)
	fresh := s.token(t, models.ProvisionScope)
	s.try(t, []bad{
		call("method not in charge reads", fresh, "GET", "/scim/v2/Users/"+f.user, "", 403, "Manual"),
		call("method not in charge writes", fresh, "DELETE", "/scim/v2/Users/"+f.user, "", 403, "Manual"),
		call("method not in charge, nonsense", fresh, "POST", "/scim/v2/Users", "{", 403, "Stop provisioning"),
	}, s.Sums(t, volatile...), volatile)
	s.Clock.Advance(400 * 24 * time.Hour)
	s.try(t, []bad{
		call("expired token", fresh, "GET", "/scim/v2/Users", "", 401, "Make a new token"),
	}, s.Sums(t, volatile...), volatile)
}

func (s *site) try(t *testing.T, cases []bad, before map[string]string, volatile []string) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			started := time.Now()
			w := s.send(c.request)
			if took := time.Since(started); took > time.Second {
				t.Errorf("took %v", took)
			}
			body := w.Body.String()
			if w.Code != c.want {
				t.Errorf("status %d, want %d: %s", w.Code, c.want, excerpt(body))
			}
			if !strings.Contains(text(body), c.says) || c.says == "" {
				t.Errorf("does not say %q: %s", c.says, excerpt(body))
			}
			for _, secret := range []string{s.provision, s.read, password, "goroutine ", "SQLSTATE", "panic", ".go:"} {
				if strings.Contains(body, secret) {
					t.Errorf("gives away %q: %s", secret, excerpt(body))
				}
			}
			if strings.HasPrefix(c.path, "/scim/v2") && w.Header().Get("Content-Type") != "application/scim+json" {
				t.Errorf("answers a SCIM client with %q", w.Header().Get("Content-Type"))
			}
			now := s.Sums(t, volatile...)
			if diff := cmp.Diff(before, now); diff != "" {
				t.Errorf("changed rows (-before +after):\n%s", diff)
				before = now
			}
		})
	}
}

// text takes the escapes out of HTML, so that cases are written in plain words.
func text(body string) string {
	return strings.NewReplacer("&#39;", "'", "&#34;", `"`, "&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(body)
}

var tag = regexp.MustCompile(`<[^>]*>`)

// excerpt is the part of a page that says something.
func excerpt(body string) string {
	if i := strings.Index(body, "<main"); i >= 0 {
		body = strings.Join(strings.Fields(tag.ReplaceAllString(body[i:], " ")), " ")
	}
	return body[:min(len(body), 900)]
}

func patch(ops string) string { return `{"Operations":[` + ops + `]}` }

// badProtocol is what a SCIM client can get wrong.
func (s *site) badProtocol(f filled) []bad {
	user, group := "/scim/v2/Users/"+f.user, "/scim/v2/Groups/"+f.group
	call := func(name, method, path, body string, want int, says string) bad {
		return bad{name, request{method: method, path: path, body: body, header: bearer(s.provision)}, want, says}
	}
	list := []bad{
		call("not JSON", "POST", "/scim/v2/Users", "userName=ada", 400, "Send one JSON object"),
		call("truncated", "POST", "/scim/v2/Users", `{"userName":"x"`, 400, "Send one JSON object"),
		call("no object", "POST", "/scim/v2/Users", `["x"]`, 400, "object"),
		call("two objects", "POST", "/scim/v2/Users", `{"userName":"x"} {}`, 400, "end"),
		call("no body", "POST", "/scim/v2/Users", "", 400, "Send the resource"),
		call("no userName", "POST", "/scim/v2/Users", `{"displayName":"x"}`, 400, "userName"),
		call("userName null", "POST", "/scim/v2/Users", `{"userName":null}`, 400, "userName"),
		call("userName too long", "POST", "/scim/v2/Users", `{"userName":"`+strings.Repeat("x", 300)+`"}`, 400, "Shorten the value"),
		call("title too long", "PATCH", user, patch(`{"op":"replace","path":"title","value":"`+strings.Repeat("x", 9000)+`"}`), 400, "Shorten the value"),
		call("NUL", "POST", "/scim/v2/Users", `{"userName":"a\u0000"}`, 400, "without control characters"),
		call("control character", "POST", "/scim/v2/Users", `{"userName":"a\u001fb"}`, 400, "Remove control characters"),
		call("broken UTF-8", "POST", "/scim/v2/Users", "{\"userName\":\"\xff\"}", 400, "UTF-8"),
		call("deep nesting", "POST", "/scim/v2/Users", `{"name":`+strings.Repeat("[", 10000)+strings.Repeat("]", 10000)+`}`, 400, "nested"),
		call("huge body", "POST", "/scim/v2/Users", `{"userName":"`+strings.Repeat("x", 1<<20)+`"}`, 413, "several PATCH requests"),
		call("taken userName", "POST", "/scim/v2/Users", `{"userName":"ADA@example.com"}`, 409, "look them up with a filter"),
		call("taken anchor", "POST", "/scim/v2/Users", `{"userName":"other","externalId":"1"}`, 409, "look them up with a filter"),
		call("active is a number", "POST", "/scim/v2/Users", `{"userName":"x","active":3}`, 400, "active"),
		call("name is a number", "POST", "/scim/v2/Users", `{"userName":"x","name":7}`, 400, "name"),
		call("unknown path", "PATCH", user, patch(`{"op":"replace","path":"userNmae","value":"x"}`), 400, "Did you mean userName"),
		call("broken path", "PATCH", user, patch(`{"op":"replace","path":"emails[type eq","value":"x"}`), 400, "cannot be read"),
		call("unknown op", "PATCH", user, patch(`{"op":"move","path":"title","value":"x"}`), 400, "Send add, remove or replace"),
		call("no op", "PATCH", user, patch(`{"path":"title","value":"x"}`), 400, "Send add, remove or replace"),
		call("no operations", "PATCH", user, `{}`, 400, "Operations"),
		call("operation is text", "PATCH", user, patch(`"x"`), 400, "Send an object"),
		call("read-only path", "PATCH", user, patch(`{"op":"replace","path":"id","value":"x"}`), 400, "Leave it out"),
		call("required removed", "PATCH", user, patch(`{"op":"remove","path":"userName"}`), 400, "Replace it"),
		call("remove without path", "PATCH", user, patch(`{"op":"remove"}`), 400, "Name the attribute"),
		call("wrong type", "PATCH", user, patch(`{"op":"replace","path":"active","value":"perhaps"}`), 400, "active"),
		call("half a patch", "PATCH", user, patch(`{"op":"replace","path":"title","value":"x"},{"op":"replace","path":"nope","value":"x"}`), 400, "Operation 2"),
		call("unknown member", "PATCH", group, patch(`{"op":"add","path":"members","value":[{"value":"`+nobody+`"}]}`), 400, "Provision the user first"),
		call("group in itself", "PATCH", group, patch(`{"op":"add","path":"members","value":[{"value":"`+f.group+`"}]}`), 400, "Take the groups out of each other"),
		call("group without name", "POST", "/scim/v2/Groups", `{}`, 400, "displayName"),
		call("taken group name", "POST", "/scim/v2/Groups", `{"displayName":"TEAM"}`, 409, "look it up with a filter"),
		call("unknown user", "PATCH", "/scim/v2/Users/"+nobody, patch(`{"op":"replace","path":"title","value":"x"}`), 404, "Look the user up"),
		call("unknown group", "DELETE", "/scim/v2/Groups/"+nobody, "", 404, "Look the group up"),
		call("anchor as id", "GET", "/scim/v2/Users/1", "", 404, "Look the user up"),
		call("name as id", "GET", "/scim/v2/Users/ada@example.com", "", 404, "Look the user up"),
		call("NUL in id", "GET", "/scim/v2/Users/a%00", "", 404, "Look the user up"),
		call("stale version", "DELETE", user, "", 412, "Read the resource again"),
		call("broken filter", "GET", "/scim/v2/Users?filter=userName is x", "", 400, "A filter looks like"),
		call("100 KB of parentheses", "GET", "/scim/v2/Users?filter="+strings.Repeat("(", 100_000), "", 400, "A filter looks like"),
		call("startIndex", "GET", "/scim/v2/Users?startIndex=first", "", 400, "Leave it out"),
		call("count", "GET", "/scim/v2/Groups?count=1e3", "", 400, "Leave it out"),
		call("unknown endpoint", "GET", "/scim/v2/Devices", "", 404, "The endpoints are"),
		call("dots", "GET", "/scim/v2/Users/../../settings", "", 404, "Look the user up"),
		call("encoded slash", "GET", "/scim/v2/Users/..%2f..%2fsettings", "", 404, "Look the user up"),
		call("wrong method", "POST", user, "{}", 405, "Possible is"),
		call("unknown method", "BREW", "/scim/v2/Users", "", 405, "Possible is"),
		call("not offered", "POST", "/scim/v2/Me", "{}", 501, "Look the user up under /Users"),
		call("bulk without operations", "POST", "/scim/v2/Bulk", "{}", 400, "Operations"),
		call("bulk that is no JSON", "POST", "/scim/v2/Bulk", "{", 400, "complete"),
		call("search by nonsense", "POST", "/scim/v2/.search", `{"filter":"userName"}`, 400, "filter"),
		call("search in no order", "GET", "/scim/v2/Users?sortBy=shoeSize", "", 400, "listed under /Schemas"),
		call("a cursor of nobody's", "GET", "/scim/v2/Users?cursor=abc", "", 400, "Begin again"),
		call("a page of nothing", "GET", "/scim/v2/Users?cursor&count=0", "", 400, "at least 1"),
		call("filtered discovery", "GET", "/scim/v2/Schemas?filter=id pr", "", 403, "Leave the filter out"),
	}
	for i := range list {
		switch list[i].name {
		case "stale version":
			list[i].header["If-Match"] = `W/"77"`
		}
	}
	form := call("wrong content type", "POST", "/scim/v2/Users", `{"userName":"x"}`, 415, "Send application/scim+json")
	form.header["Content-Type"] = "text/xml"
	return append(list, form)
}

// badCredentials is who comes with the wrong token, or with none.
func (s *site) badCredentials(t *testing.T, f filled) []bad {
	t.Helper()
	call := func(name, authorization string, want int, says string) bad {
		q := request{method: "DELETE", path: "/scim/v2/Users/" + f.user, header: map[string]string{"Authorization": authorization}}
		return bad{name, q, want, says}
	}
	edit := func(text string, do func(id string) error) {
		tokens, err := s.Tokens(t.Context(), s.Org.Key)
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range tokens {
			if strings.HasPrefix(text, token.Prefix) {
				if err := do(token.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	disabled, revoked := s.token(t, models.ProvisionScope), s.token(t, models.ProvisionScope)
	elsewhere := s.token(t, models.ProvisionScope, "203.0.113.0/24")
	edit(disabled, func(id string) error { _, err := s.accounts.DisableToken(t.Context(), s.cli, id); return err })
	edit(revoked, func(id string) error { _, err := s.accounts.RevokeToken(t.Context(), s.cli, id); return err })
	other, foreign, err := s.accounts.CreateToken(t.Context(), models.Actor{Kind: models.CLIActor, OrganizationID: s.Another(t).Key},
		account.TokenSpec{Description: "other", Scope: models.ProvisionScope, Expires: s.Clock.Now().AddDate(1, 0, 0)})
	if err != nil || other.ID == "" {
		t.Fatal(err)
	}
	spoofed := call("spoofed address", "Bearer "+elsewhere, 403, "allow list")
	spoofed.header["X-Forwarded-For"] = "203.0.113.7"
	spoofed.address = "198.51.100.9"
	return []bad{
		call("no token", "", 401, "Authorization: Bearer"),
		call("empty token", "Bearer ", 401, "Authorization: Bearer"),
		call("basic", "Basic b3duZXI6cGFzcw==", 401, "token"),
		call("malformed token", "Bearer hello", 401, "token"),
		call("mistyped token", "Bearer "+flip(s.provision), 401, "token"),
		call("disabled token", "Bearer "+disabled, 401, "Enable it"),
		call("revoked token", "Bearer "+revoked, 401, "Make a new token"),
		call("read token writes", "Bearer "+s.read, 403, "scope provision"),
		call("wrong address", "Bearer "+elsewhere, 403, "allow list"),
		call("another organization's user", "Bearer "+foreign, 404, "another organization"),
		spoofed,
	}
}

// flip mistypes one character of a token.
func flip(token string) string {
	last := token[len(token)-1]
	if last == 'a' {
		return token[:len(token)-1] + "b"
	}
	return token[:len(token)-1] + "a"
}

// badPages is what browsers can be made to send.
func (s *site) badPages(t *testing.T, f filled) []bad {
	t.Helper()
	owner, auditor := s.signIn(t, models.Owner), s.signIn(t, models.Auditor)
	get := func(name, path string, c *http.Cookie, want int, says string) bad {
		return bad{name, request{method: "GET", path: path, cookie: c}, want, says}
	}
	post := func(name, path string, c *http.Cookie, form url.Values, want int, says string) bad {
		return bad{name, request{method: "POST", path: path, cookie: c, form: form}, want, says}
	}
	foreign := post("foreign origin", "/users/new", owner, url.Values{"userName": {"x"}}, 403, "at its own address")
	foreign.header = map[string]string{"Sec-Fetch-Site": cross}
	origin := post("foreign Origin header", "/settings", owner, url.Values{"organization": {"x"}}, 403, "at its own address")
	origin.header = map[string]string{"Sec-Fetch-Site": "", "Origin": "https://evil.example"}
	return []bad{
		foreign, origin,
		get("second setup", "/setup?code=abc", nil, 409, "Sign in"),
		post("second setup sent", "/setup", nil, url.Values{"code": {"abc"}, "email": {"eve@example.com"}, "password": {password}}, 409, "Sign in"),
		get("wrong invitation", "/invite?code=abc", nil, 403, "owner"),
		post("wrong password", "/login", nil, url.Values{"email": {"owner@example.com"}, "password": {"wrong"}}, 401, "Check both and try again"),
		post("unknown admin", "/login", nil, url.Values{"email": {"eve@example.com"}, "password": {"wrong"}}, 401, "Check both and try again"),
		get("no such page", "/nothing/here", owner, 404, "mistyped"),
		{"wrong method", request{method: "DELETE", path: "/users", cookie: owner, header: map[string]string{"Sec-Fetch-Site": "same-origin"}}, 405, "use its buttons"},
		get("unknown user", "/users/"+nobody, owner, 404, "Look the user up"),
		get("unknown group", "/groups/"+nobody, owner, 404, "Look the group up"),
		get("unknown entry", "/logs/"+nobody, owner, 404, "Settings"),
		get("unknown token", "/scim/tokens/"+nobody, owner, 404, "SCIM tokens"),
		get("unknown admin's page", "/admins/"+nobody, owner, 404, "list"),
		get("anchor as id", "/users/1", owner, 404, "Look the user up"),
		get("NUL in a page's id", "/users/a%00", owner, 404, "Look the user up"),
		get("bad cursor", "/users?after=%21%21", owner, 400, "first page"),
		get("bad log cursor", "/logs?after=xyz", owner, 400, "first page"),
		get("unknown export", "/logs/export?format=pdf", owner, 400, "csv"),
		post("auditor adds a user", "/users/new", auditor, url.Values{"userName": {"x"}}, 403, "Ask an owner"),
		post("auditor changes settings", "/settings", auditor, url.Values{"organization": {"x"}}, 403, "Ask an owner"),
		post("auditor revokes a token", "/scim/tokens/"+f.token+"/revoke", auditor, url.Values{}, 403, "Ask an owner"),
		post("user without a name", "/users/new", owner, url.Values{"displayName": {"x"}}, 422, "userName"),
		post("user with NUL", "/users/new", owner, url.Values{"userName": {"a\x00b"}}, 400, "control characters"),
		post("taken user name", "/users/new", owner, url.Values{"userName": {"ADA@example.com"}}, 409, "edit that user"),
		post("settings out of range", "/settings", owner, url.Values{"organization": {"Acme"}, "logDays": {"3"}, "cycleGapMinutes": {"10"}, "adoption": {"automatic"}, "timeZone": {"UTC"}}, 400, "between 7 and 400"),
		post("settings no number", "/settings", owner, url.Values{"organization": {"Acme"}, "logDays": {"many"}, "cycleGapMinutes": {"10"}, "adoption": {"automatic"}, "timeZone": {"UTC"}}, 400, "between 7 and 400"),
		post("second choice of method", "/deployment/choose", owner, url.Values{"method": {"manual"}}, 409, "Open Deployment"),
		post("token in the past", "/scim/tokens", owner, url.Values{"description": {"x"}, "scope": {"provision"}, "expires": {"date"}, "date": {"2001-01-01"}}, 400, "Give a number of days"),
		post("admin without e-mail", "/admins", owner, url.Values{"name": {"x"}, "role": {"admin"}}, 400, "e-mail"),
		post("admin of an unknown role", "/admins", owner, url.Values{"email": {"a@example.com"}, "role": {"king"}}, 400, "role"),
	}
}
