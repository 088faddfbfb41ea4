package store

import (
	"context"

	"muster/models"
	"muster/models/filter"
)

// FindUsers gives a page of the users that SCIM shows.
func (r Reader) FindUsers(ctx context.Context, organization int64, q models.Query) (models.Found[models.User], error) {
	s := models.Selection[models.User]{Filter: q.Filter, Types: q.Types, Start: max(q.Start, 1), Count: q.Count}
	if q.Filter != nil {
		match := filter.Compile(q.Filter, q.Types)
		s.Match = func(u *models.User) (bool, error) { err := u.Load(); return err == nil && match(u.Attributes), err }
	}
	users, total, err := r.UsersSelected(ctx, organization, s)
	return models.Found[models.User]{Items: users, Total: total}, err
}

// FindGroups gives a page of groups.
func (r Reader) FindGroups(ctx context.Context, organization int64, q models.Query) (models.Found[models.Group], error) {
	s := models.Selection[models.Group]{Filter: q.Filter, Types: q.Types, Start: max(q.Start, 1), Count: q.Count}
	if q.Filter != nil {
		match := filter.Compile(q.Filter, q.Types)
		s.Match = func(g *models.Group) (bool, error) { err := g.Load(); return err == nil && match(g.Attributes), err }
	}
	groups, total, err := r.GroupsSelected(ctx, organization, s)
	return models.Found[models.Group]{Items: groups, Total: total}, err
}
