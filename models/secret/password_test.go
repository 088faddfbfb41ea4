package secret_test

import (
	"context"
	"crypto/rand"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"muster/models/secret"
)

const goodPassword = "tulpe Anker 7 velvet Läuse"

func cheap() *secret.Passwords {
	return secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader, Memory: 64, Time: 1, Threads: 1})
}

func TestPasswordRoundTrip(t *testing.T) {
	p, ctx := cheap(), t.Context()
	long := strings.Repeat("語", 255) + "x"
	for _, pw := range []string{goodPassword, long, " leading and trailing "} {
		hash, err := p.Hash(ctx, pw)
		if err != nil {
			t.Fatal(err)
		}
		check(t, p, hash, pw, true, false)
		check(t, p, hash, pw+" ", false, false)
		check(t, p, hash, strings.ToUpper(pw)+"!", false, false)
		again, err := p.Hash(ctx, pw)
		if err != nil || again == hash {
			t.Errorf("two hashes of one password are equal, or %v", err)
		}
	}
	// No truncation: only the last of 256 characters differs.
	hash, err := p.Hash(ctx, long)
	if err != nil {
		t.Fatal(err)
	}
	check(t, p, hash, long[:len(long)-1]+"y", false, false)
	check(t, p, hash, strings.Repeat("x", 5000), false, false)
}

func check(t *testing.T, p *secret.Passwords, hash, pw string, wantOK, wantUpgrade bool) {
	t.Helper()
	ok, upgrade, err := p.Verify(t.Context(), hash, pw)
	if err != nil || ok != wantOK || upgrade != wantUpgrade {
		t.Errorf("Verify(%.60q, %.20q) = %v, %v, %v; want %v, %v", hash, pw, ok, upgrade, err, wantOK, wantUpgrade)
	}
}

func TestPasswordCosts(t *testing.T) {
	std := secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader})
	hash, err := std.Hash(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=65536,t=3,p=4$") {
		t.Errorf("hash %q does not carry the standard costs", hash)
	}
	check(t, std, hash, goodPassword, true, false)
	weak, err := cheap().Hash(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	check(t, std, weak, goodPassword, true, true)
	check(t, std, weak, "wrong", false, false)
}

// The reference implementation's answer for these inputs
// (echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32).
func TestVerifyReadsOtherProgramsHashes(t *testing.T) {
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	check(t, cheap(), hash, "password", true, true)
}

func TestVerifyRefusesDamagedHashes(t *testing.T) {
	p := cheap()
	good, err := p.Hash(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "x", "$2a$10$abcdefghijklmnopqrstuv", strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "v=19", "v=16", 1), strings.Replace(good, "m=64", "m=4294967295", 1),
		strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "p=1", "p=1;rm", 1), good[:len(good)-4], good + "$",
	} {
		if ok, _, err := p.Verify(t.Context(), bad, goodPassword); ok || err == nil {
			t.Errorf("Verify with hash %q = %v, %v", bad, ok, err)
		}
	}
}

// The time that argon2id takes follows from the memory it fills and how often; the
// memory can be counted on any machine, busy or not.
func TestUnknownAccountCostsAsMuch(t *testing.T) {
	p := secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader, Memory: 8 * 1024, Time: 2, Threads: 1})
	hash, err := p.Hash(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	cost := func(f func()) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	known := cost(func() { check(t, p, hash, "wrong", false, false) })
	unknown := cost(func() {
		if err := p.VerifyUnknown(t.Context(), "wrong"); err != nil {
			t.Error(err)
		}
	})
	if ratio := float64(unknown) / float64(known); ratio < 0.9 || ratio > 1.1 || known < 8<<20 {
		t.Errorf("known account fills %d bytes, unknown %d", known, unknown)
	}
}

// While the only place is taken a second hash waits, and gives up with its
// context; with a second place it would be made at once.
func TestHashingWaitsForAPlace(t *testing.T) {
	p := secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader, Memory: 64 * 1024, Time: 10, Threads: 1, Concurrent: 1})
	first := make(chan error, 1)
	go func() {
		_, err := p.Hash(context.Background(), goodPassword)
		first <- err
	}()
	time.Sleep(50 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := p.Hash(ctx, goodPassword); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second hash did not wait: %v", err)
	}
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestCheckPassword(t *testing.T) {
	for _, good := range []string{
		goodPassword, "kite lantern otter gravel", "9f2c7a01be44d8e3", "ÄrgerlicherWeiseLang", "四五个没有关系的词语组成的一句话而已吧",
		strings.Repeat("Wm7-", 3) + "Quartz", "orange-coffee-lantern",
	} {
		if err := secret.CheckPassword(good, "ada@example.com", "Ada Lovelace"); err != nil {
			t.Errorf("%q refused: %v", good, err)
		}
	}
	for bad, says := range map[string]string{
		"":                              "enter a password",
		"short":                         "5 characters; use at least 15",
		"fourteen chars":                "14 characters",
		strings.Repeat("xY3$", 65):      "at most 256",
		"aaaaaaaaaaaaaaaaaaaa":          "repeats",
		"abababababababab":              "repeats",
		"passwordpassword":              "well-known",
		"P@ssw0rdP@ssw0rd1":             "well-known",
		"123456789012345678":            "well-known",
		"abcdefghijklmnopqrst":          "well-known",
		"qwertyuiopasdfghjkl":           "well-known",
		"Password12345678!":             "well-known",
		"correcthorsebatterystaple":     "well-known",
		"Summer2026Summer2026":          "well-known",
		"iloveyouiloveyou!!":            "well-known",
		"Lovelace-Lovelace":             "your e-mail address",
		"ada.lovelace@example":          "your e-mail address",
		"muster-muster-muster":          "your e-mail address",
		"not text \xff\xfe at all here": "type it again",
	} {
		err := secret.CheckPassword(bad, "ada.lovelace@example.com", "Ada Lovelace")
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want a refusal that says %q", bad, err, says)
		}
		if err != nil && len(bad) > 6 && strings.Contains(err.Error(), bad) {
			t.Errorf("the refusal repeats the password: %v", err)
		}
	}
}
