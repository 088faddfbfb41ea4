package main

import (
	"net"
	"net/url"
	"strings"
	"testing"

	"muster/models/store/storetest"
)

// A server that cannot start says why and what to do, and promises nothing before.
func TestAServerThatCannotStart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().String()
	for _, c := range []struct{ args, want string }{
		{"--listen " + taken, "choose another port with --listen."},
		{"--listen 127.0.0.1:0 --metrics-listen " + taken, "choose another port with --metrics-listen."},
		{"--listen 127.0.0.1:0 --metrics-listen 9100", "Write it as address and port"},
		{"--listen 127.0.0.1:0 --public-url https://ada:secret@example.com", "Write scheme and host only"},
		{"--listen 127.0.0.1:0 --public-url https://intranet.example.com/muster/", "lives at the root of a host only"},
		{"--listen 127.0.0.1:0 --trusted-proxy 10.0.0.0/99", "Write it like 10.0.0.0/8"},
	} {
		out, errs, err := tryCommand(t, "", append([]string{"serve", "--data", data}, strings.Fields(c.args)...)...)
		if err == nil || !strings.Contains(errs, c.want) || out != "" || strings.Contains(errs, "secret") {
			t.Errorf("serve %s: %v\n%s%s", c.args, err, out, errs)
		}
	}
}

// Why PostgreSQL cannot be had is told to whoever starts the program, and no password.
func TestADatabaseThatCannotBeHad(t *testing.T) {
	t.Parallel()
	base, err := url.Parse(storetest.PostgresURL(t))
	if err != nil {
		t.Fatal(err)
	}
	with := func(edit func(*url.URL)) string {
		u := *base
		edit(&u)
		return u.String()
	}
	for _, c := range []struct{ address, want string }{
		{with(func(u *url.URL) { u.Path = "/nowhere" }), `has no database "nowhere"`},
		{with(func(u *url.URL) { u.User = url.UserPassword("stranger", "pw-canary") }), `does not let the user "stranger" in`},
		{"postgres://u:pw-canary@127.0.0.1:1/x", "cannot be reached at 127.0.0.1:1"},
		{"postgres://u:pw-canary@127.0.0.1/x?sslmode=never", "cannot be read"},
		{"mysql://u:pw-canary@127.0.0.1/x", "no PostgreSQL address"},
		{with(func(u *url.URL) { u.Path = "/postgres" }), "holds no data of Muster"},
	} {
		_, errs, err := tryCommand(t, "", "token", "list", "--data", t.TempDir(), "--database-url", c.address)
		if err == nil || !strings.Contains(errs, c.want) || strings.Contains(errs, "pw-canary") {
			t.Errorf("%s: %v, %s", c.address, err, errs)
		}
	}
}
