package entra

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// pace says when the next call may leave: not before Graph said so, slower when the
// tenant comes close to its limit, and within a budget of our own, since other
// programs share the tenant's.
type pace struct {
	now    func() time.Time
	budget int // resource units in a window

	mu     sync.Mutex
	until  time.Time // no call before
	window time.Time // start of the window that is being counted
	used   int
}

// window is what Graph counts resource units by.
const window = 10 * time.Second

// ready gives the time from which a call of so many units may be sent, and counts it
// when that is now.
func (p *pace) ready(units int) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now.Before(p.until) {
		return p.until
	}
	// A clock that was set back must not make the window last.
	if age := now.Sub(p.window); age >= window || age < 0 {
		p.window, p.used = now, 0
	}
	if p.used > 0 && p.used+units > p.budget {
		return p.window.Add(window)
	}
	p.used += units
	return now
}

// hold lets no call leave before a time.
func (p *pace) hold(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.until) {
		p.until = until
	}
}

// heed slows down when Graph says that the tenant comes close to its limit, which it
// does from 0.8 on.
func (p *pace) heed(h http.Header) {
	used, err := strconv.ParseFloat(h.Get("x-ms-throttle-limit-percentage"), 64)
	if err != nil || used < 0.8 {
		return
	}
	over := min(used, 1.8) - 0.8
	p.hold(p.now().Add(time.Second + time.Duration(over*float64(20*time.Second))))
}
