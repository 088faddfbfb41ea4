package console

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// conflict adds the two ways out, with what each of them does.
func (v queueView) conflict(m *page.QueueItemModel, i *models.QueueItem, here metRecord, double *models.User) {
	if here.gone {
		return
	}
	m.DiffSub = "If they are the same person: values of " + here.name + ", and what the record has instead"
	m.Hint = "Does the person here get another " + claimName(i.Claim) + " at the source soon? Then leave it: the conflict settles by itself when that arrives."
	if !v.edits {
		return
	}
	for _, w := range v.ways(i, here, double) {
		m.Ways = append(m.Ways, page.QueueWay{
			Title: w.title, Text: []string{w.consequence, w.stays},
			Button: ui.ButtonModel{Label: w.label, Href: address(queuePath+"/"+i.ID+"/settle", "way", string(w.way)), Kind: w.kind},
		})
	}
}

// queueWay is a way out of a conflict in words.
type queueWay struct {
	way                directory.Way
	title, label       string
	question           string
	consequence, stays string
	kind               ui.Kind
}

func claimName(claim string) string {
	switch claim {
	case "emails":
		return "work e-mail"
	case "employeeNumber":
		return "employee number"
	}
	return claim
}

func (v queueView) ways(i *models.QueueItem, here metRecord, double *models.User) []queueWay {
	same := queueWay{
		way: directory.SamePerson, title: "The same person", label: "They are the same", question: "Are both the same person?",
		consequence: here.name + " gets the record’s source anchor and values, and the directory manages this user from now on.",
		stays:       "The id, groups, notes and history stay. The directory’s next call finds and updates this user.",
	}
	if double != nil {
		same.consequence += " User " + v.mask.value("userName", double.UserName) + ", whom the record was until now, is preserved with all data."
	}
	other := queueWay{
		way: directory.OtherPerson, title: "A different person", label: "They are different people", question: "Are they different people?",
		consequence: here.name + " is preserved and gives up the " + claimName(i.Claim) + ". They may not use the application any more.",
		stays:       "All their data stays, and only an administrator restores them. The directory’s next call brings the other person in as a new user.",
		kind:        ui.Danger,
	}
	return []queueWay{same, other}
}

// settling is a conflict and the way out of it that is asked for.
type settling struct {
	queueView
	item models.QueueItem
	here metRecord
	way  queueWay
}

func (k *Console) settling(c echo.Context, way directory.Way) (s settling, err error) {
	ctx, by := c.Request().Context(), session.Actor(c)
	if s.item, err = k.Read.QueueItem(ctx, by.OrganizationID, c.Param("id")); err != nil {
		return s, err
	}
	if s.queueView, err = k.queueView(ctx, by, []models.QueueItem{s.item}); err != nil {
		return s, err
	}
	if s.here, err = s.met(&s.item); err != nil {
		return s, err
	}
	double, err := k.double(ctx, &s.item)
	if err != nil {
		return s, err
	}
	for _, w := range s.ways(&s.item, s.here, double) {
		if w.way == way {
			s.way = w
			return s, nil
		}
	}
	return s, models.Errorf(models.Invalid, "way", "A conflict has no way out called %q.", way).
		WithAdvice("Open the conflict and choose whether it is the same person or another one.")
}

func (k *Console) askSettleConflict(c echo.Context) error {
	if c.QueryParam("way") == "" {
		return respond.See(c, queuePath+"/"+url.PathEscape(c.Param("id"))) // where both ways are
	}
	s, err := k.settling(c, directory.Way(c.QueryParam("way")))
	if err != nil {
		return err
	}
	if s.item.Kind != models.ConflictItem || !s.item.Open() {
		return respond.See(c, queuePath+"/"+s.item.ID) // which tells what became of it
	}
	return respond.HTML(c, http.StatusOK, page.QueueConfirm(k.settleQuestion(c, s, nil)))
}

func (k *Console) settleQuestion(c echo.Context, s settling, wrong *models.Error) page.QueueConfirmModel {
	back, w := queuePath+"/"+s.item.ID, s.way
	return page.QueueConfirmModel{
		Chrome: k.chrome(c, w.question, "queue"), Errors: formErrors(wrong),
		Head: ui.PageHeadModel{
			Title: w.question, Sub: s.sentence(&s.item, s.here),
			Crumbs: []ui.Link{{Label: "Queue", Href: queuePath}, {Label: "Conflict", Href: back}},
		},
		Confirm: ui.ConfirmModel{
			Consequence: w.consequence, Stays: w.stays, Action: back + "/settle", Label: w.label, CancelHref: back, Cancel: "Leave it open",
			Harmless: w.kind != ui.Danger, Hidden: []ui.Option{{Label: "way", Value: string(w.way)}},
		},
	}
}

func (k *Console) settleConflict(c echo.Context) error {
	s, err := k.settling(c, directory.Way(c.FormValue("way")))
	if err != nil {
		return err
	}
	err = k.Directory.SettleConflict(c.Request().Context(), session.Actor(c), s.item.ID, s.way.way)
	if e, ok := refusal(err); ok {
		return respond.HTML(c, respond.Status(e.Kind), page.QueueConfirm(k.settleQuestion(c, s, e)))
	}
	if err != nil {
		return err
	}
	return k.done(c, queuePath+"?tab="+conflictsTab, "The conflict about "+s.record(&s.item)+" is settled. The directory’s next attempt goes through.")
}
