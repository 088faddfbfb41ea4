package cycle

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	"muster/models"
)

// under is what decisions are made under, as a fingerprint of each part: what is read and
// for whom, how attributes are computed, and who gets which profile. A plan under another
// one needs an administrator's word.
type under struct {
	wanted, attributes, mappings string
	before                       string // the fingerprint of versions that did not look at mappings
}

// underMark divides the parts where they are stored.
const underMark = "."

func (u under) String() string {
	return strings.Join([]string{u.wanted, u.attributes, u.mappings}, underMark)
}

// accepted tells whether a plan under this was accepted.
func (u under) accepted(stored string) bool {
	if !strings.Contains(stored, underMark) {
		return stored == u.before
	}
	return stored == u.String()
}

// changed names in words what changed since a plan was accepted; "" when none was.
func (u under) changed(stored string) string {
	was := strings.Split(stored, underMark)
	if len(was) != 3 {
		return ""
	}
	var what []string
	for i, part := range []struct{ is, words string }{
		{u.wanted, "what is read and who is in scope"}, {u.attributes, "the attribute mappings"}, {u.mappings, "the mappings"},
	} {
		if was[i] != part.is {
			what = append(what, part.words)
		}
	}
	return listed(what)
}

// listed joins words as a sentence does.
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// printed is a fingerprint of a text.
func printed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// readUnder notes what decisions are made under now.
func (r *run) readUnder(ctx context.Context) error {
	attributes, err := r.attributesUnder(ctx)
	if err != nil {
		return err
	}
	mappings, err := r.mappingsUnder(ctx)
	r.under = under{wanted: r.conn.Wanted, attributes: printed(attributes), mappings: printed(mappings), before: printed(r.conn.Wanted + "\n" + attributes)}
	return err
}

func (r *run) attributesUnder(ctx context.Context) (string, error) {
	list, err := r.c.Store.AttributeMappings(ctx, r.conn.OrganizationID, r.conn.Method)
	if err != nil || len(list) == 0 {
		return "", err
	}
	for i := range list {
		list[i].Key = 0
	}
	return stated(list)
}

// mappingsUnder is about what of the rules decides: not about their names, nor about rules
// that are asked no more.
func (r *run) mappingsUnder(ctx context.Context) (string, error) {
	list, err := r.c.Store.Mappings(ctx, r.conn.OrganizationID, r.conn.Method)
	if err != nil {
		return "", err
	}
	var asked []any
	for _, m := range list {
		if m.Asked() {
			asked = append(asked, []any{m.Groups, m.Filter, m.CaseExact, m.ProfileKey, m.LocalGroups, m.InitialStatus, m.HideGroups})
		}
	}
	if len(asked) == 0 {
		return "", nil
	}
	return stated([]any{asked, r.org.Settings.Unmatched, r.org.Settings.DefaultProfile})
}

func stated(list any) (string, error) {
	text, err := json.Marshal(list)
	return string(text), err //nolint:wrapcheck // plain fields never fail
}

// waitsWhy says why a preview waits.
func (r *run) waitsWhy(conn models.Connector) string {
	what := r.under.changed(conn.Accepted)
	if what == "" {
		return "The plan of this cycle waits to be accepted. Nothing was carried out."
	}
	return "Since a plan was last accepted somebody changed " + what + ", so the plan of this cycle waits to be accepted. Nothing was carried out."
}
