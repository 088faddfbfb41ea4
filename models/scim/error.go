package scim

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// The scimType values of RFC 7644 table 9, and of RFC 9865 section 2.1.
const (
	InvalidFilter = "invalidFilter"
	TooMany       = "tooMany"
	Uniqueness    = "uniqueness"
	Mutability    = "mutability"
	InvalidSyntax = "invalidSyntax"
	InvalidPath   = "invalidPath"
	NoTarget      = "noTarget"
	InvalidValue  = "invalidValue"
	InvalidVers   = "invalidVers"
	Sensitive     = "sensitive"
	InvalidCursor = "invalidCursor"
	InvalidCount  = "invalidCount"
)

// Error is a refusal in the protocol's words, RFC 7644 section 3.12. Type is
// the scimType and may be empty. Detail is shown to the client: it says what
// is wrong, where, and what to send instead, and never holds a secret.
type Error struct {
	Status int
	Type   string
	Detail string
}

// Errorf makes an Error.
func Errorf(status int, scimType, format string, args ...any) *Error {
	return &Error{Status: status, Type: scimType, Detail: fmt.Sprintf(format, args...)}
}

func (e *Error) Error() string {
	if e.Type == "" {
		return e.Detail
	}
	return e.Type + ": " + e.Detail
}

// JSON is the response body; the status is a string in it.
func (e *Error) JSON() []byte {
	b := append(make([]byte, 0, 128+len(e.Detail)), `{"schemas":["`+ErrorURN+`"],"status":"`...)
	b = strconv.AppendInt(b, int64(e.Status), 10)
	b = append(b, '"')
	if e.Type != "" {
		b = append(b, `,"scimType":"`+e.Type+`"`...)
	}
	if e.Detail != "" {
		b = append(b, `,"detail":`...)
		b = appendString(b, e.Detail)
	}
	return append(b, '}')
}

func invalidValue(attr, format string, args ...any) *Error {
	return Errorf(400, InvalidValue, "%s: %s", attr, fmt.Sprintf(format, args...))
}

// show prints a client's value for an error, short enough to read.
func show(v any) string {
	b, err := json.Marshal(plainValue(v))
	if err != nil {
		return "the value"
	}
	if len(b) > 60 {
		return string([]rune(string(b[:60]))[:50]) + "…"
	}
	return string(b)
}
