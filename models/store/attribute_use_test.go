package store_test

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

func custom(of models.TargetType, name, kind string, multi bool) models.CustomAttribute {
	return models.CustomAttribute{Of: of, Schema: models.CustomSchema(of), Name: name, Type: kind, Multi: multi}
}

// seedCustom makes six users, of whom one is hidden and one has nothing, and two
// groups, of whom one has nothing.
func seedCustom(t *testing.T, s *store.Store) int64 {
	t.Helper()
	org := organization(t, s)
	for i, values := range []map[string]any{
		{"code": "A-1", "floor": json.Number("3"), "remote": true, "hired": "2020-02-03T04:05:06Z", "tags": []any{"x", "y"}, "flags": []any{true}},
		{"code": "A-1", "floor": json.Number("4.5"), "remote": false, "tags": []any{"x"}},
		{"code": "", "remote": true},
		{"code": "hidden"},
		{"tags": []any{}},
		nil,
	} {
		u := person(org, "P", strconv.Itoa(i), "p"+strconv.Itoa(i)+"@example.com")
		u.Hidden = i == 3
		if values != nil {
			u.Attributes[models.CustomSchema(models.UserTarget)] = values
		}
		ok(t, u.Extract())
		create(t, s, u)
	}
	g, none := team(org, "Sales"), team(org, "None")
	g.Attributes[models.CustomSchema(models.GroupTarget)] = map[string]any{"owner": "Ada"}
	for _, g := range []*models.Group{g, none} {
		ok(t, g.Extract())
		ok(t, s.Provision(context.Background(), func(tx *store.Tx) ([]models.LogEntry, error) {
			return []models.LogEntry{{OrganizationID: org, Action: models.ActionCreate, Status: models.Success, TargetType: models.GroupTarget, TargetID: g.ID}}, tx.InsertGroup(g)
		}))
	}
	return org
}

func TestAttributeUsesCountRecordsWithAValue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := seedCustom(t, s)
		list := []models.CustomAttribute{
			custom(models.UserTarget, "code", "string", false), custom(models.UserTarget, "floor", "decimal", false),
			custom(models.UserTarget, "remote", "boolean", false), custom(models.UserTarget, "hired", "dateTime", false),
			custom(models.UserTarget, "tags", "string", true), custom(models.UserTarget, "flags", "boolean", true),
			custom(models.UserTarget, "nothing", "string", false), custom(models.UserTarget, "no", "boolean", false),
			custom(models.GroupTarget, "owner", "string", false), custom(models.GroupTarget, "code", "string", false),
		}
		got, err := s.AttributeUses(t.Context(), org, list, 100)
		ok(t, err)
		alike(t, []int64{3, 2, 3, 1, 2, 1, 0, 0, 1, 0}, got)
		got, err = s.AttributeUses(t.Context(), org, list[:1], 2)
		ok(t, err)
		alike(t, []int64{2}, got)
		other, err := s.EnsureOrganization(t.Context(), "other", "Other")
		ok(t, err)
		got, err = s.AttributeUses(t.Context(), other.Key, list, 100)
		ok(t, err)
		alike(t, make([]int64, len(list)), got)
	})
}

func TestAttributeMisfitFindsValuesOfAnotherType(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := seedCustom(t, s)
		for _, c := range []struct {
			name, kind string
			multi      bool
			want       bool
		}{
			{"code", "string", false, false},
			{"code", "reference", false, false},
			{"code", "string", true, true},
			{"code", "integer", false, true},
			{"code", "boolean", false, true},
			{"code", "dateTime", false, true},
			{"floor", "decimal", false, false},
			{"floor", "integer", false, true}, // 4.5
			{"remote", "boolean", false, false},
			{"remote", "string", false, true},
			{"hired", "dateTime", false, false},
			{"hired", "string", false, false},
			{"tags", "string", true, false},
			{"tags", "string", false, true},
			{"tags", "integer", true, true},
			{"flags", "boolean", true, false},
			{"flags", "boolean", false, true},
			{"nothing", "integer", false, false},
		} {
			got, err := s.AttributeMisfit(t.Context(), org, custom(models.UserTarget, c.name, c.kind, c.multi))
			ok(t, err)
			if got != c.want {
				t.Errorf("%s as %s, several %v: %v", c.name, c.kind, c.multi, got)
			}
		}
		got, err := s.AttributeMisfit(t.Context(), org, custom(models.GroupTarget, "owner", "integer", false))
		ok(t, err)
		if !got {
			t.Error("a group's text fits an integer")
		}
	})
}
