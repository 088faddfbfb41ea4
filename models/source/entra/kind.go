package entra

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/models"
	"muster/models/source"
)

// Kind makes connectors for Microsoft Entra ID. Of its options all but Settings and
// Secret are used for each.
type Kind struct{ Options }

var _ source.Kind = Kind{}

// Method is the deployment method that these connectors are for.
func (Kind) Method() models.Method { return models.Entra }

// Check refuses settings or a secret by field.
func (k Kind) Check(settings, secret []byte) (source.Checked, error) {
	s, err := ReadSettings(settings)
	if err != nil {
		return source.Checked{}, err
	}
	key, err := readSecret(secret)
	if err != nil {
		return source.Checked{}, err
	}
	c, err := k.make(s, key)
	if err != nil {
		return source.Checked{}, err
	}
	cert, err := key.Validate()
	if err != nil {
		return source.Checked{}, err
	}
	out := source.Checked{
		Settings: s.JSON(), Scope: s.Scope, Reads: c.key() + "|" + s.App, Facts: s.facts(),
		SecretKind: "client secret", SecretHint: "ends in …" + tail(key.ClientSecret), SecretEnds: key.Ends,
	}
	if len(key.Certificate) > 0 {
		out.SecretKind, out.SecretHint, out.SecretEnds = "certificate", cert.Subject, cert.Ends
	}
	return out, c.Close()
}

// tail is how people tell one secret from another; short ones show nothing.
func tail(secret string) string {
	if len(secret) < 16 {
		return ""
	}
	return secret[len(secret)-3:]
}

// Open makes a connector of stored settings and an opened secret.
func (k Kind) Open(settings, secret []byte) (source.Connector, error) {
	s, err := ReadSettings(settings)
	if err != nil {
		return nil, err
	}
	key, err := readSecret(secret)
	if err != nil {
		return nil, err
	}
	return k.make(s, key)
}

func (k Kind) make(s Settings, key Secret) (*Connector, error) {
	o := k.Options
	o.Settings, o.Secret = s, key
	return New(o)
}

// JSON gives the settings as they are stored.
func (s Settings) JSON() []byte {
	text, err := json.Marshal(s) // plain fields never fail
	if err != nil {
		return nil
	}
	return text
}

// ReadSettings reads settings as they are stored.
func ReadSettings(text []byte) (Settings, error) {
	var s Settings
	if err := json.Unmarshal(text, &s); err != nil {
		return s, models.Errorf(models.Invalid, "", "The settings of the connector cannot be read.").
			WithAdvice("Enter them again and save.")
	}
	s.Cloud = cmp.Or(s.Cloud, Global)
	return s, nil
}

// plainSecret is a secret in the form that is sealed: Secret itself never shows.
type plainSecret struct {
	ClientSecret string    `json:"s,omitempty"`
	Certificate  []byte    `json:"c,omitempty"`
	Password     string    `json:"p,omitempty"`
	Ends         time.Time `json:"e,omitzero"`
}

// Reveal gives the secret in the form that is sealed, and nowhere else used.
func (s Secret) Reveal() []byte {
	text, err := json.Marshal(plainSecret(s)) //nolint:gosec // to be sealed; plain fields never fail
	if err != nil {
		return nil
	}
	return text
}

func readSecret(text []byte) (Secret, error) {
	var p plainSecret
	if len(text) > 0 && json.Unmarshal(text, &p) != nil {
		return Secret{}, models.Errorf(models.Invalid, "clientSecret", "The stored secret cannot be read.").
			WithAdvice("Enter it again and save.")
	}
	return Secret(p), nil
}

func (s Settings) facts() []source.Fact {
	scope := string(s.Scope.Mode)
	if s.Scope.Mode == source.ChosenGroups {
		groups := slices.Sorted(slices.Values(s.Scope.Groups))
		sum := sha256.Sum256([]byte(strings.Join(groups, " ")))
		scope += ", " + strconv.Itoa(len(groups)) + " (" + base64.RawURLEncoding.EncodeToString(sum[:4]) + ")"
	}
	return []source.Fact{
		{Name: "tenant", Value: s.Tenant},
		{Name: "application", Value: s.ClientID},
		{Name: "cloud", Value: string(s.Cloud)},
		{Name: "scope", Value: scope},
		{Name: "groups in groups", Value: strconv.FormatBool(s.Scope.Nested)},
		{Name: "assignments of", Value: s.App},
		{Name: "attributes", Value: strings.Join(s.Attributes, ", ")},
		{Name: "group attributes", Value: strings.Join(s.GroupAttributes, ", ")},
	}
}
