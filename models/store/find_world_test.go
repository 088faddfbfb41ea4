package store_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
	"muster/models/store"
)

const (
	world    = "https://muster.example/scim/v2"
	badgeURN = "urn:example:params:scim:schemas:extension:badge:2.0:User"
)

// badges is a schema of an organization's own, with an attribute of every type.
func badges(urn string) scim.Schema {
	attr := func(name string, typ filter.Type, multi, exact bool) scim.Attribute {
		return scim.Attribute{Name: name, Type: typ, MultiValued: multi, CaseExact: exact, Mutability: scim.ReadWrite, Returned: scim.Default, Uniqueness: scim.None}
	}
	return scim.Schema{ID: urn, Name: "Badge", Attributes: []scim.Attribute{
		attr("colour", filter.String, false, false), attr("code", filter.String, false, true), attr("guest", filter.Boolean, false, false),
		attr("floor", filter.Integer, false, false), attr("height", filter.Decimal, false, false), attr("hired", filter.DateTime, false, false),
		attr("link", filter.Reference, false, true), attr("tags", filter.String, true, false), attr("marks", filter.String, true, true),
		attr("rooms", filter.Integer, true, false), attr("visits", filter.DateTime, true, false), attr("flags", filter.Boolean, true, false),
	}}
}

func words() []string {
	return []string{
		"Ada", "ADA", "ada", "Åsa", "A\u030asa", "åsa", "Straße", "STRASSE", "ﬁn", "FIN", "İz", "iz", "Kelvin", "\u212aelvin", "ǅ", "日本", "日", "a", "A", "ab", "aB",
		"Ada Lovelace", "ada lovelace ", " ada", "O'Hara, Jr.", "(Bob)", "bob", "van der Berg", "VAN", "null", "true", "false", "5", "5.0", "%", "_", "a_b", "?", "#", "@name", "'", `"`, `\`, `a"b\c`,
		"\U0010FFFF", "a\U0010FFFF", "a\uD7FF", "a\uE000", "x\ty", "x\u00a0y", "z", "s", "sada", "b1", "n5", "2020-01-01", "2020-01-01T00:00:00Z", "work", "Work", "home",
		strings.Repeat("long ", 40) + "a", strings.Repeat("long ", 40) + "B", strings.Repeat("ü", 62) + "xa", strings.Repeat("ü", 62) + "xb", strings.Repeat("y", 130), strings.Repeat("y", 128), strings.Repeat("y", 125),
		"\x01b1", "<a>&", "\u2028", "e", "e\u0301", "é", "ſ",
	}
}

func times() []string {
	return []string{
		"2020-01-01T00:00:00Z", "2020-01-01T00:00:00.000Z", "2020-01-01T01:00:00+01:00", "2020-01-01T00:00:00.1234567Z", "2020-01-01T00:00:00.123456700Z", "2020-01-01T00:00:00.123Z",
		"2019-12-31T23:59:59.999999999Z", "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999-23:59", "2020-01-01", "2020-01-01T00:00:00", "2020-06-15T12:30:00Z", "1969-12-31T23:59:59.5Z",
	}
}

func numbers() []json.Number {
	return []json.Number{
		"0", "-0", "0.0", "1", "1.0", "1e0", "-1", "1.5", "15e-1", "9007199254740993", "9007199254740992", "9007199254740992.0", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
		"1e308", "-1e308", "1e400", "-1e400", "1e-400", "42", "42.0000000000000000001", "100", "1E2",
	}
}

// maker makes documents and filters by chance.
type maker struct {
	*rand.Rand
	users  []string // ids
	groups []string
}

func pick[T any](m *maker, list []T) T { return list[m.IntN(len(list))] }

func (m *maker) often(percent int) bool { return m.IntN(100) < percent }

func (m *maker) text() string {
	s := pick(m, words())
	switch m.IntN(12) {
	case 0:
		return strings.ToUpper(s)
	case 1:
		return s + pick(m, words())
	case 2:
		return string([]rune(s)[:m.IntN(len([]rune(s)))+1])
	}
	return s
}

// put sets an attribute in about half of the documents, and seldom to nothing.
func (m *maker) put(doc map[string]any, name string, value func() any) {
	switch n := m.IntN(100); {
	case n < 60:
		doc[name] = value()
	case n < 62:
		doc[name] = nil
	case n < 64:
		if _, text := value().(string); text {
			doc[name] = ""
		}
	}
}

func (m *maker) list(item func() any) []any {
	out := []any{}
	for range m.IntN(4) {
		out = append(out, item())
	}
	return out
}

func (m *maker) str() any { return m.text() }

func (m *maker) plural() any {
	primary := m.IntN(4)
	i := 0
	return m.list(func() any {
		v := map[string]any{}
		m.put(v, "value", m.str)
		m.put(v, "type", func() any { return pick(m, []string{"work", "Work", "home", "other"}) })
		m.put(v, "display", m.str)
		if i++; i == primary {
			v["primary"] = true
		} else if m.often(30) {
			v["primary"] = false
		}
		return v
	})
}

func (m *maker) badge() map[string]any {
	ext := map[string]any{}
	m.put(ext, "colour", m.str)
	m.put(ext, "code", m.str)
	m.put(ext, "guest", func() any { return m.often(50) })
	m.put(ext, "floor", func() any { return pick(m, numbers()) })
	m.put(ext, "height", func() any { return pick(m, numbers()) })
	m.put(ext, "hired", func() any { return pick(m, times()) })
	m.put(ext, "link", m.str)
	m.put(ext, "tags", func() any { return m.list(m.str) })
	m.put(ext, "marks", func() any { return m.list(m.str) })
	m.put(ext, "rooms", func() any { return m.list(func() any { return pick(m, numbers()) }) })
	m.put(ext, "visits", func() any { return m.list(func() any { return pick(m, times()) }) })
	m.put(ext, "flags", func() any { return m.list(func() any { return m.often(50) }) })
	return ext
}

func (m *maker) user() models.Attributes {
	doc := models.Attributes{"userName": m.text() + strconv.Itoa(m.IntN(1e9))}
	for name := range strings.FieldsSeq("displayName nickName profileUrl title userType locale timezone") {
		m.put(doc, name, m.str)
	}
	if m.often(50) {
		doc["externalId"] = m.text() + strconv.Itoa(m.IntN(1e9))
	}
	m.put(doc, "name", func() any {
		name := map[string]any{}
		for part := range strings.FieldsSeq("formatted familyName givenName middleName") {
			m.put(name, part, m.str)
		}
		return name
	})
	for name := range strings.FieldsSeq("emails phoneNumbers ims photos roles entitlements x509Certificates") {
		m.put(doc, name, m.plural)
	}
	m.put(doc, "addresses", func() any {
		return m.list(func() any {
			v := map[string]any{}
			for part := range strings.FieldsSeq("locality country type") {
				m.put(v, part, m.str)
			}
			return v
		})
	})
	m.put(doc, models.EnterpriseURN, func() any {
		ext := map[string]any{}
		for part := range strings.FieldsSeq("employeeNumber costCenter organization division department") {
			m.put(ext, part, m.str)
		}
		m.put(ext, "manager", func() any { return map[string]any{"value": m.someID()} })
		return ext
	})
	m.put(doc, badgeURN, func() any { return m.badge() })
	return doc
}

func (m *maker) someID() string {
	ids := append(append([]string{"nobody"}, m.users...), m.groups...)
	return pick(m, ids)
}

// paths are what a filter may ask for; inner ones stand between brackets.
func (m *maker) path(of *scim.Type) filter.Path {
	core := "id externalId userName displayName nickName profileUrl title userType locale active schemas meta meta.created meta.lastModified meta.version meta.location meta.resourceType meta.nothing password " +
		"name name.givenName name.familyName name.formatted emails emails.value emails.type emails.primary emails.display phoneNumbers phoneNumbers.value roles roles.value entitlements photos photos.value photos.type x509Certificates x509Certificates.value ims.value addresses addresses.locality addresses.type " +
		"groups groups.value groups.display groups.$ref groups.type employeeNumber department manager manager.value manager.$ref manager.displayName nothing name.nothing"
	if of.Name == "Group" {
		core = "id externalId displayName schemas meta.created meta.lastModified meta.version meta.location members members.value members.type members.display members.$ref nothing"
	}
	name, subName, _ := strings.Cut(pick(m, strings.Fields(core)), ".")
	p := filter.Path{Name: name, Sub: subName}
	urn := badgeURN
	if of.Name == "Group" {
		urn = models.CustomSchema(models.GroupTarget)
	}
	switch n := m.IntN(100); {
	case n < 35:
		p = filter.Path{URN: urn, Name: pick(m, strings.Fields("colour code guest floor height hired link tags marks rooms visits flags nothing"))}
		if m.often(20) {
			p.URN = ""
		}
	case n < 45 && of.Name == "User":
		p = filter.Path{URN: models.EnterpriseURN, Name: pick(m, strings.Fields("employeeNumber costCenter organization division department manager"))}
	case n < 48 && of.Name == "User":
		whole := pick(m, []string{models.EnterpriseURN, badgeURN})
		at := strings.LastIndexByte(whole, ':')
		p = filter.Path{URN: whole[:at], Name: whole[at+1:]}
	case n < 55:
		p.URN = of.Core.ID
	}
	if m.often(10) {
		p.Name = strings.ToUpper(p.Name)
	}
	return p
}

func (m *maker) op() filter.Op {
	return pick(m, []filter.Op{filter.Eq, filter.Eq, filter.Ne, filter.Co, filter.Sw, filter.Ew, filter.Gt, filter.Ge, filter.Lt, filter.Le})
}

// value is one that a document may have at a path, or something like it.
func (m *maker) value(of *scim.Type, p filter.Path) any {
	attr, _ := of.Attr(p)
	if m.often(6) {
		return pick(m, []any{nil, true, false, json.Number("5"), "", "a\x00b", "\x00", "TRUE", "nan", "inf", "1e999"})
	}
	switch {
	case attr.Path.Name == "schemas":
		return pick(m, []any{of.Core.ID, models.EnterpriseURN, badgeURN, strings.ToUpper(badgeURN), "urn", "User"})
	case attr.Path.Name == "id" || attr.Path.Name == "members" || attr.Path.Name == "groups" || attr.Path.Name == "manager" && attr.Path.Sub != "displayName":
		id := m.someID()
		if attr.Path.Sub == "$ref" {
			return pick(m, []string{world + "/Users/" + id, world + "/Groups/" + id, world, id})
		}
		if m.often(20) {
			return id[:m.IntN(len(id)+1)]
		}
		return pick(m, []any{id, id, id, strings.ToUpper(id), m.text(), "User", "group", "direct"})
	case attr.Path.Sub == "location":
		return pick(m, []string{world + "/Users/" + m.someID(), world})
	case attr.Path.Sub == "version":
		return pick(m, []any{`W/"1"`, `W/"3"`, `w/`, `W/"1.5"`, `w/"2.10"`, `W/"1.`})
	case attr.Path.Sub == "resourceType":
		return pick(m, []any{"User", "user", "Us"})
	case attr.Path.Name == "meta":
		return pick(m, []any{"1970-01-01T00:00:00.005Z", "1970-01-01T00:00:00.0050001Z", "1970-01-01T00:00:00.010Z", "1970-01-01T00:00:00.02Z", "1970", "t"})
	case attr.Type == filter.Integer || attr.Type == filter.Decimal:
		if m.often(15) {
			return string(pick(m, numbers()))
		}
		return pick(m, numbers())
	case attr.Type == filter.Boolean:
		return pick(m, []any{true, false, "true", "False", "x", "1"})
	case attr.Type == filter.DateTime:
		return pick(m, append(times(), "2020", "Z", "0"))
	}
	return m.text()
}

func (m *maker) filter(of *scim.Type, depth int) filter.Expr {
	switch n := m.IntN(100); {
	case depth > 0 && n < 18:
		return filter.And{Left: m.filter(of, depth-1), Right: m.filter(of, depth-1)}
	case depth > 0 && n < 36:
		return filter.Or{Left: m.filter(of, depth-1), Right: m.filter(of, depth-1)}
	case depth > 0 && n < 46:
		return filter.Not{Expr: m.filter(of, depth-1)}
	case n < 62:
		return m.valuePath(of)
	case n < 68:
		return filter.Present{Path: m.path(of)}
	}
	p := m.path(of)
	return filter.Compare{Path: p, Op: m.op(), Value: m.value(of, p)}
}

func (m *maker) valuePath(of *scim.Type) filter.Expr {
	p := m.path(of)
	p.Sub = ""
	e := filter.ValuePath{Path: p, Filter: m.inner(of, p, 2)}
	if m.often(30) {
		e.Then = m.innerTerm(of, p)
	}
	return e
}

func (m *maker) inner(of *scim.Type, p filter.Path, depth int) filter.Expr {
	switch n := m.IntN(100); {
	case depth > 0 && n < 30:
		return filter.And{Left: m.inner(of, p, depth-1), Right: m.inner(of, p, depth-1)}
	case depth > 0 && n < 40:
		return filter.Or{Left: m.inner(of, p, depth-1), Right: m.inner(of, p, depth-1)}
	case depth > 0 && n < 48:
		return filter.Not{Expr: m.inner(of, p, depth-1)}
	}
	return m.innerTerm(of, p)
}

func (m *maker) innerTerm(of *scim.Type, p filter.Path) filter.Expr {
	sub := pick(m, strings.Fields("value value value type primary display $ref givenName familyName created locality displayName department colour nothing VALUE"))
	if m.often(10) {
		return filter.Present{Path: filter.Path{Name: sub}}
	}
	ask := filter.Path{URN: p.URN, Name: p.Name, Sub: strings.ToLower(sub)}
	if _, ok := of.Attr(ask); !ok {
		ask.Sub = ""
	}
	v := m.value(of, ask)
	if sub == "type" && m.often(80) {
		v = pick(m, []any{"work", "HOME", "user", "Group", "direct"})
	}
	if sub == "primary" && m.often(80) {
		v = pick(m, []any{true, false, "True"})
	}
	return filter.Compare{Path: filter.Path{Name: sub}, Op: m.op(), Value: v}
}

// resource is what SCIM shows of a record, as a filter sees it.
type resource struct {
	id  string
	key int64
	doc map[string]any
}

// populate fills a store with users and groups, some of which SCIM does not show,
// and gives what it shows.
func populate(t testing.TB, s *store.Store, org int64, m *maker, users, groups int) (shownUsers, shownGroups []resource) {
	t.Helper()
	var us []*models.User
	var gs []*models.Group
	members := map[int64][]models.MemberRef{}
	of := map[int64][]models.MemberRef{}
	for range users {
		m.users = append(m.users, newID())
	}
	for range groups {
		m.groups = append(m.groups, newID())
	}
	ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
		for i := range users {
			u := &models.User{
				ID: m.users[i], OrganizationID: org, Mode: models.SCIM, Status: pick(m, models.Statuses()), Version: 1 + int64(m.IntN(4)),
				Created: models.Time(1 + m.IntN(30)), Updated: models.Time(1 + m.IntN(30)), Attributes: m.user(),
			}
			if u.Status == models.Preserved {
				u.Hidden = m.often(40)
			}
			ok(t, u.Extract())
			ok(t, tx.InsertUser(u))
			us = append(us, u)
		}
		for i := range groups {
			g := &models.Group{ID: m.groups[i], OrganizationID: org, Mode: models.SCIM, Version: 1, Created: models.Time(1 + m.IntN(30)), Updated: models.Time(1 + m.IntN(30)), Attributes: models.Attributes{}}
			g.Attributes["displayName"] = m.text() + strconv.Itoa(i)
			if m.often(50) {
				g.Attributes["externalId"] = m.text() + strconv.Itoa(i)
			}
			m.put(g.Attributes, models.CustomSchema(models.GroupTarget), func() any { return m.badge() })
			ok(t, g.Extract())
			ok(t, tx.InsertGroup(g))
			gs = append(gs, g)
		}
		for _, g := range gs {
			ref := models.MemberRef{Kind: models.GroupMember, Key: g.Key, ID: g.ID, Display: g.DisplayName}
			for range m.IntN(6) {
				u := pick(m, us)
				added, err := tx.AddMember(models.Member{GroupKey: g.Key, Kind: models.UserMember, MemberKey: u.Key, OrganizationID: org, Mode: models.SCIM})
				ok(t, err)
				if added {
					of[u.Key] = append(of[u.Key], ref)
					members[g.Key] = append(members[g.Key], models.MemberRef{Kind: models.UserMember, Key: u.Key, ID: u.ID, Display: u.DisplayName, Hidden: u.Hidden})
				}
			}
			if n := pick(m, gs); n.Key < g.Key {
				added, err := tx.AddMember(models.Member{GroupKey: g.Key, Kind: models.GroupMember, MemberKey: n.Key, OrganizationID: org, Mode: models.SCIM})
				ok(t, err)
				if added {
					members[g.Key] = append(members[g.Key], models.MemberRef{Kind: models.GroupMember, Key: n.Key, ID: n.ID, Display: n.DisplayName})
				}
			}
		}
		return nil
	}))
	byID := map[string]*models.User{}
	for _, u := range us {
		byID[u.ID] = u
	}
	for _, u := range us {
		if !u.Hidden {
			shownUsers = append(shownUsers, shownUser(t, u, byID, of[u.Key]))
		}
	}
	for _, g := range gs {
		ok(t, g.Load())
		doc := map[string]any{"id": g.ID, "meta": meta("Group", "/Groups/"+g.ID, g.Tag(), g.Created, g.Updated), "schemas": schemas(scim.GroupURN, g.Attributes)}
		maps.Copy(doc, g.Attributes)
		list := []any{}
		for _, r := range members[g.Key] {
			kind := map[models.MemberKind]string{models.UserMember: "User", models.GroupMember: "Group"}[r.Kind]
			if !r.Hidden {
				list = append(list, map[string]any{"value": r.ID, "display": r.Display, "type": kind, "$ref": world + "/" + kind + "s/" + r.ID})
			}
		}
		doc["members"] = list
		shownGroups = append(shownGroups, resource{g.ID, g.Key, doc})
	}
	return shownUsers, shownGroups
}

func shownUser(t testing.TB, u *models.User, byID map[string]*models.User, of []models.MemberRef) resource {
	t.Helper()
	ok(t, u.Load())
	doc := map[string]any{"id": u.ID, "active": u.Status == models.Active, "meta": meta("User", "/Users/"+u.ID, u.Tag(), u.Created, u.Updated), "schemas": schemas(scim.UserURN, u.Attributes)}
	maps.Copy(doc, u.Attributes)
	ext, _ := doc[models.EnterpriseURN].(map[string]any)
	if manager, ok := ext["manager"].(map[string]any); ok {
		if m := byID[u.ManagerID]; m != nil && !m.Hidden {
			manager["$ref"], manager["displayName"] = world+"/Users/"+m.ID, m.DisplayName
		}
	}
	list := []any{}
	for _, g := range of {
		list = append(list, map[string]any{"value": g.ID, "display": g.Display, "type": "direct", "$ref": world + "/Groups/" + g.ID})
	}
	doc["groups"] = list
	return resource{u.ID, u.Key, doc}
}

func meta(kind, location, tag string, created, updated models.Time) map[string]any {
	const written = "2006-01-02T15:04:05.000Z"
	return map[string]any{
		"resourceType": kind, "location": world + location, "version": `W/"` + tag + `"`,
		"created": created.Time().Format(written), "lastModified": updated.Time().Format(written),
	}
}

// schemas are the core one and the extensions that have a value.
func schemas(core string, doc map[string]any) []any {
	out := []any{core}
	for _, urn := range []string{models.EnterpriseURN, badgeURN, models.CustomSchema(models.GroupTarget)} {
		at := strings.LastIndexByte(urn, ':')
		whole := filter.Present{Path: filter.Path{URN: urn[:at], Name: urn[at+1:]}}
		if filter.Match(whole, doc, scim.User(badges(badgeURN), badges(models.CustomSchema(models.GroupTarget)))) {
			out = append(out, urn)
		}
	}
	return out
}

func seed(t testing.TB) uint64 {
	t.Helper()
	n := uint64(time.Now().UnixNano())
	t.Logf("seed %d", n)
	return n
}
