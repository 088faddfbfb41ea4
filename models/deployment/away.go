package deployment

import (
	"context"
	"net/http"
	"time"

	"muster/models"
)

// locked is a token that somebody still signs in with, and why it lets nobody in.
type locked struct {
	token models.Token
	why   string
	next  string
	says  int // the status that its requests get
}

// awayLooked is how long ago the latest refusal may be.
const awayLooked = time.Hour

// turnedAway finds a token that is not usable and with which somebody asks all the same: a
// directory that nobody told of its end goes on, and nobody arrives. nil for none.
func (d *Deployments) turnedAway(ctx context.Context, organization int64, tokens []models.Token) (*locked, error) {
	since := models.TimeOf(d.Now().Add(-awayLooked))
	uses, err := d.Store.TokenUses(ctx, organization, since)
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		l := end(t, d.Now())
		if l == nil || len(uses[t.Key]) == 0 {
			continue
		}
		last, err := d.Store.Exchanges(ctx, organization, models.ExchangeQuery{TokenID: t.ID, From: since, Page: models.Page{Limit: 1}})
		if err != nil {
			return nil, err
		}
		for _, e := range last.Items {
			if e.Status == l.says { // another one was for another reason, before the end
				return l, nil
			}
		}
	}
	return nil, nil
}

// end tells why a token lets nobody in; nil when it does.
func end(t models.Token, now time.Time) *locked {
	const enter = "Enter a usable token in the identity provider."
	switch t.State(now) {
	case models.TokenDisabled:
		return &locked{t, "is disabled", "Enable it, or enter another token in the identity provider.", http.StatusUnauthorized}
	case models.TokenParked:
		return &locked{t, "is parked", enter, http.StatusForbidden}
	case models.TokenExpired:
		return &locked{t, "has expired", enter, http.StatusUnauthorized}
	case models.TokenRevoked:
		return &locked{t, "was revoked", enter, http.StatusUnauthorized}
	case models.TokenActive, models.TokenRetiring:
	}
	return nil
}

// health is worse where no usable token takes the place of this one.
func (l *locked) health(tokens []models.Token, now time.Time) Health {
	level := Watch
	if now.Sub(lastLive(tokens, now).Time()) > awayLooked {
		level = Broken
	}
	return Health{level, "An identity provider is turned away: it signs in with the token “" + l.token.Description + "”, which " + l.why + ".", l.next, "/scim/tokens/" + l.token.ID}
}

// lastLive is when a usable token was last used.
func lastLive(tokens []models.Token, now time.Time) models.Time {
	var last models.Time
	for _, t := range tokens {
		if end(t, now) == nil {
			last = max(last, t.LastUsed)
		}
	}
	return last
}
