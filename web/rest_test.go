package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/directory/directorytest"
	"muster/web"
)

// TestALargeBodyIsHeardOut speaks as a reverse proxy does, which sends a request whole
// before it reads: it must find the refusal, not a connection that was closed meanwhile.
func TestALargeBodyIsHeardOut(t *testing.T) {
	t.Parallel()
	s := newSite(t, directorytest.SQLite(t))
	front := httptest.NewServer(s.web.Handler())
	t.Cleanup(front.Close)
	owner := s.signIn(t, models.Owner).String()
	file := "Content-Type: multipart/form-data; boundary=b\r\n"
	begun := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nuserName\r\n"
	for _, tt := range []struct {
		name, path, header, begun string
		size                      int
		chunked                   bool
		want                      int
		says                      string
	}{
		{"a bulk request above the limit", "/scim/v2/Bulk", "Authorization: Bearer " + s.provision + "\r\n", `{"a":"`, 12 << 20, false, 413, `"status":"413"`},
		{"in chunks", "/scim/v2/Bulk", "Authorization: Bearer " + s.provision + "\r\n", `{"a":"`, 12 << 20, true, 413, `"status":"413"`},
		{"a token that is none", "/scim/v2/Bulk", "Authorization: Bearer nonsense\r\n", `{"a":"`, 3 << 20, false, 401, `"status":"401"`},
		{"a form", "/login", "Content-Type: application/x-www-form-urlencoded\r\n", "email=", 3 << 20, false, 413, "larger than Muster accepts"},
		{"a file above the limit", "/users/import", "Cookie: " + owner + "\r\n" + file, begun, 24 << 20, false, 422, "larger than 10 MB"},
		{"a file of somebody who is signed out", "/users/import", file, begun, 9 << 20, false, 303, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := net.Dial("tcp", front.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_ = c.SetDeadline(time.Now().Add(30 * time.Second))
			length, body := fmt.Sprintf("Content-Length: %d\r\n", tt.size), tt.begun+strings.Repeat("x", tt.size-len(tt.begun))
			if tt.chunked {
				length, body = "Transfer-Encoding: chunked\r\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", tt.size, body)
			}
			if _, err := io.WriteString(c, "POST "+tt.path+" HTTP/1.1\r\nHost: muster.example.com\r\n"+tt.header+length+"\r\n"+body); err != nil {
				t.Fatalf("the body was not taken: %v", err)
			}
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatalf("no answer came: %v", err)
			}
			defer resp.Body.Close()
			if text, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != tt.want || !strings.Contains(string(text), tt.says) {
				t.Errorf("%d, %v: %s", resp.StatusCode, err, excerpt(string(text)))
			}
		})
	}
}

// TestWhoAsksForLeaveSendsNothing: a client that waits for 100 Continue is refused before
// it sends.
func TestWhoAsksForLeaveSendsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, directorytest.SQLite(t))
	front := httptest.NewServer(s.web.Handler())
	t.Cleanup(front.Close)
	c, err := net.Dial("tcp", front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, "POST /scim/v2/Bulk HTTP/1.1\r\nHost: muster.example.com\r\nAuthorization: Bearer nonsense\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(line, "401") {
		t.Errorf("the first line of the answer is %q, %v", line, err)
	}
}

// TestConnectionsOutliveTheProxys: whoever closes an idle connection first must be the one
// who sends on it. Where both wait equally long a change now and then becomes a 502.
func TestConnectionsOutliveTheProxys(t *testing.T) {
	for proxy, keeps := range map[string]time.Duration{"Caddy as README has it": 90 * time.Second, "Traefik": 90 * time.Second, "nginx": time.Minute, "AWS": time.Minute} {
		if web.IdleTimeout < keeps+10*time.Second {
			t.Errorf("an idle connection is closed after %v, and %s sends on it for %v", web.IdleTimeout, proxy, keeps)
		}
	}
	if web.IdleTimeout > 2*time.Minute { // S22: nobody keeps one for longer by saying nothing
		t.Errorf("idle connections are kept for %v", web.IdleTimeout)
	}
}
