package filter_test

import (
	"strings"

	"muster/models/filter"
)

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// attrs is a small schema: "emails.value" → Attr. Names are looked up folded.
type attrs map[string]filter.Attr

func (a attrs) Attr(p filter.Path) (filter.Attr, bool) {
	key := strings.ToLower(p.String())
	key = strings.TrimPrefix(key, "urn:ietf:params:scim:schemas:core:2.0:user:")
	attr, ok := a[key]
	return attr, ok
}

func userAttrs() attrs {
	a := attrs{}
	add := func(typ filter.Type, p filter.Path, exact, multi bool) {
		a[strings.ToLower(p.String())] = filter.Attr{Path: p, Type: typ, CaseExact: exact, Multi: multi}
	}
	add(filter.String, filter.Path{Name: "userName"}, false, false)
	add(filter.String, filter.Path{Name: "externalId"}, true, false)
	add(filter.String, filter.Path{Name: "title"}, false, false)
	add(filter.Boolean, filter.Path{Name: "active"}, false, false)
	add(filter.Integer, filter.Path{Name: "age"}, false, false)
	add(filter.Complex, filter.Path{Name: "name"}, false, false)
	add(filter.String, filter.Path{Name: "name", Sub: "givenName"}, false, false)
	add(filter.String, filter.Path{Name: "name", Sub: "familyName"}, false, false)
	add(filter.Complex, filter.Path{Name: "emails"}, false, true)
	add(filter.String, filter.Path{Name: "emails", Sub: "value"}, false, false)
	add(filter.String, filter.Path{Name: "emails", Sub: "type"}, false, false)
	add(filter.Boolean, filter.Path{Name: "emails", Sub: "primary"}, false, false)
	add(filter.Complex, filter.Path{Name: "roles"}, false, true)
	add(filter.String, filter.Path{Name: "roles", Sub: "value"}, false, false)
	add(filter.String, filter.Path{Name: "tags"}, false, true)
	add(filter.Complex, filter.Path{Name: "meta"}, false, false)
	add(filter.DateTime, filter.Path{Name: "meta", Sub: "lastModified"}, false, false)
	add(filter.String, filter.Path{URN: enterprise, Name: "department"}, false, false)
	add(filter.Complex, filter.Path{URN: enterprise, Name: "manager"}, false, false)
	add(filter.String, filter.Path{URN: enterprise, Name: "manager", Sub: "value"}, true, false)
	a[strings.ToLower(enterprise)] = filter.Attr{Path: filter.Path{URN: enterprise}, Type: filter.Complex}
	return a
}
