// Package csvfile reads and writes the CSV files that people edit in a
// spreadsheet. What it writes follows RFC 4180 and cannot be mistaken for a
// formula; what it reads may come from any spreadsheet, in any of the usual
// dialects.
package csvfile

import (
	"strings"
	"unicode/utf8"
)

// Guard makes text safe to open in a spreadsheet: what would be taken for a
// formula gets an apostrophe in front (ASVS 5.0, 1.2.10). A negative number stays
// a number. Bare takes the apostrophe away again.
func Guard(text string) string {
	if dangerous(text) {
		return "'" + text
	}
	return text
}

// Bare gives back what Guard was given.
func Bare(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && dangerous(rest) {
		return rest
	}
	return cell
}

// dangerous also looks behind apostrophes that the text has itself: without, such
// a text would lose one of them on its way back.
func dangerous(text string) bool {
	if negative(text) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, "'"))
	return strings.ContainsRune("=+-@\t\r\n\x00＝＋－＠", first)
}

// negative tells whether text is a plain negative number: -12 or -0.5.
func negative(text string) bool {
	digits, ok := strings.CutPrefix(text, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	return ok && numeric(whole) && (!point || numeric(fraction))
}

func numeric(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
