package console_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"muster/models"
	"muster/models/store"
)

// Counting whom a rule for everyone would hold reads every user: pages open without, and
// count when the button asks.
func TestAPageOfARuleOpensWithoutCounting(t *testing.T) {
	p, sales, _ := newRuled(t)
	p.crowd(25, "Sales")
	doc := p.see(http.StatusOK, "/mappings/new?method=scim")
	mustHave(t, doc, "25 users", "Press Preview to count")
	form := slices.DeleteFunc(ruleForm("For all", "", sales.ID), func(text string) bool { return text == "do" || text == "save" })
	typed := p.page(http.StatusOK, p.send("/mappings/preview", form...))
	mustHave(t, typed, "25 users", "Press Preview to count")
	pressed := p.page(http.StatusOK, p.send("/mappings/new", append(form, "do", "preview")...))
	mustHave(t, pressed, "25 users", "+25", "and 5 more")
	m := p.rule("Sellers", `department eq "Sales"`, sales)
	p.settle()
	opened := p.see(http.StatusOK, "/mappings/"+m.ID)
	mustHave(t, opened, "25 users", "Who is at the rule now", "and 5 more")
	if n := opened.Find(".preview-users li").Length(); n != 20 {
		t.Errorf("%d names, want the first 20", n)
	}
	if got := words(opened.Find(".preview-users mark").First()); got != "department is “Sales”" {
		t.Errorf("the first mark is %q", got)
	}
}

// The menu counts held removals as far as it shows them.
func TestTheMenuCountsABoundedNumber(t *testing.T) {
	p, _, _ := newRuled(t)
	p.crowd(101, "Sales")
	found, err := p.store.Users(t.Context(), p.org.Key, models.UserQuery{Page: models.Page{Limit: 200}})
	if err != nil {
		t.Fatal(err)
	}
	err = p.store.Keep(t.Context(), func(tx *store.Tx) error {
		for _, listed := range found.Items {
			u, err := tx.LockUser(p.org.Key, listed.ID)
			if err != nil {
				return err
			}
			old := u
			u.Staged, u.StagedAt, u.Version = models.StagedDelete, tx.Now(), u.Version+1
			if err := errors.Join(u.Load(), tx.SaveUser(&old, &u)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := words(p.see(http.StatusOK, "/mappings").Find(`a[href="/queue"] .count`)); got != "99+waiting" {
		t.Errorf("the menu says %q", got)
	}
}
