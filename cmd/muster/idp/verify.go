package idp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Mismatch is one difference between what the server holds and what the
// traffic described.
type Mismatch struct {
	Resource        string // "User" or "Group"
	ID, Name, Field string
	Want, Got       string
}

func (m Mismatch) String() string {
	return fmt.Sprintf("%s %s (%s): %s is %q, want %q", m.Resource, m.Name, m.ID, m.Field, m.Got, m.Want)
}

// Verify reads everything back over SCIM, page by page and one by one, and
// compares it with world. Someone who was deleted may be gone or be there
// inactive. A record of the tenant that world does not know, or one that is
// there twice, is a mismatch too. opts need BaseURL and Token.
func Verify(ctx context.Context, opts Options, world World) ([]Mismatch, error) {
	opts.Dialect = world.Dialect
	opts = opts.filled()
	if err := opts.check(); err != nil {
		return nil, err
	}
	v := &verifier{client: newClient(opts, entraHeaders()), world: world, table: New(Options{Dialect: world.Dialect, Users: 1}).speak.attributes()}
	users, err := v.list(ctx, "/Users")
	if err != nil {
		return nil, err
	}
	groups, err := v.list(ctx, "/Groups")
	if err != nil {
		return nil, err
	}
	v.strangers(users, groups)
	v.belong()
	if err := each(ctx, opts.Concurrency, world.Users, func(ctx context.Context, u User) error { return v.user(ctx, u, users) }); err != nil {
		return nil, err
	}
	err = each(ctx, opts.Concurrency, world.Groups, func(ctx context.Context, g Group) error { return v.group(ctx, g, groups) })
	return v.mismatches, err
}

type verifier struct {
	client *client
	world  World
	table  []attribute
	of     map[string][]string // user id → ids of the groups

	mu         sync.Mutex
	mismatches []Mismatch
}

func (v *verifier) differ(resource, id, name, field, want, got string) {
	if want == got {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.mismatches = append(v.mismatches, Mismatch{resource, id, name, field, want, got})
}

func (v *verifier) get(ctx context.Context, path string) (reply, error) {
	r, err := v.client.send(ctx, call{kind: "verify", method: http.MethodGet, path: path, expect: []int{200, 404}})
	if err == nil && r.status != http.StatusOK && r.status != http.StatusNotFound {
		return r, fmt.Errorf("verify: GET %s answered %d: %.300s", path, r.status, r.body)
	}
	return r, err
}

// list reads all pages.
func (v *verifier) list(ctx context.Context, path string) (map[string]object, error) {
	all := map[string]object{}
	for start := 1; ; {
		r, err := v.get(ctx, paged(path, "", start))
		if err != nil {
			return nil, err
		}
		page := found(r)
		for _, doc := range page {
			id := textAt(doc, "id")
			if all[id] != nil {
				v.differ(strings.Trim(path, "/s"), id, textAt(doc, "displayName"), "pages", "listed once", "listed twice")
			}
			all[id] = doc
		}
		start += len(page)
		if start > total(r) || len(page) == 0 {
			if total(r) != len(all) {
				return all, errors.Join(ctx.Err(), fmt.Errorf("verify: %s: totalResults is %d and %d were listed", path, total(r), len(all)))
			}
			return all, nil
		}
	}
}

// strangers finds records of the tenant that the traffic did not make, such
// as a second record from a create that was carried out twice.
func (v *verifier) strangers(users, groups map[string]object) {
	known, names := map[string]bool{}, map[string]bool{}
	for _, u := range v.world.Users {
		known[u.ID] = true
	}
	for _, g := range v.world.Groups {
		known[g.ID] = true
		names[g.DisplayName] = true
	}
	for id, doc := range users {
		if name := textAt(doc, "userName"); !known[id] && strings.HasSuffix(strings.ToLower(name), "@"+v.world.Domain) {
			v.differ("User", id, name, "userName", "no such record", name)
		}
	}
	for id, doc := range groups {
		if name := textAt(doc, "displayName"); !known[id] && names[name] {
			v.differ("Group", id, name, "displayName", "no second one", name)
		}
	}
}

func (v *verifier) belong() {
	v.of = map[string][]string{}
	for _, g := range v.world.Groups {
		for _, id := range g.Members {
			v.of[id] = append(v.of[id], g.ID)
		}
	}
}

func (v *verifier) user(ctx context.Context, want User, listed map[string]object) error {
	r, err := v.get(ctx, "/Users/"+escape(want.ID))
	if err != nil {
		return err
	}
	doc := r.doc()
	switch {
	case want.Deleted:
		if r.status == http.StatusOK && doc["active"] != false {
			v.differ("User", want.ID, want.UserName, "active", "deleted, or inactive", fmt.Sprint(doc["active"]))
		}
		return nil
	case r.status == http.StatusNotFound:
		v.differ("User", want.ID, want.UserName, "GET", "the record", "404 not found")
		return nil
	case listed[want.ID] == nil:
		v.differ("User", want.ID, want.UserName, "list", "listed", "not listed")
	default:
		v.fields(want, listed[want.ID], "list: ")
	}
	v.fields(want, doc, "")
	v.groupsOf(want, doc)
	return nil
}

func (v *verifier) fields(want User, doc object, where string) {
	got := readUser(doc, v.table)
	v.differ("User", want.ID, want.UserName, where+"id", want.ID, got.ID)
	v.differ("User", want.ID, want.UserName, where+"active", fmt.Sprint(want.Active), fmt.Sprint(doc["active"]))
	v.differ("User", want.ID, want.UserName, where+managerPath, want.Manager, got.Manager)
	for _, a := range v.table {
		v.differ("User", want.ID, want.UserName, where+a.path, *a.ref(&want), *a.ref(&got))
	}
	if doc["password"] != nil {
		v.differ("User", want.ID, want.UserName, where+"password", "never returned", "returned")
	}
}

func (v *verifier) groupsOf(want User, doc object) {
	var got []string
	list, _ := doc["groups"].([]any)
	for _, e := range list {
		m, _ := e.(object)
		got = append(got, textAt(m, "value"))
	}
	slices.Sort(got)
	ids := slices.Clone(v.of[want.ID])
	slices.Sort(ids)
	// Groups of the server's own are none of the traffic's business.
	ours := slices.DeleteFunc(got, func(id string) bool {
		return !slices.ContainsFunc(v.world.Groups, func(g Group) bool { return g.ID == id })
	})
	v.differ("User", want.ID, want.UserName, "groups", strings.Join(ids, " "), strings.Join(ours, " "))
}

func (v *verifier) group(ctx context.Context, want Group, listed map[string]object) error {
	r, err := v.get(ctx, "/Groups/"+escape(want.ID))
	if err != nil {
		return err
	}
	if want.Deleted {
		if r.status == http.StatusOK || listed[want.ID] != nil {
			v.differ("Group", want.ID, want.DisplayName, "GET", "404 not found", "the record")
		}
		return nil
	}
	if r.status == http.StatusNotFound || listed[want.ID] == nil {
		v.differ("Group", want.ID, want.DisplayName, "GET and list", "the record", fmt.Sprintf("%d, listed %v", r.status, listed[want.ID] != nil))
		return nil
	}
	for where, doc := range map[string]object{"": r.doc(), "list: ": listed[want.ID]} {
		v.differ("Group", want.ID, want.DisplayName, where+"displayName", want.DisplayName, textAt(doc, "displayName"))
		v.differ("Group", want.ID, want.DisplayName, where+"externalId", want.ExternalID, textAt(doc, "externalId"))
	}
	got := memberIDs(r.doc())
	v.compareMembers(want, got)
	return nil
}

func (v *verifier) compareMembers(want Group, got []string) {
	for i, id := range got {
		if i > 0 && got[i-1] == id {
			v.differ("Group", want.ID, want.DisplayName, "members", "each once", id+" twice")
		}
		if _, ok := slices.BinarySearch(want.Members, id); !ok {
			v.differ("Group", want.ID, want.DisplayName, "members", "", id)
		}
	}
	for _, id := range want.Members {
		if _, ok := slices.BinarySearch(got, id); !ok {
			v.differ("Group", want.ID, want.DisplayName, "members", id, "")
		}
	}
}
