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

// bringFound is bring for the records that a filter names: by id, or as directories look
// people and groups up. Whom it deactivated in the rehearsal it must find so.
func (s *Server) bringFound(c *call, target models.TargetType, e filter.Expr) error {
	if s.Shadows.Known == nil || s.other || c.by.Scope != models.ProvisionScope {
		return nil
	}
	var ids []string
	for _, n := range namesIn(e, target) {
		id := n.value
		if n.attribute != "id" {
			var err error
			if id, err = s.Shadows.Known(c.Request().Context(), c.by, target, n.attribute, n.value); err != nil {
				return err
			}
		}
		if id != "" {
			ids = append(ids, id)
		}
	}
	return s.bring(c.Request().Context(), c.by, ids...)
}

type nameIn struct{ attribute, value string }

// namesIn are the names by which a filter asks for single records, as in: userName eq
// "ada@example.com".
func namesIn(e filter.Expr, target models.TargetType) []nameIn {
	switch e := e.(type) {
	case filter.And:
		return append(namesIn(e.Left, target), namesIn(e.Right, target)...)
	case filter.Or:
		return append(namesIn(e.Left, target), namesIn(e.Right, target)...)
	case filter.Compare:
		value, ok := e.Value.(string)
		if !ok || e.Op != filter.Eq || e.Path.Sub != "" {
			return nil
		}
		names := [...]string{"id", "externalId", "userName"}
		if target == models.GroupTarget {
			names[2] = "displayName"
		}
		for _, name := range names {
			if strings.EqualFold(e.Path.Name, name) {
				return []nameIn{{name, value}}
			}
		}
	}
	return nil
}
