package entra

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// transport is the only way out of the package. It calls the hosts of one cloud, by
// https, follows no redirect, and, unless a proxy or a custom cloud is configured,
// connects to public addresses alone, so that no name can lead inside.
type transport struct {
	to   endpoint
	http *http.Client
}

// foreignHost is a call that was stopped before it left.
type foreignHost struct{ host string }

func (e foreignHost) Error() string { return "a call to " + e.host + " was refused" }

// NonRetriable tells azcore that trying again is of no use.
func (foreignHost) NonRetriable() {}

func newTransport(o Options, to endpoint) *transport {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	if o.Proxy == nil && o.Settings.Cloud != Custom && !o.AllowPrivate {
		dialer.Control = publicOnly
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots}
	if o.Endpoint != nil && o.Settings.Cloud == Custom {
		config.RootCAs = o.Endpoint.Roots
	}
	return &transport{to: to, http: &http.Client{
		Transport: &http.Transport{
			Proxy:                  o.Proxy,
			OnProxyConnectResponse: proxyAnswer,
			DialContext:            dialer.DialContext,
			TLSClientConfig:        config,
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    15 * time.Second,
			ResponseHeaderTimeout:  o.Limits.Timeout,
			MaxResponseHeaderBytes: 256 << 10,
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        90 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Do sends a request, for azcore and azidentity.
func (t *transport) Do(req *http.Request) (*http.Response, error) {
	if !t.to.allows(req.URL) {
		return nil, foreignHost{req.URL.Host}
	}
	return t.http.Do(req) //nolint:wrapcheck // the callers class it
}

// errPrivate is a public name that led to an address that is not.
var errPrivate = errors.New("the address is not a public one")

// publicOnly refuses addresses inside a network, after the name was looked up.
func publicOnly(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("read the address %q: %w", address, err)
	}
	if ip := at.Addr().Unmap(); !public(ip) {
		return errPrivate
	}
	return nil
}

// public tells whether an address belongs to the internet.
func public(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return false
	}
	for _, inside := range reserved {
		if inside.Contains(ip) {
			return false
		}
	}
	return true
}

// reserved are ranges that IsGlobalUnicast and IsPrivate let pass: this network,
// shared address space, protocol assignments, benchmarks, the future, and IPv6 forms
// that carry an IPv4 address inside.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"),
}

// close lets go of idle connections.
func (t *transport) close() { t.http.CloseIdleConnections() }

// bounded gives one attempt its time.
func bounded(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, errTooSlow)
}

var errTooSlow = errors.New("no answer in time")
