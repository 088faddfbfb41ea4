package scimv2_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/models/directory"
	"muster/models/directory/directorytest"
	"muster/models/secret"
	"muster/web/scimv2"
	"muster/web/session"
)

const base = "https://muster.example.com"

// server is the SCIM surface over a world, with real tokens.
type server struct {
	*directorytest.World
	http     http.Handler
	accounts *account.Accounts
	recorder *directory.Recorder
	token    string
}

// eachServer runs a test on both engines.
func eachServer(t *testing.T, fn func(t *testing.T, s *server)) {
	t.Helper()
	directorytest.Each(t, func(t *testing.T, w *directorytest.World) { fn(t, newServer(t, w)) })
}

func newServer(t testing.TB, w *directorytest.World) *server {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s := &server{World: w, recorder: w.NewRecorder()}
	s.accounts = account.New(account.Options{
		Store: w.Store, Now: w.Clock.Now, Log: log, Rand: rand.Reader,
		Passwords: secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader, Memory: 64, Time: 1, Threads: 1}),
	})
	endpoints := scimv2.New(scimv2.Options{
		Read: w.Store, Directory: w.Directory, Recorder: s.recorder, Now: w.Clock.Now, Log: log,
		BaseURL: func(echo.Context) string { return base }, Limits: scimv2.DefaultLimits(),
	})
	sessions := session.New(session.Options{Accounts: s.accounts})
	sessions.TurnedAway = endpoints.TurnedAway
	s.http = serve(endpoints, sessions, log)
	s.token = s.newToken(t, models.ProvisionScope, w.Org.Key)
	return s
}

// serve puts the endpoints behind their tokens as the whole server does.
func serve(endpoints *scimv2.Server, sessions *session.Sessions, log *slog.Logger) http.Handler {
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) { scimv2.Error(c, log, err) }
	e.Pre(scimv2.TidyPath)
	e.IPExtractor = echo.ExtractIPDirect()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set(echo.HeaderXRequestID, directorytest.NewID())
			return next(c)
		}
	})
	for _, r := range endpoints.Routes() {
		e.Add(r.Method, r.Path, sessions.Require(r))
	}
	return e
}

func (s *server) newToken(t testing.TB, scope models.Scope, organization int64) string {
	t.Helper()
	by := models.Actor{Kind: models.CLIActor, Name: "command line", OrganizationID: organization}
	_, text, err := s.accounts.CreateToken(t.Context(), by, account.TokenSpec{
		Description: "Test " + string(scope), Scope: scope,
		Expires: s.Clock.Now().AddDate(1, 0, 0),
	})
	if err != nil {
		t.Fatalf("make a token: %v", err)
	}
	return text
}

// recordExchanges writes down what was noted since the last time.
func (s *server) recordExchanges(t *testing.T) {
	t.Helper()
	old := s.recorder
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := old.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// send makes a request with the server's token unless the headers say otherwise.
func (s *server) send(method, target string, headers map[string]string, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://muster.example.com"+escaped(target), strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+s.token)
	if body != "" {
		r.Header.Set("Content-Type", "application/scim+json; charset=utf-8")
	}
	for name, value := range headers {
		if r.Header.Set(name, value); value == "-" {
			r.Header.Del(name)
		}
	}
	w := httptest.NewRecorder()
	s.http.ServeHTTP(w, r)
	return w
}

// escaped lets transcripts write queries as people read them.
func escaped(target string) string {
	return strings.NewReplacer(" ", "%20", `"`, "%22", "[", "%5B", "]", "%5D", "\x00", "%00").Replace(target)
}

func within(t *testing.T, limit time.Duration, what string, fn func()) {
	t.Helper()
	started := time.Now()
	fn()
	if took := time.Since(started); took > limit {
		t.Errorf("%s took %v, at most %v are allowed", what, took, limit)
	}
}
