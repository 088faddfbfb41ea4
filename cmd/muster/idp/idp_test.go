package idp_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/cmd/muster/idp"
)

func variants() map[string]idp.Options {
	return map[string]idp.Options{
		"entra":           {Dialect: idp.Entra},
		"entra with flag": {Dialect: idp.Entra, Flag: true},
		"okta":            {Dialect: idp.Okta},
		"okta catalogue":  {Dialect: idp.Okta, OIN: true},
	}
}

// clock makes waiting free and visible.
type clock struct{ slept []time.Duration }

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.slept = append(c.slept, d)
	return ctx.Err()
}

func options(o idp.Options, url string) idp.Options {
	o.BaseURL, o.Token, o.Seed = url, "right", 1
	if o.Users == 0 {
		o.Users = 120
	}
	o.Cycles = 8
	o.Sleep = (&clock{}).sleep
	return o
}

func run(t *testing.T, o idp.Options) (*idp.Simulator, idp.Result) {
	t.Helper()
	s := idp.New(o)
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Unexpected {
		t.Errorf("unexpected: %v", p)
	}
	return s, r
}

func verify(t *testing.T, o idp.Options, w idp.World) []idp.Mismatch {
	t.Helper()
	list, err := idp.Verify(t.Context(), o, w)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestTheWholeLife(t *testing.T) {
	for name, o := range variants() {
		t.Run(name, func(t *testing.T) {
			_, url := newFake(t)
			o := options(o, url)
			s, r := run(t, o)
			w := s.Expected()
			if list := verify(t, o, w); len(list) > 0 {
				t.Errorf("%d mismatches, first %v", len(list), list[0])
			}
			count := map[string]int{}
			for _, u := range w.Users {
				count["inactive"] += one(!u.Active && !u.Deleted)
				count["deleted"] += one(u.Deleted)
				count["returned"] += one(u.Returned && u.Active)
				count["managed"] += one(u.Manager != "")
			}
			for _, g := range w.Groups {
				count["groups deleted"] += one(g.Deleted)
				count["members"] += len(g.Members)
			}
			for _, e := range r.Requests {
				count["mistakes"] += one(e.Mistake != "")
			}
			if o.Dialect == idp.Okta {
				count["deleted"]++ // never, in Okta
			}
			for _, kind := range []string{"inactive", "deleted", "returned", "managed", "groups deleted", "members", "mistakes"} {
				if count[kind] == 0 {
					t.Errorf("the story has no %s: %v", kind, count)
				}
			}
			if o.Dialect == idp.Okta && len(r.Count("delete user")) > 0 {
				t.Error("Okta deleted a user")
			}
		})
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestSameSeedSameRequests(t *testing.T) {
	for name, o := range variants() {
		t.Run(name, func(t *testing.T) {
			logs := [3][]string{}
			for i := range logs {
				f, url := newFake(t)
				o.Users = 60
				o := options(o, url)
				if i == 2 {
					o.Seed = 2
				}
				run(t, o)
				for _, line := range f.log {
					logs[i] = append(logs[i], strings.ReplaceAll(line, url, ""))
				}
			}
			if diff := cmp.Diff(logs[0], logs[1]); diff != "" {
				t.Errorf("the same seed gave other requests: %s", diff)
			}
			if slices.Equal(logs[0], logs[2]) {
				t.Error("another seed gave the same requests")
			}
		})
	}
}

// The lines that scim-clients describes must be there, letter for letter.
func TestDialects(t *testing.T) {
	for name, wants := range map[string][]string{
		"entra": {
			`POST /scim/v2/Users {"active":true,"addresses":`, `"active":"True"`, `"roles":[]`, `"nickName":null`, `"meta":{"resourceType":"User"}`,
			`{"op":"Replace","path":"active","value":"False"}`, `{"op":"Replace","path":"active","value":"True"}`,
			`{"op":"Replace","path":"emails[type eq \"work\"].value","value":"`, `{"op":"Replace","path":"` + enterprise + `:department","value":"`,
			`"path":"` + enterprise + `:manager","value":"userName-`, `"path":"manager","value":[{"$ref":"`,
			`GET /scim/v2/Groups?excludedAttributes=members&filter=displayName+eq+`, `ADSCIM/2.0/Group"]`,
			`{"op":"Add","path":"members","value":[{"$ref":null,"value":"`, `{"op":"Remove","path":"members","value":[{"$ref":null,"value":"`,
			`GET /scim/v2/Users?filter=id+eq+%22`, `+and+manager+eq+%22`, `+and+members+eq+%22`, `&attributes=id`, `DELETE /scim/v2/Users/`, `filter=externalId+eq+`,
		},
		"entra with flag": {
			`?aadOptscim062020&filter=`, `/Users?aadOptscim062020 {`, `{"op":"replace","path":"active","value":false}`, `{"op":"replace","value":{"`,
			`"name.familyName":"`, `"emails[type eq \"work\"].value":"`, `"` + enterprise + `:department":"`, `{"op":"remove","path":"members[value eq \"`,
		},
		"okta": {
			`Okta SCIM Client 1.0.0`, `&startIndex=1&count=100`, `startIndex=101&count=100`, `"groups":[]`, `"password":"Pw.`, `"locale":"`, `PUT /scim/v2/Users/`, `"active":false`,
			`{"op":"replace","value":{"displayName":"`, `{"op":"remove","path":"members[value eq \"`, `"display":"`, `{"op":"replace","path":"members","value":[`,
			`{"op":"replace","path":"members","value":[]}`, `DELETE /scim/v2/Groups/`, `"members":[]`,
		},
		"okta catalogue": {`{"op":"replace","value":{"active":false}}`, `{"op":"replace","value":{"active":true}}`, `PUT /scim/v2/Users/`},
	} {
		t.Run(name, func(t *testing.T) {
			f, url := newFake(t)
			o := options(variants()[name], url)
			o.Cycles = 12
			run(t, o)
			// Members are compared without order of keys: op, path, value.
			all := strings.ReplaceAll(strings.Join(f.log, "\n"), url, "")
			for _, want := range wants {
				if !strings.Contains(all, want) {
					t.Errorf("never sent: %s", want)
				}
			}
		})
	}
}

func TestVerifyFindsDifferences(t *testing.T) {
	f, url := newFake(t)
	o := options(idp.Options{Dialect: idp.Entra, Users: 40}, url)
	s, _ := run(t, o)
	w := s.Expected()
	f.users[3]["title"] = "Pretender"
	f.users[4]["active"] = "yes"
	f.users = append(f.users, doc{"id": "twice", "userName": f.users[5]["userName"], "active": true})
	f.groups[0]["members"] = f.groups[0]["members"].([]any)[1:]
	f.groups = f.groups[:len(f.groups)-1]
	fields := map[string]bool{}
	for _, m := range verify(t, o, w) {
		fields[m.Resource+" "+m.Field] = true
	}
	for _, want := range []string{"User title", "User list: title", "User active", "User userName", "Group members", "Group GET and list", "User groups"} {
		if !fields[want] {
			t.Errorf("not found: %s; found %v", want, fields)
		}
	}
}

func TestUnplannedAnswersAreProblems(t *testing.T) {
	f, url := newFake(t)
	f.broken = "adds lost"
	o := options(idp.Options{Dialect: idp.Entra, Users: 40}, url)
	f.before = func(n int, w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && n%17 == 0 {
			http.Error(w, "<h1>Teapot</h1>", http.StatusTeapot)
			return true
		}
		return false
	}
	s := idp.New(o)
	r, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Unexpected) == 0 || !strings.Contains(r.String(), "unexpected answers:") {
		t.Errorf("no problem was seen: %s", r)
	}
	if list := verify(t, o, s.Expected()); len(list) == 0 {
		t.Error("a server that loses members was found right")
	}
}

func TestWrongOptionsAndToken(t *testing.T) {
	_, url := newFake(t)
	for name, o := range map[string]idp.Options{
		"no address":   {Token: "right", Dialect: idp.Entra},
		"no token":     {BaseURL: url, Dialect: idp.Entra},
		"no dialect":   {BaseURL: url, Token: "right"},
		"wrong token":  {BaseURL: url, Token: "wrong", Dialect: idp.Okta},
		"too many":     {BaseURL: url, Token: "right", Dialect: idp.Okta, Rate: -1},
		"not a server": {BaseURL: "http://127.0.0.1:1/scim/v2", Token: "right", Dialect: idp.Okta, MaxWait: time.Millisecond},
	} {
		if _, err := idp.New(o).Run(t.Context()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestResultCounts(t *testing.T) {
	_, url := newFake(t)
	o := options(idp.Options{Dialect: idp.Okta, Users: 30}, url)
	seen := 0
	o.Log = func(idp.Event) { seen++ }
	s, r := run(t, o)
	if seen != len(r.Requests) {
		t.Errorf("%d events for %d requests", seen, len(r.Requests))
	}
	ids := map[string]bool{}
	for _, e := range r.Requests {
		ids[e.RequestID] = true
	}
	if len(ids) != len(r.Requests) {
		t.Errorf("%d request ids for %d requests", len(ids), len(r.Requests))
	}
	if got := r.Count("create user")[201]; got != len(s.Expected().Users) || got != len(s.Secrets()) {
		t.Errorf("%d users were created, %d are expected, %d passwords sent", got, len(s.Expected().Users), len(s.Secrets()))
	}
	for _, want := range []string{"Okta, seed 1: ", " users and ", "create user", "mistakes made on purpose", "no unexpected answer"} {
		if !strings.Contains(r.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, r)
		}
	}
	t.Log(fmt.Sprint("\n", r))
}
