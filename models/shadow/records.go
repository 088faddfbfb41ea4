package shadow

import (
	"context"

	"muster/models"
	"muster/models/directory"
	"muster/models/transform"
)

// Find gives the records that a directory delivered in shadow mode about users of the
// organization, for those who attach users by decision: who was taken over there, or who
// came there under the anchor that a user kept.
func (s *Shadows) Find(ctx context.Context, organization int64, method models.Method, users []directory.Wanted) ([][]directory.Record, error) {
	out := make([][]directory.Record, len(users))
	w := s.hold(organization, models.ShadowClosed, models.ShadowReady)
	if w == nil || method != models.SCIM {
		if w != nil {
			w.busy.Done()
		}
		return out, nil
	}
	defer w.busy.Done()
	for i, wanted := range users {
		u, err := w.store.User(ctx, organization, wanted.UserID)
		if err == nil && !u.Managed() && wanted.Anchor != "" || models.KindOf(err) == models.NotFound {
			u, err = w.store.UserByAnchor(ctx, organization, models.SCIM, wanted.Anchor)
		}
		switch {
		case models.KindOf(err) == models.NotFound || err == nil && (!u.Managed() || u.Hidden):
			continue
		case err != nil:
			return nil, err
		}
		rec, err := record(u)
		if err != nil {
			return nil, err
		}
		out[i] = []directory.Record{rec}
	}
	return out, nil
}

// record is what the directory delivered about a user.
func record(u models.User) (directory.Record, error) {
	if err := u.Load(); err != nil {
		return directory.Record{}, err
	}
	sent, err := transform.ReadOverlay(u.Delivered)
	return directory.Record{
		Anchor: u.ExternalID, UserName: u.UserName, Email: u.Email, EmployeeNumber: u.EmployeeNumber, Enabled: enabled(u),
		Attributes: sent.Over(u.Attributes),
	}, err
}
