package cycle

import (
	"context"
	"hash/maphash"
	"strconv"

	"muster/models"
	"muster/models/directory"
	"muster/models/filter"
	"muster/models/store"
)

// rivals are records of one plan that want the same, which one alone can have: to be the
// same user, or to bear the same name. Each alone could be delivered; which of them is
// depends on the order in which the plan is carried out.
type rivals struct {
	seed  maphash.Seed
	first map[uint64]string // anchor of who claimed something first
	all   map[string]bool   // anchors of rivals whose turn has not come
}

func newRivals() rivals {
	return rivals{seed: maphash.MakeSeed(), first: map[uint64]string{}, all: map[string]bool{}}
}

// claim notes what a record is to be. Whoever else claims any of that is its rival.
func (r *rivals) claim(rec models.SourceRecord, d Decision, s models.OrganizationSettings) {
	if d.Plan == models.PlanNothing || d.Plan == models.PlanConflict {
		return
	}
	var wants []string
	if d.GroupName != "" {
		wants = append(wants, "group "+filter.Fold(d.GroupName))
	}
	if u := d.Then; u != nil {
		wants = append(wants, "name "+u.UserNameKey)
		if u.Key != 0 {
			wants = append(wants, "user "+strconv.FormatInt(u.Key, 10))
		}
		if s.UniqueEmail && u.EmailKey != "" {
			wants = append(wants, "email "+u.EmailKey)
		}
		if s.UniqueEmployeeNo && u.EmployeeNumber != "" {
			wants = append(wants, "number "+u.EmployeeNumber)
		}
	}
	for _, what := range wants {
		mark := maphash.String(r.seed, what)
		if other, claimed := r.first[mark]; claimed {
			r.all[rivalOf(rec.Kind, other)], r.all[rivalOf(rec.Kind, rec.Anchor)] = true, true
		} else {
			r.first[mark] = rec.Anchor
		}
	}
}

func rivalOf(kind models.TargetType, anchor string) string { return string(kind) + " " + anchor }

// before is what the plan makes of users and groups before a record's turn comes.
type before struct {
	users  directory.Ahead
	groups map[string]bool // folded names that are given
}

func (b *before) ahead() *directory.Ahead {
	if b == nil {
		return nil
	}
	return &b.users
}

// named tells whether a group of the plan has a name before.
func (b *before) named(name string) bool { return b != nil && b.groups[filter.Fold(name)] }

func nameGiven(name string) *models.Error {
	return models.Errorf(models.Uniqueness, "displayName", "Another group of the directory has displayName %q as well and comes first, so this one would be refused.", name).
		WithAdvice("Rename one of the two in the directory.").WithCode("groupNameTaken")
}

// settleRivals decides about rivals once more, in the order in which the plan is carried
// out: the first has what it wants, and the others are shown as what they will be.
func (p *planning) settleRivals(ctx context.Context) error {
	p.rivals.first = nil
	if len(p.rivals.all) == 0 {
		return nil
	}
	done := before{groups: map[string]bool{}}
	for _, kind := range []models.TargetType{models.UserTarget, models.GroupTarget} {
		for _, what := range userOrder() {
			if what == models.PlanConflict {
				continue
			}
			if err := p.settleRivalsOf(ctx, kind, what, &done); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *planning) settleRivalsOf(ctx context.Context, kind models.TargetType, what models.Planned, done *before) error {
	const some = 500
	var after models.SourceRecord
	for {
		list, err := p.c.Store.NextPlanned(ctx, p.conn.Key, kind, what, after, some)
		if err != nil || len(list) == 0 {
			return err
		}
		after = list[len(list)-1]
		var fates []store.RecordFate
		for _, rec := range list {
			if !p.rivals.all[rivalOf(rec.Kind, rec.Anchor)] {
				continue
			}
			f, moved, err := p.settleRival(ctx, rec, done)
			if err != nil {
				return err
			}
			if moved {
				fates = append(fates, f)
			}
		}
		if len(fates) == 0 {
			continue
		}
		if err := p.step(ctx, func(s *moving) error { return s.FateRecords(s.conn.Key, fates) }); err != nil {
			return err
		}
	}
}

// settleRival decides about one rival. One that becomes something else which the plan
// does later has its turn then.
func (p *planning) settleRival(ctx context.Context, rec models.SourceRecord, done *before) (store.RecordFate, bool, error) {
	d, err := p.decide(ctx, p.c.Store.Reader, rec, done)
	if err != nil {
		return store.RecordFate{}, false, err
	}
	if rec.Plan.Removes() {
		d.Plan = rec.Plan // access is taken, whatever else cannot be
	}
	if d.Plan == rec.Plan || d.Plan == models.PlanConflict {
		delete(p.rivals.all, rivalOf(rec.Kind, rec.Anchor))
		if d.Then != nil {
			done.users.Add(*d.Then)
		}
		if d.GroupName != "" {
			done.groups[filter.Fold(d.GroupName)] = true
		}
	}
	if d.Plan == rec.Plan {
		return store.RecordFate{}, false, nil
	}
	if rec.Plan != models.PlanUpdate {
		rec.TargetID = "" // whom it was to be is somebody else
	}
	p.count(rec, Decision{Plan: rec.Plan, How: rec.How}, -1)
	p.note(rec, d)
	f, _ := fate(rec, d)
	return f, true, nil
}
