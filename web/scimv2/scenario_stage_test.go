package scimv2_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"muster/models"
	"muster/models/directory/directorytest"
	"muster/models/store"
)

// stage is where a case plays: an organization of its own that SCIM is in charge of,
// with who is who in it.
type stage struct {
	*server
	t      *testing.T
	org    int64
	via    surface
	users  map[string]string // ids by label
	groups map[string]string
	called map[string]string // userName or displayName as it was sent last, by label
	last   func() answer     // the latest request once more
	wanted string            // and what its answer was to be
}

// playScenario plays a case to its first line that does not hold.
func playScenario(t *testing.T, s *server, c scenario, slug, way string) {
	t.Helper()
	p := newStage(t, s, slug, way)
	for _, l := range c.lines {
		if err := p.play(l); err != nil {
			t.Fatalf("%s: %s\n%v", l.at, l.text, err)
		}
	}
	if err := p.sound(); err != nil {
		t.Errorf("case %q ends unsound: %v", c.name, err)
	}
}

func newStage(t *testing.T, s *server, slug, way string) *stage {
	t.Helper()
	o, err := s.EnsureOrganization(t.Context(), slug, slug)
	if err != nil {
		t.Fatal(err)
	}
	o.Method, o.MethodSet, o.MethodSince = models.SCIM, true, models.TimeOf(s.Clock.Now())
	if err := s.Keep(t.Context(), func(tx *store.Tx) error { return tx.SaveOrganization(&o) }); err != nil {
		t.Fatal(err)
	}
	p := &stage{server: s, t: t, org: o.Key, users: map[string]string{}, groups: map[string]string{}, called: map[string]string{}}
	if way == "door" {
		p.via = doorSurface{p}
		return p
	}
	own := *s
	own.token = s.newToken(t, models.ProvisionScope, o.Key)
	p.via = httpSurface{&own}
	return p
}

// client is the directory of the case, with a request of its own.
func (p *stage) client() models.Actor {
	return models.Actor{
		Kind: models.TokenActor, ID: "token-1", Name: "Entra", OrganizationID: p.org, Scope: models.ProvisionScope,
		RequestID: directorytest.NewID(),
	}
}

func (p *stage) admin() models.Actor {
	return models.Actor{Kind: models.AdminActor, ID: "admin-1", Name: "root@example.com", OrganizationID: p.org, Role: models.Owner, RequestID: directorytest.NewID()}
}

// play does what a line says, or tells in what it does not hold.
func (p *stage) play(l line) error {
	if len(l.words) == 0 {
		return errors.New("says nothing")
	}
	run, ok := verbs[l.words[0]]
	if !ok {
		return fmt.Errorf("nobody knows the verb %q", l.words[0])
	}
	l.words, l.raw = l.words[1:], l.raw[1:]
	return run(p, l)
}

// id finds a user by label.
func (p *stage) id(label string) (string, error) {
	if id, ok := p.users[label]; ok {
		return id, nil
	}
	return "", fmt.Errorf("there is no user %s", label)
}

func (p *stage) groupID(label string) (string, error) {
	if id, ok := p.groups[label]; ok {
		return id, nil
	}
	return "", fmt.Errorf("there is no group %s", label)
}

// ids finds users by label, c1..c20 among them, and groups where no user has the label.
func (p *stage) ids(labels []string) ([]string, error) {
	var out []string
	for _, label := range labels {
		many, err := spread(label)
		if err != nil {
			return nil, err
		}
		for _, one := range many {
			id, ok := p.users[one]
			if !ok {
				id, ok = p.groups[one]
			}
			if !ok {
				return nil, fmt.Errorf("there is nobody called %s", one)
			}
			out = append(out, id)
		}
	}
	return out, nil
}

// spread gives the labels of a range such as c1..c20.
func spread(label string) ([]string, error) {
	from, to, ok := strings.Cut(label, "..")
	if !ok {
		return []string{label}, nil
	}
	prefix := strings.TrimRight(from, "0123456789")
	first, err1 := strconv.Atoi(strings.TrimPrefix(from, prefix))
	last, err2 := strconv.Atoi(strings.TrimPrefix(to, prefix))
	if err1 != nil || err2 != nil || !strings.HasPrefix(to, prefix) || first > last {
		return nil, fmt.Errorf("%s is no range such as c1..c20", label)
	}
	var out []string
	for i := first; i <= last; i++ {
		out = append(out, prefix+strconv.Itoa(i))
	}
	return out, nil
}

// bind keeps under a label who came in. A label stands for one person to the end of
// a case.
func (p *stage) bind(of map[string]string, label, id string) error {
	if had := of[label]; had != "" && had != id {
		return fmt.Errorf("%s is another record now: %s, was %s", label, id, had)
	}
	of[label] = id
	return nil
}

// holds compares an answer with what a line wants of it; wanting nothing means that
// it is to succeed.
func (a answer) holds(want string) error {
	code, words, _ := strings.Cut(want, " ")
	words = strings.Trim(words, `" `)
	if want == "" {
		code = "2"
	} else if _, err := strconv.Atoi(code); err != nil || len(code) != 3 {
		return fmt.Errorf("%q is no status", code)
	}
	if !strings.HasPrefix(strconv.Itoa(a.status), code) {
		return fmt.Errorf("answered %d: %s", a.status, a.detail)
	}
	if !strings.Contains(strings.ToLower(a.detail), strings.ToLower(words)) {
		return fmt.Errorf("answered %d, and not with %q: %s", a.status, words, a.detail)
	}
	if a.status >= 400 && !strings.Contains(a.detail, ". ") {
		return fmt.Errorf("answered %d without saying what to do: %s", a.status, a.detail)
	}
	return nil
}
