package models

// MethodChange records that an organization's deployment method was changed.
type MethodChange struct {
	Key            int64  `gorm:"column:id;primaryKey"`
	ID             string `gorm:"column:public_id"`
	OrganizationID int64
	From           Method `gorm:"column:from_method"`
	To             Method `gorm:"column:to_method"`
	At             Time
	By             string
	Reason         string
	KeptMappings   bool
	Counts         ChangeCounts `gorm:"serializer:json;not null"`
}

// TableName is where method changes live.
func (MethodChange) TableName() string { return "method_changes" }

// ChangeCounts are the effects of a method change, as previewed and as applied.
type ChangeCounts struct {
	UsersToManual  int64 `json:"usersToManual"`
	UsersUnchanged int64 `json:"usersUnchanged"`
	Preserved      int64 `json:"preserved"` // of all users, not touched
	Inactive       int64 `json:"inactive"`  // of all users, not touched
	GroupsToManual int64 `json:"groupsToManual"`
	TokensParked   int64 `json:"tokensParked"`
	TokensRevoked  int64 `json:"tokensRevoked"`
	RulesParked    int64 `json:"rulesParked,omitempty"` // mappings and attribute mappings
	RulesDeleted   int64 `json:"rulesDeleted,omitempty"`
	UsersDeleted   int64 `json:"usersDeleted"` // always 0: shown so that nobody has to ask
}

// UserCounts are how many users of an organization are in each state and mode.
type UserCounts struct {
	Total    int64
	ByStatus map[Status]int64
	ByMode   map[Method]int64
	Cells    map[Status]map[Method]int64
}

// UserQuery selects users for a list.
type UserQuery struct {
	Search string
	Status Status
	Mode   Method
	Group  int64 // key of a group whose direct members are wanted

	Profile int64   // key of the profile they hold
	Mapping int64   // key of the rule they are at
	Parked  Parking // what they wait for, in the order of their waiting
	Staged  bool    // whose removal is held back, oldest first

	Page Page
}

// GroupQuery selects groups for a list.
type GroupQuery struct {
	Search string
	Mode   Method
	Page   Page
}

// Of gives how many users have a status and a mode; "" means any.
func (c UserCounts) Of(s Status, m Method) int64 {
	switch {
	case s == "" && m == "":
		return c.Total
	case m == "":
		return c.ByStatus[s]
	case s == "":
		return c.ByMode[m]
	}
	return c.Cells[s][m]
}
