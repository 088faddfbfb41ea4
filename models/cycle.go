package models

// CycleKind tells initial from incremental runs.
type CycleKind string

// The kinds. A burst of SCIM traffic is initial or incremental; connectors have all. A
// preview ends with a plan, and becomes initial or full once it is accepted.
const (
	InitialCycle     CycleKind = "initial"
	IncrementalCycle CycleKind = "incremental"
	FullCycle        CycleKind = "full"
	PreviewCycle     CycleKind = "preview"
	OnDemandCycle    CycleKind = "on demand"
	UndoCycle        CycleKind = "undo"
)

// CycleState is what has become of a connector's cycle; "" for bursts of SCIM traffic.
type CycleState string

// The states. Those that wait do so for an administrator.
const (
	CycleRunning   CycleState = "running"
	CyclePreviewed CycleState = "previewed" // waits to be accepted
	CycleHeld      CycleState = "held"      // removes too much: waits to be approved or rejected
	CycleDone      CycleState = "done"
	CycleFailed    CycleState = "failed"
	CycleStopped   CycleState = "stopped"  // by an administrator, or because the method changed
	CycleParked    CycleState = "parked"   // goes on later: the directory said until when
	CycleRejected  CycleState = "rejected" // by an administrator
)

// Waits tells whether an administrator has to decide.
func (s CycleState) Waits() bool { return s == CyclePreviewed || s == CycleHeld }

// CyclePhase is what a connector's cycle is at.
type CyclePhase string

// The phases, in order.
const (
	ReadPhase     CyclePhase = "read"
	PlanPhase     CyclePhase = "plan"
	UsersPhase    CyclePhase = "users"
	ManagersPhase CyclePhase = "managers"
	GroupsPhase   CyclePhase = "groups"
	MembersPhase  CyclePhase = "members"
	UndoPhase     CyclePhase = "undo" // of an undo, its only one
)

// CyclePhases lists the phases of a cycle that reads, in order.
func CyclePhases() []CyclePhase {
	return []CyclePhase{ReadPhase, PlanPhase, UsersPhase, ManagersPhase, GroupsPhase, MembersPhase}
}

// CyclePlan is what a cycle decided, counted. Unchanged are users who stay as they are.
type CyclePlan struct {
	Users     map[Planned]int64 `json:"users,omitempty"`
	Groups    map[Planned]int64 `json:"groups,omitempty"`
	ByAnchor  int64             `json:"byAnchor,omitempty"` // of those adopted or restored
	ByName    int64             `json:"byName,omitempty"`
	ByAttr    int64             `json:"byAttribute,omitempty"`
	Unchanged int64             `json:"unchanged,omitempty"`
	InScope   int64             `json:"inScope,omitempty"` // users
	Joins     int64             `json:"joins,omitempty"`   // memberships to make, as far as known
	Parts     int64             `json:"parts,omitempty"`   // memberships to end, of those who stay

	Removals int64  `json:"removals,omitempty"` // active users who lose access
	Recent   int64  `json:"recent,omitempty"`   // who lost it within the hour before
	Managed  int64  `json:"managed,omitempty"`  // active users of the method
	Edges    int64  `json:"edges,omitempty"`    // memberships of the method
	Version  string `json:"version,omitempty"`  // another plan has another one
}

// Changes tells how many records the plan changes.
func (p CyclePlan) Changes() int64 {
	var n int64
	for _, counts := range []map[Planned]int64{p.Users, p.Groups} {
		for what, some := range counts {
			if what != PlanConflict {
				n += some
			}
		}
	}
	return n
}

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

	// Of connectors.
	State     CycleState
	Phase     CyclePhase
	PhaseAt   Time  // when the phase began
	Total     int64 // of users: how many the phase is about; 0 when not known yet
	Progress  int64 // how many of them are done
	Pages     int64 // read
	Code      string
	Text      string // why it ended, or waits, as it did
	Advice    string
	Epoch     int64     // of the lease under which it runs
	Full      bool      `gorm:"column:read_all"` // it read the whole directory
	Previews  bool      // its plan had to be accepted
	Plan      CyclePlan `gorm:"serializer:json;not null"`
	Decided   Time
	DecidedBy string // who accepted, approved or rejected the plan
	Undoes    int64  // key of the cycle that this one took back
	UndoneBy  int64  // key of the cycle that took this one back
	UndoUntil Time   // 0: it cannot be taken back
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
