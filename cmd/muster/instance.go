package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/account"
	"muster/models/cycle"
	"muster/models/deployment"
	"muster/models/directory"
	"muster/models/secret"
	"muster/models/shadow"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/store"
	"muster/web"
	"muster/web/console"
	"muster/web/scimv2"
	"muster/web/session"
)

// assembly is what an instance is put together from.
type assembly struct {
	Store     *store.Store
	Log       *slog.Logger
	Listen    string
	PublicURL string // "" uses the listener's own address
	Proxies   web.Proxies
	Passwords secret.PasswordOptions // zero for the real cost
	Now       func() time.Time
	SCIM      scimv2.Limits   // zero for the defaults
	Rate      *scimv2.Rate    // nil limits no token
	Key       []byte          // that secrets are sealed under; nil forgets them with the process
	Graph     *entra.Endpoint // stands for Microsoft's clouds, in tests and the demo
}

// instance is a server ready to serve.
type instance struct {
	store       *store.Store
	now         func() time.Time
	accounts    *account.Accounts
	directory   *directory.Directory
	deployment  *deployment.Deployments
	cycles      *cycle.Cycles
	recorder    *directory.Recorder
	shadows     *shadow.Shadows
	web         *web.Server
	metrics     *web.Metrics
	log         *slog.Logger
	listener    net.Listener
	metricsPort net.Listener // nil for none
	baseURL     string
	selfURL     string
	stopping    chan struct{}
	stopOnce    sync.Once
	callers     callers
}

// assemble puts an instance together and takes its port, so that a port in use is
// known before anything is promised.
func assemble(ctx context.Context, a assembly) (*instance, error) {
	if _, err := a.Store.EnsureOrganization(ctx, store.FirstOrganization, "My organization"); err != nil {
		return nil, err
	}
	l, err := listenOn(ctx, "listen", a.Listen)
	if err != nil {
		return nil, err
	}
	i := &instance{
		store: a.Store, now: a.Now, log: a.Log, listener: l, metrics: web.NewMetrics(), stopping: make(chan struct{}),
		selfURL: "http://" + reachable(l.Addr().String()),
	}
	i.baseURL = i.selfURL
	if a.PublicURL != "" {
		i.baseURL = a.PublicURL
	}
	i.doors(a)
	if err := i.connectors(ctx, a); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if i.web, err = i.surfaces(a); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return i, nil
}

// reachable turns "all addresses" into one that a browser on this machine can open.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("localhost", port)
	}
	return address
}

func (i *instance) doors(a assembly) {
	a.Passwords.Rand = rand.Reader
	i.accounts = account.New(account.Options{
		Store: i.store, Now: i.now, Log: i.log,
		Passwords: secret.NewPasswords(a.Passwords), Rand: rand.Reader,
	})
	i.directory = directory.New(directory.Options{Store: i.store, Now: i.now, NewID: newID, Log: i.log})
	i.recorder = i.directory.NewRecorder()
	i.shadows = shadow.New(shadow.Options{Store: i.store, Directory: i.directory, Now: i.now, NewID: newID, Log: i.log})
	i.directory.Learned, i.directory.Records = i.shadows, i.shadows
	i.deployment = deployment.New(deployment.Options{Store: i.store, Now: i.now, NewID: newID, Forecasters: []deployment.Forecaster{foretold{i.shadows}}})
}

// connectors is the door to outside directories, and what runs them.
func (i *instance) connectors(ctx context.Context, a assembly) error {
	sealer, err := sealerOf(ctx, i.store, a.Key, i.log)
	if err != nil {
		return err
	}
	graph := entra.Kind{Options: entra.Options{Now: time.Now, Log: i.log, Endpoint: a.Graph, Proxy: proxyOfMachine()}}
	i.cycles = cycle.New(cycle.Options{
		Store: i.store, Directory: i.directory, Kinds: []source.Kind{graph}, Sealer: sealer, Now: i.now, NewID: newID, Log: i.log, Owner: newID(),
		Random: mathrand.Float64,
	})
	return nil
}

// sealerOf seals what connectors sign in with; without a key, for as long as this runs.
func sealerOf(ctx context.Context, db *store.Store, key []byte, log *slog.Logger) (cycle.Sealer, error) {
	if key == nil {
		s, _, err := secret.NewSealer(make([]byte, secret.KeySize))
		return s, err //nolint:wrapcheck // says what failed
	}
	return openKeyring(ctx, db, key, log)
}

// proxyOfMachine is the proxy that the environment names for the way to Microsoft; nil
// for none, which lets connectors check where names lead to themselves.
func proxyOfMachine() func(*http.Request) (*url.URL, error) {
	ask := &http.Request{URL: &url.URL{Scheme: "https", Host: "graph.microsoft.com"}}
	if proxy, err := http.ProxyFromEnvironment(ask); err == nil && proxy == nil {
		return nil
	}
	return http.ProxyFromEnvironment
}

func (i *instance) surfaces(a assembly) (*web.Server, error) {
	secure := strings.HasPrefix(i.baseURL, "https://")
	_, host, _ := strings.Cut(a.PublicURL, "://")
	sessions := session.New(session.Options{Accounts: i.accounts, Secure: secure, Host: host})
	front := &session.Front{Trusts: a.Proxies.Trusts, Secure: secure, Log: i.log}
	pages := console.New(console.Options{
		Read: i.store, Directory: i.directory, Accounts: i.accounts, Deployment: i.deployment, Shadow: i.shadows, Sessions: sessions,
		Cycles: i.cycles, Clouds: clouds(a.Graph),
		Now: i.now, Log: i.log, BaseURL: i.baseURL, SelfURL: i.selfURL, Front: front, Version: version(), Stopping: i.stopping,
	})
	limits := a.SCIM
	if limits == (scimv2.Limits{}) {
		limits = scimv2.DefaultLimits()
	}
	endpoints := scimv2.New(scimv2.Options{
		Read: i.store, Directory: i.directory, Recorder: i.recorder, Shadows: rehearsals(i.shadows), Now: i.now, Log: i.log,
		BaseURL: func(c echo.Context) string { return i.address(c, a.PublicURL) }, Limits: limits, Rate: a.Rate,
	})
	sessions.TurnedAway = endpoints.TurnedAway
	return web.New(web.Options{
		Console: pages, SCIM: endpoints, Sessions: sessions, Metrics: i.metrics, Log: i.log, Now: i.now, NewID: newID,
		Proxies: a.Proxies, Front: front, Secure: secure, Origin: a.PublicURL,
		Ready: i.store.Writable, Stopping: i.stopping,
		Classed: store.Unreachable,
	})
}

// address is what locations in SCIM answers begin with: the public address, or
// where no one was told, the one the client itself used.
func (i *instance) address(c echo.Context, public string) string {
	if public != "" {
		return public
	}
	return "http://" + c.Request().Host
}

// loops are what runs beside the requests.
func (i *instance) loops() []func(context.Context) error {
	return []func(context.Context) error{i.recorder.Run, i.accounts.Run, i.directory.RunEvaluations, i.shadows.Run, i.cycles.Run, i.upkeep}
}

// upkeep ends silent cycles each half minute, forgets uploaded files that nobody imports,
// and removes old log entries hourly.
func (i *instance) upkeep(ctx context.Context) error {
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for n := 0; ; n++ {
		if err := i.directory.CloseCycles(ctx); err != nil && ctx.Err() == nil {
			i.log.Error("end silent cycles", "error", err)
		}
		if err := i.store.LookAtSchema(ctx); err != nil && ctx.Err() == nil {
			i.log.Error("look at the schema", "error", err)
		}
		if n%10 == 1 {
			if err := i.directory.ForgetUploads(ctx); err != nil && ctx.Err() == nil {
				i.log.Error("forget uploaded files", "error", err)
			}
		}
		if n%120 == 1 {
			i.purge(ctx)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (i *instance) purge(ctx context.Context) {
	orgs, err := i.store.Organizations(ctx)
	if err != nil {
		i.log.Error("purge the log", "error", err)
		return
	}
	if err := i.store.Keep(ctx, func(tx *store.Tx) error { _, err := tx.ForgetDeletedRules(); return err }); err != nil {
		i.log.Error("forget deleted mappings", "error", err)
	}
	for _, o := range orgs {
		before := i.now().AddDate(0, 0, -o.Settings.LogDays)
		if n, err := i.store.PurgeLog(ctx, o.Key, models.TimeOf(before)); err != nil {
			i.log.Error("purge the log", "organization", o.Slug, "error", err)
		} else if n > 0 {
			i.log.Info("removed old log entries", "organization", o.Slug, "count", n)
		}
		if n, err := i.directory.Purge(ctx, models.System(o.Key, "Purge policy")); err != nil {
			i.log.Error("purge preserved users", "organization", o.Slug, "error", err)
		} else if n > 0 {
			i.log.Info("purged preserved users", "organization", o.Slug, "count", n)
		}
	}
}

// abandon gives up an instance that never served.
func (i *instance) abandon() error {
	if i.metricsPort != nil {
		_ = i.metricsPort.Close()
	}
	return errors.Join(i.listener.Close(), i.store.Close())
}
