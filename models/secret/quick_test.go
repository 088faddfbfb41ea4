package secret_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"muster/models/secret"
)

var (
	nameWords = []string{
		"passw", "passphrase", "pwd", "secret", "token", "authorization", "credential", "apikey", "api_key", "api-key",
		"privatekey", "private_key", "assertion",
	}
	textWords = append([]string{"mst", "bearer", "basic"}, nameWords...)
)

func containsAny(text string, words []string) bool {
	text = strings.ToLower(text)
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// The search for words sees what lower case and strings.Contains see.
func holdWords(t *testing.T, text string) {
	t.Helper()
	if got, want := secret.SecretName(text), containsAny(text, nameWords); got != want {
		t.Fatalf("%q as a name: %v, want %v", text, got, want)
	}
	if got, want := secret.NearSecrets(text), containsAny(text, textWords); got != want {
		t.Fatalf("%q as a text: %v, want %v", text, got, want)
	}
}

func TestWordsInAnyCase(t *testing.T) {
	for _, w := range textWords {
		for _, c := range []string{w, strings.ToUpper(w), strings.ToUpper(w[:1]) + w[1:], w[:1] + strings.ToUpper(w[1:]), "x" + w + "y", w[1:], w[:len(w)-1], w[:2] + w} {
			holdWords(t, c)
		}
		for r := range unicode.MaxRune + 1 {
			if low := unicode.ToLower(r); low < unicode.MaxASCII && r > unicode.MaxASCII {
				holdWords(t, strings.ReplaceAll(w, string(low), string(r)))
				holdWords(t, "\xe2"+strings.ReplaceAll(w, string(low), string(r)))
			}
		}
	}
}

func TestWellFormed(t *testing.T) {
	for _, s := range []string{
		``, ` `, `{}`, ` [ ] `, `{"a":1}`, `{"a":1,}`, `[1,]`, `[,]`, `{,}`, `{"a"}`, `{a:1}`, `{"a":1}x`, `"a`, `"a\`, `"\u00e9"`, `"\u00eg"`,
		"\"\\u00\x10\x11\"", `"\x"`, "\"\n\"", "\"\xff\"", `-`, `-0`, `01`, `1.`, `.5`, `1e`, `1e+`, `1E-5`, `1.5e10`, `tru`, `truex`, `nullnull`, "\x00", "[1\x00]",
		strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999), strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001), strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
	} {
		if got, want := secret.WellFormed(s), json.Valid([]byte(s)); got != want {
			t.Errorf("%.60q: %v, want %v", s, got, want)
		}
	}
}

// The quick look may call a body plain only where the close one masks nothing.
func FuzzQuickLook(f *testing.F) {
	for _, s := range []string{
		`{"userName":"ada","emails":[{"value":"a@example.com"}]}`, `{"path":"pass\/word","value":"x"}`, `{"pa\u0073sword":"x"}`,
		`{"to\u212aen":"x"}`, `{"toKen":"x"}`, `["{\"pwd\":\"x\"}"]`, `{"a":"Bearer x"}`, ` [1, "mst_0123456789"] `, `{"op":"add","value":`,
	} {
		f.Add(s, uint8(0), "")
		f.Add(s, uint8(9), "token")
	}
	f.Fuzz(func(t *testing.T, body string, at uint8, word string) {
		cut := int(at) % (len(body) + 1)
		body = body[:cut] + word + body[cut:]
		holdWords(t, body)
		if got, want := secret.WellFormed(body), json.Valid([]byte(body)); got != want {
			t.Fatalf("%q is well-formed: %v, want %v", body, got, want)
		}
		if !secret.Plain(body) || strings.TrimSpace(body) == "" {
			return
		}
		if got := secret.Redact(body, len(body)); got != body {
			t.Fatalf("plain %q became %q", body, got)
		}
		close, same := secret.Redacted(body, 0), secret.Rewritten(body)
		nested := strings.Contains(strings.ReplaceAll(body, " ", ""), `"{`) || strings.Contains(strings.ReplaceAll(body, " ", ""), `"[`) || strings.Contains(body, `\`)
		if strings.Count(close, secret.Mask) != strings.Count(same, secret.Mask) || !nested && !strings.HasPrefix(close, same) {
			t.Fatalf("plain %q would have become %q", body, close)
		}
	})
}
