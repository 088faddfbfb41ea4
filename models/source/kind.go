package source

import (
	"io"
	"time"

	"muster/models"
)

// Connector is all that a connector can do together.
type Connector interface {
	Reader
	Looker
	Fetcher
	Scoper
	Tester
	io.Closer
}

// Kind is a sort of connector: it knows what its settings and secrets look like and
// makes connectors of them. To everybody else both are text.
type Kind interface {
	Method() models.Method
	// Check refuses settings and a secret that cannot work, naming the field, and tells
	// what others need to know of them. It calls nobody.
	Check(settings, secret []byte) (Checked, error)
	// Open makes a connector. It calls nobody.
	Open(settings, secret []byte) (Connector, error)
}

// Checked is what others need to know of settings and a secret.
type Checked struct {
	Settings   []byte // as they are kept
	Scope      Scope
	Reads      string // names what is read: other attributes, or another directory, read otherwise
	SecretKind string // "client secret" or "certificate"
	SecretHint string // what a page may show of it
	SecretEnds time.Time
	Facts      []Fact // what the audit log tells of the settings
}

// Fact is one setting in words.
type Fact struct{ Name, Value string }
