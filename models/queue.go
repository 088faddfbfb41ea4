package models

import (
	"fmt"
	"maps"

	"muster/models/filter"
)

// QueueKind is what sort of decision waits.
type QueueKind string

// Adoption: a directory's record matches a user or group whom nobody manages.
// Conflict: a record claims what another person holds.
const (
	AdoptionItem QueueKind = "adoption"
	ConflictItem QueueKind = "conflict"
)

// QueueKinds lists the kinds in the order pages show them.
func QueueKinds() []QueueKind { return []QueueKind{AdoptionItem, ConflictItem} }

// QueueState is how far a decision is.
type QueueState string

// Settled means that it needed no decision any more: the directory renamed, or the
// record was taken in in another way.
const (
	QueueOpen     QueueState = "open"
	QueueAccepted QueueState = "accepted"
	QueueRefused  QueueState = "refused"
	QueueSettled  QueueState = "settled"
)

// QueueItem is a decision that waits for an administrator: what a directory sent,
// whom it meets, and why it was not done at once. A record has at most one open
// item: what stands in its way now.
type QueueItem struct {
	Key            int64  `gorm:"column:id;primaryKey"`
	ID             string `gorm:"column:public_id"`
	OrganizationID int64
	Kind           QueueKind
	State          QueueState
	Method         Method
	Target         TargetType // what the record is: a user, or a group that would be taken over
	UserKey        int64      `gorm:"column:user_id"` // whom the record meets; a group's key where Target is one
	Claim          string     // what they meet in: userName, externalId, emails, employeeNumber, displayName, or id when the directory knows the record here
	Anchor         string     // source anchor of the record
	Name           string     // userName or displayName of the record
	NameKey        string     // folded, for search and for finding the same record again
	Record         string     // the delivered document, JSON; see Delivery
	Reason         string     // why it waits, a sentence
	Code           string
	InitiatorID    string // token or connector that sent it
	InitiatorName  string
	RequestID      string // the latest attempt
	EntryID        string // change id of the latest log entry
	Attempts       int64
	Created        Time
	LastSeen       Time
	Decided        Time
	DecidedBy      string
	Decision       string // what was done, a sentence
	SettledBy      string // public id of the method change that closed it; undoing that opens it again
}

// TableName is where the queue lives.
func (QueueItem) TableName() string { return "queue_items" }

// Open tells whether the item waits for a decision.
func (i *QueueItem) Open() bool { return i.State == QueueOpen }

// Decide closes the item with what was done.
func (i *QueueItem) Decide(s QueueState, by, what string, at Time) {
	i.State, i.DecidedBy, i.Decision, i.Decided = s, by, what, at
}

// Delivery is what a directory sent: the document, whether the record is enabled
// (nil when it did not say), where the directory changed a record that it knows
// here, the public id of that one, and User.Delivered as it would be.
type Delivery struct {
	Attributes Attributes
	Enabled    *bool
	ID         string
	Delivered  string
}

// Keep stores what was delivered, as SCIM writes it: active and id beside the
// attributes.
func (i *QueueItem) Keep(d Delivery) error {
	doc := make(Attributes, len(d.Attributes)+3)
	maps.Copy(doc, d.Attributes)
	if d.Enabled != nil {
		doc["active"] = *d.Enabled
	}
	for name, text := range map[string]string{"id": d.ID, deliveredMember: d.Delivered} {
		if text != "" {
			doc[name] = text
		}
	}
	record, err := appendDocument(make([]byte, 0, 1024), doc)
	if err != nil {
		return fmt.Errorf("encode the record %s of the queue: %w", i.Name, err)
	}
	i.Record = string(record)
	return nil
}

// Delivery reads what was delivered.
func (i *QueueItem) Delivery() (Delivery, error) {
	d := Delivery{Attributes: Attributes{}}
	if err := readJSON(i.Record, &d.Attributes); err != nil {
		return d, fmt.Errorf("read the record of queue item %s: %w", i.ID, err)
	}
	if active, ok := d.Attributes["active"].(bool); ok {
		d.Enabled = &active
	}
	d.ID, d.Delivered = text(d.Attributes, "id"), text(d.Attributes, deliveredMember)
	for _, name := range []string{"active", "id", deliveredMember} {
		delete(d.Attributes, name)
	}
	return d, nil
}

// deliveredMember holds Delivery.Delivered in a stored record; no schema has such an
// attribute.
const deliveredMember = "#delivered"

// Delivered gives the record as the user it would be, with all that is extracted
// from its attributes.
func (i *QueueItem) Delivered() (User, error) {
	d, err := i.Delivery()
	if err != nil {
		return User{}, err
	}
	u := User{OrganizationID: i.OrganizationID, Attributes: d.Attributes, Enabled: d.Enabled, Mode: i.Method}
	return u, u.Extract()
}

// SameSignIn tells whether a user keeps the userName when the record takes them
// over, so that they sign in as before.
func (i *QueueItem) SameSignIn(u *User) bool { return filter.Fold(u.UserName) == i.NameKey }

// QueueQuery selects queue items: open ones by when they were seen last, decided
// ones by when they were decided, the latest first.
type QueueQuery struct {
	Kind    QueueKind // "" is any
	Decided bool      // those decided or settled instead of the open ones
	Search  string    // beginning of a userName, of the record or of whom it meets
	Page    Page
}
