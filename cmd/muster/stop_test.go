package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
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
