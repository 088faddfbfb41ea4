package scim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models/scim"
)

var bulkLimits = scim.BulkLimits{Operations: 10, Bytes: 1 << 20}

func bulk(t *testing.T, ops ...string) scim.Bulk {
	t.Helper()
	b, err := scim.DecodeBulk(`{"schemas":["`+scim.BulkURN+`"],"failOnErrors":2,"Operations":[`+strings.Join(ops, ",")+`]}`, bulkLimits)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func refusals(b scim.Bulk) []string {
	out := make([]string, len(b.Operations))
	for i, o := range b.Operations {
		if o.Refusal != nil {
			out[i] = fmt.Sprint(o.Refusal.Status, " ", o.Refusal.Type)
		}
	}
	return out
}

func TestBulkOrder(t *testing.T) {
	post := func(id, refersTo string) string {
		return `{"method":"POST","path":"/Groups","bulkId":"` + id + `","data":{"displayName":"` + id + `","members":[{"value":"bulkId:` + refersTo + `"}]}}`
	}
	user := func(id, manager string) string {
		return `{"method":"POST","path":"/users/","bulkId":"` + id + `","data":{"userName":"` + id + `","` + scim.EnterpriseURN + `":{"manager":{"value":"bulkId:` + manager + `"}}}}`
	}
	tests := []struct {
		name    string
		ops     []string
		order   []int
		refused []string
	}{
		{"as they stand", []string{post("a", "b9"), `{"method":"DELETE","path":"/Users/1"}`}, []int{0, 1}, []string{"", ""}},
		{"forward", []string{post("a", "b"), post("b", "c"), `{"method":"post","path":"/Users","bulkId":"c","data":{"userName":"c"}}`}, []int{2, 1, 0}, []string{"", "", ""}},
		{"circle", []string{post("a", "b"), post("b", "a"), post("c", "a")}, []int{1, 0, 2}, []string{"409 ", "409 ", ""}},
		{"managers in a circle", []string{user("a", "b"), user("b", "c"), user("c", "a")}, []int{2, 1, 0}, []string{"", "", ""}},
		{"one's own manager", []string{user("a", "a")}, []int{0}, []string{""}},
		{"itself", []string{post("a", "a")}, []int{0}, []string{"409 "}},
		{"in a path", []string{`{"method":"PATCH","path":"/Groups/bulkId:a","data":{"Operations":[]}}`, post("a", "x")}, []int{1, 0}, []string{"", ""}},
		{"twins", []string{post("a", "x"), post("a", "y")}, []int{0, 1}, []string{"", "400 invalidValue"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := bulk(t, tt.ops...)
			if b.FailOnErrors != 2 {
				t.Errorf("failOnErrors is %d", b.FailOnErrors)
			}
			if diff := cmp.Diff(tt.order, b.Order()); diff != "" {
				t.Errorf("order (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.refused, refusals(b)); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBulkOperationsThatCannotBeTried(t *testing.T) {
	b := bulk(t,
		`"text"`,
		`{"path":"/Users","bulkId":"1","data":{}}`,
		`{"method":"GET","path":"/Users/1"}`,
		`{"method":"POST","path":"/Users","data":{}}`,
		`{"method":"POST","bulkId":"2","data":{}}`,
		`{"method":"PUT","path":"/Users/1"}`,
		`{"method":"PUT","path":"/Users/1","data":"{\"userName\":\"as text\"}"}`,
	)
	want := []string{"400 invalidSyntax", "400 invalidSyntax", "400 invalidSyntax", "400 invalidSyntax", "400 invalidSyntax", "400 invalidSyntax", ""}
	if diff := cmp.Diff(want, refusals(b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBulkResolve(t *testing.T) {
	b := bulk(t, `{"method":"PATCH","path":"/Groups/bulkId:g","data":{"Operations":[
		{"op":"add","path":"members[value eq \"bulkId:u\"]","value":["bulkId:u",{"$ref":null,"value":"bulkId:u"},"about bulkId:u",1.50,true]}]}}`)
	path, body, err := b.Operations[0].Resolve(map[string]string{"g": "G1", "u": "U1"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Operations":[{"op":"add","path":"members[value eq \"U1\"]","value":["U1",{"$ref":null,"value":"U1"},"about bulkId:u",1.50,true]}]}`
	if path != "/Groups/G1" || string(body) != want {
		t.Errorf("%s\n%s\nwant %s", path, body, want)
	}
	_, _, err = b.Operations[0].Resolve(map[string]string{"g": "G1"})
	wantError(t, err, 400, scim.InvalidValue, `"u" stands for no record`)
}

func TestBulkCirclesOfUsersAreLinkedLater(t *testing.T) {
	const data = `{"userName":"a","title":"bulkId:b","x":[{"value":"bulkId:b","type":"y"},{"value":"bulkId:c"},"bulkId:b"],"manager":{"value":"bulkId:b"},"assistant":"bulkId:b","name":{"givenName":"A"}}`
	b := bulk(t, `{"method":"POST","path":"/Users","bulkId":"b","data":{"manager":"bulkId:a"}}`, `{"method":"POST","path":"/users/","bulkId":"a","data":`+data+`}`, `{"method":"POST","path":"/Users","bulkId":"c","data":{}}`)
	if diff := cmp.Diff([]int{2, 1, 0}, b.Order()); diff != "" {
		t.Fatal(diff)
	}
	made := map[string]string{"c": "C1"}
	_, body, err := b.Operations[1].Resolve(made)
	if want := `{"userName":"a","x":[{"value":"C1"}],"name":{"givenName":"A"}}`; err != nil || string(body) != want {
		t.Errorf("first %s, %v, want %s", body, err, want)
	}
	link := b.Operations[1].Link("A1")
	if b.Operations[1].Linkable(made) || !b.Operations[2].Linkable(made) {
		t.Error("linked before what it refers to is made")
	}
	_, _, err = link.Resolve(made)
	wantError(t, err, 400, scim.InvalidValue, `"b" stands for no record`)
	made["b"] = "B1"
	path, body, err := link.Resolve(made)
	const want = `{"schemas":["` + scim.PatchURN + `"],"Operations":[{"op":"add","value":{"title":"B1","x":[{"value":"B1","type":"y"},"B1"],"manager":{"value":"B1"},"assistant":"B1"}}]}`
	if err != nil || link.Method != "PATCH" || path != "/users/A1" || string(body) != want {
		t.Errorf("then %s %s %s, %v, want %s", link.Method, path, body, err, want)
	}
}

func TestBulkLimits(t *testing.T) {
	_, err := scim.DecodeBulk(`{"Operations":[`+strings.Repeat(`1,`, 10)+`1]}`, bulkLimits)
	wantError(t, err, 413, "", "11 operations, at most 10")
	_, err = scim.DecodeBulk(`{"Operations":[]}`, bulkLimits)
	wantError(t, err, 400, scim.InvalidSyntax, "no operations")
	_, err = scim.DecodeBulk(`{"Operations":"`+strings.Repeat("x", 1<<20)+`"}`, bulkLimits)
	wantError(t, err, 413, "", "at most 1048576")
}

func TestBulkResponse(t *testing.T) {
	got := string(scim.BulkResponse([]scim.BulkResult{
		{Method: "POST", BulkID: "q", Location: "https://h/Users/1", Version: `W/"1"`, Status: 201},
		{Method: "DELETE", Status: 404, Response: []byte(`{"status":"404"}`)},
	}))
	want := `{"schemas":["` + scim.BulkResponseURN + `"],"Operations":[` +
		`{"location":"https://h/Users/1","method":"POST","bulkId":"q","version":"W/\"1\"","status":"201"},` +
		`{"method":"DELETE","status":"404","response":{"status":"404"}}]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDecodeSearch(t *testing.T) {
	s, err := scim.DecodeSearch(`{"schemas":["`+scim.SearchURN+`"],"Attributes":["userName","name"],"excludedAttributes":"emails",
		"filter":"userName pr","sortBy":"userName","sortOrder":"Descending","startindex":"2","count":0,"cursor":"","extra":{}}`, scim.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := scim.Search{
		Attributes: []string{"userName", "name"}, Excluded: []string{"emails"}, Filter: "userName pr",
		SortBy: "userName", Descending: true, Start: new(2), Count: new(0), Cursor: new(""),
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for body, says := range map[string]string{
		`{"filter":7}`:             "filter: 7 is not text",
		`{"count":"many"}`:         `count: "many" is not a whole number`,
		`{"sortOrder":"up"}`:       `"up" is no order`,
		`{"attributes":{"a":1}}`:   "no list of names",
		`{"startIndex":1.5}`:       "startIndex: 1.5",
		`{"excludedAttributes":1}`: "no list of names",
	} {
		_, err := scim.DecodeSearch(body, scim.Limits{})
		wantError(t, err, 400, scim.InvalidValue, says)
	}
}
