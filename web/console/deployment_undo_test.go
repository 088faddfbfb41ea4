package console_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/deployment"
)

// newChanged is newTenant after a change to manual that kept nothing, and one user whom
// somebody edited since.
func newChanged(t *testing.T) (*stand, browser, models.MethodChange) {
	t.Helper()
	s, b := newTenant(t)
	ctx := t.Context()
	_, err := s.dir.SaveMapping(ctx, s.cli(), "", func(m *models.Mapping) error { m.Method, m.Name = models.SCIM, "Everyone"; return nil })
	s.must(err)
	s.must(s.dir.Evaluate(ctx))
	done, err := s.deps.Change(ctx, s.cli(), deployment.Order{Target: models.Manual, Reason: "moving house"})
	s.must(err)
	u, err := s.store.UserByName(ctx, s.org.Key, user(1))
	s.must(err)
	_, err = s.dir.UpdateUser(ctx, s.cli(), u.ID, func(u *models.User) error { u.Attributes["title"] = "By hand"; return nil })
	s.must(err)
	return s, b, done
}

// TestUndo through the pages: what returns and who stays by name, refusals, the undo,
// and what all pages tell afterwards.
func TestUndo(t *testing.T) {
	s, b, done := newChanged(t)
	at := "/deployment/changes/" + done.ID
	wantText(t, b.open("/deployment").Find("#undo"), "The change to Manual can be undone until 4 February 2026.", "Undo")
	doc := b.open(at)
	wantText(t, doc.Find("main"), "Successfully changed to Manual", "1 SCIM mapping was deleted", "Everyone", "Okta production", "Undo until 4 February 2026")
	if n := b.listed(at + "/users"); n != 3 {
		t.Errorf("%d users are as the change left them", n)
	}
	wantText(t, b.open(at+"/users?what=touched").Find("#part"), "User001 Lindqvist", "Keeps what was changed and stays manual in an undo.")
	wantText(t, b.open(at+"/users?q=user002").Find("#part"), "An undo returns this one to SCIM.", "1 user")
	wantText(t, b.open(at+"/groups").Find("#part"), "Sales")
	doc = b.open(at + "/undo")
	wantText(t, doc.Find("#impact"), "3 users return to SCIM", "1 group returns to SCIM", "1 user does not return", "1 deleted SCIM mapping comes back", "1 SCIM token works again")
	wantText(t, doc.Find("#touched"), "User001 Lindqvist")
	wantText(t, doc.Find("#mappings"), "Everyone", "Restored")
	wantText(t, doc.Find("#confirm-undo"), "SCIM is in charge again, and everybody whom nobody changed since the change is managed by it again.", "That is 3 users and 1 group.",
		"1 user was changed since: that one keeps what was changed and does not return.", "0 users are deleted", "An undo cannot be undone itself.")
	if b.as(models.Auditor).open(at+"/undo").Find("main form[method=post]").Length() != 0 {
		t.Error("an auditor can undo")
	}

	form := b.form(doc, "#confirm-undo form")
	if status, _, page := b.post(at+"/undo", form); status != http.StatusBadRequest || page.Find("#f-ack-error").Length() != 1 {
		t.Errorf("without the tick: %d", status)
	}
	form.Set("ack", "1")
	u, err := s.store.UserByName(t.Context(), s.org.Key, user(2))
	s.must(err)
	_, err = s.dir.UpdateUser(t.Context(), s.cli(), u.ID, func(u *models.User) error { u.Attributes["title"] = "Too"; return nil })
	s.must(err)
	status, _, doc := b.post(at+"/undo", form)
	if status != http.StatusPreconditionFailed || s.inCharge().Method != models.Manual {
		t.Fatalf("a stale undo: %d", status)
	}
	wantText(t, doc.Find("#stale"), "nothing was done")
	wantText(t, doc.Find("#difference"), "users that return", "3", "2", "users changed since", "1")
	form = b.form(doc, "#confirm-undo form")
	form.Set("ack", "1")
	form.Set("reason", "too early")
	status, to, doc := b.post(at+"/undo", form)
	if status != http.StatusOK || !strings.HasPrefix(to, "/deployment/changes/") || s.inCharge().Method != models.SCIM {
		t.Fatalf("the undo: %d at %s", status, to)
	}
	wantText(t, doc.Find("#flash"), "The change to Manual is undone: SCIM is in charge again.")
	wantText(t, doc.Find("main"), "Undone: SCIM is in charge again", "2 users are managed by SCIM again", "2 users were changed since", "too early")
	wantText(t, b.open(at).Find("main"), "This change was undone.", "See the undo")
	wantText(t, b.open("/deployment").Find("#history"), "Undo: back to SCIM", "Undone", "2 users returned")
	if b.open("/deployment").Find("#undo").Length() != 0 {
		t.Error("an undo is offered again")
	}
	doc = b.open(at + "/undo")
	wantText(t, doc.Find(".alert.error"), "This change was undone already.")
	if status, _, _ := b.post(at+"/undo", form); status != http.StatusConflict {
		t.Errorf("a second undo: %d", status)
	}
	wantText(t, b.open("/deployment/changes").Find("main"), "SCIM to Manual", "Undo: back to SCIM", "Chose SCIM")
	wantText(t, b.open("/users/"+u.ID).Find(".kv"), "Managed bySCIM until the change to Manual on 5 January 2026", "The change was undone")
}

// TestUndoAsksForThePassword when it was not given lately, and too late it says so.
func TestUndoAsksForThePassword(t *testing.T) {
	s, b, done := newChanged(t)
	at := "/deployment/changes/" + done.ID
	s.clock.Advance(11 * time.Minute)
	form := b.form(b.open(at+"/undo/confirm"), ".confirm form")
	form.Set("ack", "1")
	form.Set("password", "wrong")
	if _, _, doc := b.post(at+"/undo", form); doc.Find("#f-password-error").Length() != 1 || s.inCharge().Method != models.Manual {
		t.Fatal("a wrong password was taken")
	}
	s.clock.Advance(31 * 24 * time.Hour)
	b = s.as(models.Owner)
	doc := b.open(at + "/undo")
	wantText(t, doc.Find(".alert.error"), "The time to undo this change ended")
	if doc.Find("#confirm-undo").Length() != 0 || b.open("/deployment").Find("#undo").Length() != 0 {
		t.Error("a change is undone too late")
	}
}

// TestUserTellsTheChange that made them manual, whether they were edited since or not.
func TestUserTellsTheChange(t *testing.T) {
	s, b, done := newChanged(t)
	for _, n := range []int{0, 1} {
		u, err := s.store.UserByName(t.Context(), s.org.Key, user(n))
		s.must(err)
		facts := b.open("/users/" + u.ID).Find(".kv")
		wantText(t, facts, "Managed bySCIM until the change to Manual on 5 January 2026")
		if got := facts.Find("a[href='/deployment/changes/" + done.ID + "']").Length(); got != 1 {
			t.Errorf("%d links to the change", got)
		}
	}
	if strings.Contains(text(b.open("/users").Find("main")), "until the change") {
		t.Error("the list tells it too")
	}
}

// TestReports name everybody, with the figures, by whom and why.
func TestReports(t *testing.T) {
	_, b, done := newChanged(t)
	at := "/deployment/changes/" + done.ID
	sheet := b.csv(at + "/report.csv")
	for _, part := range []string{"moving house", "figure,usersToManual,users to manual,,,,,,,4", user(0), "user001@northwind.example,active,scim,manual,manual,changed", "group,", "Sales", "token,", "Okta production", "mapping,", "Everyone"} {
		if !strings.Contains(sheet, part) {
			t.Errorf("the sheet does not have %q:\n%s", part, sheet)
		}
	}
	var report struct {
		Change struct {
			By, Reason, From, To string
			Counts               map[string]int64
		}
		Records []map[string]string
	}
	body := b.csv(at + "/report.json")
	if err := json.Unmarshal([]byte(body), &report); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	if c := report.Change; c.By != "cli" || c.Reason != "moving house" || c.Counts["usersToManual"] != 4 || len(report.Records) != 4+1+1+1 {
		t.Errorf("%d records; %+v", len(report.Records), c)
	}
	if masked := b.as(models.Auditor).csv(at + "/report.json"); strings.Contains(masked, user(0)) {
		t.Error("an auditor reads names unmasked")
	}
}

// TestUndoTime is set on the settings page.
func TestUndoTime(t *testing.T) {
	s, b := newTenant(t)
	form := asForm(b.open("/settings"))
	if form.Get("undoDays") != "30" {
		t.Errorf("the form shows %q days", form.Get("undoDays"))
	}
	for days, want := range map[string]int{"0": http.StatusBadRequest, "366": http.StatusBadRequest, "soon": http.StatusBadRequest} {
		form.Set("undoDays", days)
		if status, _, doc := b.post("/settings", form); status != want || doc.Find("#f-undoDays-error").Length() != 1 {
			t.Errorf("%s days: %d", days, status)
		}
	}
	form.Set("undoDays", "7")
	if status, _, _ := b.post("/settings", form); status != http.StatusOK || s.inCharge().Settings.UndoDays != 7 {
		t.Errorf("7 days: %d, stored %d", status, s.inCharge().Settings.UndoDays)
	}
	wantText(t, b.open("/deployment/change/manual").Find("#confirm-change"), "You can undo this until 12 January 2026")
}

// TestUndoBackToManual names who becomes manual, since nobody returns to anything.
func TestUndoBackToManual(t *testing.T) {
	s, b := newTenant(t)
	_, err := s.deps.Change(t.Context(), s.cli(), deployment.Order{Target: models.Manual, Keep: true})
	s.must(err)
	done, err := s.deps.Change(t.Context(), s.cli(), deployment.Order{Target: models.SCIM, Keep: true})
	s.must(err)
	_, err = s.arrive(user(0))
	s.must(err)
	doc := b.open("/deployment/changes/" + done.ID + "/undo")
	wantText(t, doc.Find("#impact"), "1 user of SCIM becomes manual", "1 SCIM token is parked")
	wantText(t, doc.Find("#sample"), "Who becomes manual", "User000 Lindqvist")
	wantText(t, doc.Find("#confirm-undo"), "Manual is in charge again", "1 user and 0 groups become manual today")
	if all := text(doc.Find("main")); strings.Contains(all, "return to Manual") || strings.Contains(all, "managed by Manual") {
		t.Errorf("somebody returns to nobody:\n%s", all)
	}
	form := b.form(doc, "#confirm-undo form")
	form.Set("ack", "1")
	_, _, doc = b.post("/deployment/changes/"+done.ID+"/undo", form)
	wantText(t, doc.Find("main"), "Undone: Manual is in charge again", "1 user of SCIM became manual")
	if n := b.listed(doc.Find("#impact a:contains('became manual')").AttrOr("href", "")); n != 1 {
		t.Errorf("%d users listed", n)
	}
}
