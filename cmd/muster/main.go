// Command muster is the user provisioning console: one binary beside an
// application. `muster serve` (or no command at all) runs it; the other commands
// work on the same data while it runs.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	_ "time/tzdata" // time zones on machines that have none installed

	"github.com/alecthomas/kong"

	"muster/models"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], terminal{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}

// terminal is where a command reads and writes.
type terminal struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// cli is the whole command line. Every flag is also an environment variable.
type cli struct {
	Data        string `help:"Folder the data lives in." env:"MUSTER_DATA" placeholder:"DIR" type:"path"`
	DatabaseURL string `help:"PostgreSQL instead of the embedded database, as postgres://user:password@host/name." env:"MUSTER_DATABASE_URL" placeholder:"URL"`
	Key         string `help:"Key that secrets are sealed under, 32 random bytes in base64; a file in the data folder unless given." env:"MUSTER_KEY" placeholder:"KEY"`

	Serve    serveCmd    `cmd:"" default:"withargs" help:"Run the console and the SCIM server (this is what no command does)."`
	Demo     demoCmd     `cmd:"" help:"Run a throw-away instance that two simulated identity providers keep alive."`
	Simulate simulateCmd `cmd:"" help:"Send an identity provider's traffic to any SCIM server."`
	Admin    adminCmd    `cmd:"" help:"Add, list and reset administrators."`
	Token    tokenCmd    `cmd:"" help:"Create, list and revoke SCIM tokens."`
	Secrets  keyCmd      `cmd:"" name:"key" help:"Rotate the key that secrets are sealed with, or give them up."`
	Method   methodCmd   `cmd:"" help:"Show, plan, change and undo the deployment method."`
	Backup   backupCmd   `cmd:"" help:"Write a consistent copy of all data to a file, while the server runs."`
	Restore  restoreCmd  `cmd:"" help:"Replace all data by a backup. A damaged file is refused and changes nothing."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the database to this version's schema (serve does it by itself)."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

// run carries out a command line and gives the exit code: 0 done, 1 failed, 2 not
// understood.
func run(ctx context.Context, args []string, t terminal) int {
	var c cli
	code := -1
	parser, err := kong.New(&c, kong.Name("muster"), kong.UsageOnError(),
		kong.Description("A self-hosted user provisioning console: directories push users over SCIM 2.0, an administrator steers in a browser."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.Writers(t.Out, t.Err), kong.Exit(func(n int) { code = n }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(t), kong.Bind(&c))
	if err != nil {
		fmt.Fprintln(t.Err, "muster:", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if code >= 0 { // --help has been answered
		return code
	}
	if err != nil {
		fmt.Fprintln(t.Err, "muster:", err)
		fmt.Fprintln(t.Err, "Run \"muster --help\" for what there is.")
		return 2
	}
	return outcome(t, parsed.Command(), parsed.Run())
}

// outcome tells how a command went. One that was told to stop before it was done has
// failed, and whoever waits for its backup must know; for those that run until they are
// stopped, being stopped is how they end.
func outcome(t terminal, command string, err error) int {
	switch {
	case err == nil:
		return 0
	case !errors.Is(err, context.Canceled):
		fmt.Fprintln(t.Err, "muster:", words(err))
		return 1
	case slices.Contains([]string{"serve", "demo", "simulate"}, command):
		return 0
	}
	fmt.Fprintf(t.Err, "muster: %s was stopped before it was done. Run it again.\n", strings.Split(command, " <")[0])
	return 1
}

// words shows a refusal as it is meant to be read, and any other error whole: the
// person at the command line is the one who can act on it.
func words(err error) string {
	if e, ok := models.AsError(err); ok {
		return e.Error()
	}
	return err.Error()
}

type versionCmd struct{}

func (versionCmd) Run(t terminal) error {
	_, err := fmt.Fprintln(t.Out, "muster", version())
	return err
}
