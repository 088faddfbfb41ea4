package main

import (
	"context"
	"errors"
	"io/fs"
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
	if err := makeFolder(folder); err != nil {
		return nil, err
	}
	o.File = filepath.Join(folder, databaseFile)
	return store.Open(ctx, o)
}

// makeFolder makes the data folder when it is not there.
func makeFolder(folder string) error {
	err := os.MkdirAll(folder, 0o700)
	if err == nil {
		return nil
	}
	return models.Errorf(models.Invalid, "data", "The data folder cannot be made: %v.", err).
		WithAdvice("Name a folder that Muster may write to with --data or MUSTER_DATA. With PostgreSQL and MUSTER_KEY none is needed.")
}

// openThere opens data that must be there already. Whoever looks in the wrong place is
// told so: a database made in passing would list nobody and back up nothing, and look well.
func (c *cli) openThere(ctx context.Context, o store.Options) (*store.Store, error) {
	if err := c.lookForData(); err != nil {
		return nil, err
	}
	migrate := !o.NoMigrate
	o.NoMigrate = true
	s, err := c.openWith(ctx, o)
	if err != nil {
		return nil, err
	}
	current, known, err := s.Schema(ctx)
	switch {
	case err != nil:
	case current == 0:
		err = c.nothingThere()
	case migrate || current > known: // which refuses
		err = s.Migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (c *cli) lookForData() error {
	if c.DatabaseURL != "" {
		return nil
	}
	folder, err := c.folder()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(folder, databaseFile)); errors.Is(err, fs.ErrNotExist) {
		return c.nothingThere()
	}
	return nil
}

func (c *cli) nothingThere() error {
	where := "The PostgreSQL database"
	if folder, err := c.folder(); c.DatabaseURL == "" && err == nil {
		where = "The folder " + folder
	}
	return models.Errorf(models.NotFound, "data", "%s holds no data of Muster.", where).
		WithAdvice("Name the folder that the server uses with --data or MUSTER_DATA, or its PostgreSQL database with --database-url or MUSTER_DATABASE_URL.").WithCode("noData")
}

// quiet is the log of commands that talk to a person.
func quiet(t terminal) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// commandLine is the actor of commands: somebody on the server's own machine.
func commandLine(o models.Organization) models.Actor {
	return models.Actor{Kind: models.CLIActor, Name: "command line", OrganizationID: o.Key}
}

// withStore runs a command on the open data, in the organization of a slug. It makes the
// data where there is none: a server can be prepared before its first start.
func (c *cli) withStore(ctx context.Context, t terminal, slug string, fn func(*store.Store, models.Organization) error) error {
	s, err := c.open(ctx, quiet(t))
	if err != nil {
		return err
	}
	return within(ctx, s, slug, fn)
}

// withData runs a command as withStore does, on data that must be there already.
func (c *cli) withData(ctx context.Context, t terminal, slug string, fn func(*store.Store, models.Organization) error) error {
	s, err := c.openThere(ctx, store.Options{Now: time.Now, Log: quiet(t)})
	if err != nil {
		return err
	}
	return within(ctx, s, slug, fn)
}

func within(ctx context.Context, s *store.Store, slug string, fn func(*store.Store, models.Organization) error) error {
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
