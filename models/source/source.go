// Package source says what an outside directory can do for Muster: small
// capabilities that a connector has or has not, and the plain values that pass
// between it and whoever runs it. A connector only reads. It knows nothing of
// Muster's own records, decides nothing about them, and writes nowhere.
//
// Every connector passes the suite in sourcetest.
package source

import (
	"context"
	"iter"
	"time"

	"muster/models"
)

// Cursor is a place in a directory's stream of changes. It is opaque to everybody
// but the connector that gave it, safe to store, and holds no secret. The empty
// cursor is the beginning: a full read.
type Cursor string

// Reader reads a whole directory, or what changed in it since a cursor.
//
// The pages come in an order that may be relied on: what a later page says of a
// record supersedes what an earlier one said. An error ends the sequence and is a
// *Failure, or the context's own error; pages before it hold, but nothing may be
// concluded from what did not come. Only the last page has a Proof. Leaving the
// loop early leaves nothing behind.
type Reader interface {
	Read(ctx context.Context, from Cursor) iter.Seq2[Page, error]
}

// By names what one user is looked up by.
type By string

// A user is found by the source anchor, the userName or the work e-mail address.
const (
	ByAnchor   By = "anchor"
	ByUserName By = "userName"
	ByEmail    By = "email"
)

// Looker reads one user as the directory has them now, for provisioning on demand.
// Nobody found is an empty list, never an error; an e-mail address may find several.
type Looker interface {
	Look(ctx context.Context, by By, value string) ([]Record, error)
	// GroupsOf lists the groups the user is in, directly or also by groups in groups.
	GroupsOf(ctx context.Context, anchor string, nested bool) ([]Record, error)
}

// Fetcher reads users by their anchors, for those who came into scope without a
// change of their own. Whoever is missing in the answer is not in the directory:
// a read that could not be finished is an error and answers nothing.
type Fetcher interface {
	Fetch(ctx context.Context, anchors []string) ([]Record, error)
}

// Scoper tells who is meant before and after a scope is saved.
type Scoper interface {
	// SearchGroups finds groups by the beginning of a word of their name; Users is
	// how many users each holds, nested as asked.
	SearchGroups(ctx context.Context, text string, nested bool) ([]GroupChoice, error)
	// Count tells how many users a scope holds now.
	Count(ctx context.Context, scope Scope) (Count, error)
	// Roots lists what the connector's own scope begins with, always whole.
	Roots(ctx context.Context) (Roots, error)
}

// Tester tries everything a cycle will need, step by step. It changes nothing and
// always answers; a step that fails makes those that need it skipped.
type Tester interface {
	Test(ctx context.Context) []Step
}

// Step is one step of a connection test.
type Step struct {
	Name    string // stable word, e.g. "signIn"
	Title   string // what is tried, for people
	Outcome models.Outcome
	Detail  string // what was seen
	Cause   string // the likely cause of a failure
	Advice  string // what to do next
	Code    Code   // the failure's
	Took    time.Duration
}

// ScopeMode says how a scope is told.
type ScopeMode string

// The three scopes of a directory.
const (
	Everyone     ScopeMode = "everyone"
	ChosenGroups ScopeMode = "groups"
	AssignedOnly ScopeMode = "assigned"
)

// Scope is whose records a connector is for.
type Scope struct {
	Mode   ScopeMode
	Groups []string // anchors, under ChosenGroups
	Nested bool     // whether groups in groups count
}

// Roots are what a scope begins with: everyone, or these groups and users. The
// members of the groups are found with Resolve.
type Roots struct {
	Everyone bool
	Groups   []string
	Users    []string
	Ignored  map[string]int // principals that are neither, by their kind
}

// GroupChoice is a group that may be chosen as scope.
type GroupChoice struct {
	Anchor      string
	Name        string
	Description string
	Users       int
}

// Count is how many users a scope holds. AtMost tells that the number may count
// somebody twice who is in several groups, because telling them apart would have
// taken too long.
type Count struct {
	Users  int
	Groups int // chosen or assigned groups
	AtMost bool
}
