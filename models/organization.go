package models

import "strings"

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

// OrganizationSettings are the choices an administrator makes per organization.
type OrganizationSettings struct {
	LogDays          int    `json:"logDays"`          // days the provisioning log is kept, 7-400
	CycleGapMinutes  int    `json:"cycleGapMinutes"`  // silence that ends a burst of SCIM traffic
	UniqueEmail      bool   `json:"uniqueEmail"`      // refuse a second user with the same work e-mail
	UniqueEmployeeNo bool   `json:"uniqueEmployeeNo"` // refuse a second user with the same employee number
	Adoption         string `json:"adoption"`         // automatic, ask or refuse
	TimeZone         string `json:"timeZone"`         // IANA name that pages use for days, "UTC" by default
	SupportContact   string `json:"supportContact"`   // shown in refusals to administrators of the directory

	Attributes []CustomAttribute `json:"attributes,omitempty"`        // declared beside the standard ones
	Retired    []CustomAttribute `json:"retiredAttributes,omitempty"` // declared once; records keep values, which nobody is shown
}

// The adoption settings: what happens when a directory delivers a record that
// matches a user nobody manages.
const (
	AdoptAutomatic = "automatic"
	AdoptRefuse    = "refuse"
)

// DefaultSettings are the settings of a fresh organization.
func DefaultSettings() OrganizationSettings {
	return OrganizationSettings{LogDays: 30, CycleGapMinutes: 10, Adoption: AdoptAutomatic, TimeZone: "UTC"}
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
	case s.Adoption != AdoptAutomatic && s.Adoption != AdoptRefuse:
		return Errorf(Invalid, "adoption", "Adoption cannot be %q.", s.Adoption).
			WithAdvice("Choose automatic or refuse.")
	case len(s.SupportContact) > 200 || strings.ContainsAny(s.SupportContact, "\r\n"):
		return Errorf(Invalid, "supportContact", "The support contact is longer than 200 characters or has line breaks.").
			WithAdvice("An e-mail address or a short sentence is enough.")
	}
	return s.checkAttributes()
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
