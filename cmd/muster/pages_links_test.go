package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

const mostLinked = 1500

// everyLink follows every link of every page, from the overview on, and requires
// that each leads to something; an auditor's pages must not offer what is refused.
func everyLink(t *testing.T, f *full) {
	for name, who := range map[string]*http.Cookie{"owner": f.owner, "auditor": f.auditor} {
		t.Run(name, func(t *testing.T) {
			c := crawl{t: t, base: f.url(), who: who, from: map[string]string{"/": "nowhere"}, queue: []string{"/"}}
			for len(c.queue) > 0 && len(c.from) < mostLinked {
				next := c.queue[0]
				c.queue = c.queue[1:]
				c.visit(next)
			}
			if len(c.from) < 60 {
				t.Errorf("only %d addresses were found", len(c.from))
			}
			t.Logf("%d addresses", len(c.from))
		})
	}
}

type crawl struct {
	t     *testing.T
	base  string
	who   *http.Cookie
	from  map[string]string // address to the page that links to it
	queue []string
	kinds map[string]int
}

func (c *crawl) visit(at string) {
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.base+at, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.AddCookie(c.who)
	resp, err := noRedirects().Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 400 {
		c.t.Errorf("%s, linked from %s, answers %d", at, c.from[at], resp.StatusCode)
		return
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		return
	}
	doc, err := goquery.NewDocumentFromReader(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	doc.Find("a[href], [hx-get]").Each(func(_ int, s *goquery.Selection) {
		for _, name := range []string{"href", "hx-get"} {
			if href, ok := s.Attr(name); ok {
				c.add(at, href)
			}
		}
	})
}

// add queues an address of the site. Of pages that differ only in a cursor, a
// record or a filter, a few stand for all.
func (c *crawl) add(page, href string) {
	here, err := url.Parse(page)
	if err != nil {
		c.t.Fatal(err)
	}
	to, err := here.Parse(href)
	if err != nil {
		c.t.Errorf("%s links to %q: %v", page, href, err)
		return
	}
	if to.Host != "" || strings.HasPrefix(to.Path, "/static/") || strings.HasPrefix(to.Path, "/logs/tail") {
		return
	}
	at := to.RequestURI()
	if _, known := c.from[at]; known {
		return
	}
	if c.kinds == nil {
		c.kinds = map[string]int{}
	}
	kind := kindOf(to)
	if c.kinds[kind]++; c.kinds[kind] > 3 {
		return
	}
	c.from[at] = page
	c.queue = append(c.queue, at)
}

// kindOf is a path with its ids left out, and the names of its parameters.
func kindOf(u *url.URL) string {
	parts := strings.Split(u.Path, "/")
	for i, p := range parts {
		if len(p) > 20 {
			parts[i] = ":id"
		}
	}
	names := ""
	for name := range u.Query() {
		if name == "status" || name == "action" || name == "range" {
			names += " " + name + "=" + u.Query().Get(name)
		}
	}
	return strings.Join(parts, "/") + "?" + names
}
