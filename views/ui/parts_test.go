package ui_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"muster/views/ui"
	"muster/views/ui/uitest"
)

func draw(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// want compares attributes of the one element that the selector finds;
// "" as the name is its text, "-" as the value means that it must be absent.
func want(t *testing.T, doc *goquery.Document, selector string, attrs map[string]string) {
	t.Helper()
	s := doc.Find(selector)
	if s.Length() != 1 {
		html, _ := doc.Find("body").Html()
		t.Fatalf("%d elements for %s, want 1, in\n%s", s.Length(), selector, html)
	}
	for name, value := range attrs {
		got, ok := s.Attr(name)
		if name == "" {
			got, ok = strings.Join(strings.Fields(s.Text()), " "), true
		}
		if value == "-" {
			value, got, ok = "absent", map[bool]string{true: "present", false: "absent"}[ok], true
		}
		if !ok || got != value {
			t.Errorf("%s: %s is %q, want %q", selector, name, got, value)
		}
	}
}

func TestField(t *testing.T) {
	doc := draw(t, ui.Field(ui.FieldModel{Label: "Work e-mail", Name: "email", Type: "email", Value: `"><b>`, Hint: "h", Error: "e", Required: true, MaxLength: 254}))
	want(t, doc, "input", map[string]string{"id": "f-email", "name": "email", "type": "email", "value": `"><b>`, "required": "", "maxlength": "254", "aria-invalid": "true", "aria-describedby": "f-email-error f-email-hint", "readonly": "-"})
	want(t, doc, "label[for=f-email]", map[string]string{"": "Work e-mail"})
	want(t, doc, "#f-email-error", map[string]string{"": "e"})

	locked := draw(t, ui.Field(ui.FieldModel{Label: "Title", Name: "title", LockedBy: "scim"}))
	want(t, locked, "input", map[string]string{"type": "text", "readonly": "", "aria-describedby": "f-title-lock", "required": "-"})
	want(t, locked, "#f-title-lock", map[string]string{"": "Managed by SCIM. Change it in the directory."})

	choice := draw(t, ui.Field(ui.FieldModel{Label: "Days", Name: "days", Type: "select", Value: "30", Options: []ui.Option{{Value: "7", Label: "7"}, {Value: "30", Label: "30"}}}))
	want(t, choice, "option[selected]", map[string]string{"value": "30"})
	want(t, draw(t, ui.Field(ui.FieldModel{Label: "Note", Name: "note", Type: "textarea", Value: "<i>"})), "textarea", map[string]string{"": "<i>", "rows": "4"})
}

func TestFormErrors(t *testing.T) {
	doc := draw(t, ui.FormErrors([]ui.FormError{{Name: "days", Text: "At least 1."}, {Text: "Too many tokens."}}))
	want(t, doc, "[role=alert]", map[string]string{"tabindex": "-1", "autofocus": ""})
	want(t, doc, "a", map[string]string{"href": "#f-days", "": "At least 1."})
	if got := draw(t, ui.FormErrors(nil)).Find("body").Children().Length(); got != 0 {
		t.Errorf("without errors %d elements are drawn", got)
	}
}

func TestButton(t *testing.T) {
	for name, c := range map[string]struct {
		model    ui.ButtonModel
		selector string
		attrs    map[string]string
	}{
		"submit":  {ui.ButtonModel{Label: "Save", Kind: ui.Primary, Name: "do", Value: "x"}, "button", map[string]string{"type": "submit", "class": "btn primary", "name": "do", "value": "x", "disabled": "-"}},
		"link":    {ui.ButtonModel{Label: "New", Href: "/new"}, "a", map[string]string{"href": "/new", "class": "btn", "type": "-"}},
		"unsafe":  {ui.ButtonModel{Label: "New", Href: "javascript:alert(1)"}, "a", map[string]string{"href": "about:invalid#TemplFailedSanitizationURL"}},
		"dialog":  {ui.ButtonModel{Label: "Revoke", Opens: "d", Disabled: true}, "button", map[string]string{"type": "button", "command": "show-modal", "commandfor": "d", "aria-haspopup": "dialog", "disabled": ""}},
		"close":   {ui.ButtonModel{Label: "Keep", Closes: "d", Focus: true}, "button", map[string]string{"type": "button", "command": "close", "commandfor": "d", "autofocus": ""}},
		"icon":    {ui.ButtonModel{Label: "Close", Icon: "x", IconOnly: true, Kind: ui.Quiet, Small: true}, "button", map[string]string{"class": "btn quiet small square", "": "Close"}},
		"with id": {ui.ButtonModel{Label: "Go", ID: "go", Form: "f", Attrs: templ.Attributes{"hx-get": "/x"}}, "button", map[string]string{"id": "go", "form": "f", "hx-get": "/x"}},
	} {
		t.Run(name, func(t *testing.T) { want(t, draw(t, ui.Button(c.model)), c.selector, c.attrs) })
	}
}

func TestConfirmDialog(t *testing.T) {
	doc := draw(t, ui.ConfirmDialog(ui.ConfirmModel{ID: "d", Title: "Revoke “A”?", Consequence: "It ends.", Action: "/revoke", Label: "Revoke token", Cancel: "Keep token", Hidden: []ui.Option{{Label: "v", Value: "7"}}}))
	want(t, doc, "dialog", map[string]string{"id": "d", "closedby": "any", "aria-labelledby": "d-title"})
	want(t, doc, "#d-title", map[string]string{"": "Revoke “A”?"})
	want(t, doc, "form", map[string]string{"method": "post", "action": "/revoke"})
	want(t, doc, "form button[type=button]", map[string]string{"": "Keep token", "autofocus": "", "commandfor": "d"})
	want(t, doc, "form button[type=submit]", map[string]string{"": "Revoke token", "class": "btn danger"})
	want(t, doc, "input[type=hidden]", map[string]string{"name": "v", "value": "7"})
}

func TestTableAndPager(t *testing.T) {
	doc := draw(t, ui.Table(ui.TableModel{Caption: "Users", ID: "rows", Columns: []ui.Column{{Label: "Name", Sort: "?s", Dir: "descending"}, {Label: "Members", Number: true, Sort: "?m"}, {Label: "Actions", Hidden: true}}}))
	want(t, doc, "caption", map[string]string{"": "Users", "class": "vh"})
	want(t, doc, "tbody", map[string]string{"id": "rows"})
	want(t, doc, "th[aria-sort]", map[string]string{"aria-sort": "descending", "scope": "col"})
	want(t, doc, "th.n a", map[string]string{"href": "?m"})
	want(t, doc, "thead td", map[string]string{"": "Actions"})

	pager := draw(t, ui.Pager(ui.PagerModel{Next: "?after=9", NextLabel: "Older"}))
	want(t, pager, "a", map[string]string{"href": "?after=9", "rel": "next", "": "Older"})
	want(t, pager, "span.off", map[string]string{"aria-disabled": "true", "": "Previous"})
}

func TestTimes(t *testing.T) {
	at := time.Date(2026, 11, 22, 15, 0, 0, 0, time.FixedZone("CET", 3600))
	want(t, draw(t, ui.Time(at, uitest.Now)), "time", map[string]string{"datetime": "2026-11-22T14:00:00Z", "title": "22 Nov 2026, 14:00:00 UTC", "": "2 min ago"})
	want(t, draw(t, ui.TimeOr(time.Time{}, uitest.Now, "Not started")), "span", map[string]string{"": "Not started"})
	want(t, draw(t, ui.Clock(at, uitest.Now)), "time", map[string]string{"": "14:00:00"})
	want(t, draw(t, ui.Clock(at.Add(-48*time.Hour), uitest.Now)), "time", map[string]string{"": "20 Nov 14:00:00"})
}

func TestDiffSaysInWordsWhatChanged(t *testing.T) {
	doc := draw(t, ui.DiffTable([]ui.DiffRow{{Name: "a", Old: "1", New: "2"}, {Name: "b", New: "2"}, {Name: "c", Old: "1"}, {Name: "d", Old: "secret", New: "other", Masked: true}}))
	var got []string
	doc.Find(".sub").Each(func(_ int, s *goquery.Selection) { got = append(got, s.Text()) })
	if diff := cmp.Diff([]string{"Changed", "Added", "Removed", "Changed"}, got); diff != "" {
		t.Error(diff)
	}
	if text := doc.Text(); strings.Contains(text, "secret") || strings.Contains(text, "other") {
		t.Error("a masked value is shown")
	}
}

func TestStackedBars(t *testing.T) {
	m := ui.BarsModel{Label: "Entries", Unit: "Hour", Series: []ui.Series{{Label: "Success", Tone: ui.Info}, {Label: "Failure", Tone: ui.Error}}, Bars: []ui.Bar{{Label: "13:00", Counts: []int64{1000, 1}, Href: "?h=13"}, {Label: "14:00", Counts: []int64{0, 0}}}}
	doc := draw(t, ui.StackedBars(m))
	want(t, doc, "svg.bars-svg", map[string]string{"role": "group", "aria-label": "Entries"})
	want(t, doc, "svg a", map[string]string{"href": "?h=13", "aria-label": "13:00: 1,000 success, 1 failure"})
	want(t, doc, "rect.error", map[string]string{"height": "2", "x": "1"})
	if n := doc.Find("rect.bar").Length(); n != 2 {
		t.Errorf("%d rectangles, want 2: nothing is drawn for zero", n)
	}
	if n := doc.Find("tbody tr").Length(); n != 2 {
		t.Errorf("the table has %d rows, want one per bar", n)
	}
	empty := draw(t, ui.StackedBars(ui.BarsModel{Label: "Entries"}))
	want(t, empty, "svg.bars-svg", map[string]string{"role": "img"})
}

func TestUnknownValuesShowAsThemselves(t *testing.T) {
	want(t, draw(t, ui.StatusBadge("frozen")), ".badge", map[string]string{"": "frozen"})
	want(t, draw(t, ui.MethodBadge("")), ".badge", map[string]string{"": "Unknown"})
}

var iconName = regexp.MustCompile(`Icon(?:\(|:\s*)"([^"]+)"`)

func TestEveryIconNamedInViewsExists(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || (filepath.Ext(path) != ".go" && filepath.Ext(path) != ".templ") || strings.HasSuffix(path, "_templ.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range iconName.FindAllStringSubmatch(string(source), -1) {
			if draw(t, ui.Icon(m[1])).Find("svg").Children().Length() == 0 {
				t.Errorf("%s: there is no icon %q", path, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
