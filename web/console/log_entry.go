package console

import (
	"cmp"
	"slices"
	"time"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
)

// open puts the chosen entry beside the list. One that is gone leaves the list as
// it is: the link may be older than the log.
func (v logView) open(m *page.LogsModel) error {
	e, err := v.entry(v.filter.entry)
	if models.KindOf(err) == models.NotFound && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	e.Close = v.filter.here("")
	m.Entry = &e
	for i := range m.Rows {
		m.Rows[i].Narrow = true
	}
	return nil
}

// entry reads one entry with its request and its neighbours.
func (v logView) entry(id string) (page.LogEntryModel, error) {
	e, err := v.k.Read.LogEntry(v.ctx, v.org, id)
	if err != nil {
		return page.LogEntryModel{}, err
	}
	if err := v.k.nameManagers(v.ctx, v.org, v.mask, e); err != nil {
		return page.LogEntryModel{}, err
	}
	e = v.mask.entry(e)
	m := page.LogEntryModel{
		ID: e.ID, Title: entryTitle(e), Status: string(e.Status), At: e.At.Time(), Now: v.now,
		Short: sentenceCase(string(e.Action)) + " of " + targetWords(e.TargetType),
		Fix:   v.fix(e), Steps: traceSteps(e), Notes: e.Details.Notes, Permanent: "/logs/" + e.ID,
		Facts:  v.facts(e),
		Copies: []ui.CopyModel{{ID: "change-id", Label: "Change id", Value: e.ID}},
	}
	m.Kind = m.Short + ", " + ui.Exact(e.At.Time())
	if e.Details.Anchor != "" {
		m.Copies = append(m.Copies, ui.CopyModel{
			ID: "source-anchor", Label: "Source anchor", Value: e.Details.Anchor,
			Hint: "The directory’s immutable id of this record.",
		})
	}
	for _, c := range e.Details.Modified {
		m.Modified = append(m.Modified, ui.DiffRow{Name: c.Path, Old: c.Old, New: c.New})
	}
	if err := v.attachRequest(&m, e); err != nil {
		return m, err
	}
	m.Links = v.links(e)
	return m, v.neighbours(&m, e)
}

// entryTitle is the outcome as a sentence; a refusal's own words, which are long,
// stand in the box below it.
func entryTitle(e models.LogEntry) string {
	if e.Status == models.Failure {
		return sentenceCase(string(e.Action)) + " refused: " + cmp.Or(e.TargetName, e.TargetID, string(e.TargetType))
	}
	return cmp.Or(e.Summary, sentenceCase(string(e.Action)))
}

func targetWords(t models.TargetType) string {
	if t == models.OrganizationTarget {
		return "the organization"
	}
	return "a " + string(t)
}

var stepNames = map[models.StepName]string{
	models.StepImport: "Import", models.StepMatch: "Match", models.StepScope: "Scope and mapping", models.StepAction: "Action",
}

var stepStates = map[models.Outcome]ui.StepState{
	models.Success: ui.Passed, models.Failure: ui.Failed, models.Warning: ui.Warned, models.Skipped: ui.Skipped,
}

func traceSteps(e models.LogEntry) []ui.TraceStep {
	var out []ui.TraceStep
	for i, s := range e.Details.Steps {
		if i > 0 && s.Status == models.Failure && s.Text == e.Details.Steps[i-1].Text {
			s.Text = "Nothing was changed."
		}
		out = append(out, ui.TraceStep{Name: cmp.Or(stepNames[s.Name], sentenceCase(string(s.Name))), State: stepStates[s.Status], Text: s.Text})
	}
	return out
}

func (v logView) facts(e models.LogEntry) []ui.KVModel {
	out := []ui.KVModel{
		{Label: "Outcome", Body: ui.OutcomeBadge(string(e.Status))},
		{Label: "Target", Value: cmp.Or(e.TargetName, e.TargetID), Note: string(e.TargetType)},
		{Label: "Source", Body: ui.MethodBadge(string(e.Source))},
		{Label: "Initiator", Value: logInitiator(e)},
		{Label: "When", Value: ui.Exact(e.At.Time()), Note: ui.Relative(e.At.Time(), v.now)},
		{Label: "Duration", Value: took(e.DurationMicros)},
	}
	return out
}

// links lead on from an entry: to the record, and to what belongs together.
func (v logView) links(e models.LogEntry) []ui.Link {
	var out []ui.Link
	if to := targetHref(e); to != "" {
		out = append(out, ui.Link{Label: "Open the " + string(e.TargetType), Href: to})
	}
	if e.Details.Queue != "" && e.Status == models.Success {
		out = append(out, ui.Link{Label: "The decision in the queue", Href: queuePath + "/" + e.Details.Queue})
	}
	if e.TargetID != "" {
		out = append(out, ui.Link{Label: "All entries of this " + string(e.TargetType), Href: logFilter{target: e.TargetID}.link("/logs")})
	}
	if e.RequestID != "" {
		out = append(out, ui.Link{Label: "All entries of this request", Href: logFilter{request: e.RequestID}.link("/logs")})
	}
	if !v.mask.on && approvedEntry(e) {
		out = append(out, ui.Link{Label: "Take this approval back", Href: approvedPath + e.RequestID})
	}
	if e.CycleID != 0 {
		out = append(out, ui.Link{Label: "All entries of this cycle", Href: logFilter{cycle: e.CycleID}.link("/logs")})
	}
	return out
}

// approvedEntry tells whether an entry is a held removal that an administrator approved:
// nothing else preserves in a directory's name by hand.
func approvedEntry(e models.LogEntry) bool {
	return e.InitiatorKind == models.AdminActor && e.RequestID != "" && slices.ContainsFunc(e.Details.Modified, func(c models.Change) bool {
		return c.Path == "preserved by" && c.New == string(models.ByDirectory)
	})
}

func targetHref(e models.LogEntry) string {
	switch {
	case e.TargetType == models.OrganizationTarget:
		return "/deployment"
	case e.TargetID == "":
		return ""
	case e.TargetType == models.GroupTarget:
		return "/groups/" + e.TargetID
	}
	return "/users/" + e.TargetID
}

// attachRequest finds the SCIM request behind an entry. The request is written a
// moment after the change, and outlives it by nothing.
func (v logView) attachRequest(m *page.LogEntryModel, e models.LogEntry) error {
	if e.InitiatorKind != models.TokenActor || e.RequestID == "" {
		m.NoRequest = "This change did not come by a SCIM request."
		return nil
	}
	x, err := v.k.Read.Exchange(v.ctx, v.org, e.RequestID)
	if models.KindOf(err) == models.NotFound && err != nil {
		m.NoRequest = "The request " + e.RequestID + " is not recorded. Requests are written a few seconds after they are answered; reload to look again."
		return nil
	}
	if err != nil {
		return err
	}
	r := v.exchange(x)
	m.Request = &r
	return nil
}

// neighbours finds the entries of the same target before and after this one.
func (v logView) neighbours(m *page.LogEntryModel, e models.LogEntry) error {
	if e.TargetID == "" {
		return nil
	}
	later, err := v.k.Read.LogSince(v.ctx, v.org, models.LogQuery{TargetID: e.TargetID}, e.Key, 1)
	if err != nil {
		return err
	}
	if len(later) > 0 {
		m.Newer = "/logs/" + later[0].ID
	}
	earlier, err := v.k.Read.LogEntries(v.ctx, v.org, models.LogQuery{TargetID: e.TargetID, To: e.At.Add(time.Millisecond), Page: models.Page{Limit: 5}})
	if err != nil {
		return err
	}
	for _, old := range earlier.Items {
		if old.Key < e.Key {
			m.Older = "/logs/" + old.ID
			break
		}
	}
	return nil
}
