package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"muster/cmd/muster/load"
	"muster/models/store"
	"muster/web/scimv2"
)

// BenchmarkHandler measures what one request costs the server itself, without
// connections: the whole handler with its database, its log and its records.
func BenchmarkHandler(b *testing.B) {
	data, token := provisioned(b)
	log := slog.New(slog.DiscardHandler)
	db, err := store.Open(b.Context(), store.Options{File: filepath.Join(data, databaseFile), Now: time.Now, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	inst, err := assemble(b.Context(), assembly{Store: db, Log: log, Listen: "127.0.0.1:0", Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(b.Context()))
	var loops sync.WaitGroup
	for _, run := range inst.loops() {
		loops.Go(func() { _ = run(ctx) })
	}
	b.Cleanup(func() {
		stop()
		loops.Wait()
		_ = inst.abandon()
	})
	serve := func(b *testing.B, want int, method, path, body string) []byte {
		r := httptest.NewRequestWithContext(b.Context(), method, scimv2.Prefix+path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/scim+json")
		w := httptest.NewRecorder()
		inst.web.Handler().ServeHTTP(w, r)
		if w.Code != want {
			b.Fatalf("%s %s was answered %d: %s", method, path, w.Code, w.Body)
		}
		return w.Body.Bytes()
	}
	people := load.NewProvider("h")
	var ids []string
	run := func(name string, clients int, do func(b *testing.B, n int)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(clients)
			spent := ownTime(b)
			n := make(chan int)
			go func() {
				for i := range b.N {
					n <- i
				}
				close(n)
			}()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					do(b, <-n)
				}
			})
			b.ReportMetric(float64((ownTime(b)-spent).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
	made := 0
	run("CreateFew", 2, func(b *testing.B, n int) {
		serve(b, http.StatusCreated, http.MethodPost, "/Users", people.Person(500_000_000+b.N*1000+n))
	})
	run("Create", 8, func(b *testing.B, n int) {
		serve(b, http.StatusCreated, http.MethodPost, "/Users", people.Person(b.N*1000+n))
	})
	for range 500 {
		made++
		got := serve(b, http.StatusCreated, http.MethodPost, "/Users", people.Person(900_000_000+made))
		_, rest, _ := bytes.Cut(got, []byte(`"id":"`))
		ids = append(ids, string(rest[:36]))
	}
	patch := func(b *testing.B, n int) {
		serve(b, http.StatusOK, http.MethodPatch, "/Users/"+ids[n*7919%len(ids)], load.PatchBody(n))
	}
	run("PatchFew", 2, patch)
	run("Patch", 8, patch)
	run("Lookup", 8, func(b *testing.B, n int) {
		serve(b, http.StatusOK, http.MethodGet, "/Users?filter="+url.QueryEscape(fmt.Sprintf("userName eq %q", people.UserName(900_000_001+n%500))), "")
	})
	run("Miss", 8, func(b *testing.B, n int) {
		serve(b, http.StatusOK, http.MethodGet, "/Users?filter="+url.QueryEscape(fmt.Sprintf("userName eq %q", people.UserName(1_000+n))), "")
	})
	run("Page", 8, func(b *testing.B, n int) {
		serve(b, http.StatusOK, http.MethodGet, fmt.Sprintf("/Users?startIndex=%d&count=100", n%4*100+1), "")
	})
}

// ownTime is what this process used of all processors so far.
func ownTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
