package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"muster/models"
	"muster/models/account"
	"muster/models/directory/directorytest"
)

// TestACustomAttributeFromItsDeclarationToItsEnd declares an attribute in the
// console and follows it through SCIM, on both engines.
func TestACustomAttributeFromItsDeclarationToItsEnd(t *testing.T) {
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) {
		s := newSite(t, w)
		c := customRound{t: t, site: s, admin: s.signIn(t, models.Admin), token: s.provision, urn: models.CustomSchema(models.UserTarget)}
		c.ignores("early@example.com")
		c.declare("costCode", "string", false)
		c.declare("skills", "string", true)
		c.declare("floor", "integer", false)

		if got := c.scim("GET", "/Schemas/"+c.urn, "", 200); !strings.Contains(got, `"name":"costCode"`) || !strings.Contains(got, `"name":"floor"`) {
			t.Errorf("the schema: %s", got)
		}
		if got := c.scim("GET", "/ResourceTypes/User", "", 200); !strings.Contains(got, c.urn) {
			t.Errorf("the resource type: %s", got)
		}
		ada := c.user(`{"userName":"ada@example.com","` + c.urn + `":{"costCode":"A-1","skills":["go"],"floor":3}}`)
		bob := c.user(`{"userName":"bob@example.com","` + c.urn + `":{"costCode":"B-2"}}`)
		for filter, want := range map[string]string{
			c.urn + `:costCode eq "a-1"`: ada,
			`costCode sw "B"`:            bob,
			`floor gt 2`:                 ada,
			`skills eq "go"`:             ada,
		} {
			if got := c.found(filter); len(got) != 1 || got[0] != want {
				t.Errorf("%s finds %v, want %s", filter, got, want)
			}
		}
		c.scim("PATCH", "/Users/"+bob, `{"Operations":[{"op":"replace","path":"`+c.urn+`:costCode","value":"A-1"},{"op":"add","path":"`+c.urn+`:skills","value":["sql"]}]}`, 200)
		if got := c.found(`costCode eq "A-1" and skills pr`); len(got) != 2 {
			t.Errorf("after PATCH it finds %v", got)
		}
		var only map[string]any
		c.read(c.scim("GET", "/Users/"+bob+"?attributes="+c.urn+":costCode", "", 200), &only)
		if ext, _ := only[c.urn].(map[string]any); ext["costCode"] != "A-1" || len(ext) != 1 || only["userName"] != nil {
			t.Errorf("the projection: %v", only)
		}
		if got := c.scim("PATCH", "/Users/"+ada, `{"Operations":[{"op":"replace","path":"`+c.urn+`:floor","value":"third"}]}`, 400); !strings.Contains(got, "floor") {
			t.Errorf("a value of another type: %s", got)
		}
		c.elsewhere()
		c.end(ada)
	})
}

// customRound is an administrator and a directory around one attribute.
type customRound struct {
	t     *testing.T
	site  *site
	admin *http.Cookie
	token string
	urn   string
}

func (c customRound) declare(name, kind string, several bool) {
	c.t.Helper()
	f := url.Values{"of": {"user"}, "name": {name}, "type": {kind}, "schema": {c.urn}}
	if several {
		f.Set("multi", "on")
	}
	w := c.site.send(request{method: "POST", path: "/attributes", form: f, cookie: c.admin})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/attributes/user."+name {
		c.t.Fatalf("declare %s: %d %s", name, w.Code, excerpt(w.Body.String()))
	}
}

func (c customRound) scim(method, path, body string, want int) string {
	c.t.Helper()
	w := c.site.send(request{method: method, path: "/scim/v2" + path, header: bearer(c.token), body: body})
	if w.Code != want {
		c.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Body.String()
}

func (c customRound) read(body string, into any) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(body), into); err != nil {
		c.t.Fatalf("%v: %s", err, body)
	}
}

func (c customRound) user(body string) string {
	c.t.Helper()
	var u struct{ ID string }
	c.read(c.scim("POST", "/Users", body, 201), &u)
	return u.ID
}

func (c customRound) found(filter string) []string {
	c.t.Helper()
	var l struct{ Resources []struct{ ID string } }
	c.read(c.scim("GET", "/Users?filter="+strings.ReplaceAll(filter, " ", "%20"), "", 200), &l)
	var ids []string
	for _, r := range l.Resources {
		ids = append(ids, r.ID)
	}
	return ids
}

// ignores tells that a value comes without effect: nobody declared the attribute.
func (c customRound) ignores(name string) {
	c.t.Helper()
	if got := c.scim("POST", "/Users", `{"userName":"`+name+`","`+c.urn+`":{"costCode":"X"}}`, 201); strings.Contains(got, "costCode") {
		c.t.Errorf("an undeclared attribute was taken: %s", got)
	}
	if got := c.found(`costCode pr`); len(got) != 0 {
		c.t.Errorf("an undeclared attribute finds %v", got)
	}
}

// elsewhere is another organization, which declared nothing.
func (c customRound) elsewhere() {
	c.t.Helper()
	other := c.site.Another(c.t)
	_, token, err := c.site.accounts.CreateToken(c.t.Context(), models.Actor{Kind: models.CLIActor, Name: "cli", OrganizationID: other.Key},
		account.TokenSpec{Description: "other", Scope: models.ProvisionScope, Expires: c.site.Clock.Now().AddDate(1, 0, 0)})
	if err != nil {
		c.t.Fatal(err)
	}
	c.token = token
	c.scim("GET", "/Schemas/"+c.urn, "", 404)
	c.ignores("ada@example.com")
}

// end deletes the attributes: what the user has is kept through writes that do not
// know of it, and is found again when the attribute is declared again.
func (c customRound) end(user string) {
	c.t.Helper()
	for _, name := range []string{"costCode", "skills", "floor"} {
		at := "/attributes/user." + name + "/delete"
		if w := c.site.send(request{method: "POST", path: at, form: url.Values{}, cookie: c.admin}); w.Code != http.StatusBadRequest {
			c.t.Errorf("delete %s without typing its name: %d", name, w.Code)
		}
		if w := c.site.send(request{method: "POST", path: at, form: url.Values{"typed": {name}}, cookie: c.admin}); w.Code != http.StatusSeeOther {
			c.t.Fatalf("delete %s: %d %s", name, w.Code, excerpt(w.Body.String()))
		}
		for _, path := range []string{"/Users/" + user, "/Users/" + user + "?excludedAttributes=emails", "/Users?filter=userName%20eq%20%22ada@example.com%22"} {
			if got := c.scim("GET", path, "", 200); strings.Contains(got, name) {
				c.t.Errorf("%s shows the deleted %s: %s", path, name, got)
			}
		}
		page := c.site.send(request{method: "GET", path: "/users/" + user, cookie: c.admin}).Body.String()
		if i := strings.Index(page, "Came from"); i < 0 || strings.Contains(page[i:], name) {
			c.t.Errorf("the user's page shows the deleted %s", name)
		}
		// What is kept lives through a client that replaces the whole user.
		if got := c.scim("PUT", "/Users/"+user, `{"userName":"ada@example.com","`+c.urn+`":{"`+name+`":"x","floor":7,"skills":["sql"]}}`, 200); strings.Contains(got, name) {
			c.t.Errorf("the deleted %s is written: %s", name, got)
		}
		if got := c.found(name + ` pr`); len(got) != 0 {
			c.t.Errorf("the deleted %s finds %v", name, got)
		}
		if got := c.scim("GET", "/Users/"+user+"?attributes="+c.urn+":"+name, "", 200); strings.Contains(got, name) {
			c.t.Errorf("the deleted %s is projected: %s", name, got)
		}
	}
	c.scim("GET", "/Schemas/"+c.urn, "", 404)
	c.ignores("late@example.com")
	c.scim("PATCH", "/Users/"+user, `{"Operations":[{"op":"replace","path":"title","value":"Countess"}]}`, 200)
	c.scim("PUT", "/Users/"+user, `{"userName":"ada@example.com"}`, 200)
	c.declare("costCode", "string", false)
	if got := c.found(`costCode eq "A-1"`); len(got) != 2 {
		c.t.Errorf("declared again, it finds %v", got)
	}
}
