package directory_test

import (
	"maps"
	"testing"

	"muster/models"
	"muster/models/directory/directorytest"
)

type world struct{ *directorytest.World }

func each(t *testing.T, fn func(t *testing.T, w world)) {
	t.Helper()
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) { fn(t, world{w}) })
}

type attrs = models.Attributes

// put is an edit that sets attributes; a nil value clears one.
func put(set attrs, enabled ...bool) func(*models.User) error {
	return func(u *models.User) error {
		u.Attributes = maps.Clone(u.Attributes)
		for k, v := range set {
			if u.Attributes[k] = v; v == nil {
				delete(u.Attributes, k)
			}
		}
		if len(enabled) > 0 {
			u.Enabled = &enabled[0]
		}
		return nil
	}
}

// add creates a user as the directory, active.
func (w world) add(t *testing.T, name, anchor string) models.User {
	t.Helper()
	u, err := w.try(t, w.Client(), name, anchor)
	if err != nil {
		t.Fatalf("create %s: %v", name, err)
	}
	return u
}

func (w world) try(t *testing.T, by models.Actor, name, anchor string) (models.User, error) {
	t.Helper()
	set := attrs{"userName": name}
	if anchor != "" {
		set["externalId"] = anchor
	}
	return w.CreateUser(t.Context(), by, put(set, true))
}

// byHand creates a user as an admin.
func (w world) byHand(t *testing.T, name string) models.User {
	t.Helper()
	u, err := w.try(t, w.Admin(), name, "")
	if err != nil {
		t.Fatalf("add %s by hand: %v", name, err)
	}
	return u
}

func (w world) update(t *testing.T, by models.Actor, id string, set attrs, enabled ...bool) models.User {
	t.Helper()
	u, err := w.UpdateUser(t.Context(), by, id, put(set, enabled...))
	if err != nil {
		t.Fatalf("update %s: %v", id, err)
	}
	return u
}

func (w world) remove(t *testing.T, id string) {
	t.Helper()
	if err := w.DeleteUser(t.Context(), w.Client(), id, anyUser); err != nil {
		t.Fatalf("delete %s: %v", id, err)
	}
}

func anyUser(models.User) error   { return nil }
func anyGroup(models.Group) error { return nil }

// state is what the status rules are about.
func state(u models.User) string {
	s := string(u.Status) + "/" + string(u.PreservedBy) + "/" + string(u.Mode)
	if u.Hidden {
		s += "/hidden"
	}
	return s
}

func (w world) expect(t *testing.T, id, want string) {
	t.Helper()
	if got := state(w.User(t, id)); got != want {
		t.Errorf("user is %s, want %s", got, want)
	}
}

// logged checks the newest entry's action, status and code.
func (w world) logged(t *testing.T, want string) models.LogEntry {
	t.Helper()
	e := w.Last(t)
	if got := string(e.Action) + "/" + string(e.Status) + "/" + e.Code; got != want {
		t.Errorf("newest log entry is %s (%s), want %s", got, e.Summary, want)
	}
	return e
}

// refused checks that an error is a refusal with a code and advice.
func refused(t *testing.T, err error, code string) *models.Error {
	t.Helper()
	e, ok := models.AsError(err)
	if !ok || e.Code != code {
		t.Fatalf("got %v, want a refusal with code %s", err, code)
	}
	if e.Advice == "" {
		t.Errorf("the refusal %q does not say what to do", e.Msg)
	}
	return e
}

func directoryWorld(t *testing.T) *directorytest.World {
	t.Helper()
	return directorytest.SQLite(t)
}
