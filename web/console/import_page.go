package console

import (
	"cmp"
	"strconv"
	"strings"

	"muster/models"
	"muster/models/csvfile"
	"muster/models/directory"
	"muster/views/page"
	"muster/views/ui"
)

const issuesShown = 200

// importModel is the page of a job: how far it is, what it would do or did, and
// what to correct.
func importModel(job *importJob, s importState, seats models.Seats) page.ImportJobModel {
	m := page.ImportJobModel{
		Running: s.running, Steps: importSteps(s),
		Head: ui.PageHeadModel{
			Title: "Check “" + job.name + "”", Crumbs: []ui.Link{{Label: "Users", Href: "/users"}, {Label: "Import", Href: "/users/import"}},
			Sub: ui.Plural(len(job.rows), "row", "rows") + ", separated by " + delimiterWord(job.file.Delimiter) + ". " + emptyCells(job.clearing),
		},
	}
	if !s.dry {
		m.Head.Title = "Import of “" + job.name + "”"
	}
	at := "/users/import/" + job.id
	if s.running {
		m.Progress = ui.ProgressModel{
			Label: progressLabel(s.dry), Text: ui.Count(s.done) + " of " + ui.Plural(len(job.rows), "row", "rows"),
			Value: int64(s.done), Max: int64(len(job.rows)),
		}
		return m
	}
	m.Result = importResult(s)
	if s.dry && !s.failed {
		m.Charset = importCharset(job.file)
		m.Seats = seatForecast(seats, int64(s.report.Created), "new users")
	}
	if !s.lost { // nobody counted to the end
		m.Stats = importStats(s)
	}
	m.Columns = importPreview(job)
	for _, i := range s.report.Issues[:min(len(s.report.Issues), issuesShown)] {
		m.Issues = append(m.Issues, issueRow(i))
	}
	if n := len(s.report.Issues); n > 0 {
		m.IssuesSub = ui.Plural(n, "row", "rows") + " to look at"
		if n > issuesShown {
			m.IssuesSub = "The first 200 of " + ui.Count(n) + "; the download has all"
		}
		m.IssuesHref = at + "/issues.csv"
	}
	switch {
	case s.dry && !s.failed && s.report.Changes() > 0:
		m.Action, m.Submit = at, "Import "+ui.Plural(s.report.Changes(), "user", "users")
		m.Buttons = []ui.ButtonModel{{Label: "Upload another file", Href: "/users/import"}}
	case s.dry:
		m.Buttons = []ui.ButtonModel{{Label: "Upload another file", Href: "/users/import", Kind: ui.Primary}, {Label: "Back to users", Href: "/users"}}
	default:
		m.Buttons = []ui.ButtonModel{
			{Label: "See the users", Href: "/users", Kind: ui.Primary},
			{Label: "See the log of this import", Href: address("/logs", "request", s.request)},
			{Label: "Upload another file", Href: "/users/import"},
		}
	}
	return m
}

// importCharset asks to look at the letters of a file that does not tell its charset.
func importCharset(file csvfile.File) *ui.AlertModel {
	if file.Charset != csvfile.Windows1252 {
		return nil
	}
	text := "The file is not UTF-8, so its letters beyond A to Z were taken for Western European ones, as Excel saves them."
	if marked := file.Marked(markedShown); len(marked) > 0 {
		for i := range marked {
			marked[i] = "“" + clipped(marked[i], 40) + "”"
		}
		text += " Is this right: " + strings.Join(marked, ", ") + "?"
	}
	return &ui.AlertModel{Tone: ui.Warn, Title: "Look at names with accents before you import.", Text: text + " If not, save the file as CSV UTF-8 and upload that."}
}

// markedShown is how many values show how a file's letters were read.
const markedShown = 5

func progressLabel(dry bool) string {
	if dry {
		return "Checking every row. Nothing is written."
	}
	return "Importing. You may leave this page; the import goes on."
}

func emptyCells(clearing bool) string {
	if clearing {
		return "Empty cells clear the value."
	}
	return "Empty cells keep the value."
}

func delimiterWord(r rune) string {
	switch r {
	case ';':
		return "semicolons"
	case '\t':
		return "tabs"
	}
	return "commas"
}

func importSteps(s importState) []ui.StepModel {
	steps := []ui.StepModel{{Label: "Upload", State: ui.Done, Href: "/users/import"}, {Label: "Check", State: ui.Current}, {Label: "Import", State: ui.ToCome}}
	switch {
	case !s.dry && s.running:
		steps[1].State, steps[2].State = ui.Done, ui.Current
	case !s.dry:
		steps[1].State, steps[2].State = ui.Done, ui.Done
	}
	return steps
}

// importResult is the outcome in one sentence, and what it means for the rest.
func importResult(s importState) ui.AlertModel {
	r := s.report
	left := r.Skipped + r.Failed
	switch {
	case s.failed && s.dry:
		return ui.AlertModel{Tone: ui.Error, Title: "The check stopped before it was through.", Text: "Nothing was written. Upload the file again; if it stops again, the server’s log has the cause."}
	case s.lost:
		return ui.AlertModel{
			Tone: ui.Error, Title: "The import stopped: its server ended before it was through.",
			Text: "What was imported stays, and the log has each user. Upload the same file again: it goes on where it stopped, because rows that are done already change nothing.",
		}
	case s.failed:
		return ui.AlertModel{
			Tone: ui.Error, Title: "The import stopped after " + ui.Plural(r.Changes(), "user", "users") + ".",
			Text: "What was imported stays. Upload the same file again: it goes on where it stopped, because rows that are done already change nothing.",
		}
	case s.dry && r.Changes() == 0 && left == 0:
		return ui.AlertModel{Tone: ui.Ok, Title: "There is nothing to import.", Text: "Every user of the file is here already with these values."}
	case s.dry && r.Changes() == 0:
		return ui.AlertModel{Tone: ui.Warn, Title: "No row can be imported.", Text: "The list below says why, and what to do about each."}
	case s.dry:
		text := "Nothing has been written yet."
		if left > 0 {
			text += " " + ui.Plural(left, "row is", "rows are") + " left out, see below; the others can be imported now, and corrected ones later."
		}
		return ui.AlertModel{Tone: ui.Info, Title: "The import would create " + ui.Count(r.Created) + " and update " + ui.Plural(r.Updated, "user", "users") + ".", Text: text}
	case left > 0:
		return ui.AlertModel{
			Tone: ui.Warn, Title: ui.Plural(r.Changes(), "user was", "users were") + " imported, " + ui.Plural(left, "row was", "rows were") + " left out.",
			Text: "Correct those rows and import the file again: what is done already changes nothing." + takeBack(s),
		}
	}
	return ui.AlertModel{Tone: ui.Ok, Title: ui.Plural(r.Changes(), "user was", "users were") + " imported.", Text: "Each has its entry in the provisioning log." + takeBack(s)}
}

// takeBack says how new users go again: an import has no undo of its own.
func takeBack(s importState) string {
	if s.report.Created == 0 {
		return ""
	}
	return " To take the new users back, import the file again with a column status that says preserved on every line: they lose access and keep their data."
}

func importStats(s importState) []ui.StatModel {
	r := s.report
	word := func(would, did string) string {
		if s.dry {
			return would
		}
		return did
	}
	stats := []ui.StatModel{
		{Label: word("Would be created", "Created"), Value: ui.Count(r.Created), Note: "new users"},
		{Label: word("Would be updated", "Updated"), Value: ui.Count(r.Updated), Note: "users managed by hand"},
		{Label: "Unchanged", Value: ui.Count(r.Unchanged), Note: "have these values"},
		{Label: "Skipped", Value: ui.Count(r.Skipped), Note: "managed by the directory"},
		{Label: word("Would fail", "Failed"), Value: ui.Count(r.Failed), Note: "to correct"},
	}
	if r.Failed > 0 {
		stats[4].Tone = ui.Error
	}
	return stats
}

// importPreview shows each column with the field it goes to and its first value.
func importPreview(job *importJob) []page.ImportColumnRow {
	var list []page.ImportColumnRow
	for n, column := range job.columns {
		row := page.ImportColumnRow{Header: cmp.Or(column.Header, "(no name)"), Field: column.Label}
		for _, r := range job.file.Rows[:min(len(job.file.Rows), 50)] {
			if row.Example = r.Cell(n); row.Example != "" {
				break
			}
		}
		if column.Field == "" {
			row.Why = "Not imported"
			if exported[headerKey(column.Header)] {
				row.Why = "For reading only"
			}
		}
		list = append(list, row)
	}
	return list
}

var fateWords = map[directory.ImportFate]string{directory.RowFailed: "failure", directory.RowSkipped: "skipped"}

func issueRow(i directory.ImportIssue) page.ImportIssueRow {
	column := cmp.Or(fieldOf(i.Attr), i.Attr)
	for _, f := range userFields() {
		if f.Name == column {
			column = f.Label
		}
	}
	if column == "manager" || column == "status" {
		column = titled(column)
	}
	return page.ImportIssueRow{
		Line: strconv.Itoa(i.Line), UserName: i.UserName, Outcome: cmp.Or(fateWords[i.Fate], "warning"),
		Column: column, Text: i.Msg, Advice: i.Advice,
	}
}
