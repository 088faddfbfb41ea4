package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"muster/models"
)

// newRuled is an organization under SCIM with two profiles.
func newRuled(t *testing.T) (p *people, sales, staff models.Profile) {
	p = newPeople(t)
	p.setMethod(models.SCIM)
	p.declare()
	return p, p.profile("Sales", map[string]any{"region": "us"}), p.profile("Staff", nil)
}

// rule makes a mapping of SCIM, last.
func (p *people) rule(name, filter string, profile models.Profile) models.Mapping {
	p.t.Helper()
	m, err := p.dir.SaveMapping(p.t.Context(), p.admin, "", func(m *models.Mapping) error {
		m.Method, m.Name, m.Filter, m.ProfileKey, m.InitialStatus = models.SCIM, name, filter, profile.Key, models.Active
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

func (p *people) rules() []models.Mapping {
	p.t.Helper()
	list, err := p.store.Mappings(p.t.Context(), p.org.Key, models.SCIM)
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

func (p *people) order() string {
	p.t.Helper()
	var names []string
	for _, m := range p.rules() {
		names = append(names, fmt.Sprint(m.Position, m.Name))
	}
	return strings.Join(names, " ")
}

// settle runs what waits in the background.
func (p *people) settle() {
	p.t.Helper()
	if err := p.dir.Evaluate(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

// crowd makes many users of a department.
func (p *people) crowd(n int, department string) {
	p.t.Helper()
	for i := range n {
		p.add(p.scim, fmt.Sprintf("%s%03d", strings.ToLower(department), i), "Given", fmt.Sprintf("%s%03d", department, i), enterprise("department", department))
	}
}

// ruleForm is what the editor sends for a rule as a filter.
func ruleForm(name, filter, profile string, more ...string) []string {
	return append([]string{
		"name", name, "mode", "text", "filter", filter, "profile", profile, "initialStatus", "active", "showGroups", "on", "enabled", "on", "method", "scim", "do", "save",
	}, more...)
}

// fill gives the form of a page as a browser would send it.
func fill(doc *goquery.Document, action string) url.Values {
	v := url.Values{}
	form := doc.Find(`form[action="` + action + `"]`)
	form.Find("input, textarea, select").Each(func(_ int, s *goquery.Selection) {
		name := s.AttrOr("name", "")
		kind := s.AttrOr("type", "")
		_, checked := s.Attr("checked")
		switch {
		case name == "", (kind == "checkbox" || kind == "radio") && !checked:
		case s.Is("textarea"):
			v.Add(name, s.Text())
		case s.Is("select"):
			v.Add(name, s.Find("option[selected]").AttrOr("value", s.Find("option").AttrOr("value", "")))
		default:
			v.Add(name, s.AttrOr("value", "on"))
		}
	})
	return v
}

func (p *people) post(path string, v url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.by(models.Admin, r)
}

func TestMappingsBeginEmpty(t *testing.T) {
	p := newPeople(t)
	doc := p.see(http.StatusOK, "/mappings")
	mustHave(t, doc, "No mapping yet", "A mapping is a rule", "New mapping")
	if n := doc.Find(".empty .btn").Length(); n != 1 {
		t.Errorf("%d buttons, want one", n)
	}
	mustHave(t, p.see(http.StatusOK, "/mappings/new"), "For users managed by", "There is no profile yet.", "Leave both empty for everyone.")
	mustNotHave(t, p.page(http.StatusOK, p.by(models.Auditor, httptest.NewRequest(http.MethodGet, "/mappings", nil))), "New mapping")
}

func TestMappingsAreListedInTheirOrder(t *testing.T) {
	p, sales, staff := newRuled(t)
	p.rule("Sellers", `department eq "Sales"`, sales)
	p.rule("Everyone else", "", staff)
	p.rule("Too late", `title pr`, sales)
	p.crowd(3, "Sales")
	p.crowd(2, "HR")
	p.settle()
	doc := p.see(http.StatusOK, "/mappings")
	mustHave(t, doc, "Users whose department is “Sales”", "Catch-all", "Never asked: “Everyone else” before it takes everyone.", "there are none, “Everyone else” takes everyone.")
	var got []string
	doc.Find("#rules tr").Each(func(_ int, s *goquery.Selection) {
		got = append(got, s.Find(".primary a").Text()+"="+words(s.Find(`[data-l="Users"]`))+"="+words(s.Find(`[data-l="Profile"]`)))
	})
	if diff := cmp.Diff([]string{"Sellers=3=Sales", "Everyone else=2=Staff", "Too late=0=Sales"}, got); diff != "" {
		t.Error(diff)
	}
	mustHave(t, p.see(http.StatusOK, "/users?mapping="+p.rules()[0].ID), "Users of mapping “Sellers”.", "sales000", "sales002")
	search := p.see(http.StatusOK, "/mappings?q=late")
	if n := search.Find("#rules tr").Length(); n != 1 {
		t.Errorf("a search finds %d rules", n)
	}
	auditor := p.page(http.StatusOK, p.by(models.Auditor, httptest.NewRequest(http.MethodGet, "/mappings/"+p.rules()[0].ID, nil)))
	if auditor.Find("fieldset[disabled]").Length() != 1 || auditor.Find("#preview").Length() != 0 {
		t.Error("an auditor can edit a rule, or sees names in its preview")
	}
}

func TestABrokenMappingSaysSo(t *testing.T) {
	p, sales, _ := newRuled(t)
	attribute := models.CustomAttribute{Of: models.UserTarget, Schema: models.CustomSchema(models.UserTarget), Name: "badge", Type: "string"}
	p.change(func(o *models.Organization) { o.Settings.Attributes = []models.CustomAttribute{attribute} })
	m := p.rule("Badges", `badge eq "gold"`, sales)
	p.change(func(o *models.Organization) { o.Settings.Attributes = nil })
	mustHave(t, p.see(http.StatusOK, "/mappings"), "Broken, matches nobody: No user has an attribute badge.")
	doc := p.see(http.StatusOK, "/mappings/"+m.ID)
	mustHave(t, doc, "This rule does not do what it seems to.", "This condition cannot be read, so it stays a text")
	if doc.Find("#f-filter").Text() != `badge eq "gold"` {
		t.Error("the broken condition is not shown")
	}
}

func TestAMappingIsBuiltFromRows(t *testing.T) {
	p, sales, _ := newRuled(t)
	p.crowd(2, "Sales")
	v := fill(p.see(http.StatusOK, "/mappings/new?method=scim"), "/mappings/new")
	v.Set("name", "Sellers")
	v.Set("profile", sales.ID)
	v["attr"], v["op"], v["value"] = []string{"department"}, []string{"inList"}, []string{"Sales\r\nMarketing, EMEA"}
	v.Set("do", "add")
	added := p.page(http.StatusOK, p.post("/mappings/new", v))
	if n := added.Find(".cond").Length(); n != 2 {
		t.Fatalf("%d rows after adding one", n)
	}
	if got := added.Find(".cond textarea").First().Text(); got != "Sales\nMarketing, EMEA" {
		t.Errorf("the list is %q", got)
	}
	v = fill(added, "/mappings/new")
	v["attr"], v["op"], v["value"] = []string{"department", "title"}, []string{"inList", "absent"}, []string{"Sales\nMarketing, EMEA", ""}
	v.Set("do", "text")
	asText := p.page(http.StatusOK, p.post("/mappings/new", v))
	want := `(department eq "Sales" or department eq "Marketing, EMEA") and not (title pr)`
	if got := asText.Find("#f-filter").Text(); got != want {
		t.Errorf("as text: %s", got)
	}
	mustHave(t, asText, "2 users", "+2", "department is “Sales”", "has no title")
	v = fill(asText, "/mappings/new")
	v.Set("do", "rows")
	asRows := p.page(http.StatusOK, p.post("/mappings/new", v))
	if n := asRows.Find(".cond").Length(); n != 2 {
		t.Fatalf("%d rows from the text", n)
	}
	v = fill(asRows, "/mappings/new")
	v.Set("do", "save")
	w := p.post("/mappings/new", v)
	if w.Code != http.StatusSeeOther {
		p.page(http.StatusSeeOther, w)
	}
	got := p.rules()[0]
	if got.Filter != want || got.Name != "Sellers" || got.ProfileKey != sales.Key || got.Disabled || got.HideGroups || got.InitialStatus != models.Active {
		t.Errorf("saved: %+v", got)
	}
	v.Set("do", "out-1")
	if n := p.page(http.StatusOK, p.post("/mappings/new", v)).Find(".cond").Length(); n != 1 {
		t.Errorf("%d rows after taking one out", n)
	}
}

func TestTheEditorRefusesWithWords(t *testing.T) {
	p, sales, _ := newRuled(t)
	for _, c := range []struct {
		form []string
		want string
		link string
	}{
		{ruleForm("", `title pr`, sales.ID), "The mapping has no name.", "#f-name"},
		{ruleForm("A", `title pr and`, sales.ID), "The condition cannot be read", "#f-filter"},
		{ruleForm("A", `groups.value eq "x"`, sales.ID), "A mapping cannot ask for groups.", "#f-filter"},
		{ruleForm("A", "", "gone"), "This profile is no longer there.", "#f-profile"},
		{ruleForm("A", "", sales.ID, "mode", "rows", "attr", "title", "op", "is", "value", ""), "The condition on title has no value.", "#f-row1"},
	} {
		doc := p.page(http.StatusBadRequest, p.send("/mappings/new", c.form...))
		mustHave(t, doc, c.want)
		if doc.Find(`.alert a[href="`+c.link+`"]`).Length() != 1 || doc.Find(c.link).Length() != 1 {
			t.Errorf("%s: no link to %s", c.want, c.link)
		}
	}
	if len(p.rules()) != 0 {
		t.Error("a refused rule was saved")
	}
	m := p.rule("Odd", `title pr or (department pr and userType pr)`, sales)
	mustHave(t, p.see(http.StatusOK, "/mappings/"+m.ID), "Rows cannot hold this condition, so it stays a text.")
	mustHave(t, p.page(http.StatusPreconditionFailed, p.send("/mappings/"+m.ID, ruleForm("Old", "", "", "version", "77")...)), "changed this mapping")
}

func TestANewRuleComesBeforeTheCatchAll(t *testing.T) {
	p, sales, staff := newRuled(t)
	p.rule("Sellers", `department eq "Sales"`, sales)
	p.rule("Everyone", "", staff)
	doc := p.see(http.StatusOK, "/mappings/new?method=scim")
	if got := words(doc.Find("#f-place option[selected]")); got != "After “Sellers”" {
		t.Errorf("a new rule goes %q", got)
	}
	p.after("/mappings/new", ruleForm("Heads", `title pr`, sales.ID, "place", "2")...)
	if got := p.order(); got != "1Sellers 2Heads 3Everyone" {
		t.Error(got)
	}
}

func TestThePreviewIsAFragment(t *testing.T) {
	p, sales, staff := newRuled(t)
	p.rule("Heads", `title eq "Head"`, staff)
	m := p.rule("Sellers", `department eq "Sales"`, sales)
	p.crowd(25, "Sales")
	p.add(p.scim, "head", "The", "Head", enterprise("department", "Sales"), func(a models.Attributes) { a["title"] = "Head" })
	p.settle()
	form := append(ruleForm("", `department sw "Sa" and userName ne "sales000"`, sales.ID), "id", m.ID)
	doc := p.page(http.StatusOK, p.send("/mappings/preview", form...))
	mustHave(t, doc, "24 users", "+0", "−1", "1 user stays with Heads", "SellersNo rule1", "and 4 more")
	if n := doc.Find(".preview-users li").Length(); n != 20 {
		t.Errorf("%d names, want the first 20", n)
	}
	if got := words(doc.Find(".preview-users mark").First()); got != "department is “Sales”" {
		t.Errorf("the first mark is %q", got)
	}
	if doc.Find("html #preview").Length() != 1 || doc.Find("nav").Length() != 0 {
		t.Error("the answer is not the part alone")
	}
	mustHave(t, p.page(http.StatusOK, p.send("/mappings/preview", ruleForm("", `department eq`, "")...)), "The condition cannot be read")
	mustHave(t, p.page(http.StatusOK, p.send("/mappings/preview", append(ruleForm("", "title pr", ""), "enabled", "")...)), "Nobody matches now")
}

func TestMovingManyPeopleIsConfirmed(t *testing.T) {
	p, sales, staff := newRuled(t)
	m := p.rule("Sellers", `department eq "Sales"`, sales)
	p.rule("Everyone", "", staff)
	p.crowd(60, "Sales")
	p.settle()
	version := fmt.Sprint(m.Version)
	ask := p.page(http.StatusOK, p.send("/mappings/"+m.ID, ruleForm("Sellers", `department eq "Marketing"`, sales.ID, "version", version)...))
	mustHave(t, ask, "move 60 users?", "What changes", "SellersEveryone60", "Save nothing")
	if p.rules()[0].Filter != `department eq "Sales"` {
		t.Fatal("it was saved before it was confirmed")
	}
	w := p.post("/mappings/"+m.ID, fill(ask, "/mappings/"+m.ID))
	if w.Code != http.StatusSeeOther {
		p.page(http.StatusSeeOther, w)
	}
	if p.rules()[0].Filter != `department eq "Marketing"` {
		t.Error("confirming did not save what was shown")
	}
	mustHave(t, p.see(http.StatusOK, "/mappings"), "Bringing users in line with the mappings", "Stop")
	p.settle()
	mustHave(t, p.see(http.StatusOK, "/mappings"), "Users are in line with the mappings", "60 users")

	all := p.rules()[1]
	remove := p.see(http.StatusOK, "/mappings/"+all.ID+"/delete")
	mustHave(t, remove, "Delete mapping “Everyone”?", "60 users move", "EveryoneNo rule60")
	p.after("/mappings/" + all.ID + "/delete")
	if got := p.order(); got != "1Sellers" {
		t.Error(got)
	}
}

func TestRulesMoveByButtonsAndByPointer(t *testing.T) {
	p, sales, staff := newRuled(t)
	a, b, c := p.rule("A", `title eq "A"`, sales), p.rule("B", `title eq "B"`, sales), p.rule("C", "", staff)
	doc := p.after("/mappings/"+b.ID+"/move", "to", "up")
	if got := p.order(); got != "1B 2A 3C" {
		t.Error(got)
	}
	if got := doc.Find("[autofocus]").AttrOr("value", ""); got != "down" {
		t.Errorf("the focus is on %q: the rule is first now, so only down is left", got)
	}
	if _, off := doc.Find("#rule-" + b.ID + " button[value=up]").Attr("disabled"); !off {
		t.Error("the first rule can move up")
	}
	mustHave(t, p.after("/mappings/"+c.ID+"/move", "to", "down"), "C stays where it is.")
	p.after("/mappings/order", "method", "scim", "ids", a.ID+" "+c.ID+" "+b.ID)
	if got := p.order(); got != "1A 2C 3B" {
		t.Error(got)
	}
	p.after("/mappings/order", "method", "scim", "ids", b.ID+" "+a.ID)
	if got := p.order(); got != "1B 2C 3A" {
		t.Errorf("with C hidden by a search: %s", got)
	}
}

func TestReorderingManyPeopleIsConfirmed(t *testing.T) {
	p, sales, staff := newRuled(t)
	p.rule("Sellers", `department eq "Sales"`, sales)
	all := p.rule("Everyone", "", staff)
	p.crowd(55, "Sales")
	p.settle()
	ask := p.page(http.StatusOK, p.send("/mappings/"+all.ID+"/move", "to", "up"))
	mustHave(t, ask, "Change the order and move 55 users?", "SellersEveryone55")
	if got := p.order(); got != "1Sellers 2Everyone" {
		t.Fatal(got)
	}
	if w := p.post("/mappings/order", fill(ask, "/mappings/order")); w.Code != http.StatusSeeOther {
		p.page(http.StatusSeeOther, w)
	}
	if got := p.order(); got != "1Everyone 2Sellers" {
		t.Error(got)
	}
}

func TestAnEvaluationIsStoppedAndResumed(t *testing.T) {
	p, sales, _ := newRuled(t)
	p.crowd(3, "Sales")
	p.rule("Sellers", `department eq "Sales"`, sales)
	doc := p.see(http.StatusOK, "/mappings")
	stop := doc.Find(`form[action$="/stop"]`).AttrOr("action", "")
	if doc.Find(`#evaluation[hx-get="/mappings/evaluation"]`).Length() != 1 || stop == "" {
		t.Fatal("the running evaluation does not renew itself, or cannot be stopped")
	}
	mustHave(t, p.after(stop), "Stopped: some users are not in line with the mappings yet", "Resume")
	p.settle()
	r := httptest.NewRequest(http.MethodGet, "/mappings/evaluation", nil)
	r.Header.Set("HX-Request", "true")
	mustHave(t, p.page(http.StatusOK, p.by(models.Admin, r)), "Stopped")
	p.after(strings.TrimSuffix(stop, "stop") + "resume")
	p.settle()
	mustHave(t, p.see(http.StatusOK, "/mappings"), "Users are in line with the mappings", "3 users")
}

func TestGroupsAreChosenBySearch(t *testing.T) {
	p, sales, _ := newRuled(t)
	group := func(by models.Actor, name string) models.Group {
		g, err := p.dir.CreateGroup(t.Context(), by, nil, func(g *models.Group) error { g.Attributes["displayName"] = name; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	for i := range 12 {
		group(p.scim, fmt.Sprintf("Team %02d", i))
	}
	field, local := group(p.scim, "Field sales"), group(p.admin, "Newsletter")
	doc := p.see(http.StatusOK, "/mappings/new?method=scim")
	mustHave(t, doc, "There are more. Type the beginning of a word of their names to find them.")
	if n := doc.Find(`#groups-of-user input`).Length(); n != 1 {
		t.Errorf("%d groups kept here are offered, want Newsletter", n)
	}
	found := p.page(http.StatusOK, p.send("/mappings/groups?of=groups", "method", "scim", "groups", field.ID, "findGroups", "team 1"))
	if n := found.Find("input[checked]").Length(); n != 1 || found.Find("input").Length() != 3 {
		t.Errorf("a search keeps %d chosen and shows %d", n, found.Find("input").Length())
	}
	p.after("/mappings/new", ruleForm("Field", "", sales.ID, "groups", field.ID, "localGroups", local.ID)...)
	got := p.rules()[0]
	if diff := cmp.Diff([]string{field.ID}, got.Groups); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{local.ID}, got.LocalGroups); diff != "" {
		t.Error(diff)
	}
	mustHave(t, p.see(http.StatusOK, "/mappings"), "Members of Field sales")
}
