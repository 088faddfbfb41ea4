package entra

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
	"strings"

	"muster/models/source"
)

// Bounds of what is counted while somebody waits for a page.
const (
	searchMost   = 15      // groups found by one search, each of which is counted
	countedApart = 20_000  // memberships up to which users in several groups are told apart
	pageOfList   = "999"   // Graph's longest page
	rootsMost    = 500_000 // assignments of one application
)

// SearchGroups finds groups by name, with how many users each holds.
func (c *Connector) SearchGroups(ctx context.Context, text string, nested bool) ([]source.GroupChoice, error) {
	query := url.Values{
		"$select": {"id,displayName,description"}, "$top": {strconv.Itoa(searchMost)}, "$orderby": {"displayName"}, "$count": {"true"},
	}
	if text = strings.TrimSpace(text); text != "" {
		query.Set("$search", searched(text))
	}
	var out []source.GroupChoice
	err := c.each(ctx, call{units: 2, header: eventual, url: c.graph.address("/groups", query)}, func(e entry) error {
		if len(out) >= searchMost {
			return errEnough
		}
		name, _ := e.values["displayName"].(string)
		about, _ := e.values["description"].(string)
		out = append(out, source.GroupChoice{Anchor: e.id, Name: name, Description: about})
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].Users, err = c.number(ctx, usersIn(out[i].Anchor, nested)+"/$count"); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Count tells how many users a scope holds now.
func (c *Connector) Count(ctx context.Context, scope source.Scope) (source.Count, error) {
	roots, err := c.roots(ctx, scope)
	if err != nil {
		return source.Count{}, err
	}
	if roots.Everyone {
		n, err := c.number(ctx, "/users/$count")
		return source.Count{Users: n}, err
	}
	count := source.Count{Groups: len(roots.Groups), Users: len(roots.Users)}
	for _, group := range roots.Groups {
		n, err := c.number(ctx, usersIn(group, scope.Nested)+"/$count")
		if err != nil {
			return source.Count{}, err
		}
		count.Users += n
	}
	if len(roots.Groups) < 2 && (len(roots.Groups) == 0 || len(roots.Users) == 0) {
		return count, nil
	}
	if count.Users > countedApart {
		count.AtMost = true
		return count, nil
	}
	count.Users, err = c.distinct(ctx, roots, scope.Nested)
	return count, err
}

// distinct counts everybody once.
func (c *Connector) distinct(ctx context.Context, roots source.Roots, nested bool) (int, error) {
	users := map[string]bool{}
	for _, user := range roots.Users {
		users[user] = true
	}
	for _, group := range roots.Groups {
		q := call{units: 4, url: c.graph.address(usersIn(group, nested), url.Values{"$select": {"id"}, "$top": {pageOfList}})}
		err := c.each(ctx, q, func(e entry) error {
			users[e.id] = true
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return len(users), nil
}

func usersIn(group string, nested bool) string {
	if nested {
		return "/groups/" + group + "/transitiveMembers/microsoft.graph.user"
	}
	return "/groups/" + group + "/members/microsoft.graph.user"
}

// Roots lists what the connector's scope begins with. There is no delta of
// assignments: the list is read whole each time.
func (c *Connector) Roots(ctx context.Context) (source.Roots, error) {
	return c.roots(ctx, c.settings.Scope)
}

func (c *Connector) roots(ctx context.Context, scope source.Scope) (source.Roots, error) {
	switch scope.Mode {
	case source.Everyone:
		return source.Roots{Everyone: true}, nil
	case source.ChosenGroups:
		return source.Roots{Groups: scope.Groups}, nil
	case source.AssignedOnly:
	}
	return c.assigned(ctx)
}

// assigned lists whom the enterprise application was assigned to, once each, though
// they may have several of its roles.
func (c *Connector) assigned(ctx context.Context) (source.Roots, error) {
	roots := source.Roots{Ignored: map[string]int{}}
	seen := map[string]bool{}
	err := c.each(ctx, call{units: 2, low: true, url: c.graph.address(c.assignments(), url.Values{"$top": {pageOfList}})}, func(e entry) error {
		kind, _ := e.values["principalType"].(string)
		principal, _ := e.values["principalId"].(string)
		switch {
		case !named(principal):
			return incomplete("An assignment of the application names nobody.", "")
		case seen[principal]:
			return nil
		case len(seen) >= rootsMost:
			return &source.Failure{
				Code: source.TooLarge, Msg: "The application is assigned to more than " + strconv.Itoa(rootsMost) + " users and groups.",
				Advice: "Assign groups instead of single users, or choose another scope.",
			}
		}
		seen[principal] = true
		switch kind {
		case "User":
			roots.Users = append(roots.Users, principal)
		case "Group":
			roots.Groups = append(roots.Groups, principal)
		default:
			roots.Ignored[kind]++
		}
		return nil
	})
	if source.CodeOf(err) == source.NotFound {
		return source.Roots{}, &source.Failure{
			Code: source.NotFound, Msg: "The tenant has no enterprise application with the ID " + c.app() + ".",
			Advice: "Enter the Application ID of the enterprise application to which users are assigned.",
		}
	}
	if err != nil {
		return source.Roots{}, err
	}
	return roots, nil
}

func (c *Connector) assignments() string {
	return "/servicePrincipals(appId='" + c.app() + "')/appRoleAssignedTo"
}

func (c *Connector) app() string { return cmp.Or(c.settings.App, c.settings.ClientID) }
