package store

import (
	"cmp"
	"net"
	"time"
)

// How long PostgreSQL's machine may say nothing at all: to whoever connects, and on a
// connection on which something is sent or waited for. One that is gone, or that lost its
// network, refuses nothing. Left to the system, requests would wait for it for a quarter of
// an hour, and go on waiting for a minute after it is back.
const (
	connectMost = 10 * time.Second
	silenceMost = 20 * time.Second
)

// dialer connects to PostgreSQL; connect is how long its address allows for that, 0 for
// what is not said there.
func dialer(connect time.Duration) *net.Dialer {
	return &net.Dialer{
		Timeout: cmp.Or(connect, connectMost), Control: bounded,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silenceMost / 4, Interval: silenceMost / 4, Count: 3},
	}
}
