package secret_test

import (
	"bytes"
	"crypto/rand"
	"hash/crc32"
	"regexp"
	"strings"
	"testing"

	"muster/models/secret"
)

func TestNewToken(t *testing.T) {
	shape := regexp.MustCompile(`^mst_[0-9A-Za-z]{36}$`)
	seen := map[string]bool{}
	for range 1000 {
		token := secret.NewToken(rand.Reader)
		if !shape.MatchString(token) || seen[token] {
			t.Fatalf("token %q is misshapen or came twice", token)
		}
		seen[token] = true
		if err := secret.CheckToken(token); err != nil {
			t.Fatalf("%q: %v", token, err)
		}
	}
}

func TestTokenChecksumIsCRC32(t *testing.T) {
	token := secret.NewToken(bytes.NewReader(bytes.Repeat([]byte{1, 2, 3, 200}, 20)))
	var sum uint32
	for _, c := range token[34:] {
		sum = sum*62 + uint32(strings.IndexRune("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", c))
	}
	if want := crc32.ChecksumIEEE([]byte(token[:34])); sum != want {
		t.Errorf("checksum %d, want %d", sum, want)
	}
}

func TestCheckToken(t *testing.T) {
	good := secret.NewToken(rand.Reader)
	swapped := good[:10] + other(good[10]) + good[11:]
	for name, bad := range map[string]string{
		"empty":          "",
		"prefix alone":   "mst_",
		"other prefix":   "ghp_" + good[4:],
		"upper prefix":   "MST_" + good[4:],
		"one missing":    good[:39],
		"one more":       good + "a",
		"space behind":   good[:39] + " ",
		"typo":           swapped,
		"typo in sum":    good[:39] + other(good[39]),
		"sign":           good[:20] + "-" + good[21:],
		"letter é":       good[:20] + "é" + good[22:],
		"bearer in it":   "Bearer " + good,
		"only the shape": "mst_" + strings.Repeat("a", 36),
	} {
		t.Run(name, func(t *testing.T) {
			err := secret.CheckToken(bad)
			if err == nil {
				t.Fatalf("%q was taken", bad)
			}
			if len(bad) > 10 && strings.Contains(err.Error(), bad[4:]) {
				t.Errorf("the error repeats the token: %v", err)
			}
		})
	}
}

func other(c byte) string {
	if c == 'a' {
		return "b"
	}
	return "a"
}

func TestNewCodeIsUnbiased(t *testing.T) {
	const n = 62 * 2000
	count := map[rune]int{}
	for _, r := range secret.NewCode(rand.Reader, n) {
		count[r]++
	}
	if len(count) != 62 {
		t.Fatalf("%d different characters, want 62", len(count))
	}
	for r, c := range count {
		// 2000 expected, standard deviation 45; a modulo would give 2420.
		if c < 1700 || c > 2300 {
			t.Errorf("%q came %d times of %d", r, c, n)
		}
	}
}

func TestNewTokenRefusesABrokenSource(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a token was made without randomness")
		}
	}()
	secret.NewToken(bytes.NewReader(nil))
}

func TestEqualHashPrefix(t *testing.T) {
	if secret.Equal("", "") {
		t.Error("two secrets that were never set are equal")
	}
	if !secret.Equal("a", "a") || secret.Equal("a", "b") || secret.Equal("a", "aa") {
		t.Error("Equal is wrong")
	}
	// FIPS 180-2 example B.1.
	if got := secret.HashToken("abc"); got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("HashToken = %s", got)
	}
	token := secret.NewToken(rand.Reader)
	if got := secret.Prefix(token); got != token[:10] {
		t.Errorf("Prefix = %q, want %q", got, token[:10])
	}
	for _, s := range []string{"", "mst_", "hunter2hunter2", token[:39]} {
		if got := secret.Prefix(s); got != "" {
			t.Errorf("Prefix(%q) = %q, want nothing", s, got)
		}
	}
	if got := len(secret.NewSessionID(rand.Reader)); got != 43 {
		t.Errorf("a session id has %d characters", got)
	}
}
