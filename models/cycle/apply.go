package cycle

import (
	"context"

	"muster/models"
)

// userOrder is the order in which the plan about users is carried out: what frees names
// before what takes them.
func userOrder() []models.Planned {
	return []models.Planned{
		models.PlanRemove, models.PlanLeave, models.PlanDisable, models.PlanUpdate, models.PlanRestore, models.PlanAdopt, models.PlanCreate, models.PlanConflict,
	}
}

// apply carries the plan out, phase by phase, from where it was interrupted.
func (r *run) apply(ctx context.Context) error {
	for {
		var next models.CyclePhase
		var err error
		switch r.cy.Phase {
		case models.UsersPhase:
			next, err = models.ManagersPhase, r.carryAll(ctx, models.UserTarget)
		case models.ManagersPhase:
			next, err = models.GroupsPhase, r.managers(ctx)
		case models.GroupsPhase:
			next, err = models.MembersPhase, r.carryAll(ctx, models.GroupTarget)
		case models.MembersPhase:
			return r.members(ctx)
		default:
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.step(ctx, func(s *moving) error { s.enter(next, 0); return nil }); err != nil {
			return err
		}
	}
}

// carryAll carries out what is planned for one kind of record.
func (r *run) carryAll(ctx context.Context, kind models.TargetType) error {
	for _, what := range userOrder() {
		var after models.SourceRecord
		for {
			list, err := r.c.Store.NextPlanned(ctx, r.conn.Key, kind, what, after, r.c.Chunk)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				break
			}
			if err := r.carry(ctx, func(k *chunk) error { return k.each(ctx, list, what) }); err != nil {
				return err
			}
			after = list[len(list)-1]
		}
	}
	return nil
}

func (k *chunk) each(ctx context.Context, list []models.SourceRecord, what models.Planned) error {
	for _, rec := range list {
		var err error
		switch {
		case what == models.PlanConflict:
			err = k.settleConflict(ctx, rec)
		case rec.Kind == models.GroupTarget:
			err = k.deliverGroup(ctx, rec)
		default:
			err = k.deliver(ctx, rec)
		}
		if err != nil {
			return err
		}
		if rec.Kind == models.UserTarget && what != models.PlanConflict {
			k.moving.cy.Progress++
		}
	}
	return nil
}

// managers writes the managers of users who came before them.
func (r *run) managers(ctx context.Context) error {
	for {
		list, err := r.c.Store.DueManagers(ctx, r.conn.Key, r.c.Chunk)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := r.carry(ctx, func(k *chunk) error { return k.setManagers(ctx, list) }); err != nil {
			return err
		}
	}
}

func (k *chunk) setManagers(ctx context.Context, list []models.SourceRecord) error {
	var anchors []string
	for _, rec := range list {
		anchors = append(anchors, rec.Anchor)
		known, err := userOf(ctx, k.Reader, k.moving.conn, rec.Anchor)
		if err != nil {
			return err
		}
		if known == nil || known.Hidden || known.Mode != k.moving.conn.Method || !Wanted(rec) {
			continue
		}
		manager, err := k.SourceTarget(ctx, k.moving.conn.Key, models.UserTarget, rec.Manager)
		if err != nil {
			return err
		}
		if manager == "" || manager == known.ManagerID {
			continue
		}
		u, err := k.d.UpdateUser(ctx, k.by(), known.ID, func(u *models.User) error {
			putManager(u.Attributes, manager)
			return nil
		})
		if err != nil && refused(err) == nil {
			return err
		}
		if err == nil {
			if err := k.changedUser(known, u, models.PlanUpdate); err != nil {
				return err
			}
		}
	}
	return k.ManagersDone(k.moving.conn.Key, anchors)
}
