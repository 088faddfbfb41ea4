package secret_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models/secret"
)

func TestRedact(t *testing.T) {
	token := secret.NewToken(rand.Reader)
	for name, c := range map[string]struct{ body, want string }{
		"nothing":            {"  ", ``},
		"no secret":          {`{ "userName" : "ada", "n": 1.50, "x": [true, null] }`, `{"userName":"ada","n":1.50,"x":[true,null]}`},
		"markup stays":       {`{"a":"<b>&"}`, `{"a":"<b>&"}`},
		"password":           {`{"password":"hunter2","userName":"ada"}`, `{"password":"•••","userName":"ada"}`},
		"any case":           {`{"PassWord":"hunter2"}`, `{"PassWord":"•••"}`},
		"escaped name":       {`{"passwor\u0064":"hunter2"}`, `{"password":"•••"}`},
		"URN-qualified":      {`{"urn:ietf:params:scim:schemas:core:2.0:User:password":"hunter2"}`, `{"urn:ietf:params:scim:schemas:core:2.0:User:password":"•••"}`},
		"number, object":     {`{"client_secret":12345,"token":{"a":["hunter2"]}}`, `{"client_secret":"•••","token":"•••"}`},
		"null and booleans":  {`{"password":null,"tokenValid":true}`, `{"password":null,"tokenValid":true}`},
		"twice":              {`{"password":"a1","password":"b2"}`, `{"password":"•••","password":"•••"}`},
		"PATCH path":         {`{"Operations":[{"op":"replace","path":"password","value":"hunter2"}]}`, `{"Operations":[{"op":"replace","path":"password","value":"•••"}]}`},
		"PATCH value first":  {`{"Operations":[{"value":"hunter2","path":"Password"}]}`, `{"Operations":[{"value":"•••","path":"Password"}]}`},
		"PATCH no path":      {`{"op":"replace","value":{"password":"hunter2"}}`, `{"op":"replace","value":{"password":"•••"}}`},
		"filter in the path": {`{"op":"add","path":"password[value eq \"hunter2\"]","value":""}`, `{"op":"add","path":"password","value":"•••"}`},
		"JSON as text":       {`{"roles":[{"value":"{\"id\":\"1\",\"secret\":\"hunter2\"}"}]}`, `{"roles":[{"value":"{\"id\":\"1\",\"secret\":\"•••\"}"}]}`},
		"a token as value":   {`{"nickName":"` + token + `"}`, `{"nickName":"` + token[:10] + `•••"}`},
		"a token as name":    {`{"` + token + `":1}`, `{"` + token[:10] + `•••":1}`},
		"bearer in text":     {`{"detail":"sent Bearer abc.def"}`, `{"detail":"sent Bearer •••"}`},
		"broken: no end":     {`{"userName":"ada","password":"hunter2"`, `{"userName":"ada","password":"•••"… [not valid JSON from here; 38 bytes in all]`},
		"broken in a secret": {`{"userName":"ada","password":"hunter2`, `{"userName":"ada"… [not valid JSON from here; 37 bytes in all]`},
		"broken before path": {`{"Operations":[{"op":"replace","value":"hunter2"`, `{"Operations":[{"op":"replace","value":"•••"… [not valid JSON from here; 48 bytes in all]`},
		"more behind":        {`{"a":1} password=hunter2`, `{"a":1}… [not valid JSON from here; 24 bytes in all]`},
		"single quotes":      {`{'password':'hunter2'}`, `{… [not valid JSON from here; 22 bytes in all]`},
		"a form":             {`password=hunter2`, `… [not valid JSON from here; 16 bytes in all]`},
		"half a number":      {`[1,2,-`, `[1,2… [not valid JSON from here; 6 bytes in all]`},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, secret.Redact(c.body, 0)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRedactLimit(t *testing.T) {
	body := `{"a":"` + strings.Repeat("é", 1000) + `"}`
	got := secret.Redact(body, 101)
	if want := `{"a":"` + strings.Repeat("é", 47) + `… [cut: 2008 bytes in all]`; got != want {
		t.Errorf("got %q", got)
	}
	deep := strings.Repeat("[", 100_000)
	if got := secret.Redact(deep, 1000); len(got) > 200 {
		t.Errorf("a deep body became %d bytes", len(got))
	}
}

func TestRedactHeader(t *testing.T) {
	token := secret.NewToken(rand.Reader)
	got := secret.RedactHeader(http.Header{
		"Authorization": {"Bearer " + token, "Basic aHVudGVyMg==", "hunter2", "Odd hunter2 hunter2"},
		"Cookie":        {"__Host-muster=hunter2"},
		"Set-Cookie":    {"a=hunter2"},
		"X-Api-Key":     {"hunter2"},
		"Referer":       {"https://example.com/?token=hunter2&a=b"},
		"User-Agent":    {"Okta SCIM Client 1.0.0"},
	})
	want := http.Header{
		"Authorization": {"Bearer " + token[:10] + "•••", "Basic •••", "•••", "•••"},
		"Cookie":        {"•••"},
		"Set-Cookie":    {"•••"},
		"X-Api-Key":     {"•••"},
		"Referer":       {"https://example.com/?token=•••&a=b"},
		"User-Agent":    {"Okta SCIM Client 1.0.0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRedactText(t *testing.T) {
	for in, want := range map[string]string{
		`userName eq "ada" and title pr`:      `userName eq "ada" and title pr`,
		`filter=password eq "hunter2"&a=b`:    `filter=password eq •••&a=b`,
		`filter=password+eq+%22hunter2%22&a`:  `filter=password+eq+•••&a`,
		`client_secret=hunter2&grant=x`:       `client_secret=•••&grant=x`,
		`dial: password: hunter2, user: ada`:  `dial: password: •••, user: ada`,
		`Authorization: Bearer hunter2`:       `Authorization: ••• •••`,
		`mst_0123456789 and mst%5f0123456789`: `mst_012345••• and •••`,
		`mst_abc is too short to be one`:      `mst_abc is too short to be one`,
	} {
		if got := secret.RedactText(in); got != want {
			t.Errorf("RedactText(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

// A body with a canary in every place where a secret can stand, cut anywhere
// or with any byte changed, never shows the canary.
func FuzzRedact(f *testing.F) {
	f.Add([]byte(`{"userName":"ada","emails":[{"value":"a@example.com"}]}`), uint16(12), byte('"'))
	f.Add([]byte(`[1,"a",{"b":null}]`), uint16(40), byte('\\'))
	f.Add([]byte(`"x"`), uint16(70), byte(0))
	f.Fuzz(func(t *testing.T, filler []byte, at uint16, with byte) {
		out := secret.Redact(string(filler), 500)
		if len(out) > 560 {
			t.Fatalf("%d bytes instead of at most 500 and a marker", len(out))
		}
		if !json.Valid(filler) {
			filler = []byte(`"x"`)
		}
		const canary = "CANARY77"
		body := `{"a":` + string(filler) + `,"password":"` + canary + `","Operations":[{"op":"replace","value":"` + canary +
			`","path":"password"},{"op":"add","value":{"client_secret":["` + canary + `"]}}],"t":"Bearer ` + canary + `"}`
		for _, limit := range []int{0, 100, 1 << 20} {
			if got := secret.Redact(body, limit); strings.Contains(got, canary) && !strings.Contains(string(filler), canary) {
				t.Fatalf("canary in %q", got)
			}
			if got := secret.Redact(body[:int(at)%len(body)], limit); strings.Contains(got, canary) && !strings.Contains(string(filler), canary) {
				t.Fatalf("canary in the cut %q", got)
			}
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	plain := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef","userName":"ada@example.com","active":true,"emails":[{"primary":true,"type":"work","value":"ada@example.com"}],"name":{"formatted":"Ada Lovelace","familyName":"Lovelace","givenName":"Ada"},"roles":[],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"100234","department":"Engineering"}}`
	for name, body := range map[string]string{"plain": plain, "secret": strings.Replace(plain, `"roles":`, `"password":"hunter2","roles":`, 1)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				secret.Redact(body, 16<<10)
			}
		})
	}
}
