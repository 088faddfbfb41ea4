package page_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"muster/views/layout"
	"muster/views/page"
)

// TestProblem: every status has words, a way on and the request id, bare and framed.
func TestProblem(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 409, 412, 413, 429, 500, 503, 418} {
		for _, m := range []page.ProblemModel{
			{Status: status, RequestID: "0198-request"},
			{Status: status, RequestID: "0198-request", Chrome: &layout.Chrome{AdminEmail: "ada@example.com"}},
		} {
			var b strings.Builder
			if err := page.Problem(m).Render(t.Context(), &b); err != nil {
				t.Fatal(err)
			}
			doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
			if err != nil {
				t.Fatal(err)
			}
			if doc.Find("h1").Length() != 1 || strings.TrimSpace(doc.Find("h1").Text()) == "" || doc.Find("title").Text() == " · Muster" {
				t.Errorf("%d: no heading", status)
			}
			if doc.Find("main a.btn.primary").AttrOr("href", "") != "/" || !strings.Contains(b.String(), "0198-request") {
				t.Errorf("%d: no way on, or no request id", status)
			}
		}
	}
}

// TestProblemSaysWhatIsKnown before the words of the status.
func TestProblemSaysWhatIsKnown(t *testing.T) {
	var b strings.Builder
	if err := page.Problem(page.ProblemModel{Status: 404, Text: "There is no user 7.", Advice: "Search by name."}).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"There is no user 7.", "Search by name.", "There is nothing at this address"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
