package directory_test

import (
	"slices"
	"strings"
	"testing"

	"muster/models"
)

// audited gives the newest entry of the audit log.
func (w world) audited(t *testing.T) models.AuditEntry {
	t.Helper()
	list, err := w.AuditEntries(t.Context(), models.AuditQuery{Page: models.Page{Limit: 1}})
	if err != nil || len(list.Items) == 0 {
		t.Fatalf("the audit log: %d entries, %v", len(list.Items), err)
	}
	return list.Items[0]
}

func (w world) targets(t *testing.T) []string {
	t.Helper()
	list, err := w.AttributeMappings(t.Context(), w.Org.Key, models.SCIM)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range list {
		out = append(out, m.Target)
	}
	return out
}

func TestAttributeMappingsAreSavedWithTheirAudit(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		m := w.compute(t, "Department", " upper(department) ", otherwise("none"))
		if m.Target != models.EnterpriseURN+":department" || m.Expression != "upper(department)" || m.Position != 1 || m.Version != 1 {
			t.Errorf("saved %+v", m)
		}
		e := w.audited(t)
		if e.Action != "organization.attributeMapping.create" || e.TargetID != m.ID || !slices.Contains(e.Changes, models.Change{Path: "expression", New: "upper(department)"}) {
			t.Errorf("audit %+v", e)
		}
		stale := m
		m.Expression = "lower(department)"
		m, err := w.SaveAttributeMapping(t.Context(), w.Admin(), m)
		if err != nil || m.Version != 2 {
			t.Fatalf("%+v %v", m, err)
		}
		e = w.audited(t)
		if len(e.Changes) != 1 || e.Changes[0].Old != "upper(department)" || e.Changes[0].New != "lower(department)" {
			t.Errorf("audit %+v", e.Changes)
		}
		if again, err := w.SaveAttributeMapping(t.Context(), w.Admin(), m); err != nil || again.Version != 2 || w.audited(t).ID != e.ID {
			t.Errorf("saving what is the same wrote: %+v %v", again, err)
		}
		stale.Expression = "title"
		if _, err := w.SaveAttributeMapping(t.Context(), w.Admin(), stale); models.KindOf(err) != models.Stale {
			t.Errorf("an old version: %v", err)
		}
		_, err = w.SaveAttributeMapping(t.Context(), w.Admin(), models.AttributeMapping{Method: models.SCIM, Target: "department", Expression: "title"})
		refused(t, err, "attributeMapped")
		w.compute(t, "department", "title", func(m *models.AttributeMapping) { m.Method = models.Entra })
	})
}

func TestAttributeMappingsThatAreRefused(t *testing.T) {
	w := world{directoryWorld(t)}
	for _, c := range []struct {
		m    models.AttributeMapping
		attr string
	}{
		{models.AttributeMapping{Method: models.Manual, Target: "title", Expression: "title"}, "method"},
		{models.AttributeMapping{Method: "fax", Target: "title", Expression: "title"}, "method"},
		{models.AttributeMapping{Method: models.SCIM, Target: "userName", Expression: "title"}, "target"},
		{models.AttributeMapping{Method: models.SCIM, Target: "title", Expression: "tit("}, "expression"},
		{models.AttributeMapping{Method: models.SCIM, Target: "title", Expression: "title", Fallback: strings.Repeat("x", 1001)}, "fallback"},
	} {
		_, err := w.SaveAttributeMapping(t.Context(), w.Admin(), c.m)
		if e, ok := models.AsError(err); !ok || e.Attr != c.attr || e.Advice == "" {
			t.Errorf("%+v: %v", c.m, err)
		}
	}
	auditor := w.Admin()
	auditor.Role = models.Auditor
	_, err := w.SaveAttributeMapping(t.Context(), auditor, models.AttributeMapping{Method: models.SCIM, Target: "title", Expression: "title"})
	if models.KindOf(err) != models.Forbidden {
		t.Errorf("an auditor saves: %v", err)
	}
	_, err = w.TryAttributeMapping(t.Context(), auditor, "x", models.AttributeMapping{})
	if models.KindOf(err) != models.Forbidden {
		t.Errorf("an auditor tries: %v", err)
	}
	if _, err := w.DeleteAttributeMapping(t.Context(), w.Admin(), "nobody"); models.KindOf(err) != models.NotFound {
		t.Errorf("deleting none: %v", err)
	}
}

func TestAttributeMappingsKeepTheirOrder(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		var ids []string
		for _, target := range []string{"title", "nickName", "locale"} {
			ids = append(ids, w.compute(t, target, "title").ID)
		}
		if got := w.targets(t); !slices.Equal(got, []string{"title", "nickName", "locale"}) {
			t.Errorf("order %v", got)
		}
		order := []string{ids[2], ids[0], ids[1]}
		for range 2 {
			if err := w.OrderAttributeMappings(t.Context(), w.Admin(), models.SCIM, order); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.targets(t); !slices.Equal(got, []string{"locale", "title", "nickName"}) {
			t.Errorf("order %v", got)
		}
		if e := w.audited(t); e.Action != "organization.attributeMapping.order" {
			t.Errorf("audit %+v", e)
		}
		if err := w.OrderAttributeMappings(t.Context(), w.Admin(), models.SCIM, order[:2]); models.KindOf(err) != models.Stale {
			t.Errorf("a part of the list: %v", err)
		}
		if _, err := w.DeleteAttributeMapping(t.Context(), w.Admin(), ids[0]); err != nil || len(w.targets(t)) != 2 {
			t.Errorf("deleted: %v, %v", w.targets(t), err)
		}
		if m := w.compute(t, "title", "title"); w.targets(t)[2] != "title" || m.Position != 4 {
			t.Errorf("a new one stands at %d of %v", m.Position, w.targets(t))
		}
	})
}

func TestADraftIsTriedOnARealUser(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.compute(t, "title", "upper(title)")
		u := w.arrive(t, ada())
		sums := w.Sums(t)
		try := func(target, expression string) (string, string, string, string) {
			got, err := w.TryAttributeMapping(t.Context(), w.Admin(), u.ID, models.AttributeMapping{Target: target, Expression: expression})
			if err != nil {
				t.Fatal(err)
			}
			return got.Sent, got.Now, got.After, got.Failure
		}
		if sent, now, after, failure := try("title", `title + "!"`); sent != "countess" || now != "COUNTESS" || after != "countess!" || failure != "" {
			t.Errorf("%q %q %q %q", sent, now, after, failure)
		}
		if _, _, after, failure := try("title", "title - 1"); after != "countess" || !strings.Contains(failure, "needs numbers") {
			t.Errorf("%q %q", after, failure)
		}
		_, err := w.TryAttributeMapping(t.Context(), w.Admin(), u.ID, models.AttributeMapping{Target: "title", Expression: "titel"})
		refused(t, err, "attributeMappingExpression")
		_, err = w.TryAttributeMapping(t.Context(), w.Admin(), "nobody", models.AttributeMapping{Target: "title", Expression: "title"})
		refused(t, err, "userNotFound")
		for table, sum := range w.Sums(t) {
			if sums[table] != sum {
				t.Errorf("trying changed %s", table)
			}
		}
	})
}

func TestAttributeMappingsOfOneOrganizationAreItsOwn(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		other := w.Another(t)
		w.compute(t, "title", "upper(title)")
		by := w.Client()
		by.OrganizationID = other.Key
		u, err := w.CreateUser(t.Context(), by, put(ada(), true))
		if err != nil || u.Title != "countess" {
			t.Errorf("%q %v", u.Title, err)
		}
	})
}
