package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/cmd/muster/idp"
	"muster/models"
	"muster/models/account"
	"muster/models/deployment"
	"muster/web/scimv2"
)

// full is an instance after a week of two directories' life, with something in
// every state that a page can show, and with values that break careless pages.
type full struct {
	*world
	owner, auditor *http.Cookie

	plain, locked, suspended, preserved, manager string // ids of users
	awkward, foreign, scripted                   string
	group, sent, nested, vacant                  string // ids of groups
	tokens                                       map[string]models.Token
	invited, disabled                            models.AdminAccount
	invitation                                   string
	change                                       string // id of a change of method
	created, failed, skipped                     string // ids of log entries
	request, refused                             string // ids of SCIM requests
	audit                                        string
	adoption, renaming, conflict, declined       string // ids of decisions
	rules                                        rules
}

const script = `<script>alert(1)</script>`

// long fills a value to a length with words, so that wrapping has a chance, or
// without, so that it has none.
func long(unit string, n int) string { return strings.Repeat(unit, n/len(unit)+1)[:n] }

func newFull(t *testing.T) *full {
	t.Helper()
	f := &full{world: owned(t), tokens: map[string]models.Token{}}
	f.clock.back(8 * 24 * time.Hour)
	f.method(models.Manual, "")
	f.ok(handmade(t.Context(), f.inst, f.by()))
	f.method(models.SCIM, "The directory team took over joiners and leavers.")
	f.expiring()
	f.directories()
	f.people()
	f.groups()
	f.custom()
	f.queue()
	f.ruled()
	f.admins()
	f.owner, f.auditor = f.signIn(ownerEmail), f.signIn(auditorEmail)
	f.find()
	return f
}

func (f *full) method(to models.Method, why string) {
	f.t.Helper()
	done, err := f.inst.deployment.Change(f.t.Context(), f.by(), deployment.Order{Target: to, Keep: true, Reason: why})
	f.ok(err)
	f.change = done.ID
}

// expiring makes a token that is over by now.
func (f *full) expiring() {
	f.tokens["expired"], _ = f.token("Pilot with the reseller", models.ProvisionScope, 3)
}

// directories lets two of them live for a week, and leaves tokens in every state.
func (f *full) directories() {
	f.t.Helper()
	ctx := f.t.Context()
	s := &scene{}
	for n, dialect := range []idp.Dialect{idp.Entra, idp.Okta} {
		name := []string{"Microsoft Entra ID, head office", "Okta, acquired company"}[n]
		tok, text := f.token(name, models.ProvisionScope, 365)
		f.tokens[[]string{"entra", "okta"}[n]] = tok
		s.directories = append(s.directories, idp.New(idp.Options{BaseURL: f.url() + scimv2.Prefix, Token: text, Dialect: dialect, Users: 40 / (n + 1), Seed: 3}))
	}
	f.ok(s.past(ctx, f.clock, 6))
	f.mistakes()
	tok, _, err := f.inst.accounts.CreateToken(ctx, f.by(), account.TokenSpec{
		Description: long("Reporting script of the finance department ", 100), Scope: models.ReadScope,
		Expires: f.clock.Now().AddDate(0, 0, 9), AllowList: []string{"192.0.2.0/24", "2001:db8:1234:5678::/64", "203.0.113.7"},
	})
	f.ok(err)
	f.tokens["ending"] = tok
	idle, _ := f.token("OneLogin trial", models.ProvisionScope, 30)
	_, err = f.inst.accounts.DisableToken(ctx, f.by(), idle.ID)
	f.ok(err)
	f.tokens["disabled"] = idle
	f.tokens["next"], _, err = f.inst.accounts.RotateToken(ctx, f.by(), f.tokens["okta"].ID, 24*time.Hour, f.clock.Now().AddDate(1, 0, 0))
	f.ok(err)
}

// user adds a person by hand.
func (f *full) user(attributes models.Attributes) string {
	f.t.Helper()
	u, err := f.inst.directory.CreateUser(f.t.Context(), f.by(), func(u *models.User) error { u.Attributes = attributes; return nil })
	f.ok(err)
	return u.ID
}

func person(userName, given, family, display string) models.Attributes {
	return models.Attributes{
		"userName": userName, "displayName": display, "title": "Engineer",
		"name":               map[string]any{"givenName": given, "familyName": family},
		"emails":             []any{map[string]any{"value": strings.ToLower(userName), "type": "work", "primary": true}},
		models.EnterpriseURN: map[string]any{"department": "Research", "employeeNumber": "E-" + userName[:3]},
	}
}

func (f *full) people() {
	f.t.Helper()
	ctx := f.t.Context()
	f.plain = f.user(person("grace.hopper@northwind.example", "Grace", "Hopper", "Grace Hopper"))
	f.suspended = f.user(person("alan.turing@northwind.example", "Alan", "Turing", "Alan Turing"))
	_, err := f.inst.directory.Suspend(ctx, f.by(), f.suspended, "Leave of absence until the new year, agreed with the works council on 3 November.")
	f.ok(err)
	f.preserved = f.user(person("edsger.dijkstra@northwind.example", "Edsger", "Dijkstra", "Edsger Dijkstra"))
	_, err = f.inst.directory.Preserve(ctx, f.by(), f.preserved, "")
	f.ok(err)
	awkward := person(long("q", 180)+"@northwind.example", long("Wolfeschlegelsteinhausenbergerdorff", 200), long("Hubert Blaine ", 200), long("Adolph Charles David Earl Frederick ", 200))
	awkward["title"] = long("SeniorVicePresidentOf", 200)
	awkward[models.EnterpriseURN] = map[string]any{"department": long("Interdepartmental-", 200), "employeeNumber": long("9", 120), "manager": map[string]any{"value": f.plain}}
	f.awkward = f.user(awkward)
	foreign := person("maryam@northwind.example", "مريم", "ميرزاخاني", "مريم ميرزاخاني، رياضيات")
	foreign["title"] = "主任研究員・数学科学研究部門 教授"
	f.foreign = f.user(foreign)
	f.scripted = f.user(person("o'"+script+"@x.example", script, "<b>bold</b>", script+` "onmouseover=alert(2) x="`))
	_, err = f.inst.directory.UpdateUser(ctx, f.by(), f.scripted, func(u *models.User) error {
		u.Note = script + "\nSecond line of the note, " + long("averylongwordwithoutanyspace", 300)
		return nil
	})
	f.ok(err)
}

func (f *full) groups() {
	f.t.Helper()
	ctx := f.t.Context()
	add := func(name string, members ...string) string {
		g, err := f.inst.directory.CreateGroup(ctx, f.by(), members, func(g *models.Group) error { g.Attributes["displayName"] = name; return nil })
		f.ok(err)
		return g.ID
	}
	f.group = add("Mathematicians", f.plain, f.suspended, f.foreign, f.awkward, f.scripted)
	f.nested = add(long("All mathematicians of every subsidiary everywhere ", 200), f.group, f.preserved)
	f.vacant = add(script)
}

// mistakes are requests that a directory gets wrong, with a token that is revoked
// for it.
func (f *full) mistakes() {
	f.t.Helper()
	revoked, text := f.token("Hand-made client", models.ProvisionScope, 365)
	f.tokens["revoked"] = revoked
	for _, r := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"displayName":"Nobody"}`, 400},
		{"POST", "/Users", `{"userName":`, 400},
		{"PATCH", "/Users/0199aaaa-0000-7000-8000-000000000000", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"shoeSize","value":44}]}`, 404},
		{"GET", "/Users/7", "", 404},
	} {
		if got := f.scim(r.method, r.path, text, r.body); got != r.want {
			f.t.Fatalf("%s %s answers %d, want %d", r.method, r.path, got, r.want)
		}
	}
	_, err := f.inst.accounts.RevokeToken(f.t.Context(), f.by(), revoked.ID)
	f.ok(err)
}

func (f *full) admins() {
	f.t.Helper()
	ctx := f.t.Context()
	inv, err := f.inst.accounts.AddAdmin(ctx, f.by(), account.AdminSpec{Email: "new.colleague@northwind.example", Role: models.Admin})
	f.ok(err)
	f.invited, f.invitation = inv.Admin, inv.Code
	f.disabled, err = f.inst.accounts.AddAdminWithPassword(ctx, f.by(), account.AdminSpec{Email: long("a", 60) + "@" + long("b", 60) + ".example", Name: long("Former colleague ", 90), Role: models.Admin}, passphrase)
	f.ok(err)
	_, err = f.inst.accounts.DisableAdmin(ctx, f.by(), f.disabled.ID)
	f.ok(err)
}

// find looks up the records that the traffic made, for the pages about one.
func (f *full) find() {
	f.t.Helper()
	ctx, org, read := f.t.Context(), f.org.Key, f.inst.store
	users, err := read.Users(ctx, org, models.UserQuery{Mode: models.SCIM, Status: models.Active, Page: models.Page{Limit: 50}})
	f.ok(err)
	for _, u := range users.Items {
		f.locked = u.ID
		if u.ManagerID != "" && f.manager == "" {
			f.manager = u.ManagerID
		}
	}
	groups, err := read.Groups(ctx, org, models.GroupQuery{Mode: models.SCIM, Page: models.Page{Limit: 1}})
	f.ok(err)
	f.sent = groups.Items[0].ID
	entry := func(q models.LogQuery) string {
		q.Page = models.Page{Limit: 1}
		found, err := read.LogEntries(ctx, org, q)
		f.ok(err)
		if len(found.Items) == 0 {
			f.t.Fatalf("the log has nothing for %+v", q)
		}
		return found.Items[0].ID
	}
	f.created = entry(models.LogQuery{Actions: []models.Action{models.ActionUpdate}, Statuses: []models.Outcome{models.Success}})
	f.failed = entry(models.LogQuery{Statuses: []models.Outcome{models.Failure}})
	f.skipped = entry(models.LogQuery{Actions: []models.Action{models.ActionPreserve}})
	exchanges := func(failed bool) string {
		end := time.Now().Add(10 * time.Second)
		for {
			found, err := read.Exchanges(ctx, org, models.ExchangeQuery{Failed: failed, Page: models.Page{Limit: 1}})
			f.ok(err)
			if len(found.Items) > 0 {
				return found.Items[0].RequestID
			}
			if time.Now().After(end) {
				f.t.Fatal("no request is recorded")
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	f.request, f.refused = exchanges(false), exchanges(true)
	audit, err := read.AuditEntries(ctx, models.AuditQuery{Page: models.Page{Limit: 1}})
	f.ok(err)
	f.audit = audit.Items[0].ID
}
