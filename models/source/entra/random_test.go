package entra_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"

	"muster/models/source"
	"muster/models/source/entra/entratest"
)

// TestRandomLife lives through random changes, traps and faults, and compares the
// mirror with Graph after each read that came to its end. A read that did not goes on
// where it was, or anew when Graph forgot.
func TestRandomLife(t *testing.T) {
	for seed := range uint64(15) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			b := newBench(t, entratest.Options{Seed: seed, PageSize: 1 + int(seed)%6, MembersPart: 1 + int(seed)%4})
			life := &life{b: b, random: rand.New(rand.NewPCG(seed, 3))}
			life.users = b.people(10)
			for i := range 3 {
				life.groups = append(life.groups, b.graph.AddGroup(entratest.Props{"displayName": fmt.Sprint("Group ", i)}))
			}
			f := b.follow(t)
			for range 25 {
				for range life.random.IntN(6) {
					life.change()
				}
				b.graph.Heal()
				b.graph.Trap(life.trap)
				if life.random.IntN(2) == 0 {
					life.fault()
				}
				life.readOn(f)
				f.same()
			}
		})
	}
}

// life changes a directory by chance.
type life struct {
	b             *bench
	random        *rand.Rand
	users, groups []string // there
	gone          []string // in the bin
	made          int
}

func (l *life) one(of []string) string { return of[l.random.IntN(len(of))] }

func (l *life) change() {
	g := l.b.graph
	l.made++
	switch l.random.IntN(12) {
	case 0:
		l.users = append(l.users, g.AddUser(entratest.Props{"userPrincipalName": fmt.Sprintf("new%d@contoso.test", l.made)}))
	case 1:
		g.EditUser(l.one(l.users), entratest.Props{"jobTitle": fmt.Sprint("Title ", l.made)})
	case 2:
		g.EditUser(l.one(l.users), entratest.Props{"jobTitle": nil})
	case 3:
		g.Enable(l.one(l.users), l.random.IntN(2) == 0)
	case 4:
		g.SetManager(l.one(l.users), l.one(append([]string{""}, l.users...)))
	case 5, 6:
		g.AddMembers(l.one(l.groups), l.one(l.users), l.one(l.users), l.one(l.groups))
	case 7:
		g.RemoveMembers(l.one(l.groups), l.one(l.users), l.one(l.groups))
	case 8:
		g.EditGroup(l.one(l.groups), entratest.Props{"displayName": fmt.Sprint("Group ", l.made)})
	case 9:
		l.groups = append(l.groups, g.AddGroup(entratest.Props{"displayName": fmt.Sprint("Group ", l.made)}))
	case 10:
		if len(l.users) > 3 {
			i := l.random.IntN(len(l.users))
			l.gone = append(l.gone, l.users[i])
			g.RemoveUser(l.users[i], false)
			l.users = append(l.users[:i], l.users[i+1:]...)
		}
	case 11:
		if n := len(l.gone); n > 0 {
			g.Restore(l.gone[n-1])
			l.users = append(l.users, l.gone[n-1])
			l.gone = l.gone[:n-1]
		}
	}
}

func (l *life) trap(s *entratest.Traps) {
	chance := func() bool { return l.random.IntN(3) == 0 }
	*s = entratest.Traps{
		EmptyPages: chance(), Shuffle: chance(), Spread: chance(), IgnoreMinimal: chance(),
		RemovedFirst: chance(), Replay: chance(), Typeless: chance(), NoReason: chance(), Repeats: l.random.IntN(3),
	}
}

func (l *life) fault() {
	faults := []func(*http.Request, *entratest.Answer){
		gone, notFound, pageOver, entratest.Cut, entratest.Status(http.StatusTooManyRequests),
		entratest.Status(http.StatusTooManyRequests, "Retry-After", "2"), entratest.Status(http.StatusServiceUnavailable),
		entratest.Link("", ""), entratest.Status(http.StatusUnauthorized),
	}
	l.b.graph.Inject(entratest.Fault{After: l.random.IntN(6), Times: 1 + l.random.IntN(5), Alter: faults[l.random.IntN(len(faults))]})
}

// readOn reads until a read comes to its end, each time by another connector, from
// the last page that was applied.
func (l *life) readOn(f *follower) {
	f.Helper()
	for try := range 30 {
		if try > 20 {
			l.b.graph.Heal()
		}
		c := l.b.connector()
		err := l.pages(f, c)
		_ = c.Close()
		switch source.CodeOf(err) {
		case "":
			if err != nil {
				f.Fatal(err)
			}
			return
		case source.ResyncNeeded:
			f.cursor = ""
		default:
		}
	}
	f.Fatal("no read came to its end")
}

func (l *life) pages(f *follower, c source.Reader) error {
	for page, err := range c.Read(f.Context(), f.cursor) {
		if err != nil {
			return err
		}
		f.mirror.Apply(page)
		f.cursor = page.Resume
	}
	return nil
}

// TestTogether uses one connector from several sides at once.
func TestTogether(t *testing.T) {
	b := newBench(t, entratest.Options{PageSize: 5})
	users, _, _ := b.village()
	c := b.connector()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 5 {
				if i%2 == 0 {
					if _, err := read(t, c, ""); err != nil {
						t.Error(err)
					}
				} else if found, err := c.Look(t.Context(), source.ByAnchor, users[i]); err != nil || len(found) != 1 {
					t.Errorf("%d, %v", len(found), err)
				}
			}
			if i == 0 {
				b.graph.ExpireTokens()
			}
		})
	}
	all.Wait()
	if n := b.graph.Counts().SignIns; n > 2 {
		t.Errorf("%d sign-ins", n)
	}
}
