package console_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"muster/models"
)

func (p *people) uploads(text string, pairs ...string) *httptest.ResponseRecorder {
	p.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		_ = w.WriteField(pairs[i], pairs[i+1])
	}
	f, err := w.CreateFormFile("file", "people.csv")
	if err == nil {
		_, err = f.Write([]byte(text))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/users/import", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return p.by(models.Admin, r)
}

// settled waits for a job to end, as its page does by renewing itself.
func (p *people) settled(job string) *goquery.Document {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if doc := p.see(http.StatusOK, job); doc.Find("progress, .progress").Length() == 0 {
			return doc
		}
	}
	p.t.Fatal("the import does not end")
	return nil
}

func (p *people) checks(text string, pairs ...string) (string, *goquery.Document) {
	p.t.Helper()
	w := p.uploads(text, pairs...)
	if w.Code != http.StatusSeeOther {
		p.t.Fatalf("upload: %d %.500s", w.Code, w.Body)
	}
	job := w.Header().Get("Location")
	return job, p.settled(job)
}

// figures are created, updated, unchanged, skipped and failed of a result page.
func figures(doc *goquery.Document) string {
	return strings.Join(doc.Find(".stat-value").Map(func(_ int, s *goquery.Selection) string { return words(s) }), " ")
}

func issues(doc *goquery.Document) []string {
	var list []string
	doc.Find("table").First().Find("tbody tr").Each(func(_ int, s *goquery.Selection) {
		list = append(list, words(s.Find("td").Eq(0))+" "+words(s.Find("td").Eq(1))+": "+words(s.Find("td").Eq(4).Find("span").First()))
	})
	return list
}

func (p *people) rows() (int64, int64) {
	p.t.Helper()
	counts, err := p.store.UserCounts(p.t.Context(), p.org.Key)
	if err != nil {
		p.t.Fatal(err)
	}
	log, err := p.store.LogEntries(p.t.Context(), p.org.Key, models.LogQuery{})
	if err != nil {
		p.t.Fatal(err)
	}
	return counts.Total, log.Total
}

func TestImportOfAThousandDoesWhatTheDryRunSaid(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	p.change(func(o *models.Organization) { o.Settings.UniqueEmail = true })
	for i := range 20 {
		p.add(p.scim, fmt.Sprintf("user%04d", i*50), "Of", "Directory")
	}
	for i := range 20 {
		p.add(p.admin, fmt.Sprintf("user%04d", i*50+1), "By", "Hand")
	}
	var b strings.Builder
	b.WriteString("userName,Given name,Surname,e-mail,manager,status\n")
	for i := range 1000 {
		email, manager, status := fmt.Sprintf("u%d@example.org", i), fmt.Sprintf("user%04d", (i+731)%1000), "active"
		switch i % 100 {
		case 7:
			email = "broken"
		case 8:
			email = fmt.Sprintf("u%d@example.org", i-2) // the same as an earlier row
		case 9:
			manager = "ghost"
		case 10:
			status = "inactive"
		case 11:
			status = "preserved"
		}
		fmt.Fprintf(&b, "user%04d,Nr,%d,%s,%s,%s\n", i, i, email, manager, status)
	}
	users, entries := p.rows()
	job, dry := p.checks(b.String())
	if n, key := p.rows(); n != users || key != entries {
		t.Fatalf("the dry run wrote: %d users, log %d → %d", n-users, entries, key)
	}
	if got := figures(dry); got != "930 20 0 20 30" {
		t.Errorf("the dry run counts %s: %v", got, issues(dry))
	}
	submit := words(dry.Find("form .btn.primary"))
	if submit != "Import 950 users" {
		t.Errorf("the button says %q", submit)
	}
	p.after(job, "confirm", "yes")
	done := p.settled(job)
	if figures(done) != figures(dry) {
		t.Errorf("the import counts %s, the dry run %s", figures(done), figures(dry))
	}
	if diff := cmp.Diff(issues(dry), issues(done)); diff != "" || len(issues(done)) < 50 {
		t.Errorf("%d issues: %s", len(issues(done)), diff)
	}
	if n, _ := p.rows(); n != users+930 {
		t.Errorf("%d users were created", n-users)
	}
	if u := p.named("user0010"); u.Status != models.Inactive {
		t.Errorf("user0010 is %s", u.Status)
	}
	if u := p.named("user0011"); u.Status != models.Preserved || u.PreservedBy != models.ByAdmin {
		t.Errorf("user0011 is %s by %q", u.Status, u.PreservedBy)
	}
	if u, boss := p.named("user0002"), p.named("user0733"); u.ManagerID != boss.ID {
		t.Errorf("user0002's manager is %q, want the later row's %q", u.ManagerID, boss.ID)
	}
	p.after(job, "confirm", "yes") // pressed twice
	_, again := p.checks(b.String())
	if got := figures(again); got != "0 0 950 20 30" {
		t.Errorf("importing the same file again would count %s", got)
	}
}

func TestImportTouchesOnlyGivenColumns(t *testing.T) {
	p := newPeople(t)
	u := p.add(p.admin, "ada", "Ada", "Lovelace", enterprise("department", "Research", "costCenter", "42"))
	job, _ := p.checks("\uFEFFUser Name;Title;Department\nADA;Countess;\n")
	p.after(job)
	got := p.user(u.ID)
	if got.Title != "Countess" || got.Department != "Research" || got.GivenName != "Ada" || got.UserName != "ada" {
		t.Errorf("after the import: %+v", got.Attributes)
	}
	if diff := cmp.Diff([]string{"create success", "update success"}, p.logged(u.ID)); diff != "" {
		t.Error(diff)
	}
	job, _ = p.checks("userName,department\nada,\n", "empty", "clear")
	p.after(job)
	got = p.user(u.ID)
	if ext := got.Attributes[models.EnterpriseURN].(map[string]any); got.Department != "" || ext["costCenter"] != "42" {
		t.Errorf("clearing left %v", ext)
	}
}

func TestImportIssuesAreToldAndDownloaded(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	p.add(p.scim, "alan", "Alan", "Turing")
	job, doc := p.checks("userName,email,manager,status,office\nada,nope,,,\nalan,a@example.com,,,\nbob,,ghost,,\nbob,,,,\ncarl,,,fired,\ndora,,dora,,\n,x@example.com,,,\nemil,,,,\n")
	want := []string{
		`2 ada: Work e-mail is “nope”.`,
		`3 alan: alan is managed by the directory (SCIM), so the row was left out.`,
		`4 bob: The manager "ghost" is neither a user nor in this file.`,
		`5 bob: userName "bob" is also in line 4 of the file.`,
		`6 carl: The status is “fired”.`,
		`7 dora: dora is named as their own manager.`,
		`8 : userName is empty.`,
	}
	if diff := cmp.Diff(want, issues(doc)); diff != "" {
		t.Error(diff)
	}
	if got := figures(doc); got != "1 0 0 1 6" {
		t.Errorf("the dry run counts %s", got)
	}
	mustHave(t, doc, "office", "Not imported")
	w := p.by(models.Admin, httptest.NewRequest(http.MethodGet, job+"/issues.csv", nil))
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\uFEFF"))).ReadAll()
	if err != nil || len(rows) != 8 || rows[1][0] != "2" || rows[1][5] == "" {
		t.Errorf("the download: %v %v", rows, err)
	}
}

func TestImportRefusesWhatIsNoFile(t *testing.T) {
	p := newPeople(t)
	for name, c := range map[string]struct{ text, says string }{
		"empty":    {"", "No file was chosen"},
		"no name":  {"name,email\nAda,a@example.com\n", "names no userName column"},
		"twice":    {"userName,email,e-mail\nada,a@b.c,a@b.c\n", "are both Work e-mail"},
		"no rows":  {"userName\n", "has no rows"},
		"encoding": {"userName,givenName\nada,M\x81ller\n", "neither UTF-8 nor"},
		"too many": {"userName\n" + strings.Repeat("a\n", 50_001), "more than 50000 rows"},
		"large":    {strings.Repeat("x", 10<<20+1), "larger than 10 MB"},
	} {
		doc := p.page(http.StatusUnprocessableEntity, p.uploads(c.text))
		if got := words(doc.Find("#f-file-error")); !strings.Contains(got, c.says) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestAGuessedCharsetIsShownBeforeTheImport: Excel's plain CSV does not say what its bytes
// mean, so a person looks at the names first.
func TestAGuessedCharsetIsShownBeforeTheImport(t *testing.T) {
	p := newPeople(t)
	job, doc := p.checks("userName;givenName;familyName\r\njose;Jos\xe9;M\xfcller\r\nann;Ann;Lee\r\n")
	mustHave(t, doc, "create 2", "Look at names with accents", "“José”, “Müller”?", "CSV UTF-8")
	p.send(job)
	p.settled(job)
	if u := p.named("jose"); u.GivenName+" "+u.FamilyName != "José Müller" {
		t.Errorf("imported as %s %s", u.GivenName, u.FamilyName)
	}
	_, doc = p.checks("userName;givenName\r\nzoe;Zoë\r\n")
	mustNotHave(t, doc, "accents")
}

func TestUploadBelongsToWhoSentItForHalfAnHour(t *testing.T) {
	p := newPeople(t)
	job, _ := p.checks("userName\nada\n")
	if w := p.by(models.Owner, httptest.NewRequest(http.MethodGet, job, nil)); w.Code != http.StatusNotFound {
		t.Errorf("another administrator sees the upload: %d", w.Code)
	}
	p.clock.Advance(31 * time.Minute)
	p.admit(models.Admin)
	doc := p.see(http.StatusNotFound, job)
	mustHave(t, doc, "upload the file again")
}

func TestExportIsSafeAndComesBack(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	p.add(p.admin, "boss", "Grace", "Hopper")
	nasty := []string{"=cmd|' /C calc'!A0", "+49 30 1", "-2+3", "@SUM(A1)", "'=1", "-12", `He said "hi", then left;`, "two\nlines"}
	for i, text := range nasty {
		p.after("/users/new", "userName", fmt.Sprintf("user%d", i), "title", text, "department", text, "manager", "boss", "note", text)
	}
	p.add(p.scim, "alan", "Alan", "Turing")
	before := map[string]models.Attributes{}
	for i := range nasty {
		before[fmt.Sprint(i)] = p.named(fmt.Sprintf("user%d", i)).Attributes
	}
	w := p.by(models.Admin, httptest.NewRequest(http.MethodGet, "/users/export.csv", nil))
	if !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("headers: %v", w.Header())
	}
	text := w.Body.String()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\uFEFF"))).ReadAll()
	if err != nil || len(rows) != 11 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		for n, cell := range row {
			if cell != "" && strings.ContainsRune("=+@\t\r", rune(cell[0])) || strings.HasPrefix(cell, "-") && cell != "-12" {
				t.Errorf("column %s begins like a formula: %q", rows[0][n], cell)
			}
		}
	}
	if _, dry := p.checks(text, "empty", "clear"); figures(dry) != "0 0 9 1 0" {
		t.Errorf("the export would not come back unchanged: %s %v", figures(dry), issues(dry))
	}
	q := newPeople(t)
	job, dry := q.checks(text)
	if figures(dry) != "10 0 0 0 0" {
		t.Fatalf("into an empty organization: %s %v", figures(dry), issues(dry))
	}
	q.after(job)
	for i := range nasty {
		got := q.named(fmt.Sprintf("user%d", i))
		want := before[fmt.Sprint(i)]
		want[models.EnterpriseURN].(map[string]any)["manager"] = map[string]any{"value": q.named("boss").ID}
		if diff := cmp.Diff(want, got.Attributes); diff != "" {
			t.Errorf("%q: %s", nasty[i], diff)
		}
	}
	narrow := q.by(models.Admin, httptest.NewRequest(http.MethodGet, "/users/export.csv?q=boss", nil)).Body.String()
	if n := strings.Count(narrow, "\r\n"); n != 2 {
		t.Errorf("an export of one user has %d lines", n)
	}
}

// TestALineWithTooManyCells is refused: a comma in a name cut it in two, and everything
// behind it stands in the wrong column. What is empty behind the last column is not.
func TestALineWithTooManyCells(t *testing.T) {
	p := newPeople(t)
	_, doc := p.checks("userName,familyName,title\nada,Lovelace, Ada,Countess\nbob,Byron,Lord,,\n")
	if got := figures(doc); got != "1 0 0 0 1" {
		t.Errorf("figures %s", got)
	}
	mustHave(t, doc, "The line has 4 cells, and the first line names 3 columns", "needs quotation marks")
}

// TestAnImportIsTakenBack by the way that its result names.
func TestAnImportIsTakenBack(t *testing.T) {
	p := newPeople(t)
	for _, c := range []struct{ file, says string }{
		{"userName\nada\nbob\n", "To take the new users back"},
		{"userName,status\nada,preserved\nbob,preserved\n", "2 users were imported"},
	} {
		job, _ := p.checks(c.file)
		if w := p.send(job); w.Code != http.StatusSeeOther {
			t.Fatalf("carried out with %d", w.Code)
		}
		mustHave(t, p.settled(job), c.says)
	}
	if p.status("ada") != models.Preserved || p.status("bob") != models.Preserved {
		t.Errorf("ada is %s, bob %s", p.status("ada"), p.status("bob"))
	}
}

// A file on a slow line arrives, though the listener cuts other bodies off by then.
func TestAnImportHasLongerThanAForm(t *testing.T) {
	t.Parallel()
	const most = 300 * time.Millisecond
	p := newPeople(t)
	server := httptest.NewUnstartedServer(p)
	server.Config.ReadTimeout = most
	server.Start()
	t.Cleanup(server.Close)
	cookie, _, _ := strings.Cut(p.cookies[models.Admin], ";")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	slowly := func(path, kind, before, after string) int {
		out, in := io.Pipe()
		go func() {
			_, _ = io.WriteString(in, before)
			time.Sleep(2 * most)
			_, _ = io.WriteString(in, after)
			_ = in.Close()
		}()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, out)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Cookie", cookie)
		resp, err := client.Do(r)
		if err != nil {
			return 0 // cut off
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	const head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\nContent-Type: text/csv\r\n\r\n"
	if got := slowly("/users/import", "multipart/form-data; boundary=b", head+"userName\r\n", "ada@example.com\r\n\r\n--b--\r\n"); got != http.StatusSeeOther {
		t.Errorf("a slow file was answered %d", got)
	}
	if got := slowly("/users/new", "application/x-www-form-urlencoded", "userName=gr", "ace%40example.com"); got == http.StatusSeeOther {
		t.Error("a form that took twice the time was accepted: the test shows nothing")
	}
}
