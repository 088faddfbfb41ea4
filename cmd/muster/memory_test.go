package main

import (
	"io"
	"net/http"
	"regexp"
	"testing"
)

// serve aims at less memory than Go would by itself, unless its variables say otherwise.
func TestMemoryIsAimedAt(t *testing.T) {
	for _, c := range []struct{ limit, percent, wantLimit, wantPercent string }{
		{"", "", "6.7108864e+07", "200"},
		{"200MiB", "50", "2.097152e+08", "50"},
	} {
		t.Setenv("GOMEMLIMIT", c.limit)
		t.Setenv("GOGC", c.percent)
		address := freePort(t)
		s := serve(t, t.TempDir(), freePort(t), "--metrics-listen", address)
		metrics := seen(t, "http://"+address+"/metrics")
		for name, want := range map[string]string{"go_gc_gomemlimit_bytes": c.wantLimit, "go_gc_gogc_percent": c.wantPercent} {
			found := regexp.MustCompile("(?m)^" + name + " (.+)$").FindStringSubmatch(metrics)
			if found == nil || found[1] != want {
				t.Errorf("with GOMEMLIMIT=%q and GOGC=%q, %s is %q, want %s", c.limit, c.percent, name, found, want)
			}
		}
		s.kill()
	}
}

func seen(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
