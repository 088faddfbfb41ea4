package scimv2

import (
	"slices"
	"sync"

	"muster/models"
	"muster/models/scim"
)

// types keeps the resource types of organizations: the standard ones, with the
// attributes that an organization declared as extensions. They are built once,
// and again when the declaration changes.
type types struct {
	mu    sync.RWMutex
	plain typeSet
	own   map[int64]typeSet
}

type typeSet struct {
	declared      []models.CustomAttribute
	retired       []models.CustomAttribute
	users, groups *scim.Type
}

func newTypes() *types {
	return &types{plain: typeSet{users: scim.User(), groups: scim.Group()}, own: map[int64]typeSet{}}
}

func (t *types) of(o models.Organization) typeSet {
	declared, retired := o.Settings.Attributes, o.Settings.Retired
	if len(declared)+len(retired) == 0 {
		return t.plain
	}
	t.mu.RLock()
	set, ok := t.own[o.Key]
	t.mu.RUnlock()
	if ok && slices.Equal(set.declared, declared) && slices.Equal(set.retired, retired) {
		return set
	}
	set = typeSet{
		declared: slices.Clone(declared), retired: slices.Clone(retired),
		users:  scim.User(scim.CustomSchemas(declared, models.UserTarget)...),
		groups: scim.Group(scim.CustomSchemas(declared, models.GroupTarget)...),
	}
	for _, a := range retired {
		switch a.Of {
		case models.UserTarget:
			set.users.WithStrangers()
		case models.GroupTarget:
			set.groups.WithStrangers()
		case models.OrganizationTarget:
		}
	}
	t.mu.Lock()
	t.own[o.Key] = set
	t.mu.Unlock()
	return set
}
