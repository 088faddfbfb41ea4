package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"muster/models"
	"muster/models/account"
	"muster/models/store"
)

type tokenCmd struct {
	New    tokenNewCmd    `cmd:"" help:"Create a SCIM token and print it, alone, on standard output. It is shown this once."`
	List   tokenListCmd   `cmd:"" help:"List SCIM tokens."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke a SCIM token for good."`
}

type tokenNewCmd struct {
	Organization string       `help:"Organization, by its short name." default:"default" placeholder:"NAME"`
	Description  string       `help:"What the token is for." default:"Created on the command line" placeholder:"TEXT"`
	Expires      string       `help:"When it ends: days such as 365d, or a date such as 2027-06-30." default:"365d" placeholder:"WHEN"`
	Scope        models.Scope `help:"provision (read and write) or read." default:"provision" enum:"provision,read"`
	Shadow       bool         `help:"Rehearse until SCIM is in charge: its traffic is answered and evaluated on a copy and changes nothing."`
	Allow        []string     `help:"Address range that may use it; may be repeated. Any when left out." placeholder:"CIDR"`
}

// Run prints the token and nothing else on standard output, for scripts.
func (n *tokenNewCmd) Run(ctx context.Context, t terminal, c *cli) error {
	return c.withStore(ctx, t, n.Organization, func(s *store.Store, o models.Organization) error {
		expires, err := account.ParseExpiry(n.Expires, time.Now(), time.UTC)
		if err != nil {
			return err
		}
		_, secret, err := accountsOf(s, quiet(t)).CreateToken(ctx, commandLine(o), account.TokenSpec{
			Description: n.Description, Expires: expires, Scope: n.Scope, AllowList: n.Allow, Shadow: n.Shadow,
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(t.Out, secret)
		return err
	})
}

type tokenListCmd struct {
	Organization string `help:"Organization, by its short name." default:"default" placeholder:"NAME"`
}

// Run prints a table of tokens, without their secrets, which nobody has.
func (l *tokenListCmd) Run(ctx context.Context, t terminal, c *cli) error {
	return c.withData(ctx, t, l.Organization, func(s *store.Store, o models.Organization) error {
		tokens, err := s.Tokens(ctx, o.Key)
		if err != nil {
			return err
		}
		if len(tokens) == 0 {
			_, err = fmt.Fprintln(t.Err, "There are no tokens yet. Create one with \"muster token new\".")
			return err
		}
		w := tabwriter.NewWriter(t.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "PREFIX\tDESCRIPTION\tSTATE\tSCOPE\tEXPIRES\tLAST USED")
		for _, tok := range tokens {
			fmt.Fprintf(w, "%s…\t%s\t%s\t%s\t%s\t%s\n", tok.Prefix, tok.Description, tok.State(time.Now()), tok.Scope, instant(tok.Expires), instant(tok.LastUsed))
		}
		return w.Flush()
	})
}

type tokenRevokeCmd struct {
	Organization string `help:"Organization, by its short name." default:"default" placeholder:"NAME"`
	Token        string `arg:"" help:"Prefix of the token, as the list shows it, or its id."`
}

// Run revokes the one token that the prefix names.
func (r *tokenRevokeCmd) Run(ctx context.Context, t terminal, c *cli) error {
	return c.withData(ctx, t, r.Organization, func(s *store.Store, o models.Organization) error {
		tok, err := r.find(ctx, s, o)
		if err != nil {
			return err
		}
		if _, err := accountsOf(s, quiet(t)).RevokeToken(ctx, commandLine(o), tok.ID); err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.Out, "Revoked %s… (%s). Requests with it are refused from now on.\n", tok.Prefix, tok.Description)
		return err
	})
}

func (r *tokenRevokeCmd) find(ctx context.Context, s *store.Store, o models.Organization) (models.Token, error) {
	tokens, err := s.Tokens(ctx, o.Key)
	if err != nil {
		return models.Token{}, err
	}
	var found []models.Token
	wanted := strings.TrimSuffix(r.Token, "…")
	for _, tok := range tokens {
		if tok.ID == wanted || wanted != "" && strings.HasPrefix(tok.Prefix, wanted) {
			found = append(found, tok)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return models.Token{}, models.Errorf(models.NotFound, "token", "No token begins with %q.", wanted).
			WithAdvice("\"muster token list\" shows the prefixes.")
	}
	return models.Token{}, models.Errorf(models.Conflict, "token", "%d tokens begin with %q.", len(found), wanted).
		WithAdvice("Write more of the prefix.")
}
