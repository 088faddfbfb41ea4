package entra

import (
	"crypto/x509"
	"net/url"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
)

// Cloud is where a tenant lives.
type Cloud string

// The clouds of Microsoft Graph. Custom is not for administrators: it takes the
// Endpoint of the options, which tests and the demo have.
const (
	Global       Cloud = "global"
	USGovernment Cloud = "usgovernment"
	USDefense    Cloud = "usdefense"
	China        Cloud = "china"
	Custom       Cloud = "custom"
)

// Clouds lists the clouds that may be chosen, in the order pages show them.
func Clouds() []Cloud { return []Cloud{Global, USGovernment, USDefense, China} }

// Label is the cloud's name on pages.
func (c Cloud) Label() string {
	switch c {
	case Global:
		return "Worldwide"
	case USGovernment:
		return "US Government (GCC High, L4)"
	case USDefense:
		return "US Department of Defense (L5)"
	case China:
		return "China, operated by 21Vianet"
	case Custom:
		return "Custom"
	}
	return string(c)
}

// Endpoint is a cloud that is not in the list. Both addresses are https.
type Endpoint struct {
	SignIn string         // authority, such as https://127.0.0.1:8443
	Graph  string         // root, such as https://127.0.0.1:8443
	Roots  *x509.CertPool // whom to trust; nil for the system's
}

// endpoint is a cloud as the connector uses it.
type endpoint struct {
	signIn string // https://host, no slash at the end
	graph  string
	// signInHosts may be told the secret or the assertion, graphHost the token.
	signInHosts []string
	graphHost   string
}

func endpointOf(c Cloud, custom *Endpoint) (endpoint, bool) {
	switch c {
	case Global:
		return endpointAt("https://login.microsoftonline.com", "https://graph.microsoft.com"), true
	case USGovernment:
		return endpointAt("https://login.microsoftonline.us", "https://graph.microsoft.us"), true
	case USDefense:
		return endpointAt("https://login.microsoftonline.us", "https://dod-graph.microsoft.us"), true
	case China:
		// Two names of one service: the discovery document may name either.
		e := endpointAt("https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn")
		e.signInHosts = append(e.signInHosts, "login.partner.microsoftonline.cn")
		return e, true
	case Custom:
		if custom != nil && secureRoot(custom.SignIn) && secureRoot(custom.Graph) {
			return endpointAt(custom.SignIn, custom.Graph), true
		}
	}
	return endpoint{}, false
}

func endpointAt(signIn, graph string) endpoint {
	return endpoint{signIn: signIn, graph: graph, signInHosts: []string{hostOf(signIn)}, graphHost: hostOf(graph)}
}

// secureRoot tells whether an address is https and nothing but a host.
func secureRoot(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && u.Path == "" && u.RawQuery == ""
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// scope is the permission that is signed in for: whatever was consented to.
func (e endpoint) scope() string { return e.graph + "/.default" }

// allows tells whether a host may be called at all.
func (e endpoint) allows(u *url.URL) bool {
	host := strings.ToLower(u.Host)
	return u.Scheme == "https" && (host == e.graphHost || slices.Contains(e.signInHosts, host))
}

// pinned tells whether a link that Graph gave leads back to it.
func (e endpoint) pinned(u *url.URL) bool {
	return u.Scheme == "https" && u.User == nil && strings.ToLower(u.Host) == e.graphHost &&
		strings.HasPrefix(u.Path, "/"+version+"/")
}

// version is the part of Graph that is spoken to.
const version = "v1.0"

// authority is the cloud as azidentity names it.
func (e endpoint) authority() cloud.Configuration {
	return cloud.Configuration{ActiveDirectoryAuthorityHost: e.signIn}
}
