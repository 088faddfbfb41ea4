package account

import (
	"context"
	"errors"
	"slices"

	"muster/models"
	"muster/models/secret"
)

// errNotNow takes a transaction back that found nothing to do.
var errNotNow = errors.New("nothing to do")

func isNotNow(err error) bool { return errors.Is(err, errNotNow) }

// Authenticate resolves a bearer secret to the token and the actor it speaks for.
// A refusal's Kind is Unauthorized when the credential itself is no good (RFC 6750
// section 3.1, invalid_token), Forbidden when it is good but not from there or not
// now. The token is also given with a refusal when it is known, so that its use is
// counted. Whether the token's scope is enough is the route's question.
func (a *Accounts) Authenticate(ctx context.Context, text, address string) (models.Actor, models.Token, error) {
	var none models.Actor
	if text == "" {
		return none, models.Token{}, models.Errorf(models.Unauthorized, "", "No token was sent.").
			WithAdvice("Send it in the header “Authorization: Bearer mst_…”.").WithCode("tokenMissing")
	}
	hash := secret.HashToken(text)
	if err := secret.CheckToken(text); err != nil {
		return none, models.Token{}, models.Errorf(models.Unauthorized, "", "%s.", sentence(err.Error())).WithCode("tokenMalformed")
	}
	t, err := a.Store.TokenByHash(ctx, hash)
	if err != nil || !secret.Equal(t.Hash, hash) {
		if models.KindOf(err) == models.Unauthorized || err == nil {
			err = models.Errorf(models.Unauthorized, "", "The token %s… is not known here.", secret.Prefix(text)).
				WithAdvice("Check that the address and the token belong to the same Muster, or make a new token.").WithCode("tokenUnknown")
		}
		return none, models.Token{}, err
	}
	if err := a.inCharge(ctx, t); err != nil {
		return none, t, err
	}
	if err := a.usable(t, address); err != nil {
		return none, t, err
	}
	return models.Actor{
		Kind: models.TokenActor, ID: t.ID, Name: t.Description,
		OrganizationID: t.OrganizationID, Scope: t.Scope, Address: address, Seen: t.Seen, Shadow: t.Shadow,
	}, t, nil
}

// inCharge refuses a token that a change of the deployment method put to sleep or
// deleted while another method is in charge: its holder is told which one.
func (a *Accounts) inCharge(ctx context.Context, t models.Token) error {
	if !t.Parked && t.Revoked == 0 {
		return nil
	}
	o, err := a.Store.OrganizationSeen(ctx, t.OrganizationID, t.Seen)
	if err != nil {
		return err
	}
	if o.Method == models.SCIM {
		return nil
	}
	if t.State(a.Now()) == models.TokenParked {
		return o.NotInCharge(models.SCIM)
	}
	history, err := a.Store.MethodChanges(ctx, o.Key, changesLooked)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(history, func(c models.MethodChange) bool { return t.Revoked != 0 && c.At == t.Revoked }) {
		return o.NotInCharge(models.SCIM)
	}
	return nil
}

// changesLooked bounds how many changes a deleted token is looked for in.
const changesLooked = 20

func (a *Accounts) usable(t models.Token, address string) error {
	const renew = "Make a new token in Muster under SCIM tokens and enter it in the directory."
	switch t.State(a.Now()) {
	case models.TokenRevoked, models.TokenExpired:
		switch {
		case t.SuccessorID != "" && t.RetiresAt != 0 && t.RetiresAt <= a.now():
			return models.Errorf(models.Unauthorized, "", "The token %s was rotated and retired at %s.", label(t), instant(t.RetiresAt)).
				WithAdvice("Enter its successor in the directory.").WithCode("tokenRetired")
		case t.Revoked != 0:
			return models.Errorf(models.Unauthorized, "", "The token %s was revoked at %s.", label(t), instant(t.Revoked)).
				WithAdvice(renew).WithCode("tokenRevoked")
		}
		return models.Errorf(models.Unauthorized, "", "The token %s expired at %s.", label(t), instant(t.Expires)).
			WithAdvice(renew).WithCode("tokenExpired")
	case models.TokenParked:
		return models.Errorf(models.Forbidden, "", "The token %s is parked.", label(t)).
			WithAdvice(renew).WithCode("tokenParked")
	case models.TokenDisabled:
		return models.Errorf(models.Unauthorized, "", "The token %s is disabled.", label(t)).
			WithAdvice("Enable it in Muster under SCIM tokens.").WithCode("tokenDisabled")
	case models.TokenRetiring, models.TokenActive:
	}
	if !t.Allows(address) {
		return models.Errorf(models.Forbidden, "", "The token %s may not be used from the address %s.", label(t), address).
			WithAdvice("Add the address to the token's allow list, or send requests from an address on it.").WithCode("tokenAddress")
	}
	return nil
}

// NeedScope refuses a token whose scope is not enough.
func NeedScope(actor models.Actor, need models.Scope) error {
	if actor.Kind == models.TokenActor && actor.Scope.Includes(need) {
		return nil
	}
	return models.Errorf(models.Forbidden, "", "The token “%s” may only read.", actor.Name).
		WithAdvice("Use a token with the scope provision to make changes.").WithCode("tokenScope")
}

// ProbeKey is what a connection test of this process sends along, so that its
// requests are not taken for the directory's.
func (a *Accounts) ProbeKey() string { return a.probeKey }

// IsProbe tells whether a request is a connection test of this process.
func (a *Accounts) IsProbe(key string) bool { return secret.Equal(a.probeKey, key) }
