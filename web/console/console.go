// Package console holds the handlers of the pages, one file per noun: each reads
// the request, makes one call, and answers.
package console

import (
	"log/slog"
	"slices"
	"time"

	"muster/models/account"
	"muster/models/cycle"
	"muster/models/deployment"
	"muster/models/directory"
	"muster/models/shadow"
	"muster/models/source/entra"
	"muster/web/session"
)

// Options are what the console works with; all fields are required.
type Options struct {
	Read       Reader
	Directory  *directory.Directory
	Accounts   *account.Accounts
	Deployment *deployment.Deployments
	Cycles     *cycle.Cycles
	Clouds     []entra.Cloud // that a tenant may live in
	Shadow     *shadow.Shadows
	Sessions   *session.Sessions
	Now        func() time.Time
	Log        *slog.Logger
	BaseURL    string         // public address without a trailing slash, e.g. https://muster.example.com
	SelfURL    string         // where this process itself answers, for the connection test
	Front      *session.Front // what a reverse proxy sends; nil for nothing
	Version    string
	Stopping   <-chan struct{} // closed when the server begins to shut down: streams end
}

// Reader is what the pages read: each noun's file declares its part.
type Reader interface {
	chromeReader
	overviewReader
	userReader
	groupReader
	queueReader
	logReader
	deploymentReader
	tokenReader
	settingsReader
	attributeReader
	profileReader
	narrowReader
	mappingReader
	adminReader
	auditReader
	connectorReader
}

// Console serves the pages.
type Console struct{ Options }

// New makes a console.
func New(o Options) *Console {
	k := &Console{Options: o}
	o.Sessions.Unsent = k.unsent
	return k
}

// Routes lists every page and form with the role it asks for.
func (k *Console) Routes() []session.Route {
	return slices.Concat(
		k.accountRoutes(), // setup, login, logout, own account and sessions, preferences
		k.adminRoutes(),
		k.tokenRoutes(),
		k.settingsRoutes(),
		k.attributeRoutes(),
		k.attributeMappingRoutes(),
		k.profileRoutes(),
		k.settingKeyRoutes(),
		k.mappingRoutes(),
		k.auditRoutes(),
		k.overviewRoutes(),
		k.deploymentRoutes(),
		k.attachRoutes(),
		k.parkedRoutes(),
		k.shadowRoutes(),
		k.userRoutes(),
		k.userProfileRoutes(),
		k.importRoutes(), // CSV in and out
		k.groupRoutes(),
		k.queueRoutes(),
		k.heldRoutes(),
		k.waitingRoutes(),
		k.logRoutes(),
		k.connectorRoutes(),
		k.cycleRoutes(),
		k.provisionRoutes(),
	)
}
