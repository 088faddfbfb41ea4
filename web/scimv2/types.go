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
	users, groups *scim.Type
}

func newTypes() *types {
	return &types{plain: typeSet{users: scim.User(), groups: scim.Group()}, own: map[int64]typeSet{}}
}

func (t *types) of(o models.Organization) typeSet {
	declared := o.Settings.Attributes
	if len(declared) == 0 {
		return t.plain
	}
	t.mu.RLock()
	set, ok := t.own[o.Key]
	t.mu.RUnlock()
	if ok && slices.Equal(set.declared, declared) {
		return set
	}
	set = typeSet{
		declared: slices.Clone(declared),
		users:    scim.User(scim.CustomSchemas(declared, models.UserTarget)...),
		groups:   scim.Group(scim.CustomSchemas(declared, models.GroupTarget)...),
	}
	t.mu.Lock()
	t.own[o.Key] = set
	t.mu.Unlock()
	return set
}
