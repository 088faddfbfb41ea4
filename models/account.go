package models

import "encoding/json"

// AdminAccount is a person who may use the console.
type AdminAccount struct {
	Key          int64  `gorm:"column:id;primaryKey"`
	ID           string `gorm:"column:public_id"`
	Email        string
	EmailKey     string // folded: unique
	Name         string
	Role         Role
	PasswordHash string
	Disabled     bool
	Created      Time
	CreatedBy    string
	LastSignIn   Time
	PasswordSet  Time
}

// TableName is where admins live.
func (AdminAccount) TableName() string { return "admins" }

// Session is a signed-in browser. Hash is of the cookie's random id, so that a
// copy of the database signs nobody in.
type Session struct {
	Key       int64  `gorm:"column:id;primaryKey"`
	ID        string `gorm:"column:public_id"` // names the session on pages
	Hash      string
	AdminKey  int64  `gorm:"column:admin_id"` // 0 before sign-in
	Data      string // values that gorilla/sessions keeps, JSON
	Created   Time
	LastSeen  Time
	Confirmed Time // last time the password was given, for step-up
	Address   string
	Client    string
}

// TableName is where sessions live.
func (Session) TableName() string { return "sessions" }

// Throttle slows guessing down, per account and per address.
type Throttle struct {
	Name     string `gorm:"primaryKey"` // e.g. "sign-in:account:ada@example.com"
	Failures int
	Last     Time
	Until    Time
}

// TableName is where throttles live.
func (Throttle) TableName() string { return "throttles" }

// AuditEntry is what an admin did, hash-chained: Hash covers the entry and the
// hash of the one before it, so that an edit, a removal or a new order shows.
type AuditEntry struct {
	Key            int64  `gorm:"column:id;primaryKey"`
	ID             string `gorm:"column:public_id"`
	OrganizationID int64  // 0 for the instance itself
	At             Time
	ActorKind      ActorKind
	ActorID        string
	ActorName      string
	Address        string
	RequestID      string
	Action         string // e.g. "token.create"
	TargetType     string
	TargetID       string
	TargetName     string
	Summary        string
	Changes        []Change `gorm:"serializer:json;not null"`
	PrevHash       string
	Hash           string
}

// TableName is where audit entries live.
func (AuditEntry) TableName() string { return "audit_entries" }

// Chained gives the bytes that Hash covers.
func (a AuditEntry) Chained() []byte {
	a.Key, a.Hash = 0, ""
	body, err := json.Marshal(a)
	if err != nil {
		return nil
	}
	return body
}

// AuditQuery selects audit entries, newest first.
type AuditQuery struct {
	Search   string // beginning of an actor's or a target's name
	Action   string // "token" finds all of "token.*"
	ActorID  string
	From, To Time
	Page     Page
}
