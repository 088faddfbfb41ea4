package console

import (
	"net/http"

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
	m.Hint = "Does the person here get another " + claimName(i.Claim) + " at the source soon? Then leave it: the conflict settles by itself when that arrives."
	if !v.edits {
		return
	}
	for _, w := range v.ways(i, here, double) {
		m.Ways = append(m.Ways, page.QueueWay{
			Title: w.title, Icon: w.icon, Text: []string{w.consequence, w.stays},
			Button: ui.ButtonModel{Label: w.label, Href: address(queuePath+"/"+i.ID+"/settle", "way", string(w.way)), Kind: w.kind},
		})
	}
}

// queueWay is a way out of a conflict in words.
type queueWay struct {
	way                       directory.Way
	title, icon, label        string
	question                  string
	consequence, stays, after string
	kind                      ui.Kind
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
		way: directory.SamePerson, title: "The same person", icon: "link", label: "They are the same", question: "Are both the same person?",
		consequence: here.name + " gets the record’s source anchor and values, and the directory manages this user from now on.",
		stays:       "The id, groups, notes and history stay. The directory’s next call finds and updates this user.",
	}
	if double != nil {
		same.consequence += " User " + v.mask.value("userName", double.UserName) + ", whom the record was until now, is preserved with all data."
	}
	other := queueWay{
		way: directory.OtherPerson, title: "A different person", icon: "users", label: "They are different people", question: "Are they different people?",
		consequence: here.name + " is preserved and gives up the " + claimName(i.Claim) + ". They may not use the application any more.",
		stays:       "All their data stays, and only an administrator restores them. The directory’s next call brings the other person in as a new user.",
		kind:        ui.Danger,
	}
	return []queueWay{same, other}
}

// conflictOf reads an open conflict and the way that is asked for.
func (k *Console) conflictOf(c echo.Context, way directory.Way) (queueView, models.QueueItem, queueWay, error) {
	ctx, by := c.Request().Context(), session.Actor(c)
	i, err := k.Read.QueueItem(ctx, by.OrganizationID, c.Param("id"))
	if err != nil {
		return queueView{}, i, queueWay{}, err
	}
	v, err := k.queueView(ctx, by, []models.QueueItem{i})
	if err != nil {
		return v, i, queueWay{}, err
	}
	here, err := v.met(&i)
	if err != nil {
		return v, i, queueWay{}, err
	}
	double, err := k.double(ctx, &i)
	if err != nil {
		return v, i, queueWay{}, err
	}
	for _, w := range v.ways(&i, here, double) {
		if w.way == way {
			return v, i, w, nil
		}
	}
	return v, i, queueWay{}, models.Errorf(models.Invalid, "way", "A conflict has no way out called %q.", way).
		WithAdvice("Open the conflict and choose whether it is the same person or another one.")
}

func (k *Console) askSettleConflict(c echo.Context) error {
	v, i, w, err := k.conflictOf(c, directory.Way(c.QueryParam("way")))
	if err != nil {
		return err
	}
	if i.Kind != models.ConflictItem || !i.Open() {
		return respond.See(c, queuePath+"/"+i.ID) // which tells what became of it
	}
	return respond.HTML(c, http.StatusOK, page.QueueConfirm(k.settleQuestion(c, v, i, w, nil)))
}

func (k *Console) settleQuestion(c echo.Context, v queueView, i models.QueueItem, w queueWay, wrong *models.Error) page.QueueConfirmModel {
	back := queuePath + "/" + i.ID
	return page.QueueConfirmModel{
		Chrome: k.chrome(c, w.question, "queue"), Errors: formErrors(wrong),
		Head: ui.PageHeadModel{Title: w.question, Sub: v.text(&i, i.Reason), Crumbs: []ui.Link{{Label: "Queue", Href: queuePath}, {Label: "Conflict", Href: back}}},
		Confirm: ui.ConfirmModel{
			Consequence: w.consequence, Stays: w.stays, Action: back + "/settle", Label: w.label, CancelHref: back, Cancel: "Leave it open",
			Harmless: w.kind != ui.Danger, Hidden: []ui.Option{{Label: "way", Value: string(w.way)}},
		},
	}
}

func (k *Console) settleConflict(c echo.Context) error {
	way := directory.Way(c.FormValue("way"))
	v, i, w, err := k.conflictOf(c, way)
	if err != nil {
		return err
	}
	err = k.Directory.SettleConflict(c.Request().Context(), session.Actor(c), i.ID, way)
	if e, ok := refusal(err); ok {
		return respond.HTML(c, respond.Status(e.Kind), page.QueueConfirm(k.settleQuestion(c, v, i, w, e)))
	}
	if err != nil {
		return err
	}
	return k.done(c, queuePath+"?tab="+conflictsTab, "The conflict about "+v.record(&i)+" is settled. The directory’s next attempt goes through.")
}
