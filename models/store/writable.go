package store

import "context"

// Writable tells whether the database takes writes. While writes succeed it only
// asks whether the database is there and answers; after one failed for want of space,
// or because the file is damaged or may only be read, it tries one, so that readiness
// comes back by itself.
func (s *Store) Writable(ctx context.Context) error {
	if err := s.present(); err != nil {
		return err
	}
	if !s.starved.Load() {
		return s.LookAtSchema(ctx)
	}
	return s.Keep(ctx, func(tx *Tx) error {
		return tx.SetInstance("last-probe", tx.now.Time().Format("2006-01-02T15:04:05.000Z"))
	})
}
