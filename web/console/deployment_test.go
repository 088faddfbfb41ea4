package console_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"muster/models"
)

const rule = "All existing users will be moved to manual provisioning mode and will not be mapped to any "

func (s *stand) inCharge() models.Organization {
	s.t.Helper()
	o, err := s.store.Organization(s.t.Context(), s.org.Key)
	s.must(err)
	return o
}

// TestFirstChoice: four methods with the same five facts, two of which say that this
// version does not connect to them, and one press.
func TestFirstChoice(t *testing.T) {
	s := newStand(t)
	b := s.as(models.Admin)
	doc := b.open("/deployment")
	cards := doc.Find(".choice")
	if cards.Length() != 4 {
		t.Fatalf("%d cards", cards.Length())
	}
	cards.Each(func(_ int, card *goquery.Selection) {
		wantText(t, card, "Who starts the sync", "How fast", "What you need", "A deletion becomes", "Good for")
		if name := text(card.Find("h2")); name == "AD/LDAP" {
			wantText(t, card, "Cannot connect yet", "does not connect to "+name+" yet")
		}
	})
	if n := s.as(models.Auditor).open("/deployment").Find(".choice button").Length(); n != 0 {
		t.Errorf("an auditor sees %d buttons", n)
	}
	if status, _, _ := s.as(models.Auditor).post("/deployment/choose", url.Values{"method": {"scim"}}); status != http.StatusForbidden {
		t.Errorf("an auditor chooses: %d", status)
	}
	form := b.form(doc, ".choice form:has(input[value=scim])")
	for _, refused := range []url.Values{{"method": {"scim"}}, {"method": {"post"}, "version": form["version"]}} {
		if status, _, _ := b.post("/deployment/choose", refused); status < 400 || s.inCharge().MethodSet {
			t.Errorf("%v was taken: %d", refused, status)
		}
	}
	_, at, _ := b.post("/deployment/choose", form)
	if o := s.inCharge(); o.Method != models.SCIM || !o.MethodSet || o.MethodBy != "admin@northwind.example" || at != "/scim/tokens/new" {
		t.Errorf("in charge: %+v, then %s", o, at)
	}
	form.Set("method", "manual")
	if status, _, _ := b.post("/deployment/choose", form); status != http.StatusConflict || s.inCharge().Method != models.SCIM {
		t.Errorf("a second first choice: %d", status)
	}
}

// newTenant is SCIM in charge of four users, one of them preserved, and a group.
func newTenant(t *testing.T) (*stand, browser) {
	t.Helper()
	s := newStand(t)
	s.scim()
	var ids []string
	for n := range 4 {
		u, err := s.arrive(user(n))
		s.must(err)
		ids = append(ids, u.ID)
	}
	_, err := s.dir.Preserve(t.Context(), s.cli(), ids[3], "left")
	s.must(err)
	s.group("Sales", ids...)
	return s, s.as(models.Owner)
}

func TestDeploymentSummary(t *testing.T) {
	_, b := newTenant(t)
	doc := b.open("/deployment")
	wantText(t, doc.Find("#in-charge"), "SCIM", "Chosen bycli", "4 users, 1 group", "initial, running")
	wantText(t, doc.Find("#counts"), "SCIM3014")
	wantText(t, doc.Find("#cycles"), "Initial cycle", "Running")
	wantText(t, doc.Find("#history"), "Chose SCIM", "First choice")
	if got := doc.Find("#counts a").First().AttrOr("href", ""); got != "/users?mode=scim&status=active" {
		t.Errorf("the first number leads to %s", got)
	}
	if got := rows(b.open(doc.Find("#cycles tbody a").AttrOr("href", ""))); got != 5 {
		t.Errorf("the cycle leads to %d entries", got)
	}
	if doc.Find("#deployment-menu a[href='/deployment/change']").Length() != 1 {
		t.Error("no way to change the method")
	}
	wantText(t, b.open("/deployment/cycles").Find("tbody"), "Initial cycle")
	wantText(t, b.open("/deployment/change").Find("main"), "Preview the change to Manual", "Cannot connect yet", "1 token")
}

func TestPreviewCounts(t *testing.T) {
	_, b := newTenant(t)
	doc := b.open("/deployment/change/manual")
	wantText(t, doc.Find("#impact"), "4 users become manual", "1 group becomes manual", "1 preserved user stays preserved", "1 SCIM token is kept, parked", "0 users deleted")
	wantText(t, doc.Find("#sample"), "User000 Lindqvist", "Sales", "Manual")
	if strings.Contains(strings.ToLower(text(doc.Find("body"))), "are you sure") {
		t.Error("the page asks whether somebody is sure")
	}
	if doc.Find("#confirm-change input[name=name]").Length() != 0 {
		t.Error("the name is asked for although nothing is deleted")
	}
	doc = b.open("/deployment/change/manual?keep=0")
	wantText(t, doc.Find("#impact"), "1 SCIM token is deleted", "Undo brings back what is deleted until 4 February 2026")
	wantText(t, doc.Find("#keep"), "Keep existing SCIM mappings", "mappings, attribute mappings and SCIM tokens", "after that deleted means deleted")
	if doc.Find("#confirm-change input[name=name]").Length() != 1 || doc.Find("#keep input[name=keep][checked]").Length() != 0 {
		t.Error("not keeping asks for no name, or the box is still ticked")
	}
	if _, on := b.open("/deployment/change/manual?keep=0&keep=1").Find("#keep input[type=checkbox]").Attr("checked"); !on {
		t.Error("the ticked box of the form is not understood")
	}
	doc = b.open("/deployment/change/entra")
	wantText(t, doc.Find("main"), "Prepare the connection", "Keep existing SCIM mappings")
	wantText(t, b.open("/deployment/change/ldap").Find("main"), "does not connect to AD/LDAP yet")
	doc = b.open("/deployment/change/scim")
	wantText(t, doc.Find(".alert.error"), "SCIM is already in charge.", "Choose another method")
	if doc.Find("#confirm-change").Length() != 0 {
		t.Error("a blocked change can be confirmed")
	}
	if status, _, _ := b.do(b.request(t.Context(), "/deployment/change/post")); status != http.StatusNotFound {
		t.Errorf("an unknown method: %d", status)
	}
	doc = b.as(models.Auditor).open("/deployment/change/manual")
	if doc.Find("#confirm-change, main form[method=post]").Length() != 0 {
		t.Error("an auditor can confirm")
	}
}

// TestTheDialogSaysWhatWillHappen to a person who reads nothing else.
func TestTheDialogSaysWhatWillHappen(t *testing.T) {
	_, b := newTenant(t)
	said := func(path string) string { return text(b.open(path).Find("#confirm-change .consequence")) }
	kept := rule + "mapping automatically." +
		"Now that is 4 users and 1 group.1 SCIM token is kept, parked: it stops working now and works again when SCIM comes back.SCIM requests are refused with 403 and the reason." +
		"Everybody keeps status, profile, groups, roles and history. 1 preserved user stays preserved and 0 inactive users stay inactive. 0 users are deleted." +
		"You can undo this until 4 February 2026: SCIM is in charge again, and everybody whom nobody changed since returns to it."
	if got := said("/deployment/change/manual"); got != kept {
		t.Errorf("kept:\n%s\nwant:\n%s", got, kept)
	}
	deleted := rule + "Microsoft Entra ID mapping automatically." +
		"Now that is 4 users and 1 group.1 SCIM token is deleted: the identity provider cannot sign in with it any more.SCIM requests are refused with 403 and the reason." +
		"Everybody keeps status, profile, groups, roles and history. 1 preserved user stays preserved and 0 inactive users stay inactive. 0 users are deleted." +
		"You can undo this until 4 February 2026: SCIM is in charge again, and everybody whom nobody changed since returns to it. What is deleted comes back with it; after that day it is gone for good."
	if got := said("/deployment/change/entra?keep=0"); got != deleted {
		t.Errorf("deleted:\n%s\nwant:\n%s", got, deleted)
	}
}

// TestChangeRefusals: what is missing is said at its field, what was typed stays,
// and nothing changes.
func TestChangeRefusals(t *testing.T) {
	s, b := newTenant(t)
	page := b.open("/deployment/change/manual/confirm?keep=0")
	wantText(t, page.Find("main"), rule, "1 SCIM token is deleted: the identity provider")
	form := b.form(page, ".confirm form")
	form.Set("reason", "a pause")
	refuse := func(change func(url.Values), field, words string) {
		t.Helper()
		f := url.Values{}
		maps.Copy(f, form)
		change(f)
		status, _, doc := b.post("/deployment/change/manual", f)
		if status < 400 || s.inCharge().Method != models.SCIM {
			t.Fatalf("taken: %d", status)
		}
		wantText(t, doc.Find("#f-"+field+"-error"), words)
		if doc.Find(".alert.error a[href='#f-"+field+"']").Length() != 1 {
			t.Errorf("the head of the form does not lead to %s", field)
		}
		if got := doc.Find("input[name=reason]").AttrOr("value", ""); got != "a pause" && field != "reason" {
			t.Errorf("the reason was lost: %q", got)
		}
	}
	refuse(func(f url.Values) { f.Set("name", s.org.Name) }, "ack", "Tick the box")
	refuse(func(f url.Values) { f.Set("ack", "1"); f.Set("name", "northwind") }, "name", "Northwind Traders")
	refuse(func(f url.Values) {
		f.Set("ack", "1")
		f.Set("name", s.org.Name)
		f.Set("reason", strings.Repeat("x", 501))
	}, "reason", "501 characters")
	if audit, err := s.store.AuditEntries(t.Context(), models.AuditQuery{Action: "deployment.change"}); err != nil || len(audit.Items) != 1 {
		t.Errorf("a refusal left a trace: %v %v", audit.Items, err)
	}
	if status, _, _ := s.as(models.Auditor).post("/deployment/change/manual", form); status != http.StatusForbidden {
		t.Errorf("an auditor changes: %d", status)
	}
}

// TestStalePreview is shown anew with what is different, and then taken.
func TestStalePreview(t *testing.T) {
	s, b := newTenant(t)
	form := b.form(b.open("/deployment/change/manual"), "#confirm-change form")
	form.Set("ack", "1")
	_, err := s.arrive("late@northwind.example")
	s.must(err)
	status, _, doc := b.post("/deployment/change/manual", form)
	if status != http.StatusPreconditionFailed || s.inCharge().Method != models.SCIM {
		t.Fatalf("a stale preview: %d", status)
	}
	wantText(t, doc.Find("#stale"), "nothing was done")
	wantText(t, doc.Find("#difference"), "users that become manual", "4", "5")
	fresh := b.form(doc, "#confirm-change form")
	fresh.Set("ack", "1")
	if _, at, _ := b.post("/deployment/change/manual", fresh); !strings.HasPrefix(at, "/deployment/changes/") {
		t.Errorf("the fresh preview leads to %s", at)
	}
}

// TestChangeAndBack through the pages: step-up, effects, result, and the way back.
func TestChangeAndBack(t *testing.T) {
	s, b := newTenant(t)
	s.clock.Advance(11 * time.Minute) // the sign-in's password no longer counts
	page := b.open("/deployment/change/manual/confirm")
	if page.Find("input[name=password]").Length() != 1 {
		t.Fatal("the password is not asked for again")
	}
	form := b.form(page, ".confirm form")
	form.Set("ack", "1")
	form.Set("reason", "moving house")
	form.Set("password", "wrong")
	if _, _, doc := b.post("/deployment/change/manual", form); doc.Find("#f-password-error").Length() != 1 || s.inCharge().Method != models.SCIM {
		t.Fatal("a wrong password was taken")
	}
	form.Set("password", standPassword)
	status, at, doc := b.post("/deployment/change/manual", form)
	if status != http.StatusOK || !strings.HasPrefix(at, "/deployment/changes/") {
		t.Fatalf("the change: %d at %s\n%s", status, at, text(doc.Find("main")))
	}
	wantText(t, doc.Find("main"), "Successfully changed to Manual", "4 users became manual", "1 group became manual", "1 SCIM token was parked", "0 users deleted", "moving house", "Stop provisioning in the identity provider")
	wantText(t, doc.Find("#flash"), "User deployment method successfully changed to Manual.")
	if o := s.inCharge(); o.Method != models.Manual || o.MethodBy != "owner@northwind.example" {
		t.Errorf("in charge: %+v", o)
	}
	counts, err := s.store.UserCounts(t.Context(), s.org.Key)
	s.must(err)
	tokens, err := s.store.Tokens(t.Context(), s.org.Key)
	s.must(err)
	if counts.ByMode[models.Manual] != 4 || counts.ByStatus[models.Preserved] != 1 || tokens[0].State(s.clock.Now()) != models.TokenParked {
		t.Errorf("after: %+v, token %s", counts, tokens[0].State(s.clock.Now()))
	}
	wantText(t, b.open(doc.Find(".page-head a:contains('Log entry')").AttrOr("href", "")).Find("main"), "Changed the deployment method", "scim", "manual")
	if _, err := s.arrive("late@northwind.example"); models.KindOf(err) != models.Forbidden {
		t.Errorf("SCIM is still let in: %v", err)
	}
	doc = b.open("/deployment/change/scim")
	wantText(t, doc.Find("#impact"), "1 parked SCIM token works again")
	wantText(t, doc.Find("#confirm-change"), rule+"SCIM mapping automatically.", "All 4 users are in manual mode already")
	form = b.form(doc, "#confirm-change form")
	form.Set("ack", "1")
	_, _, doc = b.post("/deployment/change/scim", form)
	wantText(t, doc.Find("main"), "Successfully changed to SCIM")
	wantText(t, b.open("/deployment").Find("#history"), "Manual to SCIM", "SCIM to Manual", "Chose SCIM", "moving house")
}
