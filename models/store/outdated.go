package store

import (
	"context"

	"muster/models"
)

// LookAtSchema notes whether a newer Muster has brought the schema further while this one
// runs, as another instance on the same database does when it is updated first. This one
// does not know what it would write into it, and takes no more writes.
func (s *Store) LookAtSchema(ctx context.Context) error {
	version, known, err := s.Schema(ctx)
	if err != nil {
		return classify(err)
	}
	s.outdated.Store(version > known)
	return s.current()
}

// current refuses what only the newer program may do.
func (s *Store) current() error {
	if !s.outdated.Load() {
		return nil
	}
	return models.Errorf(models.Unavailable, "", "A newer Muster has brought the database to a schema that this one does not know, nothing was written.").
		WithAdvice("Start the newer version here too.").WithCode("schemaNewer")
}
