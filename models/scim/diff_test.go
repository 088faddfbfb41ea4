package scim_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muster/models/scim"
)

func TestDiff(t *testing.T) {
	type c = scim.Change
	tests := []struct {
		name, old, new string
		want           []c
	}{
		{"the same", barbara, barbara, nil},
		{"simple", `{"userName":"a","active":true,"title":"T"}`, `{"userName":"b","active":false,"nickName":"N"}`, []c{
			{"active", true, false}, {"nickName", nil, "N"}, {"title", "T", nil}, {"userName", "a", "b"},
		}},
		{"parts", `{"name":{"givenName":"A","familyName":"F"}}`, `{"name":{"givenName":"B","familyName":"F"}}`, []c{{"name.givenName", "A", "B"}}},
		{"new complex", `{}`, `{"name":{"givenName":"B"}}`, []c{{"name.givenName", nil, "B"}}},
		{"by type", `{"emails":[{"type":"work","value":"a"},{"type":"home","value":"h"}]}`, `{"emails":[{"type":"home","value":"h"},{"type":"work","value":"b","primary":true}]}`, []c{
			{`emails[type eq "work"].primary`, nil, true}, {`emails[type eq "work"].value`, "a", "b"},
		}},
		{"all e-mails gone", `{"emails":[{"type":"work","value":"a"}]}`, `{}`, []c{{`emails[type eq "work"].value`, "a", nil}}},
		{"by value", `{"roles":[{"value":"a"},{"value":"b"}]}`, `{"roles":[{"value":"b"},{"value":"c"}]}`, []c{
			{`roles[value eq "a"].value`, "a", nil}, {`roles[value eq "c"].value`, nil, "c"},
		}},
		{"types repeated", `{"emails":[{"type":"work","value":"a"},{"type":"work","value":"b"}]}`, `{"emails":[{"type":"work","value":"a"}]}`, []c{{`emails[value eq "b"].type`, "work", nil}}},
		{"by place", `{"addresses":[{"region":"R"}]}`, `{"addresses":[{"region":"S"}]}`, []c{
			{"addresses[1]", map[string]any{"region": "R"}, map[string]any{"region": "S"}},
		}},
		{"one more by place", `{"urn:x:Y":{"tags":["a"]}}`, `{"urn:x:Y":{"tags":["a","b"],"level":3}}`, []c{{"level", nil, json.Number("3")}, {"tags[2]", nil, "b"}}},
		{"extension by short name", `{"` + ent + `":{"department":"HR","manager":{"value":"m1"}}}`, `{"` + ent + `":{"department":"IT"}}`, []c{
			{"department", "HR", "IT"}, {"manager.value", "m1", nil},
		}},
		{"no secrets, nothing of the server's", `{"id":"1","meta":{"version":"1"},"password":"a","urn:x:Y":{"clientSecret":"s"}}`, `{"schemas":["s"],"password":"b"}`, nil},
		{"shape changed", `{"title":"T"}`, `{"title":["T"]}`, []c{{"title", "T", []any{"T"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, scim.Diff(asDoc(t, tt.old), asDoc(t, tt.new)), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
