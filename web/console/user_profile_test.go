package console_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"muster/models"
)

func TestTheUserPageTellsWhatTheyHaveAndWhy(t *testing.T) {
	p, sales, staff := newRuled(t)
	p.rule("Heads", `title eq "Head"`, staff)
	p.rule("Sellers", `department eq "Sales"`, sales)
	p.rule("Everyone", "", staff)
	u := p.add(p.scim, "ada", "Ada", "Lovelace", enterprise("department", "Sales"))
	doc := p.see(http.StatusOK, "/users/"+u.ID)
	card := doc.Find("#profile")
	text := words(card)
	for _, want := range []string{
		"Given by the mapping that matches.", "“Sellers” is the first that matches.", "Matches and wins", "This user: has no title",
		"It matches too, but “Sellers” is asked earlier and won.", "Profile Sales", "Declared default",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the card lacks %q: %s", want, text)
		}
	}
	if card.Find(`a[href="/profiles/`+sales.ID+`"]`).Length() == 0 || card.Find(`a[href^="/logs/"]`).Length() != 1 {
		t.Error("no link to the profile, or to the entry that decided")
	}
	auditor := p.page(http.StatusOK, p.by(models.Auditor, httptest.NewRequest(http.MethodGet, "/users/"+u.ID, nil)))
	mustHave(t, auditor, "What the user has is hidden for your role.", "Matches and wins")
	if auditor.Find(`#profile a[href$="/profile"], .safeguard form`).Length() != 0 {
		t.Error("an auditor is offered to change it")
	}
}

func TestANearMissIsTold(t *testing.T) {
	p, sales, _ := newRuled(t)
	p.rule("Sellers", `department eq "Sales"`, sales)
	p.change(func(o *models.Organization) { o.Settings.Unmatched = models.UnmatchedPark })
	u := p.add(p.scim, "ada", "Ada", "Lovelace", enterprise("department", "sales "))
	doc := p.see(http.StatusOK, "/users/"+u.ID)
	mustHave(t, doc, "Waits for a mapping", "No mapping matches. Closest is “Sellers”: department is “sales ”; the rule wants department is “Sales”. The user’s value has a space at the end.")
	if _, open := doc.Find("#profile details").Attr("open"); !open {
		t.Error("the explanation of a miss is closed")
	}
	mustNotHave(t, doc, "The user keeps the seat")
	mustHave(t, p.see(http.StatusOK, "/users?parked=mapping"), "Users who wait for a mapping that matches.", "ada")
	p.see(http.StatusBadRequest, "/users?parked=godot")
	p.see(http.StatusNotFound, "/users?profile=nobody")
}

func TestAProfileIsGivenByHandAndBack(t *testing.T) {
	p, sales, staff := newRuled(t)
	p.rule("Sellers", `department eq "Sales"`, sales)
	u := p.add(p.scim, "ada", "Ada", "Lovelace", enterprise("department", "Sales"))
	form := p.see(http.StatusOK, "/users/"+u.ID+"/profile")
	mustHave(t, form, "As the mappings decide", "When empty, as in profile Sales: us.", "When empty, the default: No.")
	doc := p.after("/users/"+u.ID+"/profile", "profile", staff.ID)
	mustHave(t, doc, "Given by hand. No mapping and no directory changes it.", "“Sellers” matches, but does not change it.")
	if got := p.user(u.ID); got.ProfileKey != staff.Key || got.ProfileBy != models.ByHand {
		t.Errorf("given: %d by %s", got.ProfileKey, got.ProfileBy)
	}
	mustHave(t, p.after("/users/"+u.ID+"/profile", "profile", ""), "The mappings decide on the profile of Ada Lovelace again.")
	if got := p.user(u.ID); got.ProfileKey != sales.Key || got.ProfileBy != models.ByMapping {
		t.Errorf("given back: %d by %s", got.ProfileKey, got.ProfileBy)
	}
	p.page(http.StatusNotFound, p.send("/users/"+u.ID+"/profile", "profile", "nothing"))
}

func isOwn(_ int, s *goquery.Selection) bool { return words(s) == "Own value" }

func TestOwnValuesAreMarked(t *testing.T) {
	p, sales, _ := newRuled(t)
	p.rule("Sellers", "", sales)
	u := p.add(p.scim, "ada", "Ada", "Lovelace")
	at := "/users/" + u.ID + "/settings"
	mustHave(t, p.page(http.StatusBadRequest, p.send(at, "s-quota", "many", "s-region", "ap")), "quota takes a number", "ap")
	doc := p.after(at, "s-quota", "7", "s-region", "ap")
	mustHave(t, doc, "Ada Lovelace has 2 own values now.")
	if n := doc.Find("#profile .badge.info").FilterFunction(isOwn).Length(); n != 2 {
		t.Errorf("%d settings are marked as own", n)
	}
	mine, want := p.user(u.ID), map[string]any{"quota": json.Number("7"), "region": "ap"}
	if diff := cmp.Diff(want, mine.Overridden()); diff != "" {
		t.Error(diff)
	}
	mustHave(t, p.after(at), "has no own value")
}

func TestSafeguardsAreTurnedOnAndOff(t *testing.T) {
	p, _, _ := newRuled(t)
	u := p.add(p.scim, "ada", "Ada", "Lovelace")
	mustHave(t, p.after("/users/"+u.ID+"/protect", "on", "yes"), "Ada Lovelace is protected", "Protected", "Take away")
	mustHave(t, p.after("/users/"+u.ID+"/hold", "on", "yes"), "is on legal hold and is never purged", "Legal hold")
	if got := p.user(u.ID); !got.Protected || !got.LegalHold {
		t.Error("not kept")
	}
	p.after("/users/"+u.ID+"/protect", "on", "no")
	p.after("/users/"+u.ID+"/hold", "on", "no")
	if got := p.user(u.ID); got.Protected || got.LegalHold {
		t.Error("not taken away")
	}
}

func TestAGroupIsProtected(t *testing.T) {
	p, _, _ := newRuled(t)
	g, err := p.dir.CreateGroup(t.Context(), p.scim, nil, func(g *models.Group) error { g.Attributes["displayName"] = "Board"; return nil })
	if err != nil {
		t.Fatal(err)
	}
	at := "/groups/" + g.ID + "/protect"
	mustHave(t, p.after(at, "on", "yes"), "The group is protected", "Take away")
	if got, err := p.store.Group(t.Context(), p.org.Key, g.ID); err != nil || !got.Protected {
		t.Errorf("protected: %v, %v", got.Protected, err)
	}
	mustHave(t, p.after(at, "on", "no"), "The group is protected no more.")
}
