package store_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// queued runs changes so that all of them share one batch, in this order.
func queued(t *testing.T, s *store.Store, jobs ...func() error) []error {
	t.Helper()
	hold, held := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = s.Provision(context.Background(), func(*store.Tx) ([]models.LogEntry, error) {
			close(held)
			<-hold
			return nil, nil
		})
	})
	<-held
	errs := make([]error, len(jobs))
	for i, j := range jobs {
		wg.Go(func() { errs[i] = j() })
		time.Sleep(30 * time.Millisecond)
	}
	close(hold)
	wg.Wait()
	return errs
}

func inserting(s *store.Store, u *models.User, also func(*store.Tx) error) func() error {
	return func() error {
		return s.Provision(context.Background(), func(tx *store.Tx) ([]models.LogEntry, error) {
			if err := tx.InsertUser(u); err != nil {
				return nil, err
			}
			return []models.LogEntry{entry(u, models.ActionCreate, models.Success)}, also(tx)
		})
	}
}

// told holds that each user is there, with one entry, exactly when its change was
// answered without an error.
func told(t *testing.T, s *store.Store, org int64, users []*models.User, errs []error) {
	t.Helper()
	for i, u := range users {
		_, err := s.UserByName(t.Context(), org, u.UserName)
		log, logErr := s.LogEntries(t.Context(), org, models.LogQuery{TargetID: u.ID})
		ok(t, logErr)
		if there := err == nil; there != (errs[i] == nil) || (len(log.Items) == 1) != there {
			t.Errorf("%s: there %v, %d entries, told %v", u.UserName, there, len(log.Items), errs[i])
		}
	}
	counts, err := s.UserCounts(t.Context(), org)
	ok(t, err)
	rows, err := s.CountRows(t.Context(), "users")
	ok(t, err)
	if counts.Total != int64(rows) {
		t.Errorf("%d users are counted, %d are there", counts.Total, rows)
	}
}

func nothingElse(*store.Tx) error { return nil }

// SQLite takes a whole transaction back when the disk is full in the midst of a
// statement; what comes after must not be committed by itself.
func TestAFullDiskInTheMidstOfABatch(t *testing.T) {
	s := storetest.SQLite(t)
	org := organization(t, s)
	create(t, s, person(org, "Ada", "Lovelace", "ada@example.com"))
	ok(t, s.RunOnWriter(t.Context(), "PRAGMA max_page_count = 140"))
	users := []*models.User{person(org, "A", "Small", "a@example.com"), person(org, "B", "Large", "b@example.com"), person(org, "C", "Small", "c@example.com")}
	users[1].Attributes["title"] = strings.Repeat("z", 2_000_000)
	ok(t, users[1].Extract())
	errs := queued(t, s, inserting(s, users[0], nothingElse), inserting(s, users[1], nothingElse), inserting(s, users[2], nothingElse))
	refused(t, errs[1], models.Unavailable, "")
	told(t, s, org, users, errs)
}

// The same inside of an import, which goes on after a row that is refused.
func TestAFullDiskInTheMidstOfAnAttempt(t *testing.T) {
	s := storetest.SQLite(t)
	org := organization(t, s)
	create(t, s, person(org, "Ada", "Lovelace", "ada@example.com"))
	ok(t, s.RunOnWriter(t.Context(), "PRAGMA max_page_count = 140"))
	var users []*models.User
	err := s.ProvisionLong(t.Context(), func(tx *store.Tx) ([]models.LogEntry, error) {
		var entries []models.LogEntry
		users = nil
		for i := range 4 {
			u := person(org, "R", fmt.Sprint(i), fmt.Sprintf("r%d@example.com", i))
			if i == 1 {
				u.Attributes["title"] = strings.Repeat("z", 2_000_000)
				ok(t, u.Extract())
			}
			users = append(users, u)
			if tx.Attempt(func(tx *store.Tx) error { return tx.InsertUser(u) }) == nil {
				entries = append(entries, entry(u, models.ActionCreate, models.Success))
			}
		}
		return entries, nil
	})
	refused(t, err, models.Unavailable, "")
	told(t, s, org, users, []error{err, err, err, err})
}

// When the pass with care is lost, the refusal of a first way says nothing: another
// way might have succeeded.
func TestALostPassAnswersForNoWay(t *testing.T) {
	s := storetest.SQLite(t)
	org := organization(t, s)
	runs := 0
	errs := queued(t, s, func() error {
		return s.Keep(context.Background(), func(tx *store.Tx) error {
			if runs++; runs > 1 {
				runtime.Goexit() // or: the disk is full by now, the connection is gone
			}
			return tx.InsertUser(person(org, "A", "", "a@example.com"))
		})
	}, func() error {
		return s.Provision(context.Background(), func(tx *store.Tx) ([]models.LogEntry, error) {
			if err := tx.InsertUser(person(org, "B", "", "b@example.com")); err != nil {
				return nil, err
			}
			return nil, models.Errorf(models.Uniqueness, "userName", "taken")
		}, func(tx *store.Tx, refused error) ([]models.LogEntry, error) {
			return nil, nil // would have succeeded
		})
	})
	if models.KindOf(errs[1]) == models.Uniqueness {
		t.Errorf("answered with a refusal that was only the first way's: %v", errs[1])
	}
}

// A connection that is lost once costs nothing, and when it is lost again everybody
// is told that nothing was written.
func TestALostConnectionInTheMidstOfABatch(t *testing.T) {
	for times := 1; times <= 2; times++ {
		s := storetest.Postgres(t)
		org := organization(t, s)
		users := []*models.User{person(org, "A", "", "a@example.com"), person(org, "B", "", "b@example.com"), person(org, "C", "", "c@example.com")}
		lost := 0
		errs := queued(t, s, inserting(s, users[0], nothingElse), inserting(s, users[1], func(tx *store.Tx) error {
			if lost++; lost <= times {
				return tx.EndConnection()
			}
			return nil
		}), inserting(s, users[2], nothingElse))
		told(t, s, org, users, errs)
		if lost != 2 {
			t.Errorf("the change ran %d times", lost)
		}
		ok(t, inserting(s, person(org, "D", "", "d@example.com"), nothingElse)())
	}
}

// A failure that a change keeps to itself has ended PostgreSQL's transaction. That
// is its own loss, not its neighbours'.
func TestAnUnnoticedFailureIsItsOwn(t *testing.T) {
	s := storetest.Postgres(t)
	org := organization(t, s)
	users := []*models.User{person(org, "A", "", "a@example.com"), person(org, "B", "", "b@example.com"), person(org, "C", "", "c@example.com")}
	errs := queued(t, s, inserting(s, users[0], nothingElse), inserting(s, users[1], func(tx *store.Tx) error {
		_, _ = tx.Resolve(tx.Context(), org, []string{"\x00"})
		return nil
	}), inserting(s, users[2], nothingElse))
	if errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Errorf("told %v", errs)
	}
	told(t, s, org, users, errs)
}

// Who waits for an organization that is locked, as during a change of its method,
// holds nobody of another organization up.
func TestALockedOrganizationHoldsUpNobodyElse(t *testing.T) {
	s := storetest.Postgres(t)
	org := organization(t, s)
	other, err := s.EnsureOrganization(t.Context(), "second", "Second")
	ok(t, err)
	held, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ok(t, s.Keep(context.Background(), func(tx *store.Tx) error {
			_, err := tx.LockOrganization(org)
			close(held)
			<-release
			return err
		}))
	})
	<-held
	errs := make([]error, 40)
	for i := range errs {
		wg.Go(func() {
			errs[i] = s.Provision(context.Background(), func(tx *store.Tx) ([]models.LogEntry, error) {
				if _, err := tx.ShareOrganization(org); err != nil {
					return nil, err
				}
				u := person(org, "X", fmt.Sprint(i), fmt.Sprintf("x%d@example.com", i))
				return []models.LogEntry{entry(u, models.ActionCreate, models.Success)}, tx.InsertUser(u)
			})
		})
	}
	for i := range 10 {
		ok(t, inserting(s, person(other.Key, "Y", "", fmt.Sprintf("y%d@example.com", i)), nothingElse)())
	}
	close(release)
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("change %d of the locked organization: %v", i, err)
		}
	}
}

// Somebody who returns, or is deleted at the source, while an export runs is in it
// once.
func TestAnExportHasEverybodyOnce(t *testing.T) {
	s := storetest.SQLite(t)
	org := organization(t, s)
	back := person(org, "Back", "Again", "back@example.com")
	back.Hidden = true
	create(t, s, back)
	for i := range 3 {
		create(t, s, person(org, "U", fmt.Sprint(i), fmt.Sprintf("u%d@example.com", i)))
	}
	seen := map[string]int{}
	first := true
	ok(t, s.EachUser(t.Context(), org, models.UserQuery{}, func(list []models.User) error {
		for _, u := range list {
			seen[u.UserName]++
		}
		if first {
			first = false
			ok(t, change(s, org, back.ID, func(u *models.User) { u.Hidden = false }))
			id := list[0].ID
			ok(t, change(s, org, id, func(u *models.User) { u.Hidden = true }))
		}
		return nil
	}))
	if seen["back@example.com"] != 1 || seen["u0@example.com"] != 1 {
		t.Errorf("seen %v", seen)
	}
}

func TestAnEmployeeNumberOfMarksIsHeld(t *testing.T) {
	s := storetest.SQLite(t)
	org := organization(t, s)
	u := person(org, "A", "", "a@example.com")
	u.Attributes[models.EnterpriseURN] = map[string]any{"employeeNumber": "() 12"}
	ok(t, u.Extract())
	create(t, s, u)
	_, err := s.EmployeeHolder(t.Context(), org, "() 12", 0)
	if err != nil {
		t.Errorf("holder not found: %v", err)
	}
}

// A backup that an earlier schema made is restored, and what was added since is
// there for its users.
func TestABackupOfTheFirstSchemaIsRestored(t *testing.T) {
	s := storetest.SQLite(t)
	org := organization(t, s)
	create(t, s, person(org, "Ada", "Lovelace", "ada@example.com"), person(org, "Ada", "Byron", "byron@example.com"))
	for _, down := range downToFirst(t) {
		for text := range strings.SplitSeq(down, ";\n") {
			if strings.TrimSpace(text) != "" {
				ok(t, s.RunOnWriter(t.Context(), text))
			}
		}
	}
	ok(t, s.RunOnWriter(t.Context(), "DELETE FROM goose_db_version WHERE version_id > 1"))
	var b bytes.Buffer
	ok(t, s.Backup(t.Context(), &b))
	data := b.Bytes()
	storetest.Each(t, func(t *testing.T, r *store.Store) {
		o := organization(t, r)
		create(t, r, person(o, "Other", "", "other@example.com"))
		ok(t, r.Restore(t.Context(), bytes.NewReader(data)))
		list, err := r.Users(t.Context(), org, models.UserQuery{Search: "ada love"})
		ok(t, err)
		if len(list.Items) != 1 {
			t.Errorf("found %v", names(list.Items))
		}
		list, err = r.Users(t.Context(), org, models.UserQuery{Status: models.Active})
		ok(t, err)
		if len(list.Items) != 2 {
			t.Errorf("listed %v", names(list.Items))
		}
		create(t, r, person(org, "New", "", "new@example.com"))
	})
}

// downToFirst gives the ways back of all migrations but the first, newest first.
func downToFirst(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("migrations/sqlite/*.sql")
	ok(t, err)
	slices.Sort(files)
	var ways []string
	for _, file := range slices.Backward(files[1:]) {
		b, err := os.ReadFile(file)
		ok(t, err)
		_, down, _ := strings.Cut(string(b), "-- +goose Down\n")
		ways = append(ways, down)
	}
	return ways
}

// TestACommitIsOnDiskBeforeItIsAnswered: SQLite answers after its sync, and the layer that
// holds the log's writes until then depends on it.
func TestACommitIsOnDiskBeforeItIsAnswered(t *testing.T) {
	s := storetest.SQLite(t)
	create(t, s, person(organization(t, s), "Ada", "Lovelace", "ada@example.com"))
	const full = 2 // https://www.sqlite.org/pragma.html#pragma_synchronous
	if level, err := s.Synchronous(t.Context()); err != nil || level != full {
		t.Errorf("the connection that writes has synchronous = %d, %v", level, err)
	}
}
