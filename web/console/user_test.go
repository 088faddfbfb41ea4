package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
)

func TestUsersPageThroughTheKeyset(t *testing.T) {
	p := newPeople(t)
	for i := range 120 {
		p.add(p.admin, fmt.Sprintf("user%03d", i), "Nr", fmt.Sprintf("%03d", i))
	}
	seen, path, summaries := []string{}, "/users", []string{}
	back := ""
	for path != "" {
		doc := p.see(http.StatusOK, path)
		for _, n := range doc.Find("#user-list tbody a.strong").Nodes {
			seen = append(seen, n.FirstChild.Data)
		}
		summaries = append(summaries, words(doc.Find(".pager p")))
		back, _ = doc.Find(".pager a[rel=prev]").Attr("href")
		path, _ = doc.Find(".pager a[rel=next]").Attr("href")
	}
	if len(seen) != 120 || seen[0] != "Nr 000" || seen[119] != "Nr 119" {
		t.Errorf("paging showed %d users, from %s to %s", len(seen), seen[0], seen[len(seen)-1])
	}
	want := []string{"1–50 of 120 users", "51–100 of 120 users", "101–120 of 120 users"}
	if diff := cmp.Diff(want, summaries); diff != "" {
		t.Error(diff)
	}
	if got := words(p.see(http.StatusOK, back).Find(".pager p")); got != want[1] {
		t.Errorf("one page back shows %q", got)
	}
	p.see(http.StatusBadRequest, "/users?after=damaged")
}

func TestUsersSearchAndFilters(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	ada := p.add(p.scim, "ada", "Ada", "Lovelace")
	p.add(p.scim, "alan", "Alan", "Turing")
	grace := p.add(p.admin, "grace", "Grace", "Hopper")
	if _, err := p.dir.Suspend(t.Context(), p.admin, grace.ID, "on leave"); err != nil {
		t.Fatal(err)
	}
	rows := func(path string) string {
		var names []string
		for _, n := range p.see(http.StatusOK, path).Find("#user-list tbody a.strong").Nodes {
			names = append(names, n.FirstChild.Data)
		}
		return strings.Join(names, ", ")
	}
	for path, want := range map[string]string{
		"/users":                           "Ada Lovelace, Alan Turing, Grace Hopper",
		"/users?q=love+ad":                 "Ada Lovelace",
		"/users?q=GRACE":                   "Grace Hopper",
		"/users?status=inactive":           "Grace Hopper",
		"/users?mode=scim":                 "Ada Lovelace, Alan Turing",
		"/users?mode=scim&status=inactive": "",
		"/users?q=a&mode=manual":           "",
	} {
		if got := rows(path); got != want {
			t.Errorf("%s shows %q, want %q", path, got, want)
		}
	}
	doc := p.see(http.StatusOK, "/users")
	mustHave(t, doc, "All 3", "Active 2", "Inactive 1", "Preserved 0", "Managed by directory (SCIM) 2", "Manual 1")
	if got, _ := doc.Find(`[title*="on leave"]`).Attr("title"); got == "" {
		t.Error("the status does not say why")
	}
	if href, _ := doc.Find("#user-list tbody a.strong").First().Attr("href"); href != "/users/"+ada.ID {
		t.Errorf("the row leads to %s", href)
	}
	mustHave(t, p.see(http.StatusOK, "/users?q=nobody"), "Nobody found", "Show all users")
	doc = p.see(http.StatusOK, "/users?status=preserved&q="+ada.UserName)
	mustHave(t, doc, "Nobody among these users has a name that begins with “"+ada.UserName+"”", "Search all users")
	if all := doc.Find(".empty a.btn").AttrOr("href", ""); texts(p.see(http.StatusOK, all), "#user-list tbody a.strong") == "" {
		t.Errorf("%s does not find who was looked for among others", all)
	}
	p.see(http.StatusBadRequest, "/users?status=gone")
	p.see(http.StatusBadRequest, "/users?mode=fax")
}

func TestUsersFragmentIsTheListAlone(t *testing.T) {
	p := newPeople(t)
	p.add(p.admin, "ada", "Ada", "Lovelace")
	r := httptest.NewRequest(http.MethodGet, "/users?q=ada", nil)
	r.Header.Set("HX-Request", "true")
	w := p.by(models.Admin, r)
	if body := w.Body.String(); !strings.HasPrefix(body, `<div id="user-list"`) || !strings.Contains(body, "Ada Lovelace") {
		t.Errorf("the fragment is %.200s", body)
	}
}

func TestNoUsersSaysTheNextStep(t *testing.T) {
	p := newPeople(t)
	for _, c := range []struct {
		method models.Method
		link   string
	}{{models.SCIM, "/scim/tokens/new"}, {models.Manual, "/users/new"}} {
		p.setMethod(c.method)
		doc := p.see(http.StatusOK, "/users")
		if href, _ := doc.Find(".empty .btn.primary").Attr("href"); href != c.link {
			t.Errorf("%s: the next step leads to %q, want %q", c.method, href, c.link)
		}
	}
}

func TestForeignUsersAreNotThere(t *testing.T) {
	p := newPeople(t)
	other, err := p.store.EnsureOrganization(t.Context(), "other", "Other")
	if err != nil {
		t.Fatal(err)
	}
	stranger := p.admin
	stranger.OrganizationID = other.Key
	u := p.add(stranger, "eve", "Eve", "Elsewhere")
	g, err := p.dir.CreateGroup(t.Context(), stranger, nil, func(g *models.Group) error { g.Attributes["displayName"] = "Theirs"; return nil })
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"/users/" + u.ID, "/users/" + u.ID + "/edit", "/users/" + u.ID + "/suspend", "/users/no-such",
		"/groups/" + g.ID, "/groups/" + g.ID + "/edit", "/groups/" + g.ID + "/delete", "/users/import/no-such",
	} {
		p.see(http.StatusNotFound, path)
	}
	for _, path := range []string{
		"/users/" + u.ID + "/edit", "/users/" + u.ID + "/suspend", "/users/" + u.ID + "/preserve",
		"/groups/" + g.ID + "/edit", "/groups/" + g.ID + "/delete",
	} {
		if w := p.send(path, "userName", "x", "displayName", "x"); w.Code != http.StatusNotFound {
			t.Errorf("post %s: %d", path, w.Code)
		}
	}
	mustNotHave(t, p.see(http.StatusOK, "/users?q=eve"), "Elsewhere")
	after, err := p.store.User(t.Context(), other.Key, u.ID)
	if err != nil || after.Version != u.Version {
		t.Errorf("the stranger was changed: %v %v", after.Version, err)
	}
}
