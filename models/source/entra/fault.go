package entra

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"muster/models/source"
)

// retryAfter is behind the failure of a call that may be sent again after a time.
type retryAfter struct {
	given time.Duration
	known bool
}

func (*retryAfter) Error() string { return "asked to wait" }

// delay is what Graph said, or the fallback when it said nothing of use.
func (r *retryAfter) delay(fallback time.Duration) time.Duration {
	if r.known && r.given > 0 {
		return r.given
	}
	return fallback
}

// longestPark bounds how long one word of Graph can hold reads back.
const longestPark = 24 * time.Hour

// readRetryAfter reads seconds, or a date by the clock that wrote it.
func readRetryAfter(h http.Header) (time.Duration, bool) {
	said := h.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(said, 64); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, longestPark.Seconds()) * float64(time.Second)), true
	}
	at, err := http.ParseTime(said)
	now, unknown := http.ParseTime(h.Get("Date"))
	if err != nil || unknown != nil {
		return 0, false
	}
	return min(max(0, at.Sub(now)), longestPark), true
}

// foreign is a link that leads elsewhere. It is not followed, so that nobody else
// ever sees the token.
func foreign(where string) error {
	return &source.Failure{
		Code:   source.ForeignLink,
		Msg:    "Microsoft Graph’s answer pointed to " + where + ", which is not the configured service. It was not followed.",
		Advice: "Check whether a proxy between Muster and Microsoft changes answers. If not, report this to Microsoft: it should never happen.",
	}
}

// connectionFailure classes a call that had no answer.
func connectionFailure(ctx context.Context, err error) error {
	if f, ok := source.AsFailure(err); ok && !errors.Is(context.Cause(ctx), errTooSlow) {
		return f
	}
	var (
		wrongHost foreignHost
		proxy     errProxy
		op        *net.OpError
		name      *net.DNSError
		invalid   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		timeout   net.Error
	)
	switch {
	case errors.As(err, &wrongHost):
		return foreign(wrongHost.host)
	case errors.As(err, &proxy), errors.As(err, &op) && op.Op == "proxyconnect":
		return &source.Failure{
			Code: source.ProxyFailed, Msg: "The proxy did not let the connection to Microsoft through.", Err: err,
			Advice: "Check the proxy’s address and credentials, and that it allows the sign-in host and the Graph host of this cloud.",
		}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return &source.Failure{
			Code: source.ClockWrong, Msg: "The certificate of the other side is not valid at the time that this machine’s clock shows.", Err: err,
			Advice: "Set the clock of the machine. If it is right, a proxy in between has an old certificate.",
		}
	case errors.As(err, &verify), errors.As(err, &record):
		return &source.Failure{
			Code: source.TLSFailed, Msg: "The certificate of the other side is not trusted.", Err: err,
			Advice: "If a proxy in your network looks into encrypted traffic, add its certificate authority to the machine’s trusted ones.",
		}
	case errors.Is(err, errPrivate):
		return &source.Failure{
			Code: source.NotReached, Msg: "The name of the Microsoft service leads to an address inside your network. It was not called.", Err: err,
			Advice: "Check the name server. If the network has a private way to Microsoft on purpose, allow it in the server’s configuration.",
		}
	case errors.As(err, &name):
		return &source.Failure{
			Code: source.NotReached, Msg: "The name of the Microsoft service was not found.", Err: err,
			Advice: "Check that the machine can look up names on the internet, or configure a proxy.",
		}
	case errors.Is(context.Cause(ctx), errTooSlow), errors.As(err, &timeout) && timeout.Timeout():
		return tooSlow(err)
	}
	return &source.Failure{
		Code: source.NotReached, Msg: "The connection to Microsoft failed or broke off.", Err: err,
		Advice: "Check the network and the firewall: the sign-in host and the Graph host of this cloud must be reachable by https.",
	}
}

func tooSlow(err error) error {
	return &source.Failure{
		Code: source.Unavailable, Msg: "Microsoft did not answer in time.", Err: err,
		Advice: "It is tried again by itself. If this lasts, check the network and Microsoft’s service health.",
	}
}

// bodyFailure classes an answer that could not be read to its end.
func bodyFailure(ctx context.Context, err error, body *boundedBody, id string) error {
	if f, ok := source.AsFailure(err); ok {
		f.RequestID = id
		return f
	}
	switch {
	case errors.Is(body.err, errTooLarge):
		return &source.Failure{
			Code: source.TooLarge, RequestID: id, Msg: "One answer of Microsoft Graph is larger than what is read into memory.",
			Advice: "Read fewer additional attributes. If there are none, report this as a fault of Muster.",
		}
	case errors.Is(context.Cause(ctx), errTooSlow):
		return tooSlow(err)
	}
	return incomplete("One answer of Microsoft Graph broke off or could not be understood.", id)
}

func incomplete(msg, id string) error {
	return &source.Failure{
		Code: source.IncompleteRead, RequestID: id, Msg: msg,
		Advice: "Nothing is concluded from it, and reading is tried again by itself. If this lasts, check whether a proxy changes answers.",
	}
}

// graphAnswer is what is read of a refusal: stable words, no text.
type graphAnswer struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// Graph names the attributes that it does not know, or cannot track, in its message
// only.
var (
	missingProperty  = regexp.MustCompile(`property named '([A-Za-z0-9_]{1,120})'`)
	trackedElsewhere = regexp.MustCompile(`not supported for the(?:se| following) properties: ([A-Za-z0-9_, ]{1,400})`)
)

// answerFailure classes an answer other than 200.
func (c *client) answerFailure(resp *http.Response, body io.Reader) error {
	var said graphAnswer
	_ = json.NewDecoder(io.LimitReader(body, 64<<10)).Decode(&said) // without a body the status is enough
	f := &source.Failure{RequestID: resp.Header.Get("request-id")}
	switch code, status := said.Error.Code, resp.StatusCode; {
	case status >= 300 && status < 400:
		return redirected(resp)
	case resyncs[code], status == http.StatusGone:
		f.Code = source.ResyncNeeded
		f.Msg = "Microsoft Graph no longer knows where the last read ended."
		f.Advice = "A full read follows by itself. Nothing is concluded until it is complete."
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "":
		given, known := readRetryAfter(resp.Header)
		f.Code, f.Err = source.Throttled, &retryAfter{given, known}
		f.Msg = "Microsoft Graph asked to wait."
	case status == http.StatusUnauthorized:
		f.Code = source.SignInRefused
		f.Msg = "Microsoft Graph did not accept a fresh sign-in."
		f.Advice = "Check that the tenant and the cloud belong together, and that the application is enabled in the tenant."
	case status == http.StatusForbidden:
		f.Code = source.ConsentMissing
		f.Msg = "Microsoft Graph refused the read because a permission is missing (" + word(code) + ")."
		f.Advice = "Grant the application permissions User.Read.All and GroupMember.Read.All (and Application.Read.All for assigned users), " +
			"and let an administrator of the tenant consent."
	case status == http.StatusNotFound:
		f.Code = source.NotFound
		f.Msg = "Microsoft Graph does not find what was asked for (" + word(code) + ")."
		f.Advice = "Check whether it was deleted in Entra, and choose anew."
	case status == http.StatusProxyAuthRequired:
		f.Code, f.Msg, f.Advice = source.ProxyFailed, "The proxy wants credentials.", "Configure the proxy with its user and password."
	case status < 500 && status != http.StatusRequestTimeout && status != http.StatusTooEarly:
		badSettings(f, code, said.Error.Message)
	default:
		f.Code = source.Unavailable
		f.Msg = "Microsoft Graph answered " + strconv.Itoa(status) + "."
		f.Advice = "It is tried again by itself. If this lasts, look at Microsoft’s service health."
	}
	return f
}

// resyncs are the words by which Graph says that a link is no good any more.
var resyncs = map[string]bool{
	"syncStateNotFound": true, "SyncStateNotFound": true, "syncStateInvalid": true, "SyncStateInvalid": true,
	"resyncRequired": true, "ResyncRequired": true, "Directory_ExpiredPageToken": true,
}

func badSettings(f *source.Failure, code, message string) {
	f.Code = source.BadSettings
	if found := missingProperty.FindStringSubmatch(message); found != nil {
		f.Msg = "Microsoft Graph has no attribute " + found[1] + "."
		f.Advice = "Correct its name, or remove it from the attributes that are read."
		return
	}
	if found := trackedElsewhere.FindStringSubmatch(message); found != nil {
		f.Msg = "Microsoft Graph does not tell changes of " + strings.TrimSpace(found[1]) + "."
		f.Advice = "Remove it from the attributes that are read."
		return
	}
	f.Msg = "Microsoft Graph did not accept the question (" + word(code) + ")."
	f.Advice = "Check the additional attributes; without them this should not happen."
}

func redirected(resp *http.Response) error {
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || to.Host == "" {
		return foreign("another address")
	}
	return foreign(to.Scheme + "://" + to.Host)
}

var wordShaped = regexp.MustCompile(`^[A-Za-z0-9_.]{1,80}$`)

// word passes a code of the other side on when it is one.
func word(code string) string {
	if wordShaped.MatchString(code) {
		return code
	}
	return "no reason given"
}
