package ui_test

import (
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"muster/views/ui/uitest"
)

func TestMenuAndDialogWorkWithScriptsOff(t *testing.T) {
	server, chrome := galleryServer(t), uitest.Start(t)
	p := chrome.Tab(t, server.URL)
	p.Scripts(false)
	p.Open("/tokens?theme=light")

	p.Click("css:[popovertarget=menu-t1]")
	p.Wait(`document.querySelector("#menu-t1").matches(":popover-open")`)
	p.Shot("menu-open")
	if gap := uitest.Ask[float64](p, `document.querySelector("#menu-t1").getBoundingClientRect().top - document.querySelector("[popovertarget=menu-t1]").getBoundingClientRect().bottom`); gap < 0 || gap > 12 {
		t.Errorf("the menu opens %v px below its button, want 0 to 12", gap)
	}
	p.Click("css:#menu-t1 .danger")
	p.Wait(`document.querySelector("#revoke-t1").open`)
	if got := uitest.Ask[string](p, `document.activeElement.textContent.trim()`); got != "Keep token" {
		t.Errorf("the focus is on %q, want the safe button", got)
	}
	p.Shot("dialog-open")
	p.Scripts(true)
	p.Axe()
	p.Scripts(false)
	p.Click("Keep token")
	p.Wait(`!document.querySelector("#revoke-t1").open`)
}

func TestSidebarOnAPhone(t *testing.T) {
	server, chrome := galleryServer(t), uitest.Start(t)
	p := chrome.Tab(t, server.URL)
	p.Scripts(false)
	p.Size(390)
	p.Open("/tokens?theme=light")
	if uitest.Ask[bool](p, `document.querySelector("#nav").checkVisibility()`) {
		t.Error("the sidebar covers the page before the menu button is pressed")
	}
	p.Click("Menu")
	p.Wait(`document.querySelector("#nav").checkVisibility()`)
	p.Shot("phone-nav")
	p.Scripts(true)
	p.Axe()
	p.Scripts(false)
	p.Press(kb.Escape)
	p.Wait(`!document.querySelector("#nav").checkVisibility()`)
}

func TestCopy(t *testing.T) {
	server, chrome := galleryServer(t), uitest.Start(t)
	const button = "css:[data-copy=endpoint]"
	const says = `document.querySelector("[data-copy-status]").textContent === %s`

	p := chrome.Tab(t, server.URL)
	p.Open("/tokens")
	allow := browser.SetPermissionParams{Permission: &browser.PermissionDescriptor{Name: "clipboard-write"}, Setting: browser.PermissionSettingGranted}
	if _, err := chromedp.CallBrowser(p.Context(), browser.SetPermission, allow); err != nil {
		t.Fatal(err)
	}
	p.Click(button)
	p.Wait(says, "Copied")

	plain := chrome.Tab(t, server.URL)
	plain.Open("/tokens")
	uitest.Ask[bool](plain, `Object.defineProperty(navigator, "clipboard", {value: undefined}) !== null`)
	plain.Click(button)
	plain.Wait(says, "Selected. Press Ctrl+C to copy.")
	if got := uitest.Ask[string](plain, `getSelection().toString()`); got != "https://muster.northwind.example/scim/v2" {
		t.Errorf("without a clipboard %q is selected, want the field", got)
	}
}

func TestKeysAndGates(t *testing.T) {
	server, chrome := galleryServer(t), uitest.Start(t)
	p := chrome.Tab(t, server.URL)
	p.Open("/logs")
	p.Press("/")
	if !uitest.Ask[bool](p, `document.activeElement.matches("main [data-search]")`) {
		t.Error("/ did not move the focus to the page's search box")
	}
	p.Do(chromedp.Focus(chromedp.CSS("#rows tr:nth-child(5) a")))
	p.Press(kb.ArrowDown + kb.ArrowDown + kb.ArrowUp)
	if !uitest.Ask[bool](p, `document.activeElement.matches("#rows tr:nth-child(6) a")`) {
		t.Error("down, down, up from the fifth row did not end on the sixth")
	}
	p.Open("/forms")
	if !uitest.Ask[bool](p, `document.querySelector("#done").disabled`) {
		t.Error("the gated button is enabled before the box is checked")
	}
	p.Do(chromedp.Click(chromedp.CSS("#f-stored")))
	if uitest.Ask[bool](p, `document.querySelector("#done").disabled`) {
		t.Error("the gated button stays disabled after the box is checked")
	}
	if !uitest.Ask[bool](p, `typeof htmx === "object" && document.adoptedStyleSheets.length === 0`) {
		t.Error("htmx is missing or brought a style of its own")
	}
}
