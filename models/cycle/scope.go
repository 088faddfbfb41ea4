package cycle

import (
	"context"
	"slices"

	"muster/models"
	"muster/models/source"
	"muster/models/store"
)

// scoped tells who is in scope now.
type scoped struct {
	everyone bool
	nested   bool
	roots    source.Roots
	reach    source.Reach
}

func (s scoped) holds(kind models.TargetType, anchor string) bool {
	switch {
	case s.everyone:
		return true
	case kind == models.GroupTarget:
		return s.reach.HoldsGroup(anchor) && (s.nested || slices.Contains(s.roots.Groups, anchor))
	}
	return s.reach.Holds(anchor)
}

// rescope finds who is in scope, from what was read, and marks whoever came in or went
// out. What the scope begins with must be there and readable: of a group that is not, or
// that hides its members, nothing is concluded.
func (r *run) rescope(ctx context.Context) error {
	roots, err := r.src.Roots(ctx)
	if err != nil {
		return err
	}
	now := scoped{everyone: roots.Everyone, nested: r.scope.Nested, roots: roots}
	if !roots.Everyone {
		if err := r.readable(ctx, roots); err != nil {
			return err
		}
		if now.reach, err = r.resolve(ctx, roots); err != nil {
			return err
		}
	}
	var flips [2]map[models.TargetType][]string
	for i := range flips {
		flips[i] = map[models.TargetType][]string{}
	}
	err = r.everyRecord(ctx, func(list []store.RecordScope) error {
		for _, rec := range list {
			in := now.holds(rec.Kind, rec.Anchor)
			if in == rec.InScope || !in && rec.Absent != models.Present {
				continue // who is gone needs no second reason
			}
			at := 0
			if in {
				at = 1
			}
			flips[at][rec.Kind] = append(flips[at][rec.Kind], rec.Anchor)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.flip(ctx, flips)
}

// flip writes who came into scope and who went out, some at a time.
func (r *run) flip(ctx context.Context, flips [2]map[models.TargetType][]string) error {
	const some = 2000
	for in, kinds := range flips {
		for kind, anchors := range kinds {
			for len(anchors) > 0 {
				n := min(some, len(anchors))
				if err := r.step(ctx, func(s *moving) error { return s.ScopeRecords(s.conn.Key, kind, anchors[:n], in == 1) }); err != nil {
					return err
				}
				anchors = anchors[n:]
			}
		}
	}
	return nil
}

// readable refuses a scope of which a part cannot be seen.
func (r *run) readable(ctx context.Context, roots source.Roots) error {
	known, err := r.c.Store.SourceRecords(ctx, r.conn.Key, models.GroupTarget, roots.Groups)
	if err != nil {
		return err
	}
	for _, group := range roots.Groups {
		row, ok := known[group]
		switch {
		case !ok || row.Gone():
			if r.scope.Mode == source.AssignedOnly && len(roots.Groups)+len(roots.Users) > 1 {
				continue // an assignment may outlive its group
			}
			return &source.Failure{
				Code: source.NotFound, Msg: "The group " + called(row, group) + ", which the scope names, is not in the directory.",
				Advice: "Choose another group under Scope. Until then nobody’s access is changed.",
			}
		case row.Half:
			return &source.Failure{
				Code: source.ConsentMissing, Msg: "The group " + called(row, group) + ", which the scope names, cannot be read.",
				Advice: "Grant the application the permissions that the setup page names, or choose another group. Until then nobody’s access is changed.",
			}
		case row.Veiled:
			return &source.Failure{
				Code: source.ConsentMissing, Msg: "The group " + called(row, group) + ", which the scope names, hides its members, so that nobody can tell whether all of them were read.",
				Advice: "Choose a group that does not hide its members, or have it show them in the directory. Until then nobody’s access is changed.",
			}
		}
	}
	return nil
}

func called(row models.SourceRecord, anchor string) string {
	if row.Name == "" {
		return anchor
	}
	return "“" + row.Name + "”"
}

// resolve walks the memberships that were read. Names are shared, so that a membership
// costs little.
func (r *run) resolve(ctx context.Context, roots source.Roots) (source.Reach, error) {
	names := map[string]string{}
	shared := func(name string) string {
		if known, ok := names[name]; ok {
			return known
		}
		names[name] = name
		return name
	}
	groups := map[string]bool{}
	if err := r.everyRecord(ctx, func(list []store.RecordScope) error {
		for _, rec := range list {
			if rec.Kind == models.GroupTarget && rec.Absent == models.Present {
				groups[shared(rec.Anchor)] = true
			}
		}
		return nil
	}); err != nil {
		return source.Reach{}, err
	}
	direct := map[string][]source.Member{}
	var at store.EdgePlace
	const some = 10000
	for {
		list, err := r.c.Store.SourceMembers(ctx, r.conn.Key, at, some)
		if err != nil {
			return source.Reach{}, err
		}
		for _, e := range list {
			kind := e.Kind
			if groups[e.Member] {
				kind = models.GroupMember
			}
			if group := shared(e.GroupAnchor); groups[group] {
				direct[group] = append(direct[group], source.Member{Anchor: shared(e.Member), Kind: kind})
			}
		}
		if len(list) < some {
			break
		}
		at = store.EdgePlace{Group: list[some-1].GroupAnchor, Member: list[some-1].Member}
	}
	return source.Resolve(roots, r.scope.Nested, func(group string) []source.Member { return direct[group] }), nil
}
