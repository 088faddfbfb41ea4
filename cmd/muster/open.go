package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"

	"muster/models"
	"muster/models/store"
)

// version is what the build knows of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "development"
	}
	return info.Main.Version
}

func newID() string {
	id, err := uuid.NewV7()
	if err != nil {
		panic(err) // the system's randomness is gone; nothing safe can follow
	}
	return id.String()
}

// folder is where the data lives: as told, or in the user's own data folder, so
// that every command finds the same from anywhere.
func (c *cli) folder() (string, error) {
	if c.Data != "" {
		return c.Data, nil
	}
	if base := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(base) {
		return filepath.Join(base, "muster"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", models.Errorf(models.Invalid, "data", "There is no home folder to keep the data in.").
			WithAdvice("Name a folder with --data or MUSTER_DATA.")
	}
	return filepath.Join(home, ".local", "share", "muster"), nil
}

// databaseFile is the embedded database inside the data folder.
const databaseFile = "muster.db"

// open connects to the data and brings it to this version's schema.
func (c *cli) open(ctx context.Context, log *slog.Logger) (*store.Store, error) {
	return c.openWith(ctx, store.Options{Now: time.Now, Log: log})
}

func (c *cli) openWith(ctx context.Context, o store.Options) (*store.Store, error) {
	if c.DatabaseURL != "" {
		if !strings.HasPrefix(c.DatabaseURL, "postgres://") && !strings.HasPrefix(c.DatabaseURL, "postgresql://") {
			return nil, models.Errorf(models.Invalid, "database-url", "The database address is no PostgreSQL address.").
				WithAdvice("It looks like postgres://user:password@host:5432/name.")
		}
		o.DatabaseURL = c.DatabaseURL
		return store.Open(ctx, o)
	}
	folder, err := c.folder()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	o.File = filepath.Join(folder, databaseFile)
	return store.Open(ctx, o)
}

// quiet is the log of commands that talk to a person.
func quiet(t terminal) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// commandLine is the actor of commands: somebody on the server's own machine.
func commandLine(o models.Organization) models.Actor {
	return models.Actor{Kind: models.CLIActor, Name: "command line", OrganizationID: o.Key}
}

// withStore runs a command on the open data, in the organization of a slug.
func (c *cli) withStore(ctx context.Context, t terminal, slug string, fn func(*store.Store, models.Organization) error) error {
	s, err := c.open(ctx, quiet(t))
	if err != nil {
		return err
	}
	o, err := organization(ctx, s, slug)
	if err == nil {
		err = fn(s, o)
	}
	if closing := s.Close(); err == nil {
		err = closing
	}
	return err
}

func organization(ctx context.Context, s *store.Store, slug string) (models.Organization, error) {
	if slug == store.FirstOrganization {
		return s.EnsureOrganization(ctx, slug, "My organization")
	}
	return s.OrganizationBySlug(ctx, slug)
}
