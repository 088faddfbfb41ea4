package source

import (
	"errors"
	"time"

	"muster/models"
)

// Code is the stable word for a class of failures, as logs, pages and whoever runs
// the connector know it.
type Code string

// The classes of failures.
const (
	Throttled      Code = "sourceThrottled"      // asked to wait, until Until
	Unavailable    Code = "sourceUnavailable"    // answers with a fault of its own, or too slowly
	NotReached     Code = "sourceNotReached"     // no connection: name, network, firewall
	ProxyFailed    Code = "sourceProxyFailed"    // the proxy in between refuses or does not answer
	TLSFailed      Code = "sourceTlsFailed"      // the certificate of the other side is not trusted
	ClockWrong     Code = "sourceClockWrong"     // this machine's clock is off
	WrongTenant    Code = "sourceWrongTenant"    // there is no such tenant in this cloud
	WrongApp       Code = "sourceWrongApp"       // there is no such application in the tenant
	SecretWrong    Code = "sourceSecretWrong"    // the secret or certificate is not the application's
	SecretExpired  Code = "sourceSecretExpired"  // it was, and ran out
	SignInRefused  Code = "sourceSignInRefused"  // for another reason, such as a policy
	ConsentMissing Code = "sourceConsentMissing" // a permission was not granted
	NotFound       Code = "sourceNotFound"       // what the settings name is not there
	BadSettings    Code = "sourceBadSettings"    // the directory does not accept what the settings ask for
	ResyncNeeded   Code = "sourceResyncNeeded"   // the cursor is no good any more: begin anew with a full read
	IncompleteRead Code = "sourceIncompleteRead" // a page did not come whole
	EmptyRead      Code = "sourceEmptyRead"      // a full read without a single user
	ForeignLink    Code = "sourceForeignLink"    // pointed to another host than the configured one
	TooLarge       Code = "sourceTooLarge"       // an answer beyond what is read into memory
)

// Failure is why a directory could not be read, in words fit to show: no secret and
// no body of an answer is ever in it.
type Failure struct {
	Code      Code
	Msg       string // what happened, a whole sentence
	Advice    string // what to do next
	Until     time.Time
	RequestID string // the directory's own name for the request, for its support
	Err       error  // for errors.Is; its text is not shown
}

// Error gives the message and the advice as one text.
func (f *Failure) Error() string {
	if f.Advice == "" {
		return f.Msg
	}
	return f.Msg + " " + f.Advice
}

// Unwrap gives what lies below.
func (f *Failure) Unwrap() error { return f.Err }

// As gives the failure as a refusal, so that pages and the log show it like any other.
func (f *Failure) As(target any) bool {
	refusal, ok := target.(**models.Error)
	if !ok {
		return false
	}
	*refusal = models.Errorf(f.Code.kind(), "", "%s", f.Msg).WithCode(string(f.Code))
	(*refusal).Advice = f.Advice
	return true
}

func (c Code) kind() models.Kind {
	switch c {
	case Throttled:
		return models.RateLimited
	case ResyncNeeded:
		return models.Stale
	case NotFound:
		return models.NotFound
	case TooLarge:
		return models.TooLarge
	case WrongTenant, WrongApp, SecretWrong, SecretExpired, SignInRefused, ConsentMissing, BadSettings, ClockWrong:
		return models.Invalid
	default:
		return models.Unavailable
	}
}

// Passes tells whether the failure may pass by itself, so that trying again later is
// sensible. The others need somebody, or, for ResyncNeeded, a full read.
func (c Code) Passes() bool {
	switch c {
	case Throttled, Unavailable, NotReached, ProxyFailed, IncompleteRead:
		return true
	default:
		return false
	}
}

// AsFailure finds the failure in an error chain.
func AsFailure(err error) (*Failure, bool) {
	var f *Failure
	ok := errors.As(err, &f)
	return f, ok
}

// CodeOf gives the class of an error; "" when it is none of a source's.
func CodeOf(err error) Code {
	if f, ok := AsFailure(err); ok {
		return f.Code
	}
	return ""
}
