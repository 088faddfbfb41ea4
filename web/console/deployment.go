package console

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// deploymentReader is what the deployment pages read beyond summary and preview.
type deploymentReader interface {
	Organization(ctx context.Context, key int64) (models.Organization, error)
	Cycles(ctx context.Context, organization int64, p models.Page) (models.Slice[models.Cycle], error)
	Users(ctx context.Context, organization int64, q models.UserQuery) (models.Slice[models.User], error)
	Groups(ctx context.Context, organization int64, q models.GroupQuery) (models.Slice[models.Group], error)
	Tokens(ctx context.Context, organization int64) ([]models.Token, error)
}

func (k *Console) deploymentRoutes() []session.Route {
	read, write := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: "/deployment", Access: read, Handler: k.showDeployment},
		{Method: http.MethodPost, Path: "/deployment/choose", Access: write, Handler: k.chooseMethod},
		{Method: http.MethodGet, Path: "/deployment/cycles", Access: read, Handler: k.listCycles},
		{Method: http.MethodGet, Path: "/deployment/change", Access: read, Handler: k.chooseChange},
		{Method: http.MethodGet, Path: "/deployment/change/:target", Access: read, Handler: k.previewChange},
		{Method: http.MethodGet, Path: "/deployment/change/:target/confirm", Access: write, Handler: k.confirmChange},
		{Method: http.MethodPost, Path: "/deployment/change/:target", Access: write, Handler: k.changeMethod},
		{Method: http.MethodGet, Path: "/deployment/changes/:id", Access: read, Handler: k.showMethodChange},
	}
}

const recentCycles = 5

// showDeployment is the summary, or the first choice while there was none.
func (k *Console) showDeployment(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	s, err := k.Deployment.Summary(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	if !s.Organization.MethodSet {
		return k.firstChoice(c)
	}
	cycles, err := k.Read.Cycles(ctx, by.OrganizationID, models.Page{Limit: recentCycles})
	if err != nil {
		return err
	}
	now := k.Now().UTC()
	m := page.DeploymentModel{
		Chrome: k.chrome(c, "Deployment", "deployment"), Method: string(s.Organization.Method), Name: s.Organization.Method.Label(),
		Facts: governed(s, now), Health: healthModel(s.Health), Counts: modeCounts(s.Users, s.Organization.Method),
		Cycles: cycleRows(cycles.Items, now), Gap: cycleGap(s.Organization), Edit: by.Role.Includes(models.Admin),
	}
	for _, h := range s.History {
		m.History = append(m.History, historyRow(h, isFirst(h, s.History), now))
	}
	return respond.HTML(c, http.StatusOK, page.Deployment(m))
}

func governed(s deployment.Summary, now time.Time) []ui.KVModel {
	o := s.Organization
	out := chargeFacts(s, now)
	if o.Method != models.Manual {
		out = append(out, ui.KVModel{Label: "Governs", Value: ui.Plural(s.Users.ByMode[o.Method], "user", "users") + ", " +
			ui.Plural(s.Groups[o.Method], "group", "groups")})
	}
	if o.Method == models.SCIM {
		out = append(out, ui.KVModel{Label: "Live tokens", Value: strconv.Itoa(s.LiveTokens)})
	}
	return out
}

func cycleGap(o models.Organization) string {
	return "A burst of SCIM traffic counts as one cycle; " + ui.Plural(o.Settings.CycleGapMinutes, "minute", "minutes") + " of silence end it."
}

// modeCounts shows the modes that have users, and the one in charge.
func modeCounts(u models.UserCounts, inCharge models.Method) []page.ModeCountModel {
	var out []page.ModeCountModel
	for _, mode := range models.Methods() {
		if u.ByMode[mode] == 0 && mode != inCharge {
			continue
		}
		row := page.ModeCountModel{Mode: string(mode), Href: "/users?mode=" + string(mode)}
		for _, s := range models.Statuses() {
			row.Cells = append(row.Cells, page.CountModel{Label: sentenceCase(string(s)), Count: u.Of(s, mode), Href: row.Href + "&status=" + string(s)})
		}
		row.Cells = append(row.Cells, page.CountModel{Label: "All", Count: u.Of("", mode), Href: row.Href})
		out = append(out, row)
	}
	return out
}

func cycleRows(list []models.Cycle, now time.Time) []page.CycleRowModel {
	var out []page.CycleRowModel
	for _, x := range list {
		end := x.Ended.Time()
		if x.Running() {
			end = x.LastSeen.Time()
		}
		key := strconv.FormatInt(x.Key, 10)
		out = append(out, page.CycleRowModel{
			Href: "/logs?cycle=" + key, Failures: "/logs?cycle=" + key + "&status=failure", Kind: sentenceCase(string(x.Kind)) + " cycle",
			Running: x.Running(), Method: string(x.Method), Started: x.Started.Time(), Now: now, Duration: cycleTime(end.Sub(x.Started.Time())),
			Requests: x.Requests, Created: x.Created, Updated: x.Updated, Removed: x.Removed, Failed: x.Failed,
		})
	}
	return out
}

// cycleTime rounds up what is too short to compare.
func cycleTime(d time.Duration) string {
	if d < time.Second {
		return "under 1 s"
	}
	return ui.Duration(d)
}

// listCycles lists all cycles that are kept.
func (k *Console) listCycles(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	o, err := k.Read.Organization(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	list, err := k.Read.Cycles(ctx, by.OrganizationID, models.Page{Limit: 50, After: c.QueryParam("after"), Before: c.QueryParam("before")})
	if err != nil {
		return err
	}
	m := page.CyclesModel{
		Chrome: k.chrome(c, "Cycles", "deployment"), Rows: cycleRows(list.Items, k.Now().UTC()), Gap: cycleGap(o),
		Pager: ui.PagerModel{Noun: "cycles", TotalUnknown: true, PrevLabel: "Newer", NextLabel: "Older"},
	}
	if list.Prev != "" {
		m.Pager.Prev = "/deployment/cycles?before=" + list.Prev
	}
	if list.Next != "" {
		m.Pager.Next = "/deployment/cycles?after=" + list.Next
	}
	return respond.HTML(c, http.StatusOK, page.Cycles(m))
}

// isFirst tells the first choice from a change: it is the oldest of all. A history
// cut at its bound does not reach that far back.
func isFirst(h models.MethodChange, history []models.MethodChange) bool {
	oldest := history[len(history)-1]
	return len(history) < historyMost && h.ID == oldest.ID
}

const historyMost = 50

func historyRow(h models.MethodChange, first bool, now time.Time) page.MethodChangeRowModel {
	row := page.MethodChangeRowModel{
		Href: "/deployment/changes/" + h.ID, At: h.At.Time(), Now: now, From: h.From.Label(), To: h.To.Label(),
		By: h.By, Reason: h.Reason, Effect: effectWords(h.Counts),
	}
	if first {
		row.From, row.Effect = "", "First choice"
	}
	return row
}

func effectWords(n models.ChangeCounts) string {
	text := "Nobody’s mode changed"
	if n.UsersToManual+n.GroupsToManual > 0 {
		text = ui.Plural(n.UsersToManual, "user", "users") + " and " + ui.Plural(n.GroupsToManual, "group", "groups") + " became manual"
	}
	if n.TokensParked > 0 {
		text += ", " + ui.Plural(n.TokensParked, "token", "tokens") + " parked"
	}
	if n.TokensRevoked > 0 {
		text += ", " + ui.Plural(n.TokensRevoked, "token", "tokens") + " deleted"
	}
	return text
}
