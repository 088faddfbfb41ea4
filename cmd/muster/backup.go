package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"muster/models"
	"muster/models/store"
)

type backupCmd struct {
	File string `arg:"" help:"File to write; an existing one is not overwritten." type:"path"`
}

// Run writes the backup under its name once it is whole, so that a file under that name
// always is. It leaves the schema as it is: a server of another version may be running.
func (b *backupCmd) Run(ctx context.Context, t terminal, c *cli) error {
	s, err := c.openThere(ctx, store.Options{Now: time.Now, Log: quiet(t), NoMigrate: true})
	if err != nil {
		return err
	}
	size, err := b.write(ctx, s)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.Out, "Wrote %s (%d bytes). It holds personal data and password hashes: keep it as safe as the server.\n", b.File, size)
	return err
}

func (b *backupCmd) write(ctx context.Context, s *store.Store) (int64, error) {
	f, err := newWholeFile(b.File)
	if err != nil {
		return 0, err
	}
	if err := s.Backup(ctx, f); err != nil {
		return 0, errors.Join(b.noRoom(err), f.drop())
	}
	return f.keep()
}

// noRoom gives words to a disk that the backup does not fit on.
func (b *backupCmd) noRoom(err error) error {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return err
	}
	return models.Errorf(models.Unavailable, "file", "There is no space left to write %s. No backup was made.", b.File).
		WithAdvice("Free space, or name a file on another disk.").WithCode("diskFull")
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
	_, err = fmt.Fprintf(t.Out, "Restored %s. All is as it was when the backup was made, tokens and passwords too: revoke again what was revoked since. Everybody has to sign in again.\n", r.File)
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
