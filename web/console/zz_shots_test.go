package console_test

import (
	"os"
	"net/url"
	"strconv"
	"testing"

	"muster/models"
	"muster/models/source/entra/entratest"
	"muster/models/store"
	"muster/views/ui/uitest"
)

func TestZZShots(t *testing.T) {
	b := uitest.Start(t)
	s := newStand(t)
	g, ids := s.graph(30)
	sales := g.AddGroup(entratest.Props{"displayName": "Sales team", "description": "Sellers"})
	g.AddMembers(sales, ids[:12]...)
	s.entra()
	in := s.as(models.Owner)
	u, _ := url.Parse(s.url)
	cookies := in.client.Jar.Cookies(u)
	tab := func() *uitest.Tab {
		p := b.Apart(t).Tab(t, s.url)
		for _, c := range cookies {
			p.Cookie(c.Name, c.Value)
		}
		return p
	}
	p := tab()
	n := 0
	shot := func(p *uitest.Tab, path, name string) {
		n++
		for _, w := range []int64{1440, 390} {
			p.Size(w)
			p.Open(path)
			p.Overflow()
			p.Axe()
			p.Shot(name + "-" + strconv.Itoa(int(w)))
		}
	}
	shot(p, "/connectors/entra", "c1-empty")
	shot(p, "/connectors/entra/setup", "c2-setup")
	shot(p, "/connectors/entra/credentials", "c3-credentials")
	s.connected()
	shot(p, "/connectors/entra/credentials", "c4-credentials-kept")
	shot(p, "/connectors/entra/test", "c5-test")
	p.Size(1440)
	p.ClickNav("Run the test")
	p.Shot("c6-tested")
	g.Deny("GroupMember.Read.All", true)
	p.ClickNav("Run it again")
	p.Axe()
	p.Shot("c7-failed")
	g.Heal()
	g.Deny("GroupMember.Read.All", false)
	shot(p, "/connectors/entra/scope?q=sales", "c8-scope")
	shot(p, "/connectors/entra/schedule", "c9-schedule")
	shot(p, "/provision", "d1-demand")
	_, err := s.runs.Start(t.Context(), s.cli(), models.Entra)
	s.must(err)
	shot(p, "/connectors/entra", "e1-started")
	c, _, _ := s.store.Connector(t.Context(), s.org.Key, models.Entra)
	s.must(s.runs.RunOne(t.Context(), c.Key))
	shot(p, "/connectors/entra", "e2-preview")
	c, _, _ = s.store.Connector(t.Context(), s.org.Key, models.Entra)
	at := "/connectors/entra/cycles/" + strconv.FormatInt(c.CycleID, 10)
	shot(p, at+"/plan", "e3-plan")
	shot(p, at, "e4-cycle")
	shot(p, "/", "e5-overview")
	p.Size(1440)
	p.Open(at + "/plan")
	p.ClickNav("Accept and apply")
	c, _, _ = s.store.Connector(t.Context(), s.org.Key, models.Entra)
	s.must(s.runs.RunOne(t.Context(), c.Key))
	shot(p, "/connectors/entra", "f1-done")
	shot(p, at, "f2-done-cycle")
	shot(p, "/connectors/entra/cycles", "f3-cycles")
	shot(p, "/connectors/entra/ask/stop", "f4-ask")
	shot(p, "/deployment", "f5-deployment")
	x := models.Cycle{OrganizationID: s.org.Key, Method: models.Entra, Kind: models.IncrementalCycle, Started: models.TimeOf(s.clock.Now()), State: models.CycleRunning, Phase: models.UsersPhase, Total: 2000, Progress: 504}
	s.alter(func(tx *store.Tx, c *models.Connector) {
		_ = tx.StartCycle(&x)
		c.CycleID = x.Key
	})
	shot(p, "/connectors/entra", "f6-running")
	_ = os.Stdout
}
