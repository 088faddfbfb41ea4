package directory

import (
	"context"
	"slices"

	"muster/models"
	"muster/models/mapping"
)

// RuleMatch is how many of the users who are here a rule would hold.
type RuleMatch struct {
	Rule  models.Mapping
	Users int64
}

// KeptMatches tells, for the rules of a method that is not in charge, how many of the
// users who are here each would hold if its directory delivered them as they are now.
// Rules that are off are listed with nobody. Nobody is how many none of them would hold.
func (d *Directory) KeptMatches(ctx context.Context, organization int64, method models.Method) (list []RuleMatch, nobody int64, err error) {
	org, err := d.Store.Organization(ctx, organization)
	if err != nil {
		return nil, 0, err
	}
	rules, err := d.Store.Mappings(ctx, organization, method)
	if err != nil || len(rules) == 0 {
		return nil, 0, err
	}
	slices.SortStableFunc(rules, func(a, b models.Mapping) int { return int(a.Position - b.Position) })
	awake := slices.Clone(rules)
	for i := range awake {
		awake[i].Parked = false
	}
	counts, err := d.Store.CountAllUsers(ctx, organization, askedRules(awake, mapping.Types(org.Settings)))
	if err != nil {
		return nil, 0, err
	}
	users := map[int64]int64{}
	for _, c := range counts {
		users[c.Then] += c.Users
	}
	for _, m := range rules {
		list = append(list, RuleMatch{Rule: m, Users: users[m.Key]})
	}
	return list, users[0], nil
}
