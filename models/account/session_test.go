package account_test

import (
	"crypto/rand"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/models"
	"muster/models/account"
	"muster/models/secret"
)

func TestSignInIsNeutral(t *testing.T) {
	w := setUp(t)
	w.admin(t, "root@example.com", models.Owner)
	gone := w.admin(t, "gone@example.com", models.Admin)
	if _, err := w.DisableAdmin(t.Context(), w.cli, gone.ID); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for email, password := range map[string]string{
		"root@example.com":   "wrong password, surely",
		"nobody@example.com": goodPassword,
		"gone@example.com":   goodPassword,
	} {
		_, err := w.SignIn(t.Context(), email, password, account.Visitor{})
		wantKind(t, err, models.Unauthorized)
		texts = append(texts, err.Error())
	}
	if texts[0] != texts[1] || texts[1] != texts[2] {
		t.Errorf("the refusals differ: %q", texts)
	}
	if _, err := w.SignIn(t.Context(), "ROOT@example.com", goodPassword, account.Visitor{}); err != nil {
		t.Error(err)
	}
}

func TestThrottlePerAccount(t *testing.T) {
	for _, email := range []string{"root@example.com", "nobody@example.com"} {
		w := setUp(t)
		w.admin(t, "root@example.com", models.Owner)
		for range 5 {
			_, err := w.SignIn(t.Context(), email, "wrong", account.Visitor{})
			wantKind(t, err, models.Unauthorized)
		}
		_, err := w.SignIn(t.Context(), email, goodPassword, account.Visitor{})
		if code(err) != "throttled" || !strings.Contains(err.Error(), "15 seconds") {
			t.Errorf("%s: sixth try: %v", email, err)
		}
		w.clock.Add(15 * time.Second)
		_, _ = w.SignIn(t.Context(), email, "wrong", account.Visitor{})
		w.clock.Add(15 * time.Second)
		if _, err := w.SignIn(t.Context(), email, goodPassword, account.Visitor{}); code(err) != "throttled" {
			t.Errorf("%s: the pause did not grow: %v", email, err)
		}
		w.clock.Add(15 * time.Second)
		_, err = w.SignIn(t.Context(), email, goodPassword, account.Visitor{})
		if email == "root@example.com" && err != nil {
			t.Errorf("after the pause: %v", err)
		}
	}
}

func TestThrottlePerAddressAndNotAroundIt(t *testing.T) {
	w := setUp(t)
	w.admin(t, "root@example.com", models.Owner)
	// Sixty different accounts from one IPv6 network, all at once.
	var wg sync.WaitGroup
	var mu sync.Mutex
	checked := 0
	for i := range 60 {
		wg.Go(func() {
			v := account.Visitor{Address: "2001:db8::" + string(rune('a'+i%6))}
			_, err := w.SignIn(t.Context(), string(rune('a'+i%26))+strings.Repeat("x", i)+"@example.com", "wrong", v)
			if code(err) == "signIn" {
				mu.Lock()
				checked++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if checked != 20 {
		t.Errorf("%d passwords were checked before the address was slowed, want 20", checked)
	}
	if _, err := w.SignIn(t.Context(), "root@example.com", goodPassword, account.Visitor{Address: "198.51.100.1"}); err != nil {
		t.Errorf("another address suffers: %v", err)
	}
}

func TestHashIsUpgradedAtSignIn(t *testing.T) {
	w := setUp(t)
	w.admin(t, "root@example.com", models.Owner)
	better := account.New(account.Options{
		Store: w.store, Now: w.clock.Now, Log: w.Log, Rand: rand.Reader,
		Passwords: secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader, Memory: 128, Time: 1, Threads: 1}),
	})
	if _, err := better.SignIn(t.Context(), "root@example.com", goodPassword, account.Visitor{}); err != nil {
		t.Fatal(err)
	}
	x, err := w.store.AdminByEmail(t.Context(), "root@example.com")
	if err != nil || !strings.Contains(x.PasswordHash, "m=128,") {
		t.Errorf("stored hash is %s, %v", x.PasswordHash, err)
	}
	if _, err := better.SignIn(t.Context(), "root@example.com", goodPassword, account.Visitor{}); err != nil {
		t.Error(err)
	}
}

func (w *world) signIn(t *testing.T, email string) account.SignedIn {
	t.Helper()
	in, err := w.SignIn(t.Context(), email, goodPassword, account.Visitor{Address: "203.0.113.7", Client: "Browser/1"})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func (w *world) alive(t *testing.T, cookie string) bool {
	t.Helper()
	_, err := w.Resume(t.Context(), cookie, account.Visitor{Address: "203.0.113.7"})
	if err != nil && models.KindOf(err) != models.Unauthorized {
		t.Fatal(err)
	}
	return err == nil
}

func TestSessionEnds(t *testing.T) {
	w := setUp(t)
	root, bob := w.admin(t, "root@example.com", models.Owner), w.admin(t, "bob@example.com", models.Admin)
	ends := map[string]func(in account.SignedIn){
		"sign-out":         func(in account.SignedIn) { _ = w.SignOut(t.Context(), in) },
		"disable":          func(account.SignedIn) { _, _ = w.DisableAdmin(t.Context(), root, bob.ID) },
		"role":             func(account.SignedIn) { _, _ = w.EditAdmin(t.Context(), root, bob.ID, "Bob", models.Auditor) },
		"reset by command": func(account.SignedIn) { _, _ = w.SetPassword(t.Context(), w.cli, bob.ID, goodPassword) },
		"idle":             func(account.SignedIn) { w.clock.Add(account.IdleLife) },
		"end others": func(in account.SignedIn) {
			by := in.Actor(w.home, account.Visitor{})
			by.Session = "another"
			_ = w.EndOtherSessions(t.Context(), by)
		},
	}
	for name, end := range ends {
		if _, err := w.EnableAdmin(t.Context(), root, bob.ID); err != nil {
			t.Fatal(err)
		}
		in := w.signIn(t, "bob@example.com")
		if !w.alive(t, in.Cookie) {
			t.Fatalf("%s: the session never lived", name)
		}
		end(in)
		if w.alive(t, in.Cookie) {
			t.Errorf("%s: a replayed cookie still works", name)
		}
	}
}

func TestSessionHasAnAbsoluteEnd(t *testing.T) {
	w := setUp(t)
	w.admin(t, "root@example.com", models.Owner)
	in := w.signIn(t, "root@example.com")
	for spent := time.Duration(0); spent < account.AbsoluteLife-20*time.Minute; spent += 20 * time.Minute {
		w.clock.Add(20 * time.Minute)
		if !w.alive(t, in.Cookie) {
			t.Fatalf("ended after %s although it was used", spent)
		}
	}
	w.clock.Add(20 * time.Minute)
	if w.alive(t, in.Cookie) {
		t.Error("lives on after twelve hours")
	}
	w.clock.Add(time.Second)
	if err := w.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	x, _ := w.store.AdminByEmail(t.Context(), "root@example.com")
	if list, _ := w.store.SessionsOf(t.Context(), x.Key); len(list) != 0 {
		t.Error("the ended session was not purged")
	}
}

func TestStepUpAndPasswordRenewTheID(t *testing.T) {
	w := setUp(t)
	root := w.admin(t, "root@example.com", models.Owner)
	in, other := w.signIn(t, "root@example.com"), w.signIn(t, "root@example.com")
	w.clock.Add(account.ConfirmLife)
	if w.Confirmed(in) {
		t.Error("a password given long ago still counts")
	}
	old := in.Cookie
	if err := w.Confirm(t.Context(), &in, "wrong", account.Visitor{}); models.KindOf(err) != models.Invalid {
		t.Errorf("a wrong password at step-up: %v", err)
	}
	if err := w.Confirm(t.Context(), &in, goodPassword, account.Visitor{}); err != nil || !w.Confirmed(in) {
		t.Fatalf("step-up: %v", err)
	}
	if w.alive(t, old) || !w.alive(t, in.Cookie) {
		t.Error("step-up did not move the session to a new id")
	}
	old = in.Cookie
	const next = "harbour lantern quietly folded"
	if err := w.ChangePassword(t.Context(), &in, root, goodPassword, next); err != nil {
		t.Fatal(err)
	}
	if w.alive(t, old) || w.alive(t, other.Cookie) || !w.alive(t, in.Cookie) {
		t.Error("a new password must end all other sessions and renew this one")
	}
	if _, err := w.SignIn(t.Context(), "root@example.com", next, account.Visitor{}); err != nil {
		t.Error(err)
	}
}

func TestDatabaseHoldsNoSecret(t *testing.T) {
	w := setUp(t)
	root := w.admin(t, "root@example.com", models.Owner)
	in := w.signIn(t, "root@example.com")
	_, token, err := w.CreateToken(t.Context(), root, spec(w, "Okta"))
	if err != nil {
		t.Fatal(err)
	}
	in.Values["token"] = token
	if err := w.Keep(t.Context(), &in); err != nil {
		t.Fatal(err)
	}
	back, err := w.Resume(t.Context(), in.Cookie, account.Visitor{})
	if err != nil || back.Values["token"] != token {
		t.Fatalf("the value did not come back: %q, %v", back.Values["token"], err)
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(w.store.Where())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"token": token, "cookie": in.Cookie, "password": goodPassword} {
		if strings.Contains(string(raw), text) {
			t.Errorf("the database file holds the %s", name)
		}
	}
}

// A full disk, or one that is gone, lets those who are signed in go on reading.
func TestASessionIsReadWhileNothingCanBeWritten(t *testing.T) {
	w := setUp(t)
	w.admin(t, "root@example.com", models.Owner)
	in, err := w.SignIn(t.Context(), "root@example.com", goodPassword, account.Visitor{Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(w.store.Where(), w.store.Where()+".away"); err != nil {
		t.Fatal(err)
	}
	w.clock.Add(2 * time.Minute)
	if _, err := w.Resume(t.Context(), in.Cookie, account.Visitor{Address: "192.0.2.2"}); err != nil {
		t.Errorf("while nothing can be written: %v", err)
	}
	if err := os.Rename(w.store.Where()+".away", w.store.Where()); err != nil {
		t.Fatal(err)
	}
	back, err := w.Resume(t.Context(), in.Cookie, account.Visitor{Address: "192.0.2.2"})
	if err != nil || back.Session.Address != "192.0.2.2" {
		t.Errorf("afterwards: %+v, %v", back.Session, err)
	}
}

// A clock that went wrong for a moment and was set right must not keep anybody out, or
// signed in, for as long as it was wrong.
func TestAClockThatIsSetBackKeepsNobodyOutOrIn(t *testing.T) {
	w := setUp(t)
	w.admin(t, "root@example.com", models.Owner)
	w.clock.Add(30 * 24 * time.Hour)
	in, err := w.SignIn(t.Context(), "root@example.com", goodPassword, account.Visitor{})
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		_, _ = w.SignIn(t.Context(), "root@example.com", "wrong", account.Visitor{})
	}
	w.clock.Add(-30 * 24 * time.Hour)
	if _, err := w.SignIn(t.Context(), "root@example.com", goodPassword, account.Visitor{}); err != nil {
		t.Errorf("after the clock was set back: %v", err)
	}
	if _, err := w.Resume(t.Context(), in.Cookie, account.Visitor{}); models.KindOf(err) != models.Unauthorized || w.Confirmed(in) {
		t.Errorf("a session of that time lives on: %v, confirmed %v", err, w.Confirmed(in))
	}
}
