package scimv2

import (
	"context"
	"maps"
	"net/http"

	"muster/models"
	"muster/models/scim"
)

// groupsMost bounds how many groups a user's groups attribute lists.
const groupsMost = 1000

func (s *Server) showUser(c *call) error {
	u, err := s.shownUser(c.Request().Context(), c.by, c.Param("id"))
	if err != nil {
		return err
	}
	if err := matched(c, etag(u.Tag())); err != nil {
		return err
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

// sendUser answers with one user, honouring attributes and excludedAttributes, or says
// to whoever reads that they have it already.
func (s *Server) sendUser(c *call, status int, u models.User) error {
	location := []string{c.location(c.users, u.ID)}
	if status == http.StatusCreated {
		c.Response().Header()["Location"] = location
	}
	p := c.query.projection(c.users)
	a, err := s.around(c, []models.User{u}, p, status == http.StatusCreated && u.Version == 1)
	if err != nil {
		return s.half(c, err)
	}
	if tagged(c, a.tag(&u), location) && safe(c.Request().Method) {
		return unchanged(c)
	}
	out := borrow()
	defer out.giveBack()
	if out.bytes, err = s.appendUser(out.bytes, c, &u, a, p); err != nil {
		return s.half(c, err)
	}
	return send(c, status, out.bytes)
}

func (s *Server) createUser(c *call) error {
	data, err := s.body(c, s.Limits.Bytes)
	if err != nil {
		return s.refused(c, models.UserTarget, err)
	}
	doc, notes, err := c.users.Decode(data, s.Limits.Limits)
	noted(c, notes)
	if err != nil {
		return s.refused(c, models.UserTarget, err)
	}
	u, err := s.Directory.CreateUser(c.Request().Context(), c.by, func(u *models.User) error {
		u.Enabled = takeActive(doc)
		u.Attributes = doc
		return nil
	})
	if err != nil {
		return err
	}
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

func (s *Server) replaceUser(c *call) error {
	data, err := s.body(c, s.Limits.Bytes)
	if err != nil {
		return s.refused(c, models.UserTarget, err)
	}
	doc, notes, err := c.users.Decode(data, s.Limits.Limits)
	noted(c, notes)
	if err != nil {
		return s.refused(c, models.UserTarget, err)
	}
	enabled := takeActive(doc) // before the edit, which may run more than once
	return s.changeUser(c, func(u *models.User) error {
		fresh, err := c.users.Replace(u.Attributes, maps.Clone(doc))
		if err != nil {
			return translate(err)
		}
		if _, given := doc["externalId"]; !given && u.ExternalID != "" {
			// A client that replaces without naming its anchor does not let go of it.
			fresh["externalId"] = u.ExternalID
		}
		u.Attributes, u.Enabled = fresh, enabled
		return nil
	})
}

func (s *Server) patchUser(c *call) error {
	data, err := s.body(c, s.Limits.Bytes)
	if err != nil {
		return s.refused(c, models.UserTarget, err)
	}
	ops, notes, err := c.users.DecodePatch(data, s.Limits.Limits)
	noted(c, notes)
	if err != nil {
		return s.refused(c, models.UserTarget, err)
	}
	var patched []scim.Note
	defer func() { noted(c, patched) }()
	return s.changeUser(c, func(u *models.User) error {
		before := u.Enters()
		doc, tolerated, err := c.patched(u, ops, before)
		if err != nil {
			return translate(err)
		}
		patched = tolerated
		enabled := takeActive(doc)
		if enabled != nil && *enabled == before && !c.named(u, ops, before) {
			enabled = nil
		}
		u.Attributes, u.Enabled = doc, enabled
		return nil
	})
}

// patched gives a user's document after operations, as it is with one value of
// active or the other.
func (c *call) patched(u *models.User, ops []scim.Operation, active bool) (scim.Document, []scim.Note, error) {
	u.Attributes["active"] = active
	defer delete(u.Attributes, "active")
	return c.users.Patch(u.Attributes, ops)
}

// named tells whether operations that leave active as it was say so themselves. Who
// may enter is asked nothing by that; of one who waits, a directory that repeats
// active: false lets go, and one that changes a title does not.
func (c *call) named(u *models.User, ops []scim.Operation, active bool) bool {
	if active {
		return false
	}
	doc, _, err := c.patched(u, ops, !active)
	enabled := takeActive(doc)
	return err == nil && enabled != nil && *enabled == active
}

// changeUser runs an edit through the door and answers with the whole user.
func (s *Server) changeUser(c *call, edit func(*models.User) error) error {
	u, err := s.Directory.UpdateUser(c.Request().Context(), c.by, c.Param("id"), func(u *models.User) error {
		if err := precondition(c, etag(u.Tag())); err != nil {
			return err
		}
		return edit(u)
	})
	if err != nil {
		return err
	}
	return s.sendUser(c, http.StatusOK, u)
}

func (s *Server) deleteUser(c *call) error {
	err := s.Directory.DeleteUser(c.Request().Context(), c.by, c.Param("id"), func(u models.User) error {
		return precondition(c, etag(u.Tag()))
	})
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
