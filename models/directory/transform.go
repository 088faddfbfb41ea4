package directory

import (
	"context"
	"slices"
	"strings"
	"sync"

	"muster/models"
	"muster/models/mapping"
	"muster/models/transform"
)

// rules are the attribute mappings under which a writer's changes are made. Only a
// directory's are computed; the zero value changes nothing.
type rules struct {
	directory bool
	compute   *transform.Transform
}

// compiled remembers each method's attribute mappings, ready to run, until they or
// the declared attributes change.
type compiled struct {
	mu   sync.Mutex
	sets map[compiledKey]compiledSet
}

type compiledKey struct {
	organization int64
	method       models.Method
}

type compiledSet struct {
	list     []models.AttributeMapping
	declared []models.CustomAttribute
	compute  *transform.Transform
}

// rulesFor gives the attribute mappings that apply to what an actor writes. Most
// organizations have none, and pay for a look into a map.
func (d *Directory) rulesFor(ctx context.Context, by models.Actor) (rules, error) {
	r := rules{directory: by.Directory()}
	if !r.directory {
		return r, nil
	}
	list, err := d.Store.AttributeMappingsSeen(ctx, by.OrganizationID, by.Seen)
	if err != nil || len(list) == 0 {
		return r, err
	}
	org, err := d.Store.OrganizationSeen(ctx, by.OrganizationID, by.Seen)
	if err != nil {
		return r, err
	}
	r.compute = d.compiled.of(org, by.Source(), list)
	return r, nil
}

func (c *compiled) of(o models.Organization, method models.Method, list []models.AttributeMapping) *transform.Transform {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := compiledKey{o.Key, method}
	if set, ok := c.sets[key]; ok && slices.Equal(set.list, list) && slices.Equal(set.declared, o.Settings.Attributes) {
		return set.compute
	}
	own := slices.DeleteFunc(slices.Clone(list), func(m models.AttributeMapping) bool { return m.Method != method })
	t, _ := transform.Compile(own, mapping.Types(o.Settings)) // what is broken is told with each record
	if c.sets == nil {
		c.sets = map[compiledKey]compiledSet{}
	}
	c.sets[key] = compiledSet{list: list, declared: o.Settings.Attributes, compute: t}
	return t
}

// begin computes the attributes of an arriving record, as if it were new.
func (r rules) begin(in *models.User) transform.Result {
	if !r.compute.Any() {
		return transform.Result{}
	}
	out := r.compute.New(in.Attributes)
	in.Attributes, in.Delivered = out.Document, out.Overlay.String()
	return out
}

// edit runs an edit on a copy of a user's attributes. A directory's runs on what it
// delivered, and the attributes are computed anew from that, so that no expression
// ever runs over its own result.
func (r rules) edit(old, u *models.User, edit func(*models.User) error) (transform.Result, error) {
	if !r.directory {
		u.Attributes = models.CopyAttributes(old.Attributes)
		return transform.Result{}, edit(u)
	}
	last, err := transform.ReadOverlay(old.Delivered)
	if err != nil {
		return transform.Result{}, err
	}
	u.Attributes = models.CopyAttributes(last.Over(old.Attributes))
	if err := edit(u); err != nil {
		return transform.Result{}, err
	}
	out := r.compute.Again(u.Attributes, old.Attributes, last)
	u.Attributes, u.Delivered = out.Document, out.Overlay.String()
	return out, nil
}

// recompute computes the attributes of a record that turned out to be a known user:
// u has them as if it were new.
func (w *work) recompute(old, u *models.User) error {
	last, err := transform.ReadOverlay(old.Delivered)
	if err != nil {
		return err
	}
	arrived, err := transform.ReadOverlay(u.Delivered)
	if err != nil {
		return err
	}
	w.computed = w.rules.compute.Again(arrived.Over(u.Attributes), old.Attributes, last)
	u.Attributes, u.Delivered = w.computed.Document, w.computed.Overlay.String()
	return nil
}

// computeAnew computes the attributes of a user from what was delivered last, as the
// attribute mappings are now.
func (d *Directory) computeAnew(w *work, old, u *models.User) error {
	list, err := w.tx.AttributeMappings(w.tx.Context(), w.org.Key, u.Mode)
	if err != nil {
		return err
	}
	last, err := transform.ReadOverlay(old.Delivered)
	if err != nil {
		return err
	}
	compute := d.compiled.of(w.org, u.Mode, list)
	w.computed = compute.Again(last.Over(models.CopyAttributes(old.Attributes)), old.Attributes, last)
	u.Attributes, u.Delivered = w.computed.Document, w.computed.Overlay.String()
	return nil
}

// unbacked forgets what a directory delivered for attributes that a person changes by
// hand: it no longer stands behind their values.
func (w *work) unbacked(old, u *models.User) error {
	if w.by.Directory() || w.follows || w.puts || u.Delivered == "" {
		return nil
	}
	last, err := transform.ReadOverlay(u.Delivered)
	if err == nil {
		u.Delivered = last.Without(old.Attributes, u.Attributes).String()
	}
	return err
}

// provenance notes what a change wrote, and for what was computed by which mapping.
func (w *work) provenance(o models.Origins, written, cleared []string) models.Origins {
	plain, byRule := written, map[string][]string{}
	if len(w.computed.By) > 0 {
		plain = nil
		for _, path := range written {
			if rule := w.computed.Rule(path); rule != "" {
				byRule[rule] = append(byRule[rule], path)
			} else {
				plain = append(plain, path)
			}
		}
	}
	o = o.Note(w.origin(), plain, cleared)
	for _, c := range w.computed.By {
		if paths := byRule[c.Mapping]; len(paths) > 0 {
			origin := w.origin()
			origin.Rule = c.Mapping
			o = o.Note(origin, paths, nil)
		}
	}
	return o
}

// tellComputed says in the entry what was computed and what could not be. The user is
// provisioned either way. Old is nil for a new user.
func (w *work) tellComputed(old, u *models.User) {
	if len(w.computed.By) > 0 {
		names := make([]string, len(w.computed.By))
		for i, c := range w.computed.By {
			names[i] = c.Target.Short()
		}
		w.step(models.StepScope, models.Success, "Computed by attribute mappings: %s.", strings.Join(names, ", "))
	}
	for _, n := range w.computed.Notes {
		text := "The attribute mapping of " + n.Target.Short() + " failed: " + n.Msg + ". "
		if n.Default {
			text += "The default stands in."
		} else {
			text += "The attribute has what the directory sent."
		}
		w.step(models.StepScope, models.Warning, "%s", text)
		w.entry.Details.Notes = append(w.entry.Details.Notes, text)
	}
	if len(w.entry.Details.Modified) == 0 && old != nil && old.Delivered != u.Delivered {
		w.entry.Details.Notes = append(w.entry.Details.Notes, "The directory sent another value for a computed attribute; what it computes to is the same.")
	}
	if len(w.computed.Notes) > 0 && w.entry.Code == "" {
		w.warn(models.Warning, "attributeMappingFailed",
			"Open the attribute mapping of "+w.computed.Notes[0].Target.Short()+" under Attributes, try it on this user, and correct the expression. The user was provisioned all the same.")
	}
}
