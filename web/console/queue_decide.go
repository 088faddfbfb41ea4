package console

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// queueVerb is what is done with chosen adoptions.
type queueVerb struct {
	word, label  string
	impact       string
	consequence  string
	stays        string
	harmless     bool
	tone         ui.Tone
	carry        func(*directory.Directory, context.Context, models.Actor, []string) (directory.Batch, error)
	one, several string // the result
}

var queueVerbs = map[string]queueVerb{
	"accept": {
		word: "accept", label: "Accept", impact: "are managed by the directory from now on", harmless: true,
		consequence: "The directory manages them from now on, and the values that it sent are taken at once.",
		stays:       "Their ids, groups, notes and history stay, and so does a status that an administrator gave them.",
		carry:       (*directory.Directory).AcceptAdoption,
		one:         "is managed by the directory now", several: "are managed by the directory now",
	},
	"refuse": {
		word: "refuse", label: "Refuse", impact: "stay as they are", tone: ui.Warn,
		consequence: "Nothing changes here. Later attempts of the directory are refused without asking again.",
		stays:       "You can still accept each of them under Decided.",
		carry:       (*directory.Directory).RefuseAdoption,
		one:         "stays as it is", several: "stay as they are",
	},
}

func queueVerbOf(c echo.Context) (queueVerb, error) {
	verb, ok := queueVerbs[c.FormValue("do")]
	if !ok {
		return verb, models.Errorf(models.Invalid, "do", "Adoptions can be accepted or refused, not %q.", c.FormValue("do")).
			WithAdvice("Go back to the queue and choose one of the two.")
	}
	return verb, nil
}

// decideQueue asks about the chosen adoptions, and decides once it was confirmed.
func (k *Console) decideQueue(c echo.Context) error {
	verb, err := queueVerbOf(c)
	if err != nil {
		return err
	}
	form, err := c.FormParams()
	if err != nil {
		return models.Errorf(models.Syntax, "", "The form could not be read.").WithAdvice("Go back to the queue and try again.")
	}
	ids := form["item"]
	switch {
	case len(ids) == 0:
		if err := k.Sessions.Flash(c, string(ui.Warn), "Nothing was chosen. Mark at least one line first."); err != nil {
			return err
		}
		return respond.See(c, queuePath+"?tab="+adoptionsTab)
	case c.FormValue("confirmed") == "yes":
		return k.decide(c, verb, ids)
	}
	m, err := k.decideQuestion(c, verb, ids, queuePath)
	if err != nil {
		return err
	}
	for _, id := range ids {
		m.Confirm.Hidden = append(m.Confirm.Hidden, ui.Option{Label: "item", Value: id})
	}
	return respond.HTML(c, http.StatusOK, page.QueueConfirm(m))
}

// decide carries a decision out and tells how it went.
func (k *Console) decide(c echo.Context, verb queueVerb, ids []string) error {
	done, err := verb.carry(k.Directory, c.Request().Context(), session.Actor(c), ids)
	if err != nil {
		return err
	}
	result := ui.Plural(done.Done, "record", "records") + " " + verb.several + "."
	if done.Done == 1 {
		result = "1 record " + verb.one + "."
	}
	if len(done.Failed) == 0 {
		return k.done(c, queuePath+"?tab="+adoptionsTab, result)
	}
	m := page.QueueReportModel{
		Chrome: k.chrome(c, "Not all could be done", "queue"),
		Head: ui.PageHeadModel{
			Title: "Not all could be done", Crumbs: []ui.Link{{Label: "Queue", Href: queuePath}},
			Sub: ui.Plural(len(done.Failed), "record is", "records are") + " still as before.",
		},
		Done: ui.AlertModel{Tone: ui.Ok, Title: result},
	}
	if done.Done == 0 {
		m.Done = ui.AlertModel{Tone: ui.Warn, Title: "Nothing was changed."}
	}
	for _, f := range done.Failed {
		row := page.QueueFailed{Name: f.Name, Href: queuePath + "/" + f.ID, Why: f.Err.Msg, Advice: f.Err.Advice}
		if f.Name == "" {
			row.Name, row.Href = f.ID, ""
		}
		m.Failed = append(m.Failed, row)
	}
	return respond.HTML(c, http.StatusOK, page.QueueReport(m))
}

const queueNamesMost = 20 // names that a question spells out

// decideQuestion says the numbers and the names.
func (k *Console) decideQuestion(c echo.Context, verb queueVerb, ids []string, action string) (page.QueueConfirmModel, error) {
	ctx, by := c.Request().Context(), session.Actor(c)
	title := verb.label + " " + ui.Plural(len(ids), "adoption", "adoptions") + "?"
	m := page.QueueConfirmModel{
		Chrome: k.chrome(c, title, "queue"),
		Head:   ui.PageHeadModel{Title: title, Crumbs: []ui.Link{{Label: "Queue", Href: queuePath}}},
		Impact: []ui.ImpactModel{{Count: int64(len(ids)), Label: verb.impact, Tone: verb.tone}},
		Confirm: ui.ConfirmModel{
			Consequence: verb.consequence, Stays: verb.stays, Action: action, CancelHref: queuePath + "?tab=" + adoptionsTab, Cancel: "Decide later",
			Label: verb.label + " " + ui.Plural(len(ids), "adoption", "adoptions"), Harmless: verb.harmless,
			Hidden: []ui.Option{{Label: "do", Value: verb.word}},
		},
	}
	changed, coming, leaving := int64(0), int64(0), int64(0)
	var items []models.QueueItem
	for _, id := range ids[:min(len(ids), queuePageSize)] {
		i, err := k.Read.QueueItem(ctx, by.OrganizationID, id)
		if err != nil {
			return m, err
		}
		items = append(items, i)
	}
	v, err := k.queueView(ctx, by, items)
	if err != nil {
		return m, err
	}
	for n := range items {
		here, err := v.met(&items[n])
		if err != nil {
			return m, err
		}
		if here.user != nil && !items[n].SameSignIn(here.user) {
			changed++
		}
		d, err := items[n].Delivery()
		if err != nil {
			return m, err //nolint:wrapcheck // says which item
		}
		if here.user != nil && here.user.Status == models.Active && d.Enabled != nil && !*d.Enabled {
			leaving++
		}
		if here.user != nil && !here.user.HoldsSeat() && here.user.PreservedBy != models.ByAdmin {
			coming++
		}
		if n < queueNamesMost {
			m.Names = append(m.Names, ui.Link{Label: strings.TrimSpace(here.name + ", " + here.sub), Href: queuePath + "/" + items[n].ID})
		}
	}
	if more := len(ids) - len(m.Names); more > 0 {
		m.More = "The first " + ui.Count(len(m.Names)) + " of " + ui.Count(len(ids))
	}
	if verb.harmless && len(items) == len(ids) {
		m.Impact = append(m.Impact, ui.ImpactModel{Count: changed, Label: "sign in under another userName", Tone: ui.Warn})
		if leaving > 0 {
			m.Impact = append(m.Impact, ui.ImpactModel{Count: leaving, Label: "preserved, because the directory has them disabled: may not use the application any more", Tone: ui.Warn})
		}
		seats, err := k.seats(c)
		if err != nil {
			return m, err
		}
		m.Forecast = seatForecast(seats, coming, "returning users")
	}
	return m, nil
}

// safeStamp tells whether the adoptions are still those that were counted.
func safeStamp(ids []string) string {
	sum := sha256.Sum256([]byte(strings.Join(ids, " ")))
	return hex.EncodeToString(sum[:8])
}

func (k *Console) askSafeAdoptions(c echo.Context) error {
	return k.safeQuestion(c, http.StatusOK, nil)
}

func (k *Console) safeQuestion(c echo.Context, status int, wrong *models.Error) error {
	ids, err := k.Read.SafeAdoptions(c.Request().Context(), session.Actor(c).OrganizationID)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return respond.See(c, queuePath+"?tab="+adoptionsTab)
	}
	m, err := k.decideQuestion(c, queueVerbs["accept"], ids, queuePath+"/safe")
	if err != nil {
		return err
	}
	m.Errors = formErrors(wrong)
	m.Head.Sub = "All who keep their userName and whom the directory has enabled, and so sign in as before. The others are left for you to look at one by one."
	m.Confirm.Hidden = append(m.Confirm.Hidden, ui.Option{Label: "stamp", Value: safeStamp(ids)})
	return respond.HTML(c, status, page.QueueConfirm(m))
}

// acceptSafeAdoptions accepts exactly the adoptions that were counted: when others
// came or went meanwhile, it asks again.
func (k *Console) acceptSafeAdoptions(c echo.Context) error {
	ids, err := k.Read.SafeAdoptions(c.Request().Context(), session.Actor(c).OrganizationID)
	if err != nil {
		return err
	}
	if safeStamp(ids) != c.FormValue("stamp") {
		e := models.Errorf(models.Stale, "", "The queue has changed since these were counted. Nothing was accepted.").
			WithAdvice("Look at the new figures and confirm again.")
		return k.safeQuestion(c, respond.Status(e.Kind), e)
	}
	return k.decide(c, queueVerbs["accept"], ids)
}
