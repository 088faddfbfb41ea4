package entratest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// serve answers a call. The state is looked at under the lock; what is slow to send
// is sent outside.
func (g *Graph) serve(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	a, now := g.answer(r), g.o.Now().Add(g.skew)
	g.mu.Unlock()
	send(w, r, a, now)
}

func (g *Graph) answer(r *http.Request) Answer {
	path, isGraph := strings.CutPrefix(r.URL.Path, "/v1.0")
	if !isGraph {
		a := g.signIn(r)
		g.spoil(r, &a, false)
		return a
	}
	g.count.Calls++
	if r.Header.Get("x-ms-throttle-priority") == "low" {
		g.count.Low++
	}
	if strings.Contains(r.Header.Get("Prefer"), "return=minimal") {
		g.count.Minimal++
	}
	if !g.authorized(r) {
		g.count.Refused++
		return Refusal(http.StatusUnauthorized, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
	}
	if a, stop := g.throttled(); stop {
		return a
	}
	a := g.route(path, r)
	g.spoil(r, &a, true)
	if a.Status == 0 && a.Page["value"] != nil {
		g.count.Pages++
	}
	return a
}

var (
	oneUser  = regexp.MustCompile(`^/users/([^/]+)$`)
	groupsOf = regexp.MustCompile(`^/users/([^/]+)/(memberOf|transitiveMemberOf)/microsoft\.graph\.group$`)
	inGroup  = regexp.MustCompile(`^/groups/([^/]+)/(members|transitiveMembers)(/microsoft\.graph\.user)?(/\$count)?$`)
	assigned = regexp.MustCompile(`^/servicePrincipals\(appId='([^']+)'\)/appRoleAssignedTo$`)
)

func (g *Graph) route(path string, r *http.Request) Answer {
	for _, need := range []struct{ prefix, permission string }{
		{"/users", "User.Read.All"}, {"/groups", "GroupMember.Read.All"}, {"/servicePrincipals", "Application.Read.All"},
	} {
		if strings.HasPrefix(path, need.prefix) && g.denied[need.permission] {
			return Refusal(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
		}
	}
	switch path {
	case "/users/delta":
		return g.delta("users", r)
	case "/groups/delta":
		return g.delta("groups", r)
	case "/users":
		return g.listObjects(&g.users, "users", r)
	case "/groups":
		return g.listObjects(&g.groups, "groups", r)
	case "/users/$count":
		return count(len(g.there(&g.users)))
	case "/groups/$count":
		return count(len(g.there(&g.groups)))
	}
	if m := groupsOf.FindStringSubmatch(path); m != nil {
		return g.listGroupsOf(m[1], m[2] == "transitiveMemberOf", r)
	}
	if m := inGroup.FindStringSubmatch(path); m != nil {
		return g.groupMembers(m, r)
	}
	if m := assigned.FindStringSubmatch(path); m != nil {
		return g.listAssigned(m[1], r)
	}
	if m := oneUser.FindStringSubmatch(path); m != nil {
		if o := g.users.byID[m[1]]; o != nil && o.there() {
			v, bad := g.plain(o, "users", r.URL.Query())
			if bad != nil {
				return *bad
			}
			return Answer{Page: v}
		}
	}
	return notFound()
}

func (g *Graph) groupMembers(m []string, r *http.Request) Answer {
	group := g.groups.byID[m[1]]
	if group == nil || !group.there() {
		return notFound()
	}
	transitive, usersOnly := m[2] == "transitiveMembers", m[3] != ""
	if m[4] == "" {
		return g.listMembers(group, transitive, usersOnly, r)
	}
	n := 0
	for _, member := range g.membersOf(group, transitive) {
		if !usersOnly || member.kind == "user" {
			n++
		}
	}
	return count(n)
}

func (g *Graph) there(t *table) []*object {
	var out []*object
	for _, id := range t.order {
		if o := t.byID[id]; o.there() {
			out = append(out, o)
		}
	}
	return out
}

// count is a number as Graph sends it: text behind a byte order mark.
func count(n int) Answer { return Answer{Raw: []byte("\ufeff" + strconv.Itoa(n))} }

func send(w http.ResponseWriter, r *http.Request, a Answer, now time.Time) {
	body := a.Raw
	if body == nil {
		var err error
		if body, err = json.Marshal(a.Page); err != nil {
			panic(fmt.Sprintf("entratest: %v", err)) // a property that is no JSON
		}
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	h.Set("request-id", "fake-request")
	maps.Copy(h, a.Header)
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.Status)
	if !a.Cut && a.Slow == 0 {
		_, _ = w.Write(body) // whoever left needs no answer
		return
	}
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	if a.Cut {
		panic(http.ErrAbortHandler)
	}
	select {
	case <-time.After(a.Slow):
		_, _ = w.Write(body[len(body)/2:])
	case <-r.Context().Done():
	}
}
