package models

// Action is what a provisioning decision did, in Entra's log vocabulary.
type Action string

// The actions of product.md.
const (
	ActionCreate       Action = "create"
	ActionUpdate       Action = "update"
	ActionDisable      Action = "disable"
	ActionDelete       Action = "delete"
	ActionPreserve     Action = "preserve"
	ActionRestore      Action = "restore"
	ActionAdopt        Action = "adopt"
	ActionStagedDelete Action = "staged delete"
	ActionOther        Action = "other"
)

// Actions lists all actions in the order filters show them.
func Actions() []Action {
	return []Action{
		ActionCreate, ActionUpdate, ActionDisable, ActionDelete, ActionPreserve,
		ActionRestore, ActionAdopt, ActionStagedDelete, ActionOther,
	}
}

// Outcome is the status of a decision.
type Outcome string

// The outcomes of product.md.
const (
	Success Outcome = "success"
	Failure Outcome = "failure"
	Skipped Outcome = "skipped"
	Warning Outcome = "warning"
)

// Outcomes lists all outcomes in the order filters show them.
func Outcomes() []Outcome { return []Outcome{Success, Failure, Skipped, Warning} }

// TargetType is what a log entry is about.
type TargetType string

// Entries are about a user, a group, or the organization itself.
const (
	UserTarget         TargetType = "user"
	GroupTarget        TargetType = "group"
	OrganizationTarget TargetType = "organization"
)

// LogEntry is one decision on one record (product.md, "provisioning log").
type LogEntry struct {
	Key            int64  `gorm:"column:id;primaryKey"`
	ID             string `gorm:"column:public_id"` // change id: UUIDv7
	OrganizationID int64
	At             Time
	Action         Action
	Status         Outcome
	Source         Method // the method whose traffic this was; manual for console and CSV
	CycleID        int64  // 0 outside a cycle
	RequestID      string
	InitiatorKind  ActorKind
	InitiatorID    string
	InitiatorName  string
	TargetType     TargetType
	TargetID       string // public id; "" when the record never came to be
	TargetName     string // userName or group name at that time
	TargetKey      string // folded TargetName, for search
	DurationMicros int64
	Code           string     // error code of a failure, skip or warning
	Summary        string     // the outcome as a sentence
	Details        LogDetails `gorm:"serializer:json;not null"`
}

// TableName is where log entries live.
func (LogEntry) TableName() string { return "log_entries" }

// LogDetails is what the detail page shows beyond the list's row.
type LogDetails struct {
	Steps    []Step   `json:"steps,omitempty"`
	Modified []Change `json:"modified,omitempty"`
	Advice   string   `json:"advice,omitempty"`
	Anchor   string   `json:"anchor,omitempty"` // source anchor of the record
	Notes    []string `json:"notes,omitempty"`  // deviations tolerated, attributes ignored by rule
	Queue    string   `json:"queue,omitempty"`  // id of the queue item that waits because of this
}

// StepName is a stage of a decision.
type StepName string

// The four stages, in order.
const (
	StepImport StepName = "import"
	StepMatch  StepName = "match"
	StepScope  StepName = "scope"
	StepAction StepName = "action"
)

// Step tells what one stage found.
type Step struct {
	Name   StepName `json:"name"`
	Status Outcome  `json:"status"`
	Text   string   `json:"text"`
}

// Change is a modified property: a readable path with its old and new value, ""
// for none.
type Change struct {
	Path string `json:"path"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
}

// LogQuery selects log entries, newest first.
type LogQuery struct {
	Search      string // words of a user or group, beginning of a target's name, or a change, request or target id
	Actions     []Action
	Statuses    []Outcome
	InitiatorID string
	TargetID    string
	CycleID     int64
	RequestID   string
	Code        string // of a failure, skip or warning; selects no success
	From, To    Time   // To is exclusive; 0 is open
	Page        Page
}

// Bucket is one bar of a histogram.
type Bucket struct {
	Start    Time
	End      Time
	ByStatus map[Outcome]int64
}

// Exchange is one SCIM request with its answer, bodies masked, as a log entry's
// Request tab shows it.
type Exchange struct {
	Key            int64 `gorm:"column:id;primaryKey"`
	OrganizationID int64
	RequestID      string
	At             Time
	TokenID        string
	TokenName      string
	Address        string
	Client         string
	HTTPMethod     string
	Path           string // with the query
	Status         int
	ScimType       string
	DurationMicros int64
	CycleID        int64
	RequestBody    string
	ResponseBody   string
	Notes          []string `gorm:"serializer:json;not null"`

	Deviations []Deviation `gorm:"-"` // what Notes say, to be counted for the token
}

// Deviation is one thing that a client does otherwise than the standard has it and
// that was understood all the same. All of a token's together are its dialect.
type Deviation struct {
	OrganizationID int64
	TokenID        string
	Code           string // stable word for the kind
	Attr           string // the attribute or name it concerns, if any
	Msg            string // what came and how it was read
	Advice         string // what would end it at the source
	Requests       int64
	First, Last    Time
	RequestID      string // the latest request with it
}

// TableName is where dialects live.
func (Deviation) TableName() string { return "deviations" }

// TableName is where exchanges live.
func (Exchange) TableName() string { return "exchanges" }

// ExchangeQuery selects exchanges, newest first.
type ExchangeQuery struct {
	TokenID  string
	Failed   bool
	From, To Time
	Page     Page
}
