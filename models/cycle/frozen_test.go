package cycle_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"muster/models/source/entra/entratest"
)

// Of two instances the one that has the connector is frozen for longer than its lease,
// loses its connections to PostgreSQL, or is killed. The other goes on; what the first
// still does changes nothing more. CYCLE_ROUNDS sets how often; R15 asks for 100.
func TestFrozenInstance(t *testing.T) {
	rounds := 9
	if testing.Short() || raced {
		rounds = 3
	}
	if n, err := strconv.Atoi(os.Getenv("CYCLE_ROUNDS")); err == nil {
		rounds = n
	}
	each(t, entratest.Options{PageSize: 25}, func(t *testing.T, b *bench) {
		ids := b.people(300)
		b.settled(everyone())
		b.watchEpochs()
		troubles := []trouble{frozen}
		if b.Address != "" {
			troubles = []trouble{frozen, cutOff, killed}
		}
		random := rand.New(rand.NewPCG(9, 9))
		seen := map[string]int{}
		var longest time.Duration
		for round := range rounds {
			for _, id := range ids[:150] {
				b.graph.EditUser(id, entratest.Props{"jobTitle": fmt.Sprint("Title ", round)})
			}
			b.due()
			does := troubles[round%len(troubles)]
			led, took := b.round(does, time.Duration(random.IntN(300))*time.Millisecond)
			if led {
				seen[does.name]++
			}
			longest = max(longest, took)
			b.compare()
		}
		t.Logf("%d rounds, of which the first had the connector in %v; the other had it after %v at most", rounds, seen, longest)
		// A second more is for two processes on a busy machine: their lease is as short as no other.
		if longest > 2*childLease+time.Second {
			t.Errorf("the other instance took over after %v", longest)
		}
		b.once()
		b.oneEpoch()
		for _, row := range b.Rows(t, "SELECT target_id, count(*) FROM log_entries WHERE action = 'update' GROUP BY target_id") {
			if row[1] != fmt.Sprint(rounds) {
				t.Errorf("user %s has %s updates, not %d", row[0], row[1], rounds)
			}
		}
	})
}

// trouble is what befalls an instance, and how that ends.
type trouble struct {
	name  string
	takes bool // the connector has to change hands
	begin func(*bench, *exec.Cmd)
	end   func(*bench, *exec.Cmd)
}

var (
	frozen = trouble{"frozen", true, func(b *bench, cmd *exec.Cmd) {
		b.t.Helper()
		ok(b.t, cmd.Process.Signal(syscall.SIGSTOP))
	}, func(b *bench, cmd *exec.Cmd) {
		b.t.Helper()
		ok(b.t, cmd.Process.Signal(syscall.SIGCONT))
	}}
	cutOff = trouble{"cut off", false, func(b *bench, cmd *exec.Cmd) {
		b.t.Helper()
		b.Rows(b.t, "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE application_name = '"+nameOf(cmd.Process.Pid)+"'")
	}, func(*bench, *exec.Cmd) {}}
	killed = trouble{"killed", true, func(_ *bench, cmd *exec.Cmd) { kill(cmd) }, func(*bench, *exec.Cmd) {}}
)

// round lets one of two instances get into trouble in the middle of a cycle and waits
// until all is done. It tells whether that one had the connector, and how long it took
// until the other had it.
func (b *bench) round(does trouble, after time.Duration) (led bool, took time.Duration) {
	b.t.Helper()
	first := b.spawn()
	for began := time.Now(); b.connector().LeaseOwner != fmt.Sprint(first.Process.Pid) && time.Since(began) < 3*childLease; {
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(after)
	var other *exec.Cmd
	if b.Address != "" {
		other = b.spawn()
	}
	held := b.connector()
	led = held.LeaseOwner == fmt.Sprint(first.Process.Pid)
	does.begin(b, first)
	began := time.Now()
	if b.Address == "" {
		// SQLite has one writer: a frozen process may hold its lock, so it goes on before the other begins.
		time.Sleep(childLease + childLease/2)
		does.end(b, first)
		other = b.spawn()
	} else if led && does.takes {
		for b.connector().LeaseEpoch == held.LeaseEpoch && time.Since(began) < 10*childLease {
			time.Sleep(10 * time.Millisecond)
		}
		took = time.Since(began)
	}
	b.awaitDone()
	if b.Address != "" {
		does.end(b, first)
	}
	time.Sleep(300 * time.Millisecond)
	kill(first)
	kill(other)
	return led, took
}

// watchEpochs has PostgreSQL write down under which epoch each transaction of a cycle
// was, and which one the lease had when it was committed.
func (b *bench) watchEpochs() {
	b.t.Helper()
	if b.Address == "" {
		return
	}
	for _, text := range []string{
		"CREATE TABLE seen_epochs (n bigserial, wrote bigint, held bigint)",
		`CREATE FUNCTION see_epoch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			INSERT INTO seen_epochs (wrote, held) SELECT NEW.epoch, lease_epoch FROM connectors WHERE organization_id = NEW.organization_id AND method = NEW.method;
			RETURN NULL; END $$`,
		"CREATE CONSTRAINT TRIGGER see_epoch AFTER UPDATE ON cycles DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'running') EXECUTE FUNCTION see_epoch()",
	} {
		b.Rows(b.t, text)
	}
}

// oneEpoch holds what watchEpochs saw: nothing was committed under an epoch that was over.
func (b *bench) oneEpoch() {
	b.t.Helper()
	if b.Address == "" {
		return
	}
	all := b.Int(b.t, "SELECT count(*) FROM seen_epochs")
	wrong := b.Rows(b.t, "SELECT n::text, wrote::text, held::text FROM seen_epochs WHERE wrote <> held")
	b.t.Logf("%d transactions of cycles were committed, under %d epochs", all, b.Int(b.t, "SELECT count(DISTINCT wrote) FROM seen_epochs"))
	if all == 0 || len(wrong) > 0 {
		b.t.Errorf("of %d transactions these were under another epoch than the lease: %v", all, wrong)
	}
}
