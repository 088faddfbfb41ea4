package directory

import (
	"context"

	"muster/models"
	"muster/models/store"
)

// FollowSettings has users evaluated anew in the background when another choice was
// made of what becomes of those whom no mapping matches, and lets in who waits when
// there are more seats.
func (d *Directory) FollowSettings(ctx context.Context, by models.Actor, before, now models.OrganizationSettings) error {
	if before.SeatLimit != now.SeatLimit {
		d.rouse()
	}
	if before.Unmatched == now.Unmatched && before.DefaultProfile == now.DefaultProfile {
		return nil
	}
	err := d.Store.Keep(ctx, func(tx *store.Tx) error {
		org, err := tx.Organization(ctx, by.OrganizationID)
		if err != nil {
			return err
		}
		for _, method := range governing() {
			list, err := tx.Mappings(ctx, org.Key, method)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				continue
			}
			if err := d.schedule(ctx, tx, org, method, by.Name, "The settings for users whom no mapping matches changed."); err != nil {
				return err
			}
		}
		return nil
	})
	d.rouse()
	return err
}
