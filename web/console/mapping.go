package console

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/mapping"
	"muster/models/scim"
	"muster/web/session"
)

// mappingReader is what the pages about mappings read.
type mappingReader interface {
	Organization(ctx context.Context, key int64) (models.Organization, error)
	Profiles(ctx context.Context, organization int64) ([]models.Profile, error)
	Mappings(ctx context.Context, organization int64, method models.Method) ([]models.Mapping, error)
	Mapping(ctx context.Context, organization int64, id string) (models.Mapping, error)
	MappingHolders(ctx context.Context, organization int64) (map[int64]int64, error)
	Evaluations(ctx context.Context, organization int64, most int) ([]models.Evaluation, error)
	Groups(ctx context.Context, organization int64, q models.GroupQuery) (models.Slice[models.Group], error)
	GroupsAbove(ctx context.Context, user int64) ([]string, error)
	Resolve(ctx context.Context, organization int64, ids []string) (map[string]models.MemberRef, error)
}

const mappingsPath = "/mappings"

func (k *Console) mappingRoutes() []session.Route {
	read, change := session.Role(models.Auditor), session.Role(models.Admin)
	return []session.Route{
		{Method: http.MethodGet, Path: mappingsPath, Access: read, Handler: k.listMappings},
		{Method: http.MethodGet, Path: mappingsPath + "/evaluation", Access: read, Handler: k.showEvaluation},
		{Method: http.MethodPost, Path: mappingsPath + "/evaluation/:id/stop", Access: change, Handler: k.stopEvaluation},
		{Method: http.MethodPost, Path: mappingsPath + "/evaluation/:id/resume", Access: change, Handler: k.resumeEvaluation},
		{Method: http.MethodGet, Path: mappingsPath + "/new", Access: change, Handler: k.newMapping},
		{Method: http.MethodPost, Path: mappingsPath + "/new", Access: change, Handler: k.createMapping},
		{Method: http.MethodPost, Path: mappingsPath + "/preview", Access: change, Handler: k.previewMapping},
		{Method: http.MethodPost, Path: mappingsPath + "/groups", Access: change, Handler: k.chooseGroups},
		{Method: http.MethodPost, Path: mappingsPath + "/order", Access: change, Handler: k.orderMappings},
		{Method: http.MethodGet, Path: mappingsPath + "/:id", Access: read, Handler: k.showMapping},
		{Method: http.MethodPost, Path: mappingsPath + "/:id", Access: change, Handler: k.updateMapping},
		{Method: http.MethodPost, Path: mappingsPath + "/:id/move", Access: change, Handler: k.moveMapping},
		{Method: http.MethodGet, Path: mappingsPath + "/:id/delete", Access: change, Handler: k.askDeleteMapping},
		{Method: http.MethodPost, Path: mappingsPath + "/:id/delete", Access: change, Handler: k.deleteMapping},
	}
}

func mappingAddress(m models.Mapping) string { return mappingsPath + "/" + m.ID }

func mappingsOf(method models.Method, more ...string) string {
	return address(mappingsPath, append([]string{"method", string(method)}, more...)...)
}

// ruleWorld is what an organization has of mappings, and what they speak of.
type ruleWorld struct {
	org      models.Organization
	method   models.Method // whose rules are looked at
	all      []models.Mapping
	rules    []models.Mapping // of the method, in order
	profiles []models.Profile
	holders  map[int64]int64 // mapping key: users
	groups   map[string]models.MemberRef
}

// ruleWorld reads it; more are ids of groups that a page names beside the rules'.
func (k *Console) ruleWorld(c echo.Context, method models.Method, more ...string) (ruleWorld, error) {
	w, err := k.ruleNames(c, method, more...)
	if err != nil {
		return w, err
	}
	w.holders, err = k.Read.MappingHolders(c.Request().Context(), w.org.Key)
	return w, err
}

// ruleNames is ruleWorld without counting who is at which rule, which reads them all.
func (k *Console) ruleNames(c echo.Context, method models.Method, more ...string) (ruleWorld, error) {
	ctx, organization := c.Request().Context(), session.Actor(c).OrganizationID
	var w ruleWorld
	var err error
	if w.org, err = k.Read.Organization(ctx, organization); err != nil {
		return w, err
	}
	if w.all, err = k.Read.Mappings(ctx, organization, ""); err != nil {
		return w, err
	}
	if w.profiles, err = k.Read.Profiles(ctx, organization); err != nil {
		return w, err
	}
	w.method = method
	if !ruled(method) {
		w.method = w.methods()[0]
	}
	ids := slices.Clone(more)
	for _, m := range w.all {
		if m.Method == w.method {
			w.rules = append(w.rules, m)
			ids = append(append(ids, m.Groups...), m.LocalGroups...)
		}
	}
	slices.SortStableFunc(w.rules, func(a, b models.Mapping) int { return int(a.Position - b.Position) })
	slices.Sort(ids)
	w.groups, err = k.Read.Resolve(ctx, organization, slices.Compact(ids))
	return w, err
}

// ruled tells whether a method can have mappings.
func ruled(m models.Method) bool { return m.Valid() && m != models.Manual }

// methods lists those that have rules, the one in charge first; where there is none,
// the one whose rules would be made now.
func (w ruleWorld) methods() []models.Method {
	var list []models.Method
	if ruled(w.org.Method) {
		list = append(list, w.org.Method)
	}
	for _, m := range models.Methods() {
		has := slices.ContainsFunc(w.all, func(rule models.Mapping) bool { return rule.Method == m })
		if has && !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		list = append(list, models.SCIM)
	}
	return list
}

func (w ruleWorld) types() *scim.Type { return mapping.Types(w.org.Settings) }

// groupName names a group of a rule; one that is gone is named as that.
func (w ruleWorld) groupName(id string) string {
	if ref, ok := w.groups[id]; ok {
		return ref.Display
	}
	return "a deleted group"
}

func (w ruleWorld) profile(key int64) (models.Profile, bool) {
	i := slices.IndexFunc(w.profiles, func(p models.Profile) bool { return p.Key == key })
	if i < 0 {
		return models.Profile{}, false
	}
	return w.profiles[i], true
}

// profileByID gives the key of a chosen profile; 0 for none.
func (w ruleWorld) profileByID(id string) (int64, bool) {
	for _, p := range w.profiles {
		if p.ID == id {
			return p.Key, true
		}
	}
	return 0, id == ""
}

// sentence says in words whom a rule is for.
func (w ruleWorld) sentence(m models.Mapping) string {
	var parts []string
	if len(m.Groups) > 0 {
		names := make([]string, len(m.Groups))
		for i, id := range m.Groups {
			names[i] = w.groupName(id)
		}
		of := "Members of "
		if len(names) > 1 {
			of = "Members of any of "
		}
		parts = append(parts, of+strings.Join(names, ", "))
	}
	if m.Filter != "" {
		text := "with the SCIM filter " + m.Filter
		if expr, err := mapping.Parse(m.Filter, w.types()); err == nil {
			text = "whose " + mapping.Words(expr, w.types())
		}
		if len(parts) == 0 {
			text = "Users " + text
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return "Everyone"
	}
	return strings.Join(parts, ", and ")
}

// warnings say why a rule does not do what it seems to.
func (w ruleWorld) warnings(m models.Mapping) []string {
	var list []string
	if m.Filter != "" {
		if _, err := mapping.Parse(m.Filter, w.types()); err != nil {
			list = append(list, "Broken, matches nobody: "+err.Error())
		}
	}
	for _, id := range slices.Concat(m.Groups, m.LocalGroups) {
		if _, ok := w.groups[id]; !ok {
			list = append(list, "Names a group that was deleted.")
			break
		}
	}
	if _, ok := w.profile(m.ProfileKey); !ok && m.ProfileKey != 0 {
		list = append(list, "Gives a profile that was deleted.")
	}
	if before, ok := w.catchAllBefore(m.Position); ok {
		list = append(list, "Never asked: “"+before.Name+"” before it takes everyone.")
	}
	return list
}

// catchAllBefore finds the rule that leaves nothing for those behind it.
func (w ruleWorld) catchAllBefore(position int64) (models.Mapping, bool) {
	for _, m := range w.rules {
		if m.Position < position && m.Everyone() && !m.Disabled {
			return m, true
		}
	}
	return models.Mapping{}, false
}
