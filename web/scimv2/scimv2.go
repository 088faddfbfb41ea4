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

// Side is what answers a request: what is read, the door, and who writes it down.
type Side struct {
	Read      Reader
	Directory *directory.Directory
	Recorder  Recorder
}

// Shadows are what directories rehearse on before SCIM is in charge. All are nil where
// there are none.
type Shadows struct {
	// Serve gives the side that answers a client, nil for the organization itself, and
	// what to call when the request is over.
	Serve func(ctx context.Context, by models.Actor) (side *Side, done func(), err error)
	// Bring takes in what a directory delivered in a rehearsal about records that it names
	// by their ids now.
	Bring func(ctx context.Context, by models.Actor, ids ...string) error
	// Known gives the id of a record that a directory delivered in a rehearsal and looks
	// for now by externalId, userName or a group's displayName; "" for none.
	Known func(ctx context.Context, by models.Actor, target models.TargetType, attribute, value string) (string, error)
}

// Options are what the endpoints work with; all fields but Shadows are required.
type Options struct {
	Read      Reader
	Directory *directory.Directory
	Recorder  Recorder
	Shadows   Shadows
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
	other bool // answers for a rehearsal

	away        *away
	shadowTypes *types // of rehearsals, whose settings and lists are their own
	shadowWalks *walks
}

// New makes a server.
func New(o Options) *Server {
	return &Server{Options: o, types: newTypes(), walks: newWalks(), away: &away{}, shadowTypes: newTypes(), shadowWalks: newWalks()}
}

// Prefix is where SCIM lives.
const Prefix = "/scim/v2"

// Routes lists the endpoints with the scope each asks for.
func (s *Server) Routes() []session.Route {
	var t table
	read := func(path string, a admission, h handler) {
		t.add(session.Scope(models.ReadScope), http.MethodGet, path, s.recorded(called(a, h)))
		// What can be read can be asked about (RFC 9110 §9.1).
		t.add(session.Scope(models.ReadScope), http.MethodHead, path, s.recorded(called(a, h)))
	}
	ask := func(path string, h handler) {
		t.add(session.Scope(models.ReadScope), http.MethodPost, path, s.recorded(called(inCharge, h)))
	}
	write := func(method, path string, h handler) {
		t.add(session.Scope(models.ProvisionScope), method, path, s.recorded(called(atDoor, h)))
	}
	read("/ServiceProviderConfig", always, (*Server).showServiceProviderConfig)
	read("/ResourceTypes", always, (*Server).listResourceTypes)
	read("/ResourceTypes/:id", always, (*Server).showResourceType)
	read("/Schemas", always, (*Server).listSchemas)
	read("/Schemas/:id", always, (*Server).showSchema)
	read("/Me", always, me)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		write(method, "/Me", me)
	}

	read("", inCharge, list((*Server).findAll))
	read("/Users", inCharge, list((*Server).findUsers))
	read("/Groups", inCharge, list((*Server).findGroups))
	ask("/.search", search((*Server).findAll))
	ask("/Users/.search", search((*Server).findUsers))
	ask("/Groups/.search", search((*Server).findGroups))
	read("/Users/:id", inCharge, (*Server).showUser)
	read("/Groups/:id", inCharge, (*Server).showGroup)

	write(http.MethodPost, "/Users", (*Server).createUser)
	write(http.MethodPut, "/Users/:id", (*Server).replaceUser)
	write(http.MethodPatch, "/Users/:id", (*Server).patchUser)
	write(http.MethodDelete, "/Users/:id", (*Server).deleteUser)
	write(http.MethodPost, "/Groups", (*Server).createGroup)
	write(http.MethodPut, "/Groups/:id", (*Server).replaceGroup)
	write(http.MethodPatch, "/Groups/:id", (*Server).patchGroup)
	write(http.MethodDelete, "/Groups/:id", (*Server).deleteGroup)
	write(http.MethodPost, "/Bulk", (*Server).bulk)
	return t
}

type table []session.Route

func (t *table) add(a session.Access, method, path string, h echo.HandlerFunc) {
	*t = append(*t, session.Route{Method: method, Path: Prefix + path, Access: a, Handler: h})
}
