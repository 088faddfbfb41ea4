package account_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"muster/models"
	"muster/models/scim"
	"muster/models/store"
)

func costCode() models.CustomAttribute {
	return models.CustomAttribute{Of: models.UserTarget, Name: " costCode ", Type: "string", Description: " The cost code. "}
}

// give makes a user with a value of the user's custom schema.
func (w *world) give(t *testing.T, name string, values map[string]any) {
	t.Helper()
	u := models.User{
		ID: uuid.Must(uuid.NewV7()).String(), OrganizationID: w.home, Mode: models.Manual, Status: models.Active, Version: 1, Created: 1, Updated: 1,
		Attributes: models.Attributes{"userName": name, models.CustomSchema(models.UserTarget): values},
	}
	err := u.Extract()
	if err == nil {
		err = w.store.Provision(t.Context(), func(tx *store.Tx) ([]models.LogEntry, error) {
			return []models.LogEntry{{OrganizationID: w.home, Action: models.ActionCreate, Status: models.Success, TargetType: models.UserTarget, TargetID: u.ID}}, tx.InsertUser(&u)
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) attributes(t *testing.T) []models.CustomAttribute {
	t.Helper()
	o, err := w.store.Organization(t.Context(), w.home)
	if err != nil {
		t.Fatal(err)
	}
	return o.Settings.Attributes
}

func TestAttributesAreDeclaredChangedAndRemovedWithTheirAuditEntry(t *testing.T) {
	w := setUp(t)
	w.admin(t, "root@example.com", models.Owner)
	by := w.admin(t, "ada@example.com", models.Admin)
	made, err := w.DeclareAttribute(t.Context(), by, costCode(), scim.User())
	if err != nil {
		t.Fatal(err)
	}
	want := models.CustomAttribute{Of: models.UserTarget, Schema: models.CustomSchema(models.UserTarget), Name: "costCode", Type: "string", Description: "The cost code."}
	if diff := cmp.Diff([]models.CustomAttribute{want}, w.attributes(t)); diff != "" || made != want {
		t.Errorf("declared %+v (-want +kept):\n%s", made, diff)
	}
	e := w.lastAudit(t)
	if e.Action != "organization.attribute.declare" || e.TargetID != "user.costCode" || e.ActorName != "ada@example.com" || len(e.Changes) == 0 {
		t.Errorf("audit entry of a declaration: %+v", e)
	}
	// Without a value the type is free.
	if _, err = w.ChangeAttribute(t.Context(), by, models.UserTarget, "COSTCODE", func(a *models.CustomAttribute) { a.Type, a.CaseExact, a.Schema = "integer", true, "urn:x:y" }); err != nil {
		t.Fatal(err)
	}
	want.Type = "integer"
	if diff := cmp.Diff([]models.CustomAttribute{want}, w.attributes(t)); diff != "" {
		t.Errorf("changed (-want +kept):\n%s", diff)
	}
	if diff := cmp.Diff([]models.Change{{Path: "type", Old: "string", New: "integer"}}, w.lastAudit(t).Changes); diff != "" {
		t.Errorf("audited (-want +got):\n%s", diff)
	}
	if _, err := w.RemoveAttribute(t.Context(), by, models.UserTarget, "costCode", ""); err != nil {
		t.Fatal(err)
	}
	if e := w.lastAudit(t); e.Action != "organization.attribute.remove" || len(w.attributes(t)) != 0 || !cmp.Equal(e.Changes[0], models.Change{Path: "name", Old: "costCode"}) {
		t.Errorf("after the removal: %v, audited %+v", w.attributes(t), e)
	}
}

func TestAttributesInUseKeepTheirTypeAndAreRemovedByName(t *testing.T) {
	w := setUp(t)
	w.admin(t, "root@example.com", models.Owner)
	by := w.admin(t, "ada@example.com", models.Admin)
	if _, err := w.DeclareAttribute(t.Context(), by, costCode(), scim.User()); err != nil {
		t.Fatal(err)
	}
	w.give(t, "grace", map[string]any{"costCode": "A-1"})
	_, err := w.ChangeAttribute(t.Context(), by, models.UserTarget, "costCode", func(a *models.CustomAttribute) { a.Multi = true })
	wantKind(t, err, models.Conflict)
	if err != nil && !strings.HasPrefix(err.Error(), "1 user has a value of costCode") {
		t.Errorf("refused with %v", err)
	}
	if _, err := w.ChangeAttribute(t.Context(), by, models.UserTarget, "costCode", func(a *models.CustomAttribute) { a.Description = "New." }); err != nil {
		t.Error(err)
	}
	_, err = w.RemoveAttribute(t.Context(), by, models.UserTarget, "costCode", "costcode")
	wantKind(t, err, models.Invalid)
	if _, err = w.RemoveAttribute(t.Context(), by, models.UserTarget, "costCode", " costCode "); err != nil {
		t.Fatal(err)
	}
	// What the user keeps is text, so the name cannot come back as a number.
	again := costCode()
	again.Type = "integer"
	_, err = w.DeclareAttribute(t.Context(), by, again, scim.User())
	wantKind(t, err, models.Conflict)
	if code(err) != "attributeKept" {
		t.Errorf("refused with %v", err)
	}
	if _, err = w.DeclareAttribute(t.Context(), by, costCode(), scim.User()); err != nil {
		t.Error(err)
	}
}

func TestAttributesThatAreRefused(t *testing.T) {
	w := setUp(t)
	w.admin(t, "root@example.com", models.Owner)
	by := w.admin(t, "ada@example.com", models.Admin)
	for of, standard := range map[models.TargetType]*scim.Type{models.UserTarget: scim.User(), models.GroupTarget: scim.Group()} {
		first := costCode()
		first.Of = of
		if _, err := w.DeclareAttribute(t.Context(), by, first, standard); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		edit func(*models.CustomAttribute)
		kind models.Kind
		attr string
	}{
		"core":       {func(a *models.CustomAttribute) { a.Name = "USERNAME" }, models.Uniqueness, "name"},
		"enterprise": {func(a *models.CustomAttribute) { a.Name = "CostCenter" }, models.Uniqueness, "name"},
		"common":     {func(a *models.CustomAttribute) { a.Name = "externalid" }, models.Uniqueness, "name"},
		"declared":   {func(a *models.CustomAttribute) { a.Name, a.Schema = "COSTcode", "urn:example:hr" }, models.Uniqueness, "name"},
		"no name":    {func(a *models.CustomAttribute) { a.Name = "cost code" }, models.Invalid, "name"},
		"no type":    {func(a *models.CustomAttribute) { a.Name, a.Type = "x", "complex" }, models.Invalid, "type"},
		"no schema":  {func(a *models.CustomAttribute) { a.Name, a.Schema = "x", "hr" }, models.Invalid, "schema"},
		"standard":   {func(a *models.CustomAttribute) { a.Name, a.Schema = "x", scim.EnterpriseURN }, models.Invalid, "schema"},
		"of groups": {func(a *models.CustomAttribute) {
			a.Name, a.Schema = "x", strings.ToUpper(models.CustomSchema(models.GroupTarget))
		}, models.Conflict, "schema"},
		"of nothing":  {func(a *models.CustomAttribute) { a.Name, a.Of = "x", "device" }, models.Invalid, "of"},
		"description": {func(a *models.CustomAttribute) { a.Name, a.Description = "x", "a\nb" }, models.Invalid, "description"},
	} {
		wish := costCode()
		c.edit(&wish)
		_, err := w.DeclareAttribute(t.Context(), by, wish, scim.User())
		if e, ok := models.AsError(err); !ok || e.Kind != c.kind || e.Attr != c.attr || e.Advice == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	auditor := w.admin(t, "eve@example.com", models.Auditor)
	_, err := w.DeclareAttribute(t.Context(), auditor, costCode(), scim.User())
	wantKind(t, err, models.Forbidden)
	_, err = w.ChangeAttribute(t.Context(), auditor, models.UserTarget, "costCode", func(*models.CustomAttribute) {})
	wantKind(t, err, models.Forbidden)
	_, err = w.RemoveAttribute(t.Context(), auditor, models.UserTarget, "costCode", "costCode")
	wantKind(t, err, models.Forbidden)
	_, err = w.RemoveAttribute(t.Context(), by, models.GroupTarget, "nothing", "nothing")
	wantKind(t, err, models.NotFound)
	// One schema has one spelling, so that documents have one key for it.
	other := costCode()
	other.Name, other.Schema = "floor", strings.ToUpper(models.CustomSchema(models.UserTarget))+":"
	made, err := w.DeclareAttribute(t.Context(), by, other, scim.User())
	if err != nil || made.Schema != models.CustomSchema(models.UserTarget) {
		t.Errorf("declared under %s: %v", made.Schema, err)
	}
	if got := len(w.attributes(t)); got != 3 {
		t.Errorf("%d attributes", got)
	}
}
