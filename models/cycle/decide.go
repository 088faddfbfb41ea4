package cycle

import (
	"crypto/sha256"
	"encoding/base64"

	"muster/models"
	"muster/models/directory"
)

// Case is all that is decided on about one record.
type Case struct {
	Record   models.SourceRecord
	Method   models.Method
	Known    *models.User        // users: who has the record's anchor; nil for nobody
	Group    *models.Group       // groups: the same
	Foreseen directory.Foresight // what delivering the record would do; only of records that are wanted
}

// Decision is what becomes of a record.
type Decision struct {
	Plan     models.Planned
	How      string // what matched
	Note     string // why, for conflicts and removals
	Told     string // what is refused, so that it is logged once
	Removes  bool   // an active user loses access
	TargetID string // public id of whom the record is; "" when that is not known yet

	Then      *models.User // users that are delivered: what others meet of them afterwards
	GroupName string       // groups that are delivered: their displayName
}

// Wanted tells whether a record is to be here: it is in the directory and in scope, and
// more than its id was ever seen of it.
func Wanted(r models.SourceRecord) bool {
	return !r.Gone() && r.InScope && r.Document != "" && (!r.Half || r.Name != "")
}

// Unseen tells that nothing may be concluded about a record: it exists, and the directory
// does not show it.
func Unseen(r models.SourceRecord) bool { return !r.Gone() && r.InScope && !Wanted(r) }

// Decide tells what a cycle does with one record. It is pure: previews show it, and
// applying does it.
func Decide(c Case) Decision {
	switch {
	case Unseen(c.Record):
		return Decision{TargetID: c.Record.TargetID}
	case c.Record.Kind == models.GroupTarget:
		return decideGroup(c)
	case !Wanted(c.Record):
		return decideRemoval(c)
	}
	return decideDelivery(c)
}

// decideRemoval is about a user who is not to be here any more. Only whom the method
// manages is touched.
func decideRemoval(c Case) Decision {
	u := c.Known
	if u == nil || u.Mode != c.Method || u.Hidden {
		return Decision{}
	}
	d := Decision{TargetID: u.ID, How: "anchor", Removes: u.Status == models.Active && u.Staged == models.NotStaged}
	alive := u.Status == models.Active || u.Parked != models.NotParked
	switch {
	case c.Record.Absent == models.Deleted || c.Record.Absent == models.Missing:
		d.Plan, d.Note = models.PlanRemove, "Deleted in the directory"
		if c.Record.Absent == models.Missing {
			d.Note = "Not in the directory any more"
		}
	case !alive: // preserved or suspended already: nothing to take
		return Decision{TargetID: u.ID}
	case c.Record.Absent == models.Binned:
		d.Plan, d.Note = models.PlanRemove, "Deleted in the directory; may be restored there"
	default:
		d.Plan, d.Note = models.PlanLeave, "Not in scope of the connector any more"
	}
	return d
}

func decideDelivery(c Case) Decision {
	f := c.Foreseen
	d := Decision{How: f.How, TargetID: c.Record.TargetID, Then: f.Then}
	if f.Known != nil && f.Refusal == nil {
		d.TargetID = f.Known.ID
	}
	if f.Refusal != nil {
		d.Plan, d.Note, d.TargetID = models.PlanConflict, f.Refusal.Msg, ""
		d.Told = hashOf(c.Record.Document, f.Refusal.Code, f.Refusal.Msg)
		return d
	}
	switch f.Action {
	case models.ActionCreate:
		d.Plan, d.TargetID = models.PlanCreate, ""
	case models.ActionAdopt:
		d.Plan = models.PlanAdopt
	case models.ActionRestore:
		d.Plan = models.PlanRestore
	case models.ActionUpdate:
		d.Plan = models.PlanUpdate
	case models.ActionPreserve:
		d.Plan, d.Note, d.Removes = models.PlanDisable, "Disabled in the directory", f.Known.Status == models.Active
	default:
	}
	return d
}

// decideGroup is about groups, whose names decide where no anchor does.
func decideGroup(c Case) Decision {
	g, f := c.Group, c.Foreseen
	if !Wanted(c.Record) {
		if g == nil || g.Mode != c.Method {
			return Decision{}
		}
		d := Decision{Plan: models.PlanRemove, Note: "Deleted in the directory", How: "anchor", TargetID: g.ID}
		if !c.Record.Gone() {
			d.Plan, d.Note = models.PlanLeave, "Not in scope of the connector any more"
		}
		return d
	}
	d := decideDelivery(c)
	if d.Plan != models.PlanConflict {
		d.GroupName = c.Record.Name
	}
	if g != nil && f.Refusal == nil {
		d.TargetID = g.ID
	}
	return d
}

// hashOf names a combination of texts.
func hashOf(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		h.Write([]byte(t))
		h.Write([]byte{0})
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}
