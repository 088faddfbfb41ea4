package directory

import (
	"fmt"

	"muster/models"
)

// seat makes sure that a user who begins to hold a seat has one: otherwise they wait
// in order, or are refused, as the organization chose.
func (w *work) seat(old, u *models.User) error {
	limit := w.org.Settings.SeatLimit
	w.frees = limit > 0 && (old != nil && old.HoldsSeat()) && !u.HoldsSeat()
	if limit == 0 && u.Parked == models.WaitsForSeat {
		w.seated(u)
	}
	if limit == 0 || (old != nil && old.HoldsSeat()) || !u.HoldsSeat() && u.Parked != models.WaitsForSeat {
		return nil
	}
	used, err := w.seatsUsed()
	if err != nil {
		return err
	}
	waited := old != nil && old.Parked == models.WaitsForSeat
	wanted := waited && u.Enabled != nil && *u.Enabled && !w.by.Directory()
	switch {
	case used < limit:
		w.seated(u)
		return nil
	case waited && !wanted && u.Parked == models.WaitsForSeat:
		return nil // goes on waiting
	case wanted, w.org.Settings.SeatPolicy == models.SeatRefuse:
		return models.Errorf(models.Forbidden, "", "All %d seats of this organization are taken, so user %s cannot come in.", limit, u.UserName).
			WithAdvice("Preserve somebody who left, or raise the number of seats under Settings.").WithCode("noSeat")
	}
	u.SetStatus(models.Inactive, models.ByNobody, "Waiting for a seat", w.tx.Now())
	u.Parked = models.WaitsForSeat
	if w.entry.Code == "" {
		w.warn(models.Warning, "noSeat", fmt.Sprintf("All %d seats are taken. The user comes in by themselves when one is free; preserve somebody who left, or raise the number of seats under Settings.", limit))
	}
	return nil
}

// seated ends the wait of somebody for whom there is a seat.
func (w *work) seated(u *models.User) {
	if u.Parked != models.WaitsForSeat {
		return
	}
	u.Parked = models.NotParked
	if u.Status == models.Inactive {
		u.SetStatus(models.Active, models.ByNobody, "", w.tx.Now())
	}
}

// seatsUsed counts the seats that are taken, this transaction's own changes among
// them. Whoever asks is alone with the answer until the transaction ends.
func (w *work) seatsUsed() (int64, error) {
	if err := w.tx.ClaimValue(w.org.Key, "seats", "all"); err != nil {
		return 0, err
	}
	return w.tx.SeatsUsed(w.org.Key)
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
	_, err = d.admit(w, next)
	return err
}

// admit lets one waiting user in, as a change of its own in the same transaction.
func (d *Directory) admit(w *work, id string) (models.User, error) {
	own := &work{tx: w.tx, by: models.System(w.org.Key, "Seats"), org: w.org}
	own.entry = d.blank(w.tx, own.by, models.UserTarget, "")
	own.entry.Source = w.org.Method
	own.entry.Details.Steps[0].Text = "A seat came free."
	old, err := own.user(id)
	if err != nil {
		return old, err
	}
	u := old
	u.Attributes = models.CopyAttributes(old.Attributes)
	own.seated(&u)
	u, err = d.save(own, &old, &u, models.ActionRestore)
	if err != nil || own.quiet {
		return u, err
	}
	own.resay("Let user " + u.UserName + " in, who waited for a seat.")
	w.also = append(w.also, own.entry)
	w.also = append(w.also, own.also...)
	return u, nil
}
