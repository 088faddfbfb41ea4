package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"muster/models"
	"muster/models/account"
	"muster/models/secret"
	"muster/models/store"
)

type adminCmd struct {
	Add   adminAddCmd   `cmd:"" help:"Add an administrator; the password is asked for or read from standard input."`
	List  adminListCmd  `cmd:"" help:"List administrators."`
	Reset adminResetCmd `cmd:"" help:"Set a new password for an administrator, enable them, and end their sessions."`
}

// accountsOf opens the door for admins and tokens on a store.
func accountsOf(s *store.Store, log *slog.Logger) *account.Accounts {
	return account.New(account.Options{
		Store: s, Now: time.Now, Log: log,
		Passwords: secret.NewPasswords(secret.PasswordOptions{Rand: rand.Reader}), Rand: rand.Reader,
	})
}

type adminAddCmd struct {
	Email string      `arg:"" help:"E-mail address to sign in with."`
	Name  string      `help:"Name shown in the console; the e-mail address when left out." placeholder:"NAME"`
	Role  models.Role `help:"owner, admin or auditor. The first administrator is an owner." default:"owner" enum:"owner,admin,auditor"`
}

// Run adds the admin; with it, an open setup link stops working.
func (a *adminAddCmd) Run(ctx context.Context, t terminal, c *cli) error {
	password, err := readPassword(t, "Password for "+a.Email)
	if err != nil {
		return err
	}
	return c.withStore(ctx, t, store.FirstOrganization, func(s *store.Store, o models.Organization) error {
		admin, err := accountsOf(s, quiet(t)).AddAdminWithPassword(ctx, commandLine(o), account.AdminSpec{Email: a.Email, Name: a.Name, Role: a.Role}, password)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.Out, "Added %s as %s.\n", admin.Email, admin.Role)
		return err
	})
}

type adminListCmd struct{}

// Run prints a table of admins.
func (adminListCmd) Run(ctx context.Context, t terminal, c *cli) error {
	return c.withData(ctx, t, store.FirstOrganization, func(s *store.Store, _ models.Organization) error {
		admins, err := s.Admins(ctx)
		if err != nil {
			return err
		}
		if len(admins) == 0 {
			_, err = fmt.Fprintln(t.Err, "There are no administrators yet. Open the link that \"muster serve\" prints, or run \"muster admin add EMAIL\".")
			return err
		}
		w := tabwriter.NewWriter(t.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "EMAIL\tNAME\tROLE\tSTATE\tLAST SIGN-IN")
		for _, a := range admins {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.Email, a.Name, a.Role, adminState(a), instant(a.LastSignIn))
		}
		return w.Flush()
	})
}

func adminState(a models.AdminAccount) string {
	switch {
	case a.Disabled:
		return "disabled"
	case a.PasswordHash == "":
		return "invited"
	}
	return "enabled"
}

func instant(t models.Time) string {
	if t == 0 {
		return "never"
	}
	return t.Time().Format("2006-01-02 15:04 MST")
}

type adminResetCmd struct {
	Email string `arg:"" help:"E-mail address of the administrator."`
}

// Run sets the password of somebody who is locked out.
func (a *adminResetCmd) Run(ctx context.Context, t terminal, c *cli) error {
	return c.withData(ctx, t, store.FirstOrganization, func(s *store.Store, o models.Organization) error {
		admin, err := s.AdminByEmail(ctx, a.Email)
		if err != nil {
			return err
		}
		password, err := readPassword(t, "New password for "+admin.Email)
		if err != nil {
			return err
		}
		if _, err := accountsOf(s, quiet(t)).SetPassword(ctx, commandLine(o), admin.ID, password); err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.Out, "Set a new password for %s and ended their sessions.\n", admin.Email)
		return err
	})
}

// readPassword asks twice at a terminal, and otherwise takes the first line of
// standard input.
func readPassword(t terminal, prompt string) (string, error) {
	file, ok := t.In.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(t.In, 4096)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", models.Errorf(models.Invalid, "password", "No password came in on standard input.").
				WithAdvice("Type it at a terminal, or pipe it in: printf '%%s' \"$PASSWORD\" | muster admin …")
		}
		return line, nil
	}
	first, err := hidden(t, file, prompt+": ")
	if err != nil {
		return "", err
	}
	second, err := hidden(t, file, "Again: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", models.Errorf(models.Invalid, "password", "The two passwords differ.").WithAdvice("Run the command again.")
	}
	return first, nil
}

func hidden(t terminal, file *os.File, prompt string) (string, error) {
	fmt.Fprint(t.Err, prompt)
	line, err := term.ReadPassword(int(file.Fd()))
	fmt.Fprintln(t.Err)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(line), nil
}
