package store_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// another is another instance on the same PostgreSQL.
func another(t *testing.T, address string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DatabaseURL: address, Now: storetest.NewClock().Now, Log: slog.New(slog.DiscardHandler), Idle: 2 * time.Second})
	ok(t, err)
	t.Cleanup(func() { ok(t, s.Close()) })
	return s
}

// standStill has an instance stop in the midst of a change that has locked an organization,
// as one does that is frozen, until it is let on. It gives what ends that, with how the
// change ended and how often it ran.
func standStill(t *testing.T, s *store.Store, org int64) func() (int, error) {
	t.Helper()
	locked, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	ran := 0
	go func() {
		ended <- s.Keep(context.Background(), func(tx *store.Tx) error {
			ran++
			o, err := tx.LockOrganization(org)
			if err != nil {
				return err
			}
			if ran == 1 {
				close(locked)
				<-goOn
			}
			o.Name = "Fabrikam"
			return tx.SaveOrganization(&o)
		})
	}()
	<-locked
	return sync.OnceValues(func() (int, error) { close(goOn); err := <-ended; return ran, err })
}

// An instance that stands still in the midst of a change holds up the others for no longer
// than PostgreSQL waits for it; and makes its change, once, when it goes on.
func TestAnInstanceThatStandsStill(t *testing.T) {
	t.Parallel()
	address := storetest.PostgresURL(t)
	still, other := another(t, address), another(t, address)
	org := organization(t, still)
	goOn := standStill(t, still, org)
	began := time.Now()
	ok(t, other.Provision(t.Context(), func(tx *store.Tx) ([]models.LogEntry, error) { _, err := tx.ShareOrganization(org); return nil, err }))
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the other instance waited for %v", took)
	}
	if ran, err := goOn(); err != nil || ran != 2 {
		t.Errorf("the change ran %d times and ended with %v", ran, err)
	}
	if o, err := other.Organization(t.Context(), org); err != nil || o.Name != "Fabrikam" {
		t.Errorf("the organization is %q: %v", o.Name, err)
	}
}

// However many changes wait for one lock, who asks for something that is not locked is
// answered: reads, and sign-ins.
func TestChangesThatWaitLeaveConnections(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	org := organization(t, s)
	goOn := standStill(t, s, org)
	var waiting sync.WaitGroup
	change := func(tx *store.Tx) ([]models.LogEntry, error) { _, err := tx.ShareOrganization(org); return nil, err }
	for range 40 {
		waiting.Go(func() { fine(t, s.ProvisionLong(context.Background(), change)) })
		waiting.Go(func() { fine(t, s.Provision(context.Background(), change)) })
	}
	defer waiting.Wait()
	defer func() { _, _ = goOn() }()
	time.Sleep(time.Second) // until all of them wait
	ctx, end := context.WithTimeout(t.Context(), 5*time.Second)
	defer end()
	if _, err := s.UserCounts(ctx, org); err != nil {
		t.Errorf("a read: %v", err)
	}
	if err := s.Keep(ctx, func(tx *store.Tx) error { return tx.SetInstance("anything", "goes") }); err != nil {
		t.Errorf("what touches nothing that is locked: %v", err)
	}
}

// However many changes meet a lock on their organization, those of another one that share
// their transaction do not wait for it with them, one change after the other.
func TestChangesOfAnotherOrganizationDoNotWait(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	org := organization(t, s)
	free, err := s.EnsureOrganization(t.Context(), "free", "Free")
	ok(t, err)
	share := func(key int64) error {
		return s.Provision(context.Background(), func(tx *store.Tx) ([]models.LogEntry, error) {
			_, err := tx.ShareOrganization(key)
			return nil, err
		})
	}
	goOn := standStill(t, s, org)
	var waiting sync.WaitGroup
	for range 20 {
		waiting.Go(func() { fine(t, share(org)) })
	}
	defer waiting.Wait()
	defer func() { _, _ = goOn() }()
	time.Sleep(50 * time.Millisecond) // until the writer has them
	began := time.Now()
	ok(t, share(free.Key))
	if took := time.Since(began); took > time.Second {
		t.Errorf("the other organization's change took %v", took)
	}
}

// fine is ok for goroutines, which may not end a test.
func fine(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
