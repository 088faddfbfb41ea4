package directory

import (
	"fmt"
	"strconv"
	"strings"

	"muster/models"
	"muster/models/scim"
	"muster/models/store"
)

// blank begins the log entry of a change.
func (d *Directory) blank(tx *store.Tx, by models.Actor, target models.TargetType, name string) models.LogEntry {
	e := models.LogEntry{
		ID: d.NewID(), OrganizationID: by.OrganizationID, At: tx.Now(),
		Action: models.ActionOther, Status: models.Success, Source: by.Source(), RequestID: by.RequestID,
		InitiatorKind: by.Kind, InitiatorID: by.ID, InitiatorName: by.Name,
		TargetType: target, TargetName: shortened(name),
		Details: models.LogDetails{Steps: []models.Step{{Name: models.StepImport, Status: models.Success, Text: imported(by, target)}}},
	}
	if by.Note != "" {
		e.Details.Notes = []string{by.Note}
	}
	return e
}

func imported(by models.Actor, target models.TargetType) string {
	switch by.Kind {
	case models.TokenActor:
		return fmt.Sprintf("Received a %s over SCIM with token %q.", target, by.Name)
	case models.ConnectorActor:
		return fmt.Sprintf("Read a %s from %s.", target, by.Method.Label())
	case models.AdminActor:
		return fmt.Sprintf("Entered in the console by %s.", by.Name)
	case models.CLIActor:
		return "Entered on the command line."
	case models.SystemActor:
		return "Started by Muster itself."
	}
	return "Received."
}

func (w *work) step(name models.StepName, status models.Outcome, format string, args ...any) {
	w.entry.Details.Steps = append(w.entry.Details.Steps, models.Step{Name: name, Status: status, Text: fmt.Sprintf(format, args...)})
}

// conclude closes the entry with the action and its sentence.
func (w *work) conclude(a models.Action, format string, args ...any) {
	w.entry.Action = a
	w.entry.Summary = fmt.Sprintf(format, args...)
	w.step(models.StepAction, w.entry.Status, "%s", w.entry.Summary)
}

// warn marks the entry with something an administrator should know; the change
// itself stands.
func (w *work) warn(status models.Outcome, code, advice string) {
	w.entry.Status, w.entry.Code, w.entry.Details.Advice = status, code, advice
}

func (w *work) about(u *models.User) {
	w.entry.TargetID, w.entry.TargetName = u.ID, u.UserName
	w.entry.Details.Anchor = u.Anchor(by(w))
}

func (w *work) aboutGroup(g *models.Group) {
	w.entry.TargetID, w.entry.TargetName = g.ID, g.DisplayName
	w.entry.Details.Anchor = g.Anchor(by(w))
}

// failed turns an entry into the record of a refusal.
func failed(e models.LogEntry, why *models.Error) models.LogEntry {
	e.Status, e.Code, e.Summary = refusedAs(why), why.Code, sentenceMost(why.Msg)
	e.TargetID, e.Details.Anchor = shortened(e.TargetID), shortened(e.Details.Anchor)
	if e.Code == "" {
		e.Code = codes[why.Kind]
	}
	e.Details.Advice = why.Advice
	e.Details.Modified = nil
	e.Details.Steps = append(e.Details.Steps, models.Step{Name: models.StepAction, Status: e.Status, Text: e.Summary})
	return e
}

// sentenceMost makes a refusal's words, which may quote a client, fit to store.
func sentenceMost(s string) string {
	const most = 2000
	s = scrub(s)
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// codes are the words for refusals that carry none of their own.
var codes = map[models.Kind]string{
	models.Invalid: "invalidValue", models.Syntax: "invalidSyntax", models.Filter: "invalidFilter", models.Path: "invalidPath",
	models.NoTarget: "noTarget", models.Mutability: "mutability", models.Uniqueness: "uniqueness", models.NotFound: "notFound",
	models.Forbidden: "forbidden", models.Conflict: "conflict", models.Stale: "preconditionFailed", models.TooLarge: "tooLarge",
	models.Unsupported: "contentType", models.TooManyFound: "tooMany", models.NotSupported: "notOffered", models.Unavailable: "unavailable",
}

// modified gives the changed properties of two documents as text.
func modified(old, now models.Attributes) []models.Change {
	diff := scim.Diff(old, now)
	out := make([]models.Change, 0, len(diff))
	for _, c := range diff {
		out = append(out, models.Change{Path: c.Path, Old: shown(c.Old), New: shown(c.New)})
	}
	return out
}

const shownMost = 500

func shown(v any) string {
	s := ""
	switch v := v.(type) {
	case nil:
	case string:
		s = v
	case bool:
		s = strconv.FormatBool(v)
	default:
		s = fmt.Sprint(v)
	}
	if len(s) > shownMost {
		s = strings.ToValidUTF8(s[:shownMost], "") + "…"
	}
	return s
}

// paths splits changes into the paths they wrote and those they cleared.
func paths(changes []models.Change) (written, cleared []string) {
	for _, c := range changes {
		if c.New == "" {
			cleared = append(cleared, c.Path)
		} else {
			written = append(written, c.Path)
		}
	}
	return written, cleared
}
