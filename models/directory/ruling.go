package directory

import (
	"context"
	"slices"
	"sync"

	"muster/models"
	"muster/models/mapping"
	"muster/models/store"
)

// ruling is what decides who gets what in an organization: its rules by method and
// its profiles. It is read once for each version of them.
type ruling struct {
	version  int64
	declared []models.CustomAttribute
	rules    map[models.Method]*mapping.Rules
	mappings map[int64]models.Mapping
	profiles map[int64]models.Profile
	fallback int64 // key of the default profile, 0 for none
}

// rulings remembers the ruling of each organization. A version is never used twice,
// so what is remembered under one is right or nobody's.
type rulings struct {
	mu    sync.RWMutex
	known map[int64]*ruling
}

// of gives the ruling of an organization as settings, which the caller has read in
// the same transaction, say it is; nil when there never was a rule or a profile.
func (c *rulings) of(ctx context.Context, r store.Reader, org models.Organization) (*ruling, error) {
	s := org.Settings
	if s.RulesVersion == 0 {
		return nil, nil //nolint:nilnil // most organizations begin so, and no rule is a ruling too
	}
	c.mu.RLock()
	have := c.known[org.Key]
	c.mu.RUnlock()
	if have != nil && have.version == s.RulesVersion && slices.Equal(have.declared, s.Attributes) && have.defaults(s) {
		return have, nil
	}
	read, err := readRuling(ctx, r, org)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[org.Key] = read
	return read, nil
}

func (r *ruling) defaults(s models.OrganizationSettings) bool {
	p, ok := r.profiles[r.fallback]
	return ok && p.ID == s.DefaultProfile || !ok && s.DefaultProfile == ""
}

func readRuling(ctx context.Context, r store.Reader, org models.Organization) (*ruling, error) {
	out := &ruling{
		version: org.Settings.RulesVersion, declared: slices.Clone(org.Settings.Attributes),
		rules: map[models.Method]*mapping.Rules{}, mappings: map[int64]models.Mapping{}, profiles: map[int64]models.Profile{},
	}
	profiles, err := r.Profiles(ctx, org.Key)
	if err != nil {
		return nil, err
	}
	for _, p := range profiles {
		out.profiles[p.Key] = p
		if p.ID == org.Settings.DefaultProfile {
			out.fallback = p.Key
		}
	}
	list, err := r.Mappings(ctx, org.Key, "")
	if err != nil {
		return nil, err
	}
	types := mapping.Types(org.Settings)
	for _, method := range models.Methods() {
		var of []models.Mapping
		for _, m := range list {
			if m.Method == method {
				of = append(of, m)
			}
		}
		out.rules[method] = mapping.Compile(of, types)
	}
	for _, m := range list {
		out.mappings[m.Key] = m
	}
	return out, nil
}

// profileName is what a profile is called, "" for none.
func (r *ruling) profileName(key int64) string {
	if r == nil || key == 0 {
		return ""
	}
	if p, ok := r.profiles[key]; ok {
		return p.Name
	}
	return "(a deleted profile)"
}

// readRules makes sure, where that is needed, that rules and profiles are known of
// which none was asked: for their names, and for how they have new users begin.
func (d *Directory) readRules(w *work, needed bool) (err error) {
	if w.ruling == nil && needed {
		w.ruling, err = d.rulings.of(w.tx.Context(), w.tx.Reader, w.org)
	}
	return err
}

// grant is the decision on a user: the rule that wins them and the profile they
// have by it.
type grant struct {
	rule      *models.Mapping
	profile   int64
	by        models.ProfileBy
	unmatched bool // there are rules, and none matches
}

// decide gives what the rules of a method come to for a user.
func (r *ruling) decide(method models.Method, s mapping.Subject) grant {
	g := grant{profile: r.fallback}
	rules := r.rules[method]
	if m, ok := rules.First(s); ok {
		g.rule = &m
		if m.ProfileKey != 0 {
			g.profile, g.by = m.ProfileKey, models.ByMapping
			return g
		}
	} else {
		g.unmatched = rules.Any()
	}
	if g.profile != 0 {
		g.by = models.ByDefaultProfile
	}
	return g
}

// mappingName is what a rule is called, "" for none.
func (r *ruling) mappingName(key int64) string {
	if r == nil || key == 0 {
		return ""
	}
	if m, ok := r.mappings[key]; ok {
		return m.Name
	}
	return "(a deleted mapping)"
}
