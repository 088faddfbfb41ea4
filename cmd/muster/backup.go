package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"muster/models"
	"muster/models/store"
)

type backupCmd struct {
	File string `arg:"" help:"File to write; an existing one is not overwritten." type:"path"`
}

// Run writes the backup beside its name first, so that a file under that name is
// always whole.
func (b *backupCmd) Run(ctx context.Context, t terminal, c *cli) (err error) {
	if _, err := os.Stat(b.File); !errors.Is(err, fs.ErrNotExist) {
		return models.Errorf(models.Conflict, "file", "%s exists already.", b.File).WithAdvice("Choose another name, or remove it first.")
	}
	part, err := os.CreateTemp(filepath.Dir(b.File), ".muster-backup-*")
	if err != nil {
		return fmt.Errorf("make the backup file: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part.Name())
		}
	}()
	err = c.withStore(ctx, t, store.FirstOrganization, func(s *store.Store, _ models.Organization) error {
		return s.Backup(ctx, part)
	})
	if err = errors.Join(err, part.Sync()); err != nil {
		return errors.Join(err, part.Close())
	}
	info, err := part.Stat()
	if err = errors.Join(err, part.Close()); err != nil {
		return err
	}
	if err = os.Rename(part.Name(), b.File); err != nil {
		return fmt.Errorf("name the backup: %w", err)
	}
	_, err = fmt.Fprintf(t.Out, "Wrote %s (%d bytes). It holds personal data and password hashes: keep it as safe as the server.\n", b.File, info.Size())
	return err
}

type restoreCmd struct {
	File string `arg:"" help:"Backup to restore." type:"existingfile"`
	Yes  bool   `help:"Replace all data that is there now." required:""`
}

// Run verifies the whole backup before anything is touched, and replaces all data
// in one transaction.
func (r *restoreCmd) Run(ctx context.Context, t terminal, c *cli) error {
	file, err := os.Open(r.File)
	if err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	defer file.Close()
	s, err := c.open(ctx, quiet(t))
	if err != nil {
		return err
	}
	if err := s.Restore(ctx, file); err != nil {
		return errors.Join(err, s.Close())
	}
	if err := s.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.Out, "Restored %s. Everybody has to sign in again where the backup did not know their session.\n", r.File)
	return err
}

type migrateCmd struct{}

// Run brings the schema up to date and says from which version to which.
func (migrateCmd) Run(ctx context.Context, t terminal, c *cli) error {
	s, err := c.openWith(ctx, store.Options{Now: time.Now, Log: quiet(t), NoMigrate: true})
	if err != nil {
		return err
	}
	before, known, err := s.Schema(ctx)
	if err == nil {
		err = s.Migrate(ctx)
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	if before == known {
		_, err = fmt.Fprintf(t.Out, "The schema is up to date (version %d).\n", known)
		return err
	}
	_, err = fmt.Fprintf(t.Out, "Migrated the schema from version %d to %d.\n", before, known)
	return err
}
