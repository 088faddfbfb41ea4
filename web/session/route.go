// Package session knows who asks: it keeps browser sessions in the database,
// resolves a request to a models.Actor, and holds every route to its roles and
// scopes.
package session

import (
	"github.com/labstack/echo/v4"

	"muster/models"
)

// Access says who may use a route. The zero value admits nobody.
type Access struct {
	Public bool         // anyone: sign-in, set-up, health, static files
	Role   models.Role  // admins of at least this role, in the browser
	Scope  models.Scope // bearer tokens of at least this scope
}

// The accesses that routes use.
func Public() Access              { return Access{Public: true} }
func Role(r models.Role) Access   { return Access{Role: r} }
func Scope(s models.Scope) Access { return Access{Scope: s} }

// Route is one line of the table of routes. There is no other way to serve a
// path, so a path without an Access cannot exist.
type Route struct {
	Method  string
	Path    string
	Access  Access
	Handler echo.HandlerFunc
}

const actorKey = "actor"

// SetActor notes who asks; only middleware calls it.
func SetActor(c echo.Context, a models.Actor) { c.Set(actorKey, a) }

// Actor gives who asks. Behind a route with a role or scope there is always one.
func Actor(c echo.Context) models.Actor {
	a, _ := c.Get(actorKey).(models.Actor)
	return a
}
