package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"muster/models"
	"muster/models/store"
)

// organization makes the first organization and gives its key.
func organization(t testing.TB, s *store.Store) int64 {
	t.Helper()
	o, err := s.EnsureOrganization(context.Background(), store.FirstOrganization, "Contoso")
	ok(t, err)
	return o.Key
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks that an error is a refusal of a kind about an attribute.
func refused(t testing.TB, err error, kind models.Kind, attr string) {
	t.Helper()
	e, is := models.AsError(err)
	if !is || e.Kind != kind || e.Attr != attr {
		t.Fatalf("want a refusal of kind %d about %q, got %v", kind, attr, err)
	}
	if e.Msg == "" {
		t.Fatal("the refusal says nothing")
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// person is a user with the attributes a directory sends.
func person(org int64, given, family, userName string) *models.User {
	u := &models.User{
		ID: newID(), OrganizationID: org, Mode: models.SCIM, Status: models.Active, Version: 1, Created: 1, Updated: 1,
		Attributes: models.Attributes{
			"userName": userName, "displayName": given + " " + family,
			"name":   map[string]any{"givenName": given, "familyName": family},
			"emails": []any{map[string]any{"value": userName, "type": "work"}},
		},
	}
	if err := u.Extract(); err != nil {
		panic(err)
	}
	return u
}

func team(org int64, name string) *models.Group {
	g := &models.Group{
		ID: newID(), OrganizationID: org, Mode: models.SCIM, Version: 1, Created: 1, Updated: 1,
		Attributes: models.Attributes{"displayName": name},
	}
	if err := g.Extract(); err != nil {
		panic(err)
	}
	return g
}

func entry(u *models.User, a models.Action, st models.Outcome) models.LogEntry {
	return models.LogEntry{
		OrganizationID: u.OrganizationID, Action: a, Status: st, Source: models.SCIM,
		InitiatorKind: models.TokenActor, InitiatorID: "token-1", InitiatorName: "Entra", TargetType: models.UserTarget,
		TargetID: u.ID, TargetName: u.UserName, Summary: fmt.Sprintf("%s %s", a, u.UserName),
	}
}

// create writes users with their log entries, one transaction each.
func create(t testing.TB, s *store.Store, users ...*models.User) {
	t.Helper()
	for _, u := range users {
		ok(t, s.Provision(context.Background(), func(tx *store.Tx) ([]models.LogEntry, error) {
			return []models.LogEntry{entry(u, models.ActionCreate, models.Success)}, tx.InsertUser(u)
		}))
	}
}

// change saves a user after an edit.
func change(s *store.Store, org int64, id string, edit func(*models.User)) error {
	return s.Provision(context.Background(), func(tx *store.Tx) ([]models.LogEntry, error) {
		old, err := tx.LockUser(org, id)
		if err != nil {
			return nil, err
		}
		if err := old.Load(); err != nil {
			return nil, err
		}
		u := old
		if err := u.Load(); err != nil {
			return nil, err
		}
		edit(&u)
		if err := u.Extract(); err != nil {
			return nil, err
		}
		u.Version++
		return []models.LogEntry{entry(&u, models.ActionUpdate, models.Success)}, tx.SaveUser(&old, &u)
	})
}

func names(users []models.User) []string {
	var out []string
	for _, u := range users {
		out = append(out, u.UserName)
	}
	return out
}

// alike compares two records field by field.
func alike[T any](t testing.TB, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-) and have (+):\n%s", diff)
	}
}
