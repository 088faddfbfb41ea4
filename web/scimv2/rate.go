package scimv2

import (
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"muster/models"
	"muster/web/session"
)

// RateOptions bound what one token may ask for, so that it cannot starve another
// (security check S23). Now is required.
type RateOptions struct {
	PerSecond  int // requests in a second, on average; 0 does not limit
	Burst      int // requests at once after a pause; 0 is as many as PerSecond
	Concurrent int // requests under way at the same time; 0 does not limit
	Now        func() time.Time
}

// Rate counts the requests of each token.
type Rate struct {
	RateOptions
	mu     sync.Mutex
	tokens map[string]*allowance
}

type allowance struct {
	bucket *rate.Limiter
	active int
	last   time.Time
}

// NewRate makes a limiter.
func NewRate(o RateOptions) *Rate {
	if o.Burst <= 0 {
		o.Burst = o.PerSecond
	}
	return &Rate{RateOptions: o, tokens: map[string]*allowance{}}
}

// admit runs next unless the token has asked for too much; then nothing of the
// request was looked at.
func (r *Rate) admit(c echo.Context, next echo.HandlerFunc) error {
	if r == nil {
		return next(c)
	}
	token := session.Actor(c).ID
	wait, err := r.enter(token)
	if err != nil {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
		return err
	}
	defer r.leave(token)
	return next(c)
}

func (r *Rate) enter(token string) (time.Duration, error) {
	now := r.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.tokens[token]
	if a == nil {
		r.forget(now)
		limit := rate.Inf
		if r.PerSecond > 0 {
			limit = rate.Limit(r.PerSecond)
		}
		a = &allowance{bucket: rate.NewLimiter(limit, r.Burst)}
		r.tokens[token] = a
	}
	a.last = now
	if r.Concurrent > 0 && a.active >= r.Concurrent {
		return time.Second, tooFast("the token has %d requests under way, and at most %d may be at the same time", a.active, r.Concurrent)
	}
	if !a.bucket.AllowN(now, 1) {
		held := a.bucket.ReserveN(now, 1)
		wait := held.DelayFrom(now)
		held.CancelAt(now)
		return wait, tooFast("the token sends more than the limit of %d requests per second", r.PerSecond)
	}
	a.active++
	return 0, nil
}

func (r *Rate) leave(token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a := r.tokens[token]; a != nil {
		a.active--
	}
}

// forget drops tokens that were silent for an hour.
func (r *Rate) forget(now time.Time) {
	for id, a := range r.tokens {
		if a.active == 0 && now.Sub(a.last) > time.Hour {
			delete(r.tokens, id)
		}
	}
}

func tooFast(format string, args ...any) error {
	return models.Errorf(models.RateLimited, "", "Not now: "+format+".", args...).
		WithAdvice("Nothing was changed; send the request again after the seconds in Retry-After.").WithCode("rateLimited")
}
