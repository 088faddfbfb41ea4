package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"muster/models"
)

// released makes users of the directory who are manual again and keep their anchors.
func (p *people) released(names ...string) {
	p.t.Helper()
	for _, name := range names {
		u := p.add(p.scim, name, titled(name), "Byron", func(a models.Attributes) { a["externalId"] = "a-" + name })
		if _, err := p.dir.PutBack(p.t.Context(), p.admin, u.ID); err != nil {
			p.t.Fatal(err)
		}
	}
}

// confirmed posts the form of a question again, as a press of its button does.
func (p *people) confirmed(doc *goquery.Document, path string) *httptest.ResponseRecorder {
	p.t.Helper()
	answer := url.Values{}
	doc.Find("main form input[type=hidden]").Each(func(_ int, f *goquery.Selection) {
		answer.Add(f.AttrOr("name", ""), f.AttrOr("value", ""))
	})
	return p.sendForm(path, answer)
}

func TestTheAssistantSaysWhyItIsEmpty(t *testing.T) {
	p := newPeople(t)
	mustHave(t, p.see(http.StatusOK, "/deployment/attach"), "Users are managed by hand", "Change the deployment method")
	p.setMethod(models.SCIM)
	mustHave(t, p.see(http.StatusOK, "/deployment/attach"), "Everybody is managed")
	p.add(p.admin, "hand", "Hand", "Made")
	mustHave(t, p.see(http.StatusOK, "/deployment/attach"), "No record 1", "Hand Made", "No record of this user is known.", "stays manual until SCIM delivers a record that matches")
	mustHave(t, p.see(http.StatusOK, "/deployment/attach?show=safe"), "Nobody is safe to attach now")
	mustHave(t, p.see(http.StatusOK, "/deployment/attach?show=decide"), "Nothing to decide")
	mustHave(t, p.see(http.StatusOK, "/deployment/attach?show=none&q=zz"), "Nothing found", "Show all")
	p.see(http.StatusBadRequest, "/deployment/attach?show=nothing")
}

func TestChosenUsersAreAttachedAfterAQuestion(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	p.rule("Everyone", "", p.profile("Staff", nil))
	p.released("ada", "bob", "cyd")
	if _, err := p.dir.Preserve(t.Context(), p.admin, p.named("cyd").ID, "left"); err != nil {
		t.Fatal(err)
	}
	doc := p.see(http.StatusOK, "/deployment/attach")
	mustHave(t, doc, "Safe to attach 2", "Needs a decision 1", "No record 0", "Ada Byron", "Source anchor kept", "a-ada", "Staff", "Everyone", "Attach all safe ones")
	mustNotHave(t, doc, "Cyd Byron")
	if n := doc.Find("input[name=item]").Length(); n != 2 {
		t.Errorf("%d lines can be chosen", n)
	}
	mustHave(t, p.after("/deployment/attach", "show", "safe"), "Nobody was chosen")
	doc = p.page(http.StatusOK, p.send("/deployment/attach", "show", "safe", "item", p.named("ada").ID))
	mustHave(t, doc, "Attach 1 user?", "1 managed by SCIM from now on", "0 deleted", "Data, status, groups", "put back to manual", "Ada Byron: The source anchor was kept")
	if p.named("ada").Mode != models.Manual {
		t.Fatal("the question attached already")
	}
	w := p.confirmed(doc, "/deployment/attach")
	mustHave(t, p.see(http.StatusOK, w.Header().Get("Location")), "1 user is attached.", "Safe to attach 1")
	if u := p.named("ada"); u.Mode != models.SCIM || u.MappingKey == 0 {
		t.Errorf("ada is %s at %d", u.Mode, u.MappingKey)
	}
	decide := p.see(http.StatusOK, "/deployment/attach?show=decide")
	mustHave(t, decide, "Cyd Byron", "An administrator preserved the user")
	mustHave(t, p.page(http.StatusOK, p.send("/deployment/attach", "show", "safe", "confirmed", "yes", "item", p.named("cyd").ID)), "Not all could be attached", "Nothing was changed.", "needs a decision")
	doc = p.page(http.StatusOK, p.send("/deployment/attach", "show", "decide", "item", p.named("cyd").ID))
	mustHave(t, doc, "An administrator preserved the user")
	p.confirmed(doc, "/deployment/attach")
	if u := p.named("cyd"); u.Mode != models.SCIM || u.Status != models.Preserved || u.PreservedBy != models.ByAdmin {
		t.Errorf("cyd is %s, %s by %s", u.Mode, u.Status, u.PreservedBy)
	}
}

func TestAllSafeOnesAreAttachedInTheBackground(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("user%02d", i))
	}
	p.released(names...)
	p.add(p.admin, "hand", "Hand", "Made")
	first := p.see(http.StatusOK, "/deployment/attach")
	next := first.Find("a[href*='after=']").AttrOr("href", "")
	second := p.see(http.StatusOK, next)
	if a, b := first.Find("tbody tr").Length(), second.Find("tbody tr").Length(); a != 25 || b != 5 {
		t.Errorf("the pages have %d and %d lines", a, b)
	}
	back := second.Find("a[href*='before=']").AttrOr("href", "")
	if got := texts(p.see(http.StatusOK, back), "td.primary a"); got != texts(first, "td.primary a") {
		t.Errorf("back leads to %s", got)
	}
	p.clock.Advance(time.Minute)
	doc := p.see(http.StatusOK, "/deployment/attach/safe")
	mustHave(t, doc, "Attach 30 users?", "30 managed by SCIM", "left for you to decide")
	if w := p.send("/deployment/attach/safe"); w.Header().Get("Location") != "/deployment/attach/safe" {
		t.Errorf("without a confirmation: %d to %s", w.Code, w.Header().Get("Location"))
	}
	w := p.confirmed(doc, "/deployment/attach/safe")
	doc = p.see(http.StatusOK, w.Header().Get("Location"))
	mustHave(t, doc, "Attaching users", "by admin@example.com", "Stop")
	stop := doc.Find("form[action*='/stop']").AttrOr("action", "")
	mustHave(t, p.after(stop), "Stopped: not all are attached yet", "Resume")
	mustHave(t, p.after(strings.Replace(stop, "/stop", "/resume", 1)), "Attaching users goes on")
	p.settle()
	mustHave(t, p.see(http.StatusOK, "/deployment/attach"), "30 users are attached.", "No record 1")
	mustNotHave(t, p.see(http.StatusOK, "/mappings"), "Attaching users", "Users are in line")
	r := httptest.NewRequest(http.MethodGet, "/deployment/attach/run", nil)
	r.Header.Set("HX-Request", "true")
	mustHave(t, p.page(http.StatusOK, p.by(models.Auditor, r)), "30 users are attached.")
	if w := p.by(models.Admin, httptest.NewRequest(http.MethodGet, "/deployment/attach/safe", nil)); w.Code != http.StatusSeeOther {
		t.Errorf("with nobody left: %d", w.Code)
	}
}

func TestTheAssistantAsCSVAndForAuditors(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	p.released("ada", "bob")
	w := p.by(models.Admin, httptest.NewRequest(http.MethodGet, "/deployment/attach/users.csv?show=safe", nil))
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if len(lines) != 3 || !strings.Contains(lines[1], "ada,Ada Byron,active,safe,anchor,,a-ada") {
		t.Errorf("the file:\n%s", w.Body)
	}
	auditor := p.page(http.StatusOK, p.by(models.Auditor, httptest.NewRequest(http.MethodGet, "/deployment/attach", nil)))
	mustNotHave(t, auditor, "Ada Byron", "Attach all", "Export", "Attach chosen")
	if w := p.by(models.Auditor, httptest.NewRequest(http.MethodGet, "/deployment/attach/safe", nil)); w.Code != http.StatusForbidden {
		t.Errorf("an auditor is asked: %d", w.Code)
	}
}

func TestAUserIsPutBackToManual(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	u := p.add(p.scim, "ada", "Ada", "Byron", func(a models.Attributes) { a["externalId"] = "a-1" })
	at := "/users/" + u.ID
	mustHave(t, p.see(http.StatusOK, at), "Put back to manual", "SCIM does not manage Ada Byron any more")
	mustHave(t, p.see(http.StatusOK, at+"/put-back"), "Put “Ada Byron” back to manual?", "Leave it to SCIM")
	mustHave(t, p.after(at+"/put-back"), "Ada Byron is manual now. All data is kept.")
	if now := p.user(u.ID); now.Mode != models.Manual || now.ExternalID != "a-1" {
		t.Errorf("%s with anchor %q", now.Mode, now.ExternalID)
	}
	mustNotHave(t, p.see(http.StatusOK, at), "Put back to manual")
	if w := p.by(models.Admin, httptest.NewRequest(http.MethodGet, at+"/put-back", nil)); w.Code != http.StatusSeeOther {
		t.Errorf("once more: %d", w.Code)
	}
}
