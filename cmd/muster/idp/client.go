package idp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	firstDelay  = 100 * time.Millisecond
	longDelay   = 5 * time.Second
	maxFailures = 6
	maxAnswer   = 32 << 20
)

// call is one request of the traffic and what it may be answered with.
type call struct {
	kind    string
	method  string
	path    string // below the base address, with its query
	body    []byte
	expect  []int
	mistake string // the name of a mistake that is made on purpose

	// again is asked before a create is repeated whose outcome is unknown. It
	// looks whether the record is there by now, as identity providers do, and
	// gives the answer that takes the create's place.
	again func(context.Context) (reply, bool, error)
}

type reply struct {
	status   int
	header   http.Header
	body     []byte
	repeated bool // an earlier attempt of the same request may have been carried out
}

func (r reply) doc() object { return decode(r.body) }

// client sends calls one after another per record, repeats what failed for a
// passing reason, and keeps the record of every attempt.
type client struct {
	opts    Options
	base    string
	query   string
	headers http.Header

	mu     sync.Mutex
	next   time.Time
	cycle  int
	result Result
}

func newClient(o Options, headers http.Header) *client {
	base, query, _ := strings.Cut(o.BaseURL, "?")
	if o.Flag && !strings.Contains(query, "aadOptscim062020") {
		query = strings.TrimPrefix(query+"&aadOptscim062020", "&")
	}
	return &client{opts: o, base: strings.TrimRight(base, "/"), query: query, headers: headers}
}

// send carries out one call. An answer that was not expected is put on the
// list of problems and returned like any other; an error means that the server
// stayed away for MaxWait, or that ctx ended.
func (c *client) send(ctx context.Context, q call) (reply, error) {
	started := c.opts.Now()
	delay, unknown := firstDelay, false
	for attempt := 1; ; attempt++ {
		if err := c.pace(ctx); err != nil {
			return reply{}, err
		}
		r, err := c.once(ctx, q, attempt)
		if ctx.Err() != nil {
			return reply{}, ctx.Err()
		}
		unknown = unknown || err != nil || r.status >= 500
		r.repeated = unknown
		if err == nil && !c.passing(r, attempt) {
			c.judge(q, r)
			return r, nil
		}
		wait := max(delay, retryAfter(r.header, c.opts.Now()))
		delay = min(2*delay, longDelay)
		if c.opts.Now().Sub(started)+wait > c.opts.MaxWait {
			return r, fmt.Errorf("%s: the server could not be used for %s: %w", q.kind, c.opts.MaxWait, cause(r, err))
		}
		if err := c.opts.Sleep(ctx, wait); err != nil {
			return reply{}, err
		}
		if unknown && q.again != nil {
			if found, ok, err := q.again(ctx); ok || err != nil {
				found.repeated = true
				return found, err
			}
		}
	}
}

func cause(r reply, err error) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("status %d: %.200s", r.status, r.body)
}

// passing says whether the same request may succeed later. An internal error
// is repeated a few times only, so that one broken record does not stop a run.
func (c *client) passing(r reply, attempt int) bool {
	switch {
	case r.status == http.StatusTooManyRequests || r.status == http.StatusServiceUnavailable:
		return true
	case r.status >= 500:
		return attempt < maxFailures && r.status != http.StatusNotImplemented
	}
	return false
}

func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if s, err := strconv.Atoi(v); err == nil {
		return time.Duration(s) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return at.Sub(now)
	}
	return 0
}

func (c *client) pace(ctx context.Context) error {
	if c.opts.Rate <= 0 {
		return ctx.Err()
	}
	c.mu.Lock()
	now := c.opts.Now()
	c.next = c.next.Add(time.Duration(float64(time.Second) / c.opts.Rate))
	if c.next.Before(now) {
		c.next = now
	}
	wait := c.next.Sub(now)
	c.mu.Unlock()
	if wait <= 0 {
		return ctx.Err()
	}
	return c.opts.Sleep(ctx, wait)
}

func (c *client) once(ctx context.Context, q call, attempt int) (reply, error) {
	start := c.opts.Now()
	r, err := c.exchange(ctx, q)
	c.note(Event{
		Kind: q.kind, Method: q.method, Path: q.path, Status: r.status, Attempt: attempt, Mistake: q.mistake,
		RequestID: r.header.Get("X-Request-Id"), Took: c.opts.Now().Sub(start), Err: err,
	}, r)
	return r, err
}

func (c *client) exchange(ctx context.Context, q call) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, q.method, c.address(q.path), bytes.NewReader(q.body))
	if err != nil {
		return reply{}, fmt.Errorf("build the request: %w", err)
	}
	req.Header = c.headers.Clone()
	req.Header.Set("Authorization", "Bearer "+c.opts.Token)
	if q.body == nil {
		req.Header.Del("Content-Type")
	}
	resp, err := c.opts.Client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		// Half an answer is none: whether the server did it is unknown.
		return reply{}, fmt.Errorf("read the answer: %w", err)
	}
	return reply{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

func (c *client) address(path string) string {
	if c.query == "" {
		return c.base + path
	}
	path, query, _ := strings.Cut(path, "?")
	return c.base + path + "?" + strings.TrimSuffix(c.query+"&"+query, "&")
}

func (c *client) note(e Event, r reply) {
	c.mu.Lock()
	e.Cycle = c.cycle
	c.result.Requests = append(c.result.Requests, e)
	c.mu.Unlock()
	if c.opts.Log != nil {
		c.opts.Log(e)
	}
	if l := c.opts.Logger; l != nil {
		l.Debug("request", "kind", e.Kind, "method", e.Method, "path", e.Path, "status", e.Status, "attempt", e.Attempt, "request_id", e.RequestID)
	}
	if r.status == http.StatusInternalServerError {
		c.problem(call{kind: e.Kind, method: e.Method, path: e.Path}, r, "the server failed inside")
	}
}

// judge compares an answer with what the call expects, and every answer with
// the form that clients rely on.
func (c *client) judge(q call, r reply) {
	// A repeated DELETE whose first attempt was carried out finds nothing.
	gone := r.repeated && q.method == http.MethodDelete && r.status == http.StatusNotFound
	if !gone && !slices.Contains(q.expect, r.status) && r.status != http.StatusInternalServerError {
		c.problem(q, r, fmt.Sprintf("status %d instead of %v", r.status, q.expect))
	}
	if err := form(r); err != nil {
		c.problem(q, r, err.Error())
	}
}

func form(r reply) error {
	if len(r.body) == 0 {
		if r.status >= 400 || r.status == http.StatusCreated || r.status == http.StatusOK {
			return fmt.Errorf("status %d without a body", r.status)
		}
		return nil
	}
	if t := r.header.Get("Content-Type"); !strings.HasPrefix(t, "application/scim+json") {
		return fmt.Errorf("content type %q instead of application/scim+json", t)
	}
	doc := r.doc()
	if doc == nil {
		return errors.New("the body is not a JSON object")
	}
	if r.status < 400 {
		return nil
	}
	schemas, _ := doc["schemas"].([]any)
	detail, _ := doc["detail"].(string)
	if !slices.Contains(schemas, any(urnError)) || doc["status"] != strconv.Itoa(r.status) || detail == "" {
		return errors.New("the error is not a SCIM error with status as text and a detail")
	}
	if r.status == http.StatusConflict && doc["scimType"] != "uniqueness" {
		return errors.New("a conflict without scimType uniqueness")
	}
	return nil
}

func (c *client) problem(q call, r reply, why string) {
	p := Problem{
		Kind: q.kind, Method: q.method, Path: q.path, Status: r.status, Why: why, Mistake: q.mistake,
		RequestID: r.header.Get("X-Request-Id"), Answer: fmt.Sprintf("%.500s", r.body),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p.Cycle = c.cycle
	c.result.Unexpected = append(c.result.Unexpected, p)
}

// literal writes a value as a filter's string literal.
func literal(s string) string { return string(encode(s)) }

// found returns the resources of a list answer.
func found(r reply) []object {
	doc := r.doc()
	list, _ := doc["Resources"].([]any)
	var out []object
	for _, e := range list {
		if m, ok := e.(object); ok {
			out = append(out, m)
		}
	}
	return out
}

func total(r reply) int {
	n, ok := r.doc()["totalResults"].(float64)
	if !ok {
		return -1
	}
	return int(n)
}

func escape(id string) string { return url.PathEscape(id) }

func (c *client) begin(cycle int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cycle = cycle
	c.result.Cycles = cycle
}

func (c *client) took(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Took += d
}

func (c *client) snapshot() Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.result
	r.Requests, r.Unexpected = slices.Clone(r.Requests), slices.Clone(r.Unexpected)
	return r
}
