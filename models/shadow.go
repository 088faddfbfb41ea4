package models

// Shadow is an organization's rehearsal of a method that is not in charge: what its
// directory sends is answered, recorded and evaluated in a store of its own, and
// changes nothing here.
type Shadow struct {
	OrganizationID int64  `gorm:"primaryKey;autoIncrement:false"`
	ID             string `gorm:"column:public_id"` // which rehearsal it is
	Method         Method
	State          ShadowState
	Started        Time
	StartedBy      string
	Total          int64 // users and groups to copy
	Copied         int64
	Ready          Time   // when all was copied
	Ended          Time   // when the method was put in charge, or the rehearsal was thrown away
	LastError      string // of the copying, which goes on by itself
	Updated        Time
}

// TableName is where rehearsals live.
func (Shadow) TableName() string { return "shadows" }

// ShadowState is how far a rehearsal is.
type ShadowState string

// The states. A closed one is kept to compare and to go back to, as long as the change
// can be undone.
const (
	ShadowCopying   ShadowState = "copying"
	ShadowStopped   ShadowState = "stopped"
	ShadowReady     ShadowState = "ready"
	ShadowClosed    ShadowState = "closed"
	ShadowDiscarded ShadowState = "discarded"
)

// Told tells whether there is anything to tell of what the directory would do.
func (s Shadow) Told() bool { return s.State == ShadowReady || s.State == ShadowClosed }

// ShadowOutcome is what becomes of a record when the method is put in charge.
type ShadowOutcome string

// The outcomes.
const (
	ShadowMatched    ShadowOutcome = "matched"      // a user or group who is here is taken over
	ShadowCreated    ShadowOutcome = "created"      // a new one
	ShadowConflict   ShadowOutcome = "conflict"     // claims what somebody else has
	ShadowWaiting    ShadowOutcome = "waiting"      // for a decision, or for a seat
	ShadowOutOfScope ShadowOutcome = "out of scope" // no mapping matches
	ShadowRefused    ShadowOutcome = "refused"
	ShadowPreserved  ShadowOutcome = "preserved" // the directory has them disabled or deleted
	ShadowDeleted    ShadowOutcome = "deleted"   // a group that the directory deletes
	ShadowNobody     ShadowOutcome = "nobody"    // is here, and the directory sent nothing about them
)

// ShadowOutcomes lists the outcomes of users or groups in the order pages show them.
func ShadowOutcomes(t TargetType) []ShadowOutcome {
	if t == GroupTarget {
		return []ShadowOutcome{ShadowMatched, ShadowCreated, ShadowConflict, ShadowWaiting, ShadowRefused, ShadowDeleted, ShadowNobody}
	}
	return []ShadowOutcome{
		ShadowMatched, ShadowCreated, ShadowConflict, ShadowWaiting, ShadowOutOfScope, ShadowRefused, ShadowPreserved, ShadowNobody,
	}
}

// ShadowHow is by what a record was known as a user who is here.
type ShadowHow string

// The ways. By the match attribute is by whichever the organization has chosen, or by
// what else the directory looked the user up with.
const (
	ByAnchor         ShadowHow = "anchor"
	ByUserName       ShadowHow = "userName"
	ByMatchAttribute ShadowHow = "attribute"
)

// ShadowRecord is one record of the rehearsal and what becomes of it. A record that
// never became a user stands by its anchor or name.
type ShadowRecord struct {
	Key            int64 `gorm:"column:id;primaryKey"`
	OrganizationID int64
	Target         TargetType
	Record         string // what it is known by in the rehearsal
	TargetID       string // public id of the user or group, "" for one who never came to be
	Known          bool   // the organization itself has it
	Stamp          string // which state of it was copied
	Outcome        ShadowOutcome
	How            ShadowHow // of a match
	Name           string    // userName or displayName
	NameKey        string
	Display        string
	Anchor         string
	Status         Status // of a user, in the rehearsal
	MappingKey     int64  `gorm:"column:mapping_id"`
	ProfileKey     int64  `gorm:"column:profile_id"`
	Why            string
	Code           string
	EntryID        string // of the rehearsal's log
	At             Time
	Brought        Time // when the organization was given the record from here; 0 for never

	Mapping string `gorm:"-"` // names, where they were asked for
	Profile string `gorm:"-"`
}

// TableName is where they live, in the rehearsal's own store.
func (ShadowRecord) TableName() string { return "shadow_records" }

// ShadowQuery selects records of a rehearsal, by name.
type ShadowQuery struct {
	Target  TargetType // users unless told otherwise
	Outcome ShadowOutcome
	Search  string // beginning of the name, or the whole anchor or id
	Page    Page
}

// Prediction counts what would become of users and groups.
type Prediction struct {
	Shadow Shadow
	Users  map[ShadowOutcome]int64
	Groups map[ShadowOutcome]int64
	Ways   map[ShadowHow]int64 // of the users who are matched
	As     Time                // until when changes of the organization itself are in it
	Behind bool                // more of them are on their way
}
