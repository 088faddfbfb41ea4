package scimv2

import (
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/models/scim"
)

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

// body reads a request's body within a limit of bytes, in a type that SCIM knows.
// A compressed body is bounded by what it unpacks to.
func (s *Server) body(c *call, limit int) (string, error) {
	r := c.Request()
	if kind := r.Header.Get(echo.HeaderContentType); kind != "" && kind != mediaType && kind != jsonType {
		media, _, err := mime.ParseMediaType(kind)
		if err != nil || media != mediaType && media != jsonType {
			return "", models.Errorf(models.Unsupported, "", "The body's Content-Type is %q.", clip(kind, 80)).
				WithAdvice("Send application/scim+json.").WithCode("contentType")
		}
	}
	var from io.Reader = http.MaxBytesReader(c.Response(), r.Body, int64(limit))
	switch coding := strings.ToLower(strings.TrimSpace(r.Header.Get(echo.HeaderContentEncoding))); coding {
	case "", "identity":
	case "gzip":
		unpacked, err := gzip.NewReader(from)
		if err != nil {
			return "", cutShort()
		}
		from = unpacked
	default:
		return "", models.Errorf(models.Unsupported, "", "The body's Content-Encoding is %q.", clip(coding, 80)).
			WithAdvice("Send the body as it is, or with gzip.").WithCode("contentEncoding")
	}
	in := borrow()
	defer in.giveBack()
	err := in.read(io.LimitReader(from, int64(limit)+1))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge || len(in.bytes) > limit {
		return "", models.Errorf(models.TooLarge, "", "The body is larger than the limit of %d bytes.", limit).
			WithAdvice("Send large member lists in several PATCH requests.").WithCode("bodyTooLarge")
	}
	if err != nil {
		return "", cutShort()
	}
	text := string(in.bytes)
	exchange(c).RequestBody = text
	if strings.TrimSpace(text) == "" {
		return "", models.Errorf(models.Syntax, "", "The request has no body.").
			WithAdvice("Send the resource, or for PATCH the operations, as JSON.").WithCode("emptyBody")
	}
	return text, nil
}

func cutShort() error {
	return models.Errorf(models.Syntax, "", "The body could not be read to its end.").WithAdvice("Send the request again.").WithCode("bodyCutShort")
}

// noted keeps what a reading step tolerated: for the request's page and, where the
// client could do otherwise, for the token's dialect.
func noted(c echo.Context, notes []scim.Note) {
	e := exchange(c)
	for _, n := range notes {
		about, advice := "", ""
		if n.Attr != "" {
			about = ": "
		}
		if n.Advice != "" {
			advice = " "
		}
		e.Notes = append(e.Notes, n.Code+": "+n.Attr+about+n.Msg+advice+n.Advice)
		// RFC 7644 §3.5.1 lets a client send what is read-only, to be ignored.
		if n.Code != scim.NoteReadOnlyIgnored {
			e.Deviations = append(e.Deviations, models.Deviation{Code: n.Code, Attr: n.Attr, Msg: n.Msg, Advice: n.Advice})
		}
	}
}

// refused logs, as a failure, a request that never became a change.
func (s *Server) refused(c *call, target models.TargetType, err error) error {
	e := translate(err)
	if models.KindOf(e) == models.Internal {
		return err
	}
	refusal, _ := models.AsError(e)
	what := directory.Attempted{Action: models.ActionUpdate, Target: target, ID: c.Param("id")}
	if c.Request().Method == http.MethodPost {
		what.Action = models.ActionCreate
	}
	if logErr := s.Directory.Refuse(c.Request().Context(), c.by, what, refusal); logErr != nil {
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
	case p.Status == http.StatusConflict && p.Type == "":
		kind = models.Conflict
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
	models.Conflict:     "Send the parts that wait for each other in separate requests.",
	models.Uniqueness:   "Look the record up with a filter and update that one.",
}

// precondition holds If-Match and If-None-Match of a change against an entity tag
// (RFC 7644 §3.14, RFC 9110 §13.1).
func precondition(c echo.Context, tag string) error {
	if unwanted := c.Request().Header.Get("If-None-Match"); unwanted != "" && namesVersion(unwanted, tag) {
		return models.Errorf(models.Stale, "", "The resource is at version %s, which the request wanted it not to be.", tag).
			WithAdvice("Read the resource; it is what If-None-Match names already.")
	}
	return matched(c, tag)
}

// matched holds If-Match against an entity tag.
func matched(c echo.Context, tag string) error {
	want := c.Request().Header.Get("If-Match")
	if want == "" || namesVersion(want, tag) {
		return nil
	}
	return models.Errorf(models.Stale, "", "The resource is at version %s, not %s.", tag, clip(want, 80)).
		WithAdvice("Read the resource again and repeat the change with its new version.")
}

// matches compares weakly, as entity tags here are weak.
func matches(list, tag string) bool {
	return anyTag(list, func(item string) bool { return item == strings.TrimPrefix(tag, "W/") })
}

// namesVersion tells whether a list of entity tags names a version, with or without the digest
// that a user's has behind it.
func namesVersion(list, tag string) bool {
	version := strings.TrimPrefix(tag, "W/")
	return anyTag(list, func(item string) bool {
		bare, _, digest := strings.Cut(item, ".")
		return item == version || digest && bare+`"` == version
	})
}

// anyTag tells whether a list of entity tags has one, or is all of them.
func anyTag(list string, is func(item string) bool) bool {
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); item == "*" || is(strings.TrimPrefix(item, "W/")) {
			return true
		}
	}
	return false
}

func etag(tag string) string { return `W/"` + tag + `"` }
