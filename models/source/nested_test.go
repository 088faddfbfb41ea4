package source_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/source"
)

// tree is direct membership for tests: upper case names are groups.
type tree map[string][]string

func (t tree) direct(group string) []source.Member {
	var out []source.Member
	for _, name := range t[group] {
		kind := models.UserMember
		if name[0] >= 'A' && name[0] <= 'Z' {
			kind = models.GroupMember
		}
		out = append(out, source.Member{Anchor: name, Kind: kind})
	}
	return out
}

func (t tree) holders(member string) []string {
	var out []string
	for group, members := range t {
		if slices.Contains(members, member) {
			out = append(out, group)
		}
	}
	return out
}

func TestResolve(t *testing.T) {
	all := tree{
		"A": {"ann", "B"}, "B": {"bob", "C"}, "C": {"cat", "A", "C"}, // a circle, and one within itself
		"D": {"dan", "ann", "C"}, "E": {},
	}
	tests := []struct {
		name   string
		roots  source.Roots
		nested bool
		want   map[string][]string // user → because
	}{
		{"direct members only", source.Roots{Groups: []string{"A"}}, false, map[string][]string{"ann": {"A"}}},
		{"groups in groups, in a circle", source.Roots{Groups: []string{"A"}}, true, map[string][]string{"ann": {"A"}, "bob": {"A", "B"}, "cat": {"A", "B", "C"}}},
		{"the shortest way counts", source.Roots{Groups: []string{"A", "D"}}, true, map[string][]string{
			"ann": {"A"}, "bob": {"A", "B"}, "cat": {"D", "C"}, "dan": {"D"},
		}},
		{"a user who is named", source.Roots{Groups: []string{"D"}, Users: []string{"ann", "eve"}}, false, map[string][]string{"ann": nil, "eve": nil, "dan": {"D"}}},
		{"an empty group", source.Roots{Groups: []string{"E"}}, true, map[string][]string{}},
		{"a group that nobody knows", source.Roots{Groups: []string{"Z"}}, true, map[string][]string{}},
		{"the same group twice", source.Roots{Groups: []string{"B", "B"}}, false, map[string][]string{"bob": {"B"}}},
	}
	for _, test := range tests {
		r := source.Resolve(test.roots, test.nested, all.direct)
		have := map[string][]string{}
		for _, user := range []string{"ann", "bob", "cat", "dan", "eve"} {
			if r.Holds(user) {
				have[user] = r.Because(user)
			} else if r.Because(user) != nil {
				t.Errorf("%s: %s is held by nothing, because of %v", test.name, user, r.Because(user))
			}
		}
		if diff := cmp.Diff(test.want, have); diff != "" || r.Len() != len(test.want) {
			t.Errorf("%s: %d users\n%s", test.name, r.Len(), diff)
		}
	}
}

func TestAbove(t *testing.T) {
	all := tree{"A": {"B"}, "B": {"C"}, "C": {"cat", "A"}, "D": {"C", "dan"}}
	have := source.Above("cat", []string{"A", "D", "E"}, true, all.holders)
	if diff := cmp.Diff([][]string{{"A", "B", "C"}, {"D", "C"}}, have); diff != "" {
		t.Error(diff)
	}
	if have := source.Above("cat", []string{"A", "C"}, false, all.holders); !cmp.Equal(have, [][]string{{"C"}}) {
		t.Errorf("%v", have)
	}
}

// TestResolveAgreesWithAbove compares the two on random graphs: whoever is held from
// above has a way from below, and the other way round.
func TestResolveAgreesWithAbove(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		all := tree{}
		for i := range 8 {
			for range random.IntN(4) {
				all[fmt.Sprint("G", i)] = append(all[fmt.Sprint("G", i)], fmt.Sprint("G", random.IntN(8)), fmt.Sprint("u", random.IntN(12)))
			}
		}
		roots := []string{"G0", fmt.Sprint("G", 1+random.IntN(7))}
		for _, nested := range []bool{false, true} {
			r := source.Resolve(source.Roots{Groups: roots}, nested, all.direct)
			for i := range 12 {
				user := fmt.Sprint("u", i)
				ways := source.Above(user, roots, nested, all.holders)
				if r.Holds(user) != (len(ways) > 0) {
					t.Fatalf("seed %d, nested %t: %s is held %t, ways %v\n%v", seed, nested, user, r.Holds(user), ways, all)
				}
				for _, way := range append(ways, r.Because(user)) {
					follows(t, all, way, user)
				}
			}
		}
	}
}

// follows checks that a way is one: each group holds the next, the last the user.
func follows(t *testing.T, all tree, way []string, user string) {
	t.Helper()
	for i, group := range way {
		next := user
		if i+1 < len(way) {
			next = way[i+1]
		}
		if !slices.Contains(all[group], next) {
			t.Fatalf("%v leads to %s, and %s does not hold %s", way, user, group, next)
		}
	}
}

func BenchmarkResolve(b *testing.B) {
	all := tree{}
	for i := range 1000 {
		group := fmt.Sprint("G", i)
		all[group] = append(all[group], fmt.Sprint("G", i*2+1), fmt.Sprint("G", i*2+2))
		for j := range 100 {
			all[group] = append(all[group], fmt.Sprint("u", i*100+j))
		}
	}
	direct := map[string][]source.Member{}
	for group := range all {
		direct[group] = all.direct(group)
	}
	for b.Loop() {
		r := source.Resolve(source.Roots{Groups: []string{"G0"}}, true, func(g string) []source.Member { return direct[g] })
		if r.Len() != 100_000 {
			b.Fatal(r.Len())
		}
	}
}
