package scimv2_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// scenariosLeast is how many cases there are at least, so that a file that is not
// found any more, or not read to its end, is noticed.
const scenariosLeast = 120

// TestScenarios plays the cases of testdata/scenarios: who arrives how, and what is
// expected of it. Each runs on both engines, twice on each: with what directories
// send as requests through the SCIM endpoints, and as calls of the doors behind them.
// What is expected is read from the database.
//
// A case is a name, and below it, indented, one line for each thing that somebody
// does or that is expected. Values with spaces stand in quotes; a line that begins
// with # is a remark. A directory and an administrator name people and groups by
// labels, which are their userName or displayName unless name= gives another one.
// The verbs are in scenario_verbs_test.go; behind "->" stands what the answer is:
// its status and words that its text has.
func TestScenarios(t *testing.T) {
	files := readScenarios(t)
	cases := 0
	for _, f := range files {
		cases += len(f.cases)
	}
	if cases < scenariosLeast {
		t.Errorf("%d cases were found, at least %d are wanted", cases, scenariosLeast)
	}
	for _, f := range files {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel() // each file has databases of its own
			eachServer(t, func(t *testing.T, s *server) {
				keepRecording(t, s)
				for i, c := range f.cases {
					for _, way := range []string{"scim", "door"} {
						t.Run(c.name+"/"+way, func(t *testing.T) { playScenario(t, s, c, fmt.Sprintf("%s%d", way, i), way) })
					}
				}
			})
		})
	}
}

// keepRecording writes exchanges down as they come, for as long as the test lasts:
// clients wait for a recorder that has too many to write.
func keepRecording(t *testing.T, s *server) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var recording sync.WaitGroup
	recording.Go(func() {
		if err := s.recorder.Run(ctx); err != nil {
			t.Errorf("record exchanges: %v", err)
		}
	})
	t.Cleanup(func() {
		stop()
		recording.Wait()
	})
}

// TestScenarioLines holds the reader of lines: what it cannot understand must fail a
// case, and not pass it.
func TestScenarioLines(t *testing.T) {
	tests := []struct{ text, want string }{
		{`scim post ada title="Head of, sales" -> 201`, `scim|post|ada|title=Head of, sales -> 201`},
		{`user "Ada L" active`, `user|Ada L|active`},
		{`scim post ada name="a\u3000b"`, "scim|post|ada|name=a\u3000b"},
		{`mapping S where department eq "A B" profile P`, `mapping|S|where|department|eq|A B|profile|P`},
		{`scim post ada title="open`, "error"},
		{`scim post ada ->`, "error"},
		{`user "ada"active`, "error"},
	}
	for _, tt := range tests {
		l, err := readLine("t", 1, tt.text)
		got := "error"
		if err == nil {
			got = strings.Join(l.words, "|")
			if l.answer != "" {
				got += " -> " + l.answer
			}
		}
		if got != tt.want {
			t.Errorf("%s reads as %s, want %s", tt.text, got, tt.want)
		}
	}
	for _, text := range []string{"sing ada", "user", "user ada", "user ada happy", "user ada colour=red", "scim fly ada", "scim post", "setting mood good", "log create success", "seats many"} {
		l, err := readLine("t", 1, text)
		if err != nil {
			t.Fatal(err)
		}
		p := &stage{users: map[string]string{"ada": "1"}}
		if err := p.play(l); err == nil {
			t.Errorf("%q was understood", text)
		}
	}
}
