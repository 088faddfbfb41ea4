package models

// MethodChange records that an organization's deployment method was changed, or that
// a change was taken back.
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
	Undoes         string       // public id of the change that this one took back
	UndoneBy       string       // public id of the change that took this one back
	UndoUntil      Time         // 0: it cannot be taken back
	Record         ChangeRecord `gorm:"serializer:json;not null"`
}

// ChangeRecord is what a change did beside its counts, so that it can be taken back
// exactly. What it holds of deleted rules goes when the change cannot be undone any more.
type ChangeRecord struct {
	Ended      string             `json:"ended,omitempty"` // the term that ended; "" when nobody held it
	Users      int64              `json:"users,omitempty"` // who held it, in all states
	Groups     int64              `json:"groups,omitempty"`
	Began      string             `json:"began,omitempty"` // the term in which the new method takes over
	Before     InCharge           `json:"before"`
	Tokens     []TokenMove        `json:"tokens,omitempty"`
	Mappings   []Mapping          `json:"mappings,omitempty"` // deleted
	Attributes []AttributeMapping `json:"attributeMappings,omitempty"`
	Connector  *Connector         `json:"connector,omitempty"` // deleted; its secret is sealed
	Woken      Method             `json:"woken,omitempty"`     // whose parked rules woke
}

// InCharge is who governed an organization before a change.
type InCharge struct {
	Method Method `json:"method"`
	Since  Time   `json:"since"`
	By     string `json:"by,omitempty"`
	Set    bool   `json:"set,omitempty"`
}

// TokenMove is what a change did to a token.
type TokenMove struct {
	ID string    `json:"id"`
	Is TokenFate `json:"is"`
}

// TokenFate is what becomes of a token when the method changes.
type TokenFate string

// The fates. A shadow token is one whose traffic was only rehearsed: it opens when its
// method comes in charge.
const (
	TokenSleeps    TokenFate = "parked"
	TokenDies      TokenFate = "revoked"
	TokenWakes     TokenFate = "woken"
	TokenOpens     TokenFate = "opened" // was one of shadow mode, and its traffic counts from now on
	TokenRehearses TokenFate = "shadow" // the reverse
)

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
	TokensWoken    int64 `json:"tokensWoken,omitempty"`   // parked ones of the method that comes
	TokensOpened   int64 `json:"tokensOpened,omitempty"`  // of shadow mode, whose traffic counts from now on
	TokensShadow   int64 `json:"tokensShadow,omitempty"`  // back to shadow mode
	RulesWoken     int64 `json:"rulesWoken,omitempty"`    // parked mappings and attribute mappings of it
	RulesRestored  int64 `json:"rulesRestored,omitempty"` // deleted by the change that is taken back
	ConnectorKept  int64 `json:"connectorKept,omitempty"` // 1: settings and credentials of the method that leaves
	ConnectorGone  int64 `json:"connectorGone,omitempty"` // 1: they are deleted
	ConnectorBack  int64 `json:"connectorBack,omitempty"` // 1: those of the method that comes are here again
	QueueClosed    int64 `json:"queueClosed,omitempty"`   // open decisions about records of the method that leaves
	QueueReopened  int64 `json:"queueReopened,omitempty"`
	HeldDropped    int64 `json:"heldDropped,omitempty"` // removals held back for the method that leaves: the users stay as they are
	UsersReturn    int64 `json:"usersReturn,omitempty"` // to the method that governed them before the change that is taken back
	GroupsReturn   int64 `json:"groupsReturn,omitempty"`
	UsersTouched   int64 `json:"usersTouched,omitempty"` // changed since, who stay as they are
	GroupsTouched  int64 `json:"groupsTouched,omitempty"`
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
	Search string // beginnings of words, whatever marks their letters carry
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
	Search string // as UserQuery's
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
