package console

import (
	"context"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/models/directory"
	"muster/views/page"
	"muster/views/ui"
)

// forecastMost is up to how many users kept mappings are counted over all of them.
const forecastMost = 50_000

// forecast tells what the first run of the target would do, as far as it is known.
func (v changeView) forecast(c echo.Context) (*page.ForecastModel, error) {
	ctx, to := c.Request().Context(), v.impact.To
	known, err := v.k.Deployment.Forecasts(ctx, v.by.OrganizationID, to)
	if err != nil {
		return nil, err
	}
	m := &page.ForecastModel{}
	for _, f := range known {
		m.Known = append(m.Known, v.known(f))
	}
	if len(known) == 0 {
		m.Unknown, m.Links = unknownForecast(to, v.by.Role.Includes(models.Admin))
	}
	if ruled(to) {
		err = v.kept(c, m)
	}
	return m, err
}

func (v changeView) known(f deployment.Forecast) page.KnownForecastModel {
	to := v.impact.To.Label()
	m := page.KnownForecastModel{Source: f.Source, When: ui.Time(f.At, v.now)}
	if f.Link != "" {
		m.Link = ui.Link{Label: "See all by name", Href: f.Link}
	}
	for _, row := range []ui.ImpactModel{
		{Count: f.Matched, Label: verbed(f.Matched, "user here would be managed by "+to, "users here would be managed by "+to), Tone: ui.Ok},
		{Count: f.Created, Label: verbed(f.Created, "user would be created", "users would be created"), Tone: ui.Info},
		{Count: f.Conflicts, Label: verbed(f.Conflicts, "record would conflict", "records would conflict"), Note: "They would wait in the queue or be refused.", Tone: ui.Error},
		{Count: f.Other, Label: verbed(f.Other, "record with another outcome", "records with another outcome"), Tone: ui.Neutral},
		{Count: f.Nobody, Label: verbed(f.Nobody, "user here is matched by nothing and stays manual", "users here are matched by nothing and stay manual"), Tone: ui.Warn},
	} {
		row.Href = f.Link
		m.Impact = append(m.Impact, row)
	}
	return m
}

// unknownForecast says how it could be known.
func unknownForecast(to models.Method, edit bool) (string, []ui.Link) {
	switch {
	case to == models.Manual:
		return "Manual has no runs: nobody is fetched and nobody is sent. Admins add and change users here.", nil
	case to == models.SCIM:
		links := []ui.Link{{Label: "Shadow mode", Href: "/deployment/shadow"}}
		if edit {
			links = append([]ui.Link{{Label: "Create a shadow token", Href: "/scim/tokens/new"}}, links...)
		}
		return "It is not known yet whom the identity provider would send. Give it a shadow token first: its requests are answered and recorded as what they would do, and nothing is changed.", links
	}
	if deployment.Connects(to) {
		return to.Label() + " is read for the first time once it is in charge, and that run ends with a preview: whom it would adopt, create or leave in conflict, by name. Nothing is written before you accept it. The connection and the scope can be prepared and tested now.",
			[]ui.Link{{Label: "Prepare the connection", Href: "/connectors/" + string(to)}, {Label: "Prepare mappings", Href: mappingsOf(to)}}
	}
	return "This version of Muster does not connect to " + to.Label() + ", so its first run cannot be tried. Mappings can be prepared, and they tell below whom they would match.",
		[]ui.Link{{Label: "Prepare mappings", Href: mappingsOf(to)}}
}

// kept names the target's mappings that are here, and counts whom each would match.
func (v changeView) kept(c echo.Context, m *page.ForecastModel) error {
	w, err := v.k.ruleNames(c, v.impact.To)
	if err != nil || len(w.rules) == 0 {
		return err
	}
	users, counted, err := v.keptUsers(c.Request().Context())
	if err != nil {
		return err
	}
	m.KeptSub = "How many of the users who are here each would match, if " + v.impact.To.Label() + " delivered them as they are now. Only delivery gives users to a mapping."
	if !counted {
		m.KeptSub = "They are counted up to " + ui.Count(forecastMost) + " users; there are more here."
	}
	for _, rule := range w.rules {
		row := page.KeptRuleModel{Name: rule.Name, Sentence: w.sentence(rule), Href: mappingAddress(rule), Profile: "No profile"}
		if p, ok := w.profile(rule.ProfileKey); ok {
			row.Profile = p.Name
		}
		switch {
		case rule.Disabled:
			row.Count = "Off"
		case counted:
			row.Count = ui.Plural(users[rule.Key], "user", "users")
		default:
			row.Count = "Not counted"
		}
		m.Kept = append(m.Kept, row)
	}
	return nil
}

// keptUsers counts whom each of the target's mappings would match.
func (v changeView) keptUsers(ctx context.Context) (users map[int64]int64, counted bool, err error) {
	if n := v.impact.Counts; n.UsersToManual+n.UsersUnchanged > forecastMost {
		return nil, false, nil
	}
	var list []directory.RuleMatch
	if list, _, err = v.k.Directory.KeptMatches(ctx, v.by.OrganizationID, v.impact.To); err != nil {
		return nil, false, err
	}
	users = map[int64]int64{}
	for _, one := range list {
		users[one.Rule.Key] = one.Users
	}
	return users, true, nil
}
