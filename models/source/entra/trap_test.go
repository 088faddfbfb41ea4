package entra_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
	"muster/models/source/sourcetest"
)

// trap is one way in which Graph, the sign-in service or the way to them behaves, and
// what must come of it.
type trap struct {
	name string
	do   func(*testing.T, *bench)
}

// traps is the table: each is tried by itself, on a Graph of its own.
func traps() []trap {
	return slices.Concat(deltaTraps, changeTraps, resyncTraps, throttleTraps, brokenTraps, foreignTraps, signInTraps, scopeTraps)
}

func TestTraps(t *testing.T) {
	all := traps()
	if len(all) < 30 {
		t.Errorf("%d traps; at least 30 are wanted", len(all))
	}
	names := map[string]bool{}
	for _, trap := range all {
		if names[trap.name] {
			t.Errorf("two traps are called %q", trap.name)
		}
		names[trap.name] = true
		t.Run(trap.name, func(t *testing.T) {
			b := newBench(t, entratest.Options{Seed: 11, PageSize: 5, MembersPart: 3, ListPage: 4})
			trap.do(t, b)
			if strings.Contains(b.log.String(), "canary") {
				t.Error("a secret is in the log")
			}
		})
	}
}

// follower is somebody who follows a directory page by page.
type follower struct {
	*testing.T
	b      *bench
	c      *entra.Connector
	mirror *sourcetest.Mirror
	cursor source.Cursor
	pages  []source.Page // of the last read
}

func (b *bench) follow(t *testing.T, change ...func(*entra.Options)) *follower {
	t.Helper()
	b.T = t
	return &follower{T: t, b: b, c: b.connector(change...), mirror: sourcetest.NewMirror()}
}

// read reads on, to the end or to an error.
func (f *follower) read() error {
	f.Helper()
	f.pages = nil
	for page, err := range f.c.Read(f.Context(), f.cursor) {
		if err != nil {
			if strings.Contains(err.Error(), "canary") {
				f.Error("a secret is in an error")
			}
			return err
		}
		f.pages = append(f.pages, page)
		f.mirror.Apply(page)
		if page.Done != nil {
			f.cursor = page.Done.Next
		}
	}
	return nil
}

// sync reads on and compares with the directory.
func (f *follower) sync() {
	f.Helper()
	if err := f.read(); err != nil {
		f.Fatal(err)
	}
	f.same()
}

func (f *follower) same() {
	f.Helper()
	if diff := cmp.Diff(stateOf(f.b.graph), f.mirror.State()); diff != "" {
		f.Fatalf("Graph and mirror differ (-Graph +mirror):\n%s", diff)
	}
}

// fails reads on, which must end with a failure of a class, with words, and without
// anybody lost who is still there.
func (f *follower) fails(code source.Code) *source.Failure {
	f.Helper()
	before := f.mirror.State()
	err := f.read()
	have, ok := source.AsFailure(err)
	if !ok || have.Code != code {
		f.Fatalf("the read ended with %T %v; %s is wanted", err, err, code)
	}
	if have.Msg == "" || have.Advice == "" {
		f.Errorf("the failure lacks words: %+v", have)
	}
	after, there := f.mirror.State(), stateOf(f.b.graph)
	for anchor, user := range before.Users {
		_, known := after.Users[anchor]
		if _, still := there.Users[anchor]; still && !known {
			f.Errorf("user %s was lost", user.Name)
		}
	}
	for edge := range before.Members {
		if there.Members[edge] && !after.Members[edge] {
			f.Errorf("membership %v was lost", edge)
		}
	}
	return have
}

// records lists what came of one object in the last read.
func (f *follower) records(anchor string) []source.Record {
	var out []source.Record
	for _, page := range f.pages {
		for _, r := range slices.Concat(page.Users, page.Groups) {
			if r.Anchor == anchor {
				out = append(out, r)
			}
		}
	}
	return out
}

// village is a handful of users in two groups, one within the other.
func (b *bench) village() (users []string, inner, outer string) {
	users = b.people(14)
	inner = b.graph.AddGroup(entratest.Props{"displayName": "Inner"})
	outer = b.graph.AddGroup(entratest.Props{"displayName": "Outer"})
	b.graph.AddMembers(inner, users[:11]...)
	b.graph.AddMembers(outer, append([]string{inner}, users[9:]...)...)
	b.graph.SetManager(users[1], users[0])
	return users, inner, outer
}

// under sets a trap, reads everything, changes some of it and reads that.
func under(set func(*entratest.Traps)) func(*testing.T, *bench) {
	return func(t *testing.T, b *bench) {
		users, inner, outer := b.village()
		if set != nil {
			b.graph.Trap(set)
		}
		f := b.follow(t)
		f.sync()
		b.graph.EditUser(users[2], entratest.Props{"jobTitle": nil, "department": "Sales"})
		b.graph.RemoveMembers(inner, users[0], users[3])
		b.graph.AddMembers(outer, users[0])
		b.graph.SetManager(users[1], users[2])
		b.graph.RemoveUser(users[4], false)
		f.sync()
		f.sync()
	}
}
