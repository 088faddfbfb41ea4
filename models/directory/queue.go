package directory

import (
	"muster/models"
	"muster/models/filter"
)

// waitFor notes what an administrator has to decide when the change is refused: the
// record, whom it meets and in what. What an administrator does waits for nobody.
func (w *work) waitFor(kind models.QueueKind, holder *models.User, claim string, in *models.User) error {
	if kind == "" || !w.by.Directory() {
		return nil
	}
	i := w.item(kind, models.UserTarget, holder.Key, claim)
	i.Anchor, i.Name, i.NameKey = in.Anchor(i.Method), in.UserName, filter.Fold(in.UserName)
	sent := models.Delivery{Attributes: in.Attributes, Enabled: in.Enabled, ID: in.ID, Delivered: in.Delivered}
	if in.Hidden && !holder.Hidden { // a deletion: what it would do to a user of the directory
		sent.Enabled = new(false)
	}
	if kind == models.AdoptionItem {
		w.entry.Action = models.ActionAdopt
		w.entry.TargetID, w.entry.TargetName = holder.ID, holder.UserName
	}
	w.waits = &i
	return i.Keep(sent)
}

func (w *work) item(kind models.QueueKind, target models.TargetType, key int64, claim string) models.QueueItem {
	return models.QueueItem{
		OrganizationID: w.by.OrganizationID, Kind: kind, State: models.QueueOpen, Method: w.by.Source(),
		Target: target, UserKey: key, Claim: claim,
		InitiatorID: w.by.ID, InitiatorName: w.by.Name, RequestID: w.by.RequestID,
	}
}

// collide refuses what another user holds, and leaves it to an administrator who is
// who.
func (w *work) collide(refusal *models.Error, holder, u *models.User) error {
	if err := w.waitFor(models.ConflictItem, holder, refusal.Attr, u); err != nil {
		return err
	}
	return refusal
}

// mayAdopt tells whether the directory may take over a user whom nobody manages: as
// the organization has set it, and by itself only where it is plain that they are
// the same person. A look-up by e-mail is not enough to change how they sign in.
func (w *work) mayAdopt(old, u *models.User) error {
	if old.Mode != models.Manual || w.decided {
		return nil
	}
	adoption, claim := w.org.Settings.Adoption, w.claimed(old, u)
	switch {
	case adoption == models.AdoptRefuse:
		return unadopted(old)
	case adoption == models.AdoptAsk || claim == "id":
		if err := w.waitFor(models.AdoptionItem, old, claim, u); err != nil {
			return err
		}
		v := pending(old, met{attr: claim})
		w.step(models.StepMatch, models.Skipped, "%s", v.Text)
		return v.Refusal
	}
	return nil
}

// claimed is what tells that a user and what a directory makes of them are the same
// person; "id" when only the directory says so.
func (w *work) claimed(old, u *models.User) string {
	switch {
	case old.ExternalID != "" && old.ExternalID == u.ExternalID:
		return "externalId"
	case filter.Fold(old.UserName) == filter.Fold(u.UserName):
		return "userName"
	case w.org.Settings.MatchAttribute == models.MatchByEmployeeNumber && old.EmployeeNumber != "" && old.EmployeeNumber == u.EmployeeNumber:
		return "employeeNumber"
	}
	return "id"
}

// enqueue writes a refused record to the queue, or refreshes the item it has there,
// and gives the refusal with the way to it. A record that an administrator has
// refused already makes no new item.
func (d *Directory) enqueue(w *work, i models.QueueItem, e *models.LogEntry, refusal *models.Error) (*models.Error, error) {
	i.Reason, i.Code, i.EntryID = sentenceMost(refusal.Msg), refusal.Code, e.ID
	i.LastSeen, i.Attempts = w.tx.Now(), 1
	known, err := w.tx.QueueItemsOf(i)
	if err != nil {
		return nil, err
	}
	old := already(known, i)
	if old == nil {
		i.ID, i.Created = d.NewID(), w.tx.Now()
		e.Details.Queue = i.ID
		return waiting(refusal, &i), w.tx.InsertQueueItem(&i)
	}
	i.Key, i.ID, i.Created, i.Attempts = old.Key, old.ID, old.Created, old.Attempts+1
	i.State, i.Decided, i.DecidedBy, i.Decision = old.State, old.Decided, old.DecidedBy, old.Decision
	e.Details.Queue = i.ID
	if err := w.tx.SaveQueueItem(old, &i); err != nil {
		return nil, err
	}
	if i.State == models.QueueRefused {
		return declined(&i), nil
	}
	return waiting(refusal, &i), nil
}

// already picks the item that a record has: the refusal of the same adoption, else
// the open one.
func already(known []models.QueueItem, now models.QueueItem) *models.QueueItem {
	var open *models.QueueItem
	for i := range known {
		switch old := &known[i]; {
		case old.Open() && open == nil:
			open = old
		case old.State == models.QueueRefused && old.Kind == now.Kind && old.UserKey == now.UserKey:
			return old
		}
	}
	return open
}
