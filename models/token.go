package models

import (
	"net/netip"
	"time"
)

// MaxLiveTokens is how many tokens of an organization may be live at once.
const MaxLiveTokens = 5

// Token lets a SCIM client in. The secret itself is shown once and never kept.
type Token struct {
	Key            int64  `gorm:"column:id;primaryKey"`
	ID             string `gorm:"column:public_id"`
	OrganizationID int64
	Description    string
	Prefix         string // first characters, to recognise it by
	Hash           string // SHA-256 of the secret, hex
	Scope          Scope
	AllowList      []string `gorm:"serializer:json;not null"` // CIDRs; empty allows any address
	Disabled       bool
	Parked         bool // dormant after a method change, may return
	Shadow         bool // rehearses: answers from the organization's shadow until SCIM is in charge
	Revoked        Time
	RevokedBy      string
	Expires        Time
	Created        Time
	CreatedBy      string
	LastUsed       Time
	LastAddress    string
	LastClient     string
	SuccessorID    string // public id of the token that replaces it
	RetiresAt      Time   // at the latest, when rotated
	Seen           int64  `gorm:"-"` // at which count of changes to tokens and organizations it was read; 0 when unknown
}

// TableName is where tokens live.
func (Token) TableName() string { return "tokens" }

// TokenState is a token's state at an instant, in the words of the console.
type TokenState string

// The states, most final first.
const (
	TokenRevoked  TokenState = "revoked"
	TokenExpired  TokenState = "expired"
	TokenParked   TokenState = "parked"
	TokenDisabled TokenState = "disabled"
	TokenRetiring TokenState = "retiring"
	TokenActive   TokenState = "active"
)

// State tells what the token is at an instant.
func (t Token) State(now time.Time) TokenState {
	at := TimeOf(now)
	switch {
	case t.Revoked != 0:
		return TokenRevoked
	case t.Expires != 0 && at >= t.Expires, t.RetiresAt != 0 && at >= t.RetiresAt:
		return TokenExpired
	case t.Parked:
		return TokenParked
	case t.Disabled:
		return TokenDisabled
	case t.RetiresAt != 0:
		return TokenRetiring
	}
	return TokenActive
}

// Live tells whether the token counts against MaxLiveTokens: it is neither
// revoked nor past its time.
func (t Token) Live(now time.Time) bool {
	s := t.State(now)
	return s != TokenRevoked && s != TokenExpired
}

// Allows tells whether a client at this address may use the token. An address
// that cannot be read is refused when there is a list.
func (t Token) Allows(address string) bool {
	if len(t.AllowList) == 0 {
		return true
	}
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	addr = addr.Unmap()
	for _, text := range t.AllowList {
		if prefix, err := netip.ParsePrefix(text); err == nil && prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// ReminderDays are the days before expiry at which the console reminds.
func ReminderDays() []int { return []int{30, 14, 7, 1} }

// TokenUse counts a token's requests in one hour.
type TokenUse struct {
	TokenKey int64 `gorm:"column:token_id;primaryKey"`
	Hour     Time  `gorm:"primaryKey"`
	Requests int64
	Failures int64
}

// TableName is where uses are counted.
func (TokenUse) TableName() string { return "token_uses" }
