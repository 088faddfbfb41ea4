package shadow

import (
	"strings"

	"muster/models"
	"muster/models/filter"
	"muster/models/store"
)

// witness keeps, in the transaction of each change that the rehearsal makes, what becomes
// of the record it is about. So what is predicted is never older than what was answered.
func witness(tx *store.Tx, entries []models.LogEntry) error {
	for i := range entries {
		e := &entries[i]
		var err error
		switch {
		case e.TargetType == models.OrganizationTarget:
		case refusal(e):
			err = noteRefusal(tx, e)
		case e.TargetType == models.UserTarget:
			err = noteUser(tx, e)
		case e.TargetType == models.GroupTarget:
			err = noteGroup(tx, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// refusal tells whether an entry is of a change that was not made.
func refusal(e *models.LogEntry) bool {
	return e.Status == models.Failure || e.Status == models.Skipped && strings.HasPrefix(e.Code, "adoption")
}

// outcomes of refusals, by the code of their entries. What is not here was refused for
// another reason.
var outcomes = map[string]models.ShadowOutcome{
	"adoptionPending":     models.ShadowWaiting,
	"noMappingMatched":    models.ShadowOutOfScope,
	"userNameTaken":       models.ShadowConflict,
	"externalIdTaken":     models.ShadowConflict,
	"anchorTaken":         models.ShadowConflict,
	"emailsTaken":         models.ShadowConflict,
	"employeeNumberTaken": models.ShadowConflict,
	"groupNameTaken":      models.ShadowConflict,
}

// passing are refusals that say nothing about a record's future: a look-up that missed, a
// version that moved on.
var passing = map[string]bool{"userNotFound": true, "groupNotFound": true, "preconditionFailed": true, "changedMeanwhile": true}

func noteRefusal(tx *store.Tx, e *models.LogEntry) error {
	if passing[e.Code] {
		return nil
	}
	outcome := outcomes[e.Code]
	if outcome == "" {
		outcome = models.ShadowRefused
	}
	record, target := e.TargetID, e.TargetID
	if outcome == models.ShadowWaiting && record == "" && e.Details.Queue != "" {
		id, err := holder(tx, e)
		if err != nil {
			return err
		}
		record, target = id, id
	}
	if record == "" {
		record = standIn(e.Details.Anchor, e.TargetName)
	}
	rec, found, err := tx.ShadowRecord(tx.Context(), e.OrganizationID, e.TargetType, record)
	if err != nil || !found && target != "" {
		return err // a record that nobody has
	}
	if !found {
		rec = models.ShadowRecord{
			OrganizationID: e.OrganizationID, Target: e.TargetType, Record: record,
			Name: e.TargetName, Display: e.TargetName, Anchor: e.Details.Anchor,
		}
	}
	if !found || target == "" || rec.Outcome == models.ShadowNobody || waits(rec) {
		rec.Outcome = outcome
	}
	rec.Why, rec.Code, rec.EntryID, rec.At = e.Summary, e.Code, e.ID, tx.Now()
	return tx.PutShadowRecord(&rec)
}

// holder is the user or group whom a record that waits for a decision would take over.
func holder(tx *store.Tx, e *models.LogEntry) (string, error) {
	item, err := tx.QueueItem(tx.Context(), e.OrganizationID, e.Details.Queue)
	if err != nil || item.Kind != models.AdoptionItem {
		return "", err
	}
	if item.Target == models.GroupTarget {
		groups, err := tx.GroupsByKey(tx.Context(), e.OrganizationID, []int64{item.UserKey})
		return groups[item.UserKey].ID, err
	}
	users, err := tx.UsersByKey(tx.Context(), e.OrganizationID, []int64{item.UserKey})
	return users[item.UserKey].ID, err
}

// standIn names a record that never became one: by its anchor, or its name when it has none.
func standIn(anchor, name string) string {
	if anchor != "" {
		return "anchor " + anchor
	}
	return "name " + filter.Fold(name)
}

func noteUser(tx *store.Tx, e *models.LogEntry) error {
	u, err := tx.User(tx.Context(), e.OrganizationID, e.TargetID)
	if models.KindOf(err) == models.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	rec, found, err := tx.ShadowRecord(tx.Context(), u.OrganizationID, models.UserTarget, u.ID)
	if err != nil {
		return err
	}
	if !found {
		rec = models.ShadowRecord{OrganizationID: u.OrganizationID, Target: models.UserTarget, Record: u.ID, TargetID: u.ID}
	}
	if u.Managed() && rec.Known && rec.How == "" {
		rec.How = way(rec, u)
	}
	rec.Outcome = outcome(rec, u)
	rec.Name, rec.Display, rec.Anchor, rec.Status = u.UserName, u.DisplayName, u.ExternalID, u.Status
	rec.MappingKey, rec.ProfileKey = u.MappingKey, u.ProfileKey
	rec.Why, rec.Code, rec.EntryID, rec.At = why(e, u), e.Code, e.ID, tx.Now()
	if err := tx.PutShadowRecord(&rec); err != nil {
		return err
	}
	return tx.DropShadowRecords(u.OrganizationID, models.UserTarget, standIn(u.ExternalID, u.UserName), standIn("", u.UserName))
}

// way is by what a user who was here became the directory's: rec is still as it was before.
func way(rec models.ShadowRecord, u models.User) models.ShadowHow {
	switch {
	case rec.Anchor != "" && rec.Anchor == u.ExternalID:
		return models.ByAnchor
	case rec.NameKey == filter.Fold(u.UserName):
		return models.ByUserName
	}
	return models.ByMatchAttribute
}

// outcome is what becomes of a user, from what they are in the rehearsal.
func outcome(rec models.ShadowRecord, u models.User) models.ShadowOutcome {
	switch {
	case !u.Managed() && !u.Hidden:
		return models.ShadowNobody
	case u.Parked == models.WaitsForRule:
		return models.ShadowOutOfScope
	case u.Status == models.Preserved && u.PreservedBy == models.ByDirectory:
		return models.ShadowPreserved
	case u.Parked == models.WaitsForSeat, u.Staged != models.NotStaged:
		return models.ShadowWaiting
	case rec.Known:
		return models.ShadowMatched
	}
	return models.ShadowCreated
}

func why(e *models.LogEntry, u models.User) string {
	switch {
	case u.Parked != models.NotParked && u.StatusNote != "":
		return u.StatusNote + "."
	case u.Staged == models.StagedDisable:
		return "A guard holds back that the directory disables the user."
	case u.Staged == models.StagedDelete:
		return "A guard holds back that the directory deletes the user."
	}
	return e.Summary
}

func noteGroup(tx *store.Tx, e *models.LogEntry) error {
	rec, found, err := tx.ShadowRecord(tx.Context(), e.OrganizationID, models.GroupTarget, e.TargetID)
	if err != nil {
		return err
	}
	g, err := tx.Group(tx.Context(), e.OrganizationID, e.TargetID)
	switch {
	case models.KindOf(err) == models.NotFound && !rec.Known:
		return tx.DropShadowRecords(e.OrganizationID, models.GroupTarget, e.TargetID)
	case models.KindOf(err) == models.NotFound:
		rec.Outcome = models.ShadowDeleted
	case err != nil:
		return err
	default:
		if !found {
			rec = models.ShadowRecord{OrganizationID: g.OrganizationID, Target: models.GroupTarget, Record: g.ID, TargetID: g.ID}
		}
		rec.Outcome = groupOutcome(rec, g)
		if rec.Outcome == models.ShadowMatched && rec.How == "" {
			rec.How = models.ByUserName
			if rec.Anchor != "" && rec.Anchor == g.ExternalID {
				rec.How = models.ByAnchor
			}
		}
		rec.Name, rec.Display, rec.Anchor = g.DisplayName, g.DisplayName, g.ExternalID
	}
	rec.Why, rec.Code, rec.EntryID, rec.At = e.Summary, e.Code, e.ID, tx.Now()
	if err := tx.PutShadowRecord(&rec); err != nil {
		return err
	}
	return tx.DropShadowRecords(e.OrganizationID, models.GroupTarget, standIn(rec.Anchor, rec.Name), standIn("", rec.Name))
}

func groupOutcome(rec models.ShadowRecord, g models.Group) models.ShadowOutcome {
	switch {
	case !g.Managed():
		return models.ShadowNobody
	case rec.Known:
		return models.ShadowMatched
	}
	return models.ShadowCreated
}
