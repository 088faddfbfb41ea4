package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"muster/models"
	"muster/models/store"
)

// SeedLog adds only a log to an organization that has users.
func SeedLog(ctx context.Context, s *store.Store, organization int64, size Size, now time.Time) error {
	d := &seeder{ctx: ctx, store: s, organization: organization, rand: rand.New(rand.NewPCG(3, 4)), now: now}
	err := s.EachUser(ctx, organization, models.UserQuery{}, func(list []models.User) error {
		for _, u := range list {
			d.users = append(d.users, seeded{u.ID, u.UserName})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return d.addLog(size.Log, size.Days)
}

func (d *seeder) addLog(n, days int) error {
	if n == 0 {
		return nil
	}
	start := d.now.AddDate(0, 0, -days)
	step := d.now.Sub(start) / time.Duration(n)
	for from := 0; from < n; from += perTransaction {
		err := d.store.Provision(d.ctx, func(tx *store.Tx) ([]models.LogEntry, error) {
			cycle := models.Cycle{
				OrganizationID: d.organization, Method: models.SCIM, Kind: models.IncrementalCycle,
				Started: models.TimeOf(start.Add(time.Duration(from) * step)), LastSeen: models.TimeOf(start.Add(time.Duration(from+perTransaction) * step)),
			}
			cycle.Ended = cycle.LastSeen
			if err := tx.StartCycle(&cycle); err != nil {
				return nil, err
			}
			var entries []models.LogEntry
			for i := from; i < min(from+perTransaction, n); i++ {
				entries = append(entries, d.entry(models.TimeOf(start.Add(time.Duration(i)*step)), cycle.Key))
			}
			return entries, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *seeder) entry(at models.Time, cycle int64) models.LogEntry {
	e := models.LogEntry{
		ID: d.id(at), OrganizationID: d.organization, At: at, Source: models.SCIM, CycleID: cycle,
		RequestID: d.id(at), InitiatorKind: models.TokenActor, TargetType: models.UserTarget, DurationMicros: int64(d.rand.IntN(9000) + 300),
	}
	e.Action = roll(d.rand.IntN(1000), actionShares)
	e.Status = roll(d.rand.IntN(1000), outcomeShares)
	e.InitiatorID = fmt.Sprintf("01900000-0000-7000-8000-00000000000%d", roll(d.rand.IntN(1000), initiatorShares))
	e.InitiatorName = "Entra ID " + e.InitiatorID[35:]
	if len(d.users) > 0 {
		u := d.users[d.rand.IntN(len(d.users))]
		e.TargetID, e.TargetName = u.id, u.name
	}
	if e.Status == models.Failure {
		e.Code = "userNameTaken"
	}
	e.Summary = fmt.Sprintf("%s of %s: %s", e.Action, e.TargetName, e.Status)
	e.Details = models.LogDetails{
		Steps: []models.Step{
			{Name: models.StepImport, Status: models.Success, Text: "PATCH with 1 operation"},
			{Name: models.StepMatch, Status: models.Success, Text: "found by id"},
			{Name: models.StepAction, Status: e.Status, Text: "title changed"},
		},
		Modified: []models.Change{{Path: "title", Old: d.frequent(titles), New: d.frequent(titles)}},
	}
	return e
}

// share is a value and the permille up to which it is chosen.
type share[T any] struct {
	upTo  int
	value T
}

func roll[T any](n int, shares []share[T]) T {
	for _, s := range shares {
		if n < s.upTo {
			return s.value
		}
	}
	return shares[len(shares)-1].value
}

//nolint:gochecknoglobals // tables
var (
	actionShares = []share[models.Action]{
		{700, models.ActionUpdate},
		{820, models.ActionCreate},
		{920, models.ActionOther},
		{950, models.ActionDisable},
		{975, models.ActionPreserve},
		{990, models.ActionRestore},
		{998, models.ActionAdopt},
		{1000, models.ActionDelete},
	}
	outcomeShares   = []share[models.Outcome]{{930, models.Success}, {970, models.Skipped}, {985, models.Warning}, {1000, models.Failure}}
	initiatorShares = []share[int]{{850, 1}, {990, 2}, {1000, 3}}
	titles          = strings.Split("Engineer,Consultant,Analyst,Manager,Sales Representative,Director,Architect,Nurse,Teacher,Accountant", ",")
	departments     = strings.Split("Engineering,Sales,Support,Finance,Operations,Marketing,Legal,Research,People,Facilities,Security,Procurement", ",")
	givenNames      = strings.Split("Anna,Maria,John,Ahmed,Wei,Priya,Jan,Olga,Carlos,Fatima,Lukas,Sofia,Jean,Yuki,Emma,Noah,Liam,Mia,Elif,Zoë,Björn,Søren,Aoife,Łukasz,Dmitri,Hana,Ivan,Lea,Pedro,Ravi,Sara,Tom,Uma,Viktor,Xenia,Yusuf,Ada,Grace,Alan,Edsger,Barbara,Donald,Niklaus,Radia,Ken,Dennis,Brian,Rob,Bjarne,Guido", ",")
	familyNames     = strings.Split("Smith,Müller,Garcia,Nguyen,Kumar,Wang,Kowalski,Ivanov,Rossi,Silva,Johnson,Brown,Schmidt,Martin,Lopez,Khan,Ali,Tanaka,Kim,Novak,Jensen,Hansen,Larsen,Olsen,Nielsen,Andersson,Berg,Virtanen,O'Brien,Murphy,Walsh,Papadopoulos,Yilmaz,Demir,Horvat,Popescu,Ionescu,Nagy,Dvořák,Svoboda,Bauer,Huber,Gruber,Wagner,Becker,Schulz,Hoffmann,Koch,Richter,Klein,Wolf,Schröder,Neumann,Schwarz,Zimmermann,Braun,Krüger,Hofmann,Hartmann,Lange,Werner,Krause,Lehmann,Meier,Lovelace,Hopper,Turing,Dijkstra,Liskov,Knuth,Wirth,Perlman,Thompson,Ritchie,Kernighan,Pike,Stroustrup,Rossum,Hejlsberg,Matsumoto", ",")
)
