package web_test

import (
	"testing"

	"muster/models"
	"muster/models/directory/directorytest"
)

// TestWhoseAddressCounts holds a token's list of addresses to the client's, in every way
// in which reverse proxies write it, and to nothing that a client says by itself.
func TestWhoseAddressCounts(t *testing.T) {
	t.Parallel()
	s := newSite(t, directorytest.SQLite(t))
	token := s.token(t, models.ReadScope, "203.0.113.0/24", "2001:db8::/32")
	for _, tt := range []struct {
		name, from, forwarded string
		want                  int
	}{
		{"a proxy's word", "10.0.0.2", "203.0.113.7", 200},
		{"two proxies", "10.0.0.2", "203.0.113.7, 10.9.9.9", 200},
		{"IPv6", "10.0.0.2", "2001:db8::7", 200},
		{"IPv4 in IPv6", "[::ffff:10.0.0.2]", "::ffff:203.0.113.7", 200},
		{"with a port", "10.0.0.2", "203.0.113.7:51234", 200},
		{"IPv6 with a port", "10.0.0.2", "[2001:db8::7]:51234", 200},
		{"IPv6 in brackets", "10.0.0.2", "[2001:db8::7]", 200},
		{"a proxy on the link", "[fe80::2%eth0]", "203.0.113.7", 200},
		{"a forged entry before the proxy's", "10.0.0.2", "203.0.113.7, 198.51.100.9", 403},
		{"a forged entry with a port", "10.0.0.2", "203.0.113.7, 198.51.100.9:203", 403},
		{"no proxy", "198.51.100.9", "203.0.113.7", 403},
		{"no address", "10.0.0.2", "203.0.113.7, unknown", 403},
	} {
		header := bearer(token)
		header["X-Forwarded-For"] = tt.forwarded
		if w := s.send(request{method: "GET", path: "/scim/v2/Users", header: header, address: tt.from}); w.Code != tt.want {
			t.Errorf("%s: %d %s", tt.name, w.Code, excerpt(w.Body.String()))
		}
	}
}
