package csvfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"muster/models"
)

const byteOrderMark = "\uFEFF"

// File is a CSV file taken apart.
type File struct {
	Delimiter rune
	Charset   Charset
	Header    []string
	Rows      []Row
}

// Charset is how a file writes its letters.
type Charset string

// What files come in. Nothing in a file tells that it is Windows-1252: it is what is left,
// and what Excel saves as "CSV" in Western Europe and America, so a person should look.
const (
	UTF8        Charset = "UTF-8"
	UTF16       Charset = "UTF-16" // with its byte order mark
	Windows1252 Charset = "Windows-1252"
)

// Row is one row below the header; Line is where it begins, counted from 1.
// Cells are bare of Guard's apostrophe and of space around them.
type Row struct {
	Line  int
	Cells []string
}

// Cell gives a cell of the row, "" where the row is shorter.
func (r Row) Cell(column int) string {
	if column < 0 || column >= len(r.Cells) {
		return ""
	}
	return r.Cells[column]
}

// Read takes a file apart: UTF-8 with or without byte order mark, UTF-16 with it, or
// Windows-1252, separated by comma, semicolon or tab, whichever the header uses. Empty
// lines do not count. More than most rows, and what cannot be read, are refused with the
// line.
func Read(data []byte, most int) (File, error) {
	text, charset, err := decode(data)
	if err != nil {
		return File{}, err
	}
	text, told := separatorLine(text)
	f := File{Delimiter: told, Charset: charset}
	if f.Delimiter == 0 {
		f.Delimiter = detect(text)
	}
	in := csv.NewReader(bytes.NewReader(text))
	in.Comma, in.FieldsPerRecord = f.Delimiter, -1
	offset := 0
	if told != 0 {
		offset = 1
	}
	return f, f.fill(in, offset, most)
}

func (f *File) fill(in *csv.Reader, offset, most int) error {
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return unreadable(err, offset)
		}
		line, _ := in.FieldPos(0)
		if blank(cells) {
			continue
		}
		for i := range cells {
			cells[i] = Bare(strings.TrimSpace(cells[i]))
		}
		switch {
		case f.Header == nil:
			f.Header = cells
		case len(f.Rows) == most:
			return models.Errorf(models.TooLarge, "file", "The file has more than %d rows.", most).
				WithAdvice("Split it into several files, each with the header line, and import one after the other.").WithCode("tooManyRows")
		default:
			f.Rows = append(f.Rows, Row{Line: line + offset, Cells: cells})
		}
	}
	if f.Header == nil || len(f.Rows) == 0 {
		return models.Errorf(models.Invalid, "file", "The file has no rows to import.").
			WithAdvice("The first line names the columns; every line below it is a user.").WithCode("emptyFile")
	}
	return nil
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// Marked gives the first few values of the rows that have letters beyond ASCII, each once:
// what a wrong charset would show.
func (f File) Marked(most int) []string {
	var marked []string
	for _, row := range f.Rows {
		for _, cell := range row.Cells {
			if strings.IndexFunc(cell, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 || slices.Contains(marked, cell) {
				continue
			}
			if marked = append(marked, cell); len(marked) == most {
				return marked
			}
		}
	}
	return marked
}

func decode(data []byte) ([]byte, Charset, error) {
	charset := UTF8
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return nil, "", encoding("The file is a spreadsheet workbook, not a CSV file.")
	case bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")):
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil || len(data)%2 != 0 || bytes.Contains(text, []byte(replaced)) {
			return nil, "", encoding("The file begins as UTF-16 text and is damaged.")
		}
		data, charset = text, UTF16
	case !utf8.Valid(data):
		text, err := charmap.Windows1252.NewDecoder().Bytes(data)
		if err != nil || bytes.Contains(text, []byte(replaced)) {
			return nil, "", encoding("The file is neither UTF-8 nor Windows-1252 text, so names with accents would be damaged.")
		}
		data, charset = text, Windows1252
	}
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, "", encoding("The file has characters that text cannot have.")
	}
	return data, charset, nil
}

// replaced stands where a decoder met what is no letter.
const replaced = "\uFFFD"

func encoding(what string) error {
	return models.Errorf(models.Invalid, "file", "%s", what).
		WithAdvice("Save it as CSV UTF-8 (in Excel: Save as, CSV UTF-8) and upload that file.").WithCode("badEncoding")
}

// separatorLine takes away the line "sep=;" that Excel writes and understands.
func separatorLine(text []byte) ([]byte, rune) {
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	first = bytes.TrimRight(first, "\r")
	if len(first) == 5 && bytes.EqualFold(first[:4], []byte("sep=")) && strings.ContainsRune(",;\t", rune(first[4])) {
		return rest, rune(first[4])
	}
	return text, 0
}

// detect takes the separator that the header line has most of outside quotes.
func detect(text []byte) rune {
	counts := map[rune]int{}
	inside, begun := false, false
	for _, r := range string(text[:min(len(text), 64<<10)]) {
		switch {
		case r == '"':
			inside = !inside
		case r == '\n' && !inside && begun:
			return mostOf(counts)
		case !inside:
			counts[r]++
		}
		begun = begun || r > ' '
	}
	return mostOf(counts)
}

func mostOf(counts map[rune]int) rune {
	best := ','
	for _, r := range ";\t" {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

func unreadable(err error, offset int) error {
	var at *csv.ParseError
	if !errors.As(err, &at) {
		return err
	}
	what := "has a quotation mark that does not belong there"
	if errors.Is(at.Err, csv.ErrQuote) {
		what = "opens a quotation mark that is never closed, or continues after one"
	}
	return models.Errorf(models.Syntax, "file", "Line %d %s, so the file cannot be read.", at.StartLine+offset, what).
		WithAdvice("Put a cell with quotation marks, separators or line breaks in quotation marks, and double those inside it.").WithCode("badCSV")
}
