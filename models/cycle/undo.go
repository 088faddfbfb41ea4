package cycle

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
)

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

const undoneNames = 200

// PreviewUndo counts what taking a cycle back would do now.
func (c *Cycles) PreviewUndo(ctx context.Context, organization, cycle int64) (UndoImpact, error) {
	var u UndoImpact
	var err error
	if u.Cycle, err = c.Store.Cycle(ctx, organization, cycle); err != nil {
		return u, err
	}
	org, err := c.Store.Organization(ctx, organization)
	if err != nil {
		return u, err
	}
	u.Blocked = undoBlocked(u.Cycle, org, c.now())
	seen := map[string]bool{} // targets, by kind and id: the latest change of each tells
	err = c.eachChange(ctx, cycle, func(list []models.CycleChange) error {
		for _, change := range list {
			at := string(change.Kind) + change.TargetID
			first := !seen[at]
			seen[at] = true
			if err := u.count(ctx, c.Store.Reader, organization, change, first); err != nil {
				return err
			}
		}
		return nil
	})
	u.Version = hashOf(fmt.Sprint(cycle, u.Users, u.Created, u.Groups, u.TouchedN, u.Cycle.UndoneBy, u.Blocked == nil))
	return u, err
}

func (u *UndoImpact) count(ctx context.Context, r store.Reader, organization int64, change models.CycleChange, first bool) error {
	made := change.Kind == models.UserTarget && change.Before == ""
	if !first {
		if made { // counted as changed by what the cycle did later
			u.Users--
			u.Created++
		}
		return nil
	}
	version, err := versionOf(ctx, r, organization, change)
	if err != nil {
		return err
	}
	what := UndoneRecord{change.Kind, change.TargetID, change.Name, change.Action}
	if version != change.After {
		u.TouchedN++
		if len(u.Touched) < undoneNames {
			u.Touched = append(u.Touched, what)
		}
		return nil
	}
	switch {
	case change.Kind == models.GroupTarget:
		u.Groups++
	case made:
		u.Created++
	default:
		u.Users++
	}
	if len(u.Names) < undoneNames {
		u.Names = append(u.Names, what)
	}
	return nil
}

// versionOf is the version a record has now; 0 when it is not there, as a deleted group
// should be.
func versionOf(ctx context.Context, r store.Reader, organization int64, change models.CycleChange) (int64, error) {
	var version int64
	var err error
	if change.Kind == models.UserTarget {
		var u models.User
		u, err = r.User(ctx, organization, change.TargetID)
		version = u.Version
	} else {
		var g models.Group
		g, err = r.Group(ctx, organization, change.TargetID)
		version = g.Version
	}
	if err != nil && models.KindOf(err) == models.NotFound {
		return 0, nil
	}
	return version, err
}

// eachChange calls fn for what a cycle changed, the latest first.
func (c *Cycles) eachChange(ctx context.Context, cycle int64, fn func([]models.CycleChange) error) error {
	var before int64
	const some = 500
	for {
		list, err := c.Store.CycleChanges(ctx, cycle, before, some)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := fn(list); err != nil {
			return err
		}
		before = list[len(list)-1].Key
	}
}

func undoBlocked(cy models.Cycle, org models.Organization, now models.Time) *models.Error {
	block := func(msg, advice string) *models.Error {
		return models.Errorf(models.Conflict, "", "%s", msg).WithAdvice("%s", advice).WithCode("undoBlocked")
	}
	switch {
	case cy.State == "" || cy.Kind == models.UndoCycle:
		return block("This cycle cannot be undone.", "Only cycles of a connector can be.")
	case cy.Ended == 0:
		return block("The cycle has not ended.", "Wait until it ends, or stop the connector.")
	case cy.UndoneBy != 0:
		return block("This cycle was undone already.", "Start the connector to let it deliver again.")
	case cy.UndoUntil == 0:
		return block("The cycle changed nothing.", "There is nothing to undo.")
	case now > cy.UndoUntil:
		return block("The time to undo this cycle ended "+cy.UndoUntil.Time().Format("on January 2, 2006")+".", "Change the users by hand, or in the directory.")
	case org.Method != cy.Method:
		return block(cy.Method.Label()+" is not in charge any more.", "Undo the change of the deployment method first.")
	}
	return nil
}

// Undo takes a cycle back: whom it changed is as before, whom it made is preserved, and
// who was changed since stays as they are. The connector stops, so that it does not do the
// same again; started once more, it shows what it would do. It gives the cycle that the
// undo is.
func (c *Cycles) Undo(ctx context.Context, by models.Actor, cycle int64, version string) (models.Cycle, error) {
	if err := mayChange(by); err != nil {
		return models.Cycle{}, err
	}
	plan, err := c.PreviewUndo(ctx, by.OrganizationID, cycle)
	if err != nil {
		return models.Cycle{}, err
	}
	if plan.Blocked != nil {
		return models.Cycle{}, plan.Blocked
	}
	if plan.Version != version {
		return models.Cycle{}, models.Errorf(models.Stale, "version", "Users have changed since this preview was counted. Nothing was changed.").
			WithAdvice("Look at the new figures and confirm again.").WithCode("previewStale")
	}
	u := undoing{c: c, by: by, of: plan.Cycle, skip: map[string]bool{}, chained: map[string]int64{}}
	if err := u.begin(ctx); err != nil {
		return models.Cycle{}, err
	}
	// Once begun it is finished, whether or not somebody still waits for the answer.
	work := context.WithoutCancel(ctx)
	err = c.eachChange(work, cycle, func(list []models.CycleChange) error {
		for len(list) > 0 {
			n := min(c.Chunk, len(list))
			if err := u.some(work, list[:n]); err != nil {
				return err
			}
			list = list[n:]
		}
		return nil
	})
	if err != nil {
		return u.cy, err
	}
	return u.cy, u.end(work)
}

// undoing is an undo under way.
type undoing struct {
	c       *Cycles
	by      models.Actor
	of      models.Cycle
	cy      models.Cycle
	conn    models.Connector
	skip    map[string]bool  // changed since
	chained map[string]int64 // put back already: the version that has
}

// begin stops the connector and begins the cycle that the undo is.
func (u *undoing) begin(ctx context.Context) error {
	var err error
	u.conn, err = u.c.steer(ctx, u.by, u.of.Method, "connector.undo", func(tx *store.Tx, conn *models.Connector) (string, error) {
		if err := tx.Interrupt(conn, "cycleUndone", "A cycle was undone by "+u.by.Name+"."); err != nil {
			return "", err
		}
		conn.SetState(models.ConnectorStopped, "cycleUndone", u.by.Name+" undid a cycle, so the connector is stopped: it would do the same again.",
			"Correct scope, mappings or the directory, then start it: it shows what it would do before it does it.", tx.Now())
		conn.Accepted, conn.Asked, conn.NextRun = "", models.NoRequest, 0
		if err := tx.SoilRecords(conn.Key); err != nil {
			return "", err
		}
		u.cy = models.Cycle{
			OrganizationID: u.of.OrganizationID, Method: u.of.Method, Kind: models.UndoCycle, State: models.CycleRunning, InitiatorID: u.by.ID,
			InitiatorName: u.by.Name, Started: tx.Now(), LastSeen: tx.Now(), Undoes: u.of.Key, Phase: models.UsersPhase, PhaseAt: tx.Now(),
		}
		return fmt.Sprintf("Undid a cycle of the connector for %s, which had begun %s.", u.of.Method.Label(), u.of.Started.Time().Format("on January 2, 2006 at 15:04 MST")),
			tx.StartCycle(&u.cy)
	})
	return err
}

func (u *undoing) end(ctx context.Context) error {
	return u.c.Store.Keep(ctx, func(tx *store.Tx) error {
		of, err := tx.Cycle(tx.Context(), u.of.OrganizationID, u.of.Key)
		if err != nil {
			return err
		}
		of.UndoneBy = u.cy.Key
		if err := tx.SaveCycle(&of); err != nil {
			return err
		}
		u.cy.State, u.cy.Phase, u.cy.Ended, u.cy.LastSeen = models.CycleDone, "", tx.Now(), tx.Now()
		return tx.SaveCycle(&u.cy)
	})
}

// some puts a part back, in one transaction.
func (u *undoing) some(ctx context.Context, list []models.CycleChange) error {
	return u.c.Directory.Within(ctx, func(d *directory.Directory, tx *store.Tx) error {
		skip, chained := map[string]bool{}, map[string]int64{}
		sum := models.Cycle{}
		for _, change := range list {
			at := string(change.Kind) + change.TargetID
			if u.skip[at] || skip[at] {
				continue
			}
			want := change.After
			for _, m := range []map[string]int64{u.chained, chained} {
				if v, ok := m[at]; ok {
					want = v
				}
			}
			now, err := u.one(ctx, d, tx, change, want)
			switch {
			case err == nil:
				chained[at] = now
				sum.Updated++
			case refused(err) != nil:
				skip[at] = true
				sum.Skipped++
			default:
				return err
			}
		}
		tx.CountCycle(u.cy.Key, tx.Now(), sum)
		for at := range skip {
			u.skip[at] = true
		}
		maps.Copy(u.chained, chained)
		return nil
	})
}

// one puts one record back, and gives the version that it has then.
func (u *undoing) one(ctx context.Context, d *directory.Directory, tx *store.Tx, change models.CycleChange, version int64) (int64, error) {
	if change.Kind == models.GroupTarget {
		return u.group(ctx, d, tx, change, version)
	}
	var was *models.User
	if change.Before != "" {
		was = &models.User{}
		if err := json.Unmarshal([]byte(change.Before), was); err != nil {
			return 0, fmt.Errorf("read what user %s was: %w", change.TargetID, err)
		}
	}
	out, err := d.PutUserBack(ctx, u.by, change.TargetID, version, was, u.cy.Key)
	return out.Version, err
}

func (u *undoing) group(ctx context.Context, d *directory.Directory, tx *store.Tx, change models.CycleChange, version int64) (int64, error) {
	var was *models.Group
	var added, removed []string
	for _, part := range []struct {
		text string
		into any
	}{{change.Before, &was}, {change.Added, &added}, {change.Removed, &removed}} {
		if part.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(part.text), part.into); err != nil {
			return 0, fmt.Errorf("read what group %s was: %w", change.TargetID, err)
		}
	}
	if change.Action == models.ActionDelete || change.After == 0 && was != nil {
		g, err := d.BringGroupBack(ctx, u.by, *was, removed, u.cy.Key)
		if err != nil {
			return 0, err
		}
		return g.Version, u.reopen(ctx, tx, g, removed)
	}
	var steps []models.MemberChange
	if len(added) > 0 {
		steps = append(steps, models.MemberChange{Kind: models.RemoveMembers, IDs: added})
	}
	if len(removed) > 0 {
		steps = append(steps, models.MemberChange{Kind: models.AddMembers, IDs: removed})
	}
	g, err := d.PutGroupBack(ctx, u.by, change.TargetID, version, was, steps, u.cy.Key)
	if err != nil {
		return 0, err
	}
	return g.Version, u.reopen(ctx, tx, g, removed)
}

// reopen lets the next plan decide about memberships that came back.
func (u *undoing) reopen(ctx context.Context, tx *store.Tx, g models.Group, members []string) error {
	refs, err := tx.Resolve(ctx, g.OrganizationID, members)
	if err != nil || g.Anchor(u.of.Method) == "" {
		return err
	}
	var list []models.SourceEdge
	for _, ref := range refs {
		anchor := ""
		if ref.Kind == models.GroupMember {
			inner, err := tx.Group(ctx, g.OrganizationID, ref.ID)
			if err != nil {
				return err
			}
			anchor = inner.Anchor(u.of.Method)
		} else {
			user, err := tx.User(ctx, g.OrganizationID, ref.ID)
			if err != nil {
				return err
			}
			anchor = user.Anchor(u.of.Method)
		}
		if anchor != "" {
			list = append(list, models.SourceEdge{
				ConnectorID: u.conn.Key, GroupAnchor: g.Anchor(u.of.Method), Member: anchor, Kind: ref.Kind, Seen: u.conn.ReadNumber, Applied: true, Open: true,
			})
		}
	}
	return tx.ReviveEdges(list)
}
