package scimv2_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"muster/models"
	"muster/models/directory"
)

// adminVerbs are what an administrator does.
//
//	create|edit ada title=…
//	preserve|suspend|restore|protect|unprotect|hold|unhold ada      or c1..c20
//	note ada "left for good"
//	profile ada Sales              by hand; none gives them back to the mappings
//	override ada region=apac       own values; none takes the profile's again
//	approve|reject ada bob -> 2    what a guard holds back, or all; -> 1 failed notHeld
//	accept|refuse ada bob -> 2     the adoptions that wait in the queue, by who was sent
//	settle same|different ada      a conflict
//	group|join|leave|rename|delete-group as directories do
//	protect-group|unprotect-group Sales
//	delete-mapping Sales           delete-profile Sales by Basic
//	purge -> 2
var adminVerbs = map[string]verb{
	"create": adminCreate, "edit": adminEdit, "note": adminNote, "profile": adminProfile, "override": adminOverride,
	"preserve": adminEach(func(p *stage, ctx context.Context, id string) (models.User, error) {
		return p.Preserve(ctx, p.admin(), id, "left")
	}),
	"suspend": adminEach(func(p *stage, ctx context.Context, id string) (models.User, error) {
		return p.Suspend(ctx, p.admin(), id, "")
	}),
	"restore": adminEach(func(p *stage, ctx context.Context, id string) (models.User, error) {
		return p.Restore(ctx, p.admin(), id)
	}),
	"protect": adminEach(func(p *stage, ctx context.Context, id string) (models.User, error) {
		return p.Protect(ctx, p.admin(), id, true)
	}),
	"unprotect": adminEach(func(p *stage, ctx context.Context, id string) (models.User, error) {
		return p.Protect(ctx, p.admin(), id, false)
	}),
	"hold": adminEach(func(p *stage, ctx context.Context, id string) (models.User, error) {
		return p.HoldLegally(ctx, p.admin(), id, true)
	}),
	"unhold": adminEach(func(p *stage, ctx context.Context, id string) (models.User, error) {
		return p.HoldLegally(ctx, p.admin(), id, false)
	}),
	"approve": adminDecide((*directory.Directory).ApproveHeld), "reject": adminDecide((*directory.Directory).RejectHeld),
	"accept": adminQueue((*directory.Directory).AcceptAdoption), "refuse": adminQueue((*directory.Directory).RefuseAdoption), "settle": adminSettle,
	"group": adminGroup, "join": adminRegroup(models.AddMembers), "leave": adminRegroup(models.RemoveMembers),
	"rename": adminRename, "delete-group": adminDeleteGroup, "protect-group": adminProtectGroup(true), "unprotect-group": adminProtectGroup(false),
	"delete-mapping": adminDeleteMapping, "delete-profile": adminDeleteProfile, "purge": adminPurge,
}

// done holds what came of an administrator's deed to what the line wants.
func done(l line, err error) error { return told(http.StatusOK, "", err).holds(l.answer) }

func adminCreate(p *stage, l line) error {
	label, set, err := labelled(l)
	if err != nil {
		return err
	}
	set = set.named(label)
	p.called[label] = set.called("")
	u, err := p.CreateUser(p.t.Context(), p.admin(), func(u *models.User) error {
		u.Attributes, u.Enabled = asSent(set.document())
		return nil
	})
	if err := done(l, err); err != nil || u.ID == "" {
		return err
	}
	return p.bind(p.users, label, u.ID)
}

func adminEdit(p *stage, l line) error {
	label, set, err := labelled(l)
	if err != nil {
		return err
	}
	id, err := p.id(label)
	if err != nil {
		return err
	}
	_, err = p.UpdateUser(p.t.Context(), p.admin(), id, func(u *models.User) error {
		set.apply(u.Attributes)
		u.Attributes, u.Enabled = asSent(u.Attributes)
		return nil
	})
	return done(l, err)
}

// adminEach does the same to a user, or to each of a range.
func adminEach(do func(*stage, context.Context, string) (models.User, error)) verb {
	return func(p *stage, l line) error {
		if len(l.words) != 1 {
			return fmt.Errorf("wants one label")
		}
		ids, err := p.ids(l.words)
		if err != nil {
			return err
		}
		for _, id := range ids {
			_, err := do(p, p.t.Context(), id)
			if err := done(l, err); err != nil {
				return err
			}
		}
		return nil
	}
}

// two reads a user's label and one word more.
func (p *stage) two(l line) (id, word string, err error) {
	if len(l.words) != 2 {
		return "", "", fmt.Errorf("wants a user and one word more")
	}
	id, err = p.id(l.words[0])
	return id, l.words[1], err
}

func adminNote(p *stage, l line) error {
	id, note, err := p.two(l)
	if err != nil {
		return err
	}
	_, err = p.UpdateUser(p.t.Context(), p.admin(), id, func(u *models.User) error { u.Note = note; return nil })
	return done(l, err)
}

func adminProfile(p *stage, l line) error {
	id, name, err := p.two(l)
	if err != nil {
		return err
	}
	profile, err := p.profile(name)
	if err != nil {
		return err
	}
	_, err = p.SetProfile(p.t.Context(), p.admin(), id, profile.ID)
	return done(l, err)
}

func adminOverride(p *stage, l line) error {
	if len(l.words) < 2 {
		return fmt.Errorf("wants a user and values, or none")
	}
	id, err := p.id(l.words[0])
	if err != nil {
		return err
	}
	values := map[string]any{}
	for _, w := range l.words[1:] {
		key, value, ok := strings.Cut(w, "=")
		if ok {
			values[key] = value
		} else if w != "none" {
			return fmt.Errorf("%q is no value", w)
		}
	}
	_, err = p.Override(p.t.Context(), p.admin(), id, values)
	return done(l, err)
}

// adminDecide decides on what a guard holds back.
func adminDecide(decide func(*directory.Directory, context.Context, models.Actor, []string) (directory.Batch, error)) verb {
	return func(p *stage, l line) error {
		if len(l.words) == 0 || l.answer == "" {
			return fmt.Errorf("says neither who nor how many")
		}
		var ids []string
		var err error
		if l.words[0] != "all" {
			if ids, err = p.ids(l.words); err != nil {
				return err
			}
		}
		batch, err := decide(p.Directory, p.t.Context(), p.admin(), ids)
		if err != nil {
			return err
		}
		return batchHolds(batch, l.answer)
	}
}

// batchHolds compares what became of a decision on many with "2" or with
// "1 failed CODE".
func batchHolds(batch directory.Batch, want string) error {
	got := strconv.FormatInt(batch.Done, 10)
	for _, f := range batch.Failed {
		got += " failed " + f.Err.Code
	}
	if got != want {
		return fmt.Errorf("decided %s %v", got, batch.Failed)
	}
	return nil
}

func adminGroup(p *stage, l line) error {
	label, doc, members, err := p.readGroup(l)
	if err != nil {
		return err
	}
	g, err := p.CreateGroup(p.t.Context(), p.admin(), members, func(g *models.Group) error {
		g.Attributes = models.CopyAttributes(doc)
		return nil
	})
	if err := done(l, err); err != nil || g.ID == "" {
		return err
	}
	return p.bind(p.groups, label, g.ID)
}

func adminRegroup(kind models.MemberChangeKind) verb {
	return func(p *stage, l line) error {
		id, members, err := p.groupAndMembers(l)
		if err != nil {
			return err
		}
		_, err = p.UpdateGroup(p.t.Context(), p.admin(), id, []models.MemberChange{{Kind: kind, IDs: members}}, func(*models.Group) error { return nil })
		return done(l, err)
	}
}

func adminRename(p *stage, l line) error {
	if len(l.words) != 2 {
		return fmt.Errorf("wants a group and its new name")
	}
	id, err := p.groupID(l.words[0])
	if err != nil {
		return err
	}
	_, err = p.UpdateGroup(p.t.Context(), p.admin(), id, nil, func(g *models.Group) error {
		pairs{{"displayName", l.words[1]}}.apply(g.Attributes)
		return nil
	})
	return done(l, err)
}

func adminDeleteGroup(p *stage, l line) error {
	if len(l.words) != 1 {
		return fmt.Errorf("wants one group")
	}
	id, err := p.groupID(l.words[0])
	if err != nil {
		return err
	}
	return done(l, p.DeleteGroup(p.t.Context(), p.admin(), id, func(models.Group) error { return nil }))
}

func adminProtectGroup(on bool) verb {
	return func(p *stage, l line) error {
		if len(l.words) != 1 {
			return fmt.Errorf("wants one group")
		}
		id, err := p.groupID(l.words[0])
		if err != nil {
			return err
		}
		return done(l, p.ProtectGroup(p.t.Context(), p.admin(), id, on))
	}
}

func adminPurge(p *stage, l line) error {
	n, err := p.Purge(p.t.Context(), p.admin())
	if err != nil {
		return err
	}
	if strconv.FormatInt(n, 10) != l.answer {
		return fmt.Errorf("purged %d", n)
	}
	return nil
}
