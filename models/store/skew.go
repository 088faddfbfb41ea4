package store

import (
	"context"
	"time"

	"muster/models"
)

// skewMost is how far this machine's clock may be from PostgreSQL's without a word.
const skewMost = 10 * time.Second

// compareClocks warns when this machine's clock is not PostgreSQL's. Instances write down
// when something happened by their own clock: where these differ, the log has things in
// another order than they came, and what ends at an instant ends earlier at one of them.
func (s *Store) compareClocks(ctx context.Context) error {
	if s.engine != postgresEngine {
		return nil
	}
	var there int64
	if err := s.reads.WithContext(ctx).Raw("SELECT " + s.engine.clock()).Scan(&there).Error; err != nil {
		return classify(err)
	}
	if by := s.now().Sub(models.Time(there).Time()).Round(time.Second); by.Abs() > skewMost {
		s.log.WarnContext(ctx, "this machine’s clock is not that of PostgreSQL’s machine; have both set by the network’s time (NTP)", "ahead", by)
	}
	return nil
}
