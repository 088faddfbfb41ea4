package entratest

import (
	"net/http"
	"strconv"
	"time"
)

// choke answers a share of the calls with 429.
type choke struct {
	block   []bool // shuffled anew when it is used up
	at      int
	after   time.Duration
	silent  bool
	blocked time.Time
}

// Throttle answers exactly so many of each hundred calls with 429, spread by chance.
// With a wait of zero Retry-After is left out.
func (g *Graph) Throttle(percent int, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	// The smallest block with the share in it, so that short reads meet it too.
	n, size := percent, 100
	for _, d := range []int{5, 2, 5, 2} {
		if n%d == 0 && size%d == 0 {
			n, size = n/d, size/d
		}
	}
	g.choke = &choke{block: make([]bool, size), at: size, after: wait, silent: wait == 0}
	for i := range n {
		g.choke.block[i] = true
	}
}

// throttled decides about a call, and counts those that did not wait.
func (g *Graph) throttled() (Answer, bool) {
	c := g.choke
	if c == nil {
		return Answer{}, false
	}
	now := g.o.Now()
	if now.Before(c.blocked) {
		g.count.Early++
	}
	if c.at == len(c.block) {
		c.at = 0
		g.random.Shuffle(len(c.block), func(i, j int) { c.block[i], c.block[j] = c.block[j], c.block[i] })
	}
	hit := c.block[c.at]
	c.at++
	if !hit {
		return Answer{}, false
	}
	g.count.Throttled++
	a := Refusal(http.StatusTooManyRequests, "TooManyRequests", "Wait.")
	if !c.silent {
		c.blocked = now.Add(c.after)
		a.Header = http.Header{"Retry-After": {strconv.Itoa(int(c.after / time.Second))}}
	}
	return a, true
}
