package entra

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// witness is the way to the sign-in service. It remembers how the last call ended,
// which the identity library tells as text only. Sign-ins come one after another.
type witness struct {
	*transport
	last error // *signInAnswer, or what the connection said; nil after a good answer
}

// signInAnswer is a refusal by the sign-in service.
type signInAnswer struct {
	status int
	word   string // OAuth's error
	codes  []int  // Microsoft's, without AADSTS
	after  time.Duration
	id     string
}

func (a *signInAnswer) Error() string {
	return fmt.Sprintf("the sign-in service answered %d", a.status)
}

// signInMost bounds what is read of an answer of the sign-in service.
const signInMost = 1 << 20

// Do sends a request of the identity library.
func (w *witness) Do(req *http.Request) (*http.Response, error) {
	resp, err := w.transport.Do(req)
	if err != nil {
		w.last = err
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, signInMost))
	resp.Body.Close()
	if err != nil {
		w.last = err
		return nil, err //nolint:wrapcheck // signInFailure classes it
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	w.last = nil
	if resp.StatusCode != http.StatusOK {
		w.last = readSignInAnswer(resp, body)
	}
	return resp, nil
}

func readSignInAnswer(resp *http.Response, body []byte) *signInAnswer {
	var said struct {
		Error string `json:"error"`
		Codes []int  `json:"error_codes"`
	}
	_ = json.Unmarshal(body, &said) // a proxy's page says nothing, and the status is enough
	a := &signInAnswer{status: resp.StatusCode, word: said.Error, codes: said.Codes, id: resp.Header.Get("x-ms-request-id")}
	if after, ok := readRetryAfter(resp.Header); ok {
		a.after = after
	}
	return a
}

// errProxy is a proxy that does not let a connection through.
type errProxy struct{ status int }

func (e errProxy) Error() string { return fmt.Sprintf("the proxy answered %d", e.status) }

func proxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusOK {
		return errProxy{answer.StatusCode}
	}
	return nil
}
