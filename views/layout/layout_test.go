package layout_test

import (
	"context"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"

	"muster/views/layout"
	"muster/views/ui/uitest"
)

func draw(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(strings.ToLower(b.String()), "<!doctype html>") {
		t.Errorf("the page starts with %.40q", b.String())
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestPage(t *testing.T) {
	chrome := uitest.Chrome("Users", "users", "light")
	chrome.Path = `/users?q="a"`
	doc := draw(t, layout.Page(chrome))

	if got := doc.Find("title").Text(); got != "Users · Muster" {
		t.Errorf("title %q", got)
	}
	if got := doc.Find("html").AttrOr("lang", "") + doc.Find("html").AttrOr("data-theme", ""); got != "enlight" {
		t.Errorf("lang and theme %q", got)
	}
	current := doc.Find(".nav-item[aria-current=page]")
	if current.Length() != 1 || current.AttrOr("href", "") != "/users" {
		t.Errorf("%d current items, want /users", current.Length())
	}
	if got := doc.Find("a.skip").AttrOr("href", ""); got != "#main" || doc.Find("main#main").Length() != 1 {
		t.Errorf("the skip link leads to %q", got)
	}
	form := doc.Find("form[action='/preferences']")
	if form.AttrOr("method", "") != "post" || form.Find("input[name=back]").AttrOr("value", "") != chrome.Path {
		t.Error("the theme form does not post the way back")
	}
	if got := form.Find("button[aria-pressed=true]").AttrOr("value", ""); got != "light" {
		t.Errorf("the chosen theme is %q", got)
	}
	if doc.Find("form[action='/logout'][method=post]").Length() != 1 {
		t.Error("there is no way to sign out")
	}
}

func TestThemeFollowsTheSystemUnlessChosen(t *testing.T) {
	for _, theme := range []string{"", "system", "pink"} {
		doc := draw(t, layout.Page(uitest.Chrome("Users", "users", theme)))
		if _, set := doc.Find("html").Attr("data-theme"); set {
			t.Errorf("theme %q: data-theme is set", theme)
		}
		if got := doc.Find("button[aria-pressed=true]").AttrOr("value", ""); got != "system" {
			t.Errorf("theme %q: the menu shows %q", theme, got)
		}
	}
}

func TestScriptsLoadOnlyWhereNeeded(t *testing.T) {
	chrome := uitest.Chrome("Logs", "logs", "")
	if n := draw(t, layout.Page(chrome)).Find("script").Length(); n != 1 {
		t.Errorf("%d scripts on a plain page, want 1", n)
	}
	chrome.Live, chrome.Scripts = true, []string{"js/tail.js"}
	doc := draw(t, layout.Page(chrome))
	if n := doc.Find("script[defer][src^='/static/']").Length(); n != 4 {
		t.Errorf("%d scripts on a live page, want 4", n)
	}
	if !strings.Contains(doc.Find("meta[name=htmx-config]").AttrOr("content", ""), `"includeIndicatorCSS":false`) {
		t.Error("htmx may add a style of its own")
	}
}

func TestBare(t *testing.T) {
	doc := draw(t, layout.Bare(layout.BareModel{Title: "Sign in", Sub: "to Northwind"}))
	if got := doc.Find("main h1").Text(); got != "Sign in" {
		t.Errorf("h1 %q", got)
	}
	if doc.Find("nav").Length() != 0 {
		t.Error("a bare page has navigation")
	}
}
