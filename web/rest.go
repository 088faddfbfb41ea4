package web

import (
	"io"

	"github.com/labstack/echo/v4"
)

const (
	// smallBody is what net/http takes of a body by itself before it closes the connection.
	smallBody = 256 << 10
	// mostRest is how much of a body that nobody read is still taken, within ReadTimeout.
	mostRest = 64 << 20
)

// heardOut takes what is left of a large body before the answer begins: a reverse proxy
// hands a request on whole before it looks for an answer, and makes a 502 of a connection
// that is closed meanwhile. A directory would try again for ever what was refused for its
// size or its token.
func heardOut(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Body == nil || r.ContentLength >= 0 && r.ContentLength <= smallBody {
			return next(c)
		}
		body := &seenBody{ReadCloser: r.Body}
		// In a copy: net/http looks at the kind of body that it gave.
		r = r.WithContext(r.Context())
		r.Body = body
		c.SetRequest(r)
		// Who waits for leave to send (Expect: 100-continue) is spared the sending.
		waits := r.Header.Get("Expect") != ""
		c.Response().Before(func() {
			if !waits || body.begun {
				// What cannot be read keeps nobody from an answer.
				_, _ = io.CopyN(io.Discard, body, mostRest)
			}
		})
		return next(c)
	}
}

// seenBody knows whether anybody began to read it.
type seenBody struct {
	io.ReadCloser
	begun bool
}

// Read reads.
func (b *seenBody) Read(p []byte) (int, error) {
	b.begun = true
	return b.ReadCloser.Read(p)
}
