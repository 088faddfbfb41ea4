package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory/directorytest"
	"muster/models/scim"
	"muster/models/store"
	"muster/web/session"
)

// public are the routes that anyone may use; one more needs a reason here.
var public = []string{
	"GET /setup", "POST /setup", "GET /invite", "POST /invite", "GET /login", "POST /login", "POST /logout", "POST /preferences",
	"GET /static/*", "HEAD /static/*", "GET /favicon.ico", "GET /healthz", "GET /readyz", "HEAD /healthz", "HEAD /readyz",
}

func TestTheTableOfRoutesIsComplete(t *testing.T) {
	s := newSite(t, directorytest.SQLite(t))
	var table, served, open []string
	for _, r := range s.web.Routes() {
		name := r.Method + " " + r.Path
		if slices.Contains(table, name) {
			t.Errorf("%s stands twice in the table", name)
		}
		table = append(table, name)
		if r.Access.Public {
			open = append(open, name)
			if r.Access.Role != "" || r.Access.Scope != "" {
				t.Errorf("%s is public and yet names a role or scope", name)
			}
		}
		if r.Access.Role != "" && !r.Access.Role.Valid() || r.Access.Scope != "" && !r.Access.Scope.Valid() {
			t.Errorf("%s names a role or scope that does not exist", name)
		}
	}
	e, ok := s.web.Handler().(*echo.Echo)
	if !ok {
		t.Fatal("the handler is no longer echo: this test has to find the routes elsewhere")
	}
	for _, r := range e.Routes() {
		served = append(served, r.Method+" "+r.Path)
	}
	for _, list := range [][]string{table, served, open} {
		slices.Sort(list)
	}
	if diff := cmp.Diff(table, served); diff != "" {
		t.Errorf("the table and what is served differ (-table +served):\n%s", diff)
	}
	want := slices.Sorted(slices.Values(public))
	if diff := cmp.Diff(want, open); diff != "" {
		t.Errorf("public routes (-want +got):\n%s", diff)
	}
}

// caller is somebody who tries every route.
type caller struct {
	name  string
	role  models.Role
	scope models.Scope
}

func (c caller) may(a session.Access) bool {
	switch {
	case a.Public:
		return true
	case a.Scope != "" && c.scope != "":
		return c.scope.Includes(a.Scope)
	case a.Role != "" && c.role != "":
		return c.role.Includes(a.Role)
	}
	return false
}

var param = regexp.MustCompile(`:\w+`)

// TestEveryRouteAdmitsWhomTheTableSays drives every route as everybody, with ids
// that nobody has, so that what is admitted changes little.
func TestEveryRouteAdmitsWhomTheTableSays(t *testing.T) {
	s := newSite(t, directorytest.SQLite(t))
	callers := []caller{
		{name: "anonymous"},
		{name: "owner", role: models.Owner},
		{name: "admin", role: models.Admin},
		{name: "auditor", role: models.Auditor},
		{name: "read token", scope: models.ReadScope},
		{name: "provision token", scope: models.ProvisionScope},
	}
	for _, c := range callers {
		t.Run(c.name, func(t *testing.T) {
			for _, r := range s.web.Routes() {
				q := request{method: r.Method, path: param.ReplaceAllString(r.Path, nobody)}
				if r.Method == http.MethodPost && !strings.HasPrefix(r.Path, "/scim/v2") {
					q.form = url.Values{}
				}
				switch c.name {
				case "read token":
					q.header = bearer(s.read)
				case "provision token":
					q.header = bearer(s.provision)
				case "anonymous":
				default:
					q.cookie = s.signIn(t, c.role)
				}
				w := s.send(q)
				denied := w.Code == http.StatusUnauthorized ||
					w.Code == http.StatusForbidden && (strings.Contains(w.Body.String(), "needs the role") || strings.Contains(w.Body.String(), "may only read")) ||
					w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/login?next=")
				if r.Access.Public {
					denied = w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), "/login?next=") || w.Code == http.StatusNotFound && !strings.Contains(r.Path, "*")
				}
				if denied == c.may(r.Access) {
					t.Errorf("%s %s: admitted %v, want %v (%d)", r.Method, r.Path, !denied, c.may(r.Access), w.Code)
				}
				if w.Code >= http.StatusInternalServerError && w.Code != http.StatusNotImplemented {
					t.Errorf("%s %s: %d %.300s", r.Method, r.Path, w.Code, w.Body)
				}
			}
		})
	}
	if strings.Contains(s.logged.String(), "panic") {
		t.Errorf("a handler panicked:\n%.3000s", s.logged.String())
	}
}

// TestNoGetChangesAnything follows every GET with real ids, as a page has it and as a
// link that claims a confirmation, and compares all rows.
func TestNoGetChangesAnything(t *testing.T) {
	s := newSite(t, directorytest.SQLite(t))
	f := s.fill(t)
	owner := s.signIn(t, models.Owner)
	before := s.Sums(t, "sessions", "token_uses")
	for _, r := range s.web.Routes() {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			continue
		}
		q := request{method: r.Method, path: f.path(r.Path), cookie: owner}
		if r.Access.Scope != "" {
			q = request{method: r.Method, path: f.path(r.Path), header: bearer(s.provision)}
		}
		w := s.send(q)
		if r.Access.Scope == "" {
			claim := q
			claim.path += "?confirmed=yes&do=approve"
			s.send(claim)
		}
		if w.Code >= http.StatusBadRequest && !slices.Contains([]string{
			"/users/import/:job", "/users/import/:job/issues.csv", "/scim/v2/Me", "/scim/tokens/:id/created", "/admins/:id/link",
			"/invite", "/static/*", "/setup", "/audit/export", "/groups/:id/delete", "/deployment/shadow/log/:id", "/queue/held/approved/:request",
		}, r.Path) {
			t.Errorf("%s %s: %d %.300s", r.Method, q.path, w.Code, w.Body)
		}
		now := s.Sums(t, "sessions", "token_uses")
		if diff := cmp.Diff(before, now); diff != "" {
			t.Errorf("%s %s changed rows (-before +after):\n%s", r.Method, q.path, diff)
			before = now
		}
	}
}

// filled are ids of one record of each sort.
type filled struct{ user, group, entry, request, admin, audit, token, computed, decision, profile, mapping, change, cycle string }

func (s *site) fill(t *testing.T) filled {
	t.Helper()
	var f filled
	do := func(q request, want int) {
		t.Helper()
		if w := s.send(q); w.Code != want {
			t.Fatalf("%s %s: %d %.300s", q.method, q.path, w.Code, w.Body)
		}
	}
	do(request{method: "POST", path: "/scim/v2/Users", header: bearer(s.provision), body: `{"userName":"ada@example.com","externalId":"1","displayName":"Ada"}`}, 201)
	do(request{method: "POST", path: "/scim/v2/Users", header: bearer(s.provision), body: `{"userName":"ada@example.com","externalId":"2"}`}, 409)
	decisions, err := s.Queue(t.Context(), s.Org.Key, models.QueueQuery{})
	if err != nil || len(decisions.Items) != 1 {
		t.Fatalf("the queue: %+v, %v", decisions.Items, err)
	}
	f.decision = decisions.Items[0].ID
	u, err := s.UserByName(t.Context(), s.Org.Key, "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	do(request{method: "POST", path: "/scim/v2/Groups", header: bearer(s.provision), body: `{"displayName":"Team","members":[{"value":"` + u.ID + `"}]}`}, 201)
	g, err := s.GroupByName(t.Context(), s.Org.Key, "Team")
	if err != nil {
		t.Fatal(err)
	}
	s.record(t)
	f.user, f.group, f.entry, f.request = u.ID, g.ID, s.Last(t).ID, s.Last(t).RequestID
	admin, err := s.AdminByEmail(t.Context(), "auditor@example.com")
	if err != nil {
		t.Fatal(err)
	}
	audit, err := s.AuditEntries(t.Context(), models.AuditQuery{Page: models.Page{Limit: 1}})
	if err != nil || len(audit.Items) == 0 {
		t.Fatalf("the audit log: %v", err)
	}
	tokens, err := s.Tokens(t.Context(), s.Org.Key)
	if err != nil || len(tokens) == 0 {
		t.Fatalf("tokens: %v", err)
	}
	if _, err := s.accounts.DeclareAttribute(t.Context(), s.cli, models.CustomAttribute{Of: models.UserTarget, Name: "costCode", Type: "string"}, scim.User()); err != nil {
		t.Fatal(err)
	}
	m, err := s.SaveAttributeMapping(t.Context(), s.cli, models.AttributeMapping{Method: models.SCIM, Target: "costCode", Expression: "department"})
	if err != nil {
		t.Fatal(err)
	}
	f.computed = m.ID
	change := models.MethodChange{ID: directorytest.NewID(), OrganizationID: s.Org.Key, From: models.Manual, To: models.SCIM, At: models.TimeOf(s.Clock.Now()), By: "owner@example.com"}
	if err := s.Keep(t.Context(), func(tx *store.Tx) error { return tx.InsertMethodChange(&change) }); err != nil {
		t.Fatal(err)
	}
	f.change = change.ID
	f.admin, f.audit, f.token = admin.ID, audit.Items[0].ID, tokens[0].ID
	s.ruled(t, &f)
	f.cycle = s.connect(t)
	return f
}

// ruled makes a setting, a profile and a mapping, and runs what they start.
func (s *site) ruled(t *testing.T, f *filled) {
	t.Helper()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	by := models.Actor{Kind: models.AdminActor, ID: f.admin, Name: "owner@example.com", OrganizationID: s.Org.Key, Role: models.Owner}
	ok(s.Directory.SaveSettingKeys(t.Context(), by, func([]models.SettingKey) ([]models.SettingKey, error) {
		return []models.SettingKey{{Name: "region", Type: models.TextSetting}}, nil
	}))
	profile, err := s.Directory.SaveProfile(t.Context(), by, "", func(p *models.Profile) error { p.Name = "Staff"; return nil })
	ok(err)
	mapping, err := s.Directory.SaveMapping(t.Context(), by, "", func(m *models.Mapping) error {
		m.Method, m.Name, m.ProfileKey = models.SCIM, "Everyone", profile.Key
		return nil
	})
	ok(err)
	ok(s.Directory.Evaluate(t.Context()))
	f.profile, f.mapping = profile.ID, mapping.ID
}

// path puts real ids into a route.
func (f filled) path(route string) string {
	id := nobody
	for prefix, value := range map[string]string{
		"/users/:": f.user, "/groups/:": f.group, "/logs/:": f.entry, "/logs/requests/:": f.request,
		"/admins/:": f.admin, "/audit/:": f.audit, "/scim/tokens/:": f.token, "/scim/v2/Users/:": f.user, "/scim/v2/Groups/:": f.group,
		"/scim/v2/ResourceTypes/:": "User", "/attributes/:": "user.costCode", "/attributes/mappings/:": f.computed, "/queue/:": f.decision, "/connectors/entra/cycles/:": f.cycle, "/profiles/:": f.profile, "/mappings/:": f.mapping, "/deployment/changes/:": f.change, "/scim/v2/Schemas/:": "urn:ietf:params:scim:schemas:core:2.0:User",
	} {
		if strings.HasPrefix(route, prefix) {
			id = value
		}
	}
	what := strings.NewReplacer(":target", "manual", ":idp", "entra", ":id", id, ":name", "region", ":verb", "stop")
	return strings.Replace(what.Replace(route), ":what", map[bool]string{true: "revoke", false: "disable"}[strings.HasPrefix(route, "/scim/")], 1)
}
