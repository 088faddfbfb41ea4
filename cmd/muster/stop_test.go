package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A page that follows the log keeps no server from stopping, and a client that never
// sends what it announced does so for the time that requests have, not as a failure.
func TestStoppingWithOpenRequests(t *testing.T) {
	t.Parallel()
	data, token := provisioned(t)
	const password = "violet staple orbit canyon"
	command(t, password+"\n", "--data", data, "admin", "add", "ada@example.com")
	t.Run("a page that follows the log", func(t *testing.T) {
		s := serve(t, data, "127.0.0.1:0")
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		browser := &http.Client{Jar: jar}
		resp, err := browser.PostForm(s.url+"/login", url.Values{"email": {"ada@example.com"}, "password": {password}})
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp, err = browser.Get(s.url + "/logs/tail"); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("follow the log: %v", err)
		}
		defer func() { _ = resp.Body.Close() }()
		started := time.Now()
		s.stop(t)
		if took := time.Since(started); took > 4*time.Second {
			t.Errorf("it took %v", took)
		}
	})
	t.Run("a body that never comes", func(t *testing.T) {
		s := serve(t, data, "127.0.0.1:0")
		c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := fmt.Fprintf(c, "POST /scim/v2/Users HTTP/1.1\r\nHost: muster\r\nAuthorization: Bearer %s\r\nContent-Length: 500\r\n\r\n{", token); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
		started := time.Now()
		s.stop(t)
		if took := time.Since(started); took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
		if said := s.errs.String(); !strings.Contains(said, "cut off") {
			t.Errorf("nobody was told: %q", said)
		}
	})
}

// TestAServerSaysFarewell: a proxy that holds a connection open is told to leave before
// the server closes it, and gets its answers until then.
func TestAServerSaysFarewell(t *testing.T) {
	t.Parallel()
	data, token := provisioned(t)
	s := serve(t, data, "127.0.0.1:0")
	ask := func(proxy *http.Client, path string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := proxy.Do(r)
		if err != nil {
			t.Fatalf("%s was not answered: %v", path, err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp
	}
	held, other := &http.Client{Transport: &http.Transport{}}, &http.Client{Transport: &http.Transport{}}
	if resp := ask(held, "/scim/v2/Users"); resp.StatusCode != http.StatusOK || resp.Close {
		t.Fatalf("before: %d, closes %v", resp.StatusCode, resp.Close)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	time.Sleep(farewell / 5)
	if resp := ask(other, "/readyz"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a server that stops is ready: %d", resp.StatusCode)
	}
	if resp := ask(held, "/scim/v2/Users"); resp.StatusCode != http.StatusOK || !resp.Close {
		t.Errorf("a request meanwhile: %d, closes %v", resp.StatusCode, resp.Close)
	}
	started := time.Now()
	s.stop(t)
	if took := time.Since(started); took > 4*time.Second {
		t.Errorf("it took %v to stop", took)
	}
	if said := s.errs.String(); strings.Contains(said, "ERROR") {
		t.Errorf("stopping is told as a failure: %s", said)
	}
}
