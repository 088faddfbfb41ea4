package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"muster/cmd/muster/idp"
	"muster/models"
)

type simulateCmd struct {
	URL         string  `help:"SCIM endpoint, such as http://127.0.0.1:8080/scim/v2." name:"url" required:"" env:"MUSTER_SIMULATE_URL" placeholder:"URL"`
	Token       string  `help:"SCIM token." required:"" env:"MUSTER_SIMULATE_TOKEN" placeholder:"TOKEN"`
	IDP         string  `help:"Whose dialect to speak: entra or okta." name:"idp" default:"entra" enum:"entra,okta"`
	Users       int     `help:"People in the directory at the start." default:"100"`
	Seed        uint64  `help:"Seed of the story: the same seed tells the same story." default:"1"`
	Cycles      int     `help:"Provisioning cycles, the first of which is the initial one." default:"5"`
	Rate        float64 `help:"Requests per second at most; 0 sends as fast as the server answers." default:"0"`
	Concurrency int     `help:"Requests at the same time." default:"1"`
	Flag        bool    `help:"Entra: speak as with aadOptscim062020 in the tenant URL."`
	Verify      bool    `help:"Read everything back at the end and compare it with the story." default:"true" negatable:""`
	Verbose     bool    `help:"Print every request." short:"v"`
}

// Run tells the story to the server, then compares what the server holds.
func (s *simulateCmd) Run(ctx context.Context, t terminal) error {
	dialect, err := idp.ParseDialect(s.IDP)
	if err != nil {
		return err
	}
	opts := idp.Options{
		BaseURL: endpoint(s.URL), Token: s.Token, Dialect: dialect, Users: s.Users, Seed: s.Seed,
		Cycles: s.Cycles, Rate: s.Rate, Concurrency: s.Concurrency, Flag: s.Flag,
	}
	if s.Verbose {
		opts.Log = func(e idp.Event) {
			fmt.Fprintf(t.Err, "%s %-6s %s -> %d (%s)\n", time.Now().Format("15:04:05.000"), e.Method, e.Path, e.Status, e.Kind)
		}
	}
	sim := idp.New(opts)
	result, err := sim.Run(ctx)
	fmt.Fprintln(t.Out, result.String())
	if err != nil {
		return err
	}
	if n := len(result.Unexpected); n > 0 {
		return models.Errorf(models.Conflict, "", "%d answers were not what the story expects.", n).
			WithAdvice("The first ones are listed above; look their request ids up in the provisioning log.")
	}
	if !s.Verify {
		return nil
	}
	mismatches, err := idp.Verify(ctx, opts, sim.Expected())
	if err != nil {
		return err
	}
	for _, m := range mismatches[:min(len(mismatches), 20)] {
		fmt.Fprintf(t.Out, "%s %s (%s): %s is %q, the story says %q\n", m.Resource, m.Name, m.ID, m.Field, m.Got, m.Want)
	}
	if n := len(mismatches); n > 0 {
		return models.Errorf(models.Conflict, "", "%d values differ from what was sent.", n)
	}
	_, err = fmt.Fprintln(t.Out, "Read everything back: every user and group is as the story says.")
	return err
}

// endpoint forgives a URL without the SCIM path.
func endpoint(url string) string {
	url = strings.TrimRight(url, "/")
	if !strings.Contains(url, "/scim") {
		url += "/scim/v2"
	}
	return url
}
