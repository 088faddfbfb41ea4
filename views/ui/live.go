package ui

// TailModel is the button that follows a list as it grows. Without scripts it
// is a link to Href, whose page reloads itself (send a Refresh header).
type TailModel struct {
	Stream string // SSE URL; each event's data is one <tr>, its id resumes
	Rows   string // id of the <tbody> (TableModel.ID) that new rows enter at the top
	Href   string // the page with ?refresh=5
	On     bool   // the page was opened with ?refresh
	Off    string // the page without ?refresh
}
