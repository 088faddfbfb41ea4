package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"muster/models"
	"muster/models/store"
)

// Pages find people and groups as an administrator types them, and say what they look at.
func TestPagesFindByWordsWhateverTheMarks(t *testing.T) {
	p := newPeople(t)
	p.setMethod(models.SCIM)
	p.add(p.scim, "jf", "José", "Fernández")
	p.add(p.scim, "ada", "Ada", "Lovelace")
	for _, name := range []string{"SG-Sales-EMEA", "Sales EMEA", "Équipe Łódź"} {
		p.group(p.scim, name)
	}
	for path, want := range map[string]string{
		"/users?q=fernandez":             "José Fernández",
		"/users?q=JOSE+fern":             "José Fernández",
		"/users?q=Lovelace%2C+Ada":       "Ada Lovelace",
		"/groups?q=emea":                 "Sales EMEA, SG-Sales-EMEA",
		"/groups?q=em+sales":             "Sales EMEA, SG-Sales-EMEA",
		"/groups?q=sg-sal":               "SG-Sales-EMEA",
		"/groups?q=sales+em&mode=manual": "",
		"/groups?q=lodz":                 "Équipe Łódź",
	} {
		var names []string
		for _, n := range p.see(http.StatusOK, path).Find("#user-list tbody a.strong, #group-list tbody a.strong").Nodes {
			names = append(names, n.FirstChild.Data)
		}
		if got := strings.Join(names, ", "); got != want {
			t.Errorf("%s shows %q, want %q", path, got, want)
		}
	}
	mustHave(t, p.see(http.StatusOK, "/groups?q=zebra"), "No group’s name has words that begin with “zebra”", "Show all groups")
	mustHave(t, p.see(http.StatusOK, "/groups?q=sales&mode=manual"), "No name of these groups has words that begin with “sales”", "Search all groups")
	mustHave(t, p.see(http.StatusOK, "/users?q=zebra"), "“e” finds “é” as well")
	for path, want := range map[string]int{"/logs?range=all&q=lovelace": 1, "/logs?range=all&q=fernandez": 1, "/logs?range=all&q=emea": 2, "/logs?range=all&q=zebra": 0} {
		doc := p.see(http.StatusOK, path)
		if n := doc.Find("#log-rows tr").Length(); n != want {
			t.Errorf("%s shows %d entries, want %d", path, n, want)
		}
		if strings.Contains(words(doc.Find("main")), "those that fit best") {
			t.Errorf("%s says that it was bounded", path)
		}
	}
}

// A list says that its search was bounded, and by what it can be narrowed.
func TestPagesSayThatASearchWasBounded(t *testing.T) {
	p := newPeople(t)
	if err := p.store.Keep(t.Context(), func(tx *store.Tx) error {
		for i := range 2001 {
			g := models.Group{
				ID: fmt.Sprintf("g%d", i), OrganizationID: p.org.Key, Mode: models.Manual, Version: 1,
				Attributes: models.Attributes{"displayName": fmt.Sprintf("Team %d", i)},
			}
			if err := g.Extract(); err != nil {
				return err
			}
			if err := tx.InsertGroup(&g); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	doc := p.see(http.StatusOK, "/groups?q=team")
	mustHave(t, doc, "These are the first 2,000 matches, and there may be more. Add another word", "1–50 of 2,000+ groups")
	if text := words(p.see(http.StatusOK, "/groups?q=team+200").Find("main")); strings.Contains(text, "there may be more") {
		t.Errorf("a narrow search says %q", text)
	}
	mustHave(t, p.see(http.StatusOK, "/logs?range=all&q=team"), "More users or groups have such names than a search of the log takes")
}
