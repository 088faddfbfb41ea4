package store_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// saving gives a user another name, over the state of theirs that was read before.
func saving(s *store.Store, old models.User, name string, also func(*store.Tx) error) func() error {
	return func() error {
		return s.Provision(context.Background(), func(tx *store.Tx) ([]models.LogEntry, error) {
			was, u := old, old
			if err := was.Load(); err != nil {
				return nil, err
			}
			u.Attributes = models.CopyAttributes(was.Attributes)
			u.Attributes["displayName"] = name
			u.Version++
			if err := u.Extract(); err != nil {
				return nil, err
			}
			if err := tx.SaveUser(&was, &u); err != nil {
				return nil, err
			}
			return []models.LogEntry{entry(&u, models.ActionUpdate, models.Success)}, also(tx)
		})
	}
}

// What a batch has not heard of yet when a change ends is the change's own fault, and
// its neighbours' writes stand.
func TestWhatFailsLateIsItsOwnFault(t *testing.T) {
	s := storetest.Postgres(t)
	org := organization(t, s)
	known, moved := person(org, "Known", "", "known@example.com"), person(org, "Moved", "", "moved@example.com")
	create(t, s, known, moved)
	old, err := s.UserByName(t.Context(), org, moved.UserName)
	ok(t, err)
	ok(t, saving(s, old, "Changed meanwhile", nothingElse)())
	refused(t, saving(s, old, "Of an old state, alone", nothingElse)(), models.Stale, "")

	users := []*models.User{
		person(org, "A", "", "a@example.com"), person(org, "B", "", "known@example.com"), person(org, "C", "", "c@example.com"),
	}
	errs := queued(t, s, inserting(s, users[0], nothingElse), inserting(s, users[1], nothingElse),
		saving(s, old, "Of an old state", nothingElse), inserting(s, users[2], nothingElse))
	refused(t, errs[1], models.Uniqueness, "userName")
	refused(t, errs[2], models.Stale, "")
	told(t, s, org, []*models.User{users[0], users[2]}, []error{errs[0], errs[3]})
	if errs[0] != nil || errs[3] != nil {
		t.Errorf("the neighbours were told %v and %v", errs[0], errs[3])
	}
	now, err := s.UserByName(t.Context(), org, moved.UserName)
	ok(t, err)
	if now.DisplayName != "Changed meanwhile" {
		t.Errorf("the user is called %q", now.DisplayName)
	}
}

// A change that ends in the midst of reading fails, and the writer goes on.
func TestAnEndOverOpenRows(t *testing.T) {
	s := storetest.Postgres(t)
	org := organization(t, s)
	for name, end := range map[string]func(){"panic": func() { panic("over open rows") }, "Goexit": runtime.Goexit} {
		ended := make(chan error)
		go func() {
			ended <- s.Provision(context.Background(), func(tx *store.Tx) ([]models.LogEntry, error) {
				if err := tx.LeaveOpen(); err != nil {
					return nil, err
				}
				end()
				return nil, nil
			})
		}()
		select {
		case err := <-ended:
			if err == nil {
				t.Errorf("%s: the change did not fail", name)
			}
		case <-time.After(10 * time.Second):
			fmt.Fprintf(os.Stderr, "%s: the writer waits for rows that nobody closes\n", name)
			os.Exit(1) // the end of the test would wait for the writer
		}
		create(t, s, person(org, "After", "", name+"@example.com"))
	}
}

// A change finds what it wrote itself, though nobody has waited for it.
func TestAChangeReadsWhatStillWaits(t *testing.T) {
	s := storetest.Postgres(t)
	org := organization(t, s)
	u := person(org, "First", "", "first@example.com")
	create(t, s, u)
	old, err := s.UserByName(t.Context(), org, u.UserName)
	ok(t, err)
	errs := queued(t, s, saving(s, old, "Renamed twice", func(tx *store.Tx) error {
		found, err := tx.Users(tx.Context(), org, models.UserQuery{Search: "twice"})
		if err == nil && len(found.Items) != 1 {
			err = fmt.Errorf("%d users are found by the new name", len(found.Items))
		}
		return err
	}), inserting(s, person(org, "Second", "", "second@example.com"), func(tx *store.Tx) error {
		_, err := tx.UserByName(tx.Context(), org, "second@example.com")
		return err
	}))
	for _, err := range errs {
		ok(t, err)
	}
}

// Twelve changes of one batch take as many ways to PostgreSQL and back as one does,
// not eighty.
func TestABatchGoesToPostgreSQLTogether(t *testing.T) {
	wire := newWire(t, storetest.PostgresURL(t))
	s := storetest.Postgres(t, func(o *store.Options) { o.DatabaseURL = wire.url })
	org := organization(t, s)
	users := make([]*models.User, 6)
	for i := range users {
		users[i] = person(org, "U", "", fmt.Sprintf("u%d@example.com", i))
	}
	create(t, s, users...)
	batch := func(round string) int64 {
		var jobs []func() error
		for i, u := range users {
			old, err := s.UserByName(t.Context(), org, u.UserName)
			ok(t, err)
			jobs = append(jobs, saving(s, old, round, nothingElse),
				inserting(s, person(org, "N", "", fmt.Sprintf("%s%d@example.com", round, i)), nothingElse))
		}
		before := wire.ways.Load()
		for _, err := range queued(t, s, jobs...) {
			ok(t, err)
		}
		return wire.ways.Load() - before
	}
	batch("warm") // statements are prepared
	least := batch("first")
	for _, again := range []string{"second", "third", "fourth", "fifth"} {
		if least <= 6 {
			return
		}
		least = min(least, batch(again)) // a batch ends early on a machine that has no time
	}
	t.Errorf("the batch asked the database %d times at least", least)
}

// renaming gives a user of a store another name, once as many statements are prepared as
// that takes, by a change that asks for the organization too.
func renaming(t *testing.T, s *store.Store, org int64, userName string, also func()) func(name string) error {
	t.Helper()
	change := func(name string) error {
		old, err := s.UserByName(t.Context(), org, userName)
		ok(t, err)
		return saving(s, old, name, func(tx *store.Tx) error {
			also()
			_, err := tx.ShareOrganization(org)
			return err
		})()
	}
	ok(t, change("Warm"))
	ok(t, change("Warmer"))
	return change
}

// A change of which everything is known beforehand begins, writes and ends in one way.
func TestAChangeGoesToPostgreSQLInOneWay(t *testing.T) {
	wire := newWire(t, storetest.PostgresURL(t))
	s := storetest.Postgres(t, func(o *store.Options) { o.DatabaseURL = wire.url })
	org := organization(t, s)
	create(t, s, person(org, "First", "", "first@example.com"))
	var before int64
	change := renaming(t, s, org, "first@example.com", func() { before = wire.ways.Load() })
	ok(t, change("Renamed"))
	if n := wire.ways.Load() - before; n != 1 {
		t.Errorf("it took %d ways", n)
	}
}

// A connection that breaks while the commit is under way leaves open what became of it.
// The change is not tried again then: it may be there.
func TestACommitWithoutAnAnswerIsNotRepeated(t *testing.T) {
	wire := newWire(t, storetest.PostgresURL(t))
	s := storetest.Postgres(t, func(o *store.Options) { o.DatabaseURL = wire.url })
	org := organization(t, s)
	create(t, s, person(org, "First", "", "first@example.com"))
	runs, last := 0, (*atomic.Bool)(nil)
	for cut, want := range map[*atomic.Bool]string{&wire.deaf: "Renamed", &wire.mute: "Warmer"} {
		last = nil
		change := renaming(t, s, org, "first@example.com", func() {
			if runs++; last != nil {
				last.Store(true)
			}
		})
		runs, last = 0, cut
		err := change("Renamed")
		if models.KindOf(err) != models.Unavailable || runs != 1 {
			t.Errorf("it ran %d times and was told %v", runs, err)
		}
		now, err := s.UserByName(t.Context(), org, "first@example.com")
		ok(t, err)
		if now.DisplayName != want {
			t.Errorf("the user is called %q, want %q", now.DisplayName, want)
		}
	}
}

// wire is a way to a database that counts how often something is sent there. It breaks
// once when it is deaf and the database answers, or mute and something is sent there.
type wire struct {
	url        string
	ways       atomic.Int64
	deaf, mute atomic.Bool
}

func newWire(t *testing.T, database string) *wire {
	t.Helper()
	u, err := url.Parse(database)
	ok(t, err)
	network, to := "tcp", u.Host
	if dir := u.Query().Get("host"); dir != "" { // a socket in a folder
		port := u.Query().Get("port")
		if port == "" {
			port = u.Port()
		}
		network, to = "unix", dir+"/.s.PGSQL."+port
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	w := &wire{}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, to)
			if err != nil {
				_ = client.Close()
				continue
			}
			go w.carry(server, client, true)
			go w.carry(client, server, false)
		}
	}()
	q := u.Query()
	q.Del("host")
	q.Del("port")
	u.Host, u.RawQuery = listener.Addr().String(), q.Encode()
	w.url = u.String()
	return w
}

func (w *wire) carry(to, from net.Conn, counted bool) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buffer := make([]byte, 1<<20)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if counted {
				w.ways.Add(1)
			}
			if counted && w.mute.CompareAndSwap(true, false) || !counted && w.deaf.CompareAndSwap(true, false) {
				return
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
