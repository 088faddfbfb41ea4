package console

import (
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/views/page"
	"muster/views/ui"
)

// causesMost bounds how many removals are sorted by cause; the list has all of them.
const (
	causesMost = 500
	causeShown = 5
)

// planCauses sorts the removals of a held plan by what the users have in common.
func (k *Console) planCauses(c echo.Context, w connectorWorld, x models.Cycle) ([]page.PlanCause, error) {
	ctx := c.Request().Context()
	var users []models.User
	var keys []int64
	total := int64(0)
	for _, what := range models.PlannedAll() {
		if !what.Removes() {
			continue
		}
		total += x.Plan.Users[what]
		after := ""
		for len(users) < causesMost {
			found, err := k.Cycles.Planned(ctx, w.by.OrganizationID, models.Entra, models.PlannedQuery{Kind: models.UserTarget, What: what, Page: models.Page{Limit: 200, After: after}})
			if err != nil {
				return nil, err
			}
			for _, r := range found.Items {
				u, err := k.Read.User(ctx, w.by.OrganizationID, r.TargetID)
				if models.KindOf(err) == models.NotFound {
					continue
				}
				if err != nil {
					return nil, err
				}
				users, keys = append(users, u), append(keys, u.Key)
			}
			if after = found.Next; after == "" {
				break
			}
		}
	}
	groups, err := k.Read.GroupsOfUsers(ctx, keys)
	if err != nil {
		return nil, err
	}
	counts, err := k.Read.UserCounts(ctx, w.by.OrganizationID)
	if err != nil {
		return nil, err
	}
	var out []page.PlanCause
	for _, cause := range directory.Causes(users, groups, counts.Total) {
		out = append(out, w.planCause(cause, total))
	}
	return out, nil
}

func (w connectorWorld) planCause(cause directory.Cause, total int64) page.PlanCause {
	mask := logMaskFor(w.by)
	n := int64(len(cause.Users))
	out := page.PlanCause{Title: causeTitle(cause, n == total)}
	for i, u := range cause.Users {
		if i == causeShown {
			out.More = "and " + ui.Count(n-causeShown) + " more"
			break
		}
		out.Rows = append(out.Rows, page.PlanRow{
			Name: mask.value("displayName", u.DisplayName), Sub: mask.value("userName", u.UserName), Href: "/users/" + u.ID, Tone: ui.Warn, Word: "Preserved", Why: or(u.Department, "No department"),
		})
	}
	return out
}
