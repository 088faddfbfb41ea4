package console

import (
	"context"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/session"
)

// seatReader is what pages read about seats and about who waits.
type seatReader interface {
	Organization(ctx context.Context, key int64) (models.Organization, error)
	SeatsTaken(ctx context.Context, organization int64) (used, waiting int64, err error)
	Waiting(ctx context.Context, organization int64) (parked map[models.Parking]int64, staged int64, err error)
}

// seats tells how the organization's seats are taken.
func (k *Console) seats(c echo.Context) (models.Seats, error) {
	return readSeats(c.Request().Context(), k.Read, session.Actor(c).OrganizationID)
}

func readSeats(ctx context.Context, r seatReader, organization int64) (models.Seats, error) {
	o, err := r.Organization(ctx, organization)
	if err != nil {
		return models.Seats{}, err
	}
	used, waiting, err := r.SeatsTaken(ctx, organization)
	return models.Seats{Limit: o.Settings.SeatLimit, Used: used, Waiting: waiting, Refuses: o.Settings.SeatPolicy == models.SeatRefuse}, err
}

// seatForecast says before so many come in that there are not enough seats; nil when
// there are.
func seatForecast(s models.Seats, coming int64, who string) *ui.AlertModel {
	if s.Limit == 0 || coming <= s.Free() {
		return nil
	}
	out := coming - s.Free()
	does := " would wait for a seat and come in by themselves, in order, when one comes free."
	if s.Refuses {
		does = " would be refused."
	}
	return &ui.AlertModel{
		Tone: ui.Warn, Title: "There are " + ui.Count(s.Free()) + " free seats for " + ui.Count(coming) + " " + who + ".",
		Text: "Up to " + ui.Count(out) + does + " Seats are set under Settings.",
	}
}

// seatNeed warns on the overview from 90 percent on.
func seatNeed(s models.Seats) (page.NeedModel, bool) {
	n := page.NeedModel{Link: ui.Link{Label: "See who waits", Href: "/queue/seats"}}
	taken := ui.Count(s.Used) + " of " + ui.Count(s.Limit)
	switch {
	case s.Limit == 0 || s.Percent() < seatsWarn:
		return n, false
	case s.Free() == 0 && s.Waiting > 0:
		n.Tone, n.Title = ui.Error, "All seats are taken, "+ui.Plural(s.Waiting, "user waits", "users wait")
		n.Text = "They come in by themselves, in order, when somebody is preserved or the limit is raised under Settings."
	case s.Free() == 0:
		n.Tone, n.Title = ui.Warn, "All seats are taken"
		n.Text = "The next user who arrives waits for a seat. Preserve somebody who left, or raise the limit under Settings."
		if s.Refuses {
			n.Text = "The next user who arrives is refused. Preserve somebody who left, or raise the limit under Settings."
		}
		n.Link = ui.Link{Label: "Open settings", Href: "/settings"}
	default:
		n.Tone, n.Title = ui.Warn, "Seats are running out"
		n.Text = taken + " are taken. Plan for more before the next users arrive."
		n.Link = ui.Link{Label: "Open settings", Href: "/settings"}
	}
	n.Badge = ui.Badge(n.Tone, taken+" seats")
	return n, true
}

// seatsWarn is from what share on the console warns, in percent.
const seatsWarn = 90

// waitingNeeds are what waits for a decision or a rule, beside adoptions and
// conflicts.
func waitingNeeds(parked map[models.Parking]int64) []page.NeedModel {
	var out []page.NeedModel
	if n := parked[models.WaitsForRule]; n > 0 {
		out = append(out, page.NeedModel{
			Tone: ui.Warn, Title: ui.Plural(n, "user waits", "users wait") + " for a mapping",
			Text:  "No mapping matches them, so they may not use the application yet.",
			Link:  ui.Link{Label: "See who", Href: "/queue/mapping"},
			Badge: ui.Badge(ui.Warn, ui.Count(n)+" waiting"),
		})
	}
	return out
}

// heldNeeds tells what a guard holds back: nothing else may hide so many who have left.
func heldNeeds(staged int64) []page.NeedModel {
	if staged == 0 {
		return nil
	}
	return []page.NeedModel{{
		Tone: ui.Error, Title: ui.Plural(staged, "removal is", "removals are") + " held back",
		Text:  "The directory disabled or deleted unusually many users at once. They stay as they are until you approve or reject the removals.",
		Link:  ui.Link{Label: "Decide", Href: heldPath},
		Badge: ui.Badge(ui.Error, ui.Count(staged)+" held"),
	}}
}
