package cycle

import (
	"fmt"

	"muster/models"
)

// Hold tells why a plan must not be carried out without an administrator's word; nil when
// it may. Up to 100 users the count alone decides, above it both the share and the count;
// everybody at once is always held, and so are memberships that end en masse.
func Hold(p models.CyclePlan, s models.OrganizationSettings) *models.Error {
	percent, count, on := s.Guard()
	if !on {
		return nil
	}
	gone, had := p.Removals+p.Recent, p.Managed+p.Recent
	switch {
	case p.Removals > 0 && p.Managed > 1 && p.Removals >= p.Managed:
		return held("The directory would disable or delete all %d users that it manages.", p.Managed)
	case p.Removals > 0 && gone > count && (had <= models.GuardFrom || gone*100 > percent*had):
		text := fmt.Sprintf("The directory would disable or delete %d of the %d users that it manages", p.Removals, p.Managed)
		if p.Recent > 0 {
			text += fmt.Sprintf(", after %d within the last hour", p.Recent)
		}
		return held("%s. The limit is %d %% and %d users.", text, percent, count)
	case p.Parts > count && p.Edges > models.GuardFrom && p.Parts*100 > percent*p.Edges:
		return held("The directory would take users out of groups %d times, of %d memberships. The limit is %d %%.", p.Parts, p.Edges, percent)
	}
	return nil
}

func held(format string, args ...any) *models.Error {
	return models.Errorf(models.Conflict, "", format, args...).WithCode("guardHeld").
		WithAdvice("Nothing of the cycle was carried out. Look at the list: approve it if the directory is right, or reject it to keep the users.")
}
