package directory

import (
	"context"
	"fmt"
	"slices"

	"muster/models"
	"muster/models/store"
)

// Approved are the removals that one approval carried out.
type Approved struct {
	Back  []models.User // who is still preserved by it
	Since int64         // how many were changed since
	at    map[string]models.Time
}

// ApprovedBy finds what an approval of held removals did, by its request: whom it
// preserved and nobody changed since.
func (d *Directory) ApprovedBy(ctx context.Context, organization int64, request string) (Approved, error) {
	out := Approved{at: map[string]models.Time{}}
	q := models.LogQuery{
		RequestID: request, Actions: []models.Action{models.ActionPreserve, models.ActionDelete}, Statuses: []models.Outcome{models.Success}, Page: models.Page{Limit: 500},
	}
	for {
		slice, err := d.Store.LogEntries(ctx, organization, q)
		if err != nil {
			return out, err
		}
		entries := slices.DeleteFunc(slice.Items, func(e models.LogEntry) bool {
			return e.InitiatorKind == models.TokenActor || e.TargetType != models.UserTarget
		})
		users, err := d.targets(ctx, organization, entries)
		if err != nil {
			return out, err
		}
		for _, e := range entries {
			if u, there := users[e.TargetID]; there && preservedAt(&u, e.At) {
				out.Back, out.at[u.ID] = append(out.Back, u), e.At
			} else {
				out.Since++
			}
		}
		if q.Page.After = slice.Next; slice.Next == "" {
			return out, nil
		}
	}
}

// targets are the users whom log entries are about and who are still there, by id.
func (d *Directory) targets(ctx context.Context, organization int64, entries []models.LogEntry) (map[string]models.User, error) {
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.TargetID
	}
	refs, err := d.Store.Resolve(ctx, organization, ids)
	if err != nil {
		return nil, err
	}
	var keys []int64
	for _, ref := range refs {
		if ref.Kind == models.UserMember {
			keys = append(keys, ref.Key)
		}
	}
	found, err := d.Store.UsersByKey(ctx, organization, keys)
	if err != nil {
		return nil, err
	}
	users := make(map[string]models.User, len(found))
	for _, u := range found {
		users[u.ID] = u
	}
	return users, nil
}

// preservedAt tells whether a user is preserved since an approval: only it makes an
// administrator preserve somebody in a directory's name.
func preservedAt(u *models.User, at models.Time) bool {
	return u.Status == models.Preserved && u.PreservedBy == models.ByDirectory && u.StatusSince == at
}

// TakeBackApproval restores those whom an approval preserved and nobody changed since.
// The directory is told nothing; should it remove them again, the guard decides anew.
func (d *Directory) TakeBackApproval(ctx context.Context, by models.Actor, request string) (Batch, error) {
	var out Batch
	if err := allowed(by); err != nil {
		return out, err
	}
	found, err := d.ApprovedBy(ctx, by.OrganizationID, request)
	if err != nil {
		return out, err
	}
	ids := make([]string, len(found.Back))
	for i, u := range found.Back {
		ids[i] = u.ID
	}
	slices.Reverse(ids) // in the order in which they were approved
	err = d.decideEach(ctx, by, ids, func(ctx context.Context, by models.Actor, id string) error {
		_, err := d.setStatus(ctx, by, id, func(u *models.User, at models.Time) error {
			if !preservedAt(u, found.at[id]) {
				return changedSince(u.UserName)
			}
			return restored(u, at)
		})
		return err
	}, &out)
	return out, d.auditHeld(ctx, by, "held.undo", "Took the approval of %s back.", out, err)
}

// auditHeld tells in the audit log what an administrator decided about held removals;
// each user's part is in the provisioning log. What was done before a failure counts.
func (d *Directory) auditHeld(ctx context.Context, by models.Actor, action, format string, done Batch, failed error) error {
	if done.Done == 0 {
		return failed
	}
	removals := "1 removal"
	if done.Done > 1 {
		removals = fmt.Sprintf("%d removals", done.Done)
	}
	err := d.Store.Administer(context.WithoutCancel(ctx), func(*store.Tx) (models.AuditEntry, error) {
		return audited(by, deed{action: action, target: "user", name: removals, summary: fmt.Sprintf(format, removals)}), nil
	})
	if failed != nil {
		return failed
	}
	return err
}
