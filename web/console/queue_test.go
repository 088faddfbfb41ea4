package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"muster/models"
)

// waiting makes an organization that asks, with people by hand whom SCIM sends.
func waiting(t *testing.T, names ...string) *people {
	t.Helper()
	p := newPeople(t)
	p.setMethod(models.SCIM)
	p.change(func(o *models.Organization) { o.Settings.Adoption = models.AdoptAsk })
	for _, name := range names {
		p.add(p.admin, name, titled(name), "Byron")
		p.refused(name, "a-"+name, "Lovelace")
	}
	return p
}

func titled(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// refused sends a record that has to wait.
func (p *people) refused(userName, anchor, family string) {
	p.t.Helper()
	_, err := p.dir.CreateUser(p.t.Context(), p.scim, func(u *models.User) error {
		u.Attributes["userName"], u.Attributes["externalId"] = userName, anchor
		u.Attributes["name"] = map[string]any{"givenName": titled(userName), "familyName": family}
		return nil
	})
	if models.KindOf(err) != models.Uniqueness {
		p.t.Fatalf("%s was not refused: %v", userName, err)
	}
}

func (p *people) items() []models.QueueItem {
	p.t.Helper()
	found, err := p.store.Queue(p.t.Context(), p.org.Key, models.QueueQuery{})
	if err != nil {
		p.t.Fatal(err)
	}
	return found.Items
}

// sendForm posts a form with repeated fields as an admin.
func (p *people) sendForm(path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.by(models.Admin, r)
}

func TestQueueIsEmptyAtFirst(t *testing.T) {
	p := newPeople(t)
	mustHave(t, p.see(http.StatusOK, "/queue"), "No adoption waits", "taken over at once", "Open settings")
	mustHave(t, p.see(http.StatusOK, "/queue?tab=conflict"), "No conflict", "who is who")
	mustHave(t, p.see(http.StatusOK, "/queue?tab=decided"), "Nothing was decided yet")
	p.see(http.StatusBadRequest, "/queue?tab=nothing")
	p.see(http.StatusNotFound, "/queue/nothing")
}

func TestQueueShowsAndDecidesAdoptions(t *testing.T) {
	p := waiting(t, "ada", "bob", "cyd")
	doc := p.see(http.StatusOK, "/queue")
	mustHave(t, doc, "Adoptions 3", "Ada Byron", "name.familyName", "Lovelace", "SCIM, Okta production", "1 attempt", "Accept all 3 safe ones")
	if got := words(doc.Find(`nav a[href="/queue"]`)); got != "Queue 3waiting" {
		t.Errorf("the navigation says %q", got)
	}
	mustHave(t, p.see(http.StatusOK, "/"), "3 adoptions wait for a decision")
	mustHave(t, p.see(http.StatusOK, "/queue?tab=adoption&q=BO"), "Bob Byron")
	mustNotHave(t, p.see(http.StatusOK, "/queue?tab=adoption&q=BO"), "Ada Byron")
	mustHave(t, p.see(http.StatusOK, "/queue?tab=adoption&q=zz"), "Nothing found", "Show all")

	items := p.items()
	mustHave(t, p.after("/queue", "do", "accept"), "Nothing was chosen")
	chosen := url.Values{"do": {"accept"}, "item": {items[0].ID, items[1].ID}}
	doc = p.page(http.StatusOK, p.sendForm("/queue", chosen))
	mustHave(t, doc, "Accept 2 adoptions?", "2 are managed by the directory from now on", "0 sign in under another userName", "Decide later")
	if p.named("ada").Mode != models.Manual {
		t.Fatal("the question decided already")
	}
	answer := url.Values{}
	doc.Find("form [name=item], form [name=do], form [name=confirmed]").Each(func(_ int, f *goquery.Selection) {
		answer.Add(f.AttrOr("name", ""), f.AttrOr("value", ""))
	})
	w := p.sendForm("/queue", answer)
	mustHave(t, p.see(http.StatusOK, w.Header().Get("Location")), "2 records are managed by the directory now.", "Adoptions 1")
	mustHave(t, p.after("/queue", "do", "refuse", "item", items[2].ID, "confirmed", "yes"), "1 record stays as it is.", "No adoption waits")
	decided := p.see(http.StatusOK, "/queue?tab=decided")
	mustHave(t, decided, "Accepted", "Refused", "admin@example.com", "the directory manages user")
	again := p.see(http.StatusOK, "/queue/"+items[2].ID)
	mustHave(t, again, "Refused on", "Accept after all")
	mustHave(t, p.page(http.StatusOK, p.send("/queue", "do", "refuse", "item", items[2].ID, "confirmed", "yes")), "Not all could be done", "made already")
	mustHave(t, p.page(http.StatusBadRequest, p.send("/queue", "do", "burn", "item", items[2].ID)), "accepted or refused")
}

func TestSafeAdoptionsAreCountedAndStamped(t *testing.T) {
	p := waiting(t, "ada", "bob")
	doc := p.see(http.StatusOK, "/queue/safe")
	mustHave(t, doc, "Accept 2 adoptions?", "keep their userName")
	stamp := doc.Find("[name=stamp]").AttrOr("value", "")
	p.add(p.admin, "cyd", "Cyd", "Byron")
	p.refused("cyd", "a-cyd", "Lovelace")
	mustHave(t, p.page(http.StatusPreconditionFailed, p.send("/queue/safe", "stamp", stamp)), "has changed since", "Accept 3 adoptions?")
	stamp = p.see(http.StatusOK, "/queue/safe").Find("[name=stamp]").AttrOr("value", "")
	mustHave(t, p.after("/queue/safe", "stamp", stamp), "3 records are managed by the directory now.")
	if w := p.by(models.Admin, httptest.NewRequest(http.MethodGet, "/queue/safe", nil)); w.Code != http.StatusSeeOther {
		t.Errorf("with nothing to accept: %d", w.Code)
	}
}

func TestQueueItemOfAnAdoption(t *testing.T) {
	p := waiting(t)
	p.change(func(o *models.Organization) { o.Settings.MatchAttribute = models.MatchByEmail })
	ada := p.add(p.admin, "ada", "Ada", "Byron")
	_, err := p.dir.CreateUser(t.Context(), p.scim, func(u *models.User) error {
		u.Attributes["userName"], u.Attributes["externalId"] = "lovelace", "a"
		u.Attributes["emails"] = []any{map[string]any{"value": "ADA@example.com", "type": "work"}}
		return nil
	})
	if models.KindOf(err) != models.Uniqueness {
		t.Fatal(err)
	}
	mustHave(t, p.see(http.StatusOK, "/queue"), "userName changes", "Work e-mail")
	mustNotHave(t, p.see(http.StatusOK, "/queue"), "safe ones")
	at := "/queue/" + p.items()[0].ID
	doc := p.see(http.StatusOK, at)
	mustHave(t, doc, "The userName would change.", "Ada Byron", "lovelace", "Who is here", "What was delivered", "Work e-mail", "Accept", "Refuse")
	if doc.Find(`a[href="/users/`+ada.ID+`"]`).Length() == 0 || doc.Find(`main a[href^="/logs/"]`).Length() == 0 {
		t.Error("the page leads neither to the user nor to the log")
	}
	auditor := p.page(http.StatusOK, p.by(models.Auditor, httptest.NewRequest(http.MethodGet, at, nil)))
	mustNotHave(t, auditor, "Ada Byron", "ada@example.com", "lovelace", "Accept")
	list := p.page(http.StatusOK, p.by(models.Auditor, httptest.NewRequest(http.MethodGet, "/queue", nil)))
	mustNotHave(t, list, "Ada Byron", "lovelace")
	if list.Find("main [name=item]").Length() != 0 {
		t.Error("an auditor can choose")
	}
}

func TestQueueConflictHasTwoWaysOut(t *testing.T) {
	for _, way := range []string{"same", "other"} {
		t.Run(way, func(t *testing.T) {
			p := waiting(t)
			ada := p.add(p.scim, "ada", "Ada", "Byron", func(a models.Attributes) { a["externalId"] = "a" })
			p.refused("ada", "b", "Lovelace")
			mustHave(t, p.see(http.StatusOK, "/queue"), "Conflicts 1", "Ada Byron", "Look closer")
			at := "/queue/" + p.items()[0].ID
			mustHave(t, p.see(http.StatusOK, at), "The same person", "A different person", "settles by itself", "claims the userName that Ada Byron has")
			mustHave(t, p.see(http.StatusOK, at+"/settle?way="+way), "?", "Leave it open")
			p.see(http.StatusBadRequest, at+"/settle?way=none")
			mustHave(t, p.after(at+"/settle", "way", way), "The conflict about ada is settled.", "No conflict")
			u := p.user(ada.ID)
			if way == "same" && (u.ExternalID != "b" || u.FamilyName != "Lovelace") || way == "other" && (!u.Hidden || u.Status != models.Preserved) {
				t.Errorf("the user is %s, anchored %q", u.Status, u.ExternalID)
			}
			mustHave(t, p.page(http.StatusConflict, p.send(at+"/settle", "way", way)), "made already by admin@example.com")
			mustHave(t, p.see(http.StatusOK, at), "Accepted on")
		})
	}
}

func TestQueueIsPaged(t *testing.T) {
	var names []string
	for n := range 30 {
		names = append(names, fmt.Sprintf("user%02d", n))
	}
	p := waiting(t, names...)
	doc := p.see(http.StatusOK, "/queue")
	mustHave(t, doc, "1–25 of 30 decisions")
	next := doc.Find(".pager a[rel=next]").AttrOr("href", "")
	doc = p.see(http.StatusOK, next)
	mustHave(t, doc, "26–30 of 30 decisions")
	if n := doc.Find("main tbody tr").Length(); n != 5 {
		t.Errorf("%d rows on the second page", n)
	}
}
