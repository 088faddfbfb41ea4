package directory

import (
	"cmp"
	"context"
	"slices"

	"muster/models"
)

// Cause is what users have in common whose removal is held back, so that an
// administrator can see at a glance what happened: all are from one group, or one
// department.
type Cause struct {
	Kind  CauseKind
	ID    string // public id of the group, or the department
	Name  string
	Users []models.User
	of    int64 // how many the group has in all
}

// CauseKind is what users have in common.
type CauseKind string

// The kinds, the most telling first.
const (
	GroupCause      CauseKind = "group"
	DepartmentCause CauseKind = "department"
	NoCause         CauseKind = "other"
)

// Key names the cause in a form.
func (c Cause) Key() string { return string(c.Kind) + ":" + c.ID }

// Causes sorts users by what most of them have in common: the group or department of
// the most users first, then that of the most who are left, until nothing is shared.
// Groups are those of each user, by key; all is how many users the organization has.
func Causes(users []models.User, groups map[int64][]models.MemberRef, all int64) []Cause {
	left := slices.Clone(users)
	var dull []string
	for _, c := range shared(users, groups) {
		if !c.telling(int64(len(users)), all) {
			dull = append(dull, c.Key())
		}
	}
	var out []Cause
	for {
		best := Cause{}
		for _, c := range shared(left, groups) {
			if c.better(best) && !slices.Contains(dull, c.Key()) {
				best = c
			}
		}
		if len(best.Users) < 2 {
			break
		}
		out = append(out, best)
		left = slices.DeleteFunc(left, func(u models.User) bool {
			return slices.ContainsFunc(best.Users, func(b models.User) bool { return b.Key == u.Key })
		})
	}
	if len(left) > 0 {
		out = append(out, Cause{Kind: NoCause, Users: left})
	}
	return out
}

// shared lists the groups and departments of users with who has them.
func shared(users []models.User, groups map[int64][]models.MemberRef) []Cause {
	var list []Cause
	at := map[string]int{}
	add := func(c Cause, u models.User) {
		i, ok := at[c.Key()]
		if !ok {
			i = len(list)
			at[c.Key()] = i
			list = append(list, c)
		}
		list[i].Users = append(list[i].Users, u)
	}
	for _, u := range users {
		for _, g := range groups[u.Key] {
			add(Cause{Kind: GroupCause, ID: g.ID, Name: g.Name, of: g.Members}, u)
		}
		if u.Department != "" {
			add(Cause{Kind: DepartmentCause, ID: u.Department, Name: u.Department}, u)
		}
	}
	return list
}

// telling is a group most of which is removed, or of which half as many again are as of
// all users. One that holds everybody is neither: it would explain every removal, and
// hide the department that left.
func (c Cause) telling(removed, all int64) bool {
	n := int64(len(c.Users))
	return c.of == 0 || 2*n >= c.of || 2*n*all >= 3*removed*c.of
}

// better prefers more users, then a group to a department, then the smaller group,
// which says more than one that holds nearly everybody, then the earlier name.
func (c Cause) better(than Cause) bool {
	rank := func(k CauseKind) int {
		if k == GroupCause {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(len(than.Users), len(c.Users)), cmp.Compare(rank(c.Kind), rank(than.Kind)), cmp.Compare(c.of, than.of), cmp.Compare(c.Name, than.Name)) < 0
}

// heldMost is how many held removals are sorted by cause; the rest is told as one.
const heldMost = 2000

// HeldCauses sorts the removals that are held back by cause. More than 2,000 are not
// read: the total says how many there are.
func (d *Directory) HeldCauses(ctx context.Context, organization int64) (causes []Cause, total int64, err error) {
	var users []models.User
	page := models.Page{Limit: 200}
	for len(users) < heldMost {
		slice, err := d.Store.Users(ctx, organization, models.UserQuery{Staged: true, Page: page})
		if err != nil {
			return nil, 0, err
		}
		users, total = append(users, slice.Items...), slice.Total
		if page.After = slice.Next; slice.Next == "" {
			break
		}
	}
	keys := make([]int64, len(users))
	for i, u := range users {
		keys[i] = u.Key
	}
	groups, err := d.Store.GroupsOfUsers(ctx, keys)
	if err != nil {
		return nil, 0, err
	}
	counts, err := d.Store.UserCounts(ctx, organization)
	if err != nil {
		return nil, 0, err
	}
	return Causes(users, groups, counts.Total), total, nil
}
