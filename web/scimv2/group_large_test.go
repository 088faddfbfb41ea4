package scimv2_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"muster/models/directory/directorytest"
)

// A group of more members than are held at once goes out while they are read, and is
// what it would be in one piece: everybody once, without those who were deleted at the
// source, and with what was asked for of each.
func TestALargeGroupGoesOutInParts(t *testing.T) {
	s := newServer(t, directorytest.SQLite(t))
	const many = 1200
	var ids, values []string
	for i := range many {
		ids = append(ids, s.create(t, "/Users", fmt.Sprintf(`{%s,"userName":"u%d","displayName":"A <b> %d"}`, core, i, i)))
		values = append(values, `{"value":"`+ids[i]+`"}`)
	}
	path := "/Groups/" + s.create(t, "/Groups", `{`+coreGroup+`,"displayName":"All","members":[`+strings.Join(values, ",")+`]}`)
	s.ask(t, "204", "DELETE", "/Users/"+ids[700], "")
	for _, c := range []struct{ query, has string }{
		{"", "display,value,type,$ref"},
		{"?attributes=members", "display,value,type,$ref"},
		{"?attributes=members.value", "value"},
		{"?excludedAttributes=meta,members.display", "value,type,$ref"},
	} {
		w := s.send(http.MethodGet, "/scim/v2"+path+c.query, nil, "")
		var got struct {
			ID      string
			Members []map[string]string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s: %d, %v", c.query, w.Code, err)
		}
		if w.Body.Len() > 64<<10 && w.Header().Get("Content-Length") != "" {
			t.Errorf("%s: the group was put together before any of it was sent", c.query)
		}
		seen := map[string]bool{}
		for _, m := range got.Members {
			seen[m["value"]] = true
			for name := range strings.SplitSeq(c.has, ",") {
				if m[name] == "" || len(m) != len(strings.Split(c.has, ",")) {
					t.Fatalf("%s: member %v, want %s", c.query, m, c.has)
				}
			}
		}
		if len(got.Members) != many-1 || len(seen) != many-1 || seen[ids[700]] || got.ID != path[len("/Groups/"):] {
			t.Errorf("%s: %d members, %d different", c.query, len(got.Members), len(seen))
		}
	}
}
