// Package scimv2 serves SCIM 2.0 (RFC 7643, RFC 7644) under /scim/v2: it reads
// requests with models/scim, changes through the directory and answers with
// stored documents.
package scimv2

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/models/scim"
	"muster/web/session"
)

// Reader is what the endpoints read.
type Reader interface {
	User(ctx context.Context, organization int64, id string) (models.User, error)
	Group(ctx context.Context, organization int64, id string) (models.Group, error)
	UsersSelected(ctx context.Context, organization int64, s models.Selection[models.User]) ([]models.User, int64, error)
	GroupsSelected(ctx context.Context, organization int64, s models.Selection[models.Group]) ([]models.Group, int64, error)
	GroupsOf(ctx context.Context, kind models.MemberKind, key int64, most int) ([]models.MemberRef, error)
	GroupsOfUsers(ctx context.Context, keys []int64) (map[int64][]models.MemberRef, error)
	Members(ctx context.Context, group int64, after models.MemberRef, most int) ([]models.MemberRef, error)
	Resolve(ctx context.Context, organization int64, ids []string) (map[string]models.MemberRef, error)
}

// Recorder takes a note of every exchange, without making the client wait.
type Recorder interface {
	Record(e models.Exchange)
}

// Options are what the endpoints work with; all fields are required.
type Options struct {
	Read      Reader
	Directory *directory.Directory
	Recorder  Recorder
	Now       func() time.Time
	Log       *slog.Logger
	BaseURL   func(c echo.Context) string // public address, no trailing slash
	Limits    Limits
}

// Limits bound what one request may ask. Each refusal names the limit.
type Limits struct {
	scim.Limits
	Page        int // resources in one answer, and what is said in ServiceProviderConfig
	DefaultPage int // when a request names no count
}

// DefaultLimits are the limits of the security checks S20 and S21.
func DefaultLimits() Limits {
	return Limits{Limits: scim.Limits{Bytes: 1 << 20}, Page: 1000, DefaultPage: 100}
}

// Server answers SCIM requests.
type Server struct {
	Options
	users  *scim.Type
	groups *scim.Type
}

// New makes a server.
func New(o Options) *Server {
	return &Server{Options: o, users: scim.User(), groups: scim.Group()}
}

// Prefix is where SCIM lives.
const Prefix = "/scim/v2"

// Routes lists the endpoints with the scope each asks for.
func (s *Server) Routes() []session.Route {
	read, write := session.Scope(models.ReadScope), session.Scope(models.ProvisionScope)
	var out []session.Route
	add := func(a session.Access, method, path string, h echo.HandlerFunc) {
		out = append(out, session.Route{Method: method, Path: Prefix + path, Access: a, Handler: s.recorded(h)})
		if method == http.MethodGet { // what can be read can be asked about (RFC 9110 section 9.1)
			out = append(out, session.Route{Method: http.MethodHead, Path: Prefix + path, Access: a, Handler: s.recorded(h)})
		}
	}
	add(read, http.MethodGet, "/ServiceProviderConfig", s.showServiceProviderConfig)
	add(read, http.MethodGet, "/ResourceTypes", s.listResourceTypes)
	add(read, http.MethodGet, "/ResourceTypes/:id", s.showResourceType)
	add(read, http.MethodGet, "/Schemas", s.listSchemas)
	add(read, http.MethodGet, "/Schemas/:id", s.showSchema)
	add(read, http.MethodGet, "/Users", s.listUsers)
	add(write, http.MethodPost, "/Users", s.createUser)
	add(read, http.MethodGet, "/Users/:id", s.showUser)
	add(write, http.MethodPut, "/Users/:id", s.replaceUser)
	add(write, http.MethodPatch, "/Users/:id", s.patchUser)
	add(write, http.MethodDelete, "/Users/:id", s.deleteUser)
	add(read, http.MethodGet, "/Groups", s.listGroups)
	add(write, http.MethodPost, "/Groups", s.createGroup)
	add(read, http.MethodGet, "/Groups/:id", s.showGroup)
	add(write, http.MethodPut, "/Groups/:id", s.replaceGroup)
	add(write, http.MethodPatch, "/Groups/:id", s.patchGroup)
	add(write, http.MethodDelete, "/Groups/:id", s.deleteGroup)
	// RFC 7644 sections 3.4.3, 3.7 and 3.11: what is optional answers 501.
	add(read, http.MethodGet, "/Me", notOffered)
	add(read, http.MethodPost, "/Bulk", notOffered)
	add(read, http.MethodPost, "/.search", notOffered)
	add(read, http.MethodPost, "/Users/.search", notOffered)
	add(read, http.MethodPost, "/Groups/.search", notOffered)
	return out
}
