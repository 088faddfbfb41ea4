package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"muster/models"
	"muster/models/store"
)

// filled makes a folder whose backup takes long enough to be stopped.
func filled(t *testing.T) (data string) {
	t.Helper()
	data, _ = provisioned(t)
	db, org := inspect(t, data)
	rows := make([]models.Exchange, 400)
	for n := range rows {
		rows[n] = models.Exchange{OrganizationID: org.Key, RequestID: newID(), RequestBody: strings.Repeat(newID(), 2000)}
	}
	if err := db.Keep(t.Context(), func(tx *store.Tx) error { return tx.AddExchanges(rows) }); err != nil {
		t.Fatal(err)
	}
	return data
}

// A backup that is stopped has failed, and says so to whoever waits for it; killed or
// stopped, it leaves nothing beside its target.
func TestABackupThatIsStopped(t *testing.T) {
	t.Parallel()
	data, out := filled(t), t.TempDir()
	stopped := false
	for n, wait := 0, time.Millisecond; wait < 2*time.Second && !stopped; n, wait = n+1, wait*3/2 {
		for _, signal := range []os.Signal{syscall.SIGKILL, syscall.SIGTERM} {
			file := filepath.Join(out, fmt.Sprint(signal, n))
			cmd := muster(t.Context(), "backup", "--data", data, file)
			var said strings.Builder
			cmd.Stderr = &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(wait)
			_ = cmd.Process.Signal(signal)
			err := cmd.Wait()
			if _, missing := os.Stat(file); (missing != nil) != (err != nil) {
				t.Fatalf("%v after %v: it ended with %v, the file: %v\n%s", signal, wait, err, missing, &said)
			}
			stopped = stopped || strings.Contains(said.String(), "backup was stopped before it was done.")
		}
	}
	if !stopped {
		t.Fatal("no backup was stopped before it was done")
	}
	left, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		if strings.HasPrefix(f.Name(), ".") {
			t.Errorf("%s was left", f.Name())
		}
	}
}

// What cannot be backed up or written is told before anything is made.
func TestABackupThatCannotBe(t *testing.T) {
	t.Parallel()
	data, _ := provisioned(t)
	there := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"backup --data " + data + " " + there, "exists already"},
		{"backup --data " + data + " " + filepath.Join(there, "x"), "No file can be written in"},
		{"backup --data " + filepath.Join(t.TempDir(), "nothing") + " " + filepath.Join(t.TempDir(), "x"), "holds no data of Muster"},
	} {
		if _, errs, err := tryCommand(t, "", strings.Fields(c.args)...); err == nil || !strings.Contains(errs, c.want) {
			t.Errorf("muster %s: %v, %s", c.args, err, errs)
		}
	}
	if kept, err := os.ReadFile(there); err != nil || string(kept) != "mine" {
		t.Errorf("the file that was there holds %q, %v", kept, err)
	}
}

// A command that looks at the wrong folder says so and makes nothing in it.
func TestCommandsLookForData(t *testing.T) {
	t.Parallel()
	wrong := filepath.Join(t.TempDir(), "wrong")
	for _, args := range []string{"token list", "token revoke mst_x", "admin list", "admin reset ada@example.com", "method history", "method undo", "method plan scim", "key rotate", "key forget --yes"} {
		if _, errs, err := tryCommand(t, "a password\n", append(strings.Fields(args), "--data", wrong)...); err == nil || !strings.Contains(errs, "holds no data of Muster") {
			t.Errorf("muster %s: %v, %s", args, err, errs)
		}
	}
	if _, err := os.Stat(wrong); err == nil {
		t.Error("the folder was made")
	}
}

// A server forgets with a restore what it remembers: a token of the data that were
// replaced opens nothing, though both data were changed as often.
func TestARestoreUnderARunningServer(t *testing.T) {
	t.Parallel()
	mine, token := provisioned(t)
	theirs, restored := provisioned(t)
	file := filepath.Join(t.TempDir(), "theirs")
	command(t, "", "backup", "--data", theirs, file)
	s := serve(t, mine, "127.0.0.1:0")
	status := func(token string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/scim/v2/Users", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if before, after := status(token), status(restored); before != http.StatusOK || after != http.StatusUnauthorized {
		t.Fatalf("before the restore the tokens are answered %d and %d", before, after)
	}
	command(t, "", "restore", "--data", mine, file, "--yes")
	if old, now := status(token), status(restored); old != http.StatusUnauthorized || now != http.StatusOK {
		t.Errorf("after the restore the old token is answered %d and the restored one %d", old, now)
	}
}
