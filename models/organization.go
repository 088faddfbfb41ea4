package models

import (
	"cmp"
	"math/rand/v2"
	"strings"
	"time"
)

// Organization is the tenant: one customer. Everything but admins and instance
// settings belongs to exactly one.
type Organization struct {
	Key         int64  `gorm:"column:id;primaryKey"`
	Slug        string // name in commands and addresses, e.g. "default"
	Name        string
	Method      Method
	MethodSince Time
	MethodBy    string               // who chose the method in charge; "" before the first choice
	MethodSet   bool                 // false until somebody chose a method for the first time
	Settings    OrganizationSettings `gorm:"serializer:json;not null"`
	Created     Time
}

// NotInCharge refuses a directory whose method does not govern the organization now: it
// says who does, and whom to ask.
func (o Organization) NotInCharge(m Method) *Error {
	since, contact := "", ""
	if o.MethodSince != 0 {
		since = " since " + o.MethodSince.Time().Format("2 January 2006, 15:04 MST")
	}
	if o.Settings.SupportContact != "" {
		contact = " Contact: " + o.Settings.SupportContact + "."
	}
	return Errorf(Forbidden, "", "%s is not in charge of organization %q: its deployment method is %s%s. Nothing was changed.",
		m.Label(), o.Name, o.Method.Label(), since).WithCode("methodNotInCharge").
		WithAdvice("Stop provisioning in the identity provider, or ask an administrator of Muster to change the deployment method to %s.%s", m.Label(), contact)
}

// OrganizationSettings are the choices an administrator makes per organization.
type OrganizationSettings struct {
	LogDays          int    `json:"logDays"`          // days the provisioning log is kept, 7-400
	CycleGapMinutes  int    `json:"cycleGapMinutes"`  // silence that ends a burst of SCIM traffic
	UniqueEmail      bool   `json:"uniqueEmail"`      // refuse a second user with the same work e-mail
	UniqueEmployeeNo bool   `json:"uniqueEmployeeNo"` // refuse a second user with the same employee number
	Adoption         string `json:"adoption"`         // automatic, ask or refuse
	MatchAttribute   string `json:"matchAttribute"`   // how a person is known beside anchor and userName: "", email or employeeNumber
	TimeZone         string `json:"timeZone"`         // IANA name that pages use for days, "UTC" by default
	SupportContact   string `json:"supportContact"`   // shown in refusals to administrators of the directory

	Unmatched      Unmatched  `json:"unmatched,omitempty"`      // what happens to whom no mapping matches; "" is default
	DefaultProfile string     `json:"defaultProfile,omitempty"` // public id of a profile; "" for none
	SeatLimit      int64      `json:"seatLimit,omitempty"`      // how many users may hold a seat; 0 is no limit
	SeatPolicy     SeatPolicy `json:"seatPolicy,omitempty"`     // what happens to a user beyond it; "" is park
	GuardOff       bool       `json:"guardOff,omitempty"`       // let a directory disable as many users as it wants
	GuardPercent   int64      `json:"guardPercent,omitempty"`   // of managed users, within an hour; 0 is 20
	GuardCount     int64      `json:"guardCount,omitempty"`     // and more than so many; 0 is 10
	UndoDays       int        `json:"undoDays,omitempty"`       // how long a change of method can be taken back; 0 is 30
	PurgeDays      int        `json:"purgeDays,omitempty"`      // preserved users are purged after so many days; 0 is never

	// RulesVersion moves with every change to mappings, attribute mappings and
	// profiles, so that what was read of them is known to be old. 0: there never were any.
	RulesVersion int64 `json:"rulesVersion,omitempty"`

	ProfileKeys []SettingKey `json:"profileKeys,omitempty"` // application settings that profiles may set

	Attributes []CustomAttribute `json:"attributes,omitempty"`        // declared beside the standard ones
	Retired    []CustomAttribute `json:"retiredAttributes,omitempty"` // declared once; records keep values, which nobody is shown
}

// The adoption settings: what happens when a directory delivers a record that
// matches a user nobody manages.
const (
	AdoptAutomatic = "automatic"
	AdoptAsk       = "ask"
	AdoptRefuse    = "refuse"
)

// The match attributes.
const (
	MatchByEmail          = "email"
	MatchByEmployeeNumber = "employeeNumber"
)

// SeatPolicy is what happens to a new or returning user when no seat is free.
type SeatPolicy string

// The policies: wait in order, or be refused.
const (
	SeatPark   SeatPolicy = "park"
	SeatRefuse SeatPolicy = "refuse"
)

// Guard gives the limits beyond which a directory's removals are held back: more
// than this share of managed users and more than this many, within an hour. False
// means that nothing is held back.
func (s OrganizationSettings) Guard() (percent, count int64, on bool) {
	return cmp.Or(s.GuardPercent, GuardPercent), cmp.Or(s.GuardCount, GuardCount), !s.GuardOff
}

// The guard's limits unless others are set; it does not act with fewer managed users
// than GuardFrom.
const (
	GuardPercent = 20
	GuardCount   = 10
	GuardFrom    = 100
)

// DefaultSettings are the settings of a fresh organization.
func DefaultSettings() OrganizationSettings {
	return OrganizationSettings{LogDays: 30, CycleGapMinutes: 10, Adoption: AdoptAutomatic, TimeZone: "UTC"}
}

// UndoDays is how long a change of method can be taken back, unless set otherwise.
const UndoDays = 30

// UndoTime is how long a change of method can be taken back.
func (s OrganizationSettings) UndoTime() time.Duration {
	return time.Duration(cmp.Or(s.UndoDays, UndoDays)) * 24 * time.Hour
}

// MoveRules marks that rules or profiles changed: what others remember of them is old
// when the transaction that saves the settings ends. A version is never used twice, not
// even when a transaction is lost.
func (s *OrganizationSettings) MoveRules() {
	s.RulesVersion = 1 + rand.Int64N(1<<53) //nolint:gosec // tells versions apart, hides nothing
}

// Check refuses settings outside their limits, naming the field and the limit.
func (s OrganizationSettings) Check() error {
	switch {
	case s.LogDays < 7 || s.LogDays > 400:
		return Errorf(Invalid, "logDays", "The log can be kept between 7 and 400 days, not %d.", s.LogDays).
			WithAdvice("Enter a number of days in that range.")
	case s.CycleGapMinutes < 1 || s.CycleGapMinutes > 240:
		return Errorf(Invalid, "cycleGapMinutes", "The pause that ends a cycle can be 1 to 240 minutes, not %d.", s.CycleGapMinutes).
			WithAdvice("Most directories pause 20 to 40 minutes between cycles; 10 minutes suits them all.")
	case s.Adoption != AdoptAutomatic && s.Adoption != AdoptAsk && s.Adoption != AdoptRefuse:
		return Errorf(Invalid, "adoption", "Adoption cannot be %q.", s.Adoption).
			WithAdvice("Choose automatic, ask or refuse.")
	case len(s.SupportContact) > 200 || strings.ContainsAny(s.SupportContact, "\r\n"):
		return Errorf(Invalid, "supportContact", "The support contact is longer than 200 characters or has line breaks.").
			WithAdvice("An e-mail address or a short sentence is enough.")
	}
	if err := s.checkDecisions(); err != nil {
		return err
	}
	return s.checkAttributes()
}

// purgeLeast is the shortest time before preserved users may be purged.
const purgeLeast = 7

// checkDecisions holds the choices about who gets what to their words and limits.
func (s OrganizationSettings) checkDecisions() error {
	switch {
	case s.MatchAttribute != "" && s.MatchAttribute != MatchByEmail && s.MatchAttribute != MatchByEmployeeNumber:
		return Errorf(Invalid, "matchAttribute", "A person cannot be known by %q.", s.MatchAttribute).
			WithAdvice("Choose the work e-mail, the employee number, or neither.")
	case s.Unmatched != "" && s.Unmatched != UnmatchedDefault && s.Unmatched != UnmatchedPark && s.Unmatched != UnmatchedRefuse:
		return Errorf(Invalid, "unmatched", "A user whom no mapping matches cannot be treated as %q.", s.Unmatched).
			WithAdvice("Choose default, park or refuse.")
	case s.SeatLimit < 0:
		return Errorf(Invalid, "seatLimit", "The number of seats cannot be %d.", s.SeatLimit).
			WithAdvice("Enter how many users may hold a seat, or 0 for no limit.")
	case s.SeatPolicy != "" && s.SeatPolicy != SeatPark && s.SeatPolicy != SeatRefuse:
		return Errorf(Invalid, "seatPolicy", "A user without a seat cannot be treated as %q.", s.SeatPolicy).
			WithAdvice("Choose park or refuse.")
	case s.GuardPercent < 0 || s.GuardPercent > 100:
		return Errorf(Invalid, "guardPercent", "The guard's share can be 1 to 100 percent, not %d.", s.GuardPercent).
			WithAdvice("20 percent suits most organizations.")
	case s.GuardCount < 0 || s.GuardCount > 1_000_000:
		return Errorf(Invalid, "guardCount", "The guard's count can be 1 to 1,000,000, not %d.", s.GuardCount).
			WithAdvice("10 users suit most organizations.")
	case s.PurgeDays != 0 && (s.PurgeDays < purgeLeast || s.PurgeDays > 3650):
		return Errorf(Invalid, "purgeDays", "Preserved users can be purged after %d to 3650 days, not %d.", purgeLeast, s.PurgeDays).
			WithAdvice("Enter a number of days in that range, or 0 to keep them for good.")
	case s.UndoDays < 0 || s.UndoDays > 365:
		return Errorf(Invalid, "undoDays", "A change of method can be undone for 1 to 365 days, not %d.", s.UndoDays).
			WithAdvice("30 days suit most organizations.")
	case len(s.ProfileKeys) > SettingKeysMost:
		return Errorf(Invalid, "profileKeys", "%d settings; at most %d can be declared.", len(s.ProfileKeys), SettingKeysMost).
			WithAdvice("Remove one that nobody uses first.")
	}
	for i, k := range s.ProfileKeys {
		if err := k.Check(); err != nil {
			return err
		}
		for _, other := range s.ProfileKeys[:i] {
			if strings.EqualFold(other.Name, k.Name) {
				return Errorf(Uniqueness, "name", "There is a setting %s already.", other.Name).WithAdvice("Choose another name.")
			}
		}
	}
	return nil
}

func (s OrganizationSettings) checkAttributes() error {
	if n := len(s.Attributes); n > CustomAttributesMost {
		return Errorf(Invalid, "attributes", "%d custom attributes; at most %d are allowed.", n, CustomAttributesMost).
			WithAdvice("Remove one that nobody uses first.")
	}
	for i, a := range s.Attributes {
		if err := a.Check(); err != nil {
			return err
		}
		for _, b := range s.Attributes[:i] {
			if a.Same(b) {
				return Errorf(Uniqueness, "name", "There is a custom attribute %s for %ss already.", b.Name, b.Of).
					WithAdvice("Choose another name.")
			}
		}
	}
	return nil
}
