package entra_test

import (
	"testing"

	"muster/models/source/entra/entratest"
)

func TestReadBasics(t *testing.T) {
	b := newBench(t, entratest.Options{PageSize: 7, MembersPart: 3})
	ids := b.people(20)
	g := b.graph.AddGroup(entratest.Props{"displayName": "All"})
	b.graph.AddMembers(g, ids...)
	c := b.connector()
	pages, err := read(t, c, "")
	if err != nil {
		t.Fatal(err)
	}
	last := pages[len(pages)-1]
	t.Logf("%d pages, proof %+v", len(pages), last.Done)
	pages, err = read(t, c, last.Done.Next)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		if !p.Empty() {
			t.Errorf("%+v", p)
		}
	}
	for _, s := range c.Test(t.Context()) {
		t.Logf("%+v", s)
	}
}
