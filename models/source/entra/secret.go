package entra

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"muster/models"
)

// Secret is what the connector signs in with: a client secret, or a certificate with
// its private key. It prints as nothing, so that no log and no error can hold it.
type Secret struct {
	ClientSecret string
	Certificate  []byte // PEM, or PFX (PKCS #12)
	Password     string // of the PFX; "" for none
	// Ends is when the client secret ends, as somebody read it in Entra; zero when not
	// known. A certificate says it itself.
	Ends time.Time
}

const hidden = "[secret]"

// String hides the secret from fmt.
func (Secret) String() string { return hidden }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return hidden }

// LogValue hides the secret from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the secret from JSON and other encodings.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Certificate is what a page may show of a certificate.
type Certificate struct {
	Subject string
	Ends    time.Time
}

// Validate refuses a secret that cannot work, naming the field, and tells when a
// certificate ends.
func (s Secret) Validate() (Certificate, error) {
	switch {
	case s.ClientSecret != "" && len(s.Certificate) > 0:
		return Certificate{}, models.Errorf(models.Invalid, "certificate", "There is a client secret and a certificate.").
			WithAdvice("Give one of the two.")
	case s.ClientSecret != "" && guid.MatchString(s.ClientSecret):
		return Certificate{}, models.Errorf(models.Invalid, "clientSecret", "This looks like the secret’s ID, not its value.").
			WithAdvice("Copy the column Value of the secret. Entra shows it only right after the secret was made; make a new one if it is gone.")
	case s.ClientSecret != "":
		return Certificate{}, nil
	case len(s.Certificate) == 0:
		return Certificate{}, models.Errorf(models.Invalid, "clientSecret", "There is neither a client secret nor a certificate.").
			WithAdvice("Give one of the two.")
	}
	certs, _, err := s.certificate()
	if err != nil {
		return Certificate{}, err
	}
	return Certificate{Subject: certs[0].Subject.String(), Ends: certs[0].NotAfter}, nil
}

// certificate reads the certificate and its key. The reasons of the parsers are not
// passed on: they were not written for people, and might quote what they read.
func (s Secret) certificate() ([]*x509.Certificate, *rsa.PrivateKey, error) {
	if len(s.Certificate) > certificateMost {
		return nil, nil, models.Errorf(models.TooLarge, "certificate", "The file has %d bytes; a certificate has at most %d.", len(s.Certificate), certificateMost).
			WithAdvice("Choose the file with the certificate and its private key.")
	}
	certs, key, err := azidentity.ParseCertificates(s.Certificate, []byte(s.Password))
	if err != nil {
		return nil, nil, models.Errorf(models.Invalid, "certificate", "The certificate could not be read with this password.").
			WithAdvice("Give a PEM file with the certificate and its unencrypted private key, or a PFX file with its password. " +
				"A PFX with AES encryption cannot be read: export it again with TripleDES-SHA1, or turn it into PEM.")
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, nil, models.Errorf(models.Invalid, "certificate", "The certificate’s key is not an RSA key.").
			WithAdvice("Entra takes RSA keys here. Make a certificate with an RSA key of 2048 bits or more.")
	}
	for i, cert := range certs {
		if public, ok := cert.PublicKey.(*rsa.PublicKey); ok && public.Equal(&private.PublicKey) {
			certs[0], certs[i] = certs[i], certs[0]
			return certs, private, nil
		}
	}
	return nil, nil, models.Errorf(models.Invalid, "certificate", "The private key does not belong to the certificate.").
		WithAdvice("Export the certificate again together with its own key.")
}

// certificateMost bounds an uploaded file.
const certificateMost = 64 << 10

// credential makes what signs in. Each has a cache of its own, so that a new one asks
// for a new token.
func (s Secret) credential(set Settings, client azcore.ClientOptions) (azcore.TokenCredential, error) {
	if s.ClientSecret != "" {
		cred, err := azidentity.NewClientSecretCredential(set.Tenant, set.ClientID, s.ClientSecret,
			&azidentity.ClientSecretCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: true})
		return cred, made(err)
	}
	certs, key, err := s.certificate()
	if err != nil {
		return nil, err
	}
	cred, err := azidentity.NewClientCertificateCredential(set.Tenant, set.ClientID, certs, key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: client, DisableInstanceDiscovery: true})
	return cred, made(err)
}

// made words the refusal of a constructor, which validated settings do not meet. Its
// text may quote what it was given.
func made(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("prepare the sign-in: %w", errors.New("refused by the identity library"))
}

func tokenRequest(e endpoint) policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: []string{e.scope()}}
}
