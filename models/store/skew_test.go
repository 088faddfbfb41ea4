package store_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"muster/models/store"
	"muster/models/store/storetest"
)

// An instance whose clock is not PostgreSQL's says so when it starts; a second is none.
func TestClocksAreCompared(t *testing.T) {
	t.Parallel()
	address := storetest.PostgresURL(t)
	for ahead, warns := range map[time.Duration]bool{-10 * time.Minute: true, time.Second: false, 2 * time.Minute: true} {
		var said strings.Builder
		s, err := store.Open(t.Context(), store.Options{
			DatabaseURL: address, Now: func() time.Time { return time.Now().Add(ahead) }, Log: slog.New(slog.NewTextHandler(&said, nil)),
		})
		ok(t, err)
		ok(t, s.Close())
		if text := said.String(); strings.Contains(text, "clock") != warns || warns && !strings.Contains(text, "ahead="+ahead.String()) {
			t.Errorf("%v ahead, it says %q", ahead, text)
		}
	}
}
