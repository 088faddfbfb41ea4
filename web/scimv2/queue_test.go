package scimv2_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"muster/models"
	"muster/models/store"
)

// scimRefusal is an error answer (RFC 7644 §3.12).
type scimRefusal struct{ ScimType, Detail, Status string }

func (s *server) refusedAs(t *testing.T, method, target, body, words string) scimRefusal {
	t.Helper()
	w := s.send(method, "/scim/v2"+target, nil, body)
	var e scimRefusal
	if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || w.Code != http.StatusConflict || e.ScimType != "uniqueness" || !strings.Contains(e.Detail, words) {
		t.Errorf("%s %s was answered %d %s, want a 409 uniqueness that says %q", method, target, w.Code, w.Body, words)
	}
	return e
}

// Whatever a create collides with, a filter finds (product.md, rule 7).
func TestWhatACreateCollidesWithAFilterFinds(t *testing.T) {
	const enterprise = `"` + models.EnterpriseURN + `":{"employeeNumber":"E 17"}`
	holder := `{"userName":"ada@example.com","externalId":"a","emails":[{"value":"Ada@Example.com","type":"work"}],` + enterprise + `}`
	tests := []struct{ name, body, filter string }{
		{"userName", `{"userName":"ada@example.com","externalId":"b"}`, `userName eq "ada@example.com"`},
		{"userName in another case", `{"userName":"ADA@Example.COM","externalId":"b"}`, `userName eq "ADA@Example.COM"`},
		{"userName in another width", `{"userName":"ａda@example.com","externalId":"b"}`, `userName eq "ａda@example.com"`},
		{"externalId", `{"userName":"other","externalId":"a"}`, `externalId eq "a"`},
		{"e-mail", `{"userName":"other","externalId":"b","emails":[{"value":"ada@example.com","type":"work"}]}`, `emails[type eq "work"].value eq "ada@example.com"`},
		{"e-mail of any type", `{"userName":"other","externalId":"b","emails":[{"value":"ADA@example.com"}]}`, `emails.value eq "ADA@example.com"`},
		{"employee number", `{"userName":"other","externalId":"b",` + enterprise + `}`, models.EnterpriseURN + `:employeeNumber eq "E 17"`},
	}
	for _, hand := range []bool{false, true} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s, managed by hand %t", tt.name, hand), func(t *testing.T) {
				eachServer(t, func(t *testing.T, s *server) {
					s.create(t, "/Users", holder)
					s.Configure(t, func(o *models.Organization) {
						o.Settings.UniqueEmail, o.Settings.UniqueEmployeeNo, o.Settings.Adoption = true, true, models.AdoptRefuse
					})
					if hand {
						s.byHand(t)
					}
					s.refusedAs(t, http.MethodPost, "/Users", tt.body, "ada@example.com")
					if names, total := s.page(t, "filter="+tt.filter); total != 1 || names[0] != "ada@example.com" {
						t.Errorf("%s finds %v (%d)", tt.filter, names, total)
					}
				})
			})
		}
	}
}

// byHand lets the method go and come back: nobody manages the users then.
func (s *server) byHand(t *testing.T) {
	t.Helper()
	err := s.Keep(t.Context(), func(tx *store.Tx) error {
		return tx.EndTerm(s.Org.Key, "scim")
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Whom the directory deleted holds their source anchor, but no filter finds them:
// the refusal says the way that leads to them.
func TestAnchorOfSomebodyDeleted(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		gone := s.create(t, "/Users", `{"userName":"ada@example.com","externalId":"a"}`)
		id := s.create(t, "/Users", `{"userName":"bob@example.com"}`)
		if w := s.send(http.MethodDelete, "/scim/v2/Users/"+gone, nil, ""); w.Code != http.StatusNoContent {
			t.Fatalf("deleting: %d %s", w.Code, w.Body)
		}
		s.refusedAs(t, http.MethodPut, "/Users/"+id, `{"userName":"bob@example.com","externalId":"a"}`, "create them again: no filter finds them")
		if back := s.create(t, "/Users", `{"userName":"countess@example.com","externalId":"a"}`); back != gone {
			t.Errorf("created again, they are %s, not %s", back, gone)
		}
		s.refusedAs(t, http.MethodPut, "/Users/"+id, `{"userName":"bob@example.com","externalId":"a"}`, "look them up with a filter")
	})
}

// The story of Entra ID and a user made by hand: it finds the user, changes them,
// is told to wait, and after the decision its next attempt goes through.
func TestAskedAdoptionOverSCIM(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		id := s.create(t, "/Users", `{"userName":"ada@example.com"}`)
		s.byHand(t)
		s.Configure(t, func(o *models.Organization) { o.Settings.Adoption = models.AdoptAsk })
		const waits = "waits for an administrator's decision in the queue"
		patch := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Add","path":"externalId","value":"a"},{"op":"Replace","path":"title","value":"Countess"}]}`
		s.refusedAs(t, http.MethodPatch, "/Users/"+id, patch, waits)
		s.refusedAs(t, http.MethodPut, "/Users/"+id, `{"userName":"ada@example.com","externalId":"a"}`, waits)
		s.refusedAs(t, http.MethodPost, "/Users", `{"userName":"ada@example.com","externalId":"a","active":true}`, waits)
		s.refusedAs(t, http.MethodDelete, "/Users/"+id, "", waits)
		s.refusedAs(t, http.MethodPatch, "/Users/"+id, patch, waits)
		found, err := s.Queue(t.Context(), s.Org.Key, models.QueueQuery{})
		if err != nil || len(found.Items) != 1 || found.Items[0].Attempts != 5 || found.Items[0].RequestID == "" {
			t.Fatalf("the queue holds %+v (%v)", found.Items, err)
		}
		if done, err := s.AcceptAdoption(t.Context(), s.Admin(), []string{found.Items[0].ID}); err != nil || done.Done != 1 {
			t.Fatalf("accepted: %+v, %v", done, err)
		}
		w := s.send(http.MethodPatch, "/scim/v2/Users/"+id, nil, patch)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"title":"Countess"`) {
			t.Errorf("after the decision: %d %s", w.Code, w.Body)
		}
		if u := s.User(t, id); u.Mode != models.SCIM || u.ExternalID != "a" || u.Status != models.Active {
			t.Errorf("the user is %s, %q, %s", u.Mode, u.ExternalID, u.Status)
		}
	})
}
