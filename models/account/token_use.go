package account

import (
	"context"
	"errors"
	"time"

	"muster/models"
	"muster/models/store"
)

// use is a token's traffic since it was last written down.
type use struct {
	last             models.Time
	address, client  string
	requests, failed map[models.Time]int64
}

// Seen notes a request with a token: counted per hour, and, unless it failed, kept
// as its last use. It is written within a minute, a token's first use at once.
func (a *Accounts) Seen(t models.Token, address, client string, failed bool) {
	if t.Key == 0 {
		return
	}
	now := a.now()
	a.mu.Lock()
	u := a.seen[t.Key]
	if u == nil {
		u = &use{requests: map[models.Time]int64{}, failed: map[models.Time]int64{}}
		a.seen[t.Key] = u
	}
	u.requests[now.Hour()]++
	if failed {
		u.failed[now.Hour()]++
	} else {
		u.last, u.address, u.client = now, address, cut(client, 200)
	}
	fresh := !failed && t.LastUsed == 0 && !a.used[t.Key]
	if fresh {
		a.used[t.Key] = true
	}
	a.mu.Unlock()
	if fresh {
		select {
		case a.first <- struct{}{}:
		default:
		}
	}
}

// Fresh adds to tokens what is known of their use but not written yet.
func (a *Accounts) Fresh(list ...models.Token) []models.Token {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, t := range list {
		if u := a.seen[t.Key]; u != nil && u.last > t.LastUsed {
			list[i].LastUsed, list[i].LastAddress, list[i].LastClient = u.last, u.address, u.client
		}
	}
	return list
}

// FlushUse writes down the use of tokens now.
func (a *Accounts) FlushUse(ctx context.Context) error {
	a.mu.Lock()
	taken := a.seen
	a.seen = map[int64]*use{}
	a.mu.Unlock()
	if len(taken) == 0 {
		return nil
	}
	list := make([]store.TokenSeen, 0, len(taken))
	for key, u := range taken {
		list = append(list, store.TokenSeen{
			Requests: u.requests, Failures: u.failed,
			Token: models.Token{Key: key, LastUsed: u.last, LastAddress: u.address, LastClient: u.client},
		})
	}
	err := a.Store.Keep(ctx, func(tx *store.Tx) error { return tx.RecordTokenUse(list) })
	if err != nil {
		a.giveBack(taken)
	}
	return err
}

// giveBack keeps what could not be written for the next time.
func (a *Accounts) giveBack(taken map[int64]*use) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, u := range taken {
		newer := a.seen[key]
		if newer == nil {
			a.seen[key] = u
			continue
		}
		for hour, n := range u.requests {
			newer.requests[hour] += n
		}
		for hour, n := range u.failed {
			newer.failed[hour] += n
		}
		if newer.last < u.last {
			newer.last, newer.address, newer.client = u.last, u.address, u.client
		}
	}
}

const flushEvery = time.Minute

// Run writes token use every minute, retires rotated tokens, and every hour
// forgets ended sessions and old throttles. It ends with ctx, after writing what
// is left.
func (a *Accounts) Run(ctx context.Context) error {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	lastPurge := a.now()
	for {
		select {
		case <-ctx.Done():
			return a.FlushUse(context.WithoutCancel(ctx))
		case <-a.first:
			a.report(ctx, "write token use", a.FlushUse(ctx))
			continue
		case <-tick.C:
		}
		a.report(ctx, "write token use", a.FlushUse(ctx))
		a.report(ctx, "retire rotated tokens", a.retire(ctx))
		if a.now() >= lastPurge.Add(time.Hour) {
			lastPurge = a.now()
			a.report(ctx, "forget ended sessions", a.purge(ctx))
		}
	}
}

// Tend does at once what Run does each minute: for tests, and for commands that
// end before a minute is over.
func (a *Accounts) Tend(ctx context.Context) error {
	return errors.Join(a.FlushUse(ctx), a.retire(ctx), a.purge(ctx))
}

func (a *Accounts) report(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		a.Log.ErrorContext(ctx, "upkeep of accounts failed", "task", what, "error", err)
	}
}

func (a *Accounts) purge(ctx context.Context) error {
	return a.Store.Keep(ctx, func(tx *store.Tx) error {
		now := tx.Now()
		if err := tx.PurgeSessions(now.Add(-IdleLife), now.Add(-AbsoluteLife)); err != nil {
			return err
		}
		return tx.PurgeThrottles(now.Add(-forgetAfter))
	})
}
