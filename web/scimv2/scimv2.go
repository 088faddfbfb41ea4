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
	"muster/models/filter"
	"muster/models/scim"
	"muster/web/session"
)

// Reader is what the endpoints read.
type Reader interface {
	User(ctx context.Context, organization int64, id string) (models.User, error)
	Group(ctx context.Context, organization int64, id string) (models.Group, error)
	FindUsers(ctx context.Context, organization int64, q models.Query) (models.Found[models.User], error)
	FindGroups(ctx context.Context, organization int64, q models.Query) (models.Found[models.Group], error)
	Moves(ctx context.Context, organization int64) (int64, error)
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
	Rate      *Rate // nil limits nobody
}

// Limits bound what one request may ask. Each refusal names the limit.
type Limits struct {
	scim.Limits
	Page           int // resources in one answer, and what is said in ServiceProviderConfig
	DefaultPage    int // when a request names no count
	BulkOperations int // in one bulk request
	BulkBytes      int // of one bulk request
}

// DefaultLimits are the limits of the security checks S20 and S21.
func DefaultLimits() Limits {
	return Limits{
		Limits: scim.Limits{
			Bytes: 1 << 20, Depth: 32, Operations: 1000, Values: 10_000,
			Filter: filter.Limits{Length: 4096, Depth: 20, Terms: 50},
		},
		Page: 1000, DefaultPage: 100, BulkOperations: 1000, BulkBytes: 4 << 20,
	}
}

// Server answers SCIM requests.
type Server struct {
	Options
	types *types
	walks *walks
}

// New makes a server.
func New(o Options) *Server {
	return &Server{Options: o, types: newTypes(), walks: newWalks()}
}

// Prefix is where SCIM lives.
const Prefix = "/scim/v2"

// Routes lists the endpoints with the scope each asks for.
func (s *Server) Routes() []session.Route {
	var t table
	read := func(path string, a admission, h handler) {
		t.add(session.Scope(models.ReadScope), http.MethodGet, path, s.recorded(s.called(a, h)))
		// What can be read can be asked about (RFC 9110 §9.1).
		t.add(session.Scope(models.ReadScope), http.MethodHead, path, s.recorded(s.called(a, h)))
	}
	ask := func(path string, h handler) {
		t.add(session.Scope(models.ReadScope), http.MethodPost, path, s.recorded(s.called(inCharge, h)))
	}
	write := func(method, path string, h handler) {
		t.add(session.Scope(models.ProvisionScope), method, path, s.recorded(s.called(atDoor, h)))
	}
	read("/ServiceProviderConfig", always, s.showServiceProviderConfig)
	read("/ResourceTypes", always, s.listResourceTypes)
	read("/ResourceTypes/:id", always, s.showResourceType)
	read("/Schemas", always, s.listSchemas)
	read("/Schemas/:id", always, s.showSchema)
	read("/Me", always, me)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		write(method, "/Me", me)
	}

	read("", inCharge, s.list(s.findAll))
	read("/Users", inCharge, s.list(s.findUsers))
	read("/Groups", inCharge, s.list(s.findGroups))
	ask("/.search", s.search(s.findAll))
	ask("/Users/.search", s.search(s.findUsers))
	ask("/Groups/.search", s.search(s.findGroups))
	read("/Users/:id", inCharge, s.showUser)
	read("/Groups/:id", inCharge, s.showGroup)

	write(http.MethodPost, "/Users", s.createUser)
	write(http.MethodPut, "/Users/:id", s.replaceUser)
	write(http.MethodPatch, "/Users/:id", s.patchUser)
	write(http.MethodDelete, "/Users/:id", s.deleteUser)
	write(http.MethodPost, "/Groups", s.createGroup)
	write(http.MethodPut, "/Groups/:id", s.replaceGroup)
	write(http.MethodPatch, "/Groups/:id", s.patchGroup)
	write(http.MethodDelete, "/Groups/:id", s.deleteGroup)
	write(http.MethodPost, "/Bulk", s.bulk)
	return t
}

type table []session.Route

func (t *table) add(a session.Access, method, path string, h echo.HandlerFunc) {
	*t = append(*t, session.Route{Method: method, Path: Prefix + path, Access: a, Handler: h})
}
