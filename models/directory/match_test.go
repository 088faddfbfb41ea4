package directory_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/directory"
)

// person makes a candidate; hidden ones were deleted at the source.
func person(key int64, name, anchor string, mode models.Method, hidden bool) *models.User {
	u := &models.User{Key: key, ID: "id-" + name, Mode: mode, Hidden: hidden, Status: models.Active, Attributes: models.Attributes{"userName": name}}
	if anchor != "" {
		u.Attributes["externalId"] = anchor
	}
	_ = u.Extract()
	return u
}

func disabled(u *models.User, by models.PreservedBy) *models.User {
	u.Status, u.PreservedBy = models.Preserved, by
	return u
}

func TestMatch(t *testing.T) {
	client := models.Actor{Kind: models.TokenActor}
	admin := models.Actor{Kind: models.AdminActor}
	const auto, ask, never = models.AdoptAutomatic, models.AdoptAsk, models.AdoptRefuse
	const email, number = models.MatchByEmail, models.MatchByEmployeeNumber
	tests := []struct {
		name             string
		anchor           string
		by               models.Actor
		adoption         string
		byAnchor, byName *models.User
		attribute        string
		byAttribute      []models.User
		want             directory.Fate
		code             string
		user, release    int64
		queue            string // kind and claim
	}{
		{name: "nobody", want: directory.Create},
		{name: "nobody, with anchor", anchor: "a", want: directory.Create},
		{name: "managed by name", byName: person(1, "ada", "", models.SCIM, false), want: directory.Refuse, code: "userNameTaken"},
		{
			name: "managed by name, same anchor", anchor: "a", byAnchor: person(1, "ada", "a", models.SCIM, false), byName: person(1, "ada", "a", models.SCIM, false),
			want: directory.Refuse, code: "userNameTaken",
		},
		{name: "managed by anchor, renamed", anchor: "a", byAnchor: person(1, "old", "a", models.SCIM, false), want: directory.Refuse, code: "externalIdTaken"},
		{name: "disabled by anchor, renamed", anchor: "a", byAnchor: disabled(person(1, "old", "a", models.SCIM, false), models.ByDirectory), want: directory.Revive, user: 1},
		{
			name: "disabled by anchor, name held by a former", anchor: "a", byAnchor: disabled(person(1, "old", "a", models.SCIM, false), models.ByDirectory),
			byName: person(2, "ada", "b", models.SCIM, true), want: directory.Revive, user: 1, release: 2,
		},
		{
			name: "disabled by anchor, same name", anchor: "a", byAnchor: disabled(person(1, "ada", "a", models.SCIM, false), models.ByDirectory),
			byName: person(1, "ada", "a", models.SCIM, false), want: directory.Refuse, code: "userNameTaken",
		},
		{name: "preserved by an administrator, renamed", anchor: "a", byAnchor: disabled(person(1, "old", "a", models.SCIM, false), models.ByAdmin), want: directory.Refuse, code: "externalIdTaken"},
		{name: "manual by name", byName: person(1, "ada", "", models.Manual, false), want: directory.Adopt, user: 1},
		{name: "manual by name, anchor arrives", anchor: "a", byName: person(1, "ada", "", models.Manual, false), want: directory.Adopt, user: 1},
		{name: "manual by anchor", anchor: "a", byAnchor: person(1, "old", "a", models.Manual, false), want: directory.Adopt, user: 1},
		{name: "manual, adoption refused", adoption: never, byName: person(1, "ada", "", models.Manual, false), want: directory.Refuse, code: "adoptionRefused"},
		{name: "manual of another anchor", anchor: "a", byName: person(1, "ada", "b", models.Manual, false), want: directory.Refuse, code: "userNameTaken", queue: "conflict userName"},
		{name: "admin meets manual", by: admin, byName: person(1, "ada", "", models.Manual, false), want: directory.Refuse, code: "userNameTaken"},
		{name: "admin meets managed", by: admin, byName: person(1, "ada", "", models.SCIM, false), want: directory.Refuse, code: "userNameTaken"},
		{name: "former by anchor", anchor: "a", byAnchor: person(1, "old", "a", models.SCIM, true), want: directory.Revive, user: 1},
		{name: "former by name", byName: person(1, "ada", "a", models.SCIM, true), want: directory.Revive, user: 1},
		{name: "former by name, adoption refused", adoption: never, byName: person(1, "ada", "", models.SCIM, true), want: directory.Revive, user: 1},
		{name: "admin meets former", by: admin, byName: person(1, "ada", "", models.SCIM, true), want: directory.Revive, user: 1},
		{name: "former of another anchor", anchor: "b", byName: person(1, "ada", "a", models.SCIM, true), want: directory.Create, release: 1},
		{
			name: "anchor and name are two living people", anchor: "a", byAnchor: person(1, "old", "a", models.SCIM, false), byName: person(2, "ada", "b", models.SCIM, false),
			want: directory.Refuse, code: "userNameTaken", queue: "conflict userName",
		},
		{
			name: "former by anchor, name taken by a living one", anchor: "a", byAnchor: person(1, "old", "a", models.SCIM, true), byName: person(2, "ada", "b", models.Manual, false),
			want: directory.Refuse, code: "userNameTaken", queue: "conflict userName",
		},
		{
			name: "former by anchor, name held by another former", anchor: "a", byAnchor: person(1, "old", "a", models.SCIM, true), byName: person(2, "ada", "b", models.SCIM, true),
			want: directory.Revive, user: 1, release: 2,
		},
		{
			name: "manual by anchor, name held by a former", anchor: "a", byAnchor: person(1, "old", "a", models.Manual, false), byName: person(2, "ada", "b", models.SCIM, true),
			want: directory.Adopt, user: 1, release: 2,
		},
		{name: "asked, by name", adoption: ask, byName: person(1, "ada", "", models.Manual, false), want: directory.Refuse, code: "adoptionPending", queue: "adoption userName"},
		{name: "asked, by anchor", adoption: ask, anchor: "a", byAnchor: person(1, "old", "a", models.Manual, false), want: directory.Refuse, code: "adoptionPending", queue: "adoption externalId"},
		{name: "asked, former", adoption: ask, byName: person(1, "ada", "a", models.SCIM, true), want: directory.Revive, user: 1},
		{name: "admin meets manual, asked", adoption: ask, by: admin, byName: person(1, "ada", "", models.Manual, false), want: directory.Refuse, code: "userNameTaken"},

		{name: "manual by number", attribute: number, byAttribute: people(person(1, "old", "", models.Manual, false)), want: directory.Adopt, user: 1},
		{name: "manual by number, other anchor", attribute: number, anchor: "b", byAttribute: people(person(1, "old", "a", models.Manual, false)), want: directory.Adopt, user: 1},
		{name: "manual by number, asked", adoption: ask, attribute: number, byAttribute: people(person(1, "old", "", models.Manual, false)), want: directory.Refuse, code: "adoptionPending", queue: "adoption employeeNumber"},
		{name: "manual by number, refused", adoption: never, attribute: number, byAttribute: people(person(1, "old", "", models.Manual, false)), want: directory.Refuse, code: "adoptionRefused"},
		{name: "former by number, other anchor", attribute: number, anchor: "b", byAttribute: people(person(1, "old", "a", models.SCIM, true)), want: directory.Revive, user: 1},
		{name: "former by number, asked", adoption: ask, attribute: number, byAttribute: people(person(1, "old", "a", models.SCIM, true)), want: directory.Revive, user: 1},
		{
			name: "former by number and name, other anchor", attribute: number, anchor: "b", byName: person(1, "ada", "a", models.SCIM, true),
			byAttribute: people(person(1, "ada", "a", models.SCIM, true)), want: directory.Revive, user: 1,
		},
		{
			name: "manual by number, a former one has the name", attribute: number, anchor: "b", byName: person(2, "ada", "a", models.SCIM, true),
			byAttribute: people(person(1, "old", "", models.Manual, false)), want: directory.Adopt, user: 1, release: 2,
		},
		{
			name: "manual by number, a living one has the name", attribute: number, anchor: "b", byName: person(2, "ada", "a", models.SCIM, false),
			byAttribute: people(person(1, "old", "", models.Manual, false)), want: directory.Refuse, code: "userNameTaken", queue: "conflict userName",
		},
		{name: "two by number", attribute: number, byAttribute: people(person(1, "old", "", models.Manual, false), person(2, "older", "", models.Manual, false)), want: directory.Create},
		{name: "one here and one gone by number", attribute: number, byAttribute: people(person(1, "old", "", models.Manual, false), person(2, "older", "", models.SCIM, true)), want: directory.Adopt, user: 1},
		{name: "by e-mail, other name", attribute: email, byAttribute: people(person(1, "old", "", models.Manual, false)), want: directory.Refuse, code: "adoptionPending", queue: "adoption emails"},
		{name: "by e-mail, refused", adoption: never, attribute: email, byAttribute: people(person(1, "old", "", models.Manual, false)), want: directory.Refuse, code: "adoptionRefused"},
		{name: "former by e-mail, other name", attribute: email, byAttribute: people(person(1, "old", "", models.SCIM, true)), want: directory.Refuse, code: "adoptionPending", queue: "adoption emails"},
		{name: "former by e-mail, refused", adoption: never, attribute: email, byAttribute: people(person(1, "old", "", models.SCIM, true)), want: directory.Create},
		{name: "former by e-mail, other anchor", attribute: email, anchor: "b", byAttribute: people(person(1, "old", "a", models.SCIM, true)), want: directory.Create},
		{
			name: "former by e-mail and name, other anchor", attribute: email, anchor: "b", byName: person(1, "ada", "a", models.SCIM, true),
			byAttribute: people(person(1, "ada", "a", models.SCIM, true)), want: directory.Create, release: 1,
		},
		{
			name: "manual by e-mail and name, other anchor", attribute: email, anchor: "b", byName: person(1, "ada", "a", models.Manual, false),
			byAttribute: people(person(1, "ada", "a", models.Manual, false)), want: directory.Refuse, code: "adoptionPending", queue: "adoption emails",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.by.Kind == "" {
				tt.by = client
			}
			if tt.adoption == "" {
				tt.adoption = auto
			}
			in := person(0, "ada", tt.anchor, "", false)
			in.Email, in.EmailKey, in.EmployeeNumber = "ada@example.com", "ada@example.com", "4711"
			v := directory.Match(in, directory.Candidates{ByAnchor: tt.byAnchor, ByName: tt.byName, ByAttribute: tt.byAttribute},
				models.OrganizationSettings{Adoption: tt.adoption, MatchAttribute: tt.attribute}, tt.by)
			got := []any{v.Fate, key(v.User), key(v.Release), ""}
			if v.Refusal != nil {
				got[3] = v.Refusal.Code
				if v.Refusal.Kind != models.Uniqueness || v.Refusal.Advice == "" || !strings.Contains(v.Refusal.Msg, "id-") && tt.code != "adoptionRefused" {
					t.Errorf("the refusal %q (advice %q) does not name the holder and a way out", v.Refusal.Msg, v.Refusal.Advice)
				}
			}
			if diff := cmp.Diff([]any{tt.want, tt.user, tt.release, tt.code}, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
			if got := strings.TrimSpace(string(v.Queue) + " " + v.Claim); got != tt.queue || v.Queue != "" && v.Holder == nil {
				t.Errorf("waits in the queue as %q, want %q", got, tt.queue)
			}
			if v.Text == "" {
				t.Error("the verdict has no words for the log")
			}
		})
	}
}

func key(u *models.User) int64 {
	if u == nil {
		return 0
	}
	return u.Key
}

func people(list ...*models.User) (out []models.User) {
	for _, u := range list {
		out = append(out, *u)
	}
	return out
}
