package sourcetest

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models/source"
)

// Directory is what is read: a fake, or a real server, whose state the suite changes.
type Directory interface {
	AddUser(name string) (anchor string)
	Rename(anchor, name string)
	SetTitle(anchor, title string) // "" clears it
	Enable(anchor string, on bool)
	SetManager(user, manager string) // "" clears it
	RemoveUser(anchor string)
	AddGroup(name string) (anchor string)
	RenameGroup(anchor, name string)
	RemoveGroup(anchor string)
	AddMembers(group string, members ...string)
	RemoveMembers(group string, members ...string)
	State() State

	// Break makes every further answer bad in one way, and Heal ends that.
	Break(Fault)
	Heal()
}

// Fault is a way in which a directory fails.
type Fault string

// The faults from which nothing may be concluded.
const (
	Refusing Fault = "refusing" // an error instead of an answer
	Empty    Fault = "empty"    // success, with nothing in it
	Cut      Fault = "cut"      // the connection breaks in the middle of an answer
	Hanging  Fault = "hanging"  // half an answer, and then nothing
)

// Connector is what the suite tries: everything a connector can do.
type Connector interface {
	source.Reader
	source.Looker
	source.Fetcher
	source.Scoper
	source.Tester
	io.Closer
}

// Subject is a directory with a connector to it. Pages of its reads hold only a few
// records, so that a handful of users makes several pages.
type Subject struct {
	Directory Directory
	// Connect makes another connector to the same directory, as after a restart.
	Connect func(t *testing.T) Connector
	// Secrets must not show in any error; Log is what the connectors logged.
	Secrets []string
	Log     func() string
}

// Run tries a connector. open makes a new, empty directory each time.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	tests := []struct {
		name string
		do   func(*testing.T, *trial)
	}{
		{"a full read is the directory", fullRead},
		{"only the last page proves completeness", proofLast},
		{"a quiet delta is empty", quietDelta},
		{"a delta brings every change", everyChange},
		{"what did not come is not cleared", notCleared},
		{"a read resumes at each page", resumes},
		{"a full read takes away what is gone", sweeps},
		{"nothing is concluded from a failed full read", failedFull},
		{"nothing is concluded from a failed delta", failedDelta},
		{"a cursor that is none is refused", badCursor},
		{"a cancelled read ends soon", cancels},
		{"leaving early leaves nothing behind", leaves},
		{"one user is found by each of three names", looks},
		{"users are fetched by their anchors", fetches},
		{"groups are found and counted", scopes},
		{"the connection test tells each step", testsConnection},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			tr := &trial{Subject: s, c: s.Connect(t), mirror: NewMirror()}
			test.do(t, tr)
			tr.keepsSecrets(t)
		})
	}
}

// trial is one test's directory, connector and mirror.
type trial struct {
	Subject
	c      Connector
	mirror *Mirror
	cursor source.Cursor
	errs   []error
}

// read reads on from the cursor into the mirror, to the end or to an error.
func (tr *trial) read(t *testing.T) error {
	t.Helper()
	for page, err := range tr.c.Read(t.Context(), tr.cursor) {
		if err != nil {
			tr.errs = append(tr.errs, err)
			return err
		}
		tr.mirror.Apply(page)
		if page.Done != nil {
			tr.cursor = page.Done.Next
		}
	}
	return nil
}

// sync reads on and compares.
func (tr *trial) sync(t *testing.T) {
	t.Helper()
	if err := tr.read(t); err != nil {
		t.Fatal(err)
	}
	tr.same(t)
}

func (tr *trial) same(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(tr.Directory.State(), tr.mirror.State()); diff != "" {
		t.Fatalf("directory and mirror differ (-directory +mirror):\n%s", diff)
	}
}

func (tr *trial) keepsSecrets(t *testing.T) {
	t.Helper()
	said := []string{tr.Log()}
	for _, err := range tr.errs {
		for ; err != nil; err = errors.Unwrap(err) {
			said = append(said, err.Error())
		}
	}
	for _, secret := range tr.Secrets {
		if strings.Contains(strings.Join(said, "\n"), secret) {
			t.Errorf("a secret shows in an error or in the log")
		}
	}
}

// town fills a directory with a few users and groups, one of them nested.
func town(d Directory) (users []string, groups []string) {
	for name := range strings.FieldsSeq("ann bob cat dan eve fay gus hal ida jon kim leo") {
		users = append(users, d.AddUser(name+"@contoso.test"))
	}
	for name := range strings.FieldsSeq("Sales Support Everybody") {
		groups = append(groups, d.AddGroup(name))
	}
	d.AddMembers(groups[0], users[:8]...)
	d.AddMembers(groups[1], users[6:]...)
	d.AddMembers(groups[2], groups[0], groups[1], users[0])
	d.SetManager(users[1], users[0])
	d.SetTitle(users[2], "Cook")
	d.Enable(users[3], false)
	return users, groups
}

// settles waits until no more goroutines run than before.
func settles(t *testing.T, before int) {
	t.Helper()
	deadline := time.Now().Add(3 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			stack := make([]byte, 64<<10)
			t.Fatalf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stack[:runtime.Stack(stack, true)])
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// soon runs something that must end within a few seconds.
func soon(t *testing.T, do func(context.Context, context.CancelFunc)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan struct{})
	go func() { defer close(done); do(ctx, cancel) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("it did not end within five seconds")
	}
}
