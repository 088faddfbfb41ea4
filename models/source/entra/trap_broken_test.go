package entra_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
)

func impatient(o *entra.Options) { o.Limits.Timeout = 500 * time.Millisecond }

// passes breaks one call in a way and expects that it is asked again.
func passes(alter func(*http.Request, *entratest.Answer)) func(*testing.T, *bench) {
	return func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t, impatient)
		b.graph.Inject(entratest.Fault{After: 1, Alter: alter})
		f.sync()
	}
}

// stays breaks every call from the second on, over a directory that was read before.
func stays(code source.Code, alter func(*http.Request, *entratest.Answer)) func(*testing.T, *bench) {
	return func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t, impatient)
		f.sync()
		f.cursor = ""
		b.graph.Inject(entratest.Fault{After: 1, Times: -1, Alter: alter})
		f.fails(code)
		b.graph.Heal()
		f.cursor = ""
		f.sync()
	}
}

func raw(body string) func(*http.Request, *entratest.Answer) {
	return func(_ *http.Request, a *entratest.Answer) { a.Raw = []byte(body) }
}

// brokenTraps are about answers that are not whole.
var brokenTraps = []trap{
	{"an answer breaks off once", passes(entratest.Cut)},
	{"an answer breaks off always", stays(source.IncompleteRead, entratest.Cut)},
	{"an answer takes too long once", passes(entratest.Slow(time.Minute))},
	{"an answer takes too long always", stays(source.Unavailable, entratest.Slow(time.Minute))},
	{"an answer that ends early looks whole to HTTP", passes(func(_ *http.Request, a *entratest.Answer) {
		a.Raw = []byte(`{"value":[{"id":"1","userPrincipalName":"a"},{"id":"2"`)
	})},
	{"an answer is a web page", stays(source.IncompleteRead, raw("<html><body>Please sign in to the guest network</body></html>"))},
	{"an answer is empty", stays(source.IncompleteRead, raw(""))},
	{"an answer has no list", stays(source.IncompleteRead, raw(`{"@odata.deltaLink":"https://x/"}`))},
	{"an answer is two answers", stays(source.IncompleteRead, raw(`{"value":[],"@odata.nextLink":"https://x/"}{}`))},
	{"an id is none", stays(source.IncompleteRead, func(_ *http.Request, a *entratest.Answer) {
		a.Page["value"] = []any{entratest.Props{"id": "a\x00b", "displayName": "Somebody"}}
	})},
	{"a manager has no id", stays(source.IncompleteRead, func(_ *http.Request, a *entratest.Answer) {
		a.Page["value"] = []any{entratest.Props{"id": "1", "userPrincipalName": "a", "manager": entratest.Props{"id": nil}}}
	})},
	{"an object has no id", stays(source.IncompleteRead, func(_ *http.Request, a *entratest.Answer) {
		a.Page["value"] = []any{entratest.Props{"displayName": "Nobody"}}
	})},
	{"a value is nested a thousand deep", stays(source.IncompleteRead, func(_ *http.Request, a *entratest.Answer) {
		a.Raw = []byte(`{"value":[{"id":"1","x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}]}`)
	})},
	{"an answer has no end", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t, func(o *entra.Options) { o.Limits.Body = 64 << 10 })
		f.sync()
		f.cursor = ""
		b.graph.Inject(entratest.Fault{After: 1, Times: -1, Alter: func(_ *http.Request, a *entratest.Answer) {
			a.Raw = append([]byte(`{"value":[`), bytes.Repeat([]byte(`{"id":"1"},`), 100_000)...)
		}})
		f.fails(source.TooLarge)
	}},
	{"a page leads nowhere", stays(source.IncompleteRead, entratest.Link("", ""))},
	{"pages lead in a circle", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		f.sync()
		f.cursor = ""
		var first string
		b.graph.Inject(entratest.Fault{Path: "users/delta", Times: -1, Alter: func(_ *http.Request, a *entratest.Answer) {
			if first == "" {
				first, _ = a.Page["@odata.nextLink"].(string)
			}
			entratest.Link("nextLink", first)(nil, a)
		}})
		f.fails(source.IncompleteRead)
		if n := b.graph.Counts().Calls; n > 20 {
			t.Errorf("%d calls", n)
		}
	}},
	{"a full read without users", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		f.sync()
		f.cursor = ""
		b.graph.Inject(entratest.Fault{Path: "users/delta", Times: -1, Alter: entratest.Emptied})
		f.fails(source.EmptyRead)
	}},
	{"a full read with groups and no users", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		f.sync()
		f.cursor = ""
		b.graph.Inject(entratest.Fault{Path: "users/delta", Times: -1, Alter: entratest.Finished})
		f.fails(source.EmptyRead)
	}},
	{"permission is lost in the middle", stays(source.ConsentMissing, entratest.Instead(
		entratest.Refusal(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges.")))},
	{"the connection is refused", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		f.sync()
		f.cursor = ""
		b.graph.Close()
		f.fails(source.NotReached)
	}},
}
