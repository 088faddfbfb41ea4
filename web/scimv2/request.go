package scimv2

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/models/filter"
	"muster/models/scim"
	"muster/web/session"
)

// param gives a query parameter in any case, as some clients send startindex.
func param(c echo.Context, name string) string {
	q := c.QueryParams()
	if v := q.Get(name); v != "" {
		return v
	}
	for key, values := range q {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

// number reads an integer parameter; what is no number is refused by name.
func number(c echo.Context, name string, fallback int) (int, error) {
	text := param(c, name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, models.Errorf(models.Invalid, name, "%s must be a whole number, not %q.", name, clip(text, 40)).
			WithAdvice("Leave it out, or send a number such as 100.")
	}
	return n, nil
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// projection reads attributes and excludedAttributes (RFC 7644 §3.9).
func projection(c echo.Context, t *scim.Type) *scim.Projection {
	return t.Projection(names(param(c, "attributes")), names(param(c, "excludedAttributes")))
}

func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

// query is a list request: RFC 7644 §3.4.2.
type query struct {
	expr  filter.Expr
	start int
	count int
}

func (s *Server) query(c echo.Context, t *scim.Type) (query, error) {
	q := query{}
	var err error
	if q.start, err = number(c, "startIndex", 1); err != nil {
		return q, err
	}
	if q.count, err = number(c, "count", s.Limits.DefaultPage); err != nil {
		return q, err
	}
	q.start, q.count = max(q.start, 1), min(max(q.count, 0), s.Limits.Page)
	text := param(c, "filter")
	if text == "" {
		return q, nil
	}
	if !storable(text) || strings.Contains(text, `\u0000`) {
		return q, badFilter(errors.New("the filter holds a character that text cannot have"))
	}
	if q.expr, err = filter.Parse(text, s.Limits.Filter); err != nil {
		return q, badFilter(err)
	}
	if err := filter.Check(q.expr, t); err != nil {
		return q, badFilter(err)
	}
	return q, nil
}

func badFilter(err error) error {
	return models.Errorf(models.Filter, "filter", "%s", sentence(err.Error())).
		WithAdvice(`A filter looks like: userName eq "ada@example.com". Strings stand in double quotes.`).WithCode("invalidFilter")
}

// storable tells whether a text can be asked for in every database: PostgreSQL
// takes neither NUL nor broken UTF-8.
func storable(s string) bool { return !strings.ContainsRune(s, 0) && utf8.ValidString(s) }

func noRecord(what string) error {
	return models.Errorf(models.NotFound, "id", "There is no %s with this id.", what).
		WithAdvice("Look the %s up with a filter; ids are the ones that this server gave.", what).WithCode(what + "NotFound")
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	if word, _, _ := strings.Cut(s, " "); !strings.ContainsFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) {
		s = strings.ToUpper(s[:1]) + s[1:] // an attribute's name keeps its spelling
	}
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") {
		s += "."
	}
	return s
}

// body reads a request's body within the limits, in a type that SCIM knows.
func (s *Server) body(c echo.Context) ([]byte, error) {
	r := c.Request()
	if kind := r.Header.Get(echo.HeaderContentType); kind != "" {
		media, _, err := mime.ParseMediaType(kind)
		if err != nil || media != "application/scim+json" && media != "application/json" {
			return nil, models.Errorf(models.Unsupported, "", "The body's Content-Type is %q.", clip(kind, 80)).
				WithAdvice("Send application/scim+json.").WithCode("contentType")
		}
	}
	limit := int64(s.Limits.Bytes)
	data, err := io.ReadAll(http.MaxBytesReader(c.Response(), r.Body, limit))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, models.Errorf(models.TooLarge, "", "The body is larger than the limit of %d bytes.", limit).
			WithAdvice("Send large member lists in several PATCH requests.").WithCode("bodyTooLarge")
	}
	if err != nil {
		return nil, models.Errorf(models.Syntax, "", "The body could not be read to its end.").WithAdvice("Send the request again.").WithCode("bodyCutShort")
	}
	exchange(c).RequestBody = string(data)
	if len(strings.TrimSpace(string(data))) == 0 {
		return nil, models.Errorf(models.Syntax, "", "The request has no body.").
			WithAdvice("Send the resource, or for PATCH the operations, as JSON.").WithCode("emptyBody")
	}
	return data, nil
}

// noted keeps what a reading step tolerated for the log.
func noted(c echo.Context, notes []scim.Note) {
	e := exchange(c)
	for _, n := range notes {
		text := n.Msg
		if n.Advice != "" {
			text += " " + n.Advice
		}
		e.Notes = append(e.Notes, n.Code+": "+text)
	}
}

// refused logs, as a failure, a request that never became a change.
func (s *Server) refused(c echo.Context, target models.TargetType, err error) error {
	e := translate(err)
	if models.KindOf(e) == models.Internal {
		return err
	}
	refusal, _ := models.AsError(e)
	what := directory.Attempted{Action: models.ActionUpdate, Target: target, ID: c.Param("id")}
	if c.Request().Method == http.MethodPost {
		what.Action = models.ActionCreate
	}
	if logErr := s.Directory.Refuse(c.Request().Context(), session.Actor(c), what, refusal); logErr != nil {
		return logErr
	}
	return e
}

// translate gives a protocol error the class that every surface knows.
func translate(err error) error {
	var p *scim.Error
	if !errors.As(err, &p) {
		return err
	}
	kind := models.Invalid
	switch {
	case p.Status == http.StatusRequestEntityTooLarge:
		kind = models.TooLarge
	case p.Type == scim.InvalidSyntax:
		kind = models.Syntax
	case p.Type == scim.InvalidFilter:
		kind = models.Filter
	case p.Type == scim.InvalidPath:
		kind = models.Path
	case p.Type == scim.NoTarget:
		kind = models.NoTarget
	case p.Type == scim.Mutability:
		kind = models.Mutability
	case p.Type == scim.TooMany:
		kind = models.TooManyFound
	case p.Type == scim.Uniqueness:
		kind = models.Uniqueness
	}
	msg, advice, given := strings.Cut(p.Detail, "; ")
	if !given {
		advice = advices[kind]
	}
	return models.Errorf(kind, "", "%s", sentence(msg)).WithAdvice("%s", sentence(advice)).WithCode(p.Type)
}

// advices are for refusals of the engine that name the fault alone.
var advices = map[models.Kind]string{
	models.Invalid:      "Correct the value at the source, or change the attribute mapping in the identity provider.",
	models.Syntax:       "Send one JSON object, complete, in UTF-8 and without control characters in its texts.",
	models.Filter:       "Correct the filter and send the request again.",
	models.Path:         "Name an attribute that is listed under /Schemas.",
	models.NoTarget:     "Read the resource first, then name a value that it has.",
	models.Mutability:   "Leave the attribute out of the request.",
	models.TooLarge:     "Send it in several requests.",
	models.TooManyFound: "Narrow the filter.",
	models.Uniqueness:   "Look the record up with a filter and update that one.",
}

// precondition holds If-Match against a version (RFC 7644 §3.14).
func precondition(c echo.Context, version int64) error {
	want := c.Request().Header.Get("If-Match")
	if want == "" || matches(want, version) {
		return nil
	}
	return models.Errorf(models.Stale, "", "The resource is at version %s, not %s.", etag(version), clip(want, 80)).
		WithAdvice("Read the resource again and repeat the change with its new version.")
}

// matches compares weakly, as entity tags here are weak.
func matches(list string, version int64) bool {
	tag := strings.TrimPrefix(etag(version), "W/")
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); item == "*" || strings.TrimPrefix(item, "W/") == tag {
			return true
		}
	}
	return false
}

func etag(version int64) string { return `W/"` + strconv.FormatInt(version, 10) + `"` }
