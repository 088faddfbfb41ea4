package account

import (
	"slices"
	"strings"

	"muster/models"
)

// Stranger is a caller with a credential that belongs to no token here: most often a
// directory into which the token was pasted wrongly. Nothing else tells of it, because a
// request without a token is no organization's.
type Stranger struct {
	At      models.Time // of the latest request
	Address string
	Client  string
	Why     string // the refusal, in a sentence
	Count   int64  // since this process began
}

// strangersMost bounds how many addresses are remembered: anybody may knock.
const strangersMost = 20

// Turned remembers a caller whose credential is no token's. It is told to whoever waits
// for a directory; another instance does not know of it.
func (a *Accounts) Turned(address, client string, refusal error) {
	e, ok := models.AsError(refusal)
	if !ok || e.Kind != models.Unauthorized {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	why, _, _ := strings.Cut(e.Msg, ";") // the rest is what its sender should do
	s := Stranger{At: a.now(), Address: address, Client: cut(client, 200), Why: strings.TrimSuffix(why, ".") + ".", Count: 1}
	if i := slices.IndexFunc(a.strangers, func(s Stranger) bool { return s.Address == address }); i >= 0 {
		s.Count += a.strangers[i].Count
		a.strangers = slices.Delete(a.strangers, i, i+1)
	} else if len(a.strangers) == strangersMost {
		a.strangers = slices.Delete(a.strangers, 0, 1)
	}
	a.strangers = append(a.strangers, s)
}

// Strangers lists who was turned away since, the latest first. Whoever came with a good
// token from the same address later is none any more.
func (a *Accounts) Strangers(since models.Time, tokens []models.Token) []Stranger {
	a.mu.Lock()
	var out []Stranger
	for _, s := range slices.Backward(a.strangers) {
		if s.At >= since {
			out = append(out, s)
		}
	}
	a.mu.Unlock()
	fresh := a.Fresh(slices.Clone(tokens)...)
	return slices.DeleteFunc(out, func(s Stranger) bool {
		return slices.ContainsFunc(fresh, func(t models.Token) bool { return t.LastAddress == s.Address && t.LastUsed >= s.At })
	})
}
