package directory_test

import (
	"fmt"
	"testing"

	"muster/models"
)

// TestAnApprovalIsTakenBack for all whom it preserved and nobody changed since; once.
func TestAnApprovalIsTakenBack(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		var ids []string
		for i := range 100 {
			ids = append(ids, w.add(t, fmt.Sprintf("user%03d", i), fmt.Sprint(i)).ID)
		}
		for _, id := range ids[:24] {
			w.update(t, w.Client(), id, nil, false)
		}
		w.remove(t, ids[24])
		by := w.Admin()
		by.RequestID = "0197a8f0-0000-7000-8000-000000000001"
		out, err := w.ApproveHeld(t.Context(), by, nil)
		done(t, err)
		if out.Done != 5 {
			t.Fatalf("approved %+v", out)
		}
		_, err = w.Restore(t.Context(), w.Admin(), ids[20])
		done(t, err)
		_, err = w.Preserve(t.Context(), w.Admin(), ids[21], "left")
		done(t, err)
		found, err := w.ApprovedBy(t.Context(), by.OrganizationID, by.RequestID)
		done(t, err)
		if len(found.Back) != 3 || found.Since != 2 {
			t.Fatalf("%d would come back and %d were changed since, want 3 and 2", len(found.Back), found.Since)
		}
		if _, err := w.TakeBackApproval(t.Context(), w.Client(), by.RequestID); models.KindOf(err) != models.Forbidden {
			t.Errorf("a directory took an approval back: %v", err)
		}
		out, err = w.TakeBackApproval(t.Context(), w.Admin(), by.RequestID)
		done(t, err)
		if out.Done != 3 || len(out.Failed) != 0 {
			t.Errorf("took back %+v", out)
		}
		w.expect(t, ids[19], "preserved/directory/scim") // before the guard acted
		w.expect(t, ids[21], "preserved/admin/scim")
		w.expect(t, ids[22], "active//scim")
		w.expect(t, ids[24], "active//manual") // the directory has deleted them
		out, err = w.TakeBackApproval(t.Context(), w.Admin(), by.RequestID)
		done(t, err)
		if out.Done != 0 {
			t.Errorf("took back twice: %+v", out)
		}
		var told []string
		audit, err := w.Store.AuditEntries(t.Context(), models.AuditQuery{Action: "held."})
		done(t, err)
		for _, e := range audit.Items {
			told = append(told, e.Summary)
		}
		if got := fmt.Sprint(told); got != "[Took the approval of 3 removals back. Approved 5 removals that the guard had held back.]" {
			t.Errorf("the audit log tells %s", got)
		}
	})
}
