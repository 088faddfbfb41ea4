package scimv2_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muster/models"
)

// entries lists the organization's log, oldest first.
func (p *stage) entries() ([]models.LogEntry, error) {
	var out []models.LogEntry
	err := p.EachLogEntry(p.t.Context(), p.org, models.LogQuery{}, func(page []models.LogEntry) error {
		out = append(out, page...)
		return nil
	})
	slices.SortFunc(out, func(a, b models.LogEntry) int { return int(a.Key - b.Key) })
	return out, err
}

// about lists the entries about a user or group: those with its id, and those of a
// record that never came to be, by the name it was sent with.
func (p *stage) about(label string) ([]models.LogEntry, error) {
	id := p.users[label]
	if id == "" {
		id = p.groups[label]
	}
	if id == "" && p.called[label] == "" {
		return nil, fmt.Errorf("nobody was ever called %s", label)
	}
	all, err := p.entries()
	var out []models.LogEntry
	for _, e := range all {
		if e.TargetID != "" && e.TargetID == id || e.TargetID == "" && fold(e.TargetName) == fold(p.called[label]) {
			out = append(out, e)
		}
	}
	return out, err
}

// expectLog: the latest entry about a label, as "log ACTION STATUS NAME [CODE]".
// The action staged delete is written staged-delete.
func expectLog(p *stage, l line) error {
	if len(l.words) < 3 || len(l.words) > 4 {
		return fmt.Errorf("wants action, status and name")
	}
	entries, err := p.about(l.words[2])
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return fmt.Errorf("nothing is logged about %s", l.words[2])
	}
	e := entries[len(entries)-1]
	got := []string{strings.ReplaceAll(string(e.Action), " ", "-"), string(e.Status), l.words[2]}
	if e.Code != "" {
		got = append(got, e.Code)
	}
	if !slices.Equal(got, l.words) {
		return fmt.Errorf("found %s (%s)", strings.Join(got, " "), e.Summary)
	}
	return nil
}

// expectLogged: how many entries there are about a label.
func expectLogged(p *stage, l line) error {
	if len(l.words) != 2 {
		return fmt.Errorf("wants a number and a name")
	}
	entries, err := p.about(l.words[1])
	if err != nil {
		return err
	}
	if strconv.Itoa(len(entries)) != l.words[0] {
		var got []string
		for _, e := range entries {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Action, e.Status, e.Code)))
		}
		return fmt.Errorf("found %d: %s", len(entries), strings.Join(got, ", "))
	}
	return nil
}

// expectAudit: the latest entry of the audit log, by its action.
func expectAudit(p *stage, l line) error {
	found, err := p.AuditEntries(p.t.Context(), models.AuditQuery{})
	if err != nil {
		return err
	}
	for _, e := range found.Items {
		if e.OrganizationID != p.org {
			continue
		}
		if e.Action != strings.Join(l.words, " ") {
			return fmt.Errorf("found %s: %s", e.Action, e.Summary)
		}
		return nil
	}
	return fmt.Errorf("found nothing")
}

// sound holds what is true of every organization after every case.
func (p *stage) sound() error {
	users, err := p.everybody()
	if err != nil {
		return err
	}
	entries, err := p.entries()
	if err != nil {
		return err
	}
	return errors.Join(soundUsers(users, entries), soundLog(entries), p.soundCounts(users))
}

// soundUsers: nobody shares a name or an anchor, and nobody's state contradicts
// itself.
func soundUsers(users []models.User, entries []models.LogEntry) error {
	logged := map[string]bool{}
	for _, e := range entries {
		logged[e.TargetID] = true
	}
	names, anchors := map[string]string{}, map[string]string{}
	for _, u := range users {
		switch {
		case names[u.UserNameKey] != "":
			return fmt.Errorf("two users have the name %s", u.UserName)
		case u.ExternalID != "" && anchors[u.ExternalID] != "":
			return fmt.Errorf("two users have the anchor %s", u.ExternalID)
		case !logged[u.ID]:
			return fmt.Errorf("nothing is logged about %s", u.UserName)
		case !u.Hidden && u.UserNameReleased():
			return fmt.Errorf("%s is shown without a name of their own", u.UserName)
		case u.Hidden && u.Status != models.Preserved && u.Staged != models.StagedDelete:
			return fmt.Errorf("%s is deleted at the source and %s", u.UserName, u.Status)
		case u.Status == models.Active && u.Parked != models.NotParked, u.Status != models.Preserved && u.PreservedBy != models.ByNobody,
			u.Status == models.Preserved && u.PreservedBy == models.ByNobody, u.Status == models.Preserved && u.Staged != models.NotStaged:
			return fmt.Errorf("%s is %s by %q, waits for %q, held back %q", u.UserName, u.Status, u.PreservedBy, u.Parked, u.Staged)
		}
		names[u.UserNameKey], anchors[u.ExternalID] = u.UserName, u.UserName
	}
	return nil
}

// soundLog: every entry tells its steps, and what did not succeed tells why and what
// to do.
func soundLog(entries []models.LogEntry) error {
	for _, e := range entries {
		steps := e.Details.Steps
		if len(steps) < 2 || steps[0].Name != models.StepImport || steps[len(steps)-1].Name != models.StepAction {
			return fmt.Errorf("entry %q has the steps %v", e.Summary, steps)
		}
		if e.Summary == "" || e.InitiatorName == "" || e.RequestID == "" && e.InitiatorKind != models.SystemActor {
			return fmt.Errorf("entry %s %s about %s lacks summary, initiator or request: %+v", e.Action, e.Status, e.TargetName, e)
		}
		if e.Status != models.Success && (e.Code == "" || e.Details.Advice == "") {
			return fmt.Errorf("entry %q is a %s without code or advice", e.Summary, e.Status)
		}
	}
	return nil
}

// soundCounts: what is counted while it is written equals what is there.
func (p *stage) soundCounts(users []models.User) error {
	counts, err := p.UserCounts(p.t.Context(), p.org)
	if err != nil {
		return err
	}
	used, waiting, err := p.SeatsTaken(p.t.Context(), p.org)
	if err != nil {
		return err
	}
	var seats, waits int64
	status := map[models.Status]int64{}
	for i := range users {
		status[users[i].Status]++
		if users[i].HoldsSeat() {
			seats++
		}
		if users[i].Parked == models.WaitsForSeat {
			waits++
		}
	}
	for _, s := range models.Statuses() {
		if counts.ByStatus[s] != status[s] {
			return fmt.Errorf("%d %s users are counted, and %d are there", counts.ByStatus[s], s, status[s])
		}
	}
	if used != seats || waiting != waits {
		return fmt.Errorf("%d seats and %d waiting are counted, %d and %d are there", used, waiting, seats, waits)
	}
	return nil
}
