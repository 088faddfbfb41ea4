package console_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"muster/models"
	"muster/models/cycle"
	"muster/models/deployment"
	"muster/models/directory"
	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
	"muster/models/store"
)

// plainSealer stands for the sealer that has keys: it proves that each secret opens for
// its own record alone.
type plainSealer struct{}

func (plainSealer) Seal(plain []byte, about string) (string, error) {
	return base64.StdEncoding.EncodeToString(append([]byte(about+"\n"), plain...)), nil
}

func (plainSealer) Unseal(sealed, about string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	plain, ok := strings.CutPrefix(string(raw), about+"\n")
	if err != nil || !ok {
		return nil, errors.New("sealed for another record")
	}
	return []byte(plain), nil
}

// connectors is the runner without its loop; cloud is what the custom cloud leads to.
func connectors(db *store.Store, dir *directory.Directory, now func() time.Time, cloud *entra.Endpoint) *cycle.Cycles {
	quiet := slog.New(slog.DiscardHandler)
	return cycle.New(cycle.Options{
		Store: db, Directory: dir, Now: now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Log: quiet, Owner: "test", Sealer: plainSealer{},
		Kinds: []source.Kind{entra.Kind{Options: entra.Options{Now: time.Now, Log: quiet, Endpoint: cloud}}},
	})
}

// graph starts a tenant with so many users, and lets the custom cloud be it.
func (s *stand) graph(users int) (*entratest.Graph, []string) {
	s.t.Helper()
	g := entratest.Start(entratest.Options{})
	s.t.Cleanup(g.Close)
	*s.cloud = entra.Endpoint{SignIn: g.URL(), Graph: g.URL(), Roots: g.Roots()}
	var ids []string
	for i := range users {
		ids = append(ids, g.AddUser(entratest.Props{
			"userPrincipalName": user(i), "displayName": fmt.Sprintf("User%03d Lindqvist", i), "mail": user(i), "accountEnabled": true,
		}))
	}
	return g, ids
}

// entra puts Entra in charge.
func (s *stand) entra() {
	s.t.Helper()
	_, err := s.deps.Change(s.t.Context(), s.cli(), deployment.Order{Target: models.Entra, Keep: true})
	s.must(err)
}

// connected saves settings for the fake tenant.
func (s *stand) connected() models.Connector {
	s.t.Helper()
	c, err := s.runs.Save(s.t.Context(), s.cli(), cycle.Draft{
		Method: models.Entra, Settings: fakeSettings().JSON(), Secret: entra.Secret{ClientSecret: entratest.ClientSecret}.Reveal(),
	})
	s.must(err)
	return c
}

func fakeSettings() entra.Settings {
	return entra.Settings{Tenant: entratest.Tenant, ClientID: entratest.ClientID, Cloud: entra.Custom, Scope: source.Scope{Mode: source.Everyone, Nested: true}}
}

// alter edits the stored connector, as the runner would.
func (s *stand) alter(edit func(*store.Tx, *models.Connector)) models.Connector {
	s.t.Helper()
	var out models.Connector
	s.must(s.store.Keep(s.t.Context(), func(tx *store.Tx) error {
		c, _, err := tx.LockConnector(s.org.Key, models.Entra)
		if err != nil {
			return err
		}
		edit(tx, &c)
		out = c
		return tx.SaveConnector(&c)
	}))
	return out
}

// planned leaves a cycle that waits with a plan for records.
func (s *stand) planned(state models.CycleState, plan models.CyclePlan, records ...models.SourceRecord) models.Cycle {
	s.t.Helper()
	x := models.Cycle{
		OrganizationID: s.org.Key, Method: models.Entra, Kind: models.PreviewCycle, InitiatorName: "owner@northwind.example", Started: models.TimeOf(s.clock.Now()),
		State: state, Phase: models.PlanPhase, Plan: plan,
	}
	s.alter(func(tx *store.Tx, c *models.Connector) {
		if err := tx.StartCycle(&x); err != nil {
			s.t.Fatal(err)
		}
		for i := range records {
			records[i].ConnectorID = c.Key
		}
		if err := tx.PutRecords(records); err != nil {
			s.t.Fatal(err)
		}
		c.CycleID = x.Key
		c.SetState(models.ConnectorHeld, string(state), "", "", tx.Now())
	})
	return x
}

func record(kind models.TargetType, name string, what models.Planned, how, target string) models.SourceRecord {
	short, _, _ := strings.Cut(name, "@")
	return models.SourceRecord{Kind: kind, Anchor: "anchor-" + short, Name: name, NameKey: strings.ToLower(name), Document: "{}", Plan: what, How: how, TargetID: target, InScope: true}
}
