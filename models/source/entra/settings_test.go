package entra_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"muster/models"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
)

func TestSettingsByField(t *testing.T) {
	many := slices.Repeat([]string{entratest.ClientID}, 201)
	tests := []struct {
		field  string
		change func(*entra.Settings)
	}{
		{"", func(*entra.Settings) {}},
		{"", func(s *entra.Settings) { s.Tenant = "contoso.onmicrosoft.com" }},
		{"", func(s *entra.Settings) {
			s.Attributes = []string{"extensionAttribute1", "extension_abc123_costCode", "employeeHireDate"}
		}},
		{"", func(s *entra.Settings) {
			s.Scope = source.Scope{Mode: source.ChosenGroups, Groups: []string{entratest.ClientID}}
		}},
		{"", func(s *entra.Settings) { s.Scope.Mode, s.App = source.AssignedOnly, entratest.ClientID }},
		{"tenant", func(s *entra.Settings) { s.Tenant = "" }},
		{"tenant", func(s *entra.Settings) { s.Tenant = "common" }},
		{"tenant", func(s *entra.Settings) { s.Tenant = "Organizations" }},
		{"tenant", func(s *entra.Settings) { s.Tenant = "../x" }},
		{"tenant", func(s *entra.Settings) { s.Tenant = "contoso.com/evil" }},
		{"tenant", func(s *entra.Settings) { s.Tenant = "contoso" }},
		{"clientId", func(s *entra.Settings) { s.ClientID = "my app" }},
		{"cloud", func(s *entra.Settings) { s.Cloud = "germany" }},
		{"cloud", func(s *entra.Settings) { s.Cloud = "" }},
		{"app", func(s *entra.Settings) { s.App = "x') or (1 eq 1" }},
		{"scope", func(s *entra.Settings) { s.Scope.Mode = "" }},
		{"groups", func(s *entra.Settings) { s.Scope.Mode = source.ChosenGroups }},
		{"groups", func(s *entra.Settings) { s.Scope = source.Scope{Mode: source.ChosenGroups, Groups: []string{"Sales"}} }},
		{"groups", func(s *entra.Settings) { s.Scope = source.Scope{Mode: source.ChosenGroups, Groups: many} }},
		{"attributes", func(s *entra.Settings) { s.Attributes = []string{"a,b"} }},
		{"attributes", func(s *entra.Settings) { s.Attributes = []string{"passwordProfile"} }},
		{"attributes", func(s *entra.Settings) { s.Attributes = many[:61] }},
		{"groupAttributes", func(s *entra.Settings) { s.GroupAttributes = []string{"a&$top=1"} }},
	}
	for _, test := range tests {
		s := entra.Settings{Tenant: entratest.Tenant, ClientID: entratest.ClientID, Cloud: entra.Global, Scope: source.Scope{Mode: source.Everyone}}
		test.change(&s)
		err := s.Validate()
		if e, ok := models.AsError(err); test.field != "" && (!ok || e.Attr != test.field || e.Msg == "" || e.Advice == "") || test.field == "" && err != nil {
			t.Errorf("%s: %+v gives %v", test.field, s, err)
		}
	}
}

func TestClouds(t *testing.T) {
	for _, cloud := range entra.Clouds() {
		s := entra.Settings{Tenant: entratest.Tenant, ClientID: entratest.ClientID, Cloud: cloud, Scope: source.Scope{Mode: source.Everyone}}
		_, err := entra.New(entra.Options{Settings: s, Secret: entra.Secret{ClientSecret: "x"}})
		if err != nil || cloud.Label() == string(cloud) {
			t.Errorf("%s (%s): %v", cloud, cloud.Label(), err)
		}
	}
	if slices.Contains(entra.Clouds(), entra.Custom) {
		t.Error("the custom cloud can be chosen")
	}
	s := entra.Settings{Tenant: entratest.Tenant, ClientID: entratest.ClientID, Cloud: entra.Custom, Scope: source.Scope{Mode: source.Everyone}}
	for _, at := range []*entra.Endpoint{nil, {}, {SignIn: "http://a.test", Graph: "https://a.test"}, {SignIn: "https://a.test", Graph: "https://u:p@a.test"}} {
		if _, err := entra.New(entra.Options{Settings: s, Secret: entra.Secret{ClientSecret: "x"}, Endpoint: at}); err == nil {
			t.Errorf("%+v is a cloud", at)
		}
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	s := entra.Secret{ClientSecret: "canary", Certificate: []byte("canary"), Password: "canary"}
	text, err := json.Marshal(map[string]any{"s": s, "o": &s})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "options", entra.Options{Secret: s})
	all := string(text) + log.String() + fmt.Sprint(s, &s) + fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s)
	if strings.Contains(all, "canary") || strings.Contains(all, "Y2FuYXJ5") {
		t.Errorf("the secret shows: %s", all)
	}
}

func TestSecretByField(t *testing.T) {
	pfx, err := os.ReadFile("testdata/certificate.pfx")
	if err != nil {
		t.Fatal(err)
	}
	modern, err := os.ReadFile("testdata/modern.pfx")
	if err != nil {
		t.Fatal(err)
	}
	mixed, err := os.ReadFile("testdata/mixed.pem")
	if err != nil {
		t.Fatal(err)
	}
	good, err := entra.Secret{Certificate: pfx, Password: "open sesame"}.Validate()
	if err != nil || good.Subject != "CN=muster test" || good.Ends.Year() < 2030 {
		t.Errorf("%+v, %v", good, err)
	}
	for name, test := range map[string]struct {
		field  string
		secret entra.Secret
	}{
		"nothing":          {"clientSecret", entra.Secret{}},
		"both":             {"certificate", entra.Secret{ClientSecret: "canary", Certificate: pfx}},
		"the secret’s id":  {"clientSecret", entra.Secret{ClientSecret: entratest.ClientID}},
		"wrong password":   {"certificate", entra.Secret{Certificate: pfx, Password: "canary"}},
		"no password":      {"certificate", entra.Secret{Certificate: pfx}},
		"modern PFX":       {"certificate", entra.Secret{Certificate: modern, Password: "open sesame"}},
		"rubbish":          {"certificate", entra.Secret{Certificate: []byte("canary")}},
		"another’s key":    {"certificate", entra.Secret{Certificate: mixed}},
		"far too large":    {"certificate", entra.Secret{Certificate: make([]byte, 1<<20)}},
		"only public part": {"certificate", entra.Secret{Certificate: mixed[:strings.Index(string(mixed), "-----BEGIN PRIVATE")]}},
	} {
		_, err := test.secret.Validate()
		e, ok := models.AsError(err)
		if !ok || e.Attr != test.field || e.Advice == "" || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
