package account_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/account"
	"muster/models/secret"
)

func spec(w *world, description string, allow ...string) account.TokenSpec {
	return account.TokenSpec{
		Description: description, Expires: w.clock.Now().AddDate(1, 0, 0),
		Scope: models.ProvisionScope, AllowList: allow,
	}
}

func (w *world) token(t *testing.T, description string, allow ...string) (models.Token, string) {
	t.Helper()
	made, text, err := w.CreateToken(t.Context(), w.cli, spec(w, description, allow...))
	if err != nil {
		t.Fatal(err)
	}
	return made, text
}

func (w *world) auth(text string) string {
	_, _, err := w.Authenticate(context.Background(), text, "203.0.113.7")
	if err == nil {
		return "ok"
	}
	return code(err)
}

func mistyped(token string) string {
	last := "0"
	if strings.HasSuffix(token, last) {
		last = "1"
	}
	return token[:len(token)-1] + last
}

// The eight cases of S2, each with a word of its own, none with the token in it.
func TestAuthenticateRefusals(t *testing.T) {
	w := setUp(t)
	good, goodText := w.token(t, "good")
	if actor, _, err := w.Authenticate(t.Context(), goodText, "203.0.113.7"); err != nil ||
		actor.ID != good.ID || actor.Scope != models.ProvisionScope || actor.OrganizationID != w.home {
		t.Fatalf("a good token: %+v, %v", actor, err)
	}
	revoked, revokedText := w.token(t, "revoked")
	if _, err := w.RevokeToken(t.Context(), w.cli, revoked.ID); err != nil {
		t.Fatal(err)
	}
	disabled, disabledText := w.token(t, "disabled")
	if _, err := w.DisableToken(t.Context(), w.cli, disabled.ID); err != nil {
		t.Fatal(err)
	}
	_, elsewhere := w.token(t, "elsewhere", "198.51.100.0/24")
	short := spec(w, "short")
	short.Expires = w.clock.Now().Add(time.Hour)
	_, expired, err := w.CreateToken(t.Context(), w.cli, short)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Add(time.Hour)
	cases := []struct {
		text, code string
		kind       models.Kind
	}{
		{"", "tokenMissing", models.Unauthorized},
		{"mst_short", "tokenMalformed", models.Unauthorized},
		{mistyped(goodText), "tokenMalformed", models.Unauthorized},
		{secret.NewToken(rand.Reader), "tokenUnknown", models.Unauthorized},
		{revokedText, "tokenRevoked", models.Unauthorized},
		{expired, "tokenExpired", models.Unauthorized},
		{disabledText, "tokenDisabled", models.Unauthorized},
		{elsewhere, "tokenAddress", models.Forbidden},
	}
	for _, c := range cases {
		_, _, err := w.Authenticate(t.Context(), c.text, "203.0.113.7")
		if code(err) != c.code || models.KindOf(err) != c.kind {
			t.Errorf("%s: got %v", c.code, err)
		}
		if err != nil && c.text != "" && strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: the refusal repeats the token", c.code)
		}
	}
	reader := models.Actor{Kind: models.TokenActor, Name: "r", Scope: models.ReadScope}
	if err := account.NeedScope(reader, models.ProvisionScope); code(err) != "tokenScope" || models.KindOf(err) != models.Forbidden {
		t.Errorf("a read token that writes: %v", err)
	}
	if err := account.NeedScope(reader, models.ReadScope); err != nil {
		t.Error(err)
	}
}

func TestAtMostFiveLiveTokens(t *testing.T) {
	w := setUp(t)
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() { _, _, _ = w.CreateToken(context.Background(), w.cli, spec(w, "one of many")) })
	}
	wg.Wait()
	list, err := w.store.Tokens(t.Context(), w.home)
	if err != nil || len(list) != models.MaxLiveTokens {
		t.Fatalf("%d tokens, %v", len(list), err)
	}
	_, _, err = w.CreateToken(t.Context(), w.cli, spec(w, "sixth"))
	if code(err) != "tooManyTokens" {
		t.Errorf("the sixth: %v", err)
	}
	if _, _, err := w.RotateToken(t.Context(), w.cli, list[0].ID, time.Hour, w.clock.Now().AddDate(1, 0, 0)); code(err) != "tooManyTokens" {
		t.Errorf("a rotation with overlap makes a sixth: %v", err)
	}
	if _, _, err := w.RotateToken(t.Context(), w.cli, list[0].ID, 0, w.clock.Now().AddDate(1, 0, 0)); err != nil {
		t.Errorf("a rotation without overlap: %v", err)
	}
}

func TestTokenSpecIsChecked(t *testing.T) {
	w := setUp(t)
	for attr, spoil := range map[string]func(*account.TokenSpec){
		"description": func(s *account.TokenSpec) { s.Description = strings.Repeat("x", 101) },
		"scope":       func(s *account.TokenSpec) { s.Scope = "everything" },
		"allowList":   func(s *account.TokenSpec) { s.AllowList = []string{"10.0.0.0/8", "office"} },
		"expires":     func(s *account.TokenSpec) { s.Expires = w.clock.Now().AddDate(6, 0, 0) },
	} {
		in := spec(w, "Okta")
		spoil(&in)
		_, _, err := w.CreateToken(t.Context(), w.cli, in)
		if e, ok := models.AsError(err); !ok || e.Attr != attr || e.Advice == "" {
			t.Errorf("%s: got %v", attr, err)
		}
	}
	list, err := account.AllowList([]string{" 203.0.113.7 ", "10.1.2.3/8", "", "203.0.113.7/32", "::ffff:192.0.2.1", "2001:db8::1/64"})
	if diff := cmp.Diff([]string{"203.0.113.7/32", "10.0.0.0/8", "192.0.2.1/32", "2001:db8::/64"}, list); diff != "" || err != nil {
		t.Errorf("allow list: %v\n%s", err, diff)
	}
}

func TestParseExpiry(t *testing.T) {
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{"30d": "2026-12-22T14:00:00Z", "365": "2027-11-22T14:00:00Z", "2027-06-30": "2027-06-30T23:59:59Z"} {
		got, err := account.ParseExpiry(text, now, time.UTC)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%s: %s, %v", text, got.Format(time.RFC3339), err)
		}
	}
	for _, text := range []string{"", "0", "-1d", "soon", "2026-11-21", "99999"} {
		if _, err := account.ParseExpiry(text, now, time.UTC); code(err) != "expiry" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestRotationEndsAtTheMinute(t *testing.T) {
	w := setUp(t)
	old, oldText := w.token(t, "Okta")
	next, nextText, err := w.RotateToken(t.Context(), w.cli, old.ID, time.Hour, w.clock.Now().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if w.auth(oldText) != "ok" || w.auth(nextText) != "ok" || next.Description != "Okta" {
		t.Fatal("both must work during the overlap")
	}
	if _, _, err := w.RotateToken(t.Context(), w.cli, old.ID, time.Hour, w.clock.Now().AddDate(1, 0, 0)); code(err) != "rotating" {
		t.Errorf("rotating twice: %v", err)
	}
	w.clock.Add(time.Hour - time.Second)
	if got := w.auth(oldText); got != "ok" {
		t.Errorf("a second before: %s", got)
	}
	w.clock.Add(time.Second)
	if got := w.auth(oldText); got != "tokenRetired" {
		t.Errorf("at the end of the overlap: %s", got)
	}
	if err := w.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if e := w.lastAudit(t); e.Action != "token.retire" || e.ActorKind != models.SystemActor {
		t.Errorf("audit has %s by %s", e.Action, e.ActorKind)
	}
	if got := w.auth(oldText) + w.auth(nextText); got != "tokenRetiredok" {
		t.Errorf("after retirement: %s", got)
	}
}

func TestRotatedTokenRetiresWhenSilent(t *testing.T) {
	w := setUp(t)
	old, oldText := w.token(t, "Entra")
	next, _, err := w.RotateToken(t.Context(), w.cli, old.ID, 7*24*time.Hour, w.clock.Now().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	step := func(d time.Duration, used ...models.Token) string {
		w.clock.Add(d)
		for _, u := range used {
			w.Seen(u, "203.0.113.7", "Entra", false)
		}
		if err := w.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
		return w.auth(oldText)
	}
	if got := step(30 * time.Hour); got != "ok" {
		t.Errorf("silent, but its successor was never used: %s", got)
	}
	if got := step(time.Minute, next, old); got != "ok" {
		t.Errorf("both in use: %s", got)
	}
	if got := step(23*time.Hour, next); got != "ok" {
		t.Errorf("silent for less than a day: %s", got)
	}
	if got := step(2 * time.Hour); got != "tokenRetired" {
		t.Errorf("silent for a day while the new one is used: %s", got)
	}
}

func TestCancelRotation(t *testing.T) {
	w := setUp(t)
	old, oldText := w.token(t, "Okta")
	_, nextText, err := w.RotateToken(t.Context(), w.cli, old.ID, time.Hour, w.clock.Now().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.CancelRotation(t.Context(), w.cli, old.ID); err != nil {
		t.Fatal(err)
	}
	w.clock.Add(2 * time.Hour)
	if got := w.auth(oldText) + " " + w.auth(nextText); got != "ok tokenRevoked" {
		t.Errorf("after cancelling: %s", got)
	}
}

func TestUseIsCountedAndKept(t *testing.T) {
	w := setUp(t)
	made, _ := w.token(t, "Okta")
	w.Seen(made, "203.0.113.7", "Okta SCIM Client 1.0.0", false)
	w.Seen(made, "198.51.100.9", "curl", true)
	if got := w.Fresh(made)[0]; got.LastAddress != "203.0.113.7" {
		t.Errorf("before it is written: %+v", got)
	}
	if err := w.FlushUse(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Seen(made, "203.0.113.8", "Okta SCIM Client 1.0.0", false)
	if err := w.FlushUse(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := w.store.Token(t.Context(), w.home, made.ID)
	if err != nil || got.LastAddress != "203.0.113.8" || got.LastUsed != models.TimeOf(w.clock.Now()) {
		t.Errorf("stored %+v, %v", got, err)
	}
	uses, err := w.store.TokenUses(t.Context(), w.home, 0)
	if err != nil || len(uses[made.Key]) != 1 || uses[made.Key][0].Requests != 3 || uses[made.Key][0].Failures != 1 {
		t.Errorf("counted %+v, %v", uses, err)
	}
}

func TestRunWritesTheFirstUseAtOnceAndTheRestAtTheEnd(t *testing.T) {
	w := setUp(t)
	made, _ := w.token(t, "Okta")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	w.Seen(made, "203.0.113.7", "Okta", false)
	deadline := time.Now().Add(5 * time.Second)
	for got := made; got.LastUsed == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the first use was not written at once")
		}
		time.Sleep(5 * time.Millisecond)
		got, _ = w.store.Token(t.Context(), w.home, made.ID)
	}
	made.LastUsed = 1
	w.Seen(made, "203.0.113.9", "Okta", false)
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got, _ := w.store.Token(t.Context(), w.home, made.ID); got.LastAddress != "203.0.113.9" {
		t.Errorf("the end lost a use: %+v", got)
	}
}

func TestReminders(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	in := func(days int) models.Token {
		return models.Token{Expires: models.TimeOf(now.AddDate(0, 0, days)), LastUsed: 1}
	}
	unused := in(-2)
	unused.LastUsed = 0
	replaced := in(3)
	replaced.SuccessorID = "x"
	madeForAMonth := func(ago int) models.Token {
		t := in(30 - ago)
		t.Created = models.TimeOf(now.AddDate(0, 0, -ago))
		return t
	}
	got := account.Reminders([]models.Token{in(31), in(30), in(7), in(1), in(-2), unused, replaced, madeForAMonth(0), madeForAMonth(15)}, now)
	if early := account.Reminders([]models.Token{madeForAMonth(17)}, now); len(early) != 1 {
		t.Errorf("a token for a month is not reminded of with 13 days left: %+v", early)
	}
	levels := []int{}
	for _, r := range got {
		levels = append(levels, r.Level())
	}
	if diff := cmp.Diff([]int{0, 1, 7, 30}, levels); diff != "" {
		t.Error(diff)
	}
}
