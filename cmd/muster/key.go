package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"muster/models"
	"muster/models/secret"
	"muster/models/store"
)

// keyFile is, in the data folder, the key under which secrets are sealed. It is in no
// backup: whoever has both has the secrets.
const keyFile = "muster.key"

// sealedKeys is where the keyset is stored that secrets are sealed with.
const sealedKeys = "seal.keys"

// key reads the key that secrets are sealed under: MUSTER_KEY, or the file beside the
// data, which is made when it is not there.
func (c *cli) key() ([]byte, error) {
	file := ""
	if c.Key == "" { // with a key, and PostgreSQL, no folder is needed
		folder, err := c.folder()
		if err != nil {
			return nil, err
		}
		if err := makeFolder(folder); err != nil {
			return nil, err
		}
		file = filepath.Join(folder, keyFile)
	}
	key, err := secret.ReadKey(c.Key, file)
	if errors.Is(err, fs.ErrPermission) {
		return nil, models.Errorf(models.Invalid, "key", "The key that secrets are sealed under cannot be read: %s.", err).
			WithAdvice("Run Muster as the owner of its data folder, and let that owner write there.")
	}
	if err != nil {
		return nil, models.Errorf(models.Invalid, "key", "The key that secrets are sealed under cannot be read: %s.", err).
			WithAdvice("Set MUSTER_KEY to the key, or restore the file %s of the data folder.", keyFile)
	}
	return key, nil
}

// openSealer opens what secrets are sealed with, or makes it at the first start.
func openSealer(ctx context.Context, db *store.Store, key []byte) (*secret.Sealer, error) {
	var out *secret.Sealer
	err := db.Keep(ctx, func(tx *store.Tx) error {
		stored, err := tx.Instance(tx.Context(), sealedKeys)
		if err != nil {
			return err
		}
		if stored != "" {
			if out, err = secret.OpenSealer(key, stored); err == nil {
				return nil
			}
			sealed, countErr := tx.SealedConnectors(tx.Context())
			if countErr != nil {
				return countErr
			}
			if len(sealed) > 0 {
				return models.Errorf(models.Invalid, "key", "The key does not open the %d %s that connectors have: sealed under another key.", len(sealed), secrets(len(sealed))).
					WithAdvice("Set MUSTER_KEY to that key, or put the file %s of the earlier data folder back. If it is lost, muster key forget gives the secrets up; they are entered anew in the console.", keyFile)
			}
		}
		made, text, err := secret.NewSealer(key)
		if err != nil {
			return fmt.Errorf("make what secrets are sealed with: %w", err)
		}
		out = made
		return tx.SetInstance(sealedKeys, text)
	})
	return out, err
}

type keyCmd struct {
	Rotate keyRotateCmd `cmd:"" help:"Seal all secrets with a new key. The old one opens nothing any more."`
	Forget keyForgetCmd `cmd:"" help:"Give up secrets whose key is lost, so that they can be entered anew."`
}

type keyRotateCmd struct{}

// Run seals every secret anew, in one transaction.
func (keyRotateCmd) Run(ctx context.Context, t terminal, c *cli) error {
	db, err := c.openThere(ctx, store.Options{Now: time.Now, Log: quiet(t)})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	key, err := c.key()
	if err != nil {
		return err
	}
	if err := opensKeys(ctx, db, key); err != nil {
		return err
	}
	old, err := openSealer(ctx, db, key)
	if err != nil {
		return err
	}
	fresh, text, err := secret.NewSealer(key)
	if err != nil {
		return err
	}
	n := 0
	err = db.Keep(ctx, func(tx *store.Tx) error {
		list, err := tx.SealedConnectors(tx.Context())
		if err != nil {
			return err
		}
		n = len(list)
		for _, conn := range list {
			if err := reseal(tx, conn, old, fresh); err != nil {
				return err
			}
		}
		return tx.SetInstance(sealedKeys, text)
	})
	if err == nil {
		fmt.Fprintf(t.Out, "Sealed %d %s with a new key. Running servers use it from now on.\n", n, secrets(n))
	}
	return err
}

// opensKeys refuses a key that is not the one of the servers, also where nothing is sealed
// yet: their next secret would be refused.
func opensKeys(ctx context.Context, db *store.Store, key []byte) error {
	stored, err := db.Instance(ctx, sealedKeys)
	if err != nil || stored == "" {
		return err
	}
	if _, err := secret.OpenSealer(key, stored); err == nil {
		return nil
	}
	return models.Errorf(models.Invalid, "key", "The key does not open the keys in the database, which were sealed under another key. Nothing was changed.").
		WithAdvice("Set MUSTER_KEY to the key of the servers, or name their data folder with --data. If that key is lost, muster key forget gives up what was sealed under it.")
}

// reseal seals a connector's secret anew, as it is once nobody else is changing it.
func reseal(tx *store.Tx, conn models.Connector, old, fresh *secret.Sealer) error {
	now, _, err := tx.LockConnector(conn.OrganizationID, conn.Method)
	if err != nil {
		return err
	}
	about := now.SecretAbout()
	plain, err := old.Unseal(now.Secret, about)
	if err != nil {
		return fmt.Errorf("the secret of connector %s: %w", conn.ID, err)
	}
	sealed, err := fresh.Seal(plain, about)
	if err != nil {
		return err //nolint:wrapcheck // says what failed
	}
	return tx.SealConnector(now.Key, sealed)
}

type keyForgetCmd struct {
	Yes bool `help:"Do it: the secrets cannot be had back."`
}

// Run gives up secrets that nobody can open.
func (k keyForgetCmd) Run(ctx context.Context, t terminal, c *cli) error {
	if !k.Yes {
		return models.Errorf(models.Invalid, "yes", "This gives up the secrets of all connectors.").WithAdvice("Say --yes to do it.")
	}
	db, err := c.openThere(ctx, store.Options{Now: time.Now, Log: quiet(t)})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	n := 0
	err = db.Keep(ctx, func(tx *store.Tx) error {
		list, err := tx.SealedConnectors(tx.Context())
		if err != nil {
			return err
		}
		n = len(list)
		for _, conn := range list {
			if err := tx.SealConnector(conn.Key, ""); err != nil {
				return err
			}
		}
		return tx.SetInstance(sealedKeys, "")
	})
	if err == nil {
		fmt.Fprintf(t.Out, "Gave up %d %s. Enter them anew on the connectors' pages.\n", n, secrets(n))
	}
	return err
}

func secrets(n int) string {
	if n == 1 {
		return "secret"
	}
	return "secrets"
}
