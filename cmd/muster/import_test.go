package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// browsing is a signed-in browser behind a load balancer: one cookie, several instances.
type browsing struct {
	t *testing.T
	*http.Client
}

func newBrowsing(t *testing.T, data, base string) browsing {
	t.Helper()
	const password = "violet staple orbit canyon"
	command(t, password+"\n", "--data", data, "admin", "add", "ada@example.com")
	jar, err := cookiejar.New(nil) // which knows no ports
	if err != nil {
		t.Fatal(err)
	}
	b := browsing{t, &http.Client{Jar: jar}}
	b.main(b.PostForm(base+"/login", url.Values{"email": {"ada@example.com"}, "password": {password}}))
	return b
}

// main is the text of a page's main part.
func (b browsing) main(resp *http.Response, err error) string {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	doc, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %d, %v", resp.Request.URL, resp.StatusCode, err)
	}
	return strings.Join(strings.Fields(doc.Find("main").Text()), " ")
}

// uploads gives the path at which a file waits.
func (b browsing) uploads(base, text string) string {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	f, err := w.CreateFormFile("file", "people.csv")
	if err == nil {
		_, err = io.WriteString(f, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	resp, err := b.Post(base+"/users/import", w.FormDataContentType(), &body)
	b.main(resp, err)
	return resp.Request.URL.Path
}

// An import goes on wherever the load balancer leads: uploaded at one instance it is
// checked and begun at another, once, however often and wherever the button is pressed.
func TestAnImportOverTwoInstances(t *testing.T) {
	t.Parallel()
	data, _ := provisioned(t)
	one, two := serve(t, data, "127.0.0.1:0"), serve(t, data, "127.0.0.1:0")
	b := newBrowsing(t, data, one.url)
	at := b.uploads(one.url, "userName\nada@example.com\ngrace@example.com\n")
	if text := b.main(b.Get(two.url + at)); !strings.Contains(text, "The import would create 2") {
		t.Fatalf("the other instance shows %.300s", text)
	}
	var pressed sync.WaitGroup
	for n := range 6 {
		pressed.Go(func() {
			resp, err := b.PostForm([]string{one.url, two.url}[n%2]+at, url.Values{"confirm": {"yes"}})
			if err == nil {
				_ = resp.Body.Close()
			}
		})
	}
	pressed.Wait()
	for _, s := range []*server{one, two} {
		if text := b.main(b.Get(s.url + at)); !strings.Contains(text, "2 users were imported.") {
			t.Errorf("an instance shows %.300s", text)
		}
	}
	one.stop(t)
	if text := b.main(b.Get(two.url + "/users?q=ada")); !strings.Contains(text, "ada@example.com") {
		t.Errorf("the users are %.300s", text)
	}
	two.stop(t)
	again := serve(t, data, "127.0.0.1:0")
	if text := b.main(b.Get(again.url + at)); !strings.Contains(text, "2 users were imported.") {
		t.Errorf("after a restart it is %.300s", text)
	}
}
