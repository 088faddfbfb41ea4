package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"muster/models"
	"muster/models/deployment"
	"muster/views/ui/uitest"
)

// markup is what somebody with a pen in the directory may write into an attribute.
const markup = `"><script>window.ran=%d</script><img src=x onerror="window.ran=%d"><b id="bold%d">`

// storedScripts sends a user with markup in each of 20 attributes over SCIM, and
// requires that every page that shows them shows text: nothing runs, nothing
// becomes an element, the policy has nothing to report.
func storedScripts(t *testing.T, b *uitest.Browser) {
	w := owned(t)
	_, err := w.inst.deployment.Change(t.Context(), w.by(), deployment.Order{Target: models.SCIM, Keep: true})
	w.ok(err)
	_, token := w.token("Directory "+fmt.Sprintf(markup, 90, 90, 90)[:60], models.ProvisionScope, 30)
	body, attributes := marked()
	if attributes < 20 {
		t.Fatalf("only %d attributes are marked", attributes)
	}
	if got := w.scim("POST", "/Users", token, body); got != 201 {
		t.Fatalf("the user is answered %d", got)
	}
	u, err := w.inst.store.UserByName(t.Context(), w.org.Key, fmt.Sprintf(markup, 1, 1, 1))
	w.ok(err)
	_, err = w.inst.directory.CreateGroup(t.Context(), w.by(), []string{u.ID}, func(g *models.Group) error {
		g.Attributes["displayName"] = fmt.Sprintf(markup, 50, 50, 50)
		return nil
	})
	w.ok(err)
	owner := w.signIn(ownerEmail)
	entries, err := w.inst.store.LogEntries(t.Context(), w.org.Key, models.LogQuery{TargetID: u.ID, Page: models.Page{Limit: 1}})
	w.ok(err)
	for _, path := range []string{
		"/", "/users", "/users?q=%3Cscript%3E", "/users/" + u.ID, "/users/" + u.ID + "/edit", "/users/" + u.ID + "/suspend", "/groups",
		"/logs?range=all", "/logs/" + entries.Items[0].ID, "/logs?range=all&entry=" + entries.Items[0].ID, "/logs/requests?range=all", "/scim/tokens",
		"/deployment/change/manual", "/audit",
	} {
		t.Run(path, func(t *testing.T) {
			p := w.tab(t, b, owner)
			p.Open(path)
			inert(t, p)
			p.Quiet()
		})
	}
}

func inert(t *testing.T, p *uitest.Tab) {
	t.Helper()
	if ran := uitest.Ask[bool](p, `"ran" in window`); ran {
		t.Error("a stored script ran")
	}
	if made := uitest.Ask[int](p, `document.querySelectorAll("main img, main script, [id^=bold], [onerror]").length`); made != 0 {
		t.Errorf("stored markup became %d elements", made)
	}
}

// marked is a user with markup in as many attributes as it says.
func marked() (body string, n int) {
	next := func() string {
		n++
		return fmt.Sprintf(markup, n, n, n)
	}
	doc := map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User", models.EnterpriseURN}, "userName": next(), "active": true}
	for _, name := range []string{"externalId", "displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone"} {
		doc[name] = next()
	}
	name := map[string]any{}
	for _, part := range []string{"givenName", "familyName", "middleName", "formatted", "honorificPrefix"} {
		name[part] = next()
	}
	doc["name"] = name
	doc["emails"] = []any{map[string]any{"value": next(), "type": "work"}}
	doc["phoneNumbers"] = []any{map[string]any{"value": next(), "type": "work"}}
	doc["addresses"] = []any{map[string]any{"locality": next(), "country": next(), "type": "work"}}
	doc["roles"] = []any{map[string]any{"value": next(), "display": next()}}
	extension := map[string]any{}
	for _, part := range []string{"department", "costCenter", "division", "organization", "employeeNumber"} {
		extension[part] = next()
	}
	doc[models.EnterpriseURN] = extension
	text, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return string(text), n
}
