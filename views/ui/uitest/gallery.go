// Package uitest shows every part in every state on a few pages, so that
// tests and eyes meet them all. Nothing of the running program imports it.
package uitest

import (
	"time"

	"github.com/a-h/templ"

	"muster/views/layout"
	"muster/views/ui"
)

// Now is the moment at which the gallery stands still.
var Now = time.Date(2026, 11, 22, 14, 2, 11, 0, time.UTC)

// Chrome is a full frame in one of the themes "", "light" or "dark".
func Chrome(title, current, theme string) layout.Chrome {
	return layout.Chrome{
		Title: title, Current: current, Theme: theme, Now: Now, Path: "/gallery", Version: "0.2.0",
		Organization: "Northwind Traders", AdminName: "Ada Lindqvist", AdminEmail: "ada.lindqvist@northwind.example", Role: "owner",
		Nav: []layout.NavGroup{
			{Items: []layout.NavItem{{Key: "overview", Label: "Overview", Href: "/", Icon: "layout-dashboard"}}},
			{Title: "Provisioning", Items: []layout.NavItem{
				{Key: "deployment", Label: "Deployment", Href: "/deployment", Icon: "rocket"},
				{Key: "tokens", Label: "SCIM tokens", Href: "/scim/tokens", Icon: "key-round"},
				{Key: "users", Label: "Users", Href: "/users", Icon: "users"},
				{Key: "groups", Label: "Groups", Href: "/groups", Icon: "users-round"},
				{Key: "logs", Label: "Logs", Href: "/logs", Icon: "scroll-text", Count: 3},
			}},
			{Title: "Administration", Items: []layout.NavItem{
				{Key: "settings", Label: "Settings", Href: "/settings", Icon: "settings"},
				{Key: "admins", Label: "Admins", Href: "/admins", Icon: "shield-check"},
				{Key: "audit", Label: "Audit log", Href: "/audit", Icon: "history"},
			}},
		},
	}
}

type tokenRow struct {
	id, name, sub, status, from string
	used, expires               time.Time
	spark                       []int64
}

var tokens = []tokenRow{
	{"t1", "Okta production", "mst_4fK2 · Ada Lindqvist, 3 Nov 2026", "active", "Okta 1.4 from 52.12.4.9", Now.Add(-3 * time.Minute), Now.Add(346 * 24 * time.Hour), []int64{3, 5, 4, 9, 12, 8, 11, 14, 9, 16, 18, 14, 20, 22}},
	{"t2", "Entra pilot", "mst_9aQx · Ben Ode, 20 Aug 2026", "expiring", "Entra from 20.190.1.44", Now.Add(-26 * time.Hour), Now.Add(9 * 24 * time.Hour), []int64{9, 9, 8, 4, 3, 2, 0, 0, 1, 0, 2, 1, 0, 1}},
	{"t3", "Migration script", "mst_Zz01 · Ada Lindqvist, 1 Jun 2026", "disabled", "", time.Time{}, Now.Add(-2 * 24 * time.Hour), []int64{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
}

func methodFacts(starts, fast, need string) []ui.KVModel {
	return []ui.KVModel{
		{Label: "Who starts it", Value: starts},
		{Label: "How fast", Value: fast},
		{Label: "You need", Value: need},
		{Label: "Deletes become", Value: "Preserved users"},
		{Label: "Good for", Value: "Okta, Entra ID, OneLogin"},
	}
}

func histogram() ui.BarsModel {
	m := ui.BarsModel{Label: "Log entries per hour", Unit: "Hour", From: "21 Nov 14:00", To: "Now", Series: []ui.Series{{Label: "Success", Tone: ui.Info}, {Label: "Failure", Tone: ui.Error}}}
	for i := range int64(48) {
		b := ui.Bar{Label: Now.Add(time.Duration(i-48) * time.Hour).Format("02 Jan 15:00"), Href: "/logs?hour=1", Counts: []int64{(i * 37) % 90, (i % 7) / 5 * (i % 11)}}
		b.Chosen = i == 30
		m.Bars = append(m.Bars, b)
	}
	return m
}

var diff = []ui.DiffRow{
	{Name: "department", Old: "Sales", New: "Customer success"},
	{Name: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", New: "Grace Oduya"},
	{Name: "phoneNumbers[work]", Old: "+46 8 123 45 67"},
	{Name: "password", Masked: true},
}

var trace = []ui.TraceStep{
	{Name: "Import", State: ui.Passed, Text: "PATCH /Users/0198 with 2 operations from Okta production.", Took: 2 * time.Millisecond},
	{Name: "Match", State: ui.Passed, Text: "Matched by externalId to Maya Fernández.", Facts: []ui.KVModel{{Label: "externalId", Value: "00u1ab2cd3", Mono: true}}, Took: 840 * time.Microsecond},
	{Name: "Scope and mapping", State: ui.Warned, Text: "No mapping matches; the catch-all profile applies."},
	{Name: "Action", State: ui.Failed, Text: "userName maya@northwind.example is taken by another user. Rename one of them.", Took: 12 * time.Millisecond},
	{Name: "Notify", State: ui.Skipped, Text: "Nothing was changed."},
}

var timeline = []ui.TimelineItem{
	{At: Now.Add(-4 * time.Minute), Title: "Department changed", Who: "Okta production", Icon: "pencil", Tone: ui.Info, Href: "/logs/1", Diff: diff[:2]},
	{At: Now.Add(-26 * time.Hour), Title: "Update refused", Who: "Okta production", Icon: "x", Tone: ui.Error, Href: "/logs/2", Text: "userName is taken by Maya F. Rename one of them."},
	{At: Now.Add(-90 * 24 * time.Hour), Title: "Created", Who: "Ada Lindqvist", Icon: "user-plus", Tone: ui.Ok, Href: "/logs/3"},
}

// Pages is the whole gallery by path.
func Pages(theme string) map[string]templ.Component {
	return map[string]templ.Component{
		"/tokens": Tokens(theme), "/parts": Parts(theme), "/forms": Forms(theme),
		"/logs": Logs(theme), "/sign-in": SignIn(theme), "/names": LongNames(theme),
	}
}

func formChrome(theme string) layout.Chrome {
	c := Chrome("Change method", "deployment", theme)
	c.Flash = ui.FlashModel{Tone: ui.Ok, Text: "Token “Okta production” created."}
	c.Live = true
	return c
}

func logChrome(theme string) layout.Chrome {
	c := Chrome("Logs", "logs", theme)
	c.Wide, c.Scripts = true, []string{"js/tail.js", "js/rows.js"}
	return c
}

func shift(n int) time.Duration { return time.Duration(n*n) * 17 * time.Minute }
