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
	HistoryPage(ctx context.Context, organization int64, p models.Page) (models.Slice[models.MethodChange], error)
	FirstMethodChange(ctx context.Context, organization int64) (string, error)
	MethodChange(ctx context.Context, organization int64, id string) (models.MethodChange, error)
	ChangeThatEnded(ctx context.Context, organization int64, term string) (models.MethodChange, bool, error)
	Returning(ctx context.Context, organization int64, name string, p models.Page) (models.Slice[models.User], error)
	TouchedUsers(ctx context.Context, organization int64, name string, since models.Time, p models.Page) (models.Slice[models.User], error)
	ReturningGroups(ctx context.Context, organization int64, name string, p models.Page) (models.Slice[models.Group], error)
	TouchedGroups(ctx context.Context, organization int64, name string, since models.Time, p models.Page) (models.Slice[models.Group], error)
	Cycles(ctx context.Context, organization int64, p models.Page) (models.Slice[models.Cycle], error)
	Users(ctx context.Context, organization int64, q models.UserQuery) (models.Slice[models.User], error)
	Groups(ctx context.Context, organization int64, q models.GroupQuery) (models.Slice[models.Group], error)
	Tokens(ctx context.Context, organization int64) ([]models.Token, error)
}

func (k *Console) deploymentRoutes() []session.Route {
	read, write := session.Role(models.Auditor), session.Role(models.Admin)
	routes := []session.Route{
		{Method: http.MethodGet, Path: "/deployment", Access: read, Handler: k.showDeployment},
		{Method: http.MethodPost, Path: "/deployment/choose", Access: write, Handler: k.chooseMethod},
		{Method: http.MethodGet, Path: "/deployment/cycles", Access: read, Handler: k.listCycles},
		{Method: http.MethodGet, Path: "/deployment/change", Access: read, Handler: k.chooseChange},
		{Method: http.MethodGet, Path: "/deployment/change/:target", Access: read, Handler: k.previewChange},
		{Method: http.MethodGet, Path: "/deployment/change/:target/confirm", Access: write, Handler: k.confirmChange},
		{Method: http.MethodPost, Path: "/deployment/change/:target", Access: write, Handler: k.changeMethod},
		{Method: http.MethodGet, Path: "/deployment/change/:target/users.csv", Access: read, Handler: k.exportChange},
		{Method: http.MethodGet, Path: "/deployment/changes", Access: read, Handler: k.listMethodChanges},
		{Method: http.MethodGet, Path: "/deployment/changes/:id", Access: read, Handler: k.showMethodChange},
		{Method: http.MethodGet, Path: "/deployment/changes/:id/users", Access: read, Handler: k.listChangedUsers},
		{Method: http.MethodGet, Path: "/deployment/changes/:id/groups", Access: read, Handler: k.listChangedGroups},
		{Method: http.MethodGet, Path: "/deployment/changes/:id/report.csv", Access: read, Handler: k.reportCSV},
		{Method: http.MethodGet, Path: "/deployment/changes/:id/report.json", Access: read, Handler: k.reportJSON},
		{Method: http.MethodGet, Path: "/deployment/changes/:id/undo", Access: read, Handler: k.previewUndo},
		{Method: http.MethodGet, Path: "/deployment/changes/:id/undo/confirm", Access: write, Handler: k.confirmUndo},
		{Method: http.MethodPost, Path: "/deployment/changes/:id/undo", Access: write, Handler: k.undoChange},
	}
	for _, part := range []struct {
		name, title string
		fill        func(echo.Context, changeView, *page.ChangePartModel) error
	}{
		{"users", "users", k.changeUsers},
		{"groups", "groups", k.changeGroups},
		{"mappings", "mappings", k.changeMappings},
		{"tokens", "tokens", k.changeTokens},
		{"decisions", "open decisions", k.changeDecisions},
		{"removals", "held removals", k.changeRemovals},
	} {
		routes = append(routes, session.Route{
			Method: http.MethodGet, Path: "/deployment/change/:target/" + part.name, Access: read, Handler: k.changePart(part.name, part.title, part.fill),
		})
	}
	return routes
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
	first, err := k.Read.FirstMethodChange(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	last, undoable := deployment.Undoable(s.History, now)
	if undoable && m.Edit {
		m.Undo = undoOffer(last)
	}
	m.More = len(s.History) > historyShown
	for _, h := range s.History[:min(len(s.History), historyShown)] {
		m.History = append(m.History, historyRow(h, h.ID == first, m.Edit && undoable && h.ID == last.ID, now))
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
