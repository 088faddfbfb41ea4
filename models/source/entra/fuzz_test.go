package entra_test

import (
	"strings"
	"testing"

	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
)

// FuzzPage sees that no answer breaks the reader, and that whoever is on a page has
// an id.
func FuzzPage(f *testing.F) {
	for _, seed := range []string{
		`{"value":[],"@odata.deltaLink":"https://x/"}`,
		`{"@odata.nextLink":"https://x/","value":[{"id":"1","userPrincipalName":"a","businessPhones":["1"],"manager@delta":[{"id":"2"}]}]}`,
		`{"value":[{"id":"1","@removed":{"reason":"changed"}},{"id":"1","displayName":null}]}`,
		`{"value":[{"id":"g","members@delta":[{"id":"1","@odata.type":"#microsoft.graph.user"},{"id":"1","@removed":{}}]}]}`,
		`{"value":[{"id":"1","onPremisesExtensionAttributes":{"extensionAttribute1":1e400},"employeeOrgData":7}]}`,
		`{"value":[{"displayName":"x"}]}`, `{"value":null}`, `{"value":[`, `[]`, `{}{}`, ``,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		ids, err := entra.DecodePage(strings.NewReader(body))
		if err != nil && len(ids) > 0 {
			t.Errorf("a broken page has %d objects", len(ids))
		}
		for _, id := range ids {
			if id == "" {
				t.Error("an object has no id")
			}
		}
	})
}

// FuzzCursor sees that no cursor makes the connector call anybody but its Graph, or
// claim that a read is complete.
func FuzzCursor(f *testing.F) {
	f.Add("e30")
	f.Add("eyJrIjoieCIsInMiOiJ1c2VycyIsImwiOiJodHRwczovL2V2aWwudGVzdC8ifQ")
	f.Add("")
	f.Fuzz(func(t *testing.T, cursor string) {
		if cursor == "" {
			return
		}
		c, err := entra.New(entra.Options{
			Settings: entra.Settings{
				Tenant: entratest.Tenant, ClientID: entratest.ClientID, Cloud: entra.Custom, Scope: source.Scope{Mode: source.Everyone},
			},
			Secret: entra.Secret{ClientSecret: "x"}, Now: newClock().Now,
			Endpoint: &entra.Endpoint{SignIn: "https://127.0.0.1:1", Graph: "https://127.0.0.1:1"},
		})
		if err != nil {
			t.Fatal(err)
		}
		for page, err := range c.Read(t.Context(), source.Cursor(cursor)) {
			if source.CodeOf(err) != source.ResyncNeeded {
				t.Errorf("%+v, %v", page, err)
			}
		}
	})
}
