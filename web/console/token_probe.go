package console

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"muster/web/session"
)

// probeCall is one request of a connection test and what a right answer holds.
type probeCall struct {
	name  string
	path  string // below the endpoint, with its query
	empty bool   // the list must be there and have no entry
	list  bool   // the answer must be a list
}

// probeAnswer is what came back.
type probeAnswer struct {
	call    probeCall
	url     string
	status  int
	took    time.Duration
	kind    string // Content-Type
	detail  string // of a SCIM error
	problem string // what is wrong with an answer of status 200
	err     error  // nothing came back
	request string // id of the request, to find it in the log
}

// prober goes over the network, as the provider does. It follows no redirect: a
// provider would not send its token along either.
type prober struct {
	client   *http.Client
	now      func() time.Time
	probeKey string
}

func newProber(now func() time.Time, probeKey string) prober {
	return prober{now: now, probeKey: probeKey, client: &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

const probeBytes = 1 << 20

// run sends the requests one after the other, and stops at the first that got no
// answer or whose token was refused.
func (p prober) run(ctx context.Context, endpoint, token, client string, calls []probeCall) []probeAnswer {
	var out []probeAnswer
	for _, call := range calls {
		a := p.one(ctx, endpoint, token, client, call)
		out = append(out, a)
		if a.err != nil || a.status == http.StatusUnauthorized {
			break
		}
	}
	return out
}

func (p prober) one(ctx context.Context, endpoint, token, client string, call probeCall) probeAnswer {
	a := probeAnswer{call: call, url: endpoint + call.path}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url, nil)
	if err != nil {
		a.err = fmt.Errorf("make the request: %w", err)
		return a
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "application/scim+json")
	r.Header.Set("User-Agent", client)
	r.Header.Set(session.ProbeHeader, p.probeKey)
	started := p.now()
	res, err := p.client.Do(r)
	if err != nil {
		a.err = err
		return a
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, probeBytes))
	a.took = p.now().Sub(started)
	if err != nil {
		a.err = err
		return a
	}
	a.status, a.kind, a.request = res.StatusCode, res.Header.Get("Content-Type"), res.Header.Get("X-Request-Id")
	a.judge(body)
	return a
}

// judge reads the body: a SCIM error's detail, or what a list lacks.
func (a *probeAnswer) judge(body []byte) {
	var m struct {
		Detail    string            `json:"detail"`
		Total     *int              `json:"totalResults"`
		Resources []json.RawMessage `json:"Resources"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		a.problem = "The answer is not JSON: something else than Muster answered at this address."
		return
	}
	a.detail = m.Detail
	if a.status != http.StatusOK {
		return
	}
	switch {
	case !strings.HasPrefix(a.kind, "application/scim+json"):
		a.problem = "The answer’s content type is " + a.kind + ", not application/scim+json: a proxy changes it."
	case a.call.list && m.Total == nil:
		a.problem = "The list does not say totalResults."
	case a.call.empty && *m.Total != 0:
		a.problem = "The list has entries although nobody can have this name."
	}
}

// probeCalls are the requests that a provider sends before it provisions. None of
// them changes anything; JumpCloud's own test goes further and makes a test user.
func probeCalls(idp string) (client string, calls []probeCall) {
	nobody := uuid.NewString()
	find := func(attribute string) string { return "filter=" + url.QueryEscape(attribute+` eq "`+nobody+`"`) }
	config := probeCall{name: "Read what the server offers", path: "/ServiceProviderConfig"}
	lookup := probeCall{name: "Look for a user that cannot exist", path: "/Users?" + find("userName"), list: true, empty: true}
	switch idp {
	case "okta":
		lookup.path += "&startIndex=1&count=100"
		return "Okta SCIM Client 1.0.0", []probeCall{
			lookup,
			{name: "List users for an import", path: "/Users?startIndex=1&count=100", list: true},
			{name: "List groups for Push Groups", path: "/Groups?startIndex=1&count=100", list: true},
		}
	case "onelogin":
		return "OneLogin SCIM", []probeCall{lookup, {name: "List groups", path: "/Groups", list: true}}
	case "jumpcloud":
		return "JumpCloud SCIM", []probeCall{
			config, lookup,
			{name: "Look for a group that cannot exist", path: "/Groups?" + find("displayName"), list: true, empty: true},
		}
	case "google":
		return "Google-Autoprovisioning", []probeCall{{name: "List one user", path: "/Users?count=1", list: true}, lookup}
	case "generic":
		return "SCIM test", []probeCall{
			config,
			{name: "Read the resource types", path: "/ResourceTypes"},
			{name: "Read the schemas", path: "/Schemas"},
			lookup,
			{name: "List one group", path: "/Groups?count=1", list: true},
		}
	}
	return "Azure AD SCIM", []probeCall{
		lookup,
		{name: "Look for a group that cannot exist", path: "/Groups?excludedAttributes=members&" + find("displayName"), list: true, empty: true},
	}
}
