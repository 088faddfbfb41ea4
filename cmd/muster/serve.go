package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"muster/models"
	"muster/web"
)

type serveCmd struct {
	Listen        string   `help:"Address to listen on." default:"127.0.0.1:8080" env:"MUSTER_LISTEN" placeholder:"ADDRESS"`
	PublicURL     string   `help:"Address that browsers and identity providers use, such as https://muster.example.com." env:"MUSTER_PUBLIC_URL" placeholder:"URL"`
	TrustedProxy  []string `help:"Address range of a reverse proxy whose X-Forwarded-For is believed; may be repeated." env:"MUSTER_TRUSTED_PROXY" placeholder:"CIDR"`
	MetricsListen string   `help:"Address for Prometheus metrics and profiles; off when empty. Keep it private." env:"MUSTER_METRICS_LISTEN" placeholder:"ADDRESS"`
	LogFormat     string   `help:"Format of the log on standard error: text or json." default:"text" enum:"text,json" env:"MUSTER_LOG_FORMAT"`
	LogLevel      string   `help:"Least level that is logged: debug, info, warn or error." default:"warn" enum:"debug,info,warn,error" env:"MUSTER_LOG_LEVEL"`

	SCIM scimLimits `embed:"" prefix:"scim-" group:"Limits for SCIM clients"`
}

// memoryAimed is what the memory of Go is kept to where that is possible. SQLite's own
// comes to it. With sixteen clients that read pages of a thousand users and four that write
// in bulk, the process takes up to 150 MB; with 96 MiB here it takes 190 and a tenth less
// of a processor, with 128 MiB 225. Hashing a password takes 64 MB for a moment, beside
// which the collector runs more often, at no cost that can be measured.
const memoryAimed = 64 << 20

// Run serves until the process is told to stop; requests under way are finished
// first.
func (s *serveCmd) Run(ctx context.Context, t terminal, c *cli) error {
	proxies, err := parseProxies(s.TrustedProxy)
	if err != nil {
		return err
	}
	if err := s.SCIM.check(); err != nil {
		return err
	}
	public, err := parsePublicURL(s.PublicURL)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		// Little is kept between requests: collecting half as often costs a few
		// megabytes and buys time for requests.
		debug.SetGCPercent(200)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		// Large answers leave much behind that nobody needs: it is collected before
		// the process grows by it. No limit to what is needed.
		debug.SetMemoryLimit(memoryAimed)
	}
	key, err := c.key()
	if err != nil {
		return err
	}
	db, err := c.open(ctx, s.logger(t))
	if err != nil {
		return err
	}
	inst, err := assemble(ctx, assembly{Store: db, Log: s.logger(t), Listen: s.Listen, PublicURL: public, Proxies: proxies, Now: time.Now, SCIM: s.SCIM.limits(), Rate: s.SCIM.rate(time.Now), Key: key})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	if err := inst.measure(ctx, s.MetricsListen); err != nil {
		return errors.Join(err, inst.abandon())
	}
	if err := inst.greet(ctx, t); err != nil {
		return errors.Join(err, inst.abandon())
	}
	return inst.serve(ctx)
}

func (s *serveCmd) logger(t terminal) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // the enum has checked it
	opts := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(t.Err, opts))
	}
	return slog.New(slog.NewTextHandler(t.Err, opts))
}

func parseProxies(list []string) (web.Proxies, error) {
	var out web.Proxies
	for _, text := range list {
		text = strings.TrimSpace(text)
		prefix, err := netip.ParsePrefix(text)
		if addr, bad := netip.ParseAddr(text); err != nil && bad == nil {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return nil, models.Errorf(models.Invalid, "trusted-proxy", "%q is no address range.", text).
				WithAdvice("Write it like 10.0.0.0/8 or 192.0.2.7.")
		}
		out = append(out, prefix.Masked())
	}
	return out, nil
}

func parsePublicURL(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(text)
	if err == nil {
		text = u.Redacted()
	}
	if err == nil && u.Host != "" && strings.Trim(u.Path, "/") != "" {
		return "", models.Errorf(models.Invalid, "public-url", "%q has a path, and Muster lives at the root of a host only.", text).
			WithAdvice("Give it a host name of its own, or a port: https://muster.example.com.")
	}
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" ||
		u.RawQuery != "" || u.User != nil || u.Fragment != "" {
		return "", models.Errorf(models.Invalid, "public-url", "%q is no address that Muster can be reached at.", text).
			WithAdvice("Write scheme and host only, like https://muster.example.com.")
	}
	// As browsers write it in Origin: without the port that goes without saying.
	host := strings.TrimSuffix(strings.ToLower(u.Host), map[string]string{"https": ":443", "http": ":80"}[u.Scheme])
	return u.Scheme + "://" + host, nil
}

// measure takes the port for metrics, before anything is promised.
func (i *instance) measure(ctx context.Context, address string) (err error) {
	if address != "" {
		i.metricsPort, err = listenOn(ctx, "metrics-listen", address)
	}
	return err
}

// greet ends the start-up in three lines: the URL, the way in, where the data is.
func (i *instance) greet(ctx context.Context, t terminal) error {
	code, open, err := i.accounts.SetupCode(ctx)
	if err != nil {
		return err
	}
	second := "Sign in:   " + i.baseURL + "/login"
	if open {
		second = "Set up:    " + i.baseURL + "/setup?code=" + code + "  (works once)"
	}
	_, err = fmt.Fprintf(t.Out, "Muster:    %s\n%s\nData:      %s\n", i.baseURL, second, i.store.Where())
	return err
}

// serve runs the listeners and the background loops, and ends them in order: no
// new requests, those under way, the loops with what they hold, the database.
func (i *instance) serve(ctx context.Context) error {
	loops, loopCtx := errgroup.WithContext(context.WithoutCancel(ctx))
	loopCtx, stopLoops := context.WithCancel(loopCtx)
	for _, run := range i.loops() {
		loops.Go(func() error { return run(loopCtx) })
	}
	err := i.listen(ctx)
	stopLoops()
	if loopErr := loops.Wait(); err == nil && loopErr != nil && !errors.Is(loopErr, context.Canceled) {
		err = loopErr
	}
	return errors.Join(err, i.store.Close())
}

// shutdownTime leaves the farewell one, and the loops and the database two of the ten
// seconds that stopping may take.
const shutdownTime = 7 * time.Second

func (i *instance) listen(ctx context.Context) error {
	servers := []*http.Server{i.httpServer()}
	listeners := []net.Listener{i.listener}
	if i.metricsPort != nil {
		servers = append(servers, &http.Server{Handler: i.insight(), ReadHeaderTimeout: web.ReadHeaderTimeout})
		listeners = append(listeners, i.metricsPort)
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for n, server := range servers {
		group.Go(func() error {
			if err := server.Serve(patience{listeners[n], web.WriteTimeout}); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve %s: %w", listeners[n].Addr(), err)
			}
			return nil
		})
		group.Go(func() error {
			<-groupCtx.Done()
			i.stopOnce.Do(func() { close(i.stopping) })
			if n == 0 {
				i.callers.leave()
			}
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
			defer cancel()
			err := server.Shutdown(end)
			if !errors.Is(err, context.DeadlineExceeded) {
				return err
			}
			// A client that is slower than this, or never sends what it announced, keeps
			// nobody from stopping.
			i.log.Warn("requests under way were cut off: they took too long to stop", "seconds", shutdownTime.Seconds())
			return server.Close()
		})
	}
	return group.Wait()
}

// insight is for those who run the server: metrics, and profiles for the day it is
// slow. It has a listener of its own, so that neither is ever public.
func (i *instance) insight() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", i.metrics.Handler())
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

func (i *instance) httpServer() *http.Server {
	return &http.Server{
		Handler:           i.web.Handler(),
		ReadHeaderTimeout: web.ReadHeaderTimeout,
		ReadTimeout:       web.ReadTimeout,
		IdleTimeout:       web.IdleTimeout,
		MaxHeaderBytes:    web.MaxHeaderBytes,
		ConnState:         i.callers.watch,
		ErrorLog:          slog.NewLogLogger(i.log.Handler(), slog.LevelDebug),
	}
}
