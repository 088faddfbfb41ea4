package console

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// pastChange is a change that was made, with what an undo of it would do now.
type pastChange struct {
	k      *Console
	by     models.Actor
	change models.MethodChange
	first  bool // the first choice: nothing was in charge before
	undo   deployment.UndoImpact
	tokens []models.Token
	now    time.Time
}

func (k *Console) pastChange(c echo.Context) (pastChange, error) {
	ctx, by := c.Request().Context(), session.Actor(c)
	p := pastChange{k: k, by: by, now: k.Now().UTC()}
	var err error
	if p.change, err = k.Read.MethodChange(ctx, by.OrganizationID, c.Param("id")); err != nil {
		return p, err
	}
	first, err := k.Read.FirstMethodChange(ctx, by.OrganizationID)
	if err != nil {
		return p, err
	}
	p.first = first == p.change.ID
	if p.tokens, err = k.Read.Tokens(ctx, by.OrganizationID); err != nil {
		return p, err
	}
	p.undo, err = k.Deployment.PreviewUndo(ctx, by.OrganizationID, p.change.ID)
	return p, err
}

func (p pastChange) path(part string) string { return changeAddress(p.change.ID) + part }

// undoable tells whether the change can be taken back now.
func (p pastChange) undoable() bool { return len(p.undo.Blockers) == 0 }

// showMethodChange is the result of a change, and later its record.
func (k *Console) showMethodChange(c echo.Context) error {
	p, err := k.pastChange(c)
	if err != nil {
		return err
	}
	s, err := k.Deployment.Summary(c.Request().Context(), p.by.OrganizationID)
	if err != nil {
		return err
	}
	m := p.done()
	m.Next = p.nextSteps(s, may(c, models.Admin))
	m.Chrome = k.chrome(c, m.Title, "deployment")
	return respond.HTML(c, http.StatusOK, page.ChangeDone(m))
}

func (p pastChange) done() page.ChangeDoneModel {
	h := p.change
	m := page.ChangeDoneModel{
		Title: "Successfully changed to " + h.To.Label(), Sub: "From " + h.From.Label() + ", " + ui.Exact(h.At.Time()), Tone: ui.Ok,
		Impact: p.rows(), Log: "/logs/" + h.ID, Lists: p.lists(),
		Facts: []ui.KVModel{{Label: "When", Body: ui.Time(h.At.Time(), p.now)}, {Label: "By", Value: h.By}, {Label: "Reason", Value: h.Reason}},
		Reports: []ui.MenuItem{
			{Label: "As CSV, for a spreadsheet", Icon: "download", Href: p.path("/report.csv")},
			{Label: "As JSON, for a program", Icon: "download", Href: p.path("/report.json")},
		},
	}
	switch {
	case p.first:
		m.Title, m.Sub, m.Impact = "Chose "+h.To.Label(), "The first deployment method, "+ui.Exact(h.At.Time()), nil
	case h.Undoes != "":
		m.Title = "Undone: " + h.To.Label() + " is in charge again"
		m.Facts = append(m.Facts, ui.KVModel{Label: "Undid", Body: page.InlineLink("the change to "+h.From.Label(), changeAddress(h.Undoes))})
	case h.From != models.Manual:
		m.Facts = append(m.Facts, ui.KVModel{Label: "Mappings and tokens", Value: map[bool]string{true: "Kept, parked", false: "Deleted"}[h.KeptMappings]})
	}
	m.Alert = p.alert()
	return m
}

// alert says whether the change can be undone, or was.
func (p pastChange) alert() *page.BannerModel {
	h := p.change
	switch {
	case h.UndoneBy != "":
		return &page.BannerModel{
			AlertModel: ui.AlertModel{Tone: ui.Info, Title: "This change was undone.", Text: "What it did was taken back, except for users and groups that were changed in between."},
			Buttons:    []ui.ButtonModel{{Label: "See the undo", Href: changeAddress(h.UndoneBy)}},
		}
	case p.undoable() && p.by.Role.Includes(models.Admin):
		offer := undoOffer(h)
		return &page.BannerModel{
			AlertModel: ui.AlertModel{Tone: ui.Info, Title: offer.Title, Text: offer.Text},
			Buttons:    []ui.ButtonModel{{Label: "Undo", More: " this change", Icon: "undo-2", Href: offer.Href}},
		}
	}
	return nil
}

// rows count what the change did, each number with the list behind it.
func (p pastChange) rows() []ui.ImpactModel {
	const included = "Mappings and attribute mappings together."
	n, from, to := p.change.Counts, p.change.From.Label(), p.change.To.Label()
	var out []ui.ImpactModel
	add := func(count int64, one, many, note, href string, tone ui.Tone) {
		if count > 0 {
			out = append(out, ui.ImpactModel{Count: count, Label: verbed(count, one, many), Note: note, Href: href, Tone: tone})
		}
	}
	if p.change.Undoes == "" {
		out = append(out,
			ui.ImpactModel{Count: n.UsersToManual, Label: verbed(n.UsersToManual, "user became manual", "users became manual"), Note: "With status, profile, groups, roles and history.", Href: p.path("/users"), Tone: ui.Warn},
			ui.ImpactModel{Count: n.GroupsToManual, Label: verbed(n.GroupsToManual, "group became manual", "groups became manual"), Href: p.path("/groups"), Tone: ui.Warn})
	} else {
		add(n.UsersToManual, "user of "+from+" became manual", "users of "+from+" became manual", "", p.path("/users"), ui.Warn)
		add(n.GroupsToManual, "group of "+from+" became manual", "groups of "+from+" became manual", "", p.path("/groups"), ui.Warn)
	}
	if p.change.Undoes != "" && p.change.To != models.Manual {
		out = append(out,
			ui.ImpactModel{Count: n.UsersReturn, Label: verbed(n.UsersReturn, "user is managed by "+to+" again", "users are managed by "+to+" again"), Href: "/users?mode=" + string(p.change.To), Tone: ui.Ok},
			ui.ImpactModel{Count: n.GroupsReturn, Label: verbed(n.GroupsReturn, "group is managed by "+to+" again", "groups are managed by "+to+" again"), Href: "/groups?mode=" + string(p.change.To), Tone: ui.Ok})
		touched := changeAddress(p.change.Undoes) + "/"
		add(n.UsersTouched, "user was changed since and did not return", "users were changed since and did not return", "", touched+"users?what=touched", ui.Warn)
		add(n.GroupsTouched, "group was changed since and did not return", "groups were changed since and did not return", "", touched+"groups?what=touched", ui.Warn)
	}
	add(n.UsersUnchanged-n.UsersTouched, "user stayed as it was", "users stayed as they were", "", "/users", ui.Neutral)
	add(n.TokensParked, "SCIM token was parked", "SCIM tokens were parked", "Requests get 403 with the reason.", "#tokens", ui.Info)
	add(n.TokensRevoked, "SCIM token was deleted", "SCIM tokens were deleted", "", "#tokens", ui.Error)
	add(n.TokensWoken, "SCIM token works again", "SCIM tokens work again", "", "#tokens", ui.Ok)
	add(n.TokensOpened, "shadow token counts from now on", "shadow tokens count from now on", "", "#tokens", ui.Ok)
	add(n.TokensShadow, "token back in shadow mode", "tokens back in shadow mode", "", "#tokens", ui.Info)
	add(n.RulesParked, from+" mapping was parked", from+" mappings were parked", included, "/deployment/parked", ui.Info)
	add(n.RulesDeleted, from+" mapping was deleted", from+" mappings were deleted", included+" Users keep their profiles.", p.deletedHref(), ui.Error)
	add(n.RulesRestored, "deleted "+to+" mapping was restored", "deleted "+to+" mappings were restored", included, mappingsOf(p.change.To), ui.Ok)
	add(n.RulesWoken, "kept "+to+" mapping works again", "kept "+to+" mappings work again", included, mappingsOf(p.change.To), ui.Ok)
	add(n.QueueClosed, "open decision was closed", "open decisions were closed", "", "/queue?tab=decided", ui.Warn)
	add(n.QueueReopened, "decision was opened again", "decisions were opened again", "", "/queue", ui.Ok)
	add(n.HeldDropped, "held removal was dropped", "held removals were dropped", "The users stayed as they were.", "", ui.Warn)
	return append(out, ui.ImpactModel{Count: n.UsersDeleted, Label: "users deleted"})
}

// deletedHref leads to the names of what was deleted, while they are kept for an undo.
func (p pastChange) deletedHref() string {
	if len(p.change.Record.Mappings)+len(p.change.Record.Attributes) > 0 {
		return "#mappings"
	}
	return ""
}
