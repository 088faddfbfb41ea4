package entra_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"muster/models/source"
	"muster/models/source/entra/entratest"
)

// abroad points somewhere else in a way; there, nobody must ever call.
func abroad(alter func(elsewhere string) func(*http.Request, *entratest.Answer)) func(*testing.T, *bench) {
	return func(t *testing.T, b *bench) {
		var calls atomic.Int32
		elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
		defer elsewhere.Close()
		b.village()
		f := b.follow(t)
		f.sync()
		f.cursor = ""
		b.graph.Inject(entratest.Fault{After: 1, Times: -1, Alter: alter(elsewhere.URL)})
		f.fails(source.ForeignLink)
		if calls.Load() > 0 {
			t.Error("the other host was called")
		}
	}
}

func linked(name string, to func(elsewhere string) string) func(*testing.T, *bench) {
	return abroad(func(elsewhere string) func(*http.Request, *entratest.Answer) {
		return entratest.Link(name, to(elsewhere))
	})
}

func redirected(status int) func(*testing.T, *bench) {
	return abroad(func(elsewhere string) func(*http.Request, *entratest.Answer) {
		return entratest.Status(status, "Location", elsewhere+"/v1.0/users/delta")
	})
}

// foreignTraps are about links that lead away from the configured host.
var foreignTraps = []trap{
	{"nextLink leads to another host", linked("nextLink", func(e string) string { return e + "/v1.0/users/delta?$skiptoken=x" })},
	{"deltaLink leads to another host", linked("deltaLink", func(e string) string { return e + "/v1.0/users/delta?$deltatoken=x" })},
	{"nextLink hides another host behind a name", func(t *testing.T, b *bench) {
		linked("nextLink", func(e string) string {
			return b.graph.URL() + "@" + strings.TrimPrefix(e, "https://") + "/v1.0/users/delta"
		})(t, b)
	}},
	{"nextLink drops to plain http", func(t *testing.T, b *bench) {
		linked("nextLink", func(string) string {
			return strings.Replace(b.graph.URL(), "https:", "http:", 1) + "/v1.0/users/delta?$skiptoken=x"
		})(t, b)
	}},
	{"nextLink leaves the part of Graph that is read", func(t *testing.T, b *bench) {
		linked("nextLink", func(string) string { return b.graph.URL() + "/beta/users/delta?$skiptoken=x" })(t, b)
	}},
	{"nextLink is no address", linked("nextLink", func(string) string { return "https://%zz/" })},
	{"a redirect to another host", redirected(http.StatusFound)},
	{"a permanent redirect to another host", redirected(http.StatusPermanentRedirect)},
	{"410 names another host", func(t *testing.T, b *bench) {
		var calls atomic.Int32
		elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
		defer elsewhere.Close()
		b.village()
		f := b.follow(t)
		f.sync()
		b.graph.Inject(entratest.Fault{Alter: entratest.Status(http.StatusGone, "Location", elsewhere.URL+"/v1.0/users/delta")})
		f.fails(source.ResyncNeeded)
		if calls.Load() > 0 {
			t.Error("the other host was called")
		}
	}},
	{"the sign-in description names another host", func(t *testing.T, b *bench) {
		var calls atomic.Int32
		elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
		defer elsewhere.Close()
		b.village()
		b.graph.Inject(entratest.Fault{Path: "openid-configuration", Times: -1, Alter: func(_ *http.Request, a *entratest.Answer) {
			a.Page["token_endpoint"] = elsewhere.URL + "/token"
		}})
		f := b.follow(t)
		f.fails(source.ForeignLink)
		if calls.Load() > 0 {
			t.Error("the other host was called")
		}
	}},
	{"a cursor was tampered with", func(t *testing.T, b *bench) {
		elsewhere := "https://evil.test"
		b.village()
		b.graph.Inject(entratest.Fault{Path: "groups/delta", Alter: entratest.Link("deltaLink", elsewhere)})
		f := b.follow(t)
		f.fails(source.ForeignLink)
		if f.cursor != "" {
			t.Errorf("a cursor was given: %s", f.cursor)
		}
	}},
}
