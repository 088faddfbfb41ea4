package console

import (
	"slices"
	"strings"
	"unicode"

	"muster/models"
	"muster/models/csvfile"
	"muster/models/directory"
	"muster/models/filter"
	"muster/views/ui"
)

// importColumn is a column of a file and the field it goes to; Field "" is left
// out of the import.
type importColumn struct {
	Header string
	Field  string
	Label  string
}

// exported are columns that the export adds for people.
var exported = map[string]bool{"managedby": true, "statusnote": true, "id": true, "externalid": true, "created": true, "changed": true}

// importColumnNames lists what a file may have, for the page that asks for one.
func importColumnNames() []string {
	var names []string
	for _, f := range userFields() {
		names = append(names, f.Name)
	}
	return append(names, "manager", "status")
}

// importColumns reads a header. A file without userName is refused, and so is one
// that gives a field twice.
func importColumns(header []string) ([]importColumn, error) {
	known := map[string]importColumn{
		"manager": {Field: "manager", Label: "Manager"}, "managerusername": {Field: "manager", Label: "Manager"},
		"status": {Field: "status", Label: "Status"}, "state": {Field: "status", Label: "Status"}, "active": {Field: "status", Label: "Status"},
	}
	for _, f := range userFields() {
		for _, key := range append([]string{headerKey(f.Name), headerKey(f.Label)}, f.Also...) {
			known[key] = importColumn{Field: f.Name, Label: f.Label}
		}
	}
	columns := make([]importColumn, len(header))
	first := map[string]string{}
	for i, text := range header {
		column := known[headerKey(text)]
		column.Header = text
		if other, twice := first[column.Field]; twice && column.Field != "" {
			return nil, models.Errorf(models.Invalid, "file", "The columns %q and %q are both %s.", other, text, column.Label).
				WithAdvice("Remove or rename one of the two.").WithCode("columnTwice")
		}
		first[column.Field] = text
		columns[i] = column
	}
	if _, ok := first["userName"]; !ok {
		return nil, models.Errorf(models.Invalid, "file", "The first line names no userName column; it has %s.", quotedList(header)).
			WithAdvice("Name the column that identifies the person userName. The template has all columns.").WithCode("noUserName")
	}
	return columns, nil
}

func quotedList(header []string) string {
	list := strings.Join(header[:min(len(header), 6)], ", ")
	if len(header) > 6 {
		list += " and more"
	}
	return "“" + list + "”"
}

// headerKey folds a header: "First Name", "first_name" and "firstName" are one.
func headerKey(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, filter.Fold(text))
}

func importRowsOf(file csvfile.File, columns []importColumn, clearing bool) []directory.ImportRow {
	fields := map[string]userField{}
	for _, f := range userFields() {
		fields[f.Name] = f
	}
	rows := make([]directory.ImportRow, len(file.Rows))
	for i, row := range file.Rows {
		rows[i] = importRow(row, columns, fields, clearing)
	}
	return rows
}

func importRow(row csvfile.Row, columns []importColumn, fields map[string]userField, clearing bool) directory.ImportRow {
	out := directory.ImportRow{Line: row.Line}
	var edits []func(*models.User) error
	for n, column := range columns {
		cell := row.Cell(n)
		if cell == "" && !clearing && column.Field != "userName" {
			continue
		}
		switch column.Field {
		case "":
		case "manager":
			out.Manager = &cell
		case "status":
			out.Status = importStatus(cell)
			if out.Status == "" && cell != "" {
				edits = append(edits, refuseCell("status", "The status is "+shorten(cell)+".", "Use active, inactive or preserved."))
			}
		default:
			if column.Field == "userName" {
				out.UserName = cell
			}
			edits = append(edits, editCell(fields[column.Field], cell))
		}
	}
	if n := filledCells(row); n > len(columns) {
		edits = append([]func(*models.User) error{refuseCell("", "The line has "+ui.Count(n)+" cells, and the first line names "+ui.Plural(len(columns), "column", "columns")+".",
			"A value with the separator in it, such as “Lovelace, Ada”, needs quotation marks around it.")}, edits...)
	}
	out.Edit = func(u *models.User) error {
		for _, edit := range edits {
			if err := edit(u); err != nil {
				return err
			}
		}
		return nil
	}
	return out
}

func editCell(f userField, cell string) func(*models.User) error {
	if f.check != nil {
		if wrong := f.check(cell); wrong != "" {
			what := f.Label + " is " + shorten(cell) + "."
			if cell == "" {
				what = f.Label + " is empty."
			}
			return refuseCell(f.Paths[0], what, wrong)
		}
	}
	return func(u *models.User) error {
		if f.get(u) != cell {
			f.set(u, cell)
		}
		return nil
	}
}

func refuseCell(attr, what, advice string) func(*models.User) error {
	return func(*models.User) error {
		return models.Errorf(models.Invalid, attr, "%s", what).WithAdvice("%s", advice).WithCode("badCell")
	}
}

func shorten(cell string) string {
	if r := []rune(cell); len(r) > 60 {
		cell = string(r[:60]) + "…"
	}
	return "“" + cell + "”"
}

// filledCells counts the cells of a line up to the last one with a value: a line with more
// of them than there are columns has a value that was cut in two, and the rest shifted.
func filledCells(row csvfile.Row) int {
	n := len(row.Cells)
	for n > 0 && row.Cells[n-1] == "" {
		n--
	}
	return n
}

var statusWords = map[models.Status][]string{
	models.Active:    {"active", "true", "yes", "1", "enabled"},
	models.Inactive:  {"inactive", "false", "no", "0", "disabled", "suspended"},
	models.Preserved: {"preserved"},
}

func importStatus(cell string) models.Status {
	for status, words := range statusWords {
		if slices.Contains(words, filter.Fold(cell)) {
			return status
		}
	}
	return ""
}
