package secret_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"muster/models/secret"
)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A sealed secret opens for its own record and under its own keys alone.
func TestSealer(t *testing.T) {
	key, other := bytes.Repeat([]byte{1}, secret.KeySize), bytes.Repeat([]byte{2}, secret.KeySize)
	s, keys, err := secret.NewSealer(key)
	ok(t, err)
	sealed, err := s.Seal([]byte("canary"), "connector/1/entra")
	ok(t, err)
	if strings.Contains(sealed+keys, "canary") || strings.Contains(sealed, base64.RawStdEncoding.EncodeToString([]byte("canary"))) {
		t.Error("the secret shows")
	}
	again, err := secret.OpenSealer(key, keys)
	ok(t, err)
	if plain, err := again.Unseal(sealed, "connector/1/entra"); err != nil || string(plain) != "canary" {
		t.Errorf("%q %v", plain, err)
	}
	bytesOf, err := base64.RawStdEncoding.DecodeString(sealed)
	ok(t, err)
	bytesOf[len(bytesOf)-1] ^= 1
	touched := base64.RawStdEncoding.EncodeToString(bytesOf)
	for _, wrong := range []struct{ sealed, about string }{
		{sealed, "connector/2/entra"}, {sealed, "connector/1/ldap"}, {sealed, ""}, {touched, "connector/1/entra"}, {"?", "connector/1/entra"}, {"", ""},
	} {
		if plain, err := again.Unseal(wrong.sealed, wrong.about); err == nil {
			t.Errorf("%q opens for %q: %q", wrong.sealed, wrong.about, plain)
		}
	}
	if _, err := secret.OpenSealer(other, keys); err == nil {
		t.Error("the keys open under another key")
	}
	next, _, err := secret.NewSealer(key)
	ok(t, err)
	if _, err := next.Unseal(sealed, "connector/1/entra"); err == nil {
		t.Error("other keys under the same key open it")
	}
}

func TestReadKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "muster.key")
	made, err := secret.ReadKey("", file)
	ok(t, err)
	info, err := os.Stat(file)
	ok(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v", info.Mode())
	}
	ok(t, os.Chmod(file, 0o644)) // as a careless copy leaves it
	again, err := secret.ReadKey("", file)
	if info, statErr := os.Stat(file); statErr != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file stays readable for others: %v", info.Mode())
	}
	if err != nil || !bytes.Equal(made, again) || len(made) != secret.KeySize {
		t.Errorf("%v %v", again, err)
	}
	given := bytes.Repeat([]byte{7}, secret.KeySize)
	if key, err := secret.ReadKey(base64.StdEncoding.EncodeToString(given)+"\n", file); err != nil || !bytes.Equal(key, given) {
		t.Errorf("%v %v", key, err)
	}
	for _, bad := range []string{"short", base64.StdEncoding.EncodeToString([]byte("short"))} {
		if _, err := secret.ReadKey(bad, file); err == nil || strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A start that is killed leaves a whole key or none, and nothing else.
func TestAKeyIsMadeWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "muster.key")
	var starts sync.WaitGroup
	keys := make([][]byte, 8)
	for n := range keys {
		starts.Go(func() {
			key, err := secret.ReadKey("", file)
			if err != nil {
				t.Error(err)
			}
			keys[n] = key
		})
	}
	starts.Wait()
	for _, key := range keys {
		if !bytes.Equal(key, keys[0]) {
			t.Error("two starts at once have different keys")
		}
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("beside the key there is %v, %v", left, err)
	}
}
