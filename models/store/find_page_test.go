package store_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
	"muster/models/store"
	"muster/models/store/storetest"
)

// sortKey is what a resource is ordered by, found without a database; ok is false
// when it has no value.
func sortKey(of *scim.Type, p filter.Path, doc map[string]any) (any, bool) {
	attr, known := of.Attr(p)
	if !known {
		return nil, false
	}
	if attr.Path.URN != "" {
		doc, _ = doc[attr.Path.URN].(map[string]any)
	}
	v := doc[attr.Path.Name]
	if list, ok := v.([]any); ok {
		v = first(list)
	}
	if m, ok := v.(map[string]any); ok {
		v = m[cmp.Or(attr.Path.Sub, "value")]
	}
	if whole, _ := of.Attr(filter.Path{URN: p.URN, Name: p.Name, Sub: "value"}); p.Sub == "" && attr.Type == filter.Complex {
		attr.Type, attr.CaseExact = whole.Type, whole.CaseExact
	}
	switch v := v.(type) {
	case string:
		if t, ok := filter.Instant(v); ok && attr.Type == filter.DateTime {
			return t, true
		}
		if !attr.CaseExact {
			v = filter.Fold(v)
		}
		return v, v != ""
	case nil:
		return nil, false
	}
	return v, true
}

func first(list []any) any {
	for _, item := range list {
		if m, ok := item.(map[string]any); ok && m["primary"] == true {
			return item
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func order(a, b any) int {
	switch a := a.(type) {
	case string:
		b, _ := b.(string)
		return strings.Compare(a, b)
	case time.Time:
		b, _ := b.(time.Time)
		return a.Compare(b)
	case bool:
		b, _ := b.(bool)
		return cmp.Compare(map[bool]int{true: 1}[a], map[bool]int{true: 1}[b])
	case json.Number:
		b, _ := b.(json.Number)
		x, _ := models.FoldedNumber(a)
		y, _ := models.FoldedNumber(b)
		return strings.Compare(x, y)
	}
	return 0
}

// inOrder gives the ids in the order that a list must have.
func inOrder(of *scim.Type, s models.Sort, all []resource) []string {
	list := slices.Clone(all)
	slices.SortFunc(list, func(a, b resource) int {
		x, hasX := sortKey(of, s.Path, a.doc)
		y, hasY := sortKey(of, s.Path, b.doc)
		c := 0
		switch {
		case hasX && hasY:
			c = order(x, y)
		case hasX:
			c = -1
		case hasY:
			c = 1
		}
		c = cmp.Or(c, cmp.Compare(a.key, b.key))
		if s.Descending {
			return -c
		}
		return c
	})
	return ids(list, func(r resource) string { return r.id })
}

var sortPaths = []filter.Path{ //nolint:gochecknoglobals // a table of the test
	{},
	{Name: "id"},
	{Name: "userName"},
	{Name: "displayName"},
	{Name: "externalId"},
	{Name: "title"},
	{Name: "active"},
	{Name: "meta", Sub: "created"},
	{Name: "meta", Sub: "lastModified"},
	{Name: "meta", Sub: "location"},
	{Name: "name", Sub: "familyName"},
	{Name: "emails"},
	{Name: "emails", Sub: "value"},
	{Name: "emails", Sub: "type"},
	{Name: "photos"},
	{URN: models.EnterpriseURN, Name: "department"},
	{URN: models.EnterpriseURN, Name: "manager"},
	{URN: models.EnterpriseURN, Name: "manager", Sub: "displayName"},
	{URN: badgeURN, Name: "colour"},
	{URN: badgeURN, Name: "code"},
	{URN: badgeURN, Name: "floor"},
	{URN: badgeURN, Name: "height"},
	{URN: badgeURN, Name: "hired"},
	{URN: badgeURN, Name: "guest"},
	{URN: badgeURN, Name: "tags"},
	{Name: "schemas"},
	{Name: "nothing"},
}

// Every page of every order shows everybody once, in the order that RFC 7644 asks
// for: by place, by cursor to the end and by cursor back to the beginning.
func TestPagesOfEveryOrderShowEverybodyOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		m := &maker{Rand: chance(t)}
		users, _ := populate(t, s, org, m, 70, 12)
		of := scim.User(badges(badgeURN))
		kept, err := filter.Parse(`not (active eq true) or userName co "a"`, filter.Limits{})
		ok(t, err)
		found, err := filter.Parse(`displayName sw "a" or meta.lastModified gt "1970-01-01T00:00:00.012Z"`, filter.Limits{})
		ok(t, err)
		for _, path := range sortPaths {
			for _, e := range []filter.Expr{nil, pick(m, []filter.Expr{kept, found})} {
				for _, down := range []bool{false, true} {
					q := models.Query{Filter: e, Types: of, Sort: models.Sort{Path: path, Descending: down}, Count: 13, Base: world}
					want := users
					if e != nil {
						want = slices.DeleteFunc(slices.Clone(users), func(r resource) bool { return !filter.Match(e, r.doc, of) })
					}
					walk(t, s, org, q, inOrder(of, q.Sort, want))
				}
			}
		}
	})
}

func walk(t *testing.T, s *store.Store, org int64, q models.Query, want []string) {
	t.Helper()
	what := q.Sort.Path.String()
	read := func(q models.Query) models.Found[models.User] {
		t.Helper()
		found, err := s.FindUsers(t.Context(), org, q)
		if err != nil || found.Total != int64(len(want)) {
			t.Fatalf("sorted by %s: total %d of %d, %v", what, found.Total, len(want), err)
		}
		return found
	}
	id := func(u models.User) string { return u.ID }
	var byPlace, forth, back []string
	for q.Start = 1; q.Start <= len(want)+1; q.Start += q.Count {
		byPlace = append(byPlace, ids(read(q).Items, id)...)
	}
	q.ByCursor = true
	var last models.Found[models.User]
	for {
		last = read(q)
		forth = append(forth, ids(last.Items, id)...)
		if last.Next == "" {
			break
		}
		q.Cursor = last.Next
	}
	back = ids(last.Items, id)
	for last.Prev != "" {
		q.Cursor = last.Prev
		last = read(q)
		back = append(ids(last.Items, id), back...)
	}
	for how, got := range map[string][]string{"by place": byPlace, "forth": forth, "back": back} {
		if !slices.Equal(got, want) {
			t.Fatalf("sorted by %q (descending %v), filter %v, %s:\n%v\nwant\n%v", what, q.Sort.Descending, q.Filter, how, got, want)
		}
	}
}

func TestACursorOfAnotherListIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		for _, name := range []string{"ada", "bob", "cid"} {
			create(t, s, person(org, name, name, name+"@example.com"))
		}
		q := models.Query{Types: scim.User(), Count: 1, ByCursor: true}
		page, err := s.FindUsers(t.Context(), org, q)
		ok(t, err)
		if page.Next == "" || page.Prev != "" || page.Total != 3 {
			t.Fatalf("the first page: %+v", page)
		}
		e, err := filter.Parse(`userName sw "a"`, filter.Limits{})
		ok(t, err)
		for name, other := range map[string]models.Query{
			"filter":  {Types: q.Types, Count: 1, ByCursor: true, Cursor: page.Next, Filter: e},
			"sort":    {Types: q.Types, Count: 1, ByCursor: true, Cursor: page.Next, Sort: models.Sort{Path: filter.Path{Name: "title"}}},
			"garbage": {Types: q.Types, Count: 1, ByCursor: true, Cursor: "x" + page.Next},
			"symbols": {Types: q.Types, Count: 1, ByCursor: true, Cursor: "%%%"},
			"number":  {Types: q.Types, Count: 1, ByCursor: true, Cursor: "NQ"},
		} {
			_, err := s.FindUsers(t.Context(), org, other)
			if e, is := models.AsError(err); !is || e.Kind != models.Invalid || e.Code != "invalidCursor" {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = s.FindGroups(t.Context(), org, models.Query{Types: scim.Group(), Count: 1, ByCursor: true, Cursor: page.Next})
		refused(t, err, models.Invalid, "cursor")
	})
}

// A resource that comes back from a search is shown as the one that is stored.
func TestAFoundResourceIsShownWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		m := &maker{Rand: chance(t)}
		populate(t, s, org, m, 20, 5)
		users, err := s.FindUsers(t.Context(), org, models.Query{Types: scim.User(), Start: 1, Count: 50})
		ok(t, err)
		for _, u := range users.Items {
			stored, err := s.User(t.Context(), org, u.ID)
			ok(t, err)
			alike(t, models.User{
				Key: stored.Key, ID: stored.ID, OrganizationID: stored.OrganizationID, UserName: stored.UserName, ManagerID: stored.ManagerID,
				ExternalID: stored.ExternalID, Mode: stored.Mode, Status: stored.Status, Document: stored.Document,
				Version: stored.Version, Created: stored.Created, Updated: stored.Updated,
			}, u)
		}
		groups, err := s.FindGroups(t.Context(), org, models.Query{Types: scim.Group(), Start: 1, Count: 50})
		ok(t, err)
		for _, g := range groups.Items {
			stored, err := s.Group(t.Context(), org, g.ID)
			ok(t, err)
			alike(t, models.Group{
				Key: stored.Key, ID: stored.ID, OrganizationID: stored.OrganizationID, DisplayName: stored.DisplayName, ExternalID: stored.ExternalID,
				Mode: stored.Mode, MemberCount: stored.MemberCount, Document: stored.Document,
				Version: stored.Version, Created: stored.Created, Updated: stored.Updated,
			}, g)
		}
	})
}

// What no index answers is refused over a large organization at once, and what one
// answers is not.
func TestAWideSearchIsRefusedBeforeItBegins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		for i := range 12 {
			create(t, s, person(org, "Ada", "Lovelace", string(rune('a'+i))+"@example.com"))
		}
		of := scim.User(badges(badgeURN))
		ask := func(text, by string, most int64) error {
			q := models.Query{Types: of, Start: 1, Count: 5, ScanMost: most}
			if text != "" {
				e, err := filter.Parse(text, filter.Limits{})
				ok(t, err)
				q.Filter = e
			}
			if by != "" {
				q.Sort.Path = filter.Path{Name: by}
			}
			_, err := s.FindUsers(t.Context(), org, q)
			return err
		}
		for _, text := range []string{`title co "x"`, `userName ew "x"`, `title ne "x"`, `not (userName eq "x")`, `userName eq "x" or locale eq "x"`, `emails[type eq "work"]`, `externalId pr`} {
			err := ask(text, "", 11)
			refused(t, err, models.TooManyFound, "filter")
			if !strings.Contains(err.Error(), "12") || !strings.Contains(err.Error(), "11") || !strings.Contains(err.Error(), "userName") {
				t.Errorf("the refusal of %s says too little: %v", text, err)
			}
			ok(t, ask(text, "", 12))
		}
		refused(t, ask("", "title", 11), models.TooManyFound, "sortBy")
		for _, by := range []string{"", "userName", "displayName", "id"} {
			ok(t, ask("", by, 11))
		}
		for _, text := range indexedFilters() {
			ok(t, ask(text, "", 1))
			ok(t, ask(text, "title", 1))
		}
		for _, text := range []string{`active eq true`, `active ne "True"`, `userName pr and nothing eq "x"`, `id pr`} {
			ok(t, ask(text, "", 1))
		}
		q := models.Query{Types: of, Start: 1, Count: 5, Most: time.Nanosecond}
		q.Filter, _ = filter.Parse(`title co "x"`, filter.Limits{})
		_, err := s.FindUsers(t.Context(), org, q)
		refused(t, err, models.TooManyFound, "filter")
	})
}

// indexedFilters are those that clients send, each of which has its index.
func indexedFilters() []string {
	return []string{
		`userName eq "Ada"`, `userName sw "ada"`, `externalId eq "x"`, `externalId sw "x"`, `id eq "x"`, `displayName eq "Ada"`, `displayName sw "Ada L"`,
		`emails.value eq "a@example.com"`, `emails eq "a@example.com"`, `emails[type eq "work" and value eq "a@example.com"]`, `emails[type eq "work"].value eq "x"`,
		`phoneNumbers.value eq "1"`, `roles.value eq "r"`, `entitlements eq "e"`, `title eq "t"`, `userType eq "t"`, `nickName sw "nick"`,
		`department eq "d"`, `division eq "d"`, `organization eq "d"`, `costCenter eq "d"`, `employeeNumber eq "d"`, `manager eq "x"`, `manager.value eq "x"`,
		`name.familyName eq "Lovelace"`, `name.givenName sw "ad"`, `groups.value eq "x"`, `groups.display eq "x"`, `meta.created ge "2020-01-01T00:00:00Z"`, `meta.lastModified gt "2020-01-01T00:00:00Z"`,
		badgeURN + `:colour eq "red"`, badgeURN + `:code eq "Red"`, badgeURN + `:floor ge 4`, badgeURN + `:hired lt "2020-01-01T00:00:00Z"`, badgeURN + `:tags sw "x"`,
		`title co "x" and userName eq "x"`, `userName eq "x" or emails.value eq "x"`,
	}
}
