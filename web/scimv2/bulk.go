package scimv2

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/scim"
)

// bulk carries out many operations in one request, RFC 7644 §3.7. Each goes
// through the same handler as if it had come alone, in its own transaction: one
// that is refused takes no other with it.
func (s *Server) bulk(c *call) error {
	data, err := s.body(c, s.Limits.BulkBytes)
	if err != nil {
		return err
	}
	b, err := scim.DecodeBulk(data, scim.BulkLimits{Operations: s.Limits.BulkOperations, Bytes: s.Limits.BulkBytes, Depth: s.Limits.Depth})
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, scim.BulkResponse(s.carryOut(c, b)))
}

// carryOut answers in the order of the request. When failOnErrors is reached it
// stops; what was not tried is left out of the answer, as §3.7.3 has it.
func (s *Server) carryOut(c *call, b scim.Bulk) []scim.BulkResult {
	results := make([]*scim.BulkResult, len(b.Operations))
	made := map[string]string{}
	failed := 0
	var apart []int // made without what they refer to
	link := func(all bool) {
		apart = slices.DeleteFunc(apart, func(i int) bool {
			ready := all || b.Operations[i].Linkable(made)
			if ready && !s.link(c, b.Operations[i], made, results[i]) {
				failed++
			}
			return ready
		})
	}
	for _, i := range b.Order() {
		if c.Request().Context().Err() != nil || b.FailOnErrors > 0 && failed >= b.FailOnErrors {
			break
		}
		r := s.operation(c, b.Operations[i], made)
		if results[i] = &r; r.Status >= http.StatusBadRequest {
			failed++
		} else if b.Operations[i].Later != nil {
			apart = append(apart, i)
		}
		link(false)
	}
	link(true)
	out := make([]scim.BulkResult, 0, len(results))
	for _, r := range results {
		if r != nil {
			out = append(out, *r)
		}
	}
	return out
}

// link gives a user that was made without another, because each refers to the other, what
// it refers to (§3.7.1). One that cannot be linked has the refusal as its result.
func (s *Server) link(c *call, op scim.BulkOperation, made map[string]string, result *scim.BulkResult) bool {
	r := s.operation(c, op.Link(made[op.BulkID]), made)
	if r.Status < http.StatusBadRequest {
		result.Version = r.Version
		return true
	}
	result.Status, result.Response = r.Status, r.Response
	return false
}

// operation carries one out and remembers the id of what it made.
func (s *Server) operation(c *call, op scim.BulkOperation, made map[string]string) scim.BulkResult {
	r := scim.BulkResult{Method: op.Method, BulkID: op.BulkID}
	path, body, err := "", []byte(nil), error(op.Refusal)
	if op.Refusal == nil {
		path, body, err = op.Resolve(made)
	}
	var run handler
	var endpoint, id string
	if err == nil {
		run, endpoint, id, err = target(op.Method, path)
	}
	inner, answer := s.inner(c, op, path, id, body)
	if err == nil {
		err = s.bring(c.Request().Context(), c.by, id)
	}
	if err == nil {
		err = run(s, c.within(inner))
	}
	if err != nil {
		Error(inner, s.Log, err)
	}
	outer, own := exchange(c), exchange(inner)
	outer.Notes, outer.Deviations = append(outer.Notes, own.Notes...), append(outer.Deviations, own.Deviations...)
	r.Status, r.Version = answer.code, answer.header.Get("ETag")
	if r.Location = answer.header.Get(echo.HeaderLocation); r.Location == "" {
		r.Location = answer.header.Get("Content-Location")
	}
	if r.Location == "" && id != "" {
		r.Location = c.root + endpoint + "/" + id
	}
	if answer.code >= http.StatusBadRequest {
		r.Response = bytes.TrimSpace(answer.body.Bytes())
		if op.Method == http.MethodPost {
			r.Location = "" // nothing was made that could have one
		}
	} else if op.Method == http.MethodPost && op.BulkID != "" {
		made[op.BulkID] = r.Location[strings.LastIndexByte(r.Location, '/')+1:]
	}
	return r
}

// target finds the handler that the operation's method and path mean, the endpoint as
// it is spelled in addresses, and the resource's id.
func target(method, path string) (run handler, endpoint, id string, err error) {
	rest := strings.Trim(strings.TrimPrefix(path, Prefix), "/")
	name, id, _ := strings.Cut(rest, "/")
	id, err = url.PathUnescape(id)
	var of map[string]handler
	switch {
	case err != nil || strings.Contains(id, "/"):
	case strings.EqualFold(name, "Users"):
		endpoint = "/Users"
		of = map[string]handler{http.MethodPost: (*Server).createUser, http.MethodPut: (*Server).replaceUser, http.MethodPatch: (*Server).patchUser, http.MethodDelete: (*Server).deleteUser}
	case strings.EqualFold(name, "Groups"):
		endpoint = "/Groups"
		of = map[string]handler{http.MethodPost: (*Server).createGroup, http.MethodPut: (*Server).replaceGroup, http.MethodPatch: (*Server).patchGroup, http.MethodDelete: (*Server).deleteGroup}
	}
	run = of[method]
	if run == nil || (method == http.MethodPost) != (id == "") {
		return nil, "", "", models.Errorf(models.Invalid, "path", "%s %s is no operation of a bulk request.", method, clip(path, 200)).
			WithAdvice("POST goes to /Users or /Groups; PUT, PATCH and DELETE to one resource, such as /Users/2819c223.").WithCode("invalidPath")
	}
	return run, endpoint, id, nil
}

// inner is the operation as a request of its own.
func (s *Server) inner(c *call, op scim.BulkOperation, path, id string, body []byte) (echo.Context, *innerAnswer) {
	outer := c.Request()
	r := (&http.Request{
		Method: op.Method, URL: &url.URL{Path: Prefix + "/" + strings.Trim(strings.TrimPrefix(path, Prefix), "/")},
		Host: outer.Host, TLS: outer.TLS, RemoteAddr: outer.RemoteAddr, Proto: outer.Proto, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{echo.HeaderContentType: {mediaType}},
		Body:   io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}).WithContext(outer.Context())
	if op.Version != "" {
		r.Header.Set("If-Match", op.Version)
	}
	answer := &innerAnswer{header: http.Header{}, code: http.StatusOK}
	in := c.Echo().NewContext(r, answer)
	in.SetParamNames("id")
	in.SetParamValues(id)
	in.Response().Header().Set(echo.HeaderXRequestID, c.Response().Header().Get(echo.HeaderXRequestID))
	return in, answer
}

// innerAnswer takes an operation's answer where a connection would.
type innerAnswer struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

// Header, WriteHeader and Write make it an http.ResponseWriter.
func (a *innerAnswer) Header() http.Header { return a.header }

func (a *innerAnswer) WriteHeader(code int) { a.code = code }

func (a *innerAnswer) Write(p []byte) (int, error) { return a.body.Write(p) }
