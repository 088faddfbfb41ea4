package entra

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"muster/models"
	"muster/models/source"
)

// probe is one step of the connection test. needs names the step without which it
// makes no sense.
type probe struct {
	name, title, needs string
	do                 func(context.Context) (string, error)
}

// Test tries what a cycle needs, from the nearest to the farthest: the sign-in
// service, the clock, the sign-in, and each read.
func (c *Connector) Test(ctx context.Context) []source.Step {
	probes := []probe{
		{"reach", "Reach Microsoft’s sign-in service", "", c.tryReach},
		{"clock", "Compare the clocks", "reach", c.tryClock},
		{"signIn", "Sign in as the application", "reach", c.trySignIn},
		{"users", "Read users with the chosen attributes", "signIn", c.tryUsers},
		{"groups", "Read groups and members", "signIn", c.tryGroups},
	}
	switch c.settings.Scope.Mode {
	case source.AssignedOnly:
		probes = append(probes, probe{"assigned", "Read who is assigned to the application", "signIn", c.tryAssigned})
	case source.ChosenGroups:
		probes = append(probes, probe{"chosen", "Find the chosen groups", "groups", c.tryChosen})
	case source.Everyone:
	}
	good := map[string]bool{"": true}
	steps := make([]source.Step, 0, len(probes))
	for _, p := range probes {
		step := source.Step{Name: p.name, Title: p.title, Outcome: models.Skipped, Detail: "An earlier step failed."}
		if good[p.needs] {
			step = c.try(ctx, p)
		}
		good[p.name] = step.Outcome == models.Success
		steps = append(steps, step)
	}
	return steps
}

func (c *Connector) try(ctx context.Context, p probe) source.Step {
	started := c.now()
	detail, err := p.do(ctx)
	step := source.Step{Name: p.name, Title: p.title, Outcome: models.Success, Detail: detail, Took: c.now().Sub(started)}
	if err == nil {
		return step
	}
	step.Outcome = models.Failure
	f, ok := source.AsFailure(err)
	if !ok || ctx.Err() != nil {
		f = &source.Failure{Msg: "The step was stopped.", Advice: "Run the test again."}
	}
	step.Detail, step.Cause, step.Advice, step.Code = f.Msg, causes[f.Code], f.Advice, f.Code
	return step
}

// causes is what is most likely behind a class of failures.
var causes = map[source.Code]string{
	source.NotReached:     "The network: a name server, a firewall, or a proxy that is not configured.",
	source.ProxyFailed:    "The proxy.",
	source.TLSFailed:      "A proxy that looks into encrypted traffic, with an authority this machine does not trust.",
	source.ClockWrong:     "The clock of this machine.",
	source.WrongTenant:    "A tenant ID with a typing error, or another cloud.",
	source.WrongApp:       "An application ID with a typing error, or an app registration in another tenant.",
	source.SecretWrong:    "The ID of the secret was copied instead of its value, or the secret was deleted.",
	source.SecretExpired:  "The secret was made with an end date, which has passed.",
	source.SignInRefused:  "The application is disabled, or a policy applies to it.",
	source.ConsentMissing: "The permission was not added, or no administrator consented to it.",
	source.NotFound:       "It was deleted in Entra.",
	source.BadSettings:    "An additional attribute that Microsoft Graph does not have.",
	source.Throttled:      "Many calls by other programs in the same tenant.",
	source.Unavailable:    "A passing fault at Microsoft, or a slow network.",
	source.ForeignLink:    "A proxy that changes answers.",
	source.IncompleteRead: "A proxy that changes or cuts answers.",
}

// tryReach reads the public description of the tenant, which needs no secret.
func (c *Connector) tryReach(ctx context.Context) (string, error) {
	_, err := c.discover(ctx)
	return "The tenant is known there.", err
}

// clockMost is how far the clocks may be apart: sign-ins allow five minutes.
const clockMost = 4 * time.Minute

func (c *Connector) tryClock(ctx context.Context) (string, error) {
	there, err := c.discover(ctx)
	if err != nil {
		return "", err
	}
	if there.IsZero() {
		return "The service does not tell its time.", nil
	}
	off := c.now().Sub(there).Abs().Round(time.Second)
	if off > clockMost {
		return "", &source.Failure{
			Code: source.ClockWrong, Msg: "This machine’s clock is " + off.String() + " off.",
			Advice: "Set the clock, or let the machine keep its time by itself (NTP).",
		}
	}
	return "The clocks agree.", nil
}

// discover reads the tenant's OpenID description and gives the service's time.
func (c *Connector) discover(ctx context.Context) (time.Time, error) {
	ctx, cancel := bounded(ctx, c.graph.limits.Timeout)
	defer cancel()
	at := c.graph.to.signIn + "/" + url.PathEscape(c.settings.Tenant) + "/v2.0/.well-known/openid-configuration"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return time.Time{}, foreign("an address that is none")
	}
	seen := &witness{transport: c.graph.transport}
	resp, err := seen.Do(req)
	if err != nil {
		return time.Time{}, connectionFailure(ctx, err)
	}
	defer resp.Body.Close()
	if seen.last != nil {
		return time.Time{}, signInFailure(ctx, seen.last)
	}
	there, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}, nil //nolint:nilerr // a service without a clock is no failure
	}
	return there, nil
}

// trySignIn asks for a token of its own, so that one from before proves nothing.
func (c *Connector) trySignIn(ctx context.Context) (string, error) {
	auth := c.graph.signIn
	if err := auth.renew(); err != nil {
		return "", err
	}
	ctx, cancel := bounded(ctx, c.graph.limits.Timeout)
	defer cancel()
	_, err := auth.get(ctx)
	return "Microsoft accepted the secret or certificate.", err
}

func (c *Connector) tryUsers(ctx context.Context) (string, error) {
	return "Users can be read.", c.tryDelta(ctx, "/users/delta", c.users)
}

func (c *Connector) tryGroups(ctx context.Context) (string, error) {
	return "Groups can be read.", c.tryDelta(ctx, "/groups/delta", c.groups)
}

// tryDelta asks for a delta that begins now: the same question as a cycle's, with the
// same selection, and an answer without anybody in it.
func (c *Connector) tryDelta(ctx context.Context, path string, sel selection) error {
	at := c.graph.address(path, url.Values{"$select": {sel.forDelta()}, "$deltatoken": {"latest"}})
	return c.graph.get(ctx, call{units: 2, url: at, decode: func(body io.Reader) error {
		_, err := decodePage(body)
		return err
	}})
}

func (c *Connector) tryAssigned(ctx context.Context) (string, error) {
	roots, err := c.assigned(ctx)
	if err != nil {
		return "", err
	}
	return strconv.Itoa(len(roots.Users)) + " users and " + strconv.Itoa(len(roots.Groups)) + " groups are assigned.", nil
}

func (c *Connector) tryChosen(ctx context.Context) (string, error) {
	for _, group := range c.settings.Scope.Groups {
		_, err := c.number(ctx, usersIn(group, c.settings.Scope.Nested)+"/$count")
		if source.CodeOf(err) == source.NotFound {
			return "", &source.Failure{
				Code: source.NotFound, Msg: "The group " + group + " is not in the tenant.",
				Advice: "It was probably deleted. Choose the groups anew.",
			}
		}
		if err != nil {
			return "", err
		}
	}
	return "All of them are there.", nil
}
