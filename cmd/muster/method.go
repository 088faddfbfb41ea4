package main

import (
	"context"
	"fmt"
	"time"

	"muster/models"
	"muster/models/deployment"
	"muster/models/store"
)

type methodCmd struct {
	Show methodShowCmd `cmd:"" default:"1" help:"Show the deployment method in charge."`
	Set  methodSetCmd  `cmd:"" help:"Put a deployment method in charge. All existing users become manual and keep their data."`
}

func deploymentsOf(s *store.Store) *deployment.Deployments {
	return deployment.New(deployment.Options{Store: s, Now: time.Now, NewID: newID})
}

type methodShowCmd struct {
	Organization string `help:"Organization, by its short name." default:"default" placeholder:"NAME"`
}

// Run prints what is in charge, how it is doing, and how many it governs.
func (m *methodShowCmd) Run(ctx context.Context, t terminal, c *cli) error {
	return c.withStore(ctx, t, m.Organization, func(s *store.Store, o models.Organization) error {
		sum, err := deploymentsOf(s).Summary(ctx, o.Key)
		if err != nil {
			return err
		}
		if !sum.Organization.MethodSet {
			_, err = fmt.Fprintf(t.Out, "%s: no deployment method has been chosen yet.\nChoose one with \"muster method set scim\" or in the console.\n", o.Name)
			return err
		}
		fmt.Fprintf(t.Out, "%s: %s, since %s, by %s\n", o.Name, sum.Organization.Method.Label(), instant(sum.Organization.MethodSince), sum.Organization.MethodBy)
		fmt.Fprintf(t.Out, "Health: %s %s\n", sum.Health.Text, sum.Health.Advice)
		_, err = fmt.Fprintf(t.Out, "Users:  %d (%d active, %d inactive, %d preserved), groups: %d\n", sum.Users.Total,
			sum.Users.ByStatus[models.Active], sum.Users.ByStatus[models.Inactive], sum.Users.ByStatus[models.Preserved], sum.Groups[""])
		return err
	})
}

type methodSetCmd struct {
	Organization string        `help:"Organization, by its short name." default:"default" placeholder:"NAME"`
	Keep         bool          `help:"Keep the old method's tokens, parked, instead of revoking them." default:"true" negatable:""`
	Reason       string        `help:"Why, for the audit log." placeholder:"TEXT"`
	Method       models.Method `arg:"" help:"manual or scim." enum:"manual,scim,entra,ldap"`
}

// Run changes the method and prints what that did.
func (m *methodSetCmd) Run(ctx context.Context, t terminal, c *cli) error {
	return c.withStore(ctx, t, m.Organization, func(s *store.Store, o models.Organization) error {
		done, err := deploymentsOf(s).Change(ctx, commandLine(o), deployment.Order{Target: m.Method, Keep: m.Keep, Reason: m.Reason})
		if err != nil {
			return err
		}
		fmt.Fprintf(t.Out, "The deployment method of %s is %s now.\n", o.Name, done.To.Label())
		if n := done.Counts.UsersToManual; n > 0 {
			fmt.Fprintf(t.Out, "%d users became manual; nobody was deleted.\n", n)
		}
		if n := done.Counts.TokensParked + done.Counts.TokensRevoked; n > 0 {
			fmt.Fprintf(t.Out, "%d tokens were parked, %d revoked.\n", done.Counts.TokensParked, done.Counts.TokensRevoked)
		}
		return nil
	})
}
