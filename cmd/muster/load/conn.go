package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
)

// Conn is one kept-alive connection.
type Conn struct {
	net    net.Conn
	in     *bufio.Reader
	head   string // what every request says
	prefix string
	out    []byte
}

// Dial opens a connection.
func Dial(ctx context.Context, t Target) (*Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", t.Address)
	if err != nil {
		return nil, fmt.Errorf("reach the server: %w", err)
	}
	head := " HTTP/1.1\r\nHost: " + t.Address + "\r\nAccept: application/scim+json\r\n"
	if t.Token != "" {
		head += "Authorization: Bearer " + t.Token + "\r\n"
	}
	return &Conn{net: c, in: bufio.NewReaderSize(c, 64<<10), head: head, prefix: t.Base}, nil
}

// Close ends the connection.
func (c *Conn) Close() { _ = c.net.Close() }

// Do sends a request and gives its answer's status and body.
func (c *Conn) Do(method, path, body string) (int, []byte, error) {
	b := append(c.out[:0], method...)
	b = append(append(append(b, ' '), c.prefix...), path...)
	b = append(b, c.head...)
	if body != "" || method == http.MethodPost {
		b = append(b, "Content-Type: application/scim+json\r\nContent-Length: "...)
		b = append(strconv.AppendInt(b, int64(len(body)), 10), "\r\n"...)
	}
	b = append(append(b, "\r\n"...), body...)
	c.out = b
	if _, err := c.net.Write(b); err != nil {
		return 0, nil, fmt.Errorf("send: %w", err)
	}
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return 0, nil, fmt.Errorf("read the answer: %w", err)
	}
	data, err := io.ReadAll(answer.Body)
	if err == nil {
		err = answer.Body.Close()
	}
	return answer.StatusCode, data, err
}

// Want sends a request and refuses another status than the one named.
func (c *Conn) Want(status int, method, path, body string) ([]byte, error) {
	got, data, err := c.Do(method, path, body)
	if err == nil && got != status {
		err = fmt.Errorf("%s %s was answered %d: %.300s", method, path, got, data)
	}
	return data, err
}
