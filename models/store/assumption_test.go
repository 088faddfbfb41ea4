package store_test

import (
	"context"
	"testing"
	"time"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// twoInstances are two programs over one database, of which the first knows an
// organization from a batch before.
func twoInstances(t *testing.T) (here, there *store.Store, org int64) {
	t.Helper()
	address := storetest.PostgresURL(t)
	same := func(o *store.Options) { o.DatabaseURL = address }
	here, there = storetest.Postgres(t, same), storetest.Postgres(t, same)
	org = organization(t, here)
	create(t, here, person(org, "Ada", "", "ada@example.com"))
	look(t, here, org)
	return here, there, org
}

// seen is what a change found that was committed in the end.
type seen struct {
	method models.Method
	queued bool
	term   string
	runs   int
}

// look writes something by what it finds of an organization.
func look(t *testing.T, s *store.Store, org int64) (got seen) {
	t.Helper()
	u, err := s.UserByName(t.Context(), org, "ada@example.com")
	ok(t, err)
	ok(t, saving(s, u, "Ada "+time.Now().String(), func(tx *store.Tx) error {
		got.runs++
		o, err := tx.ShareOrganization(org)
		if err != nil {
			return err
		}
		got.method = o.Method
		if got.queued, err = tx.AnyQueued(org); err != nil {
			return err
		}
		got.term, err = tx.Term(org, models.SCIM)
		return err
	})())
	return got
}

func switching(s *store.Store, org int64, m models.Method) error {
	return s.Administer(context.Background(), func(tx *store.Tx) (models.AuditEntry, error) {
		o, err := tx.LockOrganization(org)
		if err != nil {
			return models.AuditEntry{}, err
		}
		o.Method = m
		return models.AuditEntry{OrganizationID: org, Action: "test"}, tx.SaveOrganization(&o)
	})
}

// What another instance changed of an organization, the next change goes by.
func TestAnAssumptionIsHeldAgainstTheDatabase(t *testing.T) {
	here, there, org := twoInstances(t)
	if got := look(t, here, org); got.runs != 1 || got.queued {
		t.Errorf("a change that is right ran %d times; queued: %v", got.runs, got.queued)
	}
	ok(t, switching(there, org, models.SCIM))
	if got := look(t, here, org); got.method != models.SCIM {
		t.Errorf("the method is %s", got.method)
	}
	before := look(t, here, org).term
	ok(t, there.Administer(t.Context(), func(tx *store.Tx) (models.AuditEntry, error) {
		return models.AuditEntry{OrganizationID: org, Action: "test"}, tx.EndTerm(org, before)
	}))
	if got := look(t, here, org); got.term == before {
		t.Errorf("the term is still %s", got.term)
	}
	ok(t, there.Administer(t.Context(), func(tx *store.Tx) (models.AuditEntry, error) {
		return models.AuditEntry{OrganizationID: org, Action: "test"}, tx.ResumeTerm(org, before)
	}))
	if got := look(t, here, org); got.term != before {
		t.Errorf("the term is %s, want %s", got.term, before)
	}
	o, err := there.Organization(t.Context(), org)
	ok(t, err)
	queueUp(t, there, o, 1)
	if got := look(t, here, org); !got.queued {
		t.Error("the open item in the queue is not seen")
	}
}

// A change that meets another instance in the midst of changing the organization waits,
// and then goes by what that wrote.
func TestAnAssumptionWaitsForWhoChangesTheOrganization(t *testing.T) {
	here, there, org := twoInstances(t)
	for _, m := range []models.Method{models.SCIM, models.Entra, models.LDAP} {
		locked, done := make(chan struct{}), make(chan error)
		go func() {
			done <- there.Administer(context.Background(), func(tx *store.Tx) (models.AuditEntry, error) {
				o, err := tx.LockOrganization(org)
				if err != nil {
					return models.AuditEntry{}, err
				}
				o.Method = m
				if err := tx.SaveOrganization(&o); err != nil {
					return models.AuditEntry{}, err
				}
				close(locked)
				time.Sleep(60 * time.Millisecond) // less than a batch waits for a lock
				return models.AuditEntry{OrganizationID: org, Action: "test"}, nil
			})
		}()
		<-locked
		got := look(t, here, org)
		ok(t, <-done)
		if got.method != m {
			t.Errorf("the change went by %s, and %s was committed before it", got.method, m)
		}
	}
}

// Keys that an instance has put by are not used long after others made users.
func TestKeysPutByAreForNow(t *testing.T) {
	here, there, org := twoInstances(t)
	first, theirs, second := person(org, "B", "", "b@example.com"), person(org, "C", "", "c@example.com"), person(org, "D", "", "d@example.com")
	create(t, here, first)
	create(t, there, theirs)
	time.Sleep(300 * time.Millisecond)
	create(t, here, second)
	if !(first.Key < theirs.Key && theirs.Key < second.Key) {
		t.Errorf("the keys are %d, %d and %d", first.Key, theirs.Key, second.Key)
	}
}
