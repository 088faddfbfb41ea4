package filter_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models/filter"
)

// Whatever arrives: no panic, and what is accepted prints to text that means
// the same and can be matched.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`userName eq "x"`, `not (a pr) and b.c ne null or d gt -1.5e3`,
		`emails[type eq "work"].value eq "x"`, `urn:a:b:2.0:User:manager.value sw "\u00e9"`, `((((`, `a eq "`,
	} {
		f.Add(s)
	}
	types := userAttrs()
	f.Fuzz(func(t *testing.T, text string) {
		e, err := filter.Parse(text, filter.Limits{})
		if err != nil {
			return
		}
		again, err := filter.Parse(e.String(), filter.Limits{Length: 1 << 20, Depth: 1000, Terms: 1000})
		if err != nil {
			t.Fatalf("%q prints as %q: %v", text, e.String(), err)
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Fatalf("%q prints as %q, which differs:\n%s", text, e.String(), diff)
		}
		filter.Match(e, barbara(), types)
		_ = filter.Check(e, types)
	})
}

func FuzzParsePath(f *testing.F) {
	for _, s := range []string{`name.givenName`, `emails[type eq "work"].value`, `urn:a:b:2.0:User:manager.value`, `a[`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := filter.ParsePath(text, filter.Limits{})
		if err != nil {
			return
		}
		again, err := filter.ParsePath(p.String(), filter.Limits{Length: 1 << 20, Depth: 1000, Terms: 1000})
		if err != nil || !cmp.Equal(p, again) {
			t.Fatalf("%q prints as %q, which reads as %+v, %v", text, p.String(), again, err)
		}
	})
}

func FuzzFold(f *testing.F) {
	f.Add("Straße")
	f.Add("İ\u0345ͅA\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if once := filter.Fold(s); filter.Fold(once) != once {
			t.Fatalf("Fold is not stable: %q → %q → %q", s, once, filter.Fold(once))
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"eq":        `userName eq "bjensen@example.com"`,
		"general":   `userName  eq "bjensen@example.com"`,
		"microsoft": `emails[type eq "work"].value eq "bjensen@example.com"`,
		"three":     `active eq true and (meta.lastModified ge "0001-01-03T00:00:00.0000000Z" and title pr)`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := filter.Parse(text, filter.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMatch(b *testing.B) {
	e, err := filter.Parse(`emails[type eq "work"].value eq "babs@work.example"`, filter.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	match, doc := filter.Compile(e, userAttrs()), barbara()
	b.ReportAllocs()
	for b.Loop() {
		if !match(doc) {
			b.Fatal("no match")
		}
	}
}
