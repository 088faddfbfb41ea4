package scimv2

import (
	"hash/fnv"
	"io"
	"strconv"
	"strings"

	"muster/models"
	"muster/models/filter"
)

// A user's groups, and the name of the manager, change without a change of the user,
// whose version they leave as it is: a group of 100,000 is not a reason to write 100,000
// users. The entity tag therefore holds a digest of them behind the version, so that no
// 304 stands for groups that a client has no more. Where a client names a version, in
// If-Match or a filter, the digest counts for nothing: a change of the user collides with
// changes of the user alone.

// tag is the entity tag of a user as it is shown: the version alone where nothing stands
// beside the document.
func (a around) tag(u *models.User) string {
	digest, some := fnv.New64a(), false
	add := func(words ...string) {
		some = true
		for _, word := range words {
			_, _ = io.WriteString(digest, strconv.Itoa(len(word))+":"+word)
		}
	}
	for _, g := range a.shownGroups(u) {
		add(g.ID, g.Display)
	}
	if m, ok := a.shownManager(u); ok {
		add(m.ID, m.Display)
	}
	if !some {
		return etag(u.Tag())
	}
	return etag(u.Tag() + "." + strconv.FormatUint(digest.Sum64(), 36))
}

func (a around) shownGroups(u *models.User) []models.MemberRef {
	groups := a.groups[u.Key]
	return groups[:min(len(groups), groupsMost)]
}

func (a around) shownManager(u *models.User) (models.MemberRef, bool) {
	m, known := a.managers[u.ManagerID]
	return m, known && u.ManagerID != "" && m.Kind == models.UserMember && !m.Hidden
}

// bareVersions lets a filter that names a user's entity tag find the version in it.
func bareVersions(e filter.Expr) filter.Expr { return bareWithin(e, "") }

func bareWithin(e filter.Expr, parent string) filter.Expr {
	switch e := e.(type) {
	case filter.And:
		return filter.And{Left: bareWithin(e.Left, parent), Right: bareWithin(e.Right, parent)}
	case filter.Or:
		return filter.Or{Left: bareWithin(e.Left, parent), Right: bareWithin(e.Right, parent)}
	case filter.Not:
		return filter.Not{Expr: bareWithin(e.Expr, parent)}
	case filter.ValuePath:
		e.Filter = bareWithin(e.Filter, e.Path.Name)
		if e.Then != nil {
			e.Then = bareWithin(e.Then, e.Path.Name)
		}
		return e
	case filter.Compare:
		name, sub := e.Path.Name, e.Path.Sub
		if parent != "" {
			name, sub = parent, e.Path.Name
		}
		text, ok := e.Value.(string)
		if version, _, digest := strings.Cut(text, "."); ok && digest && strings.HasSuffix(text, `"`) && strings.EqualFold(name, "meta") && strings.EqualFold(sub, "version") {
			e.Value = version + `"`
		}
		return e
	}
	return e
}
