package ui_test

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func scripts(off bool) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: off})
		return chromedp.Void{}, err
	}
}

func TestMenuAndDialogWorkWithScriptsOff(t *testing.T) {
	server, chrome := galleryServer(t), openBrowser(t)
	ctx := openTab(t, chrome)
	do(t, ctx, scripts(true), chromedp.EmulateViewport(1440, 900), chromedp.Navigate(server.URL+"/tokens?theme=light"))

	do(t, ctx, chromedp.Click(chromedp.CSS("[popovertarget=menu-t1]")), chromedp.WaitVisible(chromedp.CSS("#menu-t1")))
	shoot(t, ctx, "menu-open")
	if gap := eval[float64](t, ctx, `document.querySelector("#menu-t1").getBoundingClientRect().top - document.querySelector("[popovertarget=menu-t1]").getBoundingClientRect().bottom`); gap < 0 || gap > 12 {
		t.Errorf("the menu opens %v px below its button, want 0 to 12", gap)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS("#menu-t1 .danger")), chromedp.WaitVisible(chromedp.CSS("#revoke-t1")))
	if got := eval[string](t, ctx, `document.activeElement.textContent.trim()`); got != "Keep token" {
		t.Errorf("the focus is on %q, want the safe button", got)
	}
	shoot(t, ctx, "dialog-open")
	do(t, ctx, scripts(false))
	for _, broken := range axe(t, ctx) {
		t.Errorf("axe: %s", broken)
	}
	do(t, ctx, scripts(true))
	do(t, ctx, chromedp.Click(chromedp.CSS("#revoke-t1 [command=close]")), chromedp.WaitNotVisible(chromedp.CSS("#revoke-t1")))
}

func TestSidebarOnAPhone(t *testing.T) {
	server, chrome := galleryServer(t), openBrowser(t)
	ctx := openTab(t, chrome)
	do(t, ctx, scripts(true), chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL+"/tokens?theme=light"))
	if eval[bool](t, ctx, `document.querySelector("#nav").checkVisibility()`) {
		t.Error("the sidebar covers the page before the menu button is pressed")
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(".nav-open")), chromedp.WaitVisible(chromedp.CSS("#nav")))
	shoot(t, ctx, "phone-nav")
	do(t, ctx, scripts(false))
	for _, broken := range axe(t, ctx) {
		t.Errorf("axe: %s", broken)
	}
	do(t, ctx, scripts(true))
	do(t, ctx, chromedp.KeyEvent("\x1b"), chromedp.WaitNotVisible(chromedp.CSS("#nav")))
}

func TestCopy(t *testing.T) {
	server, chrome := galleryServer(t), openBrowser(t)
	copied := func(ctx context.Context) string {
		return eval[string](t, ctx, `new Promise(done => setTimeout(() => done(document.querySelector("[data-copy-status]").textContent), 200))`)
	}
	const button = "[data-copy=endpoint]"

	ctx := openTab(t, chrome)
	do(t, ctx, chromedp.Navigate(server.URL+"/tokens"))
	allow := browser.SetPermissionParams{Permission: &browser.PermissionDescriptor{Name: "clipboard-write"}, Setting: browser.PermissionSettingGranted}
	if _, err := chromedp.CallBrowser(ctx, browser.SetPermission, allow); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Click(chromedp.CSS(button)))
	if got := copied(ctx); got != "Copied" {
		t.Errorf("the page says %q, want Copied", got)
	}

	plain := openTab(t, chrome)
	do(t, plain, chromedp.Navigate(server.URL+"/tokens"))
	eval[bool](t, plain, `Object.defineProperty(navigator, "clipboard", {value: undefined}); true`)
	do(t, plain, chromedp.Click(chromedp.CSS(button)))
	if got := copied(plain); got != "Selected. Press Ctrl+C to copy." {
		t.Errorf("without a clipboard the page says %q", got)
	}
	if got := eval[string](t, plain, `getSelection().toString()`); got != "https://muster.northwind.example/scim/v2" {
		t.Errorf("without a clipboard %q is selected, want the field", got)
	}
}

func TestKeysAndGates(t *testing.T) {
	server, chrome := galleryServer(t), openBrowser(t)
	ctx := openTab(t, chrome)
	do(t, ctx, chromedp.Navigate(server.URL+"/logs"), chromedp.KeyEvent("/"))
	if !eval[bool](t, ctx, `document.activeElement.matches("main [data-search]")`) {
		t.Error("/ did not move the focus to the page's search box")
	}
	do(t, ctx, chromedp.Focus(chromedp.CSS("#rows tr:nth-child(5) a")), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowUp))
	if !eval[bool](t, ctx, `document.activeElement.matches("#rows tr:nth-child(6) a")`) {
		t.Error("down, down, up from the fifth row did not end on the sixth")
	}
	do(t, ctx, chromedp.Navigate(server.URL+"/forms"))
	if !eval[bool](t, ctx, `document.querySelector("#done").disabled`) {
		t.Error("the gated button is enabled before the box is checked")
	}
	do(t, ctx, chromedp.Click(chromedp.CSS("#f-stored")))
	if eval[bool](t, ctx, `document.querySelector("#done").disabled`) {
		t.Error("the gated button stays disabled after the box is checked")
	}
	if !eval[bool](t, ctx, `typeof htmx === "object" && document.adoptedStyleSheets.length === 0`) {
		t.Error("htmx is missing or brought a style of its own")
	}
}
