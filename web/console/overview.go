package console

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// overviewReader is what the overview reads beyond the summary: counters and
// indexed look-ups only, so that it is as fast with a million users as with one.
type overviewReader interface {
	LogEntries(ctx context.Context, organization int64, q models.LogQuery) (models.Slice[models.LogEntry], error)
	LogHistogram(ctx context.Context, organization int64, q models.LogQuery, n int) ([]models.Bucket, error)
	Tokens(ctx context.Context, organization int64) ([]models.Token, error)
	Admins(ctx context.Context) ([]models.AdminAccount, error)
	seatReader
	QueueCounts(ctx context.Context, organization int64) (map[models.QueueKind]int64, error)
}

func (k *Console) overviewRoutes() []session.Route {
	return []session.Route{{Method: http.MethodGet, Path: "/", Access: session.Role(models.Auditor), Handler: k.showOverview}}
}

// overviewFacts is all that the overview is built from.
type overviewFacts struct {
	by      models.Actor
	now     time.Time
	summary deployment.Summary
	tokens  []models.Token
	turned  []account.Stranger // of the last 24 hours, whom no good request followed
	admins  []models.AdminAccount
	days    []models.Bucket   // 30 days
	failed  []models.LogEntry // of the last 24 hours, newest first, at most failuresMost
	seats   models.Seats
	parked  map[models.Parking]int64
	staged  int64
	queue   map[models.QueueKind]int64
}

const (
	overviewDays = 30
	failuresMost = 300
)

func (k *Console) showOverview(c echo.Context) error {
	f, err := k.overviewFacts(c)
	if err != nil {
		return err
	}
	m := page.OverviewModel{Chrome: k.chrome(c, "Overview", "overview")}
	f.charge(&m)
	f.stats(&m)
	f.activity(&m)
	m.Needs = f.needs()
	if f.by.Role.Includes(models.Admin) {
		m.Needs = append(frontNeeds(k.Front, k.BaseURL), m.Needs...)
	}
	f.checklist(&m)
	return respond.HTML(c, http.StatusOK, page.Overview(m))
}

func (k *Console) overviewFacts(c echo.Context) (overviewFacts, error) {
	ctx, by, now := c.Request().Context(), session.Actor(c), k.Now().UTC()
	f := overviewFacts{by: by, now: now}
	var err error
	if f.summary, err = k.Deployment.Summary(ctx, by.OrganizationID); err != nil {
		return f, err
	}
	if f.tokens, err = k.Read.Tokens(ctx, by.OrganizationID); err != nil {
		return f, err
	}
	if f.summary.Organization.Method == models.SCIM && by.Role.Includes(models.Admin) {
		f.turned = k.Accounts.Strangers(models.TimeOf(now.Add(-24*time.Hour)), f.tokens)
	}
	if f.admins, err = k.Read.Admins(ctx); err != nil {
		return f, err
	}
	if f.seats, err = k.seats(c); err != nil {
		return f, err
	}
	if f.parked, f.staged, err = k.Read.Waiting(ctx, by.OrganizationID); err != nil {
		return f, err
	}
	if f.queue, err = k.Read.QueueCounts(ctx, by.OrganizationID); err != nil {
		return f, err
	}
	end := now.Truncate(24*time.Hour).AddDate(0, 0, 1)
	from := end.AddDate(0, 0, -overviewDays)
	if f.days, err = k.Read.LogHistogram(ctx, by.OrganizationID, models.LogQuery{From: models.TimeOf(from), To: models.TimeOf(end)}, overviewDays); err != nil {
		return f, err
	}
	failed, err := k.Read.LogEntries(ctx, by.OrganizationID, models.LogQuery{
		Statuses: []models.Outcome{models.Failure},
		From:     models.TimeOf(now.Add(-24 * time.Hour)), Page: models.Page{Limit: failuresMost},
	})
	f.failed = failed.Items
	return f, err
}

// charge says what is in charge and how it is doing.
func (f overviewFacts) charge(m *page.OverviewModel) {
	s := f.summary
	m.Method, m.Name = string(s.Organization.Method), s.Organization.Method.Label()
	if !s.Organization.MethodSet {
		m.Name = "No method chosen yet"
	}
	m.Chosen, m.Facts = s.Organization.MethodSet, chargeFacts(s, f.now)
	m.Health = healthModel(s.Health)
	if s.Organization.Method == models.SCIM && s.LiveTokens > 0 && s.LastUsed == 0 {
		m.Waiting = "Waiting for the identity provider’s first request"
	}
}

// chargeFacts are the same on the overview and the deployment page.
func chargeFacts(s deployment.Summary, now time.Time) []ui.KVModel {
	var out []ui.KVModel
	if s.Organization.MethodSet {
		out = append(out, ui.KVModel{Label: "In charge since", Body: ui.Time(s.Organization.MethodSince.Time(), now)},
			ui.KVModel{Label: "Chosen by", Value: s.Organization.MethodBy})
	}
	if s.Fetching != nil {
		return append(out, fetchFacts(s, now)...)
	}
	if s.Organization.Method != models.SCIM {
		return append(out, ui.KVModel{Label: "Users", Value: ui.Count(s.Users.Total)})
	}
	out = append(out, ui.KVModel{Label: "Last request", Body: ui.TimeOr(s.LastUsed.Time(), now, "None yet")})
	if s.LastCycle == nil {
		return append(out, ui.KVModel{Label: "Last cycle start", Body: ui.TimeOr(time.Time{}, now, "Not started")})
	}
	c := *s.LastCycle
	return append(out, ui.KVModel{Label: "Last cycle start", Body: ui.Time(c.Started.Time(), now), Note: " " + cycleState(c)},
		ui.KVModel{Label: "Last cycle", Value: cycleWords(c)})
}

func cycleState(c models.Cycle) string {
	if c.Running() {
		return string(c.Kind) + ", running"
	}
	return string(c.Kind) + ", finished"
}

// removedWord says what the removals of a cycle became: those of SCIM may be held back.
func removedWord(c models.Cycle) string {
	if c.Method == models.SCIM && c.Removed > 0 {
		return "disabled, preserved or held back"
	}
	return "disabled or preserved"
}

// cycleWords counts what a cycle did.
func cycleWords(c models.Cycle) string {
	text := ui.Count(c.Created) + " created, " + ui.Count(c.Updated) + " updated, " + ui.Count(c.Removed) + " " + removedWord(c)
	if c.Skipped > 0 {
		text += ", " + ui.Count(c.Skipped) + " skipped"
	}
	if c.Failed > 0 {
		text += ", " + ui.Count(c.Failed) + " failed"
	}
	return text
}

var levels = map[deployment.Level]struct {
	tone ui.Tone
	word string
}{
	deployment.Idle: {ui.Info, "Waiting"}, deployment.Healthy: {ui.Ok, "Healthy"},
	deployment.Watch: {ui.Warn, "Needs attention"}, deployment.Broken: {ui.Error, "Not working"},
}

func healthModel(h deployment.Health) page.HealthModel {
	m := page.HealthModel{Tone: levels[h.Level].tone, Word: levels[h.Level].word, Text: h.Text, Next: h.Advice}
	if h.Link != "" {
		m.Link = &ui.Link{Label: linkWord(h.Link), Href: h.Link}
	}
	return m
}
