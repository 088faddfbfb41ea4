package store

import "context"

// Writable tells whether the database takes writes now: it writes and reads back
// one value of the instance.
func (s *Store) Writable(ctx context.Context) error {
	return s.Keep(ctx, func(tx *Tx) error {
		return tx.SetInstance("ready", tx.now.Time().Format("2006-01-02T15:04:05.000Z"))
	})
}
