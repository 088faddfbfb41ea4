package account

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"muster/models"
	"muster/models/secret"
	"muster/models/store"
)

// TokenSpec is what an admin says about a token.
type TokenSpec struct {
	Description string
	Expires     time.Time // not used when a token is edited: rotate it instead
	Scope       models.Scope
	AllowList   []string // CIDRs or single addresses
	Shadow      bool     // rehearses until SCIM is in charge; means nothing when it is
	Edition     string   // of the token that was edited, see EditionOf; "" does not compare
}

// check gives the specification in the form that is stored.
func (s TokenSpec) check() (TokenSpec, error) {
	s.Description = strings.Join(strings.Fields(s.Description), " ")
	if n := utf8.RuneCountInString(s.Description); n == 0 || n > 100 {
		return s, models.Errorf(models.Invalid, "description", "The description has %d characters.", n).
			WithAdvice("Enter 1 to 100 characters that name who will use the token, such as “Okta production”.")
	}
	if !s.Scope.Valid() {
		return s, models.Errorf(models.Invalid, "scope", "There is no scope %q.", cut(string(s.Scope), 20)).
			WithAdvice("Choose provision or read.")
	}
	list, err := AllowList(s.AllowList)
	s.AllowList = list
	return s, err
}

func (a *Accounts) checkExpiry(at time.Time) (models.Time, error) {
	if expires := models.TimeOf(at); expires > a.now() && !at.After(a.Now().AddDate(5, 0, 1)) {
		return expires, nil
	}
	return 0, badExpiry("A token must expire between now and five years from now.")
}

// CreateToken makes a token and gives its secret, which is kept nowhere. At most
// models.MaxLiveTokens of an organization are live at once.
func (a *Accounts) CreateToken(ctx context.Context, by models.Actor, in TokenSpec) (models.Token, string, error) {
	var none models.Token
	if err := needRole(by, models.Admin); err != nil {
		return none, "", err
	}
	in, err := in.check()
	if err != nil {
		return none, "", err
	}
	expires, err := a.checkExpiry(in.Expires)
	if err != nil {
		return none, "", err
	}
	fresh, text, err := a.newToken(by, in)
	if err != nil {
		return none, "", err
	}
	fresh.Expires = expires
	var made models.Token
	err = a.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		made = fresh
		org, err := a.room(tx, by.OrganizationID, 0)
		if err != nil {
			return models.AuditEntry{}, err
		}
		made.Created, made.Shadow = tx.Now(), in.Shadow && org.Method != models.SCIM
		if err := tx.InsertToken(&made); err != nil {
			return models.AuditEntry{}, err
		}
		return tokenDeed(by, "token.create", "Made the token %s.", models.Token{}, made), nil
	})
	if err != nil {
		return none, "", err
	}
	return made, text, nil
}

func (a *Accounts) newToken(by models.Actor, in TokenSpec) (models.Token, string, error) {
	id, err := a.newID()
	if err != nil {
		return models.Token{}, "", err
	}
	text := secret.NewToken(a.Rand)
	return models.Token{
		ID: id, OrganizationID: by.OrganizationID, Description: in.Description,
		Prefix: secret.Prefix(text), Hash: secret.HashToken(text), Scope: in.Scope,
		AllowList: in.AllowList, CreatedBy: by.Name,
	}, text, nil
}

// room refuses one token more than may be live; leaving is the key of one that
// ends in the same transaction. The organization is locked until it ends, so that
// two cannot both take the last place.
func (a *Accounts) room(tx *store.Tx, organization, leaving int64) (models.Organization, error) {
	org, err := tx.LockOrganization(organization)
	if err != nil {
		return org, err
	}
	list, err := tx.Tokens(tx.Context(), organization)
	if err != nil {
		return org, err
	}
	live := 0
	for _, t := range list {
		if t.Live(tx.Now().Time()) && t.Key != leaving {
			live++
		}
	}
	if live < models.MaxLiveTokens {
		return org, nil
	}
	return org, models.Errorf(models.Conflict, "", "There are %d live tokens already, the most an organization can have.", live).
		WithAdvice("Revoke one that is no longer used, then try again.").WithCode("tooManyTokens")
}

// EditionOf names what EditToken may change as it is now, so that a form can tell whether
// it is still about that.
func EditionOf(t models.Token) string {
	h := sha256.New()
	for _, text := range append([]string{t.Description, string(t.Scope)}, t.AllowList...) {
		fmt.Fprintf(h, "%q", text)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

// EditToken changes description, scope and allow list.
func (a *Accounts) EditToken(ctx context.Context, by models.Actor, id string, in TokenSpec) (models.Token, error) {
	in, err := in.check()
	if err != nil {
		return models.Token{}, err
	}
	return a.changeToken(ctx, by, id, "token.edit", "Changed the token %s.", func(_ *store.Tx, t *models.Token) error {
		if in.Edition != "" && in.Edition != EditionOf(*t) {
			return models.Errorf(models.Stale, "", "Somebody else changed the token %s meanwhile. Nothing was changed.", label(*t)).
				WithAdvice("Open it again, and repeat what you changed.").WithCode("changedMeanwhile")
		}
		t.Description, t.Scope, t.AllowList = in.Description, in.Scope, in.AllowList
		return nil
	})
}

// DisableToken refuses requests with the token until it is enabled again.
func (a *Accounts) DisableToken(ctx context.Context, by models.Actor, id string) (models.Token, error) {
	return a.changeToken(ctx, by, id, "token.disable", "Disabled the token %s.", func(_ *store.Tx, t *models.Token) error {
		t.Disabled = true
		return nil
	})
}

// EnableToken lets a disabled token in again.
func (a *Accounts) EnableToken(ctx context.Context, by models.Actor, id string) (models.Token, error) {
	return a.changeToken(ctx, by, id, "token.enable", "Enabled the token %s.", func(_ *store.Tx, t *models.Token) error {
		t.Disabled = false
		return nil
	})
}

// RevokeToken ends a token for good.
func (a *Accounts) RevokeToken(ctx context.Context, by models.Actor, id string) (models.Token, error) {
	return a.changeToken(ctx, by, id, "token.revoke", "Revoked the token %s.", func(tx *store.Tx, t *models.Token) error {
		t.Revoked, t.RevokedBy = tx.Now(), by.Name
		return nil
	})
}

// changeToken edits a token that is not at its end.
func (a *Accounts) changeToken(ctx context.Context, by models.Actor, id, action, text string, edit func(*store.Tx, *models.Token) error) (models.Token, error) {
	var out models.Token
	if err := needRole(by, models.Admin); err != nil {
		return out, err
	}
	err := a.Store.Administer(ctx, func(tx *store.Tx) (models.AuditEntry, error) {
		if _, err := tx.LockOrganization(by.OrganizationID); err != nil {
			return models.AuditEntry{}, err
		}
		old, err := tx.Token(tx.Context(), by.OrganizationID, id)
		if err != nil {
			return models.AuditEntry{}, err
		}
		if !old.Live(tx.Now().Time()) {
			return models.AuditEntry{}, ended(old, tx.Now().Time())
		}
		out = old
		if err := edit(tx, &out); err != nil {
			return models.AuditEntry{}, err
		}
		if err := tx.SaveToken(&out); err != nil {
			return models.AuditEntry{}, err
		}
		return tokenDeed(by, action, text, old, out), nil
	})
	return out, err
}

func ended(t models.Token, now time.Time) error {
	return models.Errorf(models.Conflict, "", "The token %s is %s and can no longer be changed.", label(t), t.State(now)).
		WithAdvice("Make a new one.").WithCode("tokenEnded")
}

func label(t models.Token) string { return "“" + t.Description + "” (" + t.Prefix + "…)" }

func tokenDeed(by models.Actor, action, text string, old, now models.Token) models.AuditEntry {
	d := deed{
		action: action, target: "token", id: now.ID, name: now.Description,
		text: fmt.Sprintf(text, label(now)), after: tokenFields(now),
	}
	if old.ID != "" {
		d.before = tokenFields(old)
	}
	return entry(by, d)
}
