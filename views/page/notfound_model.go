package page

import (
	"muster/views/layout"
	"muster/views/ui"
)

// ProblemModel is an error in words: what happened and what to do. With Chrome it
// stands in the frame of a signed-in page, otherwise on a bare one.
type ProblemModel struct {
	Chrome    *layout.Chrome
	Bare      layout.BareModel
	Status    int // HTTP status
	Title     string
	Text      string
	Advice    string
	RequestID string
	Back      ui.Link // the main way on; the overview where it is empty
}

// words fills what the caller left out, by status.
func (m ProblemModel) words() ProblemModel {
	w, ok := problems[m.Status]
	if !ok {
		w = problems[500]
	}
	if m.Title == "" {
		m.Title = w.title
	}
	if m.Text == "" {
		m.Text = w.text
	}
	if m.Advice == "" {
		m.Advice = w.advice
	}
	if m.Back.Href == "" {
		m.Back = ui.Link{Label: "Go to the overview", Href: "/"}
	}
	return m
}

type problemWords struct{ title, text, advice, icon string }

// problems are the words for a status of which nothing more is known.
var problems = map[int]problemWords{
	400: {"This request cannot be answered", "The address or the form has a value that does not fit.", "Go back and try again.", "circle-help"},
	401: {"You are not signed in", "This page is for signed-in admins.", "Sign in and open it again.", "lock"},
	403: {"Your role does not allow this", "Nothing was changed.", "Ask an owner to do it, or to change your role.", "lock"},
	404: {"There is nothing at this address", "The record may have been removed, or the link is damaged.", "Search for it, or start from the overview.", "search"},
	409: {"This does not fit the present state", "Somebody or something changed it first. Nothing was changed.", "Reload the page and look again.", "triangle-alert"},
	412: {"The data has changed since you looked", "Nothing was changed.", "Reload the page and look again.", "refresh-cw"},
	413: {"That is too large", "What was sent is above the limit of this page. Nothing was changed.", "Send less at once.", "triangle-alert"},
	429: {"Too many attempts", "To keep guessing slow, this is paused for a moment.", "Wait a minute, then try again.", "clock"},
	500: {"Something went wrong here", "Muster could not finish this. Nothing was half done: every change is all or nothing.", "Try again. If it stays, give the request id below to whoever runs this server; the log has the cause.", "triangle-alert"},
	503: {"Muster is busy or starting", "The database does not answer right now. Nothing was changed.", "Try again in a few seconds.", "clock"},
}

func (m ProblemModel) icon() string {
	if w, ok := problems[m.Status]; ok {
		return w.icon
	}
	return problems[500].icon
}

func (m ProblemModel) tone() ui.Tone {
	if m.Status >= 500 {
		return ui.Error
	}
	return ui.Warn
}
