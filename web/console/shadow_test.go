package console_test

import (
	"context"
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/store"
)

// rehearses runs shadow mode beside the pages, as a server does.
func (p *people) rehearses() {
	p.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.shadows.Run(ctx) }()
	p.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			p.t.Error(err)
		}
	})
}

func (p *people) shadowIs(state models.ShadowState) {
	p.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		sh, err := p.shadows.Status(p.t.Context(), p.org.Key)
		if err != nil {
			p.t.Fatal(err)
		}
		if sh.State == state {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("shadow mode is %s, not %s", sh.State, state)
		}
	}
}

// sent has a client create a user in shadow mode.
func (p *people) sent(anchor, name string) {
	p.t.Helper()
	by := p.scim
	by.Shadow = true
	side, shadowed, err := p.shadows.Serve(p.t.Context(), by)
	if err != nil || !shadowed {
		p.t.Fatalf("the client is not answered from shadow mode: %v", err)
	}
	defer side.Done()
	_, err = side.Directory.CreateUser(p.t.Context(), by, func(u *models.User) error {
		u.Attributes = models.Attributes{"userName": name, "externalId": anchor, "displayName": "Shown " + name}
		return nil
	})
	if _, refused := models.AsError(err); err != nil && !refused {
		p.t.Fatal(err)
	}
}

func (p *people) charge(m models.Method) {
	p.t.Helper()
	err := p.store.Keep(p.t.Context(), func(tx *store.Tx) error {
		o, err := tx.LockOrganization(p.org.Key)
		if err != nil {
			return err
		}
		o.Method = m
		return tx.SaveOrganization(&o)
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// TestShadowPage goes through shadow mode in the console: off, a token, what would
// happen to whom, its log, and the end of it.
func TestShadowPage(t *testing.T) {
	p := newPeople(t)
	p.rehearses()
	for _, name := range []string{"here@example.com", "held@example.com", "local@example.com"} {
		anchor := ""
		if name == "held@example.com" {
			anchor = "other"
		}
		_, err := p.dir.CreateUser(t.Context(), p.admin, func(u *models.User) error {
			u.Attributes = models.Attributes{"userName": name, "externalId": anchor}
			if anchor == "" {
				delete(u.Attributes, "externalId")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	doc := p.see(http.StatusOK, "/deployment/shadow")
	if got := doc.Find(".empty a.btn").AttrOr("href", ""); got != "/scim/tokens/new?shadow=1" {
		t.Errorf("while it is off the next step is %q: %s", got, doc.Find("main").Text())
	}
	form := p.see(http.StatusOK, "/scim/tokens/new")
	if n := form.Find(`input[name=shadow]`).Length(); n != 2 || !strings.Contains(form.Find("form").Text(), "Nothing real changes") {
		t.Errorf("the form does not explain shadow mode: %d choices", n)
	}
	p.after("/scim/tokens", "description", "Entra", "expires", "365", "scope", "provision", "shadow", "1")
	p.shadowIs(models.ShadowReady)
	if text := p.see(http.StatusOK, "/deployment/shadow").Find("main").Text(); !strings.Contains(text, "Waiting for the identity provider") {
		t.Errorf("before anything came: %s", text)
	}
	p.sent("a-1", "here@example.com")
	p.sent("a-2", "held@example.com")
	p.sent("a-3", "new@example.com")
	doc = p.see(http.StatusOK, "/deployment/shadow")
	text := strings.Join(strings.Fields(doc.Find("main").Text()), " ")
	for _, want := range []string{"Rehearsing", "1 user would be taken over", "1 user would be created", "1 user would be a conflict", "2 users were not sent", "Some users would not be taken in", "new@example.com", "by userName"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
	if doc.Find(`a[href="/deployment/change/scim"]`).Length() != 1 {
		t.Error("the page does not lead to the change")
	}
	doc = p.see(http.StatusOK, "/deployment/shadow?outcome=conflict")
	rows := doc.Find("#records tbody tr")
	if rows.Length() != 1 || !strings.Contains(rows.Text(), "already taken") {
		t.Errorf("conflicts: %s", rows.Text())
	}
	steps := rows.Find(`td[data-l=Why] a`).AttrOr("href", "")
	if text := p.see(http.StatusOK, steps).Find("main").Text(); !strings.Contains(text, "Nothing real was changed") || !strings.Contains(text, "userNameTaken") {
		t.Errorf("the entry: %s", text)
	}
	if n := p.see(http.StatusOK, "/deployment/shadow/log").Find("tbody tr").Length(); n != 3 {
		t.Errorf("the log has %d entries", n)
	}
	if text := p.see(http.StatusOK, "/deployment/shadow?q=zzz").Find("main").Text(); !strings.Contains(text, "Nothing found") {
		t.Errorf("a search that finds nothing: %s", text)
	}
	w := p.by(models.Auditor, httptest.NewRequest(http.MethodGet, "/deployment/shadow/export", nil))
	list, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || len(list) != 6 {
		t.Errorf("the export has %d lines: %v\n%s", len(list), err, w.Body)
	}
	page := p.page(http.StatusOK, p.by(models.Auditor, httptest.NewRequest(http.MethodGet, "/deployment/shadow", nil)))
	if page.Find("form[method=post]:not([action^='/log']):not([action^='/pref'])").Length() != 0 {
		t.Error("an auditor is offered a change")
	}
	p.charge(models.SCIM)
	p.shadowIs(models.ShadowClosed)
	if text := p.see(http.StatusOK, "/deployment/shadow").Find("main").Text(); !strings.Contains(text, "Take everything in") {
		t.Errorf("after the change: %s", text)
	}
	p.after("/deployment/shadow/bring")
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if strings.Contains(p.see(http.StatusOK, "/deployment/shadow").Find("#shadow-work").Text(), "is taken in") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("it is not taken in: %s", p.see(http.StatusOK, "/deployment/shadow").Find("#shadow-work").Text())
		}
	}
	if _, err := p.store.UserByName(t.Context(), p.org.Key, "new@example.com"); err != nil {
		t.Errorf("who was created in shadow mode: %v", err)
	}
	p.see(http.StatusOK, "/deployment/shadow/discard")
	p.after("/deployment/shadow/discard")
	p.shadowIs(models.ShadowDiscarded)
}
