package scimv2_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// keywords are RFC 2119's, where they bind; n/a marks sections without any.
var keywords = []string{"MUST", "MUST NOT", "SHALL", "SHALL NOT", "SHOULD", "SHOULD NOT", "REQUIRED", "RECOMMENDED", "n/a"}

// TestRFCTable holds the tables in testdata/rfc: each requirement of RFC 7643, 7644
// and 9865 is held by a test that exists, or says why it binds somebody else or why
// a recommendation is not followed.
func TestRFCTable(t *testing.T) {
	files, err := filepath.Glob("testdata/rfc/*.txt")
	if err != nil || len(files) != 3 {
		t.Fatalf("tables %v, %v", files, err)
	}
	known := map[string]map[string][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		table := strings.TrimSuffix(filepath.Base(file), ".txt")
		seen := map[string]int{}
		var sections []string
		held := 0
		for i, line := range strings.Split(string(text), "\n") {
			at := fmt.Sprintf("RFC %s, line %d", table, i+1)
			if list, ok := strings.CutPrefix(line, "# sections: "); ok {
				sections = strings.Fields(list)
			}
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			cells := strings.Split(line, " | ")
			if len(cells) != 4 || !slices.Contains(keywords, cells[1]) || cells[2] == "" {
				t.Errorf("%s is not section | keyword | words | tests: %s", at, line)
				continue
			}
			seen[cells[0]]++
			if reason, ok := strings.CutPrefix(cells[3], "client: "); ok && reason != "" {
				continue
			}
			if reason, ok := strings.CutPrefix(cells[3], "n/a: "); ok && len(reason) > 10 {
				continue
			}
			if reason, ok := strings.CutPrefix(cells[3], "left: "); ok && len(reason) > 10 && strings.HasPrefix(cells[1], "SHOULD") {
				continue // what must be cannot be left
			}
			held++
			for name := range strings.SplitSeq(cells[3], ", ") {
				if !exists(t, known, name) {
					t.Errorf("%s: there is no test %s", at, name)
				}
			}
		}
		for _, section := range sections {
			if seen[section] == 0 {
				t.Errorf("RFC %s: section %s has no line", table, section)
			}
			delete(seen, section)
		}
		for section := range seen {
			t.Errorf("RFC %s: section %s is not among its sections", table, section)
		}
		if held == 0 || len(sections) == 0 {
			t.Errorf("RFC %s: %d requirements held, %d sections", table, held, len(sections))
		}
	}
}

// folders are where tests of other packages live, by the package's name.
var folders = map[string]string{
	"": ".", "scim": "../../models/scim", "filter": "../../models/filter", "store": "../../models/store", "directory": "../../models/directory",
	"account": "../../models/account", "secret": "../../models/secret", "session": "../session",
}

// exists tells whether a test, a case of it or a transcript is there.
func exists(t *testing.T, known map[string]map[string][]string, name string) bool {
	t.Helper()
	if transcript, ok := strings.CutPrefix(name, "transcript:"); ok {
		_, err := os.Stat("testdata/" + transcript + ".txtar")
		return err == nil
	}
	pkg, rest, ok := strings.Cut(name, ".")
	if !ok || strings.ContainsAny(pkg, "/ ") {
		pkg, rest = "", name
	}
	folder, ok := folders[pkg]
	if !ok {
		return false
	}
	if known[folder] == nil {
		known[folder] = testsIn(t, folder)
	}
	test, part, hasPart := strings.Cut(rest, "/")
	texts, ok := known[folder][test]
	return ok && (!hasPart || slices.Contains(texts, part))
}

// testsIn lists the tests of a folder with the texts that stand in each, which
// are the names of its cases.
func testsIn(t *testing.T, folder string) map[string][]string {
	t.Helper()
	tests := map[string][]string{}
	pattern := func(d fs.DirEntry) bool { return !d.IsDir() && strings.HasSuffix(d.Name(), "_test.go") }
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !pattern(entry) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, entry.Name()), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") {
				continue
			}
			tests[f.Name.Name] = textsIn(f)
		}
	}
	return tests
}

func textsIn(f *ast.FuncDecl) []string {
	texts := []string{}
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				texts = append(texts, text)
			}
		}
		return true
	})
	return texts
}
