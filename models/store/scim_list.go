package store

import (
	"context"

	"muster/models"
)

// UsersSelected lists the users that SCIM shows, in the order they came, with the
// total that match.
func (r Reader) UsersSelected(ctx context.Context, organization int64, s models.Selection[models.User]) ([]models.User, int64, error) {
	found, err := r.FindUsers(ctx, organization, models.Query{Filter: s.Filter, Types: s.Types, Start: s.Start, Count: s.Count})
	return found.Items, found.Total, err
}

// GroupsSelected lists groups in the order they came, with the total that match.
func (r Reader) GroupsSelected(ctx context.Context, organization int64, s models.Selection[models.Group]) ([]models.Group, int64, error) {
	found, err := r.FindGroups(ctx, organization, models.Query{Filter: s.Filter, Types: s.Types, Start: s.Start, Count: s.Count})
	return found.Items, found.Total, err
}

func (r Reader) shown() string {
	if r.engine == postgresEngine {
		return "NOT hidden"
	}
	return "hidden = 0"
}
