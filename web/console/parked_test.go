package console_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"muster/models"
	"muster/models/deployment"
)

// parks makes an organization whose SCIM mapping, attribute mapping and token are
// parked.
func parks(t *testing.T) (*stand, browser) {
	t.Helper()
	s, b := newTenant(t)
	_, err := s.dir.SaveMapping(t.Context(), s.cli(), "", func(m *models.Mapping) error {
		m.Method, m.Name, m.Filter = models.SCIM, "Salespeople", `department eq "Sales"`
		return nil
	})
	s.must(err)
	_, err = s.dir.SaveAttributeMapping(t.Context(), s.cli(), models.AttributeMapping{Method: models.SCIM, Target: "title", Expression: "upper(title)"})
	s.must(err)
	s.clock.Advance(time.Minute)
	_, err = s.deps.Change(t.Context(), s.cli(), deployment.Order{Target: models.Manual, Keep: true})
	s.must(err)
	return s, b
}

func TestParkedThingsAreShownByMethod(t *testing.T) {
	_, b := newTenant(t)
	wantText(t, b.open("/deployment/parked").Find("main"), "Nothing is parked")
	s, b := parks(t)
	doc := b.open("/deployment/parked")
	wantText(t, doc.Find("#parked-scim"), "1 mapping, 1 attribute mapping and 1 token", "Parked", "the change of the method", "Bring SCIM back",
		"Salespeople", "Users whose department is “Sales”", "Is asked again with SCIM", "title", "upper(title)", "Works again with SCIM", "Revoke")
	if doc.Find("#parked-scim a[href^='/deployment/changes/']").Length() != 1 || b.open(doc.Find("#parked-scim a[href$='/ask/revoke']").AttrOr("href", "")) == nil {
		t.Error("the ways out are missing")
	}
	b.open(doc.Find("#parked-scim a[href$='/delete']").Last().AttrOr("href", ""))
	wantText(t, b.open("/deployment/parked?q=sales").Find("#parked-scim"), "Salespeople")
	wantText(t, b.open("/deployment/parked?q=zz").Find("main"), "Nothing found")
	wantText(t, b.open("/mappings?method=scim").Find("main"), "Parked: Manual is in charge", "See parked things", "Salespeople")
	wantText(t, b.open("/attributes/mappings?method=scim").Find("main"), "Parked: Manual is in charge", "See parked things")
	if n := s.as(models.Auditor).open("/deployment/parked").Find("a:contains('Delete'), a:contains('Revoke')").Length(); n != 0 {
		t.Errorf("an auditor sees %d ways to delete", n)
	}
	wantText(t, b.open("/deployment").Find("#deployment-menu"), "Attach users", "Parked things")
}

func TestWhatIsParkedIsDeletedForGood(t *testing.T) {
	s, b := parks(t)
	s.clock.Advance(11 * time.Minute) // the sign-in's password no longer counts
	at := "/deployment/parked/scim/delete"
	doc := b.open(at)
	wantText(t, doc.Find("main"), "Delete all that is parked of SCIM?", "1 mapping deleted for good", "1 SCIM token revoked", "0 users changed", "Nothing brings them back", "Your password")
	form := url.Values{"name": {s.org.Name}, "password": {"wrong"}}
	if _, _, doc := b.post(at, form); doc.Find("#f-password-error").Length() != 1 {
		t.Error("a wrong password was taken")
	}
	form.Set("password", standPassword)
	form.Set("name", "Another")
	if status, _, doc := b.post(at, form); status != http.StatusBadRequest || doc.Find("#f-name-error").Length() != 1 {
		t.Errorf("a wrong name: %d", status)
	}
	form.Set("name", " "+s.org.Name)
	_, _, doc = b.post(at, form)
	wantText(t, doc.Find("main"), "Nothing is parked")
	wantText(t, doc.Find("#flash"), "Deleted for good: 1 mapping, 1 attribute mapping and 1 token")
	tokens, err := s.store.Tokens(t.Context(), s.org.Key)
	s.must(err)
	mappings, attributes, err := s.store.RuleCounts(t.Context(), s.org.Key, models.SCIM)
	s.must(err)
	if mappings+attributes != 0 || tokens[0].State(s.clock.Now()) != models.TokenRevoked {
		t.Errorf("%d rules are left, the token is %s", mappings+attributes, tokens[0].State(s.clock.Now()))
	}
	if status, _, _ := b.post(at, form); status != http.StatusConflict {
		t.Errorf("once more: %d", status)
	}
	audit, err := s.store.AuditEntries(t.Context(), models.AuditQuery{Action: "deployment.parked.delete"})
	s.must(err)
	if len(audit.Items) != 1 || len(audit.Items[0].Changes) != 3 {
		t.Errorf("audit: %+v", audit.Items)
	}
}
