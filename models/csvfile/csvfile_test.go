package csvfile_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/csvfile"
)

func TestGuard(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "",
		"Ada":                   "Ada",
		"=1+1":                  "'=1+1",
		"+49 30 1234":           "'+49 30 1234",
		"@SUM(A1)":              "'@SUM(A1)",
		"-2+3+cmd|' /C calc'!A": "'-2+3+cmd|' /C calc'!A",
		"-12":                   "-12",
		"-12.50":                "-12.50",
		"-12.":                  "'-12.",
		"--12":                  "'--12",
		"-":                     "'-",
		"\t=1":                  "'\t=1",
		"\rx":                   "'\rx",
		"＝1":                    "'＝1",
		"O'Hara":                "O'Hara",
		"'quoted'":              "'quoted'",
		"'=1":                   "''=1",
		"''@x":                  "'''@x",
		"a=b":                   "a=b",
	} {
		got := csvfile.Guard(text)
		if got != want {
			t.Errorf("Guard(%q) = %q, want %q", text, got, want)
		}
		if back := csvfile.Bare(got); back != text {
			t.Errorf("Bare(%q) = %q, want %q", got, back, text)
		}
	}
}

func FuzzGuardComesBack(f *testing.F) {
	for _, s := range []string{"", "=1", "'=1", "-1", "''-x", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cell := csvfile.Guard(text)
		if back := csvfile.Bare(cell); back != text {
			t.Errorf("%q became %q and then %q", text, cell, back)
		}
		if cell != "" && strings.ContainsRune("=+@\t\r", rune(cell[0])) {
			t.Errorf("%q still begins like a formula", cell)
		}
	})
}

func TestWriteIsRFC4180(t *testing.T) {
	rows := [][]string{
		{"userName", "note"},
		{"ada", "a, b; \"c\"\r\nsecond line"},
		{"=cmd|' /C calc'!A0", "-5"},
		{"x;=1+1", " space "},
		{"", ""},
	}
	var b strings.Builder
	w := csvfile.NewWriter(&b)
	for _, row := range rows {
		w.Row(row...)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "\uFEFFuserName,note\r\nada,\"a, b; \"\"c\"\"\r\nsecond line\"\r\n'=cmd|' /C calc'!A0,-5\r\n\"x;=1+1\",\" space \"\r\n,\r\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\uFEFF")))
	if back, err := r.ReadAll(); err != nil || len(back) != len(rows) {
		t.Errorf("%d rows came back: %v", len(back), err)
	}
}

func TestReadDialects(t *testing.T) {
	want := []csvfile.Row{{Line: 2, Cells: []string{"ada", "Love, Ada"}}, {Line: 4, Cells: []string{"bob", "+1"}}}
	for name, text := range map[string]string{
		"comma":     "userName,name\nada,\"Love, Ada\"\n\nbob,'+1\n",
		"semicolon": "userName;name\r\nada;Love, Ada\r\n\r\nbob;'+1\r\n",
		"tab":       "userName\tname\nada\tLove, Ada\n\nbob\t +1",
		"mark":      "\uFEFFuserName;name\nada;Love, Ada\n;\nbob;+1\n",
	} {
		f, err := csvfile.Read([]byte(text), 10)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, f.Rows); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff([]string{"userName", "name"}, f.Header); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	f, err := csvfile.Read([]byte("sep=;\nuserName;name\nada;x\n"), 10)
	if err != nil || f.Delimiter != ';' || f.Rows[0].Line != 3 {
		t.Errorf("sep line: %+v %v", f, err)
	}
}

func TestReadRefusals(t *testing.T) {
	for name, c := range map[string]struct{ text, code, words string }{
		"empty":     {"", "emptyFile", "no rows"},
		"header":    {"userName\n\n", "emptyFile", "no rows"},
		"quote":     {"userName,n\nada,\"x\nbob,y\n", "badCSV", "Line 2"},
		"bare":      {"userName,n\nada,x\nbob,y\"z\n", "badCSV", "Line 3"},
		"no letter": {"userName,n\nada,M\xfcller\nbob,\x81\n", "badEncoding", "neither UTF-8"},
		"half":      {"\xff\xfeu\x00s", "badEncoding", "UTF-16"},
		"alone":     {"\xff\xfeu\x00\n\x00\x00\xd8\n\x00", "badEncoding", "UTF-16"},
		"utf16 nul": {"\xff\xfeu\x00\n\x00\x00\x00\n\x00", "badEncoding", "characters"},
		"workbook":  {"PK\x03\x04...", "badEncoding", "workbook"},
		"too many":  {"userName\na\nb\nc\n", "tooManyRows", "more than 2"},
		"zero byte": {"userName\na\x00\n", "badEncoding", "characters"},
	} {
		_, err := csvfile.Read([]byte(c.text), 2)
		e, ok := models.AsError(err)
		if !ok || e.Code != c.code || !strings.Contains(e.Msg, c.words) || e.Advice == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Excel saves "CSV" in the letters of its Windows, and "Unicode text" in UTF-16.
func TestReadsWhatSpreadsheetsSave(t *testing.T) {
	const text = "userName;name;city\r\nada;Müller;Zürich\r\nbob;O’Hara;Wien\r\neva;Müller;€\r\n"
	windows := strings.NewReplacer("ü", "\xfc", "’", "\x92", "€", "\x80").Replace(text)
	little, big := []byte("\xff\xfe"), []byte("\xfe\xff")
	for _, unit := range utf16.Encode([]rune(text)) {
		little, big = append(little, byte(unit), byte(unit>>8)), append(big, byte(unit>>8), byte(unit))
	}
	for _, c := range []struct {
		data    []byte
		charset csvfile.Charset
	}{
		{[]byte(text), csvfile.UTF8}, {[]byte("\uFEFF" + text), csvfile.UTF8}, {little, csvfile.UTF16}, {big, csvfile.UTF16}, {[]byte(windows), csvfile.Windows1252},
	} {
		f, err := csvfile.Read(c.data, 10)
		if err != nil || f.Charset != c.charset {
			t.Errorf("read as %q, want %q: %v", f.Charset, c.charset, err)
			continue
		}
		want := []csvfile.Row{{Line: 2, Cells: []string{"ada", "Müller", "Zürich"}}, {Line: 3, Cells: []string{"bob", "O’Hara", "Wien"}}, {Line: 4, Cells: []string{"eva", "Müller", "€"}}}
		if diff := cmp.Diff(want, f.Rows); diff != "" || f.Header[0] != "userName" {
			t.Errorf("%s: %v\n%s", c.charset, f.Header, diff)
		}
		if diff := cmp.Diff([]string{"Müller", "Zürich", "O’Hara"}, f.Marked(3)); diff != "" {
			t.Errorf("%s: %s", c.charset, diff)
		}
	}
}
