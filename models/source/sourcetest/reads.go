package sourcetest

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models/source"
)

func fullRead(t *testing.T, tr *trial) {
	town(tr.Directory)
	tr.sync(t)
}

func proofLast(t *testing.T, tr *trial) {
	users, groups := town(tr.Directory)
	number, proofs := 0, 0
	for page, err := range tr.c.Read(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if number++; page.Number != number {
			t.Errorf("page %d says it is %d", number, page.Number)
		}
		if !page.Full || page.Resume == "" || proofs > 0 {
			t.Errorf("page %d: full %t, resume %q, %d proofs before it", number, page.Full, page.Resume, proofs)
		}
		if page.Done == nil {
			continue
		}
		proofs++
		if page.Done.Users < len(users) || page.Done.Groups < len(groups) || page.Done.Pages != number || page.Done.Next == "" {
			t.Errorf("proof %+v after %d pages", page.Done, number)
		}
	}
	if proofs != 1 || number < 3 {
		t.Errorf("%d proofs on %d pages; the suite wants several pages and one proof", proofs, number)
	}
}

func quietDelta(t *testing.T, tr *trial) {
	town(tr.Directory)
	tr.sync(t)
	for range 3 {
		for page, err := range tr.c.Read(t.Context(), tr.cursor) {
			if err != nil {
				t.Fatal(err)
			}
			if page.Full || !page.Empty() {
				t.Errorf("nothing changed, and page %d says %+v", page.Number, page)
			}
			if page.Done != nil {
				tr.cursor = page.Done.Next
			}
		}
	}
}

func everyChange(t *testing.T, tr *trial) {
	d := tr.Directory
	users, groups := town(d)
	tr.sync(t)
	var added, made string
	changes := []struct {
		name string
		do   func()
	}{
		{"add a user", func() { added = d.AddUser("new@contoso.test") }},
		{"rename a user", func() { d.Rename(users[0], "anna@contoso.test") }},
		{"set a title", func() { d.SetTitle(users[1], "Baker") }},
		{"change a title", func() { d.SetTitle(users[2], "Chef") }},
		{"clear a title", func() { d.SetTitle(users[2], "") }},
		{"disable a user", func() { d.Enable(users[4], false) }},
		{"enable a user", func() { d.Enable(users[3], true) }},
		{"set a manager", func() { d.SetManager(users[5], users[0]) }},
		{"change a manager", func() { d.SetManager(users[1], users[2]) }},
		{"clear a manager", func() { d.SetManager(users[5], "") }},
		{"add a member", func() { d.AddMembers(groups[0], added) }},
		{"remove a member", func() { d.RemoveMembers(groups[0], users[1], users[2]) }},
		{"add a group", func() { made = d.AddGroup("Made") }},
		{"nest a group", func() { d.AddMembers(made, groups[2]) }},
		{"close a circle", func() { d.AddMembers(groups[2], made) }},
		{"rename a group", func() { d.RenameGroup(made, "Remade") }},
		{"remove a user", func() { d.RemoveUser(users[7]) }},
		{"remove a group", func() { d.RemoveGroup(groups[1]) }},
		{"many at once", func() {
			d.RemoveUser(users[8])
			d.SetTitle(users[9], "Dean")
			d.RemoveMembers(made, groups[2])
			d.AddMembers(groups[0], users[9], users[10])
			d.RemoveMembers(groups[0], users[10])
			d.AddUser("last@contoso.test")
		}},
	}
	for _, change := range changes {
		change.do()
		if err := tr.read(t); err != nil {
			t.Fatalf("%s: %v", change.name, err)
		}
		if diff := cmp.Diff(d.State(), tr.mirror.State()); diff != "" {
			t.Fatalf("%s: directory and mirror differ:\n%s", change.name, diff)
		}
	}
}

func notCleared(t *testing.T, tr *trial) {
	users, _ := town(tr.Directory)
	tr.sync(t)
	before := tr.mirror.Document(users[2])
	tr.Directory.Enable(users[2], false)
	tr.sync(t)
	if diff := cmp.Diff(before, tr.mirror.Document(users[2])); diff != "" {
		t.Errorf("a change of one thing changed others:\n%s", diff)
	}
}

func resumes(t *testing.T, tr *trial) {
	town(tr.Directory)
	// Each page is read by a connector that knows nothing of the one before.
	var at source.Cursor
	for pages, done := 0, false; !done; pages++ {
		if pages > 100 {
			t.Fatal("the read does not end")
		}
		c := tr.Connect(t)
		for page, err := range c.Read(t.Context(), at) {
			if err != nil {
				t.Fatal(err)
			}
			if page.Number != pages+1 {
				t.Errorf("page %d says it is %d", pages+1, page.Number)
			}
			tr.mirror.Apply(page)
			at, done = page.Resume, page.Done != nil
			break
		}
		_ = c.Close()
	}
	tr.same(t)
}

func sweeps(t *testing.T, tr *trial) {
	users, groups := town(tr.Directory)
	tr.sync(t)
	tr.Directory.RemoveUser(users[3])
	tr.Directory.RemoveGroup(groups[1])
	tr.Directory.RemoveMembers(groups[0], users[2])
	tr.cursor = "" // the delta is never read: only absence tells
	tr.sync(t)
}

func failedFull(t *testing.T, tr *trial) {
	town(tr.Directory)
	tr.sync(t)
	before := tr.mirror.State()
	for _, fault := range []Fault{Refusing, Empty, Cut, Hanging} {
		tr.fails(t, fault, "")
		if diff := cmp.Diff(before, tr.mirror.State()); diff != "" {
			t.Fatalf("%s: the mirror changed:\n%s", fault, diff)
		}
	}
	tr.cursor = ""
	tr.sync(t)
}

func failedDelta(t *testing.T, tr *trial) {
	users, _ := town(tr.Directory)
	tr.sync(t)
	tr.Directory.SetTitle(users[1], "Baker")
	before, cursor := tr.mirror.State(), tr.cursor
	for _, fault := range []Fault{Refusing, Cut, Hanging} {
		tr.fails(t, fault, cursor)
		if diff := cmp.Diff(before, tr.mirror.State()); diff != "" {
			t.Fatalf("%s: the mirror changed:\n%s", fault, diff)
		}
	}
	tr.cursor = cursor
	tr.sync(t)
}

// fails reads from a directory that fails, which must end in a failure with words.
func (tr *trial) fails(t *testing.T, fault Fault, from source.Cursor) {
	t.Helper()
	tr.Directory.Break(fault)
	defer tr.Directory.Heal()
	tr.cursor = from
	err := tr.read(t)
	f, ok := source.AsFailure(err)
	if !ok {
		t.Fatalf("%s: the read ended with %v", fault, err)
	}
	if f.Code == "" || f.Msg == "" || f.Advice == "" {
		t.Errorf("%s: the failure lacks words: %+v", fault, f)
	}
}

func badCursor(t *testing.T, tr *trial) {
	town(tr.Directory)
	tr.sync(t)
	good := tr.cursor
	for _, bad := range []source.Cursor{"x", "e30", good[:len(good)/2], good + "x", source.Cursor(make([]byte, 100_000))} {
		tr.cursor = bad
		if err := tr.read(t); source.CodeOf(err) != source.ResyncNeeded {
			t.Errorf("cursor %.20q…: %v", bad, err)
		}
	}
	tr.same(t)
}

func cancels(t *testing.T, tr *trial) {
	town(tr.Directory)
	tr.Directory.Break(Hanging)
	defer tr.Directory.Heal()
	soon(t, func(ctx context.Context, cancel context.CancelFunc) {
		time.AfterFunc(50*time.Millisecond, cancel)
		for page, err := range tr.c.Read(ctx, "") {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("page %d, %v", page.Number, err)
			}
		}
	})
}

func leaves(t *testing.T, tr *trial) {
	town(tr.Directory)
	_ = tr.c.Close()
	before := runtime.NumGoroutine()
	for range 20 {
		c := tr.Connect(t)
		for _, err := range c.Read(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		_ = c.Close()
	}
	settles(t, before)
}
