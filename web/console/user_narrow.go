package console

import (
	"context"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/session"
)

// userNarrow is what few users have: a profile, a mapping, or something that waits.
type userNarrow struct {
	profile, mapping string // public ids
	parked           models.Parking
	staged           bool

	profileKey, mappingKey int64
	words                  string // who these are
}

// narrowReader is what a list that is narrowed reads beside users.
type narrowReader interface {
	Profile(ctx context.Context, organization int64, id string) (models.Profile, error)
	Mapping(ctx context.Context, organization int64, id string) (models.Mapping, error)
}

// userFilter reads what the address asks for, with the records that it names.
func (k *Console) userFilter(c echo.Context) (userFilter, error) {
	f, err := userFilterOf(c)
	if err != nil {
		return f, err
	}
	ctx, organization := c.Request().Context(), session.Actor(c).OrganizationID
	f.profile, f.mapping, f.staged = c.QueryParam("profile"), c.QueryParam("mapping"), c.QueryParam("staged") != ""
	switch f.parked = models.Parking(c.QueryParam("parked")); f.parked {
	case models.NotParked:
	case models.WaitsForSeat:
		f.words = "Users who wait for a seat, in their turn."
	case models.WaitsForRule:
		f.words = "Users who wait for a mapping that matches."
	default:
		return f, models.Errorf(models.Invalid, "parked", "Users cannot wait for %q.", f.parked).WithAdvice("They wait for a seat or for a mapping.")
	}
	if f.staged {
		f.words = "Users whose removal by the directory is held back."
	}
	if f.mapping != "" {
		m, err := k.Read.Mapping(ctx, organization, f.mapping)
		if err != nil {
			return f, err
		}
		f.mappingKey, f.words = m.Key, "Users of mapping “"+m.Name+"”."
	}
	if f.profile != "" {
		p, err := k.Read.Profile(ctx, organization, f.profile)
		if err != nil {
			return f, err
		}
		f.profileKey, f.words = p.Key, "Users with profile “"+p.Name+"”."
	}
	return f, nil
}

func (n userNarrow) special() bool {
	return n.profile != "" || n.mapping != "" || n.parked != "" || n.staged
}

// pairs are its parameters.
func (n userNarrow) pairs() []string {
	staged := ""
	if n.staged {
		staged = "yes"
	}
	return []string{"profile", n.profile, "mapping", n.mapping, "parked", string(n.parked), "staged", staged}
}

func (n userNarrow) into(q models.UserQuery) models.UserQuery {
	q.Profile, q.Mapping, q.Parked, q.Staged = n.profileKey, n.mappingKey, n.parked, n.staged
	return q
}

// banner says who is listed, with the way back to all.
func (n userNarrow) banner() page.BannerModel {
	if !n.special() {
		return page.BannerModel{}
	}
	return page.BannerModel{
		AlertModel: ui.AlertModel{Tone: ui.Info, Text: n.words},
		Buttons:    []ui.ButtonModel{{Label: "Show all users", Href: "/users", Small: true}},
	}
}
