package directory

import (
	"muster/models"
	"muster/models/store"
)

// settle closes the open items that a written user leaves without cause: the record
// was taken in, or whoever stood in its way does so no more. Old is nil for a new
// user. While the organization has no open items, it costs nothing.
func (w *work) settle(old, u *models.User) error {
	some, err := w.tx.AnyQueued(u.OrganizationID)
	if err != nil || !some {
		return err
	}
	about := store.ItemsAbout{
		Target: models.UserTarget, Key: u.Key,
		Anchors: []string{u.ExternalID, u.EntraID, u.LDAPID}, Names: []string{u.UserNameKey},
	}
	if old != nil && old.UserNameKey != u.UserNameKey {
		about.Names = append(about.Names, old.UserNameKey)
	}
	items, err := w.tx.OpenItemsAbout(u.OrganizationID, about)
	if err != nil {
		return err
	}
	for i := range items {
		sent, err := items[i].Delivery()
		if err != nil {
			return err
		}
		record := models.User{ID: sent.ID, Attributes: sent.Attributes}
		if err := record.Extract(); err != nil {
			return err
		}
		if why := outdated(&items[i], &record, old, u); why != "" {
			if err := w.close(&items[i], models.QueueSettled, "", why); err != nil {
				return err
			}
			w.entry.Details.Notes = append(w.entry.Details.Notes, "Settled in the queue: "+why)
		}
	}
	return nil
}

func (w *work) close(i *models.QueueItem, s models.QueueState, by, what string) error {
	was := *i
	i.Decide(s, by, what, w.tx.Now())
	return w.tx.SaveQueueItem(&was, i)
}

// outdated tells why an open item needs no decision any more now that a user was
// written; "" while it does. record is what was delivered.
func outdated(i *models.QueueItem, record, old, u *models.User) string {
	switch {
	case i.UserKey == u.Key && i.Kind == models.AdoptionItem:
		return adopted(i, record, old, u)
	case i.UserKey == u.Key && u.Hidden:
		return "User " + u.UserName + " was deleted at the source and holds the " + claimWord(i.Claim) + " no more."
	case i.UserKey == u.Key && claimedValue(i.Claim, u) != claimedValue(i.Claim, record):
		return "User " + u.UserName + " has another " + claimWord(i.Claim) + " now."
	case i.UserKey != u.Key && delivered(i, record, u):
		return arrived(i, record, old, u)
	}
	return ""
}

func adopted(i *models.QueueItem, record, old, u *models.User) string {
	switch {
	case u.Managed() && !u.Hidden:
		return "A directory manages user " + u.UserName + " now."
	case old != nil && u.Hidden && !old.Hidden:
		return "User " + u.UserName + " was deleted at the source."
	case claimedValue(i.Claim, u) != claimedValue(i.Claim, record):
		return "User " + u.UserName + " has another " + claimWord(i.Claim) + " now and is not matched any more."
	}
	return ""
}

// arrived tells what became of a record that waited in a conflict.
func arrived(i *models.QueueItem, record, old, u *models.User) string {
	has := claimedValue(i.Claim, u)
	switch {
	case u.Hidden:
		return "The directory deleted the record."
	case has == claimedValue(i.Claim, record):
		return "The record was taken in: it is user " + u.UserName + "."
	case old != nil && claimedValue(i.Claim, old) == has:
		return ""
	}
	return "The directory sent another " + claimWord(i.Claim) + ", and the record was taken in as user " + u.UserName + "."
}

// delivered tells whether a user is what a record was taken in as.
func delivered(i *models.QueueItem, record, u *models.User) bool {
	switch {
	case i.Anchor != "":
		return u.Anchor(i.Method) == i.Anchor
	case record.ID != "":
		return u.ID == record.ID
	}
	return u.Mode == i.Method && u.UserNameKey == record.UserNameKey
}

// claimedValue is what a user has in the attribute that an item is about, as it is
// compared.
func claimedValue(claim string, u *models.User) string {
	switch claim {
	case "userName":
		return u.UserNameKey
	case "externalId":
		return u.ExternalID
	case "emails":
		return u.EmailKey
	case "employeeNumber":
		return u.EmployeeNumber
	}
	return ""
}

func claimWord(claim string) string {
	switch claim {
	case "emails":
		return "work e-mail"
	case "employeeNumber":
		return "employee number"
	case "externalId":
		return "source anchor"
	}
	return claim
}
