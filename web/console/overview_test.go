package console_test

import (
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"muster/models"
	"muster/models/deployment"
)

func checked(doc *goquery.Document) map[string]bool {
	out := map[string]bool{}
	doc.Find(".checklist > li").Each(func(_ int, li *goquery.Selection) {
		title := li.Find("p.strong").Clone()
		title.Find(".vh").Remove()
		out[text(title)] = li.HasClass("done")
	})
	return out
}

// TestChecklistFollowsEvents from a fresh organization to the day it is gone.
func TestChecklistFollowsEvents(t *testing.T) {
	s := newStand(t)
	b := s.as(models.Owner)
	doc := b.open("/")
	wantText(t, doc.Find("#in-charge"), "No method chosen yet")
	want := func(step string, done bool) {
		t.Helper()
		if got, there := checked(b.open("/"))[step]; got != done || !there {
			t.Errorf("%q: done %t, listed %t; want done %t", step, got, there, done)
		}
	}
	want("Choose the deployment method", false)
	want("Add a second admin", true)
	if got := doc.Find(".checklist .current a.btn").AttrOr("href", ""); got != "/deployment" {
		t.Errorf("the next step leads to %s", got)
	}
	_, err := s.deps.Change(t.Context(), s.cli(), deployment.Order{Target: models.SCIM})
	s.must(err)
	want("Choose the deployment method", true)
	want("Create a SCIM token", false)
	wantText(t, b.open("/").Find("#in-charge"), "SCIM", "Not started")
	token := s.newToken("Okta production")
	want("Create a SCIM token", true)
	want("Receive the first request", false)
	wantText(t, b.open("/").Find("#start"), "Waiting for the identity provider’s first request")
	s.acc.Seen(token, "203.0.113.7", "Okta", false)
	s.must(s.acc.FlushUse(t.Context()))
	want("Receive the first request", true)
	want("Provision the first user", false)
	u, err := s.arrive(user(1))
	s.must(err)
	want("Provision the first user", true)
	want("Have the first group", false)
	s.group("Sales", u.ID)
	if list := checked(b.open("/")); len(list) != 0 {
		t.Errorf("all is done and the list is still there: %v", list)
	}
}

func TestOverviewCountsAndNeeds(t *testing.T) {
	s, refused, first := newLog(t)
	s.acc.Seen(s.token, "203.0.113.7", "Okta", false)
	s.must(s.acc.FlushUse(t.Context()))
	b := s.as(models.Owner)
	doc := b.open("/")
	stats := map[string]string{}
	doc.Find(".stat").Each(func(_ int, tile *goquery.Selection) {
		stats[text(tile.Find(".stat-label"))] = text(tile.Find(".stat-value")) + " " + tile.Find("a").AttrOr("href", "")
	})
	for label, want := range map[string]string{
		"Active users": "9 /users?status=active", "Inactive users": "1 /users?status=inactive", "Preserved users": "0 /users?status=preserved",
		"Groups": "0 /groups", "Live tokens": "1 /scim/tokens", "Failures in 24 h": "1 /logs?range=24h&status=failure",
	} {
		if stats[label] != want {
			t.Errorf("%s: %q, want %q", label, stats[label], want)
		}
	}
	wantText(t, doc.Find("#needs"), "1 conflict waits for a decision", "Two people claim one userName", "1 failure")
	for n, want := range []string{"/queue?tab=conflict", "/logs/" + refused.ID} {
		if got := doc.Find("#needs tbody tr").Eq(n).Find("a").First().AttrOr("href", ""); got != want {
			t.Errorf("need %d leads to %s, want %s", n, got, want)
		}
	}
	wantText(t, doc.Find("#health"), "Needs attention", "1 of the changes in the last cycle failed")
	wantText(t, doc.Find("#in-charge"), "SCIM", "incremental, running", "5 created")
	sum := 0
	doc.Find("#activity .bars-svg a").Each(func(_ int, bar *goquery.Selection) { sum += rows(b.open(bar.AttrOr("href", ""))) })
	if sum != 13 {
		t.Errorf("the days lead to %d entries together, want 13", sum)
	}
	s.clock.Advance(350 * 24 * time.Hour)
	wantText(t, s.as(models.Owner).open("/").Find("#needs"), "Token “Okta production” expires in 1", "Rotate")
	_ = first
}

// TestAWrongTokenIsTold to the administrator who waits for the directory, until it comes
// with the right one.
func TestAWrongTokenIsTold(t *testing.T) {
	s := newStand(t)
	s.scim()
	b := s.as(models.Owner)
	refused := models.Errorf(models.Unauthorized, "", "The token's checksum is wrong: it was mistyped; copy it again.")
	s.acc.Turned("198.51.100.9", "Okta SCIM Client 1.4", refused)
	s.acc.Turned("198.51.100.9", "Okta SCIM Client 1.4", refused)
	says := "A request from 198.51.100.9 (Okta) was refused at"
	wantText(t, b.open("/").Find("#needs"), "A request came with what is no token here", says, "it was mistyped.", "2 requests refused")
	wantText(t, b.open("/scim/tokens/"+s.token.ID).Find("#reached"), "Somebody was turned away", says)
	auditor := s.as(models.Auditor)
	for _, path := range []string{"/", "/scim/tokens/" + s.token.ID} {
		if strings.Contains(text(auditor.open(path).Find("main")), "198.51.100.9") {
			t.Errorf("an auditor reads an address at %s", path)
		}
	}
	s.acc.Seen(s.token, "198.51.100.9", "Okta SCIM Client 1.4", false)
	if got := text(b.open("/").Find("#needs")); strings.Contains(got, "no token here") {
		t.Errorf("told after the right one came: %s", got)
	}
}

// TestAFailureNamesWhom it is about, and its button opens those entries and no others.
func TestAFailureNamesWhom(t *testing.T) {
	s := newStand(t)
	s.scim()
	for n := range 3 {
		_, err := s.arrive(user(n))
		s.must(err)
	}
	for n := range 3 {
		_, err := s.dir.CreateUser(t.Context(), s.sync(""), func(u *models.User) error {
			u.Attributes = models.Attributes{"userName": user(n), "externalId": "of somebody else"}
			return nil
		})
		if models.KindOf(err) != models.Uniqueness {
			t.Fatalf("a taken name: %v", err)
		}
	}
	_, err := s.dir.CreateUser(t.Context(), s.sync(""), func(u *models.User) error {
		u.Attributes = models.Attributes{"externalId": "nameless"}
		return nil
	})
	if err == nil {
		t.Fatal("a user without a userName was let in")
	}
	b := s.as(models.Owner)
	needs := b.open("/").Find("#needs")
	wantText(t, needs, "Two people claim one userName", "For "+user(2)+", "+user(1)+" and 1 more, last seen", "Last seen")
	all := needs.Find("a.btn").FilterFunction(func(_ int, a *goquery.Selection) bool { return strings.HasPrefix(text(a), "See all") })
	doc := b.open(all.AttrOr("href", ""))
	if got := rows(doc); got != 3 {
		t.Errorf("the three failures of the cause lead to %d entries", got)
	}
	wantText(t, doc.Find("main"), "the cause “Two people claim one userName”")
	if masked := text(s.as(models.Auditor).open("/").Find("#needs")); strings.Contains(masked, user(1)) {
		t.Errorf("an auditor reads a name: %s", masked)
	}
}
