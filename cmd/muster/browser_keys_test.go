package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"muster/models"
	"muster/models/deployment"
	"muster/views/ui/uitest"
)

// keyboard goes through the console without a pointer.
func keyboard(t *testing.T, b *uitest.Browser) {
	w := owned(t)
	_, err := w.inst.deployment.Change(t.Context(), w.by(), deployment.Order{Target: models.SCIM, Keep: true})
	w.ok(err)
	w.ok(handmade(t.Context(), w.inst, w.by()))
	k := keys{w, b, w.signIn(ownerEmail)}
	t.Run("skip link and order", k.order)
	t.Run("dialog", k.dialog)
	t.Run("menu and theme", k.menu)
	t.Run("rows of the log", k.rows)
	t.Run("search as you type", k.search)
}

type keys struct {
	*world
	b     *uitest.Browser
	owner *http.Cookie
}

func (k keys) order(t *testing.T) {
	p := k.tab(t, k.b, k.owner)
	p.Open("/settings")
	var got []string
	for range 18 {
		p.Press(kb.Tab)
		got = append(got, p.Focus())
		if len(got) == 1 && !uitest.Ask[bool](p, `(() => { const r = document.activeElement.getBoundingClientRect(); return r.top >= 0 && r.left >= 0 })()`) {
			t.Error("the skip link has the focus and is not seen")
		}
	}
	want := []string{
		"Skip to content", "Muster", "Find a user", "Theme", "Account of " + ownerName, "Overview", "Deployment", "SCIM tokens", "Queue", "Logs",
		"Users", "Groups", "Mappings", "Profiles", "Attributes", "Settings", "Admins", "Audit log",
	}
	if !slices.EqualFunc(got, want, strings.Contains) {
		t.Errorf("the focus goes to\n%q, want\n%q", got, want)
	}
	p.Open("/settings")
	p.Press(kb.Tab)
	p.Press(kb.Enter)
	p.Press(kb.Tab)
	if focus := p.Focus(); !strings.Contains(focus, "Organization name") {
		t.Errorf("behind the skip link the focus goes to %q, want the first field", focus)
	}
}

// until presses Tab until a thing has the focus.
func until(t *testing.T, p *uitest.Tab, name string) {
	t.Helper()
	for range 80 {
		p.Press(kb.Tab)
		if strings.Contains(p.Focus(), name) {
			return
		}
	}
	t.Fatalf("Tab never reaches %q", name)
}

func (k keys) dialog(t *testing.T) {
	u, err := k.inst.store.UserByName(t.Context(), k.org.Key, "break-glass@example.com")
	k.ok(err)
	p := k.tab(t, k.b, k.owner)
	p.Open("/users/" + u.ID)
	until(t, p, "Suspend")
	before := p.Focus()
	p.Press(kb.Enter)
	p.Wait(`document.querySelector("dialog:modal") !== null`)
	if focus := p.Focus(); !strings.HasSuffix(focus, "Keep active") {
		t.Errorf("the dialog opens with the focus on %q, want the safe button", focus)
	}
	for range 6 {
		p.Press(kb.Tab)
		if !uitest.Ask[bool](p, `document.activeElement === document.body || document.activeElement.closest("dialog") !== null`) {
			t.Errorf("the focus leaves the dialog for %q", p.Focus())
		}
	}
	p.Press(kb.Escape)
	p.Wait(`document.querySelector("dialog:modal") === null`)
	if focus := p.Focus(); focus != before {
		t.Errorf("after Escape the focus is on %q, want %q", focus, before)
	}
	if again, err := k.inst.store.User(t.Context(), k.org.Key, u.ID); err != nil || again.Status != models.Active {
		t.Errorf("after Escape the user is %s (%v)", again.Status, err)
	}
}

func (k keys) menu(t *testing.T) {
	p := k.tab(t, k.b, k.owner)
	p.Open("/settings")
	until(t, p, "Theme")
	p.Press(kb.Enter)
	p.Wait(`document.querySelector("#theme-menu").matches(":popover-open")`)
	p.Press(kb.Escape)
	p.Wait(`!document.querySelector("#theme-menu").matches(":popover-open")`)
	if focus := p.Focus(); !strings.HasSuffix(focus, "Theme") {
		t.Errorf("after Escape the focus is on %q, want the menu's button", focus)
	}
	p.Press(kb.Enter)
	until(t, p, "Dark")
	p.PressNav(kb.Enter)
	p.Wait(`document.documentElement.dataset.theme === "dark"`)
	if at := p.Path(); at != "/settings" {
		t.Errorf("choosing a theme leads to %s", at)
	}
	p.Axe()
}

// enhanced waits until htmx has taken the page over, which is a moment after it is
// loaded; until then its links and forms are ordinary ones.
func enhanced(p *uitest.Tab) {
	p.Wait(`document.querySelector("main [hx-get]").hasAttribute("data-htmx-powered")`)
}

func (k keys) rows(t *testing.T) {
	p := k.tab(t, k.b, k.owner)
	p.Open("/logs")
	enhanced(p)
	row := func() int {
		return uitest.Ask[int](p, `[...document.querySelectorAll("#log-rows tr")].findIndex((r) => r.contains(document.activeElement))`)
	}
	p.Do(chromedp.Focus(chromedp.CSS("#log-rows tr:first-child a")))
	p.Press(kb.ArrowDown + kb.ArrowDown + kb.ArrowUp)
	if got := row(); got != 1 {
		t.Fatalf("down, down, up ends on row %d, want 1", got)
	}
	p.Press(kb.Enter)
	p.Wait(`document.querySelector(".panel h2") !== null && document.activeElement === document.querySelector(".panel h2")`)
	p.Press(kb.ArrowDown)
	p.Wait(`[...document.querySelectorAll("#log-rows tr")].findIndex((r) => r.getAttribute("aria-current") === "true") === 2`)
	p.Press(kb.Escape)
	p.Wait(`document.querySelector(".panel") === null`)
	if got := row(); got != 2 {
		t.Errorf("closing the panel leaves the focus on %q, want the row that was open", p.Focus())
	}
	if at := p.Path(); strings.Contains(at, "entry=") {
		t.Errorf("the address still names the closed entry: %s", at)
	}
}

func (k keys) search(t *testing.T) {
	p := k.tab(t, k.b, k.owner)
	p.Open("/users")
	enhanced(p)
	p.Press("/")
	if focus := p.Focus(); !strings.Contains(focus, "Search users") {
		t.Errorf("/ moves the focus to %q", focus)
	}
	p.Fill("Search users", "nadia")
	p.Wait(`document.querySelectorAll("#user-list tbody tr").length === 1`)
	p.See("Nadia Ferreira")
	p.Wait(`location.search.includes("q=nadia")`)
}
