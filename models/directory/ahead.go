package directory

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/store"
)

// Ahead is what earlier records of a plan make of users before a later one is delivered,
// so that a plan foresees who comes too late. The zero value is nobody.
type Ahead struct {
	known   map[int64]*models.User // by key; whom a plan creates has none
	names   map[string]*models.User
	emails  map[string]*models.User
	numbers map[string]*models.User
}

// Add notes what a user will be; see Foresight.Then.
func (a *Ahead) Add(u models.User) {
	if a.names == nil {
		*a = Ahead{known: map[int64]*models.User{}, names: map[string]*models.User{}, emails: map[string]*models.User{}, numbers: map[string]*models.User{}}
	}
	if u.Key != 0 {
		a.known[u.Key] = &u
	}
	a.names[u.UserNameKey], a.emails[u.EmailKey], a.numbers[u.EmployeeNumber] = &u, &u, &u
}

// others are the candidates for a record that the plan leaves: whom it takes over before
// is somebody else by then.
func (a *Ahead) others(in *models.User, c Candidates) Candidates {
	if a == nil || len(a.names) == 0 {
		return c
	}
	for _, u := range []**models.User{&c.ByAnchor, &c.ByName} {
		if *u != nil && a.known[(*u).Key] != nil {
			*u = nil
		}
	}
	var free []models.User
	for _, u := range c.ByAttribute {
		if a.known[u.Key] == nil {
			free = append(free, u)
		}
	}
	c.ByAttribute = free
	if u := a.names[in.UserNameKey]; u != nil {
		c.ByName = u
	}
	return c
}

// holds tells whether the plan makes somebody what they are.
func (a *Ahead) holds(u *models.User) bool {
	return a != nil && u != nil && a.names[u.UserNameKey] == u
}

// outsider refuses what of a user somebody has whom the directory does not manage, and who
// will thus still have it when the record is delivered; nil for nothing. old is nil for a
// new user.
func outsider(ctx context.Context, r store.Reader, old, u *models.User, s models.OrganizationSettings, by models.Actor) (*models.Error, error) {
	for _, look := range []struct {
		counts bool
		holder func() (models.User, error)
		refuse func(*models.User) *models.Error
	}{
		{
			old != nil && old.UserNameKey != u.UserNameKey,
			func() (models.User, error) { return r.UserByName(ctx, u.OrganizationID, u.UserName) },
			func(holder *models.User) *models.Error { return taken(u, holder, by.Anchors()) },
		}, {
			s.UniqueEmail && u.EmailKey != "" && (old == nil || old.Hidden || old.EmailKey != u.EmailKey),
			func() (models.User, error) { return r.EmailHolder(ctx, u.OrganizationID, u.EmailKey, u.Key) },
			func(holder *models.User) *models.Error { return held("emails", u.Email, holder) },
		}, {
			s.UniqueEmployeeNo && u.EmployeeNumber != "" && (old == nil || old.Hidden || old.EmployeeNumber != u.EmployeeNumber),
			func() (models.User, error) { return r.EmployeeHolder(ctx, u.OrganizationID, u.EmployeeNumber, u.Key) },
			func(holder *models.User) *models.Error { return held("employeeNumber", u.EmployeeNumber, holder) },
		},
	} {
		if !look.counts {
			continue
		}
		holder, err := look.holder()
		switch {
		case err != nil && models.KindOf(err) == models.NotFound:
		case err != nil:
			return nil, err
		case holder.Key != u.Key && !holder.Hidden && holder.Mode != by.Source():
			return look.refuse(&holder), nil
		}
	}
	return nil, nil
}

// refusal tells what of a user the plan gives to somebody else before; nil for nothing.
// old is nil for a new user.
func (a *Ahead) refusal(old, u *models.User, s models.OrganizationSettings) *models.Error {
	if a == nil {
		return nil
	}
	for _, claim := range []struct {
		attr, value string
		by          *models.User
		counts      bool
	}{
		{"userName", u.UserName, a.names[u.UserNameKey], old == nil || old.UserNameKey != u.UserNameKey},
		{"emails", u.Email, a.emails[u.EmailKey], s.UniqueEmail && u.EmailKey != "" && (old == nil || old.Hidden || old.EmailKey != u.EmailKey)},
		{"employeeNumber", u.EmployeeNumber, a.numbers[u.EmployeeNumber], s.UniqueEmployeeNo && u.EmployeeNumber != "" && (old == nil || old.Hidden || old.EmployeeNumber != u.EmployeeNumber)},
	} {
		if claim.counts && claim.by != nil && (old == nil || claim.by.Key != old.Key) {
			return claimedAhead(claim.attr, claim.value)
		}
	}
	return nil
}

func claimedAhead(attr, value string) *models.Error {
	return models.Errorf(models.Uniqueness, attr, "Another record of the directory has %s %q as well and comes first, so this one would be refused.", attr, value).
		WithAdvice("%s", fmt.Sprintf("If both are the same person, delete one of them in the directory. If not, give one of them another %s.", attr)).WithCode(attr + "Taken")
}
