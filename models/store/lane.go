package store

import (
	"context"
	"fmt"
	"time"

	"muster/models"
)

// lane lets a few at a time through. Searches that no index leads take a connection and
// a processor for as long as they read: were there no bound, a client that asks for many
// would leave none to those whose question is answered in a moment.
type lane chan struct{}

// wideMost is fewer than there are connections, of either engine.
const wideMost = 2

// enter waits for a place and gives what to call when it is free again. The wait is not
// part of the time that a search may take.
func (l lane) enter(ctx context.Context) (leave func(), err error) {
	if l == nil {
		return func() {}, nil
	}
	patience := time.NewTimer(findTime)
	defer patience.Stop()
	select {
	case l <- struct{}{}:
		return func() { <-l }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a search: %w", ctx.Err())
	case <-patience.C:
		return nil, models.Errorf(models.Unavailable, "", "Too many searches that no index answers are under way.").
			WithAdvice("Send the request again in a moment, fewer at a time, or ask with eq for userName, externalId or emails.").WithCode("searchesBusy")
	}
}
