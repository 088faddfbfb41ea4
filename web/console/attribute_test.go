package console_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"muster/models"
	"muster/models/directory"
)

func costCode() url.Values {
	return url.Values{"of": {"user"}, "name": {"costCode"}, "type": {"string"}, "description": {"Who pays."}, "schema": {models.CustomSchema(models.UserTarget)}}
}

// giveCostCode adds a user with a value.
func (o *office) giveCostCode(name, code string) {
	o.t.Helper()
	dir := directory.New(directory.Options{
		Store: o.store, Now: o.clock.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Log: slog.New(slog.DiscardHandler),
	})
	_, err := dir.CreateUser(o.t.Context(), o.cli(), func(u *models.User) error {
		u.Attributes = models.Attributes{"userName": name, models.CustomSchema(models.UserTarget): map[string]any{"costCode": code}}
		return nil
	})
	o.must(err)
}

func TestAttributePages(t *testing.T) {
	o := openOffice(t).staff()
	p := o.signedIn(models.Admin)
	target := models.CustomSchema(models.UserTarget) + ":costCode"
	empty := p.get("/attributes")
	p.sees(empty, "main", "No custom attribute yet", "is ignored", "token")
	if got := empty.Find("#target").AttrOr("value", ""); got != target || empty.Find("nav [aria-current]").AttrOr("href", "") != "/attributes" {
		t.Errorf("the example is %q", got)
	}
	form := p.get("/attributes/new")
	if got := form.Find("#f-schema").AttrOr("value", ""); got != models.CustomSchema(models.UserTarget) || form.Find("details[open]").Length() != 0 {
		t.Errorf("the form offers the schema %q", got)
	}
	if got := p.get("/attributes/new?of=group").Find("#f-schema").AttrOr("value", ""); got != models.CustomSchema(models.GroupTarget) {
		t.Errorf("the form for groups offers the schema %q", got)
	}
	a := p.post("/attributes", costCode())
	p.sees(a, "#flash", "costCode is declared")
	p.sees(a, "main", "Who pays.", "Text (string)", "0 users")
	if a.at != "/attributes/user.costCode" || a.Find("#target").AttrOr("value", "") != target {
		t.Errorf("%s shows %q", a.at, a.Find("#target").AttrOr("value", ""))
	}
	// A schema left as it was offered follows the choice of groups.
	group := costCode()
	group.Set("of", "group")
	group.Set("multi", "on")
	p.sees(p.post("/attributes", group), "main", models.CustomSchema(models.GroupTarget), "several values")
	list := p.get("/attributes")
	p.sees(list, "tbody", "costCode", "Users", "Groups", "Who pays.", models.CustomSchema(models.UserTarget))
	if rows := list.Find("tbody tr").Length(); rows != 2 {
		t.Errorf("%d rows", rows)
	}
	p.sees(p.get("/audit"), "tbody", "Declared the custom attribute costCode of users.")
}

func TestAttributeFormRefusalsStandAtTheirField(t *testing.T) {
	o := openOffice(t).staff()
	p := o.signedIn(models.Admin)
	p.post("/attributes", costCode())
	for _, c := range []struct {
		field, value string
		status       int
		says         string
	}{
		{"name", "cost code", http.StatusBadRequest, "Begin with a letter"},
		{"name", "USERNAME", http.StatusConflict, "standard attribute userName"},
		{"name", "costcenter", http.StatusConflict, "standard attribute urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter"},
		{"name", "COSTCODE", http.StatusConflict, "There is a custom attribute costCode"},
		{"type", "complex", http.StatusBadRequest, "Choose one of"},
		{"schema", "hr", http.StatusBadRequest, "write a URN"},
		{"description", strings.Repeat("x", 600), http.StatusBadRequest, "at most 500"},
	} {
		f := costCode()
		f.Set("name", "floor")
		f.Set(c.field, c.value)
		a := p.post("/attributes", f)
		p.sees(a, "#f-"+c.field+"-error", c.says)
		if a.status != c.status || c.field != "type" && a.Find("#f-"+c.field).AttrOr("value", "") != c.value {
			t.Errorf("%s = %q: %d, shown again as %q", c.field, c.value, a.status, a.Find("#f-"+c.field).AttrOr("value", ""))
		}
		if c.field != "description" && a.Find("#f-description").AttrOr("value", "") != "Who pays." {
			t.Errorf("%s = %q: the description is lost", c.field, c.value)
		}
		if open := a.Find("details[open]").Length() == 1; open != (c.field == "schema") {
			t.Errorf("%s = %q: advanced open: %v", c.field, c.value, open)
		}
	}
	f := costCode()
	f.Set("of", "device")
	if a := p.post("/attributes", f); a.status != http.StatusBadRequest {
		t.Errorf("an attribute of devices: %d", a.status)
	}
}

func TestAttributesInUseKeepTheirType(t *testing.T) {
	o := openOffice(t).staff()
	p := o.signedIn(models.Admin)
	p.post("/attributes", costCode())
	free := p.get("/attributes/user.costCode/edit")
	if free.Find("#f-type").Length() != 1 || free.Find("#f-name").Length() != 0 {
		t.Error("the type of an unused attribute is not offered, or its name is")
	}
	a := p.post("/attributes/user.costCode/edit", url.Values{"type": {"integer"}, "description": {"Who pays, by number."}})
	p.sees(a, "main", "Whole number", "Who pays, by number.")
	p.post("/attributes/user.costCode/edit", url.Values{"type": {"string"}, "description": {"Who pays."}})
	o.giveCostCode("ada", "A-1")
	p.sees(p.get("/attributes/user.costCode"), "main", "1 user")
	used := p.get("/attributes/user.costCode/edit")
	p.sees(used, "main", "The type stays while a record has a value")
	if used.Find("#f-type").Length() != 0 {
		t.Error("the type of a used attribute is offered")
	}
	a = p.post("/attributes/user.costCode/edit", url.Values{"type": {"integer"}})
	p.sees(a, "main", "1 user has a value of costCode, so its type stays")
	if a.status != http.StatusConflict {
		t.Errorf("a forced change of type: %d", a.status)
	}
	p.sees(p.post("/attributes/user.costCode/edit", url.Values{"description": {"New."}}), "main", "New.")
}

func TestAttributesInUseAreDeletedByTheirName(t *testing.T) {
	o := openOffice(t).staff()
	p := o.signedIn(models.Admin)
	p.post("/attributes", costCode())
	o.giveCostCode("ada", "A-1")
	o.giveCostCode("bob", "A-2")
	p.sees(p.get("/attributes/user.costCode"), "dialog", "Delete attribute “costCode”?", "2 users have a value", "The values stay", "Type “costCode”")
	a := p.post("/attributes/user.costCode/delete", url.Values{"typed": {"cost"}})
	p.sees(a, "main", "The name you typed is not costCode", "2 users have a value")
	if a.status != http.StatusBadRequest || a.Find("#f-typed").AttrOr("value", "") != "cost" {
		t.Errorf("a wrong name: %d", a.status)
	}
	a = p.post("/attributes/user.costCode/delete", url.Values{"typed": {"costCode"}})
	p.sees(a, "#flash", "costCode is deleted")
	p.sees(a, "main", "No custom attribute yet")
	if a := p.get("/attributes/user.costCode"); a.status != http.StatusNotFound {
		t.Errorf("the page of a deleted attribute: %d", a.status)
	}
	entry := p.get(p.get("/audit").Find("tbody a").AttrOr("href", ""))
	p.sees(entry, "main", "Removed the custom attribute costCode", "string")
	// What nobody has goes without a name.
	p.post("/attributes", url.Values{"of": {"group"}, "name": {"owner"}, "type": {"string"}})
	if q := p.get("/attributes/group.owner/delete"); q.Find("#f-typed").Length() != 0 || q.status != http.StatusOK {
		t.Errorf("deleting an unused attribute asks for its name, or %d", q.status)
	}
	p.sees(p.post("/attributes/group.owner/delete", url.Values{}), "#flash", "owner is deleted")
}

func TestAuditorsReadAttributesOnly(t *testing.T) {
	o := openOffice(t).staff()
	o.signedIn(models.Admin).post("/attributes", costCode())
	p := o.signedIn(models.Auditor)
	if a := p.get("/attributes"); a.Find(`main a[href$="/new"]`).Length() != 0 {
		t.Error("an auditor is offered a new attribute")
	}
	if a := p.get("/attributes/user.costCode"); a.Find("main dialog, main .page-head .btn").Length() != 0 {
		t.Error("an auditor is offered changes")
	}
	for _, path := range []string{"/attributes", "/attributes/user.costCode/edit", "/attributes/user.costCode/delete"} {
		if a := p.post(path, costCode()); a.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}
