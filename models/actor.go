package models

// ActorKind tells what sort of party made a request.
type ActorKind string

// The parties that can change something.
const (
	AdminActor     ActorKind = "admin"     // a person in the console
	TokenActor     ActorKind = "token"     // a SCIM client
	ConnectorActor ActorKind = "connector" // Muster reading an outside directory
	CLIActor       ActorKind = "cli"       // a command on the server's own machine
	SystemActor    ActorKind = "system"    // Muster itself: reminders, retirement, purging
)

// Role is what an admin may do. Each includes what the next may do.
type Role string

// The roles: an owner manages admins, an admin everything else, an auditor reads.
const (
	Owner   Role = "owner"
	Admin   Role = "admin"
	Auditor Role = "auditor"
)

// Roles lists the roles, most powerful first.
func Roles() []Role { return []Role{Owner, Admin, Auditor} }

// Valid tells whether the word is a role.
func (r Role) Valid() bool { return r.rank() > 0 }

// Includes tells whether this role may do what the other may.
func (r Role) Includes(other Role) bool { return r.rank() >= other.rank() && other.rank() > 0 }

func (r Role) rank() int {
	switch r {
	case Owner:
		return 3
	case Admin:
		return 2
	case Auditor:
		return 1
	}
	return 0
}

// Scope is what a SCIM token may do.
type Scope string

// Provision reads and writes; Read only reads.
const (
	ProvisionScope Scope = "provision"
	ReadScope      Scope = "read"
)

// Valid tells whether the word is a scope.
func (s Scope) Valid() bool { return s == ProvisionScope || s == ReadScope }

// Includes tells whether a token of this scope may do what asks for the other.
func (s Scope) Includes(other Scope) bool {
	return s == other || s == ProvisionScope && other == ReadScope
}

// Actor is who asks: resolved once by the middleware, passed by value to every
// door, and written into every log and audit entry.
type Actor struct {
	Kind           ActorKind
	ID             string // public id of the admin or token; "" for cli and system
	Name           string // e-mail of the admin, description of the token
	OrganizationID int64  // the organization acted in
	Role           Role   // admins
	Scope          Scope  // tokens
	Address        string // client address as seen through trusted proxies
	Client         string // User-Agent
	RequestID      string
	Session        string // public id of the session (admins), to end "all others"
	Seen           int64  // see Token.Seen
	Method         Method // connectors: whose directory they read
	Cycle          int64  // connectors: key of the cycle that they run
	Approved       bool   // connectors: an administrator approved what the cycle removes
	Shadow         bool   // a token that rehearses, see Token.Shadow
	Note           string // what the log entries of this actor's changes say beside the change
}

// Directory tells whether the actor speaks for an outside directory, which
// governs only what it owns (product.md, rule 4).
func (a Actor) Directory() bool { return a.Kind == TokenActor || a.Kind == ConnectorActor }

// Source is the method word under which this actor's writes are logged.
func (a Actor) Source() Method {
	switch a.Kind {
	case TokenActor:
		return SCIM
	case ConnectorActor:
		return a.Method
	case AdminActor, CLIActor, SystemActor:
	}
	return Manual
}

// Anchors is the method under whose source anchors this actor's records are known. What
// is written by hand may name a record of a SCIM directory.
func (a Actor) Anchors() Method {
	if m := a.Source(); m != Manual {
		return m
	}
	return SCIM
}

// System is Muster acting by itself in an organization.
func System(organizationID int64, name string) Actor {
	return Actor{Kind: SystemActor, Name: name, OrganizationID: organizationID}
}
