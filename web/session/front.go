package session

import (
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
)

// Front notices a reverse proxy that Muster was not told of, by what it sends. Nothing it
// notices is believed: it is only said, because a proxy that works looks well until a
// directory is given an address that nobody reaches, or one stranger's wrong passwords
// slow everybody's sign-in down. Nil notices nothing.
type Front struct {
	Trusts func(netip.Addr) bool // proxies that were named
	Secure bool                  // the public address is https
	Log    *slog.Logger

	unnamed atomic.Pointer[string] // address of a proxy that was not named
	untold  atomic.Bool            // browsers come by https, and nobody said so
}

// Meet looks at a request. Each finding is logged once.
func (f *Front) Meet(r *http.Request) {
	if f == nil || len(r.Header["X-Forwarded-For"]) == 0 && len(r.Header["X-Forwarded-Proto"]) == 0 {
		return
	}
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return
	}
	from := remote.Addr().Unmap().WithZone("")
	if !f.Trusts(from) && !near(from) {
		return // anybody can send these headers, and a proxy is seldom far away
	}
	if len(r.Header["X-Forwarded-For"]) > 0 && !f.Trusts(from) && f.unnamed.Load() == nil {
		if address := from.String(); f.unnamed.CompareAndSwap(nil, &address) {
			f.Log.Warn("X-Forwarded-For is not believed: if this is your reverse proxy, name it with --trusted-proxy", "from", address)
		}
	}
	if r.Header.Get("X-Forwarded-Proto") == "https" && !f.Secure && f.untold.CompareAndSwap(false, true) {
		f.Log.Warn("requests come over https, and the public address is http: tell the address that browsers use with --public-url")
	}
}

func near(a netip.Addr) bool { return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() }

// Unnamed gives the address of a proxy that was not named, or "".
func (f *Front) Unnamed() string {
	if f == nil {
		return ""
	}
	if address := f.unnamed.Load(); address != nil {
		return *address
	}
	return ""
}

// Untold tells whether browsers come by https while the public address is http.
func (f *Front) Untold() bool { return f != nil && f.untold.Load() }
