package main

import (
	"net"
	"time"
)

// patience is a listener whose connections give up on a client that takes nothing of its
// answer for a while. net/http bounds an answer as a whole or not at all, and an export
// may take as long as it needs while somebody reads it.
type patience struct {
	net.Listener
	most time.Duration
}

// Accept waits for the next connection.
func (p patience) Accept() (net.Conn, error) {
	c, err := p.Listener.Accept()
	if err != nil {
		return nil, err //nolint:wrapcheck // net/http looks at it
	}
	return &patient{Conn: c, most: p.most}, nil
}

// patient is one connection. net/http writes to it from one goroutine at a time.
type patient struct {
	net.Conn
	most  time.Duration
	until time.Time // when the present write is given up
}

// patientPart is what has to be taken within the patience of a connection.
const patientPart = 64 << 10

// Write writes part by part, each with a time of its own.
func (p *patient) Write(b []byte) (int, error) {
	written := 0
	for {
		// The time is moved before it runs low, not with every write.
		if now := time.Now(); p.until.Sub(now) < p.most/2 {
			p.until = now.Add(p.most)
			if err := p.Conn.SetWriteDeadline(p.until); err != nil {
				return written, err //nolint:wrapcheck // net/http looks at it
			}
		}
		n, err := p.Conn.Write(b[written:min(len(b), written+patientPart)])
		written += n
		if err != nil || written == len(b) {
			return written, err //nolint:wrapcheck // net/http looks at it
		}
	}
}

// SetWriteDeadline lets nobody take the bound away, as net/http does after each answer and
// exports do before theirs.
func (p *patient) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		return nil
	}
	return p.Conn.SetWriteDeadline(t) //nolint:wrapcheck // net/http looks at it
}

// CloseWrite ends the answer and still takes what the client sends: net/http does so
// where a refusal would be lost otherwise.
func (p *patient) CloseWrite() error {
	if half, ok := p.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite() //nolint:wrapcheck // net/http looks at it
	}
	return nil
}
