package ui

import (
	"time"

	"github.com/a-h/templ"
)

// StepState is where a step of a wizard or a trace stands.
type StepState string

// Done, Current and ToCome are for Steps; Passed, Failed, Warned and Skipped
// for StepTrace.
const (
	Done    StepState = "done"
	Current StepState = "current"
	ToCome  StepState = "to-come"
	Passed  StepState = "passed"
	Failed  StepState = "failed"
	Warned  StepState = "warned"
	Skipped StepState = "skipped"
)

func (s StepState) word() string {
	return map[StepState]string{
		Done: "Done", Current: "Current step", ToCome: "To come",
		Passed: "Passed", Failed: "Failed", Warned: "Warning", Skipped: "Skipped",
	}[s]
}

func (s StepState) icon() string {
	switch s {
	case Done, Passed:
		return "check"
	case Failed:
		return "x"
	case Warned:
		return "triangle-alert"
	case Current, ToCome, Skipped:
	}
	return "minus"
}

// StepModel is one numbered step of a wizard.
type StepModel struct {
	Label string
	State StepState
	Href  string // back to a done step
}

// TraceStep is one step of a provisioning decision.
type TraceStep struct {
	Name   string // Import, Match, Scope, Action
	State  StepState
	Text   string // what was found or decided
	Facts  []KVModel
	Took   time.Duration // shown when not zero
	Detail templ.Component
}

// DiffRow is one modified property. An empty Old was not set before, an empty
// New is removed.
type DiffRow struct {
	Name string
	Old  string
	New  string
	// Masked shows that the value changed without showing it.
	Masked bool
}

func (r DiffRow) kind() string {
	switch {
	case r.Masked:
		return "Changed"
	case r.Old == "":
		return "Added"
	case r.New == "":
		return "Removed"
	}
	return "Changed"
}

// TimelineItem is one thing that happened to a record.
type TimelineItem struct {
	At     time.Time
	Title  string // "Department changed"
	Text   string
	Who    string // token, connector or admin
	Icon   string
	Tone   Tone
	Href   string // the log entry
	Link   string // "Log entry" when empty
	Diff   []DiffRow
	Detail templ.Component
}

func (i TimelineItem) icon() string {
	if i.Icon == "" {
		return "circle"
	}
	return i.Icon
}

func (i TimelineItem) link() string {
	if i.Link == "" {
		return "Log entry"
	}
	return i.Link
}

// CheckItem is one line of a checklist that real events turn green.
type CheckItem struct {
	Title   string
	Text    string
	Done    bool
	Current bool // the next thing to do: its button is shown
	Href    string
	Action  string // the button's words: "New token"
}

func stepCurrent(s StepState) string {
	if s == Current {
		return "step"
	}
	return "false"
}
