package models

import (
	"fmt"
	"time"
)

// ConnectorState is what a connector does now.
type ConnectorState string

// The states. A held connector has a plan that waits for an administrator: the cycle it
// names tells whether it is a preview to accept or removals to approve.
const (
	ConnectorOff         ConnectorState = "off"         // never started
	ConnectorRunning     ConnectorState = "running"     // reads by its schedule
	ConnectorStopped     ConnectorState = "stopped"     // by an administrator
	ConnectorHeld        ConnectorState = "held"        // a plan waits for an administrator
	ConnectorQuarantined ConnectorState = "quarantined" // failed too often, or must not go on; tries daily
)

// ConnectorStates lists all states in the order pages show them.
func ConnectorStates() []ConnectorState {
	return []ConnectorState{ConnectorOff, ConnectorRunning, ConnectorStopped, ConnectorHeld, ConnectorQuarantined}
}

// Request is what a connector was asked to do out of its schedule.
type Request string

// The requests. Full and Restart read the whole directory; Undo reads nothing and is done
// by a stopped connector.
const (
	NoRequest      Request = ""
	SyncRequest    Request = "sync"    // what changed, now
	FullRequest    Request = "full"    // read everything and compare
	RestartRequest Request = "restart" // drop the watermark, keep links, deliver everybody anew
	ApplyRequest   Request = "apply"   // carry out the plan that was accepted or approved
	UndoRequest    Request = "undo"    // take a cycle back; stands until that is done
)

// Bounds of a connector's schedule, in minutes.
const (
	IntervalLeast   = 15
	IntervalDefault = 60
	IntervalMost    = 24 * 60
)

// Connector is how one organization's outside directory is read under one method: its
// settings, its sealed secret, its schedule, and how far it has come. A row exists from
// the first save of settings; who deletes a method's settings deletes it.
type Connector struct {
	Key            int64  `gorm:"column:id;primaryKey"`
	ID             string `gorm:"column:public_id"`
	OrganizationID int64
	Method         Method

	Settings   string // JSON of the connector's kind; no secret is in it
	Secret     string // sealed; "" for none
	SecretKind string // "client secret" or "certificate"
	SecretHint string // what a page may show of it
	SecretEnds Time   // 0: not known

	IntervalMinutes int

	State  ConnectorState
	Parked bool   // its method is not in charge
	Code   string // why the state is what it is: a stable word
	Reason string // a sentence
	Advice string // what to do next
	Since  Time   // of the state

	Cursor     string // where the next read of changes begins; "" for a full read
	Reading    string // where the read under way goes on
	ReadFull   bool   // the read under way is a full one
	ReadNumber int64  // of the full read under way, or of the last one
	FullReadAt Time   // when a full read was last complete
	CycleID    int64  // the cycle under way, or whose plan waits; 0 for none

	Wanted   string // hash of what is read and for whom, as saved
	Accepted string // what the plan that was last accepted was decided under; another one needs a preview

	NextRun  Time    // 0: not by itself
	Asked    Request // out of the schedule
	AskedBy  string
	Failures int  // cycles in a row
	Ticked   Time // when a cycle last ended well

	LeaseOwner string
	LeaseEpoch int64
	LeaseUntil Time // by the clock of the database

	LastTest string // JSON of the steps of the last connection test
	TestedAt Time

	Version   int64
	Created   Time
	CreatedBy string
	Updated   Time
	UpdatedBy string
}

// TableName is where connectors live.
func (Connector) TableName() string { return "connectors" }

// Interval is the time between two cycles.
func (c Connector) Interval() time.Duration { return time.Duration(c.IntervalMinutes) * time.Minute }

// Undoes tells whether the connector takes a cycle back now.
func (c Connector) Undoes() bool { return c.Asked == UndoRequest && c.CycleID != 0 }

// SecretAbout is what the connector's secret is sealed for: it opens for no other.
func (c Connector) SecretAbout() string {
	return fmt.Sprintf("connector/%d/%s", c.OrganizationID, c.Method)
}

// Works tells whether the connector starts cycles by itself or on request.
func (c Connector) Works() bool {
	return !c.Parked && c.State != ConnectorOff && c.State != ConnectorStopped
}

// SetState moves the connector to a state with the reason in words.
func (c *Connector) SetState(s ConnectorState, code, reason, advice string, at Time) {
	if c.State != s || c.Code != code {
		c.Since = at
	}
	c.State, c.Code, c.Reason, c.Advice = s, code, reason, advice
}

// Absence is why a source record is not there any more.
type Absence string

// The kinds of absence. Missing was concluded from a complete read.
const (
	Present Absence = ""
	Binned  Absence = "binned"  // deleted; may come back from the directory's own bin
	Deleted Absence = "deleted" // for good
	Missing Absence = "missing" // not in a complete read
)

// Planned is what a cycle decided to do with a source record.
type Planned string

// The decisions, in the order they are carried out.
const (
	PlanNothing  Planned = ""
	PlanCreate   Planned = "create"
	PlanAdopt    Planned = "adopt"   // matches somebody whom no directory manages
	PlanRestore  Planned = "restore" // the same person returns
	PlanUpdate   Planned = "update"
	PlanDisable  Planned = "disable"  // disabled in the directory
	PlanLeave    Planned = "leave"    // not in scope any more
	PlanRemove   Planned = "remove"   // deleted in the directory
	PlanConflict Planned = "conflict" // waits for an administrator, or is refused
)

// PlannedAll lists the decisions in the order pages show them.
func PlannedAll() []Planned {
	return []Planned{PlanCreate, PlanAdopt, PlanRestore, PlanUpdate, PlanDisable, PlanLeave, PlanRemove, PlanConflict}
}

// PlannedQuery asks for the records of a plan for which one decision stands.
type PlannedQuery struct {
	Kind   TargetType
	What   Planned
	Search string // beginning of a name, or a whole anchor; "" for all
	Page   Page
}

// UndoQuery asks for the records of a cycle that an undo puts back.
type UndoQuery struct {
	Touched bool   // those that stay instead, because they were changed since
	Search  string // part of a name; "" for all
	Page    Page
}

// Removes tells whether the decision takes a user's access away, or a group.
func (p Planned) Removes() bool { return p == PlanDisable || p == PlanLeave || p == PlanRemove }

// SourceRecord is what a connector knows of one user or group of its directory: all
// that came of it so far, merged, and what of it is done.
type SourceRecord struct {
	ConnectorID int64      `gorm:"primaryKey"`
	Kind        TargetType `gorm:"primaryKey"`
	Anchor      string     `gorm:"primaryKey"`
	Name        string     // userName or displayName, as far as it is known
	NameKey     string     // folded Name
	Document    string     // the merged record, JSON
	Manager     string     // anchor of a user's manager; "" for none
	Half        bool       // the directory shows the id alone
	Veiled      bool       // a group that hides its members
	Seen        int64      // the full read it came in last
	Absent      Absence
	InScope     bool
	Dirty       bool    // something about it is not carried out
	ManagerDue  bool    // the manager is not written
	TargetID    string  // public id of the user or group it became
	Plan        Planned // of the cycle under way or that waits
	How         string  // what matched: anchor, userName, emails, employeeNumber, displayName
	Note        string  // why, for conflicts and removals
	Told        string  // hash of what was refused, so that it is logged once
}

// TableName is where source records live.
func (SourceRecord) TableName() string { return "source_records" }

// Gone tells whether the record left the directory.
func (r SourceRecord) Gone() bool { return r.Absent != Present }

// SourceEdge is one direct membership as a directory has it.
type SourceEdge struct {
	ConnectorID int64      `gorm:"primaryKey"`
	GroupAnchor string     `gorm:"primaryKey"`
	Member      string     `gorm:"primaryKey"`
	Kind        MemberKind // "" when the directory does not say
	Seen        int64
	Present     bool // the directory has it
	Applied     bool // it is a membership here
	Open        bool // the two may differ
}

// TableName is where source edges live.
func (SourceEdge) TableName() string { return "source_edges" }

// CycleChange is what a cycle changed about one record, kept so that the cycle can be
// taken back.
type CycleChange struct {
	Key      int64 `gorm:"column:id;primaryKey"`
	CycleID  int64
	Kind     TargetType
	TargetID string
	Name     string
	Action   Action
	Before   string // the record before, JSON; "" when there was none
	After    int64  // the record's version after
	Added    string // members added, JSON list of public ids
	Removed  string // members removed
}

// TableName is where changes of cycles live.
func (CycleChange) TableName() string { return "cycle_changes" }
