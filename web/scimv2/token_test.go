package scimv2_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models"
)

func TestRefusedCredentials(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		by := models.Actor{Kind: models.CLIActor, Name: "command line", OrganizationID: s.Org.Key}
		disabled := s.newToken(t, models.ProvisionScope, s.Org.Key)
		read := s.newToken(t, models.ReadScope, s.Org.Key)
		tokens, err := s.Tokens(t.Context(), s.Org.Key)
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range tokens {
			if strings.HasPrefix(disabled, token.Prefix) {
				if _, err := s.accounts.DisableToken(t.Context(), by, token.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		unknown := s.newToken(t, models.ProvisionScope, s.Another(t).Key)
		mangled := s.token[:len(s.token)-1] + "!"
		rows := s.Sums(t, "token_uses", "tokens")
		tests := []struct{ name, header, want, says string }{
			{"none", "-", "401", "Authorization"},
			{"empty", "Bearer ", "401", "Authorization"},
			{"no scheme, nothing", "Bearer", "401", "Authorization"},
			{"malformed", "Bearer " + mangled, "401", ""},
			{"not ours", "Bearer abc", "401", ""},
			{"basic", "Basic dXNlcjpwYXNz", "401", ""},
			{"disabled", "Bearer " + disabled, "401", "disabled"},
			{"read only", "bearer " + read, "403", "scope provision"},
			{"another organization's", "Bearer " + unknown, "404", ""},
			{"two", "Bearer " + s.token + ", Bearer " + s.token, "401", ""},
			{"NUL", "Bearer mst_\x00", "401", ""},
		}
		for _, tt := range tests {
			w := s.send("DELETE", "/scim/v2/Users/0190aaaa-0000-7000-8000-000000000000", map[string]string{"Authorization": tt.header}, "")
			if fmt.Sprint(w.Code) != tt.want || !strings.Contains(w.Body.String(), `"status":"`+tt.want+`"`) || !strings.Contains(w.Body.String(), tt.says) {
				t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
			}
			if challenge := w.Header().Get("WWW-Authenticate"); w.Code == 401 && !strings.HasPrefix(challenge, "Bearer ") {
				t.Errorf("%s: challenge %q", tt.name, challenge)
			}
			if strings.Contains(w.Body.String(), s.token) || strings.Contains(w.Body.String(), disabled) || strings.Contains(w.Header().Get("WWW-Authenticate"), s.token) {
				t.Errorf("%s: the answer repeats a token", tt.name)
			}
		}
		for name := range rows {
			if now := s.Sums(t, "token_uses", "tokens")[name]; name != "log_entries" && name != "tallies" && name != "cycles" && now != rows[name] {
				t.Errorf("refusals changed %s: %s, was %s", name, now, rows[name])
			}
		}
		s.token = read
		if w := s.send("GET", "/scim/v2/Users", nil, ""); w.Code != 200 {
			t.Errorf("reading with a read token: %d %s", w.Code, w.Body)
		}
		s.Clock.Advance(400 * 24 * time.Hour)
		if w := s.send("GET", "/scim/v2/Users", nil, ""); w.Code != 401 || !strings.Contains(w.Body.String(), "expired") {
			t.Errorf("after a year: %d %s", w.Code, w.Body)
		}
	})
}

func TestMethodNotInChargeIsToldToReadersToo(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		id := s.create(t, "/Users", `{"userName":"ada"}`)
		s.Configure(t, func(o *models.Organization) { o.Method = models.LDAP })
		rows := s.Sums(t, "log_entries", "tallies", "tokens", "token_uses")
		for _, r := range [][3]string{
			{"GET", "/Users", ""},
			{"GET", "/Users/" + id, ""},
			{"POST", "/Users", `{"userName":"x"}`},
			{"PUT", "/Users/" + id, `{"userName":"x"}`},
			{"PATCH", "/Users/" + id, `{"Operations":[{"op":"replace","path":"active","value":false}]}`},
			{"DELETE", "/Users/" + id, ""},
			{"GET", "/Groups", ""},
			{"POST", "/Groups", `{"displayName":"x"}`},
			{"POST", "/Users", `{`},
		} {
			w := s.send(r[0], "/scim/v2"+r[1], nil, r[2])
			if w.Code != 403 || !strings.Contains(w.Body.String(), "AD/LDAP") {
				t.Errorf("%s %s: %d %s", r[0], r[1], w.Code, w.Body)
			}
		}
		if diff := cmp.Diff(rows, s.Sums(t, "log_entries", "tallies", "tokens", "token_uses")); diff != "" {
			t.Errorf("refusals wrote (-before +after):\n%s", diff)
		}
		if w := s.send("GET", "/scim/v2/ServiceProviderConfig", nil, ""); w.Code != 200 {
			t.Errorf("discovery: %d", w.Code)
		}
	})
}

func TestBodies(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		id := s.create(t, "/Users", `{"userName":"ada"}`)
		tests := []struct {
			name, method, path, kind, body string
			want                           int
			says                           string
		}{
			{"form", "POST", "/Users", "application/x-www-form-urlencoded", "userName=x", 415, "application/scim+json"},
			{"text", "PATCH", "/Users/" + id, "text/plain", "{}", 415, "application/scim+json"},
			{"broken type", "POST", "/Users", "application/json; =", "{}", 415, "application/scim+json"},
			{"none", "POST", "/Users", "application/scim+json", " ", 400, "no body"},
			{"huge", "POST", "/Users", "application/json", `{"userName":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "PATCH requests"},
			{"deep", "POST", "/Users", "application/json", `{"userName":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, 400, ""},
			{"endless depth", "POST", "/Users", "application/json", strings.Repeat(`{"name":`, 100_000), 400, ""},
			{"list", "POST", "/Users", "application/json", `[]`, 400, ""},
			{"truncated", "POST", "/Users", "application/json", `{"userName":"x"`, 400, ""},
			{"two values", "POST", "/Users", "application/json", `{"userName":"x"}{}`, 400, ""},
			{"broken text", "POST", "/Users", "application/json", "{\"userName\":\"a\xff\"}", 400, ""},
			{"NUL", "POST", "/Users", "application/json", `{"userName":"a\u0000"}`, 400, "without control characters"},
			{"NUL in an id of a member", "POST", "/Groups", "application/json", `{"displayName":"g","members":[{"value":"\u0000"}]}`, 400, "without control characters"},
			{"many operations", "PATCH", "/Users/" + id, "application/json", `{"Operations":[` + strings.Repeat(`{"op":"replace","path":"title","value":"x"},`, 1000) + `{"op":"replace","path":"title","value":"y"}]}`, 413, "send them in several"},
		}
		for _, tt := range tests {
			rows := s.Int(t, "SELECT count(*) FROM users") + s.Int(t, "SELECT count(*) FROM groups")
			logged := len(s.Log(t))
			w := s.send(tt.method, "/scim/v2"+tt.path, map[string]string{"Content-Type": tt.kind}, tt.body)
			if w.Code != tt.want || !strings.Contains(strings.ToLower(w.Body.String()), strings.ToLower(tt.says)) {
				t.Errorf("%s: %d %.300s", tt.name, w.Code, w.Body)
			}
			if now := s.Int(t, "SELECT count(*) FROM users") + s.Int(t, "SELECT count(*) FROM groups"); now != rows {
				t.Errorf("%s: %d rows, had %d", tt.name, now, rows)
			}
			if e := s.Last(t); len(s.Log(t)) != logged+1 || e.Status != models.Failure || e.Code == "" || e.Details.Advice == "" {
				t.Errorf("%s: logged as %s %q, advice %q", tt.name, e.Status, e.Code, e.Details.Advice)
			}
		}
		s.recordExchanges(t)
		if n := s.Int(t, "SELECT count(*) FROM exchanges"); n != int64(len(tests)+1) {
			t.Errorf("%d of %d requests were written down", n, len(tests)+1)
		}
	})
}

func TestParallelRequests(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		var mu sync.Mutex
		codes := map[int]int{}
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				w := s.send("POST", "/scim/v2/Users", nil, `{"userName":"ada@example.com"}`)
				mu.Lock()
				defer mu.Unlock()
				codes[w.Code]++
			})
		}
		wg.Wait()
		if codes[http.StatusCreated] != 1 || codes[http.StatusConflict] != 63 {
			t.Errorf("answers: %v", codes)
		}
		g := s.create(t, "/Groups", `{"displayName":"Team"}`)
		ids := make([]string, 64)
		for i := range ids {
			ids[i] = s.create(t, "/Users", fmt.Sprintf(`{"userName":"user%d"}`, i))
		}
		for _, id := range ids {
			wg.Go(func() {
				w := s.send("PATCH", "/scim/v2/Groups/"+g, nil, `{"Operations":[{"op":"Add","path":"members","value":[{"value":"`+id+`"}]}]}`)
				if w.Code != http.StatusNoContent {
					t.Errorf("add %s: %d %s", id, w.Code, w.Body)
				}
			})
		}
		wg.Wait()
		if n := s.Int(t, "SELECT count(*) FROM members"); n != 64 || s.Group(t, g).MemberCount != 64 {
			t.Errorf("%d members, counted %d", n, s.Group(t, g).MemberCount)
		}
	})
}

// A directory that is locked out finds itself among the requests, with the reason, but
// not with each of a thousand attempts.
func TestARefusedTokensRequestIsKept(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		by := models.Actor{Kind: models.CLIActor, Name: "command line", OrganizationID: s.Org.Key}
		disabled, read := s.newToken(t, models.ProvisionScope, s.Org.Key), s.newToken(t, models.ReadScope, s.Org.Key)
		tokens, err := s.Tokens(t.Context(), s.Org.Key)
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range tokens {
			if strings.HasPrefix(disabled, token.Prefix) {
				if _, err := s.accounts.DisableToken(t.Context(), by, token.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range 3 {
			s.send("POST", "/scim/v2/Users", map[string]string{"Authorization": "Bearer " + disabled}, `{"userName":"who@example.com"}`)
			s.send("DELETE", "/scim/v2/Users/0190aaaa-0000-7000-8000-000000000000", map[string]string{"Authorization": "Bearer " + read}, "")
			s.send("GET", "/scim/v2/Users", map[string]string{"Authorization": "Bearer mst_unknown"}, "")
		}
		s.recordExchanges(t)
		kept, err := s.Exchanges(t.Context(), s.Org.Key, models.ExchangeQuery{Failed: true})
		if err != nil {
			t.Fatal(err)
		}
		if len(kept.Items) != 2 {
			t.Fatalf("%d refused requests are kept", len(kept.Items))
		}
		for _, e := range kept.Items {
			whole, err := s.Exchange(t.Context(), s.Org.Key, e.RequestID)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"POST": "disabled", "DELETE": "may only read"}[e.HTTPMethod]
			if e.TokenID == "" || e.Status != map[string]int{"POST": 401, "DELETE": 403}[e.HTTPMethod] ||
				!strings.Contains(whole.ResponseBody, want) || whole.RequestBody != "" || len(e.Notes) == 0 {
				t.Errorf("kept is %+v", whole)
			}
		}
	})
}

// TestAStrangerIsRemembered until a good token comes from the same address.
func TestAStrangerIsRemembered(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		knock := func(header string) {
			s.send("GET", "/scim/v2/Users", map[string]string{"Authorization": header}, "")
		}
		strangers := func() string {
			tokens, err := s.Tokens(t.Context(), s.Org.Key)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, x := range s.accounts.Strangers(0, tokens) {
				out = append(out, fmt.Sprintf("%d %s", x.Count, x.Why))
			}
			return strings.Join(out, "; ")
		}
		knock("-")
		if got := strangers(); got != "" {
			t.Errorf("a request without a token is remembered: %s", got)
		}
		knock("Bearer " + s.token[:len(s.token)-1])
		knock("Bearer abc")
		if got := strangers(); got != `2 The token does not begin with "mst_".` {
			t.Errorf("remembered: %s", got)
		}
		knock("Bearer " + s.token)
		if got := strangers(); got != "" {
			t.Errorf("remembered after a good request: %s", got)
		}
	})
}
