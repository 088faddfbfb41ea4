package cycle

import (
	"context"
	"errors"

	"muster/models"
	"muster/models/source"
)

// Demand is what provisioning one user on demand found, step by step.
type Demand struct {
	Asked   string // what was entered
	Found   bool
	Record  source.Record
	Steps   []models.Step   // import, scope, match, action
	Because []string        // names of the groups on the way from the scope to the user
	Plan    models.Planned  // what applying does
	User    *models.User    // whom the record matches; nil for nobody
	Changes []models.Change // of that user, or of a new one
	Version string          // another record or another user has another one
	Applied bool
}

// UndoImpact is what taking a cycle back would do, counted, with names.
type UndoImpact struct {
	Cycle    models.Cycle
	Users    int64          // who get back what they had
	Created  int64          // users whom the cycle made, who are preserved
	Groups   int64          // that get back name, attributes and members
	Touched  []UndoneRecord // changed since, who stay as they are; at most 200
	TouchedN int64          // how many those are
	Names    []UndoneRecord // some of those who change, at most 200
	Blocked  *models.Error  // why it cannot be taken back
	Version  string
}

// UndoneRecord is one record of an undo.
type UndoneRecord struct {
	Kind   models.TargetType
	ID     string
	Name   string
	Action models.Action // what the cycle did to it
}

// OnDemand looks one user up in the directory, by userName, e-mail address or object id,
// and tells step by step what delivering them would do. It changes nothing.
func (c *Cycles) OnDemand(ctx context.Context, by models.Actor, m models.Method, text string) (Demand, error) {
	return Demand{}, errSoon
}

// ApplyOnDemand does what OnDemand told of; version is the one it told. Another version
// is refused and nothing is done.
func (c *Cycles) ApplyOnDemand(ctx context.Context, by models.Actor, m models.Method, text, version string) (Demand, error) {
	return Demand{}, errSoon
}

// PreviewUndo counts what taking a cycle back would do now.
func (c *Cycles) PreviewUndo(ctx context.Context, organization, cycle int64) (UndoImpact, error) {
	return UndoImpact{}, errSoon
}

// Undo takes a cycle back: whom it changed is as before, whom it made is preserved, and
// who was changed since stays as they are. The connector stops, so that it does not do the
// same again. It gives the cycle that the undo is.
func (c *Cycles) Undo(ctx context.Context, by models.Actor, cycle int64, version string) (models.Cycle, error) {
	return models.Cycle{}, errSoon
}

var errSoon = errors.New("follows in the next commit")
