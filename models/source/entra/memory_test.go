package entra_test

import (
	"runtime"
	"testing"

	"muster/models/source/entra/entratest"
)

// TestLargeGroup reads a group of 50,000 members, of which never more than a page is
// in memory.
func TestLargeGroup(t *testing.T) {
	const size = 50_000
	b := newBench(t, entratest.Options{PageSize: 500, MembersPart: 2})
	group := b.graph.AddGroup(entratest.Props{"displayName": "Everybody"})
	b.graph.AddMembers(group, b.people(size)...)
	c := b.connector()

	var base, most uint64
	members, longest := 0, 0
	for page, err := range c.Read(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Members) == 0 {
			continue
		}
		members, longest = members+len(page.Members), max(longest, len(page.Members))
		if page.Number%10 != 0 && page.Done == nil {
			continue
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		if base == 0 {
			base = m.HeapAlloc
		}
		most = max(most, m.HeapAlloc)
	}
	t.Logf("%d members, at most %d on a page; %d KiB more in memory", members, longest, (most-base)>>10)
	if members != size || longest > 1000 {
		t.Errorf("%d members came, at most %d on a page", members, longest)
	}
	// What grows is the fake's book of links, and a mark for each page.
	if most-base > 4<<20 {
		t.Errorf("%d KiB more are in memory than on the first page", (most-base)>>10)
	}
}
