package entra_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
)

// refused refuses the sign-in in a way, for reads and for the connection test.
func refused(code source.Code, e entratest.SignInError) func(*testing.T, *bench) {
	return func(t *testing.T, b *bench) {
		b.village()
		b.graph.RefuseSignIn(&e)
		f := b.follow(t)
		f.fails(code)
		tells(t, f.c, "signIn", code)
	}
}

// tells expects that the connection test fails at a step, with words, and skips what
// needs it.
func tells(t *testing.T, c *entra.Connector, step string, code source.Code) {
	t.Helper()
	for _, s := range c.Test(t.Context()) {
		switch {
		case s.Name == step:
			if s.Outcome != models.Failure || s.Code != code || s.Detail == "" || s.Cause == "" || s.Advice == "" {
				t.Errorf("%+v", s)
			}
		case s.Name == "users" && step == "signIn":
			if s.Outcome != models.Skipped {
				t.Errorf("%+v", s)
			}
		}
	}
}

// certificate makes one that signs itself.
func certificate(t *testing.T, key, public any) (cert *x509.Certificate, pemText []byte) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "muster"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err = x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pemText = append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	return cert, pemText
}

func withCertificate(text []byte) func(*entra.Options) {
	return func(o *entra.Options) { o.Secret = entra.Secret{Certificate: text} }
}

// signInTraps are about becoming and staying signed in.
var signInTraps = []trap{
	{"the tenant is not there", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t, func(o *entra.Options) { o.Settings.Tenant = "00000000-0000-4000-8000-000000000009" })
		f.fails(source.WrongTenant)
		tells(t, f.c, "reach", source.WrongTenant)
	}},
	{"the application is not there", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t, func(o *entra.Options) { o.Settings.ClientID = "00000000-0000-4000-8000-000000000009" })
		f.fails(source.WrongApp)
		tells(t, f.c, "signIn", source.WrongApp)
	}},
	{"the secret is wrong", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t, func(o *entra.Options) { o.Secret.ClientSecret = "canary-wrong" })
		f.fails(source.SecretWrong)
		tells(t, f.c, "signIn", source.SecretWrong)
	}},
	{"the secret has expired", refused(source.SecretExpired, entratest.SignInError{Status: 401, Word: "invalid_client", Code: 7000222})},
	{"the application is disabled", refused(source.SignInRefused, entratest.SignInError{Status: 401, Word: "invalid_client", Code: 7000112})},
	{"the assertion’s time is off", refused(source.ClockWrong, entratest.SignInError{Status: 401, Word: "invalid_client", Code: 700024})},
	{"a policy refuses", refused(source.SignInRefused, entratest.SignInError{Status: 400, Word: "access_denied", Code: 53003})},
	{"the tenant is in another cloud", refused(source.WrongTenant, entratest.SignInError{Status: 400, Word: "invalid_request", Code: 900432})},
	{"a number that nobody knows", refused(source.SignInRefused, entratest.SignInError{Status: 400, Word: "strange", Code: 1})},
	{"the sign-in service is down", refused(source.Unavailable, entratest.SignInError{Status: 503, Word: "temporarily_unavailable", Code: 90033})},
	{"the sign-in service asks to wait", func(t *testing.T, b *bench) {
		b.village()
		b.graph.Inject(entratest.Fault{Path: "/token", Alter: entratest.Status(http.StatusTooManyRequests, "Retry-After", "9")})
		f := b.follow(t)
		f.sync()
		if b.clock.slept != 9*time.Second {
			t.Errorf("it waited %s", b.clock.slept)
		}
	}},
	{"users may not be read", func(t *testing.T, b *bench) {
		b.village()
		b.graph.Deny("User.Read.All", true)
		f := b.follow(t)
		f.fails(source.ConsentMissing)
		tells(t, f.c, "users", source.ConsentMissing)
	}},
	{"groups may not be read", func(t *testing.T, b *bench) {
		b.village()
		b.graph.Deny("GroupMember.Read.All", true)
		f := b.follow(t)
		f.fails(source.ConsentMissing)
		tells(t, f.c, "groups", source.ConsentMissing)
	}},
	{"a token expires in the middle", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		b.graph.Inject(entratest.Fault{After: 1, Alter: func(_ *http.Request, a *entratest.Answer) {
			*a = entratest.Refusal(http.StatusUnauthorized, "InvalidAuthenticationToken", "Expired.")
		}})
		f.sync()
		if n := b.graph.Counts().SignIns; n != 2 {
			t.Errorf("%d sign-ins", n)
		}
		b.graph.ExpireTokens()
		f.sync()
		if n := b.graph.Counts(); n.SignIns != 3 || n.Refused != 1 {
			t.Errorf("%+v", n)
		}
	}},
	{"a fresh token is refused", stays(source.SignInRefused, entratest.Status(http.StatusUnauthorized))},
	{"one sign-in serves many calls", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		for range 5 {
			f.sync()
		}
		if n := b.graph.Counts().SignIns; n != 1 {
			t.Errorf("%d sign-ins", n)
		}
	}},
	{"a certificate signs in", func(t *testing.T, b *bench) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		cert, text := certificate(t, key, &key.PublicKey)
		b.village()
		f := b.follow(t, withCertificate(text))
		f.fails(source.SecretWrong)
		b.graph.Register(cert)
		f.sync()
	}},
	{"an elliptic key is refused", func(t *testing.T, b *bench) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		_, text := certificate(t, key, &key.PublicKey)
		_, err = entra.New(b.options(withCertificate(text)))
		if e, ok := models.AsError(err); !ok || e.Attr != "certificate" || !strings.Contains(e.Msg, "RSA") {
			t.Errorf("%v", err)
		}
	}},
	{"the clocks differ", func(t *testing.T, b *bench) {
		b.village()
		b.graph.Skew(-11 * time.Minute)
		tells(t, b.follow(t).c, "clock", source.ClockWrong)
	}},
	{"the other side’s certificate is not trusted", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t, func(o *entra.Options) { o.Endpoint.Roots = x509.NewCertPool() })
		f.fails(source.TLSFailed)
		tells(t, f.c, "reach", source.TLSFailed)
	}},
	{"the proxy refuses", func(t *testing.T, b *bench) {
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) }))
		defer proxy.Close()
		at, _ := url.Parse(proxy.URL)
		b.village()
		f := b.follow(t, func(o *entra.Options) { o.Proxy = http.ProxyURL(at) })
		f.fails(source.ProxyFailed)
		tells(t, f.c, "reach", source.ProxyFailed)
	}},
	{"the proxy is not there", func(t *testing.T, b *bench) {
		at, _ := url.Parse("http://127.0.0.1:1")
		b.village()
		f := b.follow(t, func(o *entra.Options) { o.Proxy = http.ProxyURL(at) })
		f.fails(source.ProxyFailed)
	}},
	{"a name leads to a private address", func(t *testing.T, b *bench) {
		// No name server is asked: the address is in the test's own proxyless way out.
		if err := entra.PublicOnly("10.1.2.3:443"); err == nil {
			t.Error("a private address was dialled")
		}
	}},
}
