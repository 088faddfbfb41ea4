package account

import (
	"encoding/json"
	"fmt"
	"time"

	"muster/models"
	"muster/models/secret"
	"muster/models/store"
)

// LinkLife is how long a set-up or invitation link is good for.
const LinkLife = 24 * time.Hour

// code is a one-use link as the instance keeps it: hashed, with its end.
type code struct {
	Hash    string      `json:"hash"`
	Expires models.Time `json:"expires"`
}

// newCode keeps a fresh code under a name, replacing any older one, and gives the
// text to hand over.
func (a *Accounts) newCode(tx *store.Tx, name string) (text string, expires models.Time, err error) {
	text = secret.NewSessionID(a.Rand)
	c := code{Hash: secret.HashToken(text), Expires: tx.Now().Add(LinkLife)}
	body, err := json.Marshal(c)
	if err != nil {
		return "", 0, fmt.Errorf("write a one-use code: %w", err)
	}
	return text, c.Expires, tx.SetInstance(name, string(body))
}

// fits tells whether a text is the code that is kept and still good.
func fits(kept, text string, now models.Time) bool {
	var c code
	if json.Unmarshal([]byte(kept), &c) != nil {
		return false
	}
	return secret.Equal(c.Hash, secret.HashToken(text)) && now < c.Expires
}
