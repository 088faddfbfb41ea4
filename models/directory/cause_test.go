package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"muster/models"
	"muster/models/directory"
)

func TestCauses(t *testing.T) {
	user := func(key int64, department string) models.User {
		return models.User{Key: key, UserName: fmt.Sprint(key), Department: department}
	}
	g := func(names ...string) []models.MemberRef {
		var refs []models.MemberRef
		for _, n := range names {
			refs = append(refs, models.MemberRef{ID: n, Name: n})
		}
		return refs
	}
	sized := func(name string, members int64) []models.MemberRef {
		return []models.MemberRef{{ID: name, Name: name, Members: members}}
	}
	for _, c := range []struct {
		name   string
		users  []models.User
		groups map[int64][]models.MemberRef
		want   string
	}{
		{"one group", []models.User{user(1, ""), user(2, "")}, map[int64][]models.MemberRef{1: g("Sales"), 2: g("Sales", "EMEA")}, "group Sales: 1 2"},
		{"a group goes before a department of as many", []models.User{user(1, "X"), user(2, "X")}, map[int64][]models.MemberRef{1: g("Sales"), 2: g("Sales")}, "group Sales: 1 2"},
		{
			"the larger first, then who is left",
			[]models.User{user(1, "X"), user(2, "X"), user(3, "X"), user(4, ""), user(5, "")},
			map[int64][]models.MemberRef{1: g("A"), 4: g("A"), 5: g("B")},
			"department X: 1 2 3; other : 4 5",
		},
		{
			"a group of everybody tells less than a department",
			[]models.User{user(1, "X"), user(2, "X"), user(3, "X"), user(4, "")},
			map[int64][]models.MemberRef{1: sized("All", 90), 2: sized("All", 90), 3: sized("All", 90), 4: sized("All", 90)},
			"department X: 1 2 3; other : 4",
		},
		{"a large group of which more left than of others", []models.User{user(1, "X"), user(2, "")}, map[int64][]models.MemberRef{1: sized("Sales", 40), 2: sized("Sales", 40)}, "group Sales: 1 2"},
		{"a group of which most left", []models.User{user(1, "X"), user(2, "")}, map[int64][]models.MemberRef{1: sized("Sales", 4), 2: sized("Sales", 4)}, "group Sales: 1 2"},
		{"nothing shared", []models.User{user(1, "X"), user(2, "Y")}, nil, "other : 1 2"},
		{"nobody", nil, nil, ""},
	} {
		var parts []string
		for _, cause := range directory.Causes(c.users, c.groups, 100) {
			var names []string
			for _, u := range cause.Users {
				names = append(names, u.UserName)
			}
			parts = append(parts, fmt.Sprintf("%s %s: %s", cause.Kind, cause.Name, strings.Join(names, " ")))
		}
		if got := strings.Join(parts, "; "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
