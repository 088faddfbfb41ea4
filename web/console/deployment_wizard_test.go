package console_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"muster/models"
	"muster/models/deployment"
)

// newBusy is SCIM in charge of a hundred users of whom it removes 24: some are
// preserved, the rest is held back. Beside them: two by hand, one of whom waits to be
// adopted, mappings of two methods, an attribute mapping, a group, two tokens.
func newBusy(t *testing.T) (*stand, browser) {
	t.Helper()
	s := newStand(t)
	s.scim()
	s.newToken("Second client")
	ctx := t.Context()
	var ids []string
	for n := range 100 {
		u, err := s.arrive(fmt.Sprintf("user%03d@northwind.example", n))
		s.must(err)
		ids = append(ids, u.ID)
	}
	for _, id := range ids[:24] {
		_, err := s.dir.UpdateUser(ctx, s.sync(id), id, func(u *models.User) error { u.Enabled = new(false); return nil })
		s.must(err)
	}
	_, err := s.dir.Suspend(ctx, s.cli(), ids[99], "leave")
	s.must(err)
	s.group("Sales", ids[50:60]...)
	for _, m := range []struct {
		method       models.Method
		name, filter string
	}{{models.SCIM, "Lindqvists", `displayName co "Lindqvist"`}, {models.SCIM, "Nobody", `title eq "x"`}, {models.Entra, "Everyone from Entra", ""}} {
		_, err := s.dir.SaveMapping(ctx, s.cli(), "", func(rule *models.Mapping) error {
			rule.Method, rule.Name, rule.Filter = m.method, m.name, m.filter
			return nil
		})
		s.must(err)
	}
	_, err = s.dir.SaveAttributeMapping(ctx, s.cli(), models.AttributeMapping{Method: models.SCIM, Target: "title", Expression: "nickName"})
	s.must(err)
	_, err = s.acc.EditOrganization(ctx, s.cli(), func(o *models.Organization) error { o.Settings.Adoption = models.AdoptAsk; return nil })
	s.must(err)
	for _, name := range []string{"ada@northwind.example", "bob@northwind.example"} {
		_, err = s.dir.CreateUser(ctx, s.cli(), func(u *models.User) error { u.Attributes["userName"] = name; return nil })
		s.must(err)
	}
	if _, err := s.arrive("ada@northwind.example"); models.KindOf(err) != models.Uniqueness {
		t.Fatalf("the adoption does not wait: %v", err)
	}
	return s, s.as(models.Owner)
}

// number is the count in front of a row of the impact.
func number(t *testing.T, row *goquery.Selection) int {
	t.Helper()
	n, err := strconv.Atoi(strings.ReplaceAll(text(row.Find(".impact-n")), ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// listed counts the rows of a list over all of its pages.
func (b browser) listed(at string) int {
	b.t.Helper()
	n := 0
	for at != "" {
		doc := b.open(at)
		n += doc.Find("#part tbody tr, main .table tbody tr").Length() - doc.Find("#sample tbody tr").Length()
		at = doc.Find("a[rel=next]").AttrOr("href", "")
	}
	return n
}

// TestEveryNumberOpensItsList in a world that has something behind each.
func TestEveryNumberOpensItsList(t *testing.T) {
	_, b := newBusy(t)
	want := map[string]int{
		"users become manual": 100, "group becomes manual": 1, "users stay as they are": 2, "inactive user stays inactive": 1,
		"SCIM mappings are kept, parked": 2, "SCIM attribute mapping is kept, parked": 1, "SCIM tokens are kept, parked": 2,
		"Microsoft Entra ID mapping that is kept works again": 1, "open decision is closed": 1,
	}
	doc := b.open("/deployment/change/entra")
	doc.Find("#impact li").Each(func(_ int, row *goquery.Selection) {
		label := strings.TrimSpace(row.Find("a").Text())
		if label == "" {
			return
		}
		n, href := number(t, row), row.Find("a").AttrOr("href", "")
		if w, ok := want[label]; ok && w != n {
			t.Errorf("%d %s, want %d", n, label, w)
		}
		delete(want, label)
		got := b.listed(href)
		if strings.Contains(href, "/mappings") {
			got = n // one list holds all mappings: looked at below
		}
		if got != n {
			t.Errorf("%s says %d; %s lists %d", label, n, href, got)
		}
	})
	if len(want) > 0 {
		t.Errorf("not counted: %v", want)
	}
	if doc.Find("#impact a:contains('guard holds back')").Length() != 1 {
		t.Error("the held removals are not counted")
	}
	wantText(t, b.open("/deployment/change/entra/mappings").Find("#part"), "Lindqvists", "Kept, parked", "Title", "SCIM attribute mapping: nickName", "Everyone from Entra", "Works again")
	wantText(t, b.open("/deployment/change/entra/mappings?keep=0&q=lind").Find("#part"), "Lindqvists", "Deleted", "Undo brings it back until 4 February 2026")
	wantText(t, b.open("/deployment/change/entra/tokens?keep=0").Find("#part"), "Okta production", "Second client", "Deleted")
	wantText(t, b.open("/deployment/change/entra/decisions").Find("#part"), "ada@northwind.example", "Closed")
	wantText(t, b.open("/deployment/change/entra/removals").Find("#part"), "Held back", "Dropped")
	wantText(t, b.open("/deployment/change/entra").Find("#forecast"), "that run ends with a preview", "Everyone from Entra", "102 users")
	dialog := b.open("/deployment/change/entra?keep=0").Find("#confirm-change")
	wantText(t, dialog, "2 SCIM mappings and 1 attribute mapping are deleted; users keep the profiles", "2 SCIM tokens are deleted",
		"1 Microsoft Entra ID mapping that is kept works again.", "1 open decision in the queue is closed.")
}

// TestUsersOfAPreview can be searched, narrowed and exported.
func TestUsersOfAPreview(t *testing.T) {
	_, b := newTenant(t)
	doc := b.open("/deployment/change/manual/users")
	wantText(t, doc.Find("main"), "Become manual 4", "Managed by SCIM now, which will no longer be in charge. Active before and after.", "Preserved by an administrator before and after.")
	if n := b.listed("/deployment/change/manual/users?q=user001"); n != 1 {
		t.Errorf("a search finds %d", n)
	}
	if n := b.listed("/deployment/change/manual/users?status=preserved&mode=scim"); n != 1 {
		t.Errorf("%d preserved users", n)
	}
	if n := doc.Find("a[href='/deployment/change/manual/users.csv?keep=1']").Length(); n != 1 {
		t.Errorf("%d ways to the export", n)
	}
	_, h, body := b.do(b.request(t.Context(), "/deployment/change/manual/users.csv?keep=1&status=preserved"))
	lines := strings.Split(strings.TrimSpace(body), "\r\n")
	if len(lines) != 2 || !strings.HasPrefix(strings.TrimPrefix(lines[0], "\ufeff"), "id,userName,displayName,email,status,now,after,why") || !strings.Contains(lines[1], ",preserved,scim,manual,") {
		t.Errorf("%s:\n%s", h.Get("Content-Type"), body)
	}
	_, _, body = b.as(models.Auditor).do(b.as(models.Auditor).request(t.Context(), "/deployment/change/manual/users.csv"))
	if strings.Contains(body, user(0)) {
		t.Error("an auditor exports names unmasked")
	}
}

// TestAdvice: two questions lead to one card, with the reason, and honestly.
func TestAdvice(t *testing.T) {
	_, b := newTenant(t)
	if b.open("/deployment/change").Find("#recommended").Length() != 0 {
		t.Error("something is recommended before anything is asked")
	}
	for query, want := range map[string][2]string{
		"lives=cloud&opens=push":      {"SCIM", "SCIM fits best, and is in charge already"},
		"lives=cloud&opens=pull":      {"Manual", "has to reach this server to push"},
		"lives=entra&opens=both":      {"SCIM", "no secret of your directory"},
		"lives=entra&opens=pull":      {"Microsoft Entra ID", "from the inside"},
		"lives=ldap&opens=both":       {"AD/LDAP", "may only read"},
		"lives=ldap&opens=push":       {"SCIM", "do not push by themselves"},
		"lives=nowhere&opens=neither": {"Manual", "no directory to follow"},
		"lives=entra&opens=neither":   {"Manual", "cannot reach each other"},
	} {
		doc := b.open("/deployment/change?" + query)
		wantText(t, doc.Find("#recommended"), want[0]+" fits best", want[1])
		card := doc.Find(".choice:contains('Recommended:')")
		if name := text(card.Find("h2")); name != want[0] {
			t.Errorf("%s marks %q, want %s", query, name, want[0])
		}
		if doc.Find("#advice input[checked]").Length() != 2 {
			t.Errorf("%s: the answers are lost", query)
		}
	}
}

// known tells a forecast as shadow traffic or a connector would.
type known deployment.Forecast

func (f known) Forecast(_ context.Context, _ int64, target models.Method) (deployment.Forecast, error) {
	f.Known = target == models.SCIM
	return deployment.Forecast(f), nil
}

// TestForecast shows what is known of a first run, and else how it can be known.
func TestForecast(t *testing.T) {
	s, b := newTenant(t)
	_, err := s.deps.Change(t.Context(), s.cli(), deployment.Order{Target: models.Manual, Keep: true})
	s.must(err)
	doc := b.open("/deployment/change/scim")
	wantText(t, doc.Find("#forecast"), "not known yet", "Create a shadow token")
	wantText(t, doc.Find("#impact"), "1 parked SCIM token works again")
	wantText(t, b.open("/deployment/change/scim/tokens").Find("#part"), "Okta production", "Parked", "Works again")
	s.deps.Forecasters = []deployment.Forecaster{known{Source: "Shadow traffic of Okta", At: s.clock.Now().Add(-time.Hour), Matched: 3, Created: 7, Conflicts: 1, Nobody: 1, Link: "/deployment"}}
	doc = b.open("/deployment/change/scim")
	wantText(t, doc.Find("#forecast"), "Shadow traffic of Okta, 1 h ago", "3 users here would be managed by SCIM", "7 users would be created", "1 record would conflict", "1 user here is matched by nothing and stays manual", "See all by name")
	wantText(t, b.open("/deployment/change").Find(".choice"), "Shadow traffic of Okta", "1 parked token")
}

func (b browser) csv(path string) string {
	b.t.Helper()
	status, _, body := b.do(b.request(b.t.Context(), path))
	if status != http.StatusOK {
		b.t.Fatalf("%s: %d", path, status)
	}
	return body
}
