package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// narrow keeps the system from taking megabytes of an answer before anybody reads.
type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	c, err := n.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		err = tcp.SetWriteBuffer(64 << 10)
	}
	return c, err
}

// A client that takes nothing of its answer is cut off; one that takes it slowly gets
// all of it.
func TestAnAnswerWaitsOnlyForWhoReads(t *testing.T) {
	const most, size = 500 * time.Millisecond, 24 << 20
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/small" { // an answer before, on the same connection
			return
		}
		_, err := w.Write(bytes.Repeat([]byte("x"), size))
		ended <- err
	})}
	go func() { _ = server.Serve(patience{narrow{l}, most}) }()
	t.Cleanup(func() { _ = server.Close() })
	ask := func(before string) net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if _, err := fmt.Fprint(c, before+"GET / HTTP/1.1\r\nHost: muster\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		return c
	}
	ask("GET /small HTTP/1.1\r\nHost: muster\r\n\r\n")
	select {
	case err := <-ended:
		if err == nil {
			t.Error("an answer that nobody reads was written whole")
		}
	case <-time.After(10 * most):
		t.Fatal("the server waits for a client that reads nothing")
	}
	slow := bufio.NewReader(ask(""))
	resp, err := http.ReadResponse(slow, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got := int64(0)
	for started := time.Now(); time.Since(started) < 3*most; time.Sleep(most / 8) {
		n, err := io.CopyN(io.Discard, resp.Body, 256<<10)
		if got += n; err != nil {
			t.Fatalf("after %d bytes: %v", got, err)
		}
	}
	rest, err := io.Copy(io.Discard, resp.Body)
	if got += rest; err != nil || got != size {
		t.Errorf("a slow reader got %d of %d bytes: %v", got, size, err)
	}
}
