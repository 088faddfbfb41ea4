package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// auditReader is what the pages of the audit log read.
type auditReader interface {
	AuditEntries(ctx context.Context, q models.AuditQuery) (models.Slice[models.AuditEntry], error)
	AuditEntry(ctx context.Context, id string) (models.AuditEntry, error)
	VerifyAudit(ctx context.Context) (checked int64, err error)
	Admins(ctx context.Context) ([]models.AdminAccount, error)
}

func (k *Console) auditRoutes() []session.Route {
	read := session.Role(models.Auditor)
	return []session.Route{
		{Method: http.MethodGet, Path: "/audit", Access: read, Handler: k.listAudit},
		{Method: http.MethodGet, Path: "/audit/export", Access: read, Handler: k.exportAudit},
		{Method: http.MethodGet, Path: "/audit/:id", Access: read, Handler: k.showAuditEntry},
	}
}

// auditAreas are the first words of actions, as pages name them.
func auditAreas() []ui.Option {
	return []ui.Option{
		{Label: "Any area"},
		{Value: "admin.", Label: "Admins"},
		{Value: "session.", Label: "Sign-ins"},
		{Value: "token.", Label: "SCIM tokens"},
		{Value: "deployment.", Label: "Deployment method"},
		{Value: "connector.", Label: "Microsoft Entra ID"},
		{Value: "shadow.", Label: "Shadow mode"},
		{Value: "attach.", Label: "Attaching users"},
		{Value: "queue.", Label: "Adoptions and conflicts"},
		{Value: "held.", Label: "Held removals"},
		{Value: "mapping.", Label: "Mappings"},
		{Value: "evaluation.", Label: "Evaluations of mappings"},
		{Value: "profile.", Label: "Profiles"},
		{Value: "organization.attribute", Label: "Attributes"},
		{Value: "organization.", Label: "Settings and attributes"},
		{Value: "instance.", Label: "Instance"},
	}
}

// auditFilter is the list's address, read once.
type auditFilter struct{ q, area, actor, from, to string }

func auditFilterOf(c echo.Context) auditFilter {
	v := func(name string) string { return strings.TrimSpace(c.QueryParam(name)) }
	return auditFilter{q: v("q"), area: v("area"), actor: v("actor"), from: v("from"), to: v("to")}
}

// query refuses a date that is none, because a list that ignores a filter lies.
func (f auditFilter) query(p models.Page) (models.AuditQuery, error) {
	q := models.AuditQuery{Search: f.q, Action: f.area, ActorID: f.actor, Page: p}
	day := func(name, text string, plus int) (models.Time, error) {
		if text == "" {
			return 0, nil
		}
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return 0, models.Errorf(models.Invalid, name, "%q is no date.", text).WithAdvice("Write it as 2026-11-22.")
		}
		return models.TimeOf(at.AddDate(0, 0, plus)), nil
	}
	var err error
	if q.From, err = day("from", f.from, 0); err != nil {
		return q, err
	}
	q.To, err = day("to", f.to, 1)
	return q, err
}

func (f auditFilter) values() url.Values {
	v := url.Values{}
	for name, text := range map[string]string{"q": f.q, "area": f.area, "actor": f.actor, "from": f.from, "to": f.to} {
		if text != "" {
			v.Set(name, text)
		}
	}
	return v
}

// address is a path with this filter and one parameter more.
func (f auditFilter) address(path, name, value string) string {
	v := f.values()
	if name != "" {
		v.Set(name, value)
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func (k *Console) listAudit(c echo.Context) error {
	ctx, f, hide := c.Request().Context(), auditFilterOf(c), k.masked(session.Actor(c))
	q, err := f.query(models.Page{After: c.QueryParam("after"), Before: c.QueryParam("before")})
	if err != nil {
		return err
	}
	list, err := k.Read.AuditEntries(ctx, q)
	if err != nil {
		return err
	}
	m := page.AuditModel{
		Chrome: k.chrome(c, "Audit log", "audit"), Area: f.area, Actor: f.actor, From: f.from, To: f.to, Areas: auditAreas(),
		Bar:    ui.FilterModel{Action: "/audit", Label: "Search the audit log", Value: f.q, Placeholder: "Who, what, or on what"},
		Verify: f.address("/audit", "verify", "1"), CSV: f.address("/audit/export", "format", "csv"), JSONL: f.address("/audit/export", "format", "jsonl"),
		Pager: ui.PagerModel{TotalUnknown: true, Noun: "entries", PrevLabel: "Newer", NextLabel: "Older"},
		Empty: ui.EmptyModel{Icon: "history", Title: "Nothing matches", Text: "No entry fits these filters."},
	}
	if len(f.values()) > 0 {
		m.Bar.Clear, m.Clear = "/audit", "/audit"
	}
	if m.Actors, err = k.auditActors(ctx, hide); err != nil {
		return err
	}
	if list.Next != "" {
		m.Pager.Next = f.address("/audit", "after", list.Next)
	}
	if list.Prev != "" {
		m.Pager.Prev = f.address("/audit", "before", list.Prev)
	}
	for _, e := range list.Items {
		m.Rows = append(m.Rows, page.AuditRow{
			Href: "/audit/" + e.ID, At: e.At.Time(), Summary: hideText(hide, e.Summary), Action: e.Action,
			Actor: actorName(hide, e), Address: e.Address, Changes: int64(len(e.Changes)),
		})
	}
	if c.QueryParam("verify") != "" {
		if m.Verdict, err = k.verifyAudit(ctx); err != nil {
			return err
		}
	}
	return respond.HTML(c, http.StatusOK, page.Audit(m))
}

// verifyAudit checks the chain; an altered one is a result, not a failure.
func (k *Console) verifyAudit(ctx context.Context) (*ui.AlertModel, error) {
	n, err := k.Read.VerifyAudit(ctx)
	if e, ok := refusal(err); ok {
		return &ui.AlertModel{Tone: ui.Error, Title: e.Msg, Text: e.Advice, Live: true}, nil
	}
	if err != nil {
		return nil, err
	}
	return &ui.AlertModel{
		Tone: ui.Ok, Live: true, Title: "The chain is whole: " + ui.Plural(n, "entry", "entries") + " checked.",
		Text: "No entry was changed, removed or put in between. An export kept elsewhere also shows whether the newest were cut off.",
	}, nil
}

func (k *Console) auditActors(ctx context.Context, hide bool) ([]ui.Option, error) {
	admins, err := k.Read.Admins(ctx)
	if err != nil {
		return nil, err
	}
	out := []ui.Option{{Label: "Anybody"}}
	for _, x := range admins {
		out = append(out, ui.Option{Value: x.ID, Label: hideEmail(hide, x.Email)})
	}
	return out, nil
}

func actorName(hide bool, e models.AuditEntry) string {
	switch {
	case e.ActorKind == models.SystemActor:
		return "Muster (" + e.ActorName + ")"
	case e.ActorKind == models.CLIActor:
		return "Command line"
	}
	return hideText(hide, e.ActorName)
}

func (k *Console) showAuditEntry(c echo.Context) error {
	e, err := k.Read.AuditEntry(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	hide, now := k.masked(session.Actor(c)), k.Now()
	title := hideText(hide, e.Summary)
	m := page.AuditEntryModel{
		Chrome: k.chrome(c, title, "audit"), Title: title,
		Facts: []ui.KVModel{
			{Label: "Time", Value: ui.Exact(e.At.Time()), Note: ui.Relative(e.At.Time(), now)},
			{Label: "By", Value: actorName(hide, e)},
			{Label: "From", Value: e.Address, Mono: true},
			{Label: "Action", Value: e.Action, Mono: true},
			{Label: "On", Value: hideText(hide, e.TargetName), Note: e.TargetType},
			{Label: "Request id", Value: e.RequestID, Mono: true},
		},
		Seal: []ui.KVModel{{Label: "This entry", Value: e.Hash, Mono: true}, {Label: "The one before", Value: e.PrevHash, Mono: true}},
	}
	for _, ch := range e.Changes {
		m.Diff = append(m.Diff, ui.DiffRow{Name: ch.Path, Old: hideChange(hide, ch.Path, ch.Old), New: hideChange(hide, ch.Path, ch.New)})
	}
	return respond.HTML(c, http.StatusOK, page.AuditEntry(m))
}
