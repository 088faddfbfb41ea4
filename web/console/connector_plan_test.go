package console_test

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/store"
)

// TestADoneCycleIsCountedAsItsPreview was, where the cycle itself counts updates alone.
func TestADoneCycleIsCountedAsItsPreview(t *testing.T) {
	s := newStand(t)
	s.graph(1)
	s.entra()
	s.connected()
	now := models.TimeOf(s.clock.Now())
	x := models.Cycle{
		OrganizationID: s.org.Key, Method: models.Entra, Kind: models.InitialCycle, State: models.CycleDone, Started: now, Ended: now, Created: 3, Updated: 9,
		Plan: models.CyclePlan{
			Users:  map[models.Planned]int64{models.PlanCreate: 2, models.PlanAdopt: 4, models.PlanRestore: 1},
			Groups: map[models.Planned]int64{models.PlanCreate: 1, models.PlanAdopt: 2},
		},
	}
	s.must(s.store.Keep(t.Context(), func(tx *store.Tx) error { return tx.StartCycle(&x) }))
	doc := s.as(models.Owner).open("/connectors/entra/cycles/" + strconv.FormatInt(x.Key, 10))
	wantText(t, doc.Find("main"), "Among them: 2 users, 1 group.", "Among them: 4 users adopted, 2 groups adopted, 1 user returned.")
}

// TestAcceptAPreview shows a plan by name, hands it out as CSV, and accepts exactly it.
func TestAcceptAPreview(t *testing.T) {
	s := newStand(t)
	s.graph(1)
	s.entra()
	s.connected()
	ada := s.byHand("ada@northwind.example")
	x := s.planned(models.CyclePreviewed, models.CyclePlan{
		Users:  map[models.Planned]int64{models.PlanCreate: 1, models.PlanAdopt: 1, models.PlanConflict: 1},
		Groups: map[models.Planned]int64{models.PlanCreate: 1}, ByName: 1, InScope: 3, Joins: 2, Version: "one",
	},
		record(models.UserTarget, "new@northwind.example", models.PlanCreate, "", ""),
		record(models.UserTarget, "ada@northwind.example", models.PlanAdopt, "userName", ada.ID),
		record(models.UserTarget, "twin@northwind.example", models.PlanConflict, "", ""),
		record(models.GroupTarget, "Sales", models.PlanCreate, "", ""),
	)
	b := s.as(models.Owner)
	wantText(t, b.open("/").Find("main"), "A preview is ready.", "A preview waits to be accepted", "Open the preview")
	at := "/connectors/entra/cycles/" + strconv.FormatInt(x.Key, 10) + "/plan"
	if got := b.open("/connectors/entra").Find("#live a[href='" + at + "']").Length(); got == 0 {
		t.Error("the connector does not lead to the preview")
	}
	doc := b.open(at)
	wantText(t, doc.Find("#impact"), "1 user is created", "1 user is adopted", "Recognised: 1 by userName.", "1 conflict waits in the queue", "1 group is created", "2 memberships begin", "0 users deleted")
	wantText(t, doc.Find("tbody"), "new@northwind.example", "Nobody here matches them.")
	doc = b.open(at + "?kind=user&what=adopt")
	wantText(t, doc.Find("tbody"), "ada@northwind.example", "Recognised by the userName")
	if to := doc.Find("tbody a").AttrOr("href", ""); to != "/users/"+ada.ID {
		t.Errorf("the adopted user leads to %s", to)
	}
	wantText(t, b.open(at+"?kind=group&what=create").Find("tbody"), "Sales")
	doc = b.open(at + "?kind=user&what=create&q=NEW")
	wantText(t, doc.Find("tbody"), "new@northwind.example")
	if value := doc.Find("main form[role=search] input[name=q]").AttrOr("value", ""); value != "NEW" || doc.Find("main form[role=search] input[name=what]").AttrOr("value", "") != "create" {
		t.Errorf("the search forgets what it was for, or its part: %q", value)
	}
	wantText(t, b.open(at+"?kind=user&what=create&q=zebra").Find("main"), "Nothing found", "begins with “zebra”", "Clear")
	_, h, csv := b.do(b.request(t.Context(), strings.Replace(at, "/plan", "/plan.csv", 1)+"?kind=user&what=adopt"))
	if !strings.Contains(h.Get("Content-Type"), "text/csv") || !strings.Contains(csv, "ada@northwind.example,anchor-ada,adopt,userName") {
		t.Errorf("as CSV: %s\n%s", h.Get("Content-Type"), csv)
	}
	auditor := s.as(models.Auditor)
	doc = auditor.open(at)
	if strings.Contains(text(doc.Find("tbody")), "new@northwind.example") || doc.Find("form[method=post][action='"+at+"']").Length() != 0 {
		t.Error("an auditor sees names, or may decide")
	}
	status, _, doc := b.post(at, url.Values{"do": {"accept"}, "version": {"another"}})
	if status < 400 {
		t.Errorf("a plan that moved: %d", status)
	}
	wantText(t, doc.Find("main"), "Nothing was done.", "not the one that was shown")
	_, where, doc := b.post(at, url.Values{"do": {"accept"}, "version": {"one"}})
	if where != strings.TrimSuffix(at, "/plan") {
		t.Fatalf("accepting leads to %s: %s", where, text(doc.Find("main")))
	}
	c, _, err := s.store.Connector(t.Context(), s.org.Key, models.Entra)
	s.must(err)
	if c.Asked != models.ApplyRequest || c.AskedBy != "owner@northwind.example" {
		t.Errorf("asked: %+v", c)
	}
}

// byHand adds somebody whom no directory manages.
func (s *stand) byHand(userName string) models.User {
	s.t.Helper()
	u, err := s.dir.CreateUser(s.t.Context(), s.cli(), func(u *models.User) error {
		u.Attributes = models.Attributes{"userName": userName, "displayName": "Ada", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": map[string]any{"department": "Sales"}}
		return nil
	})
	s.must(err)
	return u
}

// TestHeldByTheGuard lists the people by cause, and has two ways out.
func TestHeldByTheGuard(t *testing.T) {
	s := newStand(t)
	s.graph(1)
	s.entra()
	s.connected()
	hold := func() string {
		var list []models.SourceRecord
		for n := range 3 {
			name := user(n)
			u, err := s.store.UserByName(t.Context(), s.org.Key, name)
			if err != nil {
				u = s.byHand(name)
			}
			list = append(list, record(models.UserTarget, name, models.PlanRemove, "anchor", u.ID))
		}
		x := s.planned(models.CycleHeld, models.CyclePlan{Users: map[models.Planned]int64{models.PlanRemove: 3}, Removals: 3, Managed: 4, Version: "held"}, list...)
		return "/connectors/entra/cycles/" + strconv.FormatInt(x.Key, 10) + "/plan"
	}
	at := hold()
	b := s.as(models.Owner)
	wantText(t, b.open("/connectors/entra").Find("main"), "would take access from 3 users", "Decide")
	wantText(t, b.open("/").Find("#needs"), "would take access from 3 users")
	doc := b.open(at)
	wantText(t, doc.Find("main"), "3 users of 4 would lose access.", "All 3 users from department Sales", "It is a mistake", "It is meant", "Keep 3 users", "Apply once")
	status, _, doc := b.post(at, url.Values{"do": {"approve"}, "version": {"held"}})
	if status < 400 {
		t.Errorf("without the tick: %d", status)
	}
	wantText(t, doc.Find("main"), "The number was not confirmed.")
	_, where, doc := b.post(at, url.Values{"do": {"reject"}, "version": {"held"}})
	if where != "/connectors/entra" {
		t.Fatalf("rejecting leads to %s: %s", where, text(doc.Find("main")))
	}
	wantText(t, doc.Find("#flash"), "The users stay as they are.")
	if got := b.open("/connectors/entra/cycles").Find("tbody tr"); got.Length() != 1 || !strings.Contains(text(got), "Rejected") {
		t.Errorf("the list of cycles: %s", text(got))
	}
	at = hold()
	if _, _, doc := b.post(at, url.Values{"do": {"approve"}, "version": {"held"}, "ack": {"1"}}); !strings.Contains(text(doc.Find("#flash")), "Approved once.") {
		t.Errorf("approving: %s", text(doc.Find("main")))
	}
	if status, _, _ := s.as(models.Auditor).post(at, url.Values{"do": {"approve"}, "version": {"held"}, "ack": {"1"}}); status != http.StatusForbidden {
		t.Errorf("an auditor approves: %d", status)
	}
}

// TestFollowLive streams the moving part when something moves.
func TestFollowLive(t *testing.T) {
	s := newStand(t)
	s.graph(1)
	s.entra()
	s.connected()
	b := s.as(models.Owner)
	wantText(t, b.open("/connectors/entra").Find("noscript"), "Reload every 5 seconds")
	_, h, _ := b.do(b.request(t.Context(), "/connectors/entra?refresh=5"))
	if h.Get("Refresh") != "5" {
		t.Errorf("with scripts off: Refresh %q", h.Get("Refresh"))
	}
	ctx, stop := context.WithTimeout(t.Context(), 15*time.Second)
	defer stop()
	resp, err := b.client.Do(b.request(ctx, "/connectors/entra/live"))
	s.must(err)
	defer func() { _ = resp.Body.Close() }()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("the stream is %s", got)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	see := func(what string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), what) {
				return
			}
		}
		t.Fatalf("the stream never says %q: %v", what, lines.Err())
	}
	see("Not started")
	x := models.Cycle{OrganizationID: s.org.Key, Method: models.Entra, Kind: models.InitialCycle, Started: models.TimeOf(s.clock.Now()), State: models.CycleRunning, Phase: models.UsersPhase, Total: 200, Progress: 50}
	s.alter(func(tx *store.Tx, c *models.Connector) {
		if err := tx.StartCycle(&x); err != nil {
			t.Fatal(err)
		}
		c.CycleID = x.Key
		c.SetState(models.ConnectorRunning, "", "", "", tx.Now())
	})
	if _, err := s.runs.SetInterval(t.Context(), s.cli(), models.Entra, 45); err != nil {
		t.Fatal(err)
	}
	see("50 of 200 users · 25%")
	doc := b.open("/connectors/entra/cycles/" + strconv.FormatInt(x.Key, 10))
	wantText(t, doc.Find("#progress"), "Initial cycle, 55%", "Writing users", "50 of 200 users")
	if status, _, _ := b.do(b.request(t.Context(), "/connectors/entra/cycles/99")); status != http.StatusNotFound {
		t.Errorf("a cycle that is not there: %d", status)
	}
}

// TestUndoACycle takes back what a real cycle did, once it was accepted.
func TestUndoACycle(t *testing.T) {
	s := newStand(t)
	s.graph(4)
	s.entra()
	c := s.connected()
	b := s.as(models.Owner)
	b.post("/connectors/entra/start", url.Values{})
	s.must(s.runs.RunOne(t.Context(), c.Key))
	now, _, err := s.store.Connector(t.Context(), s.org.Key, models.Entra)
	s.must(err)
	at := "/connectors/entra/cycles/" + strconv.FormatInt(now.CycleID, 10)
	doc := b.open(at + "/plan")
	wantText(t, doc.Find("#impact"), "4 users are created")
	b.post(at+"/plan", url.Values{"do": {"accept"}, "version": {doc.Find("input[name=version]").AttrOr("value", "")}})
	s.must(s.runs.RunOne(t.Context(), c.Key))
	wantText(t, b.open(at).Find("main"), "4 created", "Undo this cycle", "The whole directory", "Users in scope4")
	doc = b.open(at + "/undo")
	wantText(t, doc.Find("main"), "4 users whom the cycle created are preserved", "0 users deleted", user(0), "Put back 4", "Stay as they are 0", "1–4 of 4 records")
	found := b.open(at + "/undo?q=" + url.QueryEscape(strings.ToUpper(user(1))))
	wantText(t, found.Find("tbody"), user(1), "Preserved")
	if n := found.Find("tbody tr").Length(); n != 1 {
		t.Errorf("a search for one of them finds %d", n)
	}
	wantText(t, b.open(at+"/undo?q=zebra").Find("main"), "Nothing found", "Clear")
	wantText(t, b.open(at+"/undo?show=stays").Find("main"), "No record was changed since the cycle")
	if status, _, _ := b.post(at+"/undo", url.Values{"version": {"another"}}); status < 400 {
		t.Errorf("another undo than was shown: %d", status)
	}
	_, where, doc := b.post(at+"/undo", b.form(doc, ".confirm form"))
	if where == at+"/undo" || !strings.HasPrefix(where, "/connectors/entra/cycles/") {
		t.Fatalf("the undo leads to %s: %s", where, text(doc.Find("main")))
	}
	wantText(t, doc.Find("main"), "The undo has begun.", "Undo of a cycle", "Putting records back", "Stop the undo")
	wantText(t, b.open("/connectors/entra").Find("main"), "A cycle is being undone", "Stop the undo")
	wantText(t, b.open(at).Find("main"), "Being taken back by")
	wantText(t, b.open(at+"/undo").Find("main"), "being undone at the moment")
	_, _, doc = b.post(where+"/undo/stop", url.Values{})
	wantText(t, doc.Find("main"), "The undo is stopped.", "Stopped by", "Go on with the undo")
	_, _, doc = b.post(where+"/undo/stop", url.Values{})
	wantText(t, doc.Find("main"), "not under way any more")
	wantText(t, b.open(at).Find("main"), "Taken back in part by", "Go on with the undo")
	if _, again, _ := b.post(at+"/undo", b.form(b.open(at+"/undo"), ".confirm form")); again != where {
		t.Errorf("the undo goes on as %s, not as %s", again, where)
	}
	s.must(s.runs.RunOne(t.Context(), c.Key))
	doc = b.open(where)
	wantText(t, doc.Find("main"), "Undo of a cycle", "Finished", "Takes back")
	if doc.Find("#progress").Length() > 0 {
		t.Error("an undo that ended shows progress")
	}
	n, err := s.store.UserCounts(t.Context(), s.org.Key)
	s.must(err)
	if n.ByStatus[models.Preserved] != 4 || n.Total != 4 {
		t.Errorf("after the undo: %+v", n)
	}
	wantText(t, b.open(at).Find("main"), "Undone", "Taken back by")
	wantText(t, b.open(at+"/undo").Find("main"), "undone already")
}
