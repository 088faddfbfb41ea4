package models

// QueueKind is what sort of decision waits.
type QueueKind string

// Adoption: a directory's record matches a user whom nobody manages. Conflict: a
// record claims what another person holds.
const (
	AdoptionItem QueueKind = "adoption"
	ConflictItem QueueKind = "conflict"
)

// QueueState is how far a decision is.
type QueueState string

// Settled means that it needed no decision any more: the directory renamed, or the
// record was taken in another way.
const (
	QueueOpen     QueueState = "open"
	QueueAccepted QueueState = "accepted"
	QueueRefused  QueueState = "refused"
	QueueSettled  QueueState = "settled"
)

// QueueItem is a decision that waits for an administrator: what a directory sent,
// whom it meets, and why it was not done at once.
type QueueItem struct {
	Key            int64  `gorm:"column:id;primaryKey"`
	ID             string `gorm:"column:public_id"`
	OrganizationID int64
	Kind           QueueKind
	State          QueueState
	Method         Method
	UserKey        int64  `gorm:"column:user_id"` // whom the record meets
	Claim          string // what they meet in: userName, externalId, emails, employeeNumber or manager's own words
	Anchor         string // source anchor of the record
	Name           string // userName of the record
	NameKey        string // folded, for search and for finding the same record again
	Record         string // the delivered document, JSON
	Reason         string // why it waits, a sentence
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
}

// TableName is where the queue lives.
func (QueueItem) TableName() string { return "queue_items" }

// QueueQuery selects queue items, those seen last first.
type QueueQuery struct {
	Kind   QueueKind
	State  QueueState // "" is any
	Search string     // beginning of a userName
	Page   Page
}
