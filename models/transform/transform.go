// Package transform computes attributes of a user from what a directory delivered,
// as an organization's attribute mappings say. It decides without touching
// anything: no clock, no database, no environment, and bounded work whatever an
// expression says.
package transform

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"

	"muster/models"
	"muster/models/scim"
)

// Transform is the attribute mappings of one method, compiled. A nil one changes
// nothing. It is safe for concurrent use.
type Transform struct {
	rules  []*rule
	names  map[string]found
	broken []Note
}

// rule is one mapping, ready to run.
type rule struct {
	models.AttributeMapping
	target   Target
	from     expression
	fallback any // coerced; nil for none
}

// Broken is a stored mapping that can no longer be run, such as one whose attribute
// was deleted. It computes nothing, the attribute passes as delivered, and every
// record has a note of it.
type Broken struct {
	Mapping models.AttributeMapping
	Err     *models.Error
}

// Compile makes the mappings that are in force ready to run, in their order. What
// is disabled or parked takes no part.
func Compile(list []models.AttributeMapping, types *scim.Type) (*Transform, []Broken) {
	t := &Transform{names: names(types)}
	var broken []Broken
	for _, m := range list {
		if m.Disabled || m.Parked {
			continue
		}
		r, err := compile(m, types)
		if err != nil {
			broken = append(broken, Broken{m, err})
			t.broken = append(t.broken, Note{Mapping: m.ID, Target: Target{place: placeOf(m.Target)}, Msg: strings.TrimSuffix(err.Msg, ".")})
			continue
		}
		t.rules = append(t.rules, r)
	}
	slices.SortStableFunc(t.rules, func(a, b *rule) int { return cmp.Compare(a.Position, b.Position) })
	return t, broken
}

func compile(m models.AttributeMapping, types *scim.Type) (*rule, *models.Error) {
	target, err := ParseTarget(m.Target, types)
	if err != nil {
		return nil, err
	}
	r := &rule{AttributeMapping: m, target: target}
	if r.from, err = parse(m.Expression, types); err != nil {
		return nil, err
	}
	if m.Fallback != "" {
		v, failed := target.coerce(m.Fallback)
		if failed != nil {
			return nil, models.Errorf(models.Invalid, "fallback", "The default does not fit %s: %v.", target, failed).
				WithAdvice("Enter a value of the attribute’s type, or leave the default empty.").WithCode("attributeMappingDefault")
		}
		r.fallback = v
	}
	return r, nil
}

// Any tells whether there is anything to compute.
func (t *Transform) Any() bool { return t != nil && len(t.rules)+len(t.broken) > 0 }

// Note tells of a mapping that could not compute a record's attribute.
type Note struct {
	Mapping string // public id
	Target  Target
	Msg     string // why, without a full stop
	Default bool   // the default stands in; else what the directory sent
}

// Result is a document with its computed attributes.
type Result struct {
	Document models.Attributes
	Overlay  Overlay // what was delivered where the document says otherwise
	Notes    []Note
	By       []Computed
}

// Computed tells which mapping answers for an attribute.
type Computed struct {
	Target  Target
	Mapping string // public id
}

// Rule gives the mapping that computed what the log calls by this path, or "".
func (r Result) Rule(path string) string {
	for _, c := range r.By {
		if c.Target.Logged(path) {
			return c.Mapping
		}
	}
	return ""
}

// New computes the attributes of a user who is new. The delivered document stays as
// it is.
func (t *Transform) New(delivered models.Attributes) Result {
	return t.apply(delivered, func(r *rule, out *Result, env map[string]any) { r.compute(out, delivered, env) })
}

// Again computes the attributes of a known user: delivered is what the directory
// has by now, stored what is here, and last what was delivered where stored said
// otherwise. A mapping that computes only at the start leaves what is stored, unless
// the directory sends another value for that very attribute.
func (t *Transform) Again(delivered, stored models.Attributes, last Overlay) Result {
	before := last.Over(stored)
	delivered = t.unechoed(delivered, stored, before)
	return t.apply(delivered, func(r *rule, out *Result, env map[string]any) {
		if !r.OnCreate {
			r.compute(out, delivered, env)
			return
		}
		now := r.target.in(delivered)
		if kept := r.target.in(stored); reflect.DeepEqual(now, r.target.in(before)) && !reflect.DeepEqual(now, kept) {
			r.target.put(out.Document, kept)
			out.By = append(out.By, Computed{r.target, r.ID})
		}
	})
}

// unechoed recognises what a directory read here and sends back: a computed value
// that comes as it stands stored says nothing new, and what was delivered before still
// holds. Clients that read a user, change something and replace the whole would
// otherwise make an expression run over its own result.
func (t *Transform) unechoed(delivered, stored, before models.Attributes) models.Attributes {
	if !t.Any() {
		return delivered
	}
	out, copied := delivered, false
	for _, r := range t.rules {
		computed, sent := r.target.in(stored), r.target.in(before)
		if reflect.DeepEqual(computed, sent) || !reflect.DeepEqual(r.target.in(delivered), computed) {
			continue
		}
		if !copied {
			out, copied = models.CopyAttributes(delivered), true
		}
		r.target.put(out, sent)
	}
	return out
}

func (t *Transform) apply(delivered models.Attributes, each func(*rule, *Result, map[string]any)) Result {
	out := Result{Document: delivered}
	if !t.Any() {
		return out
	}
	out.Document, out.Notes = models.CopyAttributes(delivered), slices.Clone(t.broken)
	env := record(delivered, t.names)
	for _, r := range t.rules {
		each(r, &out, env)
	}
	out.Overlay = Overlay{}
	for _, r := range t.rules {
		home := r.target.home()
		if was := home.in(delivered); !reflect.DeepEqual(was, home.in(out.Document)) {
			out.Overlay[home.String()] = was
		}
	}
	return out
}

// compute runs the expression. A failure never stops a user from being provisioned:
// the default, or else what was delivered, stands in, and a note tells of it.
func (r *rule) compute(out *Result, delivered models.Attributes, env map[string]any) {
	v, err := r.value(delivered, env)
	switch {
	case err != nil && r.fallback != nil:
		out.Notes = append(out.Notes, Note{r.ID, r.target, err.Error(), true})
		v = r.fallback
	case err != nil:
		out.Notes = append(out.Notes, Note{r.ID, r.target, err.Error(), false})
		return
	case v == nil:
		v = r.fallback
	}
	r.target.put(out.Document, v)
	out.By = append(out.By, Computed{r.target, r.ID})
}

func (r *rule) value(delivered models.Attributes, env map[string]any) (any, error) {
	v, err := r.from.run(delivered, env)
	if err != nil {
		return nil, err
	}
	return r.target.coerce(v)
}

// Overlay is what was delivered for attributes whose stored value is another, by
// their path; nil says that nothing was.
type Overlay map[string]any

// Over lays what was delivered over a copy of the stored document: the record as
// the directory knows it.
func (o Overlay) Over(stored models.Attributes) models.Attributes {
	if len(o) == 0 {
		return stored
	}
	doc := models.CopyAttributes(stored)
	for _, path := range slices.Sorted(maps.Keys(o)) {
		placeOf(path).put(doc, o[path])
	}
	return doc
}

// Without forgets what no longer stands behind a computed value, because somebody
// changed that by hand.
func (o Overlay) Without(old, now models.Attributes) Overlay {
	kept := Overlay{}
	for path, v := range o {
		if p := placeOf(path); reflect.DeepEqual(p.in(old), p.in(now)) {
			kept[path] = v
		}
	}
	return kept
}
