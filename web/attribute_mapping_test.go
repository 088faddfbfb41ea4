package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/models"
	"muster/models/directory/directorytest"
)

// TestAComputedAttributeIsOneTruth maps attributes in the console; answers, filters
// and the log of SCIM have the computed values, on both engines.
func TestAComputedAttributeIsOneTruth(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		s := newSite(t, w)
		c := customRound{t: t, site: s, admin: s.signIn(t, models.Admin), token: s.provision, urn: models.CustomSchema(models.UserTarget)}
		c.declare("costCode", "string", false)
		c.compute("costCode", `"CC-" + upper(department)`)
		c.compute("title", `title + "!"`)
		body := `{"userName":"ada@example.com","title":"countess","` + models.EnterpriseURN + `":{"department":"research"}}`
		w1 := c.scim("POST", "/Users", body, 201)
		if !strings.Contains(w1, `"costCode":"CC-RESEARCH"`) || !strings.Contains(w1, `"title":"countess!"`) {
			t.Fatalf("the answer to POST: %s", w1)
		}
		ids := c.found(`costCode eq "cc-research" and title ew "!"`)
		if len(ids) != 1 || len(c.found(`title eq "countess"`)) != 0 {
			t.Fatalf("filters find %v", ids)
		}
		at := "/Users/" + ids[0]
		for range 3 {
			read := c.scim("GET", at, "", 200)
			if put := c.scim("PUT", at, read, 200); !strings.Contains(put, `"title":"countess!"`) {
				t.Fatalf("what was read and put back: %s", put)
			}
		}
		got := c.scim("PATCH", at, `{"Operations":[{"op":"replace","path":"department","value":"sales"}]}`, 200)
		if !strings.Contains(got, `"costCode":"CC-SALES"`) || !strings.Contains(got, `"title":"countess!"`) {
			t.Errorf("the answer to PATCH: %s", got)
		}
		if got := c.scim("PATCH", at, `{"Operations":[{"op":"replace","path":"title","value":"princess"},{"op":"remove","path":"department"}]}`, 200); !strings.Contains(got, `"costCode":"CC-"`) || !strings.Contains(got, `"title":"princess!"`) {
			t.Errorf("the answer to PATCH: %s", got)
		}
		if e := w.Last(t); len(e.Details.Modified) != 3 {
			t.Errorf("the log says %v", e.Details.Modified)
		}
	})
}

// compute maps an attribute.
func (c customRound) compute(target, expression string) {
	c.t.Helper()
	f := url.Values{"method": {"scim"}, "target": {target}, "expression": {expression}, "when": {"always"}, "on": {"on"}}
	w := c.site.send(request{method: "POST", path: "/attributes/mappings", form: f, cookie: c.admin})
	if w.Code != http.StatusSeeOther {
		c.t.Fatalf("map %s: %d %s", target, w.Code, excerpt(w.Body.String()))
	}
}
