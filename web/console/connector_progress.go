package console

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
)

func cyclePath(x models.Cycle) string { return cyclesPath + "/" + strconv.FormatInt(x.Key, 10) }

// cycleName is what a cycle is called on pages.
func cycleName(x models.Cycle) string {
	switch x.Kind {
	case models.FullCycle:
		return "Full cycle"
	case models.PreviewCycle:
		return "Preview"
	case models.OnDemandCycle:
		return "On demand"
	case models.UndoCycle:
		return "Undo of a cycle"
	case models.InitialCycle, models.IncrementalCycle:
	}
	return sentenceCase(string(x.Kind)) + " cycle"
}

// cycleWord is what became of a cycle.
func cycleWord(x models.Cycle) string {
	switch x.State {
	case models.CyclePreviewed:
		return "Waits to be accepted"
	case models.CycleHeld:
		return "Held by the guard"
	case models.CycleFailed:
		return "Failed"
	case models.CycleStopped:
		return "Stopped"
	case models.CycleParked:
		return "Waits for Microsoft"
	case models.CycleRejected:
		return "Rejected"
	case models.CycleRunning:
		return "Running"
	case models.CycleDone:
	}
	if x.Running() {
		return "Running"
	}
	if x.UndoneBy != 0 {
		return "Undone"
	}
	return "Finished"
}

func cycleTone(x models.Cycle) ui.Tone {
	switch x.State {
	case models.CyclePreviewed, models.CycleHeld, models.CycleParked:
		return ui.Warn
	case models.CycleFailed:
		return ui.Error
	case models.CycleRunning:
		return ui.Info
	case models.CycleStopped, models.CycleRejected, models.CycleDone:
	}
	if x.Failed > 0 {
		return ui.Warn
	}
	return ui.Neutral
}

func lowered(word string) string { return strings.ToLower(word[:1]) + word[1:] }

// cycleLines are cycles in a list.
func cycleLines(list []models.Cycle, now time.Time) []page.CycleLine {
	var out []page.CycleLine
	for _, x := range list {
		end := x.Ended.Time()
		if x.Ended.IsZero() {
			end = max(x.LastSeen, x.Started).Time()
		}
		if x.State == models.CycleRunning {
			end = now
		}
		to := connectorLog + strconv.FormatInt(x.Key, 10)
		out = append(out, page.CycleLine{
			Href: cyclePath(x), Kind: cycleName(x), Tone: cycleTone(x), State: cycleWord(x), Started: x.Started.Time(),
			Duration: cycleTime(end.Sub(x.Started.Time())), Created: x.Created, Updated: x.Updated, Removed: x.Removed, Failed: x.Failed,
			Users: x.Plan.InScope, Failures: to + "&status=failure",
		})
	}
	return out
}

// cycleStages are the steps of a cycle as people follow them.
var cycleStages = []struct {
	label  string
	phases []models.CyclePhase
}{
	{"Read", []models.CyclePhase{models.ReadPhase}},
	{"Plan", []models.CyclePhase{models.PlanPhase}},
	{"Users", []models.CyclePhase{models.UsersPhase, models.ManagersPhase}},
	{"Groups", []models.CyclePhase{models.GroupsPhase, models.MembersPhase}},
}

// stageOf is the step that a phase belongs to.
func stageOf(p models.CyclePhase) int {
	for i, s := range cycleStages {
		if slices.Contains(s.phases, p) {
			return i
		}
	}
	return 0
}

func stageSteps(x models.Cycle) []ui.StepModel {
	if x.Kind == models.UndoCycle {
		return nil
	}
	at := stageOf(x.Phase)
	steps := make([]ui.StepModel, len(cycleStages))
	for i, s := range cycleStages {
		steps[i] = ui.StepModel{Label: s.label, State: ui.ToCome}
		switch {
		case i < at || x.State == models.CycleDone:
			steps[i].State = ui.Done
		case i == at:
			steps[i].State = ui.Current
		}
	}
	return steps
}

// phaseWords say what a cycle is doing.
var phaseWords = map[models.CyclePhase]string{
	models.ReadPhase: "Reading users and groups", models.PlanPhase: "Working out what to do", models.UsersPhase: "Writing users",
	models.ManagersPhase: "Writing managers", models.GroupsPhase: "Writing groups", models.MembersPhase: "Writing memberships",
	models.UndoPhase: "Putting records back",
}

// progress tells how far a cycle is, by users, and when it will be done.
func (w connectorWorld) progress(x models.Cycle) *page.ProgressCard {
	now := w.now
	m := &page.ProgressCard{
		Title: cycleName(x), Steps: stageSteps(x),
		Bar: ui.ProgressModel{Label: or(phaseWords[x.Phase], "Starting"), Value: x.Progress, Max: max(x.Total, 0)},
		Rows: []ui.KVModel{
			{Label: "Started", Body: ui.Time(x.Started.Time(), now), Note: by(x.InitiatorName)},
			{Label: "Running for", Value: cycleTime(now.Sub(x.Started.Time()))},
		},
	}
	switch {
	case x.Total > 0:
		m.Bar.Value = min(x.Progress, x.Total)
		one, many := "user", "users"
		if x.Kind == models.UndoCycle {
			one, many = "change", "changes"
		}
		m.Bar.Text = ui.Count(m.Bar.Value) + " of " + ui.Plural(x.Total, one, many) + " · " + ui.Percent(m.Bar.Value, x.Total)
	case x.Progress > 0:
		m.Bar.Text = ui.Plural(x.Progress, "user", "users") + " so far"
	}
	if w.under != nil && w.under.Key == x.Key {
		if w.pace.Percent >= 0 {
			m.Title += ", " + strconv.Itoa(w.pace.Percent) + "%"
		}
		if w.pace.Left > 0 {
			m.Rows = append(m.Rows, ui.KVModel{Label: "Expected to end", Body: ui.Time(now.Add(w.pace.Left), now)})
		}
	}
	if x.State == models.CycleParked {
		m.Rows = append(m.Rows, ui.KVModel{Label: "Waits", Value: joinText(x.Text, x.Advice)})
	}
	if x.Failed > 0 {
		m.Rows = append(m.Rows, ui.KVModel{Label: "Failed so far", Value: ui.Count(x.Failed)})
	}
	return m
}

func by(name string) string {
	if name == "" {
		return ""
	}
	return "by " + name
}
