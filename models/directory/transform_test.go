package directory_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"muster/models"
	"muster/models/mapping"
	"muster/models/scim"
	"muster/models/store"
)

const customURN = "urn:ietf:params:scim:schemas:extension:custom:2.0:User"

// compute saves an attribute mapping.
func (w world) compute(t *testing.T, target, expression string, with ...func(*models.AttributeMapping)) models.AttributeMapping {
	t.Helper()
	m := models.AttributeMapping{Method: models.SCIM, Target: target, Expression: expression}
	for _, set := range with {
		set(&m)
	}
	m, err := w.SaveAttributeMapping(t.Context(), w.Admin(), m)
	if err != nil {
		t.Fatalf("map %s: %v", target, err)
	}
	return m
}

func onCreate(m *models.AttributeMapping) { m.OnCreate = true }
func otherwise(v string) func(*models.AttributeMapping) {
	return func(m *models.AttributeMapping) { m.Fallback = v }
}

// custom declares a custom attribute of users.
func (w world) custom(t *testing.T, name, kind string) {
	t.Helper()
	w.Configure(t, func(o *models.Organization) {
		o.Settings.Attributes = append(slices.Clone(o.Settings.Attributes),
			models.CustomAttribute{Of: models.UserTarget, Schema: customURN, Name: name, Type: kind})
	})
}

// patch sends operations as a SCIM client would.
func (w world) patch(t *testing.T, id, operations string) models.User {
	t.Helper()
	types := mapping.Types(w.Org.Settings)
	ops, _, err := types.DecodePatch(`{"schemas":["`+scim.PatchURN+`"],"Operations":`+operations+`}`, scim.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := w.UpdateUser(t.Context(), w.Client(), id, func(u *models.User) error {
		doc, _, err := types.Patch(u.Attributes, ops)
		u.Attributes = doc
		return err
	})
	if err != nil {
		t.Fatalf("patch %s: %v", operations, err)
	}
	return u
}

// arrive creates a user as the directory does.
func (w world) arrive(t *testing.T, doc attrs) models.User {
	t.Helper()
	u, err := w.CreateUser(t.Context(), w.Client(), put(doc, true))
	if err != nil {
		t.Fatalf("create %v: %v", doc["userName"], err)
	}
	return u
}

func ada() attrs {
	return attrs{
		"userName": "ada@example.com", "externalId": "e1", "title": "countess",
		"name":               map[string]any{"givenName": "Ada", "familyName": "Lovelace"},
		"emails":             []any{map[string]any{"type": "work", "value": "ADA@Example.com"}},
		models.EnterpriseURN: map[string]any{"department": "Research"},
	}
}

// has checks values by the path of the log.
func (w world) has(t *testing.T, id string, want map[string]string) models.User {
	t.Helper()
	u := w.User(t, id)
	got := map[string]string{}
	for _, c := range scim.Diff(nil, u.Attributes) {
		got[c.Path] = fmt.Sprint(c.New)
	}
	for path, v := range want {
		if got[path] != v {
			t.Errorf("%s is %q, want %q", path, got[path], v)
		}
	}
	return u
}

func TestAttributesAreComputedWhenAUserArrives(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.custom(t, "costCode", "string")
		rule := w.compute(t, "nickName", `join(" ", upper(name.familyName), name.givenName)`)
		w.compute(t, `emails[type eq "work"].value`, "lower(workEmail)")
		w.compute(t, "costCode", `"CC-" + department`)
		u := w.arrive(t, ada())
		u = w.has(t, u.ID, map[string]string{
			"nickName": "LOVELACE Ada", "title": "countess", `emails[type eq "work"].value`: "ada@example.com", "costCode": "CC-Research",
		})
		if u.Email != "ada@example.com" || u.Delivered == "" {
			t.Errorf("e-mail %q, delivered %q", u.Email, u.Delivered)
		}
		if from, ok := u.Origins.Of("nickName"); !ok || from.Rule != rule.ID || from.Name != "Entra" {
			t.Errorf("nickName came from %+v", from)
		}
		if from, _ := u.Origins.Of("title"); from.Rule != "" {
			t.Errorf("title came from %+v", from)
		}
		e := w.logged(t, "create/success/")
		if !slices.Contains(e.Details.Modified, models.Change{Path: "costCode", New: "CC-Research"}) {
			t.Errorf("the log says %v", e.Details.Modified)
		}
		found, err := w.Store.UserByName(t.Context(), w.Org.Key, "ada@example.com")
		if err != nil || found.ID != u.ID {
			t.Errorf("by name: %v", err)
		}
	})
}

func TestAPatchOfTheSourceComputesAgain(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.compute(t, "nickName", `name.familyName + ", " + name.givenName`)
		u := w.arrive(t, ada())
		w.patch(t, u.ID, `[{"op":"replace","path":"name.familyName","value":"King"}]`)
		w.has(t, u.ID, map[string]string{"nickName": "King, Ada", "name.familyName": "King"})
		w.logged(t, "update/success/")
		w.patch(t, u.ID, `[{"op":"remove","path":"name"}]`)
		w.has(t, u.ID, map[string]string{"nickName": ", "})
	})
}

func TestAPatchOfAComputedAttributeIsItsSource(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.compute(t, "title", "upper(title)")
		u := w.arrive(t, ada())
		w.has(t, u.ID, map[string]string{"title": "COUNTESS"})
		w.patch(t, u.ID, `[{"op":"replace","path":"title","value":"enchantress"}]`)
		w.has(t, u.ID, map[string]string{"title": "ENCHANTRESS"})
		before := len(w.Log(t))
		w.patch(t, u.ID, `[{"op":"replace","path":"title","value":"enchantress"}]`)
		if n := len(w.Log(t)); n != before {
			t.Errorf("a repeated value made %d entries", n-before)
		}
		// Another value that computes to the same is kept, and told.
		w.patch(t, u.ID, `[{"op":"replace","path":"title","value":"Enchantress"}]`)
		if e := w.logged(t, "update/success/"); len(e.Details.Modified) != 0 || !strings.Contains(strings.Join(e.Details.Notes, ""), "computes to is the same") {
			t.Errorf("%+v", e.Details)
		}
		w.patch(t, u.ID, `[{"op":"remove","path":"title"}]`)
		if u := w.has(t, u.ID, map[string]string{"title": ""}); u.Delivered != "" {
			t.Errorf("delivered %s", u.Delivered)
		}
	})
}

// An expression that is not the same when run twice never runs over its own result.
func TestExpressionsNeverStack(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.compute(t, "title", `title + "!"`)
		w.compute(t, `emails[type eq "work"].value`, `"x" + workEmail`)
		w.compute(t, "department", `department + department`)
		u := w.arrive(t, ada())
		for i := range 10 {
			w.patch(t, u.ID, fmt.Sprintf(`[{"op":"replace","path":"nickName","value":"n%d"}]`, i))
			w.has(t, u.ID, map[string]string{
				"title": "countess!", `emails[type eq "work"].value`: "xADA@Example.com", "department": "ResearchResearch", "nickName": fmt.Sprintf("n%d", i),
			})
		}
		// Deleted at the source and back: the same again.
		w.remove(t, u.ID)
		w.arrive(t, ada())
		u = w.has(t, u.ID, map[string]string{"title": "countess!", "department": "ResearchResearch"})
		var o map[string]any
		if err := json.Unmarshal([]byte(u.Delivered), &o); err != nil || o["title"] != "countess" || len(o) != 3 {
			t.Errorf("delivered %s", u.Delivered)
		}
	})
}

// A client that reads a user, changes something and replaces the whole sends computed
// values back: they are no new source.
func TestValuesThatAreReadAndSentBackAreNoSource(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.compute(t, "title", `title + "!"`)
		w.compute(t, "nickName", "name.givenName")
		w.compute(t, `emails[type eq "work"].value`, `"x" + workEmail`)
		w.compute(t, "locale", `"en"`, onCreate)
		u := w.arrive(t, ada())
		for i := range 10 {
			given := fmt.Sprintf("Ada %d", i)
			read := w.User(t, u.ID).Attributes
			read["name"] = map[string]any{"givenName": given}
			read["emails"] = append(read["emails"].([]any), map[string]any{"type": "home", "value": fmt.Sprintf("home%d@example.com", i)})
			if _, err := w.UpdateUser(t.Context(), w.Client(), u.ID, func(u *models.User) error {
				u.Attributes = models.CopyAttributes(read)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			w.has(t, u.ID, map[string]string{
				"title": "countess!", "nickName": given, "locale": "en", "name.givenName": given,
			})
			if got := w.User(t, u.ID); !strings.Contains(got.Document, `"xADA@Example.com"`) || strings.Contains(got.Document, "xxADA") {
				t.Fatalf("%s", got.Document)
			}
		}
	})
}

func TestOnlyWhenTheUserIsNew(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.compute(t, "nickName", "name.givenName", onCreate)
		u := w.arrive(t, ada())
		w.patch(t, u.ID, `[{"op":"replace","path":"name.givenName","value":"Augusta"}]`)
		w.has(t, u.ID, map[string]string{"nickName": "Ada", "name.givenName": "Augusta"})
		w.patch(t, u.ID, `[{"op":"replace","path":"nickName","value":"Addie"}]`)
		if u := w.has(t, u.ID, map[string]string{"nickName": "Addie"}); u.Delivered != "" {
			t.Errorf("delivered %s", u.Delivered)
		}
		// A user who returns is not new.
		w.remove(t, u.ID)
		again := ada()
		again["nickName"] = "Addie"
		w.arrive(t, again)
		w.has(t, u.ID, map[string]string{"nickName": "Addie"})
		// Nor is one who was added by hand, whose own value the directory replaces.
		hand := w.byHand(t, "bob@example.com")
		w.update(t, w.Admin(), hand.ID, attrs{"nickName": "Bobby"})
		w.arrive(t, attrs{"userName": "bob@example.com", "name": map[string]any{"givenName": "Robert"}})
		w.has(t, hand.ID, map[string]string{"nickName": ""})
	})
}

func TestWhatCannotBeComputedIsToldAndKept(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.custom(t, "floor", "integer")
		w.compute(t, "title", `title - 1`)
		w.compute(t, "floor", "department", otherwise("3"))
		w.compute(t, "nickName", "preferredLanguage", otherwise("none"))
		u := w.arrive(t, ada())
		w.has(t, u.ID, map[string]string{"title": "countess", "floor": "3", "nickName": "none"})
		e := w.logged(t, "create/warning/attributeMappingFailed")
		text := strings.Join(e.Details.Notes, "\n")
		if !strings.Contains(text, "The attribute mapping of title failed") || !strings.Contains(text, "The default stands in") || !strings.Contains(e.Details.Advice, "under Attributes") {
			t.Errorf("%+v", e.Details)
		}
		before := len(w.Log(t))
		w.patch(t, u.ID, `[{"op":"replace","path":"title","value":"countess"}]`)
		if n := len(w.Log(t)); n != before {
			t.Errorf("what changes nothing made %d entries", n-before)
		}
		w.patch(t, u.ID, `[{"op":"replace","path":"displayName","value":"Ada"}]`)
		w.logged(t, "update/warning/attributeMappingFailed")
	})
}

func TestADeletedDeclarationLeavesItsMappingBroken(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.custom(t, "costCode", "string")
		w.compute(t, "costCode", "department")
		w.compute(t, "title", "costCode ?? title")
		w.Configure(t, func(o *models.Organization) { o.Settings.Attributes = nil })
		w.arrive(t, ada())
		if e := w.logged(t, "create/warning/attributeMappingFailed"); len(e.Details.Notes) != 2 {
			t.Errorf("notes %q", e.Details.Notes)
		}
	})
}

func TestMappingsApplyAtOnceAndEndWithTheNextChange(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.arrive(t, ada())
		rule := w.compute(t, "title", "upper(title)")
		w.has(t, u.ID, map[string]string{"title": "countess"})
		w.patch(t, u.ID, `[{"op":"replace","path":"nickName","value":"a"}]`)
		w.has(t, u.ID, map[string]string{"title": "COUNTESS"})
		rule.Disabled = true
		rule, err := w.SaveAttributeMapping(t.Context(), w.Admin(), rule)
		if err != nil {
			t.Fatal(err)
		}
		w.patch(t, u.ID, `[{"op":"replace","path":"nickName","value":"b"}]`)
		w.has(t, u.ID, map[string]string{"title": "countess"})
		rule.Disabled = false
		if _, err = w.SaveAttributeMapping(t.Context(), w.Admin(), rule); err != nil {
			t.Fatal(err)
		}
		w.patch(t, u.ID, `[{"op":"replace","path":"nickName","value":"c"}]`)
		if _, err := w.DeleteAttributeMapping(t.Context(), w.Admin(), rule.ID); err != nil {
			t.Fatal(err)
		}
		w.has(t, u.ID, map[string]string{"title": "COUNTESS"})
		w.patch(t, u.ID, `[{"op":"replace","path":"nickName","value":"d"}]`)
		got := w.has(t, u.ID, map[string]string{"title": "countess"})
		if from, _ := got.Origins.Of("title"); from.Rule != "" || got.Delivered != "" {
			t.Errorf("title from %+v, delivered %q", from, got.Delivered)
		}
	})
}

// release lets go of a user, as a change of the method does.
func (w world) release(t *testing.T, id string) error {
	t.Helper()
	return w.Keep(t.Context(), func(tx *store.Tx) error {
		old, err := tx.LockUser(w.Org.Key, id)
		if err != nil {
			return err
		}
		u := old
		u.Mode, u.Version = models.Manual, old.Version+1
		return tx.SaveUser(&old, &u)
	})
}

// Administrators change what they see; no old delivery comes back over it.
func TestAHandEditIsNotUndoneByWhatWasDelivered(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.compute(t, "title", "upper(title)")
		w.compute(t, "nickName", "name.givenName")
		u := w.arrive(t, ada())
		if err := w.release(t, u.ID); err != nil {
			t.Fatal(err)
		}
		w.update(t, w.Admin(), u.ID, attrs{"title": "Princess"})
		got := w.has(t, u.ID, map[string]string{"title": "Princess", "nickName": "Ada"})
		if strings.Contains(got.Delivered, "title") || !strings.Contains(got.Delivered, "nickName") {
			t.Errorf("delivered %s", got.Delivered)
		}
		w.patch(t, u.ID, `[{"op":"replace","path":"displayName","value":"Ada"}]`)
		w.has(t, u.ID, map[string]string{"title": "PRINCESS"})
	})
}
