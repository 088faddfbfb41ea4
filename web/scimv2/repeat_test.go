package scimv2_test

import (
	"testing"
)

// A client that lost an answer sends the request again: each write has one effect
// and one entry in the log (reliability figure R22).
func TestRepeatedWritesHaveOneEffect(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		user := s.create(t, "/Users", `{"userName":"ada@example.com","externalId":"a1"}`)
		group := s.create(t, "/Groups", `{"displayName":"Team"}`)
		for _, c := range []struct {
			name, method, path, body string
			first, again             int
		}{
			{"create", "POST", "/Users", `{"userName":"bob@example.com","externalId":"b1"}`, 201, 409},
			{"replace", "PUT", "/Users/" + user, `{"userName":"ada@example.com","externalId":"a1","title":"Countess"}`, 200, 200},
			{"patch", "PATCH", "/Users/" + user, `{"Operations":[{"op":"Add","path":"emails","value":[{"type":"work","value":"ada@example.com"}]}]}`, 200, 200},
			{"add a member", "PATCH", "/Groups/" + group, `{"Operations":[{"op":"Add","path":"members","value":[{"value":"` + user + `"}]}]}`, 204, 204},
			{"remove a member", "PATCH", "/Groups/" + group, `{"Operations":[{"op":"Remove","path":"members","value":[{"value":"` + user + `"}]}]}`, 204, 204},
			{"disable", "PATCH", "/Users/" + user, `{"Operations":[{"op":"Replace","path":"active","value":"False"}]}`, 200, 200},
			{"delete", "DELETE", "/Users/" + user, ``, 204, 404},
			{"delete a group", "DELETE", "/Groups/" + group, ``, 204, 404},
		} {
			done := func() int64 { return s.Int(t, "SELECT count(*) FROM log_entries WHERE status <> 'failure'") }
			before := done()
			if w := s.send(c.method, "/scim/v2"+c.path, nil, c.body); w.Code != c.first {
				t.Fatalf("%s was answered %d: %s", c.name, w.Code, w.Body)
			}
			once := done()
			if once != before+1 {
				t.Errorf("%s left %d entries", c.name, once-before)
			}
			if w := s.send(c.method, "/scim/v2"+c.path, nil, c.body); w.Code != c.again {
				t.Errorf("%s again was answered %d, want %d: %s", c.name, w.Code, c.again, w.Body)
			}
			if n := done(); n != once {
				t.Errorf("%s again left %d more entries", c.name, n-once)
			}
		}
	})
}

// RFC 9110 §13.1.1: If-Match binds reading too.
func TestReadingHoldsIfMatch(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		for path, body := range map[string]string{"/Users": `{"userName":"ada"}`, "/Groups": `{"displayName":"Team"}`} {
			at := "/scim/v2" + path + "/" + s.create(t, path, body)
			tag := s.send("GET", at, nil, "").Header().Get("ETag")
			for match, status := range map[string]int{tag: 200, "*": 200, `W/"77"`: 412} {
				if w := s.send("GET", at, map[string]string{"If-Match": match}, ""); w.Code != status {
					t.Errorf("GET %s If-Match %s was answered %d", path, match, w.Code)
				}
			}
		}
	})
}
