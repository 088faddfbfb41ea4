package scimv2

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/filter"
	"muster/web/session"
)

// on gives the server that answers a client: this one, or for a client that rehearses one
// that is the same in all but where it reads and writes.
func (s *Server) on(c echo.Context) (*Server, func(), error) {
	by := session.Actor(c)
	if !by.Shadow || s.Shadows.Serve == nil {
		return s, func() {}, nil
	}
	side, done, err := s.Shadows.Serve(c.Request().Context(), by)
	if models.KindOf(err) == models.Unavailable {
		c.Response().Header().Set(echo.HeaderRetryAfter, "30")
	}
	if err != nil || side == nil {
		return s, func() {}, err
	}
	by.Seen = 0 // counts the changes of the organization itself
	session.SetActor(c, by)
	other := *s
	other.Read, other.Directory, other.Recorder, other.other = side.Read, side.Directory, side.Recorder, true
	other.types, other.walks = s.shadowTypes, s.shadowWalks
	return &other, done, nil
}

// bring takes in what the directory delivered in a rehearsal about records that it names
// now, so that it can go on with them.
func (s *Server) bring(ctx context.Context, by models.Actor, ids ...string) error {
	if s.Shadows.Bring == nil || s.other || by.Scope != models.ProvisionScope || len(ids) == 0 || ids[0] == "" && len(ids) == 1 {
		return nil
	}
	return s.Shadows.Bring(ctx, by, ids...)
}

// namedIDs are the ids that a filter asks for, as in: id eq "2819c223".
func namedIDs(e filter.Expr) []string {
	switch e := e.(type) {
	case filter.And:
		return append(namedIDs(e.Left), namedIDs(e.Right)...)
	case filter.Or:
		return append(namedIDs(e.Left), namedIDs(e.Right)...)
	case filter.Compare:
		if id, ok := e.Value.(string); ok && e.Op == filter.Eq && strings.EqualFold(e.Path.Name, "id") && e.Path.Sub == "" {
			return []string{id}
		}
	}
	return nil
}
