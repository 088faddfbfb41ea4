package idp_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

type doc = map[string]any

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// fake is a SCIM server of the smallest size that both dialects can live
// with: maps under a mutex. before and after are called around each request
// with its number; returning true ends the connection without an answer.
type fake struct {
	mu            sync.Mutex
	users, groups []doc
	n             int
	log           []string
	before, after func(n int, w http.ResponseWriter, r *http.Request) bool
	broken        string // a fault that a test plants
}

func newFake(t *testing.T) (*fake, string) {
	t.Helper()
	f := &fake{}
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	return f, srv.URL + "/scim/v2"
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	n := f.n
	if f.before != nil && f.before(n, w, r) {
		return
	}
	var body doc
	err := json.NewDecoder(r.Body).Decode(&body)
	raw, _ := json.Marshal(body)
	f.log = append(f.log, r.Method+" "+r.URL.String()+" "+string(raw)+" "+r.UserAgent())
	rec := httptest.NewRecorder()
	f.route(rec, r, body, r.ContentLength > 0 && err != nil)
	if f.after != nil && f.after(n, w, r) {
		return
	}
	w.Header().Set("Content-Type", "application/scim+json")
	w.Header().Set("X-Request-Id", fmt.Sprint("req-", n))
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

func answer(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body)
	}
}

func refuse(w http.ResponseWriter, status int, kind string) {
	answer(w, status, doc{
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": strconv.Itoa(status), "scimType": kind, "detail": "refused",
	})
}

func (f *fake) route(w http.ResponseWriter, r *http.Request, body doc, bad bool) {
	if r.Header.Get("Authorization") != "Bearer right" {
		refuse(w, 401, "")
		return
	}
	if bad {
		refuse(w, 400, "invalidSyntax")
		return
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/scim/v2/"), "/")
	list, name := &f.users, "userName"
	if parts[0] == "Groups" {
		list, name = &f.groups, "displayName"
	}
	if len(parts) == 1 {
		if r.Method == http.MethodPost {
			f.create(w, list, name, body)
			return
		}
		f.find(w, r, *list)
		return
	}
	at := slices.IndexFunc(*list, func(d doc) bool { return d["id"] == parts[1] })
	if at < 0 {
		refuse(w, 404, "")
		return
	}
	f.one(w, r, list, at, name, body)
}

func (f *fake) one(w http.ResponseWriter, r *http.Request, list *[]doc, at int, name string, body doc) {
	old := (*list)[at]
	next := doc{}
	raw, _ := json.Marshal(old)
	_ = json.Unmarshal(raw, &next)
	switch r.Method {
	case http.MethodGet:
		answer(w, 200, f.shown(old))
		return
	case http.MethodDelete:
		*list = slices.Delete(*list, at, at+1)
		w.WriteHeader(204)
		return
	case http.MethodPut:
		next = clean(body)
		next["id"] = old["id"]
	case http.MethodPatch:
		for _, op := range body["Operations"].([]any) {
			if !f.apply(next, op.(doc)) {
				refuse(w, 400, "invalidPath")
				return
			}
		}
	}
	if s, _ := next["displayName"].(string); len(s) > 1000 {
		refuse(w, 400, "invalidValue")
		return
	}
	if f.taken(*list, name, next) {
		refuse(w, 409, "uniqueness")
		return
	}
	(*list)[at] = next
	answer(w, 200, f.shown(next))
}

func (f *fake) taken(list []doc, name string, d doc) bool {
	return slices.ContainsFunc(list, func(o doc) bool {
		a, _ := o[name].(string)
		b, _ := d[name].(string)
		return o["id"] != d["id"] && strings.EqualFold(a, b)
	})
}

func (f *fake) create(w http.ResponseWriter, list *[]doc, name string, body doc) {
	if s, _ := body[name].(string); s == "" {
		refuse(w, 400, "invalidValue")
		return
	}
	d := clean(body)
	d["id"] = fmt.Sprintf("%s-%d", name, len(f.log))
	if f.taken(*list, name, d) {
		refuse(w, 409, "uniqueness")
		return
	}
	*list = append(*list, d)
	answer(w, 201, f.shown(d))
}

// clean keeps what the schema knows.
func clean(body doc) doc {
	d := maps.Clone(body)
	for k, v := range d {
		if v == nil || slices.Contains([]string{"id", "meta", "groups", "schemas", "password", "onPremisesExtensionAttributes", "favouriteColour"}, k) {
			delete(d, k)
		}
	}
	if s, ok := d["active"].(string); ok {
		d["active"] = strings.EqualFold(s, "true")
	}
	return d
}

func (f *fake) shown(d doc) doc {
	d = maps.Clone(d)
	d["schemas"] = []string{"x"}
	if d["userName"] != nil {
		groups := []any{}
		for _, g := range f.groups {
			if hasMember(g, d["id"]) {
				groups = append(groups, doc{"value": g["id"]})
			}
		}
		d["groups"] = groups
	}
	return d
}

func hasMember(g doc, id any) bool {
	list, _ := g["members"].([]any)
	return slices.ContainsFunc(list, func(m any) bool { return m.(doc)["value"] == id })
}

var clause = regexp.MustCompile(`(\w+) eq ("(?:[^"\\]|\\.)*")`)

func (f *fake) find(w http.ResponseWriter, r *http.Request, list []doc) {
	hits := []any{}
	for _, d := range list {
		ok := true
		for _, m := range clause.FindAllStringSubmatch(r.URL.Query().Get("filter"), -1) {
			var want string
			_ = json.Unmarshal([]byte(m[2]), &want)
			switch m[1] {
			case "members":
				ok = ok && hasMember(d, want)
			case "manager":
				ext, _ := d[enterprise].(doc)
				boss, _ := ext["manager"].(doc)
				ok = ok && boss["value"] == want
			default:
				ok = ok && d[m[1]] == want
			}
		}
		if ok {
			hits = append(hits, d)
		}
	}
	all := len(hits)
	if start, _ := strconv.Atoi(r.URL.Query().Get("startIndex")); start > 1 {
		hits = hits[min(start-1, all):]
	}
	if n, _ := strconv.Atoi(r.URL.Query().Get("count")); n > 0 {
		hits = hits[:min(n, len(hits))]
	}
	for i, d := range hits {
		hits[i] = f.shown(d.(doc))
	}
	answer(w, 200, doc{"totalResults": all, "Resources": hits})
}

// apply carries out one operation of either dialect and says whether the path
// is known.
func (f *fake) apply(d, op doc) bool {
	kind, path, value := strings.ToLower(op["op"].(string)), "", op["value"]
	path, _ = op["path"].(string)
	if path == "" {
		for k, v := range value.(doc) {
			if k != "id" && !f.set(d, "replace", k, v) {
				return false
			}
		}
		return true
	}
	return f.set(d, kind, path, value)
}

var typed = regexp.MustCompile(`^(\w+)\[(\w+) eq "(.*)"\](?:\.(\w+))?$`)

func (f *fake) set(d doc, kind, path string, value any) bool {
	if m := typed.FindStringSubmatch(path); m != nil && m[1] == "members" {
		f.setMembers(d, "remove", []any{doc{"value": m[3]}})
		return true
	} else if m != nil {
		setTyped(d, kind, m, value)
		return true
	}
	switch {
	case path == "members":
		list, _ := value.([]any)
		f.setMembers(d, kind, list)
	case path == "manager" || path == enterprise+":manager":
		if list, ok := value.([]any); ok {
			value = list[0].(doc)["value"]
		}
		setIn(d, enterprise, "manager", kind, doc{"value": value}, value == nil || value == "")
	case strings.HasPrefix(path, enterprise+":"):
		setIn(d, enterprise, path[len(enterprise)+1:], kind, value, false)
	case strings.Contains(path, "."):
		head, sub, _ := strings.Cut(path, ".")
		setIn(d, head, sub, kind, value, false)
	case path == "active":
		s, isText := value.(string)
		d["active"] = value == true || isText && strings.EqualFold(s, "true")
	case path == "extensionAttribute7":
		return false
	case kind == "remove":
		delete(d, path)
	default:
		d[path] = value
	}
	return true
}

func setIn(d doc, head, sub, kind string, value any, empty bool) {
	m, ok := d[head].(doc)
	if !ok {
		m = doc{}
		d[head] = m
	}
	if kind == "remove" || empty {
		delete(m, sub)
		return
	}
	m[sub] = value
}

func setTyped(d doc, kind string, m []string, value any) {
	list, _ := d[m[1]].([]any)
	at := slices.IndexFunc(list, func(e any) bool { return e.(doc)["type"] == m[3] })
	if at < 0 {
		list = append(list, doc{"type": m[3]})
		at = len(list) - 1
	}
	if kind == "remove" {
		delete(list[at].(doc), m[4])
	} else {
		list[at].(doc)[m[4]] = value
	}
	d[m[1]] = list
}

func (f *fake) setMembers(d doc, kind string, list []any) {
	have, _ := d["members"].([]any)
	if kind == "replace" {
		have = nil
	}
	for _, e := range list {
		id := e.(doc)["value"]
		have = slices.DeleteFunc(slices.Clone(have), func(m any) bool { return m.(doc)["value"] == id })
		if kind != "remove" && f.broken != "adds lost" {
			have = append(have, doc{"value": id})
		}
	}
	d["members"] = have
}
