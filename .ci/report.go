//go:build ignore

// Report turns "go test -json" on standard input into go test's usual lines,
// the output of failed tests only, the reasons of skipped ones, and a last
// line "N passed, N failed". With CI=true a skipped test is a failed one.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

type report struct {
	strict                  bool
	passed, failed, skipped int
	output                  map[string][]string
	shown                   map[string]bool
}

func main() {
	r := report{strict: os.Getenv("CI") == "true", output: map[string][]string{}, shown: map[string]bool{}}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		var e event
		if json.Unmarshal(in.Bytes(), &e) != nil {
			fmt.Println(in.Text())
			continue
		}
		r.take(e)
	}
	tail := ""
	if r.skipped > 0 {
		tail = fmt.Sprintf(", %d skipped", r.skipped)
	}
	fmt.Printf("%d passed, %d failed%s\n", r.passed, r.failed, tail)
	if r.failed > 0 || in.Err() != nil {
		os.Exit(1)
	}
}

func (r *report) take(e event) {
	key := e.Package + "\x00" + e.Test
	switch e.Action {
	case "build-output":
		fmt.Print(e.Output)
	case "output":
		r.output[key] = append(r.output[key], e.Output)
	case "pass":
		if e.Test == "" {
			fmt.Printf("ok   %-40s %6.1f s\n", e.Package, e.Elapsed)
		} else {
			r.passed++
		}
		delete(r.output, key)
	case "skip":
		if e.Test == "" {
			return // a package without tests
		}
		r.skipped++
		r.show(key, "SKIP "+e.Package+" "+e.Test)
		if r.strict {
			r.failed++
		}
	case "fail":
		if e.Test == "" {
			r.failPackage(e, key)
			return
		}
		r.failed++
		r.show(key, fmt.Sprintf("FAIL %s %s (%.1f s)", e.Package, e.Test, e.Elapsed))
	}
}

// failPackage prints what no test has claimed: a build that failed, a panic, a
// time limit.
func (r *report) failPackage(e event, key string) {
	claimed := slices.ContainsFunc(slicesOf(r.shown), func(k string) bool { return strings.HasPrefix(k, e.Package+"\x00") })
	if !claimed {
		r.failed++
	}
	r.show(key, fmt.Sprintf("FAIL %-40s %6.1f s", e.Package, e.Elapsed))
	for k, lines := range r.output {
		if strings.HasPrefix(k, e.Package+"\x00") && !claimed {
			fmt.Print(strings.Join(lines, ""))
		}
	}
}

func (r *report) show(key, title string) {
	fmt.Println(title)
	for _, line := range r.output[key] {
		if !strings.HasPrefix(strings.TrimSpace(line), "=== ") {
			fmt.Print("    ", line)
		}
	}
	r.shown[key] = true
	delete(r.output, key)
}

func slicesOf(m map[string]bool) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}
