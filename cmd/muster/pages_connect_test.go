package main

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"muster/models"
	"muster/models/cycle"
	"muster/models/deployment"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
	"muster/models/store"
	"muster/views/ui/uitest"
)

// connectWorld is Entra in charge, with a tenant of a hundred and twenty people.
func connectWorld(t *testing.T) (*world, *entratest.Graph) {
	t.Helper()
	g, edit := fakeGraph(t)
	w := owned(t, edit)
	_, err := w.inst.deployment.Change(t.Context(), w.by(), deployment.Order{Target: models.Entra, Keep: true})
	w.ok(err)
	var ids []string
	for n := range 120 {
		name := fmt.Sprintf("person%d@northwind.example", n)
		ids = append(ids, g.AddUser(entratest.Props{
			"userPrincipalName": name, "displayName": fmt.Sprintf("Person %d", n), "mail": name, "accountEnabled": true, "department": []string{"Sales EMEA", "Engineering"}[n%2],
		}))
	}
	g.AddMembers(g.AddGroup(entratest.Props{"displayName": "Staff of Northwind", "description": "Everybody on the payroll"}), ids...)
	return w, g
}

// connected saves the settings for the tenant.
func (w *world) connected() {
	w.t.Helper()
	settings := entra.Settings{Tenant: entratest.Tenant, ClientID: entratest.ClientID, Cloud: entra.Custom, Scope: source.Scope{Mode: source.Everyone, Nested: true}}
	_, err := w.inst.cycles.Save(w.t.Context(), w.by(), cycle.Draft{
		Method: models.Entra, Settings: settings.JSON(), Secret: entra.Secret{ClientSecret: entratest.ClientSecret, Ends: w.clock.Now().AddDate(0, 0, 9)}.Reveal(),
	})
	w.ok(err)
}

// settled waits until the connector's cycle has come to a state.
func (w *world) settled(b *uitest.Browser, who *http.Cookie, state models.CycleState) models.Cycle {
	w.t.Helper()
	p := w.sit(w.t, b.Apart(w.t), who)
	p.Open("/connectors/entra")
	word := map[models.CycleState]string{models.CyclePreviewed: "Waits to be accepted", models.CycleDone: "Finished", models.CycleHeld: "Held by the guard"}[state]
	p.Wait(`document.querySelector("#cycles tbody tr td:nth-child(2)")?.textContent.trim() === %s`, word)
	list, err := w.inst.cycles.Cycles(w.t.Context(), w.org.Key, models.Entra, models.Page{Limit: 1})
	w.ok(err)
	return list.Items[0]
}

func cycleAt(x models.Cycle) string {
	return "/connectors/entra/cycles/" + strconv.FormatInt(x.Key, 10)
}

// connectPages looks at every page of the connector, state by state.
func connectPages(t *testing.T, b *uitest.Browser) {
	w, g := connectWorld(t)
	who, auditor := w.signIn(ownerEmail), w.signIn(auditorEmail)
	look := func(list ...view) {
		for i := range list {
			if list[i].who == nil {
				list[i].who = who
			}
		}
		t.Run("state", func(t *testing.T) { show(t, b, w, list) })
	}
	look(view{name: "connector empty", path: "/connectors/entra", see: "Not connected", full: true},
		view{name: "connector setup", path: "/connectors/entra/setup", see: "GroupMember.Read.All", full: true},
		view{name: "connector credentials", path: "/connectors/entra/credentials", see: "Where the tenant lives", full: true},
		view{name: "demand before", path: "/provision", see: "Not connected yet"},
		view{name: "connector overview empty", path: "/", see: "Connect Microsoft Entra ID"})
	w.connected()
	look(view{name: "connector not started", path: "/connectors/entra", see: "Not started"},
		view{name: "connector kept secret", path: "/connectors/entra/credentials", see: "As now", full: true},
		view{name: "connector wrong form", path: "/connectors/entra/credentials", see: "neither a tenant ID nor a domain", full: true, act: func(p *uitest.Tab) {
			p.Fill("Directory (tenant) ID", "nothing")
			p.ClickStatus("Save and test", 400)
		}},
		view{name: "connector scope", path: "/connectors/entra/scope?q=staff", see: "Everybody on the payroll", full: true},
		view{name: "connector schedule", path: "/connectors/entra/schedule", see: "Every hour", full: true},
		view{name: "connector test", path: "/connectors/entra/test", see: "The connection works.", full: true, act: func(p *uitest.Tab) { p.ClickNav("Run the test") }})
	g.Deny("GroupMember.Read.All", true)
	look(view{name: "connector test failed", path: "/connectors/entra/test", see: "Likely cause", full: true, act: func(p *uitest.Tab) { p.ClickNav("Run it again") }})
	g.Deny("GroupMember.Read.All", false)

	_, err := w.inst.cycles.Start(t.Context(), w.by(), models.Entra)
	w.ok(err)
	x := w.settled(b, who, models.CyclePreviewed)
	look(view{name: "connector preview", path: "/connectors/entra", see: "A preview is ready.", full: true},
		view{name: "plan preview", path: cycleAt(x) + "/plan", see: "users are created", full: true},
		view{name: "plan auditor", path: cycleAt(x) + "/plan", see: "users are created", who: auditor},
		view{name: "cycle preview", path: cycleAt(x), see: "What it would do", full: true})
	_, err = w.inst.cycles.Accept(t.Context(), w.by(), models.Entra, x.Plan.Version)
	w.ok(err)
	x = w.settled(b, who, models.CycleDone)
	first := x
	look(view{name: "connector done", path: "/connectors/entra", see: "Sync now", full: true},
		view{name: "connector auditor", path: "/connectors/entra", see: "Running", who: auditor},
		view{name: "cycle done", path: cycleAt(x), see: "Undo this cycle", full: true},
		view{name: "cycle undo", path: cycleAt(x) + "/undo", see: "Undo the cycle", full: true},
		view{name: "cycles", path: "/connectors/entra/cycles", see: "Initial cycle", full: true},
		view{name: "connector stop", path: "/connectors/entra/ask/stop", see: "Stop reading Microsoft Entra ID?", full: true},
		view{name: "connector deployment", path: "/deployment", see: "Last success"},
		view{name: "demand", path: "/provision", see: "This would happen", full: true, act: func(p *uitest.Tab) {
			g.AddUser(entratest.Props{"userPrincipalName": "late@northwind.example", "displayName": "Late Comer", "accountEnabled": true})
			p.Fill("User", "late@northwind.example")
			p.ClickNav("Show the steps")
		}},
		view{name: "demand nobody", path: "/provision", see: "Entra has nobody with that name.", act: func(p *uitest.Tab) {
			p.Fill("User", "zebra@northwind.example")
			p.ClickNav("Show the steps")
		}})
	for n := range 60 {
		u, err := w.inst.store.UserByName(t.Context(), w.org.Key, fmt.Sprintf("person%d@northwind.example", n))
		w.ok(err)
		g.RemoveUser(u.EntraID, false)
	}
	_, err = w.inst.cycles.SyncNow(t.Context(), w.by(), models.Entra)
	w.ok(err)
	x = w.settled(b, who, models.CycleHeld)
	look(view{name: "connector held", path: "/connectors/entra", see: "would take access from", full: true},
		view{name: "plan held", path: cycleAt(x) + "/plan", see: "It is a mistake", full: true},
		view{name: "connector held overview", path: "/", see: "would take access from"})
	w.quarantine()
	look(view{name: "connector quarantine", path: "/connectors/entra", see: "Quarantined", full: true},
		view{name: "connector quarantine overview", path: "/", see: "Microsoft Entra ID is in quarantine"})
	impact, err := w.inst.cycles.PreviewUndo(t.Context(), w.org.Key, first.Key)
	w.ok(err)
	_, err = w.inst.cycles.Undo(t.Context(), w.by(), first.Key, impact.Version)
	w.ok(err)
	x = w.settled(b, who, models.CycleDone)
	look(view{name: "undo done", path: cycleAt(x), see: "Takes back", full: true},
		view{name: "cycle undone", path: cycleAt(first), see: "Taken back by", full: true},
		view{name: "connector undone", path: "/connectors/entra", see: "undid a cycle"})
}

// quarantine stops the connector as a guard does.
func (w *world) quarantine() {
	w.t.Helper()
	w.ok(w.inst.store.Keep(w.t.Context(), func(tx *store.Tx) error {
		c, _, err := tx.LockConnector(w.org.Key, models.Entra)
		if err != nil {
			return err
		}
		c.CycleID, c.NextRun = 0, 0
		c.SetState(models.ConnectorQuarantined, string(source.SecretExpired), "Microsoft refused the secret: it has expired.", "Make a new one in Entra under Certificates & secrets.", tx.Now())
		return tx.SaveConnector(&c)
	}))
}
