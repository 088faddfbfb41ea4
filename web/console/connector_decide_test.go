package console_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"muster/models"
)

// A preview that takes access from somebody says so, and is accepted only by who confirms
// the number; a plan that ends memberships alone tells of those.
func TestPlanThatTakesAway(t *testing.T) {
	s := newStand(t)
	s.graph(1)
	s.entra()
	s.connected()
	ada := s.byHand("ada@northwind.example")
	list := record(models.UserTarget, "ada@northwind.example", models.PlanLeave, "anchor", ada.ID)
	path := func(x models.Cycle) string {
		return "/connectors/entra/cycles/" + strconv.FormatInt(x.Key, 10) + "/plan"
	}
	at := path(s.planned(models.CycleHeld, models.CyclePlan{Parts: 40, Edges: 120, Version: "parts"}, list))
	b := s.as(models.Owner)
	wantText(t, b.open("/connectors/entra").Find("main"), "would end 40 memberships")
	wantText(t, b.open("/").Find("#needs"), "would end 40 memberships")
	wantText(t, b.open(at).Find("main"), "40 memberships of 120 would end.", "Keep 40 memberships", "I understand that 40 memberships end.")

	at = path(s.planned(models.CyclePreviewed, models.CyclePlan{Users: map[models.Planned]int64{models.PlanLeave: 1}, Removals: 1, Managed: 4, Version: "one"}, list))
	wantText(t, b.open(at).Find("main"), "1 user is preserved", "I understand that 1 user loses access.")
	status, _, doc := b.post(at, url.Values{"do": {"accept"}, "version": {"one"}})
	if status < http.StatusBadRequest {
		t.Errorf("access is taken without a word: %d", status)
	}
	wantText(t, doc.Find("main"), "The number was not confirmed.")
	if _, where, _ := b.post(at, url.Values{"do": {"accept"}, "version": {"one"}, "ack": {"1"}}); where != strings.TrimSuffix(at, "/plan") {
		t.Errorf("accepting leads to %s", where)
	}
}
