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
	Show    methodShowCmd    `cmd:"" default:"1" help:"Show the deployment method in charge."`
	Plan    methodPlanCmd    `cmd:"" help:"Show what a change of method would do, and change nothing."`
	Change  methodChangeCmd  `cmd:"" aliases:"set" help:"Put another deployment method in charge. All existing users become manual and keep their data."`
	History methodHistoryCmd `cmd:"" help:"List the changes of the method, and which of them can be undone."`
	Undo    methodUndoCmd    `cmd:"" help:"Take the last change of the method back."`
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
			_, err = fmt.Fprintf(t.Out, "%s: no deployment method has been chosen yet.\nChoose one with \"muster method change scim\" or in the console.\n", o.Name)
			return err
		}
		fmt.Fprintf(t.Out, "%s: %s, since %s, by %s\n", o.Name, sum.Organization.Method.Label(), instant(sum.Organization.MethodSince), sum.Organization.MethodBy)
		fmt.Fprintf(t.Out, "Health: %s %s\n", sum.Health.Text, sum.Health.Advice)
		_, err = fmt.Fprintf(t.Out, "Users:  %d (%d active, %d inactive, %d preserved), groups: %d\n", sum.Users.Total,
			sum.Users.ByStatus[models.Active], sum.Users.ByStatus[models.Inactive], sum.Users.ByStatus[models.Preserved], sum.Groups[""])
		return err
	})
}
