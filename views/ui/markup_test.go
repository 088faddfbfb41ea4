package ui_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"muster/views/ui/uitest"
)

// TestMarkupOfEveryPart holds what the policy and assistive technology need,
// without a browser.
func TestMarkupOfEveryPart(t *testing.T) {
	for path, c := range uitest.Pages("dark") {
		t.Run(path, func(t *testing.T) {
			doc := draw(t, c)
			noInline(t, doc)
			idsResolve(t, doc)
			controlsAreNamed(t, doc)
			cellsAreLabelled(t, doc)
			if n := doc.Find("h1").Length(); n != 1 {
				t.Errorf("%d h1 elements, want 1", n)
			}
			if theme, _ := doc.Find("html").Attr("data-theme"); theme != "dark" {
				t.Errorf("data-theme is %q, want dark", theme)
			}
		})
	}
}

func noInline(t *testing.T, doc *goquery.Document) {
	t.Helper()
	if n := doc.Find("style, script:not([src]), [style]").Length(); n > 0 {
		t.Errorf("%d inline styles or scripts, which the policy blocks", n)
	}
	doc.Find("*").Each(func(_ int, s *goquery.Selection) {
		for _, a := range s.Nodes[0].Attr {
			if strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has %s, which the policy blocks", s.Nodes[0].Data, a.Key)
			}
		}
	})
}

func idsResolve(t *testing.T, doc *goquery.Document) {
	t.Helper()
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if ids[id] {
			t.Errorf("id %q is given twice", id)
		}
		ids[id] = true
	})
	for _, attr := range []string{"for", "aria-describedby", "aria-labelledby", "commandfor", "popovertarget", "data-copy", "data-gates", "data-tail-rows"} {
		doc.Find("[" + attr + "]").Each(func(_ int, s *goquery.Selection) {
			for id := range strings.FieldsSeq(s.AttrOr(attr, "")) {
				if !ids[id] {
					t.Errorf("%s=%q points at nothing", attr, id)
				}
			}
		})
	}
}

func controlsAreNamed(t *testing.T, doc *goquery.Document) {
	t.Helper()
	doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, s *goquery.Selection) {
		id := s.AttrOr("id", "")
		if s.Closest("label").Length() == 0 && doc.Find("label[for='"+id+"']").Length() == 0 {
			t.Errorf("<%s name=%q> has no label", s.Nodes[0].Data, s.AttrOr("name", ""))
		}
	})
	doc.Find("button, a").Each(func(_ int, s *goquery.Selection) {
		if strings.TrimSpace(s.Text()) == "" && s.AttrOr("aria-label", "") == "" && s.AttrOr("data-tail-more", "no") == "no" {
			html, _ := goquery.OuterHtml(s)
			t.Errorf("no words for %s", html)
		}
	})
}

func cellsAreLabelled(t *testing.T, doc *goquery.Document) {
	t.Helper()
	doc.Find(".table:not(.keep) tbody td:not(.menu-col)").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("data-l", "") == "" {
			t.Errorf("the cell %q has no data-l, so phones cannot name it", strings.TrimSpace(s.Text()))
		}
	})
}
