package csvfile

import (
	"bufio"
	"io"
	"strings"
)

// Writer writes a CSV file as RFC 4180 has it: commas, CRLF, quotes doubled. A
// byte order mark comes first, without which spreadsheets take UTF-8 for
// something else.
type Writer struct {
	out   *bufio.Writer
	begun bool
}

// NewWriter begins a file. Nothing is written before the first row.
func NewWriter(to io.Writer) *Writer { return &Writer{out: bufio.NewWriter(to)} }

// Row writes one row, each cell guarded. An error stays until Flush tells it.
func (w *Writer) Row(cells ...string) {
	if !w.begun {
		w.text(byteOrderMark)
		w.begun = true
	}
	for i, cell := range cells {
		if i > 0 {
			w.text(",")
		}
		w.text(quoted(Guard(cell)))
	}
	w.text("\r\n")
}

// Flush sends what is buffered on its way.
func (w *Writer) Flush() error { return w.out.Flush() }

// text leaves its error to Flush: a bufio.Writer remembers the first one.
func (w *Writer) text(s string) { _, _ = w.out.WriteString(s) }

// quoted also quotes semicolons and tabs: where a spreadsheet splits at those,
// the rest of a cell must not become a cell of its own.
func quoted(cell string) string {
	if cell == "" || !strings.ContainsAny(cell, ",;\t\"\r\n") && strings.TrimSpace(cell) == cell {
		return cell
	}
	return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
}
