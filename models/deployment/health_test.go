package deployment_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"muster/models"
	"muster/models/deployment"
	"muster/models/store"
	"muster/models/store/storetest"
)

// TestHeldRemovalsAreNotHealthy: while a guard holds back whom the directory removed, they
// still have access, and nothing says so but this.
func TestHeldRemovalsAreNotHealthy(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	for n := range 100 {
		u := w.user(w.sync, fmt.Sprintf("more%d@northwind.example", n))
		if n < 70 {
			continue
		}
		_, err := w.dir.UpdateUser(t.Context(), w.sync, u.ID, func(u *models.User) error { u.Enabled = new(false); return nil })
		w.must(err)
	}
	s, err := w.deps.Summary(t.Context(), w.org)
	w.must(err)
	if h := s.Health; s.Held == 0 || h.Level != deployment.Watch || h.Link != "/queue/held" || !strings.Contains(h.Text, fmt.Sprint("holds back ", s.Held, " removals")) {
		t.Errorf("%d held, and the health is %+v", s.Held, h)
	}
}

// TestALockedOutDirectoryIsTold: while another token is fine, a directory that goes on with
// one that ended is turned away, and the health says which and where to mend it.
func TestALockedOutDirectoryIsTold(t *testing.T) {
	s := storetest.SQLite(t)
	w := newWorld(t, s)
	tokens, err := s.Tokens(t.Context(), w.org)
	w.must(err)
	now := tokens[0].Created
	used := func(token models.Token, status int) {
		t.Helper()
		w.must(s.Keep(t.Context(), func(tx *store.Tx) error {
			seen := store.TokenSeen{Token: token, Requests: map[models.Time]int64{now.Hour(): 1}, Failures: map[models.Time]int64{}}
			if status < 400 {
				seen.Token.LastUsed = now
			} else {
				seen.Failures[now.Hour()] = 1
			}
			e := models.Exchange{OrganizationID: w.org, TokenID: token.ID, At: now, Status: status, Notes: []string{}}
			return errors.Join(tx.RecordTokenUse([]store.TokenSeen{seen}), tx.AddExchanges([]models.Exchange{e}))
		}))
	}
	health := func(want deployment.Level, says string) {
		t.Helper()
		sum, err := w.deps.Summary(t.Context(), w.org)
		w.must(err)
		if h := sum.Health; h.Level != want || !strings.Contains(h.Text, says) || (says != "") != (h.Link == "/scim/tokens/"+tokens[0].ID) {
			t.Errorf("want %s and %q, got %+v", want, says, h)
		}
	}
	used(tokens[0], 200)
	tokens[0].Disabled = true
	w.must(s.Keep(t.Context(), func(tx *store.Tx) error { return tx.SaveToken(&tokens[0]) }))
	used(tokens[1], 200)
	health(deployment.Healthy, "") // it worked as long as it was enabled
	used(tokens[0], 403)
	health(deployment.Healthy, "") // and was refused for what it asked, not for its end
	used(tokens[0], 401)
	health(deployment.Watch, tokens[0].Description+"”, which is disabled")
	w.must(s.Keep(t.Context(), func(tx *store.Tx) error {
		tokens[1].Revoked = now
		fresh := models.Token{ID: "fresh", OrganizationID: w.org, Hash: "fresh", Scope: models.ProvisionScope, AllowList: []string{}}
		return errors.Join(tx.SaveToken(&tokens[1]), tx.InsertToken(&fresh))
	}))
	health(deployment.Broken, tokens[0].Description+"”, which is disabled")
}
