package console

import (
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/ui"
	"muster/web/session"
)

// tooOld ends the edit of a form that shows an older version of its record.
func tooOld() error {
	return models.Errorf(models.Stale, "", "Somebody else changed this meanwhile.").
		WithAdvice("Open it again, and repeat what you changed.").WithCode("changedMeanwhile")
}

// overtaken is the latest change of a record whose form somebody else overtook: who made
// it and what they changed. One without a name is known no more.
type overtaken struct {
	byID, by string
	at       models.Time
	changes  []models.Change
}

// overtakenBy says who changed what while this person was editing. The form that shows it
// keeps what was entered and counts for the record as it is now, so that saving again is a
// choice and no dead end.
func (k *Console) overtakenBy(c echo.Context, what string, o overtaken) *models.Error {
	text := "Somebody else changed " + what
	switch {
	case o.byID != "" && o.byID == session.Actor(c).ID:
		text = "You changed " + what + " in another window " + ui.Relative(o.at.Time(), k.Now())
	case strings.Contains(o.by, "@"): // an address stays as it is written
		text = o.by + " changed " + what + " " + ui.Relative(o.at.Time(), k.Now())
	case o.by != "":
		text = sentenceCase(o.by) + " changed " + what + " " + ui.Relative(o.at.Time(), k.Now())
	}
	return models.Errorf(models.Stale, "", "%s while you were editing%s.", text, nowIs(o.changes)).
		WithAdvice("Nothing was saved. What you entered is still here: compare, and save again to put it in place of what is there now.").WithCode("changedMeanwhile")
}

const overtakenMost = 4 // changed properties that the refusal spells out

// nowIs spells out what somebody else's change made of a record.
func nowIs(changes []models.Change) string {
	if len(changes) == 0 {
		return ""
	}
	var list []string
	for _, c := range changes[:min(len(changes), overtakenMost)] {
		value := "empty"
		if c.New != "" {
			value = shorten(c.New)
		}
		list = append(list, attributeLabel(c.Path)+" is "+value)
	}
	if more := len(changes) - overtakenMost; more > 0 {
		list = append(list, ui.Count(more)+" more changed")
	}
	return ": now " + strings.Join(list, ", ")
}

// overtakenRecord is the refusal of a form of a user or group, whose latest change is in
// the provisioning log.
func (k *Console) overtakenRecord(c echo.Context, what, id string) (*models.Error, error) {
	ctx, by := c.Request().Context(), session.Actor(c)
	found, err := k.Read.LogEntries(ctx, by.OrganizationID, models.LogQuery{
		TargetID: id, Statuses: []models.Outcome{models.Success, models.Warning}, Page: models.Page{Limit: 1},
	})
	if err != nil {
		return nil, err
	}
	if len(found.Items) == 0 {
		return k.overtakenBy(c, what, overtaken{}), nil
	}
	e, err := k.Read.LogEntry(ctx, by.OrganizationID, found.Items[0].ID)
	if err != nil {
		return nil, err
	}
	return k.overtakenBy(c, what, overtaken{byID: e.InitiatorID, by: initiator(e, logMaskFor(by)), at: e.At, changes: e.Details.Modified}), nil
}

// overtakenDeed is the refusal of a form of a profile, a mapping or the settings, whose
// latest change is in the audit log: action names their kind, and name is what they are
// called now.
func (k *Console) overtakenDeed(c echo.Context, what, action, name, id string) (*models.Error, error) {
	found, err := k.Read.AuditEntries(c.Request().Context(), models.AuditQuery{Action: action, Search: name, Page: models.Page{Limit: 10}})
	if err != nil {
		return nil, err
	}
	for _, e := range found.Items {
		if e.TargetID == id {
			return k.overtakenBy(c, what, overtaken{byID: e.ActorID, by: e.ActorName, at: e.At, changes: e.Changes}), nil
		}
	}
	return k.overtakenBy(c, what, overtaken{}), nil
}
