package entratest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// SignInError is a refusal by the sign-in service.
type SignInError struct {
	Status int
	Word   string // OAuth's error
	Code   int    // Microsoft's number
}

// RefuseSignIn refuses every sign-in from now on; nil accepts them again.
func (g *Graph) RefuseSignIn(e *SignInError) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refuse = e
}

// ExpireTokens makes every token that was given useless.
func (g *Graph) ExpireTokens() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tokens = map[string]time.Time{}
}

// Skew sets the clock of the services off.
func (g *Graph) Skew(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.skew = d
}

// Deny takes a permission away, such as "User.Read.All".
func (g *Graph) Deny(permission string, on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.denied[permission] = on
}

// Register lets the application sign in with a certificate.
func (g *Graph) Register(cert *x509.Certificate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if key, ok := cert.PublicKey.(*rsa.PublicKey); ok {
		g.keys = append(g.keys, key)
	}
}

// signIn answers the OpenID description and the token endpoint.
func (g *Graph) signIn(r *http.Request) Answer {
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if tenant != g.o.Tenant {
		return signInAnswer(SignInError{http.StatusBadRequest, "invalid_tenant", 90002})
	}
	at := g.URL() + "/" + tenant
	switch rest {
	case "v2.0/.well-known/openid-configuration":
		return Answer{Page: Props{
			"issuer": at + "/v2.0", "authorization_endpoint": at + "/oauth2/v2.0/authorize", "token_endpoint": at + "/oauth2/v2.0/token",
			"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
		}}
	case "oauth2/v2.0/token":
		return g.token(r)
	}
	return Answer{Status: http.StatusNotFound, Page: Props{}}
}

func (g *Graph) token(r *http.Request) Answer {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost {
		return signInAnswer(SignInError{http.StatusBadRequest, "invalid_request", 900144})
	}
	f := r.PostForm
	switch {
	case g.refuse != nil:
		return signInAnswer(*g.refuse)
	case f.Get("client_id") != g.o.ClientID:
		return signInAnswer(SignInError{http.StatusBadRequest, "unauthorized_client", 700016})
	case !strings.Contains(f.Get("scope"), g.URL()+"/.default"):
		return signInAnswer(SignInError{http.StatusBadRequest, "invalid_scope", 500011})
	case f.Get("client_assertion") != "":
		if err := g.verify(f.Get("client_assertion")); err != nil {
			return signInAnswer(SignInError{http.StatusUnauthorized, "invalid_client", 700027})
		}
	case f.Get("client_secret") != g.o.ClientSecret:
		return signInAnswer(SignInError{http.StatusUnauthorized, "invalid_client", 7000215})
	}
	g.count.SignIns++
	token := "canary-token-" + g.opaque()
	g.tokens[token] = g.o.Now().Add(time.Hour)
	return Answer{Page: Props{"token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600, "access_token": token}}
}

func signInAnswer(e SignInError) Answer {
	return Answer{Status: e.Status, Page: Props{
		"error": e.Word, "error_codes": []int{e.Code}, "error_description": fmt.Sprintf("AADSTS%d: refused by the fake.", e.Code),
		"trace_id": "fake", "correlation_id": "fake",
	}}
}

// verify checks an assertion: signed by a registered key, for this tenant, and not expired.
func (g *Graph) verify(assertion string) error {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return fmt.Errorf("%d parts", len(parts))
	}
	var head struct {
		Alg string `json:"alg"`
	}
	var body struct {
		Aud string `json:"aud"`
		Iss string `json:"iss"`
		Exp int64  `json:"exp"`
	}
	for i, into := range []any{&head, &body} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return fmt.Errorf("part %d: %w", i, err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			return fmt.Errorf("part %d: %w", i, err)
		}
	}
	if body.Iss != g.o.ClientID || !strings.HasPrefix(body.Aud, g.URL()+"/"+g.o.Tenant) || time.Unix(body.Exp, 0).Before(g.o.Now()) {
		return fmt.Errorf("claims of another application, place or time")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return fmt.Errorf("signature: %w", err)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	for _, key := range g.keys {
		if head.Alg == "PS256" && rsa.VerifyPSS(key, crypto.SHA256, sum[:], signature, nil) == nil {
			return nil
		}
	}
	return fmt.Errorf("no registered key signed it")
}

// authorized tells whether a call has a good token.
func (g *Graph) authorized(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	_, known := g.tokens[token]
	return ok && known
}
