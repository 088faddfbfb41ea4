package main

import (
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// farewell is how long a server that was told to stop goes on taking requests while
// anybody is connected. Each answer ends its connection meanwhile, and /readyz says no:
// a reverse proxy goes to another instance by itself, where it would else send a change on
// a connection that is just being closed, and has no answer for its client.
const farewell = time.Second

// callers counts the connections of a server.
type callers struct{ open, came atomic.Int64 }

// watch is for http.Server.ConnState.
func (c *callers) watch(_ net.Conn, s http.ConnState) {
	switch s {
	case http.StateNew:
		c.open.Add(1)
		c.came.Add(1)
	case http.StateClosed, http.StateHijacked:
		c.open.Add(-1)
	case http.StateActive, http.StateIdle:
	}
}

// leave returns when nobody has been connected for a tenth of the farewell, or it is over.
// A proxy whose connections all ended just now is about to open others.
func (c *callers) leave() {
	end, look := time.NewTimer(farewell), time.NewTicker(farewell/50)
	defer end.Stop()
	defer look.Stop()
	for came, quiet := c.came.Load(), 0; quiet < 5; {
		select {
		case <-end.C:
			return
		case <-look.C:
		}
		quiet++
		if now := c.came.Load(); c.open.Load() > 0 || now != came {
			came, quiet = now, 0
		}
	}
}
