package directory

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/store"
)

// seat makes sure that a user who begins to hold a seat has one: otherwise they wait
// in order, or are refused, as the organization chose.
func (d *Directory) seat(w *work, old, u *models.User) error {
	limit := w.org.Settings.SeatLimit
	w.frees = limit > 0 && (old != nil && old.HoldsSeat()) && !u.HoldsSeat()
	if limit == 0 && u.Parked == models.WaitsForSeat {
		w.seated(u)
	}
	if limit == 0 || (old != nil && old.HoldsSeat()) || !u.HoldsSeat() && u.Parked != models.WaitsForSeat {
		return nil
	}
	used, err := d.seatsFor(w, u)
	if err != nil {
		return err
	}
	waited := old != nil && old.Parked == models.WaitsForSeat
	wanted := waited && u.Enabled != nil && *u.Enabled && !w.by.Directory()
	// Whom a rule lets in there is nobody to refuse to.
	refused := w.org.Settings.SeatPolicy == models.SeatRefuse && !w.follows
	switch {
	case used < limit:
		w.seated(u)
		return nil
	case waited && !wanted && u.Parked == models.WaitsForSeat:
		return nil // goes on waiting
	case wanted, refused:
		return models.Errorf(models.Forbidden, "", "All %d seats of this organization are taken, so user %s cannot come in.", limit, u.UserName).
			WithAdvice("Preserve somebody who left, or raise the number of seats under Settings.").WithCode("noSeat")
	}
	w.await(u, models.Inactive, models.WaitsForSeat, "Waiting for a seat")
	if w.entry.Code == "" {
		w.warn(models.Warning, "noSeat", fmt.Sprintf("All %d seats are taken. The user comes in by themselves when one is free; preserve somebody who left, or raise the number of seats under Settings.", limit))
	}
	return nil
}

// await makes a user wait, from now on; one who waits already has waited since then.
func (w *work) await(u *models.User, as models.Status, what models.Parking, why string) {
	by := models.ByNobody
	if as == models.Preserved {
		by = models.ByDirectory
	}
	if u.Parked == models.NotParked {
		u.StatusSince = w.tx.Now()
	}
	u.Status, u.PreservedBy, u.StatusNote, u.Parked = as, by, why, what
}

// enters lets in who waited. Who did so ever since they arrived begins as their rule
// has new users begin.
func (w *work) enters(u *models.User) {
	u.Parked = models.NotParked
	if u.StatusSince == u.Created && w.ruling != nil {
		if m, ok := w.ruling.mappings[u.MappingKey]; ok && m.InitialStatus == models.Inactive {
			w.beginsInactive(u, m)
			return
		}
	}
	u.SetStatus(models.Active, models.ByNobody, "", w.tx.Now())
}

func (w *work) beginsInactive(u *models.User, m models.Mapping) {
	u.Status, u.PreservedBy, u.StatusSince = models.Inactive, models.ByNobody, w.tx.Now()
	u.StatusNote = "New users of mapping “" + m.Name + "” begin inactive"
}

// seated ends the wait of somebody for whom there is a seat.
func (w *work) seated(u *models.User) {
	if u.Parked != models.WaitsForSeat {
		return
	}
	w.enters(u)
}

// seatsUsed counts the seats that are taken, this transaction's own changes among
// them. Whoever asks is alone with the answer until the transaction ends.
func (w *work) seatsUsed() (int64, error) {
	if err := w.tx.ClaimValue(w.org.Key, "seats", "all"); err != nil {
		return 0, err
	}
	return w.tx.SeatsUsed(w.org.Key)
}

// admitMost bounds how many who wait come in with somebody else's change; the others
// follow in the background.
const admitMost = 20

// seatsFor counts the seats that are taken before a user has one. Where there are free
// ones, as after the limit was raised, those who wait longer have come in first.
func (d *Directory) seatsFor(w *work, u *models.User) (int64, error) {
	for range admitMost {
		used, err := w.seatsUsed()
		if err != nil || used >= w.org.Settings.SeatLimit {
			return used, err
		}
		next, waits, err := w.tx.FirstWaiting(w.tx.Context(), w.org.Key, models.WaitsForSeat)
		if err != nil || !waits || next == u.ID {
			return used, err
		}
		if err := d.admit(w, next); err != nil {
			return used, err
		}
	}
	return w.org.Settings.SeatLimit, nil // all free ones are spoken for
}

// admitNext lets in who waits longest, once a seat is free.
func (d *Directory) admitNext(w *work) error {
	if !w.frees {
		return nil
	}
	w.frees = false
	used, err := w.seatsUsed()
	if err != nil || used >= w.org.Settings.SeatLimit {
		return err
	}
	next, ok, err := w.tx.FirstWaiting(w.tx.Context(), w.org.Key, models.WaitsForSeat)
	if err != nil || !ok {
		return err
	}
	return d.admit(w, next)
}

// admit lets one waiting user in, as a change of its own in the same transaction.
func (d *Directory) admit(w *work, id string) error {
	own := &work{tx: w.tx, by: models.System(w.org.Key, "Seats"), org: w.org}
	own.entry = d.blank(w.tx, own.by, models.UserTarget, "")
	own.entry.Source = w.org.Method
	own.entry.Details.Steps[0].Text = "A seat came free."
	old, err := own.user(id)
	if err != nil {
		return err
	}
	u := old
	u.Attributes = models.CopyAttributes(old.Attributes)
	if own.ruling, err = d.rulings.of(w.tx.Context(), w.tx.Reader, w.org); err != nil {
		return err
	}
	own.seated(&u)
	if u, err = d.save(own, &old, &u, models.ActionRestore); err != nil || own.quiet {
		return err
	}
	own.resay("Let user " + u.UserName + " in, who waited for a seat.")
	w.also = append(w.also, own.entry)
	w.also = append(w.also, own.also...)
	return nil
}

// SeatWaiting lets in who waits for a seat, in order, while there are free ones: after the
// limit was raised or taken away. An organization without waiting users costs one
// question.
func (d *Directory) SeatWaiting(ctx context.Context, by models.Actor) error {
	for {
		var admitted bool
		id, waits, err := d.Store.FirstWaiting(ctx, by.OrganizationID, models.WaitsForSeat)
		if err != nil || !waits {
			return err
		}
		err = d.Store.Provision(ctx, func(tx *store.Tx) ([]models.LogEntry, error) {
			admitted = false
			org, err := tx.ShareOrganization(by.OrganizationID)
			if err != nil {
				return nil, err
			}
			w := &work{tx: tx, by: by, org: org}
			used, err := w.seatsUsed()
			if err != nil || org.Settings.SeatLimit > 0 && used >= org.Settings.SeatLimit {
				return nil, err
			}
			if err := d.admit(w, id); err != nil {
				return nil, err
			}
			admitted = len(w.also) > 0
			return w.also, nil
		})
		if err != nil || !admitted {
			return err
		}
	}
}

// SeatAll looks in every organization for users who wait for a seat that is free.
func (d *Directory) SeatAll(ctx context.Context) error {
	orgs, err := d.Store.Organizations(ctx)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		if err := d.SeatWaiting(ctx, models.System(o.Key, "Seats")); err != nil {
			return err
		}
	}
	return nil
}
