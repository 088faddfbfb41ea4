package account

import (
	"context"
	"net/netip"
	"strconv"
	"time"

	"muster/models"
	"muster/models/filter"
	"muster/models/secret"
	"muster/models/store"
)

// brake is how one kind of guessing is slowed: free failures, then a pause that
// doubles up to a limit. Failures are forgotten after a day without any.
type brake struct {
	free        int
	first, most time.Duration
}

const forgetAfter = 24 * time.Hour

// The pause of an account stays short enough that somebody who fails on purpose
// cannot keep its person out for long.
var (
	accountBrake = brake{free: 4, first: 15 * time.Second, most: 5 * time.Minute}
	addressBrake = brake{free: 19, first: 30 * time.Second, most: 15 * time.Minute}
)

// until gives the end of the pause after a number of failures.
func (b brake) until(failures int, now models.Time) models.Time {
	if failures <= b.free {
		return 0
	}
	pause := b.first
	for range failures - b.free - 1 {
		if pause *= 2; pause >= b.most {
			pause = b.most
			break
		}
	}
	return now.Add(pause)
}

// The address typed is hashed: somebody may have typed a password there.
func accountThrottle(email string) string {
	return "sign-in:account:" + secret.HashToken(filter.Fold(email))[:32]
}

// addressThrottle groups IPv6 by /64, which one person commands whole.
func addressThrottle(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	ip = ip.Unmap()
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return "sign-in:address:" + p.String()
		}
	}
	return "sign-in:address:" + ip.String()
}

// attempt counts a try before its password is checked, so that many at once are
// counted too, and refuses it during a pause.
func (a *Accounts) attempt(ctx context.Context, email, address string) error {
	var wait time.Duration
	err := a.Store.Keep(ctx, func(tx *store.Tx) error {
		wait = 0
		tries := []struct {
			name  string
			brake brake
		}{{accountThrottle(email), accountBrake}, {addressThrottle(address), addressBrake}}
		known := make([]models.Throttle, len(tries))
		for i, t := range tries {
			if t.name == "" {
				continue
			}
			if err := tx.LockThrottle(t.name); err != nil {
				return err
			}
			k, err := tx.Throttle(tx.Context(), t.name)
			if err != nil {
				return err
			}
			if k.Last.Add(forgetAfter) < tx.Now() {
				k.Failures = 0
			}
			pause := time.Duration(k.Until-tx.Now()) * time.Millisecond
			if pause > t.brake.most { // longer than any: the clock was set back meanwhile
				pause = 0
			}
			wait = max(wait, pause)
			known[i] = k
		}
		if wait > 0 {
			return nil
		}
		for i, t := range tries {
			if t.name == "" {
				continue
			}
			k := known[i]
			k.Failures++
			k.Last, k.Until = tx.Now(), t.brake.until(k.Failures, tx.Now())
			if err := tx.SaveThrottle(k); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && wait > 0 {
		return models.Errorf(models.RateLimited, "", "Too many attempts failed.").
			WithAdvice("Try again in %s. A forgotten password is reset by an owner.", roughly(wait)).WithCode("throttled").WithWait(wait)
	}
	return err
}

// passed forgets an account's failures, and takes back this try's own mark on the
// address: other accounts may be under attack from there.
func passed(tx *store.Tx, email, address string) error {
	if err := tx.SaveThrottle(models.Throttle{Name: accountThrottle(email)}); err != nil {
		return err
	}
	name := addressThrottle(address)
	if name == "" {
		return nil
	}
	k, err := tx.Throttle(tx.Context(), name)
	if err != nil || k.Failures == 0 {
		return err
	}
	k.Failures--
	k.Until = 0
	return tx.SaveThrottle(k)
}

func roughly(d time.Duration) string {
	if d <= 90*time.Second {
		return plural(int((d+time.Second-1)/time.Second), "second")
	}
	return plural(int((d+time.Minute-1)/time.Minute), "minute")
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}
