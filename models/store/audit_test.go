package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

func audited(t *testing.T, s *store.Store, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			err := s.Administer(context.Background(), func(*store.Tx) (models.AuditEntry, error) {
				return models.AuditEntry{
					ActorKind: models.AdminActor, ActorName: "Ada", Action: "token.create", TargetName: fmt.Sprint("token ", i),
					Changes: []models.Change{{Path: "expires", Old: "1", New: "2"}}, Summary: "50% of A_B made",
				}, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestTheAuditChainShowsEveryAlteration(t *testing.T) {
	alterations := map[string]string{
		"edit":        "UPDATE audit_entries SET summary = 'nothing happened' WHERE id = 3",
		"edit values": "UPDATE audit_entries SET changes = '[]' WHERE id = 3",
		"edit hash":   "UPDATE audit_entries SET hash = prev_hash WHERE id = 3",
		"delete":      "DELETE FROM audit_entries WHERE id = 3",
		"first gone":  "DELETE FROM audit_entries WHERE id = 1",
		"reorder":     "UPDATE audit_entries SET id = CASE id WHEN 3 THEN 104 ELSE 103 END WHERE id IN (3, 4)",
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		audited(t, s, 12)
		checked, err := s.VerifyAudit(t.Context())
		if err != nil || checked != 12 {
			t.Fatalf("%d checked: %v", checked, err)
		}
	})
	for how, statement := range alterations {
		t.Run(how, func(t *testing.T) {
			s := storetest.SQLite(t)
			audited(t, s, 12)
			ok(t, s.Run(t.Context(), statement))
			_, err := s.VerifyAudit(t.Context())
			refused(t, err, models.Conflict, "")
		})
	}
}

func TestAuditEntriesAreFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		audited(t, s, 9)
		for _, q := range []struct {
			q    models.AuditQuery
			want int
		}{
			{models.AuditQuery{}, 9},
			{models.AuditQuery{Search: "TOKEN 3"}, 1},
			{models.AuditQuery{Search: "50% of a_b"}, 9},
			{models.AuditQuery{Search: "5_%"}, 0},
			{models.AuditQuery{Action: "token"}, 9},
			{models.AuditQuery{Action: "admin"}, 0},
			{models.AuditQuery{ActorID: "x"}, 0},
			{models.AuditQuery{To: 1}, 0},
			{models.AuditQuery{From: 1}, 9},
		} {
			forth, back := pages(t, func(p models.Page) (models.Slice[models.AuditEntry], error) {
				q.q.Page = p
				return s.AuditEntries(context.Background(), q.q)
			})
			if len(forth) != q.want || len(back) != q.want || q.want > 0 && cmp.Diff(forth, back) != "" {
				t.Errorf("%+v: %d forth, %d back, want %d", q.q, len(forth), len(back), q.want)
			}
		}
		last, err := s.LastAuditKey(t.Context())
		if err != nil || last != 9 {
			t.Errorf("newest key %d: %v", last, err)
		}
	})
}
