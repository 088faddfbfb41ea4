package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/web/scimv2"
)

// middleware in its order: a request id first, so that everything after can name
// it; the log line around all; then what refuses before work is done. Echo would
// chain it anew for each request; here it is chained once, around whatever handler
// the router has found.
func (s *Server) middleware() {
	chain := func(c echo.Context) error { return c.Handler()(c) }
	for _, m := range []echo.MiddlewareFunc{readable, bounded, heardOut, s.sameOrigin, s.headers, s.recovered, s.logged, s.requestID} {
		chain = m(chain)
	}
	s.echo.Use(func(echo.HandlerFunc) echo.HandlerFunc { return chain })
}

// requestID names the request in the answer, the logs and the error pages. A
// client's own id is not believed: it would let one request pose as another.
func (s *Server) requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header()[echo.HeaderXRequestID] = []string{s.NewID()}
		return next(c)
	}
}

// logged writes one line per request: no query, no body, no name, no secret.
func (s *Server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		started := s.Now()
		if err := next(c); err != nil {
			c.Error(err)
		}
		took := s.Now().Sub(started)
		route, status := c.Path(), c.Response().Status
		if route == "" {
			route = "unknown"
		}
		s.Metrics.observe(c.Request().Method, route, status, took)
		if ctx, level := c.Request().Context(), levelOf(route, status); s.Log.Enabled(ctx, level) {
			s.Log.LogAttrs(ctx, level, "request", attrs(c, route, status, took)...)
		}
		return nil
	}
}

// recovered turns a panic into a 500 that is logged with its stack.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			r := recover()
			if r == nil {
				return
			}
			if cause, ok := r.(error); ok && errors.Is(cause, http.ErrAbortHandler) {
				panic(r)
			}
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}()
		return next(c)
	}
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// headerField is a header whose name is in canonical form. Its values are shared by
// all answers: nobody may change them in place.
type headerField struct {
	name   string
	values []string
}

// fixedHeaders are on every answer, whatever it is.
func fixedHeaders(secure bool) []headerField {
	list := []headerField{
		{"Content-Security-Policy", []string{policy}},
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Referrer-Policy", []string{"same-origin"}},
		{"X-Frame-Options", []string{"DENY"}},
		{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
		{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
		{"Permissions-Policy", []string{"camera=(), microphone=(), geolocation=()"}},
	}
	if secure {
		list = append(list, headerField{"Strict-Transport-Security", []string{"max-age=31536000"}})
	}
	return list
}

func (s *Server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	unkept, last := []string{"no-store"}, []string{"close"}
	return func(c echo.Context) error {
		s.Front.Meet(c.Request())
		h := c.Response().Header()
		for _, f := range s.fixed {
			h[f.name] = f.values
		}
		if s.stopping() {
			h[echo.HeaderConnection] = last // the proxy opens its next one elsewhere
		}
		if isSCIM(c) {
			h[echo.HeaderCacheControl] = unkept
		}
		return next(c)
	}
}

// sameOrigin refuses changes that another site makes a browser send. SCIM is left
// out: it answers to a bearer token alone, which no browser sends by itself.
func (s *Server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if isSCIM(c) {
			return next(c)
		}
		if err := s.guard.Check(c.Request()); err != nil {
			return models.Errorf(models.Forbidden, "", "The request came from another site and was refused; nothing was changed.").
				WithAdvice("Open Muster at its own address and repeat what you were doing there.").WithCode("crossOrigin")
		}
		return next(c)
	}
}

// bounded caps the bodies of forms. SCIM has its own limit, which it names.
func bounded(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r := c.Request(); !isSCIM(c) && r.Body != nil {
			limit := int64(formBytes)
			if r.URL.Path == importPath {
				limit = importBytes
			}
			r.Body = http.MaxBytesReader(c.Response(), r.Body, limit)
		}
		return next(c)
	}
}

// readable refuses text that no database stores and no page shows: bytes that are
// no UTF-8, and the character NUL. SCIM names the attribute by itself.
func readable(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if isSCIM(c) {
			return next(c)
		}
		if strings.HasPrefix(r.Header.Get(echo.HeaderContentType), echo.MIMEApplicationForm) {
			if err := r.ParseForm(); err != nil {
				return badForm(err)
			}
		}
		if !storableValues(c.QueryParams()) || !storableValues(r.PostForm) {
			return models.Errorf(models.Invalid, "", "The request holds a character that text cannot have. Nothing was changed.").
				WithAdvice("Remove control characters, or type the text again instead of pasting it.").WithCode("badCharacter")
		}
		return next(c)
	}
}

func badForm(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return models.Errorf(models.Invalid, "", "The form could not be read. Nothing was changed.").
		WithAdvice("Open the page again and send it once more.").WithCode("badForm")
}

func storableValues(values url.Values) bool {
	for name, list := range values {
		if !storable(name) || slices.ContainsFunc(list, func(s string) bool { return !storable(s) }) {
			return false
		}
	}
	return true
}

func storable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func isSCIM(c echo.Context) bool {
	path := c.Request().URL.Path
	return path == scimv2.Prefix || strings.HasPrefix(path, scimv2.Prefix+"/")
}

// Proxies are the address ranges whose X-Forwarded-For is believed.
type Proxies []netip.Prefix

// extractor gives the client's address: the last hop that is no trusted proxy.
func (p Proxies) extractor() echo.IPExtractor {
	return func(r *http.Request) string {
		remote, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return r.RemoteAddr
		}
		client := remote.Addr().Unmap().WithZone("") // no range has a zone
		if !p.Trusts(client) {
			return client.String()
		}
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for _, hop := range slices.Backward(hops) {
			hop, ok := hopOf(hop)
			if !ok {
				break
			}
			if client = hop; !p.Trusts(client) {
				break
			}
		}
		return client.String()
	}
}

// hopOf reads an entry of X-Forwarded-For. Some proxies write the port behind the
// address, such as Azure Application Gateway and IIS.
func hopOf(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	hop, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if with, bad := netip.ParseAddrPort(text); err != nil && bad == nil {
		hop, err = with.Addr(), nil
	}
	return hop.Unmap().WithZone(""), err == nil
}

// Trusts tells whether an address is one of a proxy that was named.
func (p Proxies) Trusts(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// Timeouts of the public listener (security check S22).
const (
	ReadHeaderTimeout = 10 * time.Second
	ReadTimeout       = 30 * time.Second // the body with the headers; an import has longer, once it is known whose it is
	WriteTimeout      = 4 * time.Minute  // in which a client takes a part of its answer; the system may hold megabytes of it
	IdleTimeout       = 2 * time.Minute  // longer than most proxies keep a connection, which else send a request as that is closed
	MaxHeaderBytes    = 64 << 10
)

const (
	importPath  = "/users/import"
	importBytes = 11 << 20 // a file of 10 MB with the form around it
	formBytes   = 256 << 10
)
