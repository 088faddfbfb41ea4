package account_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"muster/models"
	"muster/models/account"
	"muster/models/secret"
	"muster/models/store"
)

const goodPassword = "violet staple orbit canyon"

// clock is a time that tests move by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

type world struct {
	*account.Accounts
	store *store.Store
	clock *clock
	cli   models.Actor
	home  int64
}

func setUp(t *testing.T) *world {
	t.Helper()
	c := &clock{at: time.Date(2026, 11, 22, 14, 2, 11, 0, time.UTC)}
	s, err := store.Open(t.Context(), store.Options{File: filepath.Join(t.TempDir(), "muster.db"), Now: c.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	o, err := s.EnsureOrganization(t.Context(), store.FirstOrganization, "Example")
	if err != nil {
		t.Fatal(err)
	}
	a := account.New(account.Options{
		Store: s, Now: c.Now, Log: slog.New(slog.DiscardHandler), Rand: rand.Reader,
		Passwords: secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader, Memory: 64, Time: 1, Threads: 1}),
	})
	return &world{
		Accounts: a, store: s, clock: c, home: o.Key,
		cli: models.Actor{Kind: models.CLIActor, Name: "command line", OrganizationID: o.Key},
	}
}

// admin makes an account with the good password and gives the actor it is.
func (w *world) admin(t *testing.T, email string, role models.Role) models.Actor {
	t.Helper()
	x, err := w.AddAdminWithPassword(t.Context(), w.cli, account.AdminSpec{Email: email, Role: role}, goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	return models.Actor{Kind: models.AdminActor, ID: x.ID, Name: x.Email, Role: role, OrganizationID: w.home}
}

func (w *world) lastAudit(t *testing.T) models.AuditEntry {
	t.Helper()
	list, err := w.store.AuditEntries(t.Context(), models.AuditQuery{Page: models.Page{Limit: 1}})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("newest audit entry: %v, %d entries", err, len(list.Items))
	}
	return list.Items[0]
}

func code(err error) string {
	if e, ok := models.AsError(err); ok {
		return e.Code
	}
	return ""
}

func wantKind(t *testing.T, err error, kind models.Kind) {
	t.Helper()
	if err == nil || models.KindOf(err) != kind {
		t.Errorf("got error %v of kind %d, want kind %d", err, models.KindOf(err), kind)
	}
}

func setupRequest(code string) account.SetupRequest {
	return account.SetupRequest{
		Code: code, Email: "ada@example.com", Name: "Ada", Password: goodPassword,
		Organization: "Engines Ltd", Visitor: account.Visitor{Address: "203.0.113.7"},
	}
}

func TestSetupMakesTheFirstOwnerOnce(t *testing.T) {
	w := setUp(t)
	old, open, err := w.SetupCode(t.Context())
	if err != nil || !open {
		t.Fatalf("SetupCode: open %v, %v", open, err)
	}
	text, _, err := w.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Setup(t.Context(), setupRequest(old))
	wantKind(t, err, models.Forbidden)

	// Of many at once exactly one gets in.
	var wg sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		wg.Go(func() { _, results[i] = w.Setup(context.Background(), setupRequest(text)) })
	}
	wg.Wait()
	made := 0
	for _, err := range results {
		if err == nil {
			made++
		} else if code(err) != "setupDone" {
			t.Errorf("a late set-up was refused with %v", err)
		}
	}
	if made != 1 {
		t.Errorf("%d set-ups succeeded, want 1", made)
	}
	admins, err := w.store.Admins(t.Context())
	if err != nil || len(admins) != 1 || admins[0].Role != models.Owner {
		t.Fatalf("admins after set-up: %+v, %v", admins, err)
	}
	o, err := w.store.Organization(t.Context(), w.home)
	if err != nil || o.Name != "Engines Ltd" {
		t.Errorf("organization is named %q, %v", o.Name, err)
	}
	if _, open, _ := w.SetupCode(t.Context()); open {
		t.Error("there is a set-up code although there is an owner")
	}
	if e := w.lastAudit(t); e.Action != "instance.setup" || e.ActorName != "ada@example.com" {
		t.Errorf("audit has %s by %s", e.Action, e.ActorName)
	}
}

func TestSetupCodeEndsAfterADay(t *testing.T) {
	w := setUp(t)
	text, _, err := w.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Add(account.LinkLife)
	_, err = w.Setup(t.Context(), setupRequest(text))
	wantKind(t, err, models.Forbidden)
}

func TestSetupRefusesBadFields(t *testing.T) {
	w := setUp(t)
	text, _, err := w.SetupCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for attr, spoil := range map[string]func(*account.SetupRequest){
		"email":        func(r *account.SetupRequest) { r.Email = "ada" },
		"password":     func(r *account.SetupRequest) { r.Password = "short" },
		"organization": func(r *account.SetupRequest) { r.Organization = "  " },
	} {
		in := setupRequest(text)
		spoil(&in)
		_, err := w.Setup(t.Context(), in)
		if e, ok := models.AsError(err); !ok || e.Attr != attr {
			t.Errorf("%s: got %v", attr, err)
		}
	}
	if _, err := w.Setup(t.Context(), setupRequest(text)); err != nil {
		t.Errorf("the code was used up by refused attempts: %v", err)
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	w := setUp(t)
	ada := w.admin(t, "ada@example.com", models.Owner)
	_, err := w.EditAdmin(t.Context(), ada, ada.ID, "Ada", models.Auditor)
	if code(err) != "lastOwner" {
		t.Errorf("demoting the last owner: %v", err)
	}
	for name, end := range map[string]func() error{
		"disable": func() error { _, err := w.DisableAdmin(t.Context(), w.cli, ada.ID); return err },
		"reset":   func() error { _, err := w.ResetAdmin(t.Context(), w.cli, ada.ID); return err },
		"remove":  func() error { return w.RemoveAdmin(t.Context(), w.cli, ada.ID) },
	} {
		if err := end(); code(err) != "lastOwner" {
			t.Errorf("%s of the last owner: %v", name, err)
		}
	}
	// An invited owner without a password is no way back in.
	if _, err := w.AddAdmin(t.Context(), ada, account.AdminSpec{Email: "bob@example.com", Role: models.Owner}); err != nil {
		t.Fatal(err)
	}
	if err := w.RemoveAdmin(t.Context(), w.cli, ada.ID); code(err) != "lastOwner" {
		t.Errorf("removing the only owner with a password: %v", err)
	}
}

func TestTwoOwnersCannotEndEachOther(t *testing.T) {
	for range 10 {
		w := setUp(t)
		ada, bob := w.admin(t, "ada@example.com", models.Owner), w.admin(t, "bob@example.com", models.Owner)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = w.EditAdmin(context.Background(), ada, bob.ID, "Bob", models.Admin) })
		wg.Go(func() { _, _ = w.EditAdmin(context.Background(), bob, ada.ID, "Ada", models.Admin) })
		wg.Wait()
		admins, err := w.store.Admins(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		owners := 0
		for _, x := range admins {
			if x.Role == models.Owner {
				owners++
			}
		}
		if owners != 1 {
			t.Fatalf("%d owners are left, want 1", owners)
		}
	}
}

func TestOnlyOwnersManageAdmins(t *testing.T) {
	w := setUp(t)
	w.admin(t, "ada@example.com", models.Owner)
	eve := w.admin(t, "eve@example.com", models.Admin)
	_, err := w.AddAdmin(t.Context(), eve, account.AdminSpec{Email: "x@example.com", Role: models.Owner})
	wantKind(t, err, models.Forbidden)
	_, err = w.EditAdmin(t.Context(), eve, eve.ID, "Eve", models.Owner)
	wantKind(t, err, models.Forbidden)
	// An actor resolved before the role was taken away does not get through.
	eve.Role = models.Owner
	_, err = w.EditAdmin(t.Context(), eve, eve.ID, "Eve", models.Owner)
	wantKind(t, err, models.Forbidden)
}

func TestInvitationIsUsedOnce(t *testing.T) {
	w := setUp(t)
	ada := w.admin(t, "ada@example.com", models.Owner)
	inv, err := w.AddAdmin(t.Context(), ada, account.AdminSpec{Email: "bob@example.com", Role: models.Admin})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.SignIn(t.Context(), "bob@example.com", "", account.Visitor{}); code(err) != "signIn" {
		t.Errorf("an account without a password: %v", err)
	}
	var wg sync.WaitGroup
	results := make([]error, 6)
	for i := range results {
		wg.Go(func() {
			_, results[i] = w.Accept(context.Background(), inv.Code, "Bob", goodPassword, account.Visitor{})
		})
	}
	wg.Wait()
	used := 0
	for _, err := range results {
		if err == nil {
			used++
		}
	}
	if used != 1 {
		t.Errorf("the invitation was used %d times", used)
	}
	if _, err := w.SignIn(t.Context(), "bob@example.com", goodPassword, account.Visitor{}); err != nil {
		t.Error(err)
	}
	reset, err := w.ResetAdmin(t.Context(), ada, inv.Admin.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.SignIn(t.Context(), "bob@example.com", goodPassword, account.Visitor{}); code(err) != "signIn" {
		t.Errorf("the old password after a reset: %v", err)
	}
	w.clock.Add(account.LinkLife)
	_, err = w.Invited(t.Context(), reset.Code)
	wantKind(t, err, models.Forbidden)
}

func TestDuplicateEmailIsRefused(t *testing.T) {
	w := setUp(t)
	ada := w.admin(t, "ada@example.com", models.Owner)
	_, err := w.AddAdmin(t.Context(), ada, account.AdminSpec{Email: "ADA@example.com", Role: models.Admin})
	wantKind(t, err, models.Uniqueness)
}

func TestSettingsAreCheckedAndAudited(t *testing.T) {
	w := setUp(t)
	ada := w.admin(t, "ada@example.com", models.Owner)
	_, err := w.EditOrganization(t.Context(), ada, func(o *models.Organization) error {
		o.Settings.LogDays, o.Settings.TimeZone, o.Method = 90, "Europe/Berlin", models.SCIM
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	o, err := w.store.Organization(t.Context(), w.home)
	if err != nil || o.Settings.LogDays != 90 || o.Method != models.Manual {
		t.Errorf("stored %d days and method %s, %v", o.Settings.LogDays, o.Method, err)
	}
	e := w.lastAudit(t)
	if len(e.Changes) != 2 || e.Changes[0] != (models.Change{Path: "log days", Old: "30", New: "90"}) {
		t.Errorf("audited changes: %+v", e.Changes)
	}
	_, err = w.EditOrganization(t.Context(), ada, func(o *models.Organization) error { o.Settings.TimeZone = "Mars/Base"; return nil })
	if e, ok := models.AsError(err); !ok || e.Attr != "timeZone" {
		t.Errorf("an unknown time zone: %v", err)
	}
	ada.Role = models.Auditor
	_, err = w.EditOrganization(t.Context(), ada, func(*models.Organization) error { return errors.New("reached") })
	wantKind(t, err, models.Forbidden)
}
