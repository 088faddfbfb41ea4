package entra

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// signIn is the step of the pipeline that adds the token. It never adds it to a call
// for another host than Graph's, and signs in once more when Graph says that the
// token is no good any more.
type signIn struct {
	to   endpoint
	now  func() time.Time
	make func(*witness) (azcore.TokenCredential, error)
	by   *transport

	mu    sync.Mutex
	cred  azcore.TokenCredential
	seen  *witness
	token azcore.AccessToken
}

// maker gives what makes a credential, with a cache of its own each time.
func (s Secret) maker(set Settings, to endpoint) func(*witness) (azcore.TokenCredential, error) {
	return func(w *witness) (azcore.TokenCredential, error) {
		return s.credential(set, azcore.ClientOptions{
			Transport: w,
			Cloud:     to.authority(),
			Retry:     policy.RetryOptions{MaxRetries: -1}, // the call is tried again as a whole
			Telemetry: policy.TelemetryOptions{Disabled: true},
		})
	}
}

// renew forgets the token.
func (s *signIn) renew() error {
	seen := &witness{transport: s.by}
	cred, err := s.make(seen)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cred, s.seen, s.token = cred, seen, azcore.AccessToken{}
	return nil
}

// Do adds the token and sends the request.
func (s *signIn) Do(req *policy.Request) (*http.Response, error) {
	if !strings.EqualFold(req.Raw().URL.Host, s.to.graphHost) || req.Raw().URL.Scheme != "https" {
		return nil, foreignHost{req.Raw().URL.Host}
	}
	resp, used, err := s.send(req)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	// A fresh token that is refused is the caller's to explain.
	if err := s.renewOnce(used); err != nil {
		return resp, nil //nolint:nilerr // the refusal tells more
	}
	again, _, err := s.send(req)
	if err == nil {
		resp.Body.Close()
	}
	return again, err
}

func (s *signIn) send(req *policy.Request) (*http.Response, string, error) {
	token, err := s.get(req.Raw().Context())
	if err != nil {
		return nil, "", err
	}
	req.Raw().Header.Set("Authorization", "Bearer "+token)
	resp, err := req.Next()
	return resp, token, err //nolint:wrapcheck // a step passes on what the next one said
}

// get gives the token that there is, or asks for one when it ends within five minutes.
func (s *signIn) get(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token.Token != "" && s.now().Add(5*time.Minute).Before(s.token.ExpiresOn) {
		return s.token.Token, nil
	}
	token, err := s.cred.GetToken(ctx, tokenRequest(s.to))
	if err != nil {
		return "", signInFailure(ctx, s.seen.last)
	}
	s.token = token
	return token.Token, nil
}

// renewOnce forgets a token unless another caller already did.
func (s *signIn) renewOnce(used string) error {
	s.mu.Lock()
	stale := s.token.Token == used
	s.mu.Unlock()
	if !stale {
		return nil
	}
	return s.renew()
}
