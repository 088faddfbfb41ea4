package console_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"muster/models"
	"muster/models/store"
)

// newLog is a stand with ten arrivals over two days, one refusal, one change by
// hand, and the requests of the refusal.
func newLog(t *testing.T) (s *stand, refused models.LogEntry, first models.User) {
	t.Helper()
	s = newStand(t)
	s.scim()
	for n := range 10 {
		u, err := s.arrive(user(n))
		s.must(err)
		if n == 0 {
			first = u
		}
		if n == 4 {
			s.clock.Advance(26 * time.Hour)
		}
	}
	request := uuid.NewString()
	_, err := s.dir.CreateUser(t.Context(), s.sync(request), func(u *models.User) error {
		u.Attributes = models.Attributes{"userName": user(3), "externalId": "of somebody else"}
		return nil
	})
	if models.KindOf(err) != models.Uniqueness {
		t.Fatalf("a taken name: %v", err)
	}
	s.must(s.store.Keep(t.Context(), func(tx *store.Tx) error {
		return tx.AddExchanges([]models.Exchange{
			{
				OrganizationID: s.org.Key, RequestID: request, At: tx.Now(), TokenID: s.token.ID, TokenName: s.token.Description, Client: "Okta SCIM Client 1.4 (Java)", Address: "203.0.113.7",
				HTTPMethod: "POST", Path: "/scim/v2/Users", Status: 409, ScimType: "uniqueness", RequestBody: `{"userName":"` + user(3) + `"}`, ResponseBody: `{"status":"409"}`, Notes: []string{},
			},
			{
				OrganizationID: s.org.Key, RequestID: uuid.NewString(), At: tx.Now(), TokenID: s.token.ID, TokenName: s.token.Description, HTTPMethod: "GET",
				Path: `/scim/v2/Users?filter=` + url.QueryEscape(`userName eq "`+user(3)+`"`), Status: 200, Notes: []string{},
			},
		})
	}))
	_, err = s.dir.Suspend(t.Context(), s.cli(), first.ID, "leave")
	s.must(err)
	list, err := s.store.LogEntries(t.Context(), s.org.Key, models.LogQuery{RequestID: request})
	s.must(err)
	return s, list.Items[0], first
}

func rows(doc *goquery.Document) int { return doc.Find("#log-rows tr").Length() }

func TestLogFilters(t *testing.T) {
	s, refused, first := newLog(t)
	b := s.as(models.Owner)
	token := s.token.ID
	for _, c := range []struct {
		query string
		want  int
	}{
		{"", 13},
		{"range=all", 13},
		{"range=24h", 7},
		{"range=15m", 7},
		{"range=1h", 7},
		{"range=30d", 13},
		{"action=create", 11},
		{"action=disable", 1},
		{"action=delete", 0},
		{"status=failure", 1},
		{"status=success", 12},
		{"status=warning", 0},
		{"initiator=" + token, 11},
		{"q=user003", 2},
		{"q=USER003", 2},
		{"q=nobody", 0},
		{"q=" + refused.ID, 1},
		{"q=" + refused.RequestID, 1},
		{"target=" + first.ID, 2},
		{"request=" + refused.RequestID, 1},
		{"cycle=1", 5},
		{"code=userNameTaken", 1},
		{"code=userNameTaken&q=user", 1},
		{"code=userNameTaken&cycle=1", 0},
		{"code=tooLong", 0},
		{"cycle=2", 6},
		{"action=create&status=failure", 1},
		{"action=create&status=failure&initiator=" + token + "&q=user", 1},
		{"range=custom&from=2026-01-05T00:00&to=2026-01-06T00:00", 6},
		{"range=custom&from=2026-01-06T00:00", 7},
		{"from=2026-01-06", 7},
		{"range=custom&to=2026-01-06", 6},
	} {
		doc := b.open("/logs?" + c.query)
		if got := rows(doc); got != c.want {
			t.Errorf("/logs?%s shows %d rows, want %d", c.query, got, c.want)
		}
		if c.want == 0 && doc.Find(".empty a.btn").Length() == 0 {
			t.Errorf("/logs?%s is empty and offers no next step", c.query)
		}
	}
	for _, bad := range []string{"status=fine", "action=eat", "cycle=x", "range=century", "from=yesterday&range=custom", "after=%21"} {
		status, _, body := b.do(b.request(t.Context(), "/logs?"+bad))
		if status != http.StatusBadRequest {
			t.Errorf("/logs?%s: %d", bad, status)
		}
		wantText(t, b.parse(body).Find("main"), "Request id")
	}
}

func TestLogPageTellsAndLinks(t *testing.T) {
	s, refused, _ := newLog(t)
	b := s.as(models.Owner)
	doc := b.open("/logs?status=failure")
	row := doc.Find("#log-rows tr")
	if !row.HasClass("failed") || row.AttrOr("id", "") != "log-"+refused.ID {
		t.Errorf("the failed row: %s", row.AttrOr("class", ""))
	}
	wantText(t, row, user(3), "Create", "Failure", "is already taken", "SCIM", "Okta production")
	if got := row.Find("a").AttrOr("href", ""); got != "/logs/"+refused.ID {
		t.Errorf("the row leads to %s", got)
	}
	wantText(t, doc.Find(".facets").First(), "All 13", "Success 12", "Failure 1")
	if got, _ := doc.Find("select[name=status] option[selected]").Attr("value"); got != "failure" {
		t.Errorf("the form shows status %q", got)
	}
	bars := b.open("/logs?range=30d").Find(".bars-svg a")
	if bars.Length() == 0 {
		t.Fatal("no bar is a link")
	}
	sum := 0
	bars.Each(func(_ int, bar *goquery.Selection) { sum += rows(b.open(bar.AttrOr("href", ""))) })
	if sum != 13 {
		t.Errorf("the bars lead to %d entries together, want 13", sum)
	}
	doc = b.open("/logs?cycle=2")
	wantText(t, doc.Find("main"), "the incremental cycle of")
	if pin := doc.Find("main a:contains('Show all')").AttrOr("href", ""); rows(b.open(pin)) != 13 {
		t.Errorf("dropping the cycle leads to %s", pin)
	}
}

func TestLogPager(t *testing.T) {
	s := newStand(t)
	s.scim()
	for n := range 60 {
		_, err := s.arrive(user(n))
		s.must(err)
	}
	b := s.as(models.Owner)
	seen := map[string]bool{}
	path := "/logs?action=create"
	pages := 0
	for path != "" {
		doc := b.open(path)
		doc.Find("#log-rows tr").Each(func(_ int, row *goquery.Selection) { seen[row.AttrOr("id", "")] = true })
		path = doc.Find(".pager a[rel=next]").AttrOr("href", "")
		pages++
		if pages == 2 {
			back := doc.Find(".pager a[rel=prev]").AttrOr("href", "")
			if rows(b.open(back)) != 50 {
				t.Errorf("the way back, %s, does not show the first page", back)
			}
		}
	}
	if len(seen) != 60 || pages != 2 {
		t.Errorf("%d entries on %d pages", len(seen), pages)
	}
}

func TestLogEntryPage(t *testing.T) {
	s, refused, first := newLog(t)
	b := s.as(models.Owner)
	doc := b.open("/logs/" + refused.ID)
	wantText(t, doc.Find("h1"), "Create refused: "+user(3))
	wantText(t, doc.Find("#troubleshooting"), "Two people claim one userName", "Say in the queue whether both are the same person", "userNameTaken")
	if got := doc.Find("#troubleshooting a").AttrOr("href", ""); !strings.HasPrefix(got, "/queue/") {
		t.Errorf("the fix leads to %s", got)
	}
	wantText(t, doc.Find("#steps"), "Import Passed", "Match Failed", "Nothing was changed.")
	wantText(t, doc.Find("#request"), "409", "POST /scim/v2/Users", "Okta SCIM Client", "203.0.113.7", user(3))
	wantText(t, doc.Find("main"), "All entries of this request", "All entries of this cycle")
	list, err := s.store.LogEntries(t.Context(), s.org.Key, models.LogQuery{TargetID: first.ID})
	s.must(err)
	later, earlier := list.Items[0].ID, list.Items[1].ID
	doc = b.open("/logs/" + later)
	wantText(t, doc.Find("#modified"), "status", "active", "inactive")
	wantText(t, doc.Find("#request"), "did not come by a SCIM request")
	if got := doc.Find("a[rel=prev]").AttrOr("href", ""); got != "/logs/"+earlier {
		t.Errorf("the earlier neighbour is %s, want %s", got, earlier)
	}
	if got := b.open("/logs/"+earlier).Find("a[rel=next]").AttrOr("href", ""); got != "/logs/"+later {
		t.Errorf("the later neighbour is %s, want %s", got, later)
	}
	if status, _, _ := b.do(b.request(t.Context(), "/logs/"+uuid.NewString())); status != http.StatusNotFound {
		t.Errorf("an unknown entry: %d", status)
	}
}

// TestLogPanel: the same address gives the page with the panel, or to htmx the
// list with the panel alone.
func TestLogPanel(t *testing.T) {
	s, refused, _ := newLog(t)
	b := s.as(models.Owner)
	path := b.open("/logs?status=failure").Find("#log-rows a").AttrOr("hx-get", "")
	check := func(doc *goquery.Document) {
		wantText(t, doc.Find("aside.panel h2"), "Create refused: "+user(3))
		if got := doc.Find("#log-rows tr[aria-current=true]").AttrOr("id", ""); got != "log-"+refused.ID {
			t.Errorf("the chosen row is %q", got)
		}
		if got := doc.Find("aside.panel a[hx-get]").AttrOr("href", ""); got != "/logs?status=failure" {
			t.Errorf("closing leads to %s", got)
		}
	}
	check(b.open(path))
	req := b.request(t.Context(), path)
	req.Header.Set("HX-Request", "true")
	_, h, body := b.do(req)
	if h.Get("Vary") != "HX-Request" || strings.Contains(body, "<h1>") || strings.Contains(body, "<html") {
		t.Errorf("the fragment is more than one: Vary %q\n%s", h.Get("Vary"), body)
	}
	check(b.parse(body))
	if rows(b.open("/logs?entry="+uuid.NewString())) != 13 {
		t.Error("a link to an entry that is gone hides the list")
	}
}

// TestAuditorSeesNobodysName on any page or in any export of the log.
func TestAuditorSeesNobodysName(t *testing.T) {
	s, refused, _ := newLog(t)
	b := s.as(models.Auditor)
	for _, path := range []string{
		"/logs", "/logs?status=failure&entry=" + refused.ID, "/logs/" + refused.ID, "/logs/requests", "/logs/requests/" + refused.RequestID,
		"/logs/export?format=csv", "/logs/export?format=jsonl", "/", "/deployment", "/deployment/change/manual",
	} {
		status, _, body := b.do(b.request(t.Context(), path))
		if status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
		if i := strings.Index(body, "user00"); i >= 0 {
			t.Errorf("%s names a user: …%s…", path, body[max(0, i-80):min(len(body), i+60)])
		}
	}
}

func TestRequests(t *testing.T) {
	s, refused, _ := newLog(t)
	b := s.as(models.Owner)
	for query, want := range map[string]int{"": 2, "failed=1": 1, "token=" + s.token.ID: 2, "token=other": 0, "range=15m": 2} {
		if got := b.open("/logs/requests?" + query).Find("tbody tr").Length(); got != want {
			t.Errorf("/logs/requests?%s shows %d, want %d", query, got, want)
		}
	}
	href := b.open("/logs/requests?failed=1").Find("tbody a").AttrOr("href", "")
	doc := b.open(href)
	wantText(t, doc.Find("main"), "POST /scim/v2/Users", "409", `{ "userName": "`+user(3)+`" }`, `{ "status": "409" }`)
	if got := doc.Find("#request-id").AttrOr("value", ""); got != refused.RequestID {
		t.Errorf("the request id to copy is %q", got)
	}
	if got := rows(b.open(doc.Find("main a:contains('Decisions it caused')").AttrOr("href", ""))); got != 1 {
		t.Errorf("the request's decisions: %d", got)
	}
}

func TestLogExport(t *testing.T) {
	s, _, _ := newLog(t)
	_, err := s.arrive("=cmd|calc@northwind.example")
	s.must(err)
	b := s.as(models.Owner)
	_, h, body := b.do(b.request(t.Context(), "/logs/export?format=csv&action=create"))
	if !strings.HasPrefix(h.Get("Content-Type"), "text/csv") || !strings.Contains(h.Get("Content-Disposition"), ".csv") {
		t.Errorf("headers: %v", h)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
	s.must(err)
	if len(lines) != 13 || lines[0][0] != "time" {
		t.Fatalf("%d lines, heading %v", len(lines), lines[0])
	}
	if got := lines[1][len(lines[1])-1]; lines[0][len(lines[0])-1] != "changes" || !strings.Contains(got, "userName:  → =cmd|calc@northwind.example") {
		t.Errorf("what changed left as %q", got)
	}
	if got := lines[1][4]; got != "'=cmd|calc@northwind.example" {
		t.Errorf("a formula left as %q", got)
	}
	_, _, body = b.do(b.request(t.Context(), "/logs/export?format=jsonl&status=failure"))
	var one struct {
		Code    string
		Target  struct{ Name string }
		Details models.LogDetails
	}
	if err := json.Unmarshal([]byte(body), &one); err != nil {
		t.Fatalf("one JSON line: %v\n%s", err, body)
	}
	if one.Code != "userNameTaken" || one.Target.Name != user(3) || len(one.Details.Steps) != 3 {
		t.Errorf("exported: %+v", one)
	}
	if _, _, body := b.do(b.request(t.Context(), "/logs/export?format=csv&q=nobody")); strings.Count(body, "\n") != 1 {
		t.Errorf("an export of nothing is not its heading: %q", body)
	}
	if status, _, _ := b.do(b.request(t.Context(), "/logs/export?format=xls")); status != http.StatusBadRequest {
		t.Errorf("an unknown format: %d", status)
	}
}

// event is one server-sent event.
type event struct{ id, data string }

// follow opens the tail and gives its events as they come.
func (b browser) follow(path, lastID string) (<-chan event, func()) {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.t.Context())
	req := b.request(ctx, path)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := (&http.Client{Jar: b.client.Jar}).Do(req)
	b.must(err)
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		b.t.Fatalf("the tail answers %s", got)
	}
	out := make(chan event, 100)
	go func() {
		defer func() { _ = resp.Body.Close() }()
		var e event
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch {
			case name == "id":
				e.id = value
			case name == "data":
				e.data += value
			case lines.Text() == "" && e.id != "":
				out <- e
				e = event{}
			}
		}
		close(out)
	}()
	return out, stop
}

func next(t *testing.T, events <-chan event) event {
	t.Helper()
	select {
	case e := <-events:
		return e
	case <-time.After(15 * time.Second):
		t.Fatal("the tail sends nothing")
		return event{}
	}
}

// TestTailResumes: a reader sees each entry once, also over a broken connection,
// and only those of the filter.
func TestTailResumes(t *testing.T) {
	s, _, _ := newLog(t)
	b := s.as(models.Owner)
	stream := b.open("/logs?action=create").Find("[data-tail]").AttrOr("data-tail", "")
	events, stop := b.follow(stream, "")
	mark := next(t, events)
	if mark.data != "" || mark.id == "" {
		t.Fatalf("the tail begins with %+v", mark)
	}
	live, err := s.arrive("live@northwind.example")
	s.must(err)
	_, err = s.dir.Suspend(t.Context(), s.cli(), live.ID, "not a create")
	s.must(err)
	first := next(t, events)
	if !strings.Contains(first.data, "live@northwind.example") || !strings.Contains(first.data, `id="log-`+first.id+`"`) || !strings.HasPrefix(first.data, "<tr") {
		t.Errorf("the first event: %+v", first)
	}
	stop()
	for _, name := range []string{"missed1@northwind.example", "missed2@northwind.example"} {
		_, err := s.arrive(name)
		s.must(err)
	}
	for _, how := range []struct{ path, id string }{{stream, first.id}, {stream + "&after=" + first.id, ""}} {
		events, stop := b.follow(how.path, how.id)
		got := []string{next(t, events).data, next(t, events).data}
		want := []string{"missed1@", "missed2@"}
		for i := range want {
			if !strings.Contains(got[i], want[i]) {
				t.Errorf("resumed with %s, want %s", got[i], want[i])
			}
		}
		stop()
	}
	events, stop = b.follow(stream, mark.id)
	defer stop()
	var ids []string
	for range 3 {
		ids = append(ids, next(t, events).id)
	}
	select {
	case e := <-events:
		t.Errorf("sent twice or outside the filter: %+v", e)
	case <-time.After(2500 * time.Millisecond):
	}
	if diff := cmp.Diff(first.id, ids[0]); diff != "" {
		t.Errorf("from the mark on (-want +got):\n%s", diff)
	}
}

// TestTailWithoutScripts reloads by a header, and only when asked.
func TestTailWithoutScripts(t *testing.T) {
	s, _, _ := newLog(t)
	b := s.as(models.Auditor)
	href := b.open("/logs").Find("[data-tail] a").AttrOr("href", "")
	if _, h, _ := b.do(b.request(t.Context(), href)); h.Get("Refresh") != "5" {
		t.Errorf("%s sends Refresh %q", href, h.Get("Refresh"))
	}
	if _, h, _ := b.do(b.request(t.Context(), "/logs")); h.Get("Refresh") != "" {
		t.Error("the log reloads without being asked")
	}
	if b.open("/logs?range=custom&to=2026-01-06").Find("[data-tail]").Length() != 0 {
		t.Error("a closed range offers a live tail")
	}
}
