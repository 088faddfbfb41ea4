package scimv2

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/scim"
	"muster/web/session"
)

// groupsMost bounds how many groups a user's groups attribute lists.
const groupsMost = 1000

func (s *Server) listUsers(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	if _, err := s.Directory.Admit(ctx, by); err != nil {
		return err
	}
	q, err := s.query(c, s.users)
	if err != nil {
		return err
	}
	sel := models.Selection[models.User]{Filter: q.expr, Types: s.users, Start: q.start, Count: q.count}
	if q.expr != nil {
		sel.Match = s.userMatcher(c, q.expr)
	}
	users, total, err := s.Read.UsersSelected(ctx, by.OrganizationID, sel)
	if err != nil {
		return err
	}
	resources, err := s.encodeUsers(c, users, projection(c, s.users))
	if err != nil {
		return err
	}
	return listing(c, total, q.start, resources)
}

func (s *Server) showUser(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	if _, err := s.Directory.Admit(ctx, by); err != nil {
		return err
	}
	u, err := s.shownUser(ctx, by, c.Param("id"))
	if err != nil {
		return err
	}
	if tagged(c, u.Version, s.location(c, s.users.Endpoint, u.ID)) {
		return c.NoContent(http.StatusNotModified)
	}
	return s.sendUser(c, http.StatusOK, u)
}

func (s *Server) shownUser(ctx context.Context, by models.Actor, id string) (models.User, error) {
	if !storable(id) {
		return models.User{}, noRecord("user")
	}
	u, err := s.Read.User(ctx, by.OrganizationID, id)
	if err == nil && u.Hidden {
		return u, models.Errorf(models.NotFound, "id", "User %s was deleted.", id).
			WithAdvice("Create the user again: the same person returns with the same id and data.").WithCode("userNotFound")
	}
	return u, err
}

// sendUser answers with one user, honouring attributes and excludedAttributes.
func (s *Server) sendUser(c echo.Context, status int, u models.User) error {
	resources, err := s.encodeUsers(c, []models.User{u}, projection(c, s.users))
	if err != nil {
		return err
	}
	tagged(c, u.Version, s.location(c, s.users.Endpoint, u.ID))
	return send(c, status, resources[0])
}

func (s *Server) createUser(c echo.Context) error {
	data, err := s.body(c)
	if err != nil {
		return s.refused(c, models.UserTarget, err)
	}
	doc, notes, err := s.users.Decode(data, s.Limits.Limits)
	noted(c, notes)
	if err != nil {
		return s.refused(c, models.UserTarget, err)
	}
	u, err := s.Directory.CreateUser(c.Request().Context(), session.Actor(c), func(u *models.User) error {
		u.Enabled = takeActive(doc)
		u.Attributes = doc
		return nil
	})
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, s.location(c, s.users.Endpoint, u.ID))
	return s.sendUser(c, http.StatusCreated, u)
}

// takeActive takes active out of a document: it is a wish about the user's
// status, which Muster answers for.
func takeActive(doc scim.Document) *bool {
	active, ok := doc["active"].(bool)
	delete(doc, "active")
	if !ok {
		return nil
	}
	return &active
}

func (s *Server) replaceUser(c echo.Context) error {
	data, err := s.body(c)
	if err != nil {
		return s.refused(c, models.UserTarget, err)
	}
	doc, notes, err := s.users.Decode(data, s.Limits.Limits)
	noted(c, notes)
	if err != nil {
		return s.refused(c, models.UserTarget, err)
	}
	enabled := takeActive(doc) // before the edit, which may run more than once
	return s.changeUser(c, func(u *models.User) error {
		if _, given := doc["externalId"]; !given && u.ExternalID != "" {
			// A client that replaces without naming its anchor does not let go of it.
			doc["externalId"] = u.ExternalID
		}
		u.Attributes, u.Enabled = doc, enabled
		return nil
	})
}

func (s *Server) patchUser(c echo.Context) error {
	data, err := s.body(c)
	if err != nil {
		return s.refused(c, models.UserTarget, err)
	}
	ops, notes, err := s.users.DecodePatch(data, s.Limits.Limits)
	noted(c, notes)
	if err != nil {
		return s.refused(c, models.UserTarget, err)
	}
	var patched []scim.Note
	defer func() { noted(c, patched) }()
	return s.changeUser(c, func(u *models.User) error {
		before := u.Status == models.Active
		u.Attributes["active"] = before
		doc, tolerated, err := s.users.Patch(u.Attributes, ops)
		delete(u.Attributes, "active")
		if err != nil {
			return translate(err)
		}
		patched = tolerated
		if enabled := takeActive(doc); enabled != nil && (*enabled != before || !*enabled || u.Status != models.Active) {
			u.Enabled = enabled
		}
		u.Attributes = doc
		return nil
	})
}

// changeUser runs an edit through the door and answers with the whole user.
func (s *Server) changeUser(c echo.Context, edit func(*models.User) error) error {
	u, err := s.Directory.UpdateUser(c.Request().Context(), session.Actor(c), c.Param("id"), func(u *models.User) error {
		if err := precondition(c, u.Version); err != nil {
			return err
		}
		return edit(u)
	})
	if err != nil {
		return err
	}
	return s.sendUser(c, http.StatusOK, u)
}

func (s *Server) deleteUser(c echo.Context) error {
	err := s.Directory.DeleteUser(c.Request().Context(), session.Actor(c), c.Param("id"), func(u models.User) error {
		return precondition(c, u.Version)
	})
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
