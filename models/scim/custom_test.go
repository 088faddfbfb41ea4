package scim_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/scim"
)

// Clients make a type of each schema and call it by the schema's name: scim2-client
// cannot read a server with two extensions of one name.
func TestCustomSchemasHaveNamesOfTheirOwn(t *testing.T) {
	var declared []models.CustomAttribute
	for _, urn := range []string{
		models.CustomSchema(models.UserTarget), "urn:example:params:acme:1.0:User", "urn:example:params:ACME:2.0:User",
		"urn:ietf:params:scim:schemas:extension:enterprise:3.0:User", "urn:acme-corp:hr.people:2.0:User", "urn:123:scim:4", "URN:x:%$",
	} {
		declared = append(declared, models.CustomAttribute{Of: models.UserTarget, Schema: urn, Name: "a", Type: "string"})
	}
	var names []string
	for _, s := range scim.CustomSchemas(declared, models.UserTarget) {
		names = append(names, s.Name)
	}
	want := []string{"CustomUser", "ExampleAcmeUser", "ExampleACMEUser2", "EnterpriseUser2", "AcmeCorpHrPeopleUser", "Custom", "X"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
