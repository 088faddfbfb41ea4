package models

// Method is how an organization's users are provisioned, and, on a user or
// group, which method manages this record now (its provisioning mode).
type Method string

// The four methods of product.md.
const (
	Manual Method = "manual"
	LDAP   Method = "ldap"
	SCIM   Method = "scim"
	Entra  Method = "entra"
)

// Methods lists all methods in the order pages show them.
func Methods() []Method { return []Method{Manual, SCIM, Entra, LDAP} }

// Valid tells whether the word is one of the four.
func (m Method) Valid() bool {
	return m == Manual || m == LDAP || m == SCIM || m == Entra
}

// Label is the method's name on pages and in messages.
func (m Method) Label() string {
	switch m {
	case LDAP:
		return "AD/LDAP"
	case SCIM:
		return "SCIM"
	case Entra:
		return "Microsoft Entra ID"
	case Manual:
		return "Manual"
	}
	return string(m)
}

// Status is a user's state in product.md's words.
type Status string

// The three states. Preserved users keep all data and hold no seat.
const (
	Active    Status = "active"
	Inactive  Status = "inactive"
	Preserved Status = "preserved"
)

// Statuses lists all states in the order pages show them.
func Statuses() []Status { return []Status{Active, Inactive, Preserved} }

// Valid tells whether the word is one of the three.
func (s Status) Valid() bool { return s == Active || s == Inactive || s == Preserved }

// PreservedBy tells who may revive a preserved user (product.md, rule 5).
type PreservedBy string

// A directory revives what it preserved itself; what an admin preserved stays so.
const (
	ByNobody    PreservedBy = ""
	ByDirectory PreservedBy = "directory"
	ByAdmin     PreservedBy = "admin"
)
