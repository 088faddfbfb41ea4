package main

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/secret"
	"muster/models/store"
)

// keyed is a data folder in which the secret of one connector is sealed.
type keyed struct {
	t      *testing.T
	folder string
}

const sealedText = "entra~client-secret"

func newKeyed(t *testing.T) keyed {
	t.Helper()
	k := keyed{t, t.TempDir()}
	command(t, "", "migrate", "--data", k.folder)
	k.open(func(db *store.Store) {
		sealer, err := openSealer(t.Context(), db, k.key())
		k.ok(err)
		org, err := db.EnsureOrganization(t.Context(), store.FirstOrganization, organized)
		k.ok(err)
		conn := models.Connector{OrganizationID: org.Key, ID: newID(), Method: models.Entra, Settings: "{}"}
		conn.Secret, err = sealer.Seal([]byte(sealedText), conn.SecretAbout())
		k.ok(err)
		k.ok(db.Keep(t.Context(), func(tx *store.Tx) error { return tx.InsertConnector(&conn) }))
	})
	return k
}

func (k keyed) ok(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k keyed) key() []byte {
	k.t.Helper()
	key, err := secret.ReadKey("", filepath.Join(k.folder, keyFile))
	k.ok(err)
	return key
}

func (k keyed) open(do func(*store.Store)) {
	k.t.Helper()
	db, err := store.Open(k.t.Context(), store.Options{File: filepath.Join(k.folder, databaseFile), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	k.ok(err)
	do(db)
	k.ok(db.Close())
}

// sealed gives what is stored: the connector's secret and what it was sealed with.
func (k keyed) sealed() (connector models.Connector, keys string) {
	k.t.Helper()
	k.open(func(db *store.Store) {
		list, err := db.SealedConnectors(k.t.Context())
		k.ok(err)
		if len(list) > 0 {
			connector = list[0]
		}
		keys, err = db.Instance(k.t.Context(), sealedKeys)
		k.ok(err)
	})
	return connector, keys
}

// A rotation seals every secret anew: the same key reads them, the keys of before do not.
func TestKeyRotate(t *testing.T) {
	k := newKeyed(t)
	before, keys := k.sealed()
	out := command(t, "", "key", "rotate", "--data", k.folder)
	if !strings.Contains(out, "Sealed 1 secret with") || !strings.Contains(out, "from now on") {
		t.Errorf("it says %q", out)
	}
	after, fresh := k.sealed()
	if after.Secret == before.Secret || fresh == keys {
		t.Error("secret or keys are stored as before")
	}
	now, err := secret.OpenSealer(k.key(), fresh)
	k.ok(err)
	if plain, err := now.Unseal(after.Secret, after.SecretAbout()); err != nil || !bytes.Equal(plain, []byte(sealedText)) {
		t.Errorf("the secret is %q now: %v", plain, err)
	}
	old, err := secret.OpenSealer(k.key(), keys)
	k.ok(err)
	if plain, err := old.Unseal(after.Secret, after.SecretAbout()); err == nil {
		t.Errorf("the keys of before read %q", plain)
	}
}

// A server that runs while keys are rotated or given up seals with those that are stored,
// or not at all: what it sealed with others would open for nobody after a restart.
func TestKeysChangeBesideAServer(t *testing.T) {
	k := newKeyed(t)
	k.open(func(db *store.Store) {
		running, err := openKeyring(t.Context(), db, k.key(), slog.New(slog.DiscardHandler))
		k.ok(err)
		command(t, "", "key", "rotate", "--data", k.folder)
		list, err := db.SealedConnectors(t.Context())
		k.ok(err)
		if plain, err := running.Unseal(list[0].Secret, list[0].SecretAbout()); err != nil || string(plain) != sealedText {
			t.Errorf("what was sealed anew reads %q: %v", plain, err)
		}
		sealed, err := running.Seal([]byte("new"), "about")
		k.ok(err)
		restarted, err := openKeyring(t.Context(), db, k.key(), slog.New(slog.DiscardHandler))
		k.ok(err)
		if plain, err := restarted.Unseal(sealed, "about"); err != nil || string(plain) != "new" {
			t.Errorf("after a restart the new secret reads %q: %v", plain, err)
		}
		command(t, "", "key", "forget", "--yes", "--data", k.folder)
		_, err = running.Seal([]byte("lost"), "about")
		if e, ok := models.AsError(err); !ok || e.Code != "keyReplaced" {
			t.Errorf("after the keys were given up: %v", err)
		}
	})
}

// Under another key nothing starts and nothing is lost; giving the secrets up is a command
// of its own that must be meant.
func TestKeyForget(t *testing.T) {
	k := newKeyed(t)
	before, keys := k.sealed()
	other := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, secret.KeySize))
	for _, args := range [][]string{
		{"serve", "--listen", "127.0.0.1:0", "--data", k.folder, "--key", other},
		{"key", "rotate", "--data", k.folder, "--key", other},
	} {
		_, errs, err := tryCommand(t, "", args...)
		if err == nil || !strings.Contains(errs, "sealed under another key") || !strings.Contains(errs, "key forget") {
			t.Errorf("%s: %v, says %q", args[0], err, errs)
		}
	}
	if _, errs, err := tryCommand(t, "", "key", "forget", "--data", k.folder); err == nil || !strings.Contains(errs, "--yes") {
		t.Errorf("without being sure: %v, says %q", err, errs)
	}
	if conn, now := k.sealed(); conn.Secret != before.Secret || now != keys {
		t.Error("a refusal changed something")
	}
	if out := command(t, "", "key", "forget", "--yes", "--data", k.folder); !strings.Contains(out, "Gave up 1 secret.") {
		t.Errorf("it says %q", out)
	}
	if conn, _ := k.sealed(); conn.Secret != "" {
		t.Error("the secret is still there")
	}
	k.open(func(db *store.Store) {
		if _, err := openSealer(t.Context(), db, bytes.Repeat([]byte{7}, secret.KeySize)); err != nil {
			t.Errorf("another key is not accepted afterwards: %v", err)
		}
	})
}

// A rotation under another key than the servers' is refused also where nothing is sealed
// yet: they would refuse the first secret that somebody enters.
func TestKeyRotateUnderAnotherKey(t *testing.T) {
	k := keyed{t, t.TempDir()}
	command(t, "", "migrate", "--data", k.folder)
	k.open(func(db *store.Store) {
		_, err := openSealer(t.Context(), db, bytes.Repeat([]byte{5}, secret.KeySize))
		k.ok(err)
	})
	_, keys := k.sealed()
	other := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, secret.KeySize))
	if _, errs, err := tryCommand(t, "", "key", "rotate", "--data", k.folder, "--key", other); err == nil || !strings.Contains(errs, "sealed under another key") {
		t.Errorf("it ends with %v and says %q", err, errs)
	}
	if _, now := k.sealed(); now != keys {
		t.Error("the keys were replaced")
	}
}
