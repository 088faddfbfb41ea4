package main

import (
	"context"
	"log/slog"
	"sync"

	"muster/models"
	"muster/models/secret"
	"muster/models/store"
)

// keyring seals with the keys that are stored now: muster key rotate changes them while
// servers run, and what one sealed with those of before would open for nobody.
type keyring struct {
	store *store.Store
	key   []byte

	mu     sync.Mutex
	stored string // the keys of sealer, as they are stored
	sealer *secret.Sealer
}

// openKeyring opens the keys, or makes them at the first start. Where it replaces some that
// sealed nothing yet, it says so: another instance may go on with them, and its key.
func openKeyring(ctx context.Context, db *store.Store, key []byte, log *slog.Logger) (*keyring, error) {
	before, err := db.Instance(ctx, sealedKeys)
	if err != nil {
		return nil, err
	}
	r := &keyring{store: db, key: key}
	if _, err := openSealer(ctx, db, key); err != nil {
		return nil, err
	}
	if _, err := r.now(ctx); err != nil {
		return nil, err
	}
	if before != "" && before != r.stored {
		log.WarnContext(ctx, "the keys in the database were made under another MUSTER_KEY; nothing was sealed with them, so they were replaced. "+
			"Instances that share a database need the same key: give it to each as MUSTER_KEY, or as the file "+keyFile+" in its data folder")
	}
	return r, nil
}

// Seal implements cycle.Sealer. It is called within the change that stores what it gives:
// a rotation waits for that, or this change waited for the rotation. On PostgreSQL the
// very first secret of a connector, which has no row to wait for yet, can miss one.
func (r *keyring) Seal(plain []byte, about string) (string, error) {
	s, err := r.now(context.Background())
	if err != nil {
		return "", err
	}
	return s.Seal(plain, about) //nolint:wrapcheck // says what failed
}

// Unseal implements cycle.Sealer.
func (r *keyring) Unseal(sealed, about string) ([]byte, error) {
	s, err := r.now(context.Background())
	if err != nil {
		return nil, err
	}
	return s.Unseal(sealed, about) //nolint:wrapcheck // says what failed
}

func (r *keyring) now(ctx context.Context) (*secret.Sealer, error) {
	text, err := r.store.Instance(ctx, sealedKeys)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sealer != nil && text == r.stored {
		return r.sealer, nil
	}
	s, err := secret.OpenSealer(r.key, text)
	if text == "" || err != nil {
		return nil, models.Errorf(models.Unavailable, "key", "The keys that secrets are sealed with were replaced under another key while this server runs. Nothing was written.").
			WithAdvice("Restart this server with the key that is in use now, then try again.").WithCode("keyReplaced")
	}
	r.sealer, r.stored = s, text
	return s, nil
}
