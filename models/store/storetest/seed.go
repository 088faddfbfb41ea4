package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"

	"muster/models"
	"muster/models/store"
)

// Size is how much Seed makes.
type Size struct {
	Users, Groups, Log int
	Days               int // the log spreads over so many days before now
}

// seeded is what the log refers to.
type seeded struct{ id, name string }

type seeder struct {
	ctx          context.Context
	store        *store.Store
	organization int64
	rand         *rand.Rand
	now          time.Time
	users        []seeded
	keys         []int64
}

// Seed fills an empty store through its own write path with users, groups,
// memberships and a log as a company's would be: few names are very frequent,
// most changes are updates that succeed, one token does most of them. The same
// size makes the same data.
func Seed(ctx context.Context, s *store.Store, size Size, now time.Time) (models.Organization, error) {
	o, err := s.EnsureOrganization(ctx, store.FirstOrganization, "Contoso")
	if err != nil {
		return o, err
	}
	d := &seeder{ctx: ctx, store: s, organization: o.Key, rand: rand.New(rand.NewPCG(1, 2)), now: now}
	if err := d.addUsers(size.Users); err != nil {
		return o, fmt.Errorf("seed users: %w", err)
	}
	if err := d.addGroups(size.Groups); err != nil {
		return o, fmt.Errorf("seed groups: %w", err)
	}
	if err := d.addLog(size.Log, size.Days); err != nil {
		return o, fmt.Errorf("seed the log: %w", err)
	}
	return o, nil
}

const perTransaction = 5000

func (d *seeder) addUsers(n int) error {
	for from := 0; from < n; from += perTransaction {
		err := d.store.Keep(d.ctx, func(tx *store.Tx) error {
			for i := from; i < min(from+perTransaction, n); i++ {
				u := d.user(i)
				if err := u.Extract(); err != nil {
					return err
				}
				if err := tx.InsertUser(&u); err != nil {
					return err
				}
				d.users = append(d.users, seeded{u.ID, u.UserName})
				d.keys = append(d.keys, u.Key)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *seeder) user(i int) models.User {
	given, family := d.frequent(givenNames), d.frequent(familyNames)
	if i%1000 == 500 {
		family = fmt.Sprintf("Rarissimo%d", i/1000)
	}
	name := fmt.Sprintf("%s.%s%d@contoso.example", strings.ToLower(given), strings.ToLower(family), i)
	created := models.TimeOf(d.now.AddDate(0, 0, -d.rand.IntN(900)))
	u := models.User{
		ID: d.id(created), OrganizationID: d.organization, Mode: models.SCIM, Status: models.Active,
		Version: 1, Created: created, Updated: created, StatusSince: created,
		Attributes: models.Attributes{
			"userName": name, "externalId": fmt.Sprintf("00u%09d", i), "displayName": given + " " + family,
			"name":   map[string]any{"givenName": given, "familyName": family},
			"title":  d.frequent(titles),
			"emails": []any{map[string]any{"value": name, "type": "work", "primary": true}},
			models.EnterpriseURN: map[string]any{
				"employeeNumber": fmt.Sprintf("E%07d", i), "department": d.frequent(departments),
				"manager": map[string]any{"value": d.manager()},
			},
		},
	}
	switch roll := d.rand.IntN(100); {
	case roll < 1:
		u.Status, u.StatusNote = models.Inactive, "suspended by an administrator"
	case roll < 9:
		u.Status, u.PreservedBy, u.StatusNote = models.Preserved, models.ByDirectory, "deactivated by the directory"
	}
	if d.rand.IntN(100) < 4 {
		u.Mode = models.Manual
	}
	return u
}

// manager is one of the first in every hundred, so that each has about as many
// reports.
func (d *seeder) manager() string {
	if len(d.users) < 100 {
		return ""
	}
	return d.users[d.rand.IntN(len(d.users)/100)*100].id
}

func (d *seeder) addGroups(n int) error {
	for g := range n {
		err := d.store.Keep(d.ctx, func(tx *store.Tx) error { return d.addGroup(tx, g) })
		if err != nil {
			return err
		}
	}
	return nil
}

// addGroup makes the first group hold half of the users, the next ten a
// hundredth, and all others up to thirty.
func (d *seeder) addGroup(tx *store.Tx, i int) error {
	step, most := len(d.keys)/(d.rand.IntN(30)+1), 30
	switch {
	case i == 0:
		step, most = 2, len(d.keys)
	case i <= 10:
		step, most = 100, len(d.keys)
	}
	at := models.TimeOf(d.now)
	g := models.Group{
		ID: d.id(at), OrganizationID: d.organization, Mode: models.SCIM, Version: 1, Created: at, Updated: at,
		Attributes: models.Attributes{"displayName": fmt.Sprintf("%s %04d", d.frequent(departments), i), "externalId": fmt.Sprintf("00g%06d", i)},
	}
	if err := g.Extract(); err != nil {
		return err
	}
	if err := tx.InsertGroup(&g); err != nil {
		return err
	}
	n := int64(0)
	for k := i % max(step, 1); k < len(d.keys) && n < int64(most); k += max(step, 1) {
		added, err := tx.AddMember(models.Member{
			GroupKey: g.Key, Kind: models.UserMember, MemberKey: d.keys[k],
			OrganizationID: d.organization, Mode: models.SCIM, Created: at,
		})
		if err != nil {
			return err
		}
		if added {
			n++
		}
	}
	return tx.CountMembers(g.Key, n)
}

// id is a UUIDv7 of an instant, from the seeder's own chance.
func (d *seeder) id(at models.Time) string {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(d.rand.Uint32())
	}
	for i := range 6 {
		id[i] = byte(at >> (8 * (5 - i)))
	}
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id.String()
}

// frequent picks the first of a list often and the last seldom.
func (d *seeder) frequent(list []string) string {
	r := d.rand.Float64()
	return list[int(r*r*float64(len(list)))]
}
