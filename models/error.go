package models

import (
	"errors"
	"fmt"
	"time"
)

// Kind classes a failure where it is understood. Surfaces translate it: a table
// in web/respond gives the HTTP status, another the SCIM scimType.
type Kind int

// The kinds. The comment names the HTTP status and, where RFC 7644 §3.12 has
// one, the scimType a SCIM client is told.
const (
	Internal     Kind = iota // 500: unclassed; its text is never shown
	Invalid                  // 400 invalidValue
	Syntax                   // 400 invalidSyntax
	Filter                   // 400 invalidFilter
	Path                     // 400 invalidPath
	NoTarget                 // 400 noTarget
	Mutability               // 400 mutability
	TooManyFound             // 400 tooMany
	Unauthorized             // 401
	Forbidden                // 403
	NotFound                 // 404
	Uniqueness               // 409 uniqueness
	Conflict                 // 409: the record is in a state that does not allow this
	Stale                    // 412: a precondition or a preview no longer holds
	TooLarge                 // 413
	Unsupported              // 415
	RateLimited              // 429
	NotSupported             // 501
	Unavailable              // 503: try again later
)

// Error is a refusal in words fit to show: what happened, to which record, and
// what to do next. Everything else is a wrapped error that nobody outside the
// log sees.
type Error struct {
	Kind   Kind
	Code   string // stable word for logs and advice tables, e.g. "userNameTaken"
	Attr   string // the attribute or form field it concerns, if any
	Msg    string // what happened, a whole sentence
	Advice string // what to do next, a whole sentence; may be empty

	Wait time.Duration // after which it can be tried again; 0 when nobody knows
}

// Error gives the message and the advice as one text.
func (e *Error) Error() string {
	if e.Advice == "" {
		return e.Msg
	}
	return e.Msg + " " + e.Advice
}

// Errorf makes an Error of a kind about an attribute (or "").
func Errorf(kind Kind, attr, format string, args ...any) *Error {
	return &Error{Kind: kind, Attr: attr, Msg: fmt.Sprintf(format, args...)}
}

// WithAdvice adds what to do next and returns the same error.
func (e *Error) WithAdvice(format string, args ...any) *Error {
	e.Advice = fmt.Sprintf(format, args...)
	return e
}

// WithCode adds the stable word that logs and tables know the refusal by.
func (e *Error) WithCode(code string) *Error {
	e.Code = code
	return e
}

// WithWait adds after how long it can be tried again and returns the same error.
func (e *Error) WithWait(d time.Duration) *Error {
	e.Wait = d
	return e
}

// AsError finds the classed refusal in an error chain.
func AsError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

// KindOf gives the kind of an error; Internal when it was never classed.
func KindOf(err error) Kind {
	if e, ok := AsError(err); ok {
		return e.Kind
	}
	return Internal
}
