package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"muster/models"
)

// TestAnApprovalIsListedAndTakenBack from the queue, from the log, and by nobody else.
func TestAnApprovalIsListedAndTakenBack(t *testing.T) {
	p := crowded(t)
	if r := p.sendForm("/queue/held", url.Values{"do": {"approve all"}, "confirmed": {"yes"}}); r.Code != http.StatusSeeOther {
		t.Fatalf("answered %d", r.Code)
	}
	doc := p.see(http.StatusOK, "/queue/held")
	mustHave(t, doc, "No removal is held back", "Approved in the last 30 days", "4 removals")
	back := func(doc *goquery.Document) string {
		return doc.Find("main a").FilterFunction(func(_ int, a *goquery.Selection) bool { return strings.Contains(a.Text(), "Take") }).AttrOr("href", "")
	}
	path := back(doc)
	gone := p.named("user020")
	entries, err := p.store.LogEntries(t.Context(), p.org.Key, models.LogQuery{TargetID: gone.ID})
	if err != nil {
		t.Fatal(err)
	}
	if got := back(p.see(http.StatusOK, "/logs/"+entries.Items[0].ID)); got != path || path == "" {
		t.Errorf("the log leads to %q, the queue to %q", got, path)
	}
	mustHave(t, p.see(http.StatusOK, path), "Restore 4 users?", gone.DisplayName)
	if r := p.by(models.Auditor, httptest.NewRequest(http.MethodGet, path, nil)); r.Code != http.StatusForbidden {
		t.Errorf("an auditor is asked: %d", r.Code)
	}
	mustHave(t, p.see(http.StatusOK, path+"?confirmed=yes"), "Restore 4 users?") // a link is no confirmation
	if p.status("user020") != models.Preserved {
		t.Fatal("a question restored somebody")
	}
	if r := p.sendForm(path, url.Values{"confirmed": {"yes"}}); r.Code != http.StatusSeeOther {
		t.Fatalf("answered %d", r.Code)
	}
	for _, name := range []string{"user020", "user021", "user022", "user023"} {
		if p.status(name) != models.Active {
			t.Errorf("%s is not back", name)
		}
	}
	if p.status("user019") != models.Preserved {
		t.Error("somebody whom the guard had let pass came back")
	}
	mustHave(t, p.page(http.StatusOK, p.by(models.Owner, httptest.NewRequest(http.MethodGet, "/audit?area=held.", nil))), "Took the approval of 4 removals back.", "Approved 4 removals")
	if r := p.by(models.Admin, httptest.NewRequest(http.MethodGet, "/queue/held/approved/01a22599-9b07-7532-8a02-1b8f08525964", nil)); r.Code != http.StatusNotFound {
		t.Errorf("no approval: %d", r.Code)
	}
}
