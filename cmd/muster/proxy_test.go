package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

const (
	frontPassword = "violet staple orbit canyon"
	outside       = "http://muster.test" // a name: browsers keep the cookies of https for this machine itself
)

// fronted is a server behind a reverse proxy, and a way to send what the proxy would pass
// on: over plain http, with the headers that it keeps or writes.
type fronted struct {
	*server
	browser *http.Client
}

func newFronted(t *testing.T, args ...string) fronted {
	t.Helper()
	data := t.TempDir()
	command(t, frontPassword+"\n", "--data", data, "admin", "add", "ada@example.com")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	listen := freePort(t)
	way := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, listen)
	}}
	return fronted{serve(t, data, listen, args...), &http.Client{Jar: jar, Transport: way}}
}

// send follows redirects with the same headers, and keeps cookies as browsers do.
func (f fronted) send(t *testing.T, method, path string, form url.Values, header map[string]string) (status int, at, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, outside+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	r.Host = header["Host"]
	resp, err := f.browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Request.URL.RequestURI(), string(text)
}

// signIn sends the form of the sign-in page from a page at an address.
func (f fronted) signIn(t *testing.T, header map[string]string) (status int, at, body string) {
	t.Helper()
	return f.send(t, http.MethodPost, "/login", url.Values{"email": {"ada@example.com"}, "password": {frontPassword}}, header)
}

// TestBehindAProxyThatPassesNoHost: nginx names the address that it forwards to, unless it
// is told otherwise, and some browsers say where a form comes from by Origin alone.
func TestBehindAProxyThatPassesNoHost(t *testing.T) {
	t.Parallel()
	f := newFronted(t, "--public-url", "https://Muster.Test:443/", "--trusted-proxy", "127.0.0.1")
	if status, _, body := f.signIn(t, map[string]string{"Origin": "https://muster.test", "Host": "127.0.0.1:8080"}); status != http.StatusOK {
		t.Errorf("a form from the public address: %d %.300s", status, body)
	}
	for _, origin := range []string{"https://muster.test:8443", "https://evil.test", "null"} {
		if status, _, body := f.signIn(t, map[string]string{"Origin": origin, "Host": "127.0.0.1:8080"}); status != http.StatusForbidden {
			t.Errorf("a form from %s: %d %.300s", origin, status, body)
		}
	}
	// A fragment whose session has ended comes back to the page that it was on.
	f.browser.Jar = nil
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, outside+"/users", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "127.0.0.1:8080"
	r.Header.Set("HX-Request", "true")
	r.Header.Set("Referer", "https://muster.test/users?q=ada")
	resp, err := f.browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if to := resp.Header.Get("HX-Redirect"); to != "/login?next="+url.QueryEscape("/users?q=ada") {
		t.Errorf("it leads to %q", to)
	}
}

// TestASignInThatTheBrowserForgets: over http a browser drops the cookies of https, and
// without a word the right password would lead back to the sign-in page for ever.
func TestASignInThatTheBrowserForgets(t *testing.T) {
	t.Parallel()
	f := newFronted(t, "--public-url", "https://muster.test")
	_, at, body := f.signIn(t, map[string]string{"Origin": outside})
	if !strings.HasPrefix(at, "/login?") || !strings.Contains(body, "did not keep you signed in") || !strings.Contains(body, "https://muster.test") {
		t.Errorf("%s: %.2000s", at, body)
	}
	if _, _, body := f.signIn(t, map[string]string{"Origin": "https://muster.test"}); strings.Contains(body, "did not keep") {
		t.Errorf("it is said to somebody who came by https")
	}
}

// TestAProxyThatMusterWasNotToldOf: what goes wrong then is seen late, so the overview and
// the log say it before.
func TestAProxyThatMusterWasNotToldOf(t *testing.T) {
	t.Parallel()
	passed := map[string]string{"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "Host": "muster.test"}
	t.Run("not told", func(t *testing.T) {
		t.Parallel()
		f := newFronted(t)
		if _, _, body := f.signIn(t, nil); strings.Contains(body, "was not named") || strings.Contains(body, "public address") {
			t.Errorf("it is said without a proxy")
		}
		_, at, body := f.send(t, http.MethodGet, "/", nil, passed)
		for _, want := range []string{"--trusted-proxy 127.0.0.1.", "Start Muster with --public-url", f.url} {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not say %q", at, want)
			}
		}
		for _, want := range []string{"name it with --trusted-proxy", "from=127.0.0.1", "with --public-url"} {
			if said := f.errs.String(); strings.Count(said, want) != 1 {
				t.Errorf("the log does not say once %q: %s", want, said)
			}
		}
	})
	t.Run("told", func(t *testing.T) {
		t.Parallel()
		f := newFronted(t, "--public-url", "https://muster.test", "--trusted-proxy", "127.0.0.0/8")
		if _, at, _ := f.signIn(t, passed); at == "" {
			t.Error("no page came")
		}
		if said := f.errs.String(); strings.Contains(said, "--trusted-proxy") || strings.Contains(said, "--public-url") {
			t.Errorf("what was told is asked for: %s", said)
		}
	})
}
