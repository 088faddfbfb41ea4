package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"muster/models"
	"muster/models/deployment"
	"muster/views/ui/uitest"
)

// editor works on rules as somebody with a pointer does, and with the keyboard.
func editor(t *testing.T, b *uitest.Browser) {
	w := owned(t)
	ctx := t.Context()
	_, err := w.inst.deployment.Change(ctx, w.by(), deployment.Order{Target: models.SCIM, Keep: true})
	w.ok(err)
	token, text := w.token("Okta", models.ProvisionScope, 30)
	for i := range 3 {
		body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"seller%d@x.example","externalId":"x%d","title":"Seller"}`, i, i)
		if got := w.scim("POST", "/Users", text, body); got != 201 {
			t.Fatalf("a user of %s is answered %d", token.Description, got)
		}
	}
	for _, name := range []string{"First", "Second", "Third"} {
		_, err := w.inst.directory.SaveMapping(ctx, w.by(), "", func(m *models.Mapping) error {
			m.Method, m.Name, m.Filter = models.SCIM, name, `title eq "`+name+`"`
			return nil
		})
		w.ok(err)
	}
	p := w.tab(t, b, w.signIn(ownerEmail))
	t.Run("live preview", func(t *testing.T) { livePreview(w, p) })
	t.Run("groups by search", func(t *testing.T) { findGroups(w, p) })
	t.Run("order by pointer", func(t *testing.T) { dragRule(t, w, p) })
	t.Run("order by keyboard", func(t *testing.T) { pressRule(t, w, p) })
}

func (w *world) ruleOrder() string {
	list, err := w.inst.store.Mappings(w.t.Context(), w.org.Key, models.SCIM)
	w.ok(err)
	var names []string
	for _, m := range list {
		names = append(names, m.Name)
	}
	return strings.Join(names, " ")
}

// livePreview follows what is typed without a press, and keeps the focus.
func livePreview(_ *world, p *uitest.Tab) {
	p.Open("/mappings/new?method=scim")
	p.Wait(`document.querySelector("main [hx-post]").hasAttribute("data-htmx-powered")`)
	p.See("3 users")
	p.Fill("Attribute", "Title")
	p.Fill("Value", "Seller")
	p.Wait(`document.querySelector("#preview mark")?.textContent === "title is “Seller”"`)
	if focus := p.Focus(); !strings.Contains(focus, "Value") {
		p.Wait(`document.activeElement.name === "value"`)
	}
	p.Fill("Value", "Nobody")
	p.See("Nobody matches now")
	p.Quiet()
}

func findGroups(w *world, p *uitest.Tab) {
	for i := range 12 {
		_, err := w.inst.directory.CreateGroup(w.t.Context(), w.by(), nil, func(g *models.Group) error {
			g.Attributes["displayName"] = fmt.Sprintf("Team %02d", i)
			return nil
		})
		w.ok(err)
	}
	p.Open("/mappings/new?method=scim")
	p.Wait(`document.querySelector("main [hx-post]").hasAttribute("data-htmx-powered")`)
	p.ClickIn("#groups-of-rule", "Team 03")
	p.Fill("Find groups", "Team 11")
	p.Wait(`[...document.querySelectorAll("#groups-of-rule label")].map((l) => l.textContent.trim()).join() === "Team 03,Team 11"`)
	p.Wait(`document.querySelector("#groups-of-rule input").checked && document.activeElement.name === "findGroups"`)
	p.Quiet()
}

// dragRule takes the last rule by its grip to the top.
func dragRule(t *testing.T, w *world, p *uitest.Tab) {
	p.Open("/mappings")
	spot := func(row int) (x, y float64) {
		at := uitest.Ask[[]float64](p, fmt.Sprintf(`(() => { const r = document.querySelectorAll("[data-order] .grip")[%d].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()`, row))
		return at[0], at[1]
	}
	x, from := spot(2)
	_, to := spot(0)
	p.Do(chromedp.MouseEvent(chromedp.MouseMoved, x, from))
	p.Do(chromedp.MouseEvent(chromedp.MousePressed, x, from, chromedp.ButtonLeft))
	for y := from; y > to-10; y -= 8 {
		p.Do(chromedp.MouseEvent(chromedp.MouseMoved, x, y, chromedp.ButtonLeft))
	}
	p.Do(chromedp.MouseEvent(chromedp.MouseReleased, x, to-10, chromedp.ButtonLeft))
	p.See("The order is saved.")
	if got := w.ruleOrder(); got != "Third First Second" {
		t.Errorf("after dragging: %s", got)
	}
	p.Quiet()
}

// pressRule moves a rule twice without looking for its button again.
func pressRule(t *testing.T, w *world, p *uitest.Tab) {
	p.Open("/mappings")
	until(t, p, "Move down Third")
	p.PressNav(kb.Enter)
	p.See("Third is rule 2 now.")
	p.Wait(`focus().includes("Move down Third")`)
	p.PressNav(kb.Enter)
	p.See("Third is rule 3 now.")
	if got := w.ruleOrder(); got != "First Second Third" {
		t.Errorf("after two presses: %s", got)
	}
	if focus := p.Focus(); !strings.Contains(focus, "Move up Third") {
		t.Errorf("at the end the focus is on %q, want the way back up", focus)
	}
	p.Quiet()
}
