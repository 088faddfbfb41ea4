package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
)

func (p *people) group(by models.Actor, name string, members ...string) models.Group {
	p.t.Helper()
	g, err := p.dir.CreateGroup(p.t.Context(), by, members, func(g *models.Group) error { g.Attributes["displayName"] = name; return nil })
	if err != nil {
		p.t.Fatal(err)
	}
	return g
}

func TestGroupByHandFromFirstToLast(t *testing.T) {
	p := newPeople(t)
	ada := p.add(p.admin, "ada", "Ada", "Lovelace")
	inner := p.group(p.admin, "On call")
	mustHave(t, p.after("/groups/new", "displayName", "Analysts", "note", "Since 1843"), "Analysts was added.", "Since 1843", "No members yet")
	g, err := p.store.GroupByName(t.Context(), p.org.Key, "analysts")
	if err != nil {
		t.Fatal(err)
	}
	at := "/groups/" + g.ID
	mustHave(t, p.after(at+"/members", "userName", "ADA"), "Ada Lovelace was added to Analysts.", "1 member")
	mustHave(t, p.after(at+"/members", "userName", "ada"), "Ada Lovelace is a member already.")
	doc := p.after(at+"/members", "userName", "on call")
	mustHave(t, doc, "Groups in this group", "On call", "2 members")
	mustHave(t, p.page(http.StatusUnprocessableEntity, p.send(at+"/members", "userName", "ghost")), "No user has this userName")
	mustHave(t, p.page(http.StatusBadRequest, p.send("/groups/"+inner.ID+"/members", "userName", "Analysts")), "would close a circle")
	mustHave(t, p.after(at+"/members/remove", "member", ada.ID), "Ada Lovelace was removed from Analysts. The user stays.", "1 member")
	mustHave(t, p.page(http.StatusConflict, p.send("/groups/new", "displayName", "ANALYSTS")), "Another group has this name already")
	mustHave(t, p.page(http.StatusUnprocessableEntity, p.send("/groups/new", "displayName", " ")), "Enter a name")
	version := p.see(http.StatusOK, at+"/edit").Find("[name=version]").AttrOr("value", "")
	mustHave(t, p.after(at+"/edit", "version", version, "displayName", "Engineers"), "Engineers was saved.")
	mustHave(t, p.page(http.StatusPreconditionFailed, p.send(at+"/edit", "version", version, "displayName", "Others")), "You changed this group in another window")
	mustHave(t, p.see(http.StatusOK, at+"/delete"), "Delete group “Engineers”?", "The users themselves stay")
	mustHave(t, p.after(at+"/delete"), "Group Engineers was deleted.")
	p.see(http.StatusNotFound, at)
	if p.user(ada.ID).Version != ada.Version {
		t.Error("the member was changed")
	}
	want := []string{"create success", "update success", "update success", "update success", "update success", "delete success"}
	if diff := cmp.Diff(want, p.logged(g.ID)); diff != "" {
		t.Error(diff)
	}
}

func TestManagedGroupIsLockedButForTheNote(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	ada := p.add(p.scim, "ada", "Ada", "Lovelace")
	g := p.group(p.scim, "Analysts", ada.ID)
	at := "/groups/" + g.ID
	doc := p.see(http.StatusOK, at)
	mustHave(t, doc, "SCIM manages this group.")
	if n := doc.Find(`main form[method=post]:not(.safeguard form), main dialog`).Length(); n != 0 {
		t.Errorf("a managed group offers %d forms", n)
	}
	if _, locked := p.see(http.StatusOK, at+"/edit").Find("#f-displayName").Attr("disabled"); !locked {
		t.Error("the name is not locked")
	}
	p.after(at+"/edit", "note", "Paid by research", "displayName", "Hacked")
	after, err := p.store.Group(t.Context(), p.org.Key, g.ID)
	if err != nil || after.Note != "Paid by research" || after.DisplayName != "Analysts" {
		t.Errorf("after the form: %q %q %v", after.Note, after.DisplayName, err)
	}
	for _, path := range []string{"/members/remove", "/delete"} {
		if w := p.send(at+path, "member", ada.ID); w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := p.send(at+"/members", "userName", "ada"); w.Code != http.StatusForbidden {
		t.Errorf("adding a member: %d", w.Code)
	}
	p.see(http.StatusForbidden, at+"/delete")
}

func TestGroupsListAndMembersPage(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	var ids []string
	for i := range 60 {
		ids = append(ids, p.add(p.admin, fmt.Sprintf("user%02d", i), "Nr", fmt.Sprintf("%02d", i)).ID)
		p.group(p.admin, fmt.Sprintf("Group %02d", i))
	}
	g := p.group(p.scim, "Zebra", ids...)
	doc := p.see(http.StatusOK, "/groups")
	mustHave(t, doc, "All 61", "Managed by directory (SCIM) 1", "Manual 60", "1–50 of 61 groups")
	next, _ := doc.Find(".pager a[rel=next]").Attr("href")
	mustHave(t, p.see(http.StatusOK, next), "Zebra", "51–61 of 61 groups")
	if n := p.see(http.StatusOK, "/groups?q=zeb").Find("#group-list tbody tr").Length(); n != 1 {
		t.Errorf("the search finds %d groups", n)
	}
	mustHave(t, p.see(http.StatusOK, "/groups?q=nothing"), "No group found")
	p.see(http.StatusBadRequest, "/groups?mode=fax")
	doc = p.see(http.StatusOK, "/groups/"+g.ID)
	mustHave(t, doc, "1–50 of 60 members")
	next, _ = doc.Find("#members .pager a[rel=next]").Attr("href")
	if n := p.see(http.StatusOK, next).Find("#members tbody tr").Length(); n != 10 {
		t.Errorf("the second page has %d members", n)
	}
	if n := p.see(http.StatusOK, "/groups/"+g.ID+"?q=user07").Find("#members tbody tr").Length(); n != 1 {
		t.Errorf("the search among members finds %d", n)
	}
	r := httptest.NewRequest(http.MethodGet, "/groups?q=zeb", nil)
	r.Header.Set("HX-Request", "true")
	if body := p.by(models.Admin, r).Body.String(); body[:20] != `<div id="group-list"` {
		t.Errorf("the fragment is %.200s", body)
	}
}
