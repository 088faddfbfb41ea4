package scimv2_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/web/scimv2"
	"muster/web/session"
)

// RFC 7643 §2.4: where primary is not given it is false.
func TestRFCUnmarkedValues(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.create(t, "/Users", `{`+core+`,"userName":"marked","emails":[{"value":"a@x","type":"work","primary":true}]}`)
		s.create(t, "/Users", `{`+core+`,"userName":"both","emails":[{"value":"b@x","type":"work","primary":true},{"value":"c@x","type":"home"}]}`)
		s.create(t, "/Users", `{`+core+`,"userName":"unmarked","emails":[{"value":"d@x","type":"work"}]}`)
		s.create(t, "/Users", `{`+core+`,"userName":"none"}`)
		for filter, want := range map[string]string{
			`emails[primary eq false]`:                    "both unmarked",
			`emails.primary eq false`:                     "both unmarked",
			`emails[primary ne true]`:                     "both unmarked",
			`emails[type eq "work" and primary eq false]`: "unmarked",
			`emails[type eq "work"].primary eq "False"`:   "unmarked",
			`emails.primary eq true`:                      "marked both",
			`emails[primary ne false]`:                    "marked both",
		} {
			if got := s.list(t, "/Users?filter="+filter).names(); got != want {
				t.Errorf("%s: got %q, want %q", filter, got, want)
			}
		}
	})
}

// RFC 7644 §3.13: the version of the protocol stands in the path.
func TestRFCProtocolVersions(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for path, want := range map[string]int{"/scim/v2/Users": 200, "/scim/v1/Users": 404, "/scim/v3/Users": 404, "/scim/v2/v1/Users": 404} {
			if w := s.send("GET", path, nil, ""); w.Code != want {
				t.Errorf("%s: %d, want %d", path, w.Code, want)
			}
		}
	})
}

// broken is a store whose disk has gone.
type broken struct{ scimv2.Reader }

func (broken) FindUsers(context.Context, int64, models.Query) (models.Found[models.User], error) {
	return models.Found[models.User]{}, errors.New("disk /dev/sdb1 is gone")
}

// variant is the same world behind endpoints made with other options.
func (s *server) variant(t testing.TB, change func(*scimv2.Options)) *server {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	o := scimv2.Options{
		Read: s.Store, Directory: s.Directory, Recorder: s.recorder, Now: s.Clock.Now, Log: log,
		BaseURL: func(echo.Context) string { return base }, Limits: scimv2.DefaultLimits(),
	}
	change(&o)
	other := *s
	other.http = serve(scimv2.New(o), session.New(session.Options{Accounts: s.accounts}), log)
	return &other
}

func TestRFCInternalErrors(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		r := s.variant(t, func(o *scimv2.Options) { o.Read = broken{o.Read} }).ask(t, "500", "GET", "/Users", "")
		if id := r.Header().Get(echo.HeaderXRequestID); id == "" || !strings.Contains(r.text("detail"), id) || strings.Contains(r.Body.String(), "sdb1") {
			t.Errorf("an internal error says %s", r.Body)
		}
	})
}

// half is a database that breaks off between a change and its answer.
type half struct{ scimv2.Reader }

func (half) GroupsOfUsers(context.Context, []int64) (map[int64][]models.MemberRef, error) {
	return nil, errors.New("unexpected EOF")
}

func (half) Resolve(context.Context, int64, []string) (map[string]models.MemberRef, error) {
	return nil, errors.New("unexpected EOF")
}

func (half) Members(context.Context, int64, models.MemberRef, int) ([]models.MemberRef, error) {
	return nil, errors.New("unexpected EOF")
}

// A change that was made is not said to be none because its answer could not be read.
func TestAChangeWhoseAnswerIsLost(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		ada, team := s.create(t, "/Users", `{`+core+`,"userName":"ada"}`), s.create(t, "/Groups", `{`+coreGroup+`,"displayName":"Team"}`)
		lossy := s.variant(t, func(o *scimv2.Options) { o.Read = half{o.Read} })
		const manager = `"` + enterprise + `":{"manager":{"value":"`
		for _, c := range []struct{ method, path, body string }{
			{"PATCH", "/Users/" + ada, patchBody(`{"op":"replace","path":"title","value":"Countess"}`)},
			{"POST", "/Users", `{` + core + `,"userName":"ben",` + manager + ada + `"}}}`},
			{"PUT", "/Groups/" + team, `{` + coreGroup + `,"displayName":"Crew","members":[{"value":"` + ada + `"}]}`},
		} {
			if detail := lossy.ask(t, "503", c.method, c.path, c.body).text("detail"); !strings.HasPrefix(detail, "The change was made") {
				t.Errorf("%s %s: %s", c.method, c.path, detail)
			}
		}
		lossy.ask(t, "500", "GET", "/Users/"+ada, "")
		s.ask(t, "200", "GET", "/Users/"+ada, "").is(t, "title", `"Countess"`)
		s.ask(t, "200", "GET", `/Users?filter=userName eq "ben"`, "").is(t, "totalResults", `1`)
		s.ask(t, "200", "GET", "/Groups/"+team, "").is(t, "displayName", `"Crew"`)
	})
}

// bounded is a store that reads through three resources where no index helps.
type bounded struct{ scimv2.Reader }

func (b bounded) FindUsers(ctx context.Context, organization int64, q models.Query) (models.Found[models.User], error) {
	q.ScanMost = 3
	return b.Reader.FindUsers(ctx, organization, q)
}

// RFC 7644 §3.4.2.1: what would read through too much is refused at once.
func TestRFCTooMany(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for _, name := range []string{"ann", "ben", "cid", "dan"} {
			s.create(t, "/Users", `{`+core+`,"userName":"`+name+`","locale":"en-US"}`)
		}
		small := s.variant(t, func(o *scimv2.Options) { o.Read = bounded{o.Read} })
		for _, query := range []string{`filter=locale ew "US"`, `filter=not (locale co "x")`, `sortBy=locale`} {
			r := small.ask(t, "400 tooMany", "GET", "/Users?"+query, "")
			if detail := r.text("detail"); !strings.Contains(detail, "3") {
				t.Errorf("%s: the limit is not named: %s", query, detail)
			}
		}
		small.ask(t, "400 tooMany", "POST", "/Users/.search", `{"filter":"locale ew \"US\""}`)
		small.ask(t, "200", "GET", `/Users?filter=userName eq "ann"`, "").is(t, "totalResults", `1`)
		small.ask(t, "200", "GET", `/Users`, "").is(t, "totalResults", `4`)
	})
}

// RFC 9865 §4 and §5.4, RFC 6585 §4.
func TestRateLimits(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		limited := s.variant(t, func(o *scimv2.Options) {
			o.Rate = scimv2.NewRate(scimv2.RateOptions{PerSecond: 1, Burst: 3, Now: s.Clock.Now})
		})
		for range 3 {
			limited.ask(t, "200", "GET", "/Users?cursor=&count=1", "")
		}
		refused := limited.ask(t, "429", "POST", "/Users", `{`+core+`,"userName":"ada"}`)
		if after := refused.Header().Get("Retry-After"); after != "1" && after != "2" {
			t.Errorf("Retry-After is %q", after)
		}
		if l := s.list(t, "/Users"); l.TotalResults != 0 {
			t.Error("a refused request had an effect")
		}
		limited.ask(t, "429", "GET", "/Users", "")
		second := limited.newToken(t, models.ProvisionScope, s.Org.Key)
		limited.ask(t, "200", "GET", "/Users", "", "Authorization", "Bearer "+second) // another token is not held back
		s.Clock.Advance(2 * time.Second)
		limited.ask(t, "201", "POST", "/Users", `{`+core+`,"userName":"ada"}`)
	})
}

// OPTIONS and HEAD, and methods that an endpoint does not have.
func TestRFCMethods(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		id := s.create(t, "/Users", `{`+core+`,"userName":"ada"}`)
		for path, allowed := range map[string]string{"/Users": "GET HEAD POST", "/Users/" + id: "GET HEAD PUT PATCH DELETE", "/Schemas": "GET HEAD", "/Bulk": "POST"} {
			w := s.send(http.MethodOptions, "/scim/v2"+path, nil, "")
			for method := range strings.FieldsSeq(allowed) {
				if !strings.Contains(w.Header().Get("Allow"), method) {
					t.Errorf("%s allows %q, not %s", path, w.Header().Get("Allow"), method)
				}
			}
			for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "TRACE"} {
				if !strings.Contains(allowed, method) {
					s.ask(t, "405", method, path, `{}`)
				}
			}
		}
		get := s.send("GET", "/scim/v2/Users/"+id, nil, "")
		head := s.send("HEAD", "/scim/v2/Users/"+id, nil, "")
		for _, name := range []string{"ETag", "Content-Type", "Content-Location"} {
			if head.Code != get.Code || head.Header().Get(name) != get.Header().Get(name) {
				t.Errorf("HEAD: %d, %s %q, GET has %q", head.Code, name, head.Header().Get(name), get.Header().Get(name))
			}
		}
	})
}
