package secret_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models/secret"
)

func TestMaskPII(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"user": {
			`{"id":"7","userName":"ada@example.com","active":true,"title":"Engineer","name":{"givenName":"Ada","familyName":"van Lovelace"},` +
				`"emails":[{"type":"work","value":"ada@example.com"}],"phoneNumbers":[{"value":"030 1234567"}],"addresses":[{"type":"work","locality":"Berlin","formatted":"Unter den Linden 1"}],` +
				`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":100234,"manager":{"value":"9","displayName":"Bo Li"}}}`,
			`{"id":"7","userName":"a•••@example.com","active":true,"title":"Engineer","name":{"givenName":"A•••","familyName":"v••• L•••"},` +
				`"emails":[{"type":"work","value":"a•••@example.com"}],"phoneNumbers":[{"value":"•••67"}],"addresses":[{"type":"work","locality":"Berlin","formatted":"U••• d••• L••• •••"}],` +
				`"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":"1•••","manager":{"value":"9","displayName":"B••• L•••"}}}`,
		},
		"group": {
			`{"displayName":"Sales Berlin","members":[{"value":"9","display":"Bo Li"}]}`,
			`{"displayName":"Sales Berlin","members":[{"value":"9","display":"B••• L•••"}]}`,
		},
		"operations": {
			`{"Operations":[{"op":"Replace","path":"emails[type eq \"work\"].value","value":"ada@example.com"},{"op":"Replace","path":"name.familyName","value":"Li"},` +
				`{"op":"Add","path":"title","value":"Lead"},{"op":"replace","value":{"displayName":"Bo Li","name.givenName":"Bo"}},{"op":"Add","path":"members","value":[{"value":"9"}]}]}`,
			`{"Operations":[{"op":"Replace","path":"emails[type eq \"work\"].value","value":"a•••@example.com"},{"op":"Replace","path":"name.familyName","value":"L•••"},` +
				`{"op":"Add","path":"title","value":"Lead"},{"op":"replace","value":{"displayName":"B••• L•••","name.givenName":"B•••"}},{"op":"Add","path":"members","value":[{"value":"9"}]}]}`,
		},
		"error text": {
			`{"detail":"userName ada@example.com is taken"}`,
			`{"detail":"userName a•••@example.com is taken"}`,
		},
		"cut body": {
			`{"userName":"ada@example.com","na… [cut: 99 bytes in all]`,
			`{"userName":"a•••@example.com"… [cut: 99 bytes in all]`,
		},
		"no JSON": {`call +49 30 1234567 or bo@example.org`, `call •••67 or b•••@example.org`},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, secret.MaskPII(c.body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMaskValue(t *testing.T) {
	for _, c := range [][3]string{
		{`emails[type eq "work"].value`, "ada@example.com", "a•••@example.com"},
		{"userName", "ada", "a•••"},
		{"userName", "a", "•••"},
		{"name.familyName", "Ōtsuka", "Ō•••"},
		{`phoneNumbers[type eq "mobile"].value`, "+49 151 2345678", "•••78"},
		{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber", "100234", "1•••"},
		{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "Sales", "Sales"},
		{"title", "", ""},
		{"anything", "mail to x@example.net", "mail to •••@example.net"},
	} {
		if got := secret.MaskValue(c[0], c[1]); got != c[2] {
			t.Errorf("MaskValue(%q, %q) = %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
