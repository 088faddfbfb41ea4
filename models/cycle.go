package models

// CycleKind tells initial from incremental runs.
type CycleKind string

// The kinds of a burst of SCIM traffic; connectors add on demand and preview.
const (
	InitialCycle     CycleKind = "initial"
	IncrementalCycle CycleKind = "incremental"
)

// Cycle is one run of a connector, or a burst of SCIM traffic recognised as one:
// it ends when the client has been silent for the organization's cycle gap.
type Cycle struct {
	Key            int64 `gorm:"column:id;primaryKey"`
	OrganizationID int64
	Method         Method
	Kind           CycleKind
	InitiatorID    string
	InitiatorName  string
	Started        Time
	LastSeen       Time
	Ended          Time // 0 while it runs
	Requests       int64
	Created        int64
	Updated        int64
	Removed        int64 // disabled, preserved, deleted
	Skipped        int64
	Failed         int64
}

// TableName is where cycles live.
func (Cycle) TableName() string { return "cycles" }

// Running tells whether the cycle has not ended.
func (c Cycle) Running() bool { return c.Ended == 0 }

// Count adds a decision to the cycle's figures.
func (c *Cycle) Count(e LogEntry) {
	switch {
	case e.Status == Failure:
		c.Failed++
	case e.Status == Skipped:
		c.Skipped++
	case e.Action == ActionCreate:
		c.Created++
	case e.Action == ActionDisable, e.Action == ActionPreserve, e.Action == ActionDelete, e.Action == ActionStagedDelete:
		c.Removed++
	default:
		c.Updated++
	}
}
