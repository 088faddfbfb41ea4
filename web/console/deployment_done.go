package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// showMethodChange is the result of a change, and later its record.
func (k *Console) showMethodChange(c echo.Context) error {
	s, err := k.Deployment.Summary(c.Request().Context(), session.Actor(c).OrganizationID)
	if err != nil {
		return err
	}
	for _, h := range s.History {
		if h.ID == c.Param("id") {
			m := k.changeDone(s, h, isFirst(h, s.History), may(c, models.Admin))
			m.Chrome = k.chrome(c, m.Title, "deployment")
			return respond.HTML(c, http.StatusOK, page.ChangeDone(m))
		}
	}
	return models.Errorf(models.NotFound, "id", "There is no method change %s among the last %d.", c.Param("id"), historyMost).
		WithAdvice("The audit log keeps all of them, under deployment.change.")
}

func (k *Console) changeDone(s deployment.Summary, h models.MethodChange, first, edit bool) page.ChangeDoneModel {
	now := k.Now().UTC()
	m := page.ChangeDoneModel{
		Title: "Successfully changed to " + h.To.Label(), Sub: "From " + h.From.Label() + ", " + ui.Exact(h.At.Time()), Tone: ui.Ok,
		Impact: impactRows(h.Counts, h.From, 0, true), Log: "/logs/" + h.ID,
		Facts: []ui.KVModel{{Label: "When", Body: ui.Time(h.At.Time(), now)}, {Label: "By", Value: h.By}, {Label: "Reason", Value: h.Reason}},
	}
	if h.From == models.SCIM {
		m.Facts = append(m.Facts, ui.KVModel{Label: "Tokens and mappings", Value: map[bool]string{true: "Kept, parked", false: "Deleted"}[h.KeptMappings]})
	}
	if first {
		m.Title, m.Sub, m.Impact = "Chose "+h.To.Label(), "The first deployment method, "+ui.Exact(h.At.Time()), nil
	}
	m.Next = nextSteps(s, h.To, edit)
	return m
}

// nextSteps say what the new method needs; those that have happened are green.
func nextSteps(s deployment.Summary, to models.Method, edit bool) []ui.CheckItem {
	var list []ui.CheckItem
	if to == models.SCIM {
		list = []ui.CheckItem{
			{Title: "Have a token that works", Text: "A new one, or one that was parked.", Done: s.LiveTokens > 0, Href: "/scim/tokens/new", Action: "New token"},
			{Title: "Start provisioning in the identity provider", Text: "Existing users become managed when it sends a record that matches them.", Done: s.Users.ByMode[models.SCIM] > 0, Href: "/scim/tokens", Action: "Show the endpoint"},
			{Title: "Attach existing users", Text: "Those who kept their source anchor can be given back to SCIM at once, before it delivers them.", Done: s.Users.ByMode[models.Manual] == 0, Href: attachPath, Action: "Attach users"},
			{Title: "Look at what the first cycle did", Text: "Matched, created, and what did not fit.", Done: false, Href: "/deployment/cycles", Action: "See cycles"},
		}
	} else {
		list = []ui.CheckItem{
			{Title: "Stop provisioning in the identity provider", Text: "Its requests are refused from now on; switching it off there ends its error messages.", Href: "/logs/requests?failed=1", Action: "See refused requests"},
			{Title: "Look after your users here", Text: "All their fields can be edited now.", Href: "/users?mode=manual", Action: "See users"},
		}
	}
	current := false
	for i := range list {
		if !edit {
			list[i].Href = ""
		} else if !list[i].Done && !current {
			list[i].Current, current = true, true
		}
	}
	return list
}
