package scimv2_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"muster/models"
)

// TestTranscripts plays what clients send and holds the answers and their effects
// to what the transcript says, on both engines.
//
// A transcript is a txtar archive. Its parts are:
//
//	> METHOD /path   a request under /scim/v2: header lines, an empty line, a body
//	< 200            the answer: header lines (the value must be contained), then JSON
//	                 that must be contained in the body; "<any>" and "<absent>" are
//	                 words, "{{name=}}" keeps a text and "{{name}}" repeats it
//	row {{id}}       column=value pairs of a user as it is stored
//	log              the new log entries: action/status/code and the target's name,
//	                 below each, indented, its modified properties if they matter
//	cycles           the cycles: kind and requests/created/updated/removed/skipped/failed
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			eachServer(t, func(t *testing.T, s *server) {
				p := &player{server: s, vars: map[string]string{"base": base + "/scim/v2"}}
				for i, f := range archive.Files {
					p.step = fmt.Sprintf("step %d (%s)", i+1, f.Name)
					p.play(t, f.Name, string(f.Data))
				}
				p.finish(t)
			})
		})
	}
}

// canary stands in transcripts where a client sends a password.
const canary = "c4nary-Passw0rd"

type player struct {
	*server
	vars   map[string]string
	step   string
	sent   int
	logged int
	answer struct {
		status int
		header map[string][]string
		body   string
	}
}

func (p *player) play(t *testing.T, name, data string) {
	t.Helper()
	name, data = p.fill(name), p.fill(data)
	kind, rest, _ := strings.Cut(name, " ")
	switch kind {
	case ">":
		p.request(t, rest, data)
	case "<":
		p.response(t, rest, data)
	case "row":
		p.row(t, rest, data)
	case "log":
		p.log(t, data)
	case "cycles":
		p.cycles(t, data)
	default:
		t.Fatalf("%s: unknown part", p.step)
	}
}

var variable = regexp.MustCompile(`\{\{(\w+)\}\}`)

func (p *player) fill(s string) string {
	return variable.ReplaceAllStringFunc(s, func(m string) string {
		if v, ok := p.vars[m[2:len(m)-2]]; ok {
			return v
		}
		return m
	})
}

// headed splits header lines from a body; a body alone begins with { or [.
func headed(data string) (headers map[string]string, body string) {
	headers = map[string]string{}
	data = strings.TrimSpace(data)
	for data != "" && !strings.HasPrefix(data, "{") && !strings.HasPrefix(data, "[") {
		line, rest, _ := strings.Cut(data, "\n")
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return headers, data
		}
		headers[strings.TrimSpace(name)] = strings.TrimSpace(value)
		data = strings.TrimSpace(rest)
	}
	return headers, data
}

func (p *player) request(t *testing.T, line, data string) {
	t.Helper()
	headers, body := headed(data)
	method, path, _ := strings.Cut(line, " ")
	w := p.send(method, "/scim/v2"+path, headers, body)
	p.sent++
	p.answer.status, p.answer.header, p.answer.body = w.Code, w.Header(), w.Body.String()
	if w.Code >= 400 && !strings.Contains(w.Body.String(), "urn:ietf:params:scim:api:messages:2.0:Error") && method != "HEAD" {
		t.Errorf("%s: a refusal without SCIM error body: %s", p.step, w.Body)
	}
	if kind := w.Header().Get("Content-Type"); w.Body.Len() > 0 && kind != "application/scim+json" {
		t.Errorf("%s: answered as %q", p.step, kind)
	}
}

func (p *player) response(t *testing.T, status, data string) {
	t.Helper()
	if got := fmt.Sprint(p.answer.status); got != status {
		t.Errorf("%s: status %s: %.400s", p.step, got, p.answer.body)
	}
	headers, body := headed(data)
	for name, want := range headers {
		if got := strings.Join(http.Header(p.answer.header).Values(name), ", "); !strings.Contains(got, want) {
			t.Errorf("%s: header %s is %q, want %q", p.step, name, got, want)
		}
	}
	if body == "" {
		return
	}
	var want, got any
	if err := json.Unmarshal([]byte(body), &want); err != nil {
		t.Fatalf("%s: the transcript's JSON: %v\n%s", p.step, err, body)
	}
	if err := json.Unmarshal([]byte(p.answer.body), &got); err != nil {
		t.Fatalf("%s: the answer is no JSON: %v\n%s", p.step, err, p.answer.body)
	}
	if problem := p.contained(want, got, ""); problem != "" {
		t.Errorf("%s: %s\n%.600s", p.step, problem, p.answer.body)
	}
}

// contained tells what of want is not in got, "" when all of it is. Objects may
// hold more, lists may not.
func (p *player) contained(want, got any, at string) string {
	switch want := want.(type) {
	case map[string]any:
		have, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v, want an object", at, got)
		}
		for key, w := range want {
			g, there := have[key]
			switch {
			case w == "<absent>" && there:
				return fmt.Sprintf("%s.%s is there: %v", at, key, g)
			case w == "<absent>":
			case !there:
				return fmt.Sprintf("%s.%s is missing", at, key)
			default:
				if problem := p.contained(w, g, at+"."+key); problem != "" {
					return problem
				}
			}
		}
		return ""
	case []any:
		have, ok := got.([]any)
		if !ok || len(have) != len(want) {
			return fmt.Sprintf("%s is %v, want %d values", at, got, len(want))
		}
		for i := range want {
			if problem := p.contained(want[i], have[i], fmt.Sprintf("%s[%d]", at, i)); problem != "" {
				return problem
			}
		}
		return ""
	case string:
		if name, ok := strings.CutSuffix(want, "=}}"); ok && strings.HasPrefix(name, "{{") {
			p.vars[name[2:]] = fmt.Sprint(got)
			return ""
		}
		if part, ok := strings.CutPrefix(want, "~"); ok {
			if text, _ := got.(string); strings.Contains(text, part) {
				return ""
			}
		}
		if want == "<any>" {
			return ""
		}
	}
	if want != got {
		return fmt.Sprintf("%s is %v, want %v", at, got, want)
	}
	return ""
}

func (p *player) row(t *testing.T, id, data string) {
	t.Helper()
	u := p.User(t, id)
	have := map[string]string{
		"status": string(u.Status), "by": string(u.PreservedBy), "mode": string(u.Mode), "version": fmt.Sprint(u.Version),
		"hidden": fmt.Sprint(u.Hidden), "userName": u.UserName, "email": u.Email, "externalId": u.ExternalID, "display": u.DisplayName,
		"manager": u.ManagerID, "department": u.Department, "key": u.UserNameKey,
	}
	for line := range strings.Lines(data) {
		name, want, _ := strings.Cut(strings.TrimSpace(line), "=")
		if got, known := have[name]; !known || got != want {
			t.Errorf("%s: %s is %q, want %q", p.step, name, got, want)
		}
	}
}

func (p *player) log(t *testing.T, data string) {
	t.Helper()
	entries := p.Log(t)
	fresh := entries[p.logged:]
	p.logged = len(entries)
	var want []string
	modified := map[int][]string{}
	for line := range strings.Lines(data) {
		line = strings.TrimRight(line, "\n")
		if text := strings.TrimSpace(line); strings.HasPrefix(line, " ") {
			modified[len(want)-1] = append(modified[len(want)-1], text)
		} else if text != "" {
			want = append(want, text)
		}
	}
	var got []string
	for i, e := range fresh {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s/%s/%s %s", e.Action, e.Status, e.Code, e.TargetName)))
		p.entry(t, e, modified[i])
	}
	if !slices.Equal(want, got) {
		t.Errorf("%s: logged\n  %s\nwant\n  %s", p.step, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// entry holds an entry to what every entry must tell.
func (p *player) entry(t *testing.T, e models.LogEntry, modified []string) {
	t.Helper()
	var got []string
	for _, c := range e.Details.Modified {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s: %s -> %s", c.Path, c.Old, c.New)))
	}
	slices.Sort(got)
	slices.Sort(modified)
	if modified != nil && !slices.Equal(modified, got) {
		t.Errorf("%s: modified\n  %s\nwant\n  %s", p.step, strings.Join(got, "\n  "), strings.Join(modified, "\n  "))
	}
	if len(e.Details.Steps) < 2 || e.Details.Steps[0].Name != models.StepImport || e.Details.Steps[len(e.Details.Steps)-1].Name != models.StepAction {
		t.Errorf("%s: steps %v", p.step, e.Details.Steps)
	}
	if e.Summary == "" || e.RequestID == "" || e.InitiatorName == "" || e.Status != models.Success && (e.Code == "" || e.Details.Advice == "") {
		t.Errorf("%s: an entry without summary, request, initiator, code or advice: %+v", p.step, e)
	}
}

func (p *player) cycles(t *testing.T, data string) {
	t.Helper()
	list, err := p.Cycles(t.Context(), p.Org.Key, models.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range list.Items {
		got = append([]string{fmt.Sprintf("%s %d/%d/%d/%d/%d/%d", c.Kind, c.Requests, c.Created, c.Updated, c.Removed, c.Skipped, c.Failed)}, got...)
	}
	if want := strings.TrimSpace(data); strings.Join(got, "\n") != want {
		t.Errorf("%s: cycles %v, want %s", p.step, got, want)
	}
}

// finish holds the whole exchange: every request is written down, masked.
func (p *player) finish(t *testing.T) {
	t.Helper()
	p.recordExchanges(t)
	if in := p.Find(t, canary); len(in) > 0 {
		t.Errorf("the password stands in %v", in)
	}
	if in := p.Find(t, p.token); len(in) > 0 {
		t.Errorf("the token stands in %v", in)
	}
	if n := p.Int(t, "SELECT count(*) FROM exchanges"); p.vars["exchanges"] == "" && n > int64(p.sent) || n == 0 {
		t.Errorf("%d of %d requests were written down", n, p.sent)
	}
	if n := p.Int(t, "SELECT count(*) FROM exchanges WHERE request_body = '' AND http_method IN ('POST', 'PUT', 'PATCH') AND status < 400"); n > 0 {
		t.Errorf("%d writes were recorded without their body", n)
	}
	if n := p.Int(t, "SELECT count(*) FROM log_entries WHERE request_id NOT IN (SELECT request_id FROM exchanges)"); n > 0 {
		t.Errorf("%d log entries have no request beside them", n)
	}
}
