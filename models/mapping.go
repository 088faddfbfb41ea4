package models

// Mapping is an ordered rule of one method: who gets which profile, and what else
// comes with it. The first of a method's rules that matches a user wins.
//
// Who is everybody whom all of its conditions hold for: to be in one of Groups, when
// there are any, and to match Filter, when there is one. A rule with neither is the
// catch-all.
type Mapping struct {
	Key            int64  `gorm:"column:id;primaryKey"`
	ID             string `gorm:"column:public_id"`
	OrganizationID int64
	Method         Method
	Position       int64 // from 1; the lower, the earlier it is asked
	Name           string
	Description    string

	Groups    []string `gorm:"serializer:json;not null"` // public ids: members of any of them, groups within groups too
	Filter    string   // SCIM filter over the user's document; "" for none
	CaseExact bool     // compare texts letter by letter instead of in any case

	ProfileKey    int64    `gorm:"column:profile_id"`        // 0 assigns none
	LocalGroups   []string `gorm:"serializer:json;not null"` // public ids of groups kept here that the matched join
	InitialStatus Status   // of a user who is new: active or inactive
	HideGroups    bool     // the directory's groups serve mappings only and are not shown to the application

	Disabled bool // asked no more, kept
	Parked   bool // kept while another method is in charge

	Version   int64
	Created   Time
	CreatedBy string
	Updated   Time
	UpdatedBy string
}

// TableName is where mappings live.
func (Mapping) TableName() string { return "mappings" }

// Everyone tells whether the rule is the catch-all.
func (m Mapping) Everyone() bool { return len(m.Groups) == 0 && m.Filter == "" }

// Asked tells whether the rule takes part in decisions.
func (m Mapping) Asked() bool { return !m.Disabled && !m.Parked }

// MappingsMost bounds how many rules a method of an organization may have.
const MappingsMost = 200

// Unmatched is what happens to a user whom no mapping matches, once a method has
// any.
type Unmatched string

// The choices.
const (
	UnmatchedDefault Unmatched = "default" // takes the organization's default profile
	UnmatchedPark    Unmatched = "park"    // waits in the queue, inactive
	UnmatchedRefuse  Unmatched = "refuse"  // a new one is refused; one known here is preserved
)

// Parking is what a user waits for.
type Parking string

// A parked user is inactive, holds no seat, and comes in by itself when what it
// waits for is there.
const (
	NotParked    Parking = ""
	WaitsForSeat Parking = "seat"
	WaitsForRule Parking = "mapping"
)

// Staging is what a directory did to a user that a guard holds back: the directory
// was answered as if it were done, and it is done when an administrator approves.
type Staging string

// The staged effects.
const (
	NotStaged     Staging = ""
	StagedDisable Staging = "disable"
	StagedDelete  Staging = "delete"
)

// AttributeMapping computes an attribute of a user from what a method's directory
// delivers. Without any, attributes are taken as they come.
type AttributeMapping struct {
	Key            int64  `gorm:"column:id;primaryKey"`
	ID             string `gorm:"column:public_id"`
	OrganizationID int64
	Method         Method
	Position       int64
	Target         string // attribute path, e.g. "title" or "urn:…:User:costCode"
	Expression     string // over the delivered record; a bare attribute name copies it
	Fallback       string // when the expression gives nothing; "" leaves the attribute without value
	OnCreate       bool   // only when the user is new; else with every change that the directory sends
	Disabled       bool
	Parked         bool
	Version        int64
	Created        Time
	CreatedBy      string
	Updated        Time
	UpdatedBy      string
}

// TableName is where attribute mappings live.
func (AttributeMapping) TableName() string { return "attribute_mappings" }

// AttributeMappingsMost bounds how many a method of an organization may have.
const AttributeMappingsMost = 100
