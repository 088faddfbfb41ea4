package scim_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models/filter"
	"muster/models/scim"
)

const hr = "urn:example:params:scim:schemas:extension:hr:2.0:User"

// custom is a User type with an extension that uses every characteristic.
func custom() *scim.Type {
	attr := func(name string, typ filter.Type, change func(*scim.Attribute)) scim.Attribute {
		a := scim.Attribute{Name: name, Type: typ, Description: name, Mutability: scim.ReadWrite, Returned: scim.Default, Uniqueness: scim.None}
		if change != nil {
			change(&a)
		}
		return a
	}
	return scim.User(scim.Schema{ID: hr, Name: "HR", Description: "HR", Attributes: []scim.Attribute{
		attr("badge", filter.String, func(a *scim.Attribute) { a.Required = true }),
		attr("born", filter.DateTime, func(a *scim.Attribute) { a.Mutability = scim.Immutable }),
		attr("score", filter.Integer, func(a *scim.Attribute) { a.Mutability = scim.ReadOnly }),
		attr("salary", filter.Decimal, func(a *scim.Attribute) { a.Returned = scim.Request }),
		attr("pin", filter.String, func(a *scim.Attribute) { a.Returned = scim.Never }),
		attr("tag", filter.String, func(a *scim.Attribute) { a.Returned = scim.Always }),
		attr("phones", filter.String, func(a *scim.Attribute) { a.MultiValued, a.Required = true, true }),
		attr("desk", filter.Complex, func(a *scim.Attribute) {
			a.SubAttributes = []scim.Attribute{
				attr("floor", filter.Integer, nil),
				attr("key", filter.String, func(a *scim.Attribute) { a.Returned = scim.Never }),
				attr("map", filter.Reference, func(a *scim.Attribute) { a.Returned, a.ReferenceTypes = scim.Request, []string{"uri"} }),
				attr("serial", filter.String, func(a *scim.Attribute) { a.Mutability = scim.Immutable }),
			}
		}),
	}})
}

const employee = `{"userName":"e","` + hr + `":{"badge":"7","born":"2000-01-01T00:00:00Z","score":5,"salary":10.5,"pin":"1234","tag":"t","phones":["1","2"],` +
	`"desk":{"floor":3,"key":"k","map":"https://m","serial":"s-1"}}}`

// The characteristics of a schema are held from the schema, not by hand.
func TestCharacteristicsOfCustomSchemas(t *testing.T) {
	typ := custom()
	ext := func(body string) string { return `{"userName":"e","` + hr + `":` + body + `}` }
	for _, tt := range []struct{ name, body, says string }{
		{"an extension in use lacks what it requires", ext(`{"phones":["1"]}`), "badge"},
		{"a required list is empty", ext(`{"badge":"7","phones":[]}`), "phones"},
	} {
		_, _, err := typ.Decode(tt.body, scim.Limits{})
		t.Run(tt.name, func(t *testing.T) { wantError(t, err, 400, scim.InvalidValue, tt.says) })
	}
	if _, _, err := typ.Decode(`{"userName":"e"}`, scim.Limits{}); err != nil {
		t.Errorf("an extension that is not in use: %v", err)
	}
	for _, tt := range []struct{ ops, scimType string }{
		{`{"op":"remove","path":"` + hr + `:badge"}`, scim.Mutability},
		{`{"op":"remove","path":"` + hr + `:phones[value pr]"}`, scim.Mutability},
		{`{"op":"remove","path":"phones","value":["1","2"]}`, scim.Mutability},
		{`{"op":"replace","path":"` + hr + `:born","value":"2001-01-01T00:00:00Z"}`, scim.Mutability},
		{`{"op":"remove","path":"` + hr + `:born"}`, scim.Mutability},
		{`{"op":"replace","path":"` + hr + `:desk.serial","value":"s-2"}`, scim.Mutability},
		{`{"op":"replace","path":"` + hr + `:score","value":6}`, scim.Mutability},
		{`{"op":"replace","path":"` + hr + `:desk.floor","value":1.5}`, scim.InvalidValue},
		{`{"op":"replace","path":"` + hr + `:desk.floor","value":"1e2"}`, scim.InvalidValue},
	} {
		_, _, err := patch(t, typ, asDoc(t, employee), tt.ops)
		t.Run(tt.ops, func(t *testing.T) { wantError(t, err, 400, tt.scimType, "") })
	}
	same := `{"op":"replace","path":"` + hr + `:born","value":"2000-01-01T00:00:00Z"}`
	if _, _, err := patch(t, typ, asDoc(t, employee), same); err != nil {
		t.Errorf("an immutable value given again: %v", err)
	}
	_, _, err := patch(t, typ, asDoc(t, employee), `{"op":"remove","path":"`+hr+`"}`)
	wantError(t, err, 400, scim.Mutability, "born")
}

func TestReplaceHoldsMutability(t *testing.T) {
	typ := custom()
	put := func(body string) (scim.Document, error) {
		doc, _, err := typ.Decode(body, scim.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return typ.Replace(asDoc(t, employee), doc)
	}
	got, err := put(`{"userName":"f","` + hr + `":{"badge":"8","phones":["3"],"score":99}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := asDoc(t, `{"userName":"f","`+hr+`":{"badge":"8","phones":["3"],"score":5,"born":"2000-01-01T00:00:00Z","desk":{"serial":"s-1"}}}`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read-only and immutable values stay, the rest is replaced (-want +got):\n%s", diff)
	}
	for _, body := range []string{`{"badge":"8","phones":["3"],"born":"1999-01-01T00:00:00Z"}`, `{"badge":"8","phones":["3"],"desk":{"serial":"other"}}`} {
		_, err := put(`{"userName":"f","` + hr + `":` + body + `}`)
		wantError(t, err, 400, scim.Mutability, "set once")
	}
	old := asDoc(t, `{"userName":"e","urn:gone:User":{"a":"1"},"oldName":"x"}`)
	if got, err := typ.Replace(old, asDoc(t, `{"userName":"e"}`)); err != nil || !cmp.Equal(got, old) {
		t.Errorf("what no schema knows any more: %v, %v", got, err)
	}
}

func TestReturnedOfCustomSchemas(t *testing.T) {
	typ := custom()
	doc := asDoc(t, employee)
	if typ.Projection(nil, nil).All() || scim.User().Projection(nil, nil).All() == false {
		t.Error("stored bytes may go out as they are only where all of them may be shown")
	}
	for _, tt := range []struct{ attributes, excluded, want string }{
		{"", "", `{"badge":"7","born":"2000-01-01T00:00:00Z","score":5,"tag":"t","phones":["1","2"],"desk":{"floor":3,"serial":"s-1"}}`},
		{hr + ":salary", "", `{"salary":10.5,"tag":"t"}`},
		{hr + ":pin," + hr + ":badge", "", `{"badge":"7","tag":"t"}`},
		{hr + ":desk.map," + hr + ":desk.key", "", `{"desk":{"map":"https://m"},"tag":"t"}`},
		{hr + ":desk", "", `{"desk":{"floor":3,"serial":"s-1"},"tag":"t"}`},
		{"", hr + ":tag,badge,phones,desk," + hr + ":born", `{"score":5,"tag":"t"}`},
		{"userName", "", `{"tag":"t"}`},
	} {
		got := typ.Project(doc, []string{tt.attributes}, []string{tt.excluded})
		if diff := cmp.Diff(asDoc(t, tt.want), got[hr]); diff != "" {
			t.Errorf("attributes=%s excluded=%s (-want +got):\n%s", tt.attributes, tt.excluded, diff)
		}
	}
}

// RFC 7644 section 3.5.2.3 in its letter, where no client needs it otherwise.
func TestReplaceWithoutMatch(t *testing.T) {
	typ := scim.User()
	for _, ops := range []string{
		`{"op":"replace","path":"emails[value eq \"nobody@x\"].type","value":"work"}`,
		`{"op":"replace","path":"emails[type eq \"other\" and value eq \"nobody@x\"].display","value":"N"}`,
		`{"op":"replace","path":"addresses[type eq \"home\"]","value":{"locality":"L"}}`,
	} {
		_, _, err := patch(t, typ, asDoc(t, barbara), ops)
		wantError(t, err, 400, scim.NoTarget, "add the value first")
	}
	_, _, _, err := scim.SplitMembers(mustOps(t, scim.Group(), `{"op":"replace","path":"members[value eq \"a\"].value","value":"b"}`), scim.Limits{})
	wantError(t, err, 400, scim.Mutability, "set once")
}

func mustOps(t *testing.T, typ *scim.Type, ops string) []scim.Operation {
	t.Helper()
	list, _, err := typ.DecodePatch(`{"Operations":[`+ops+`]}`, scim.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestDataTypes(t *testing.T) {
	typ := custom()
	cert := func(v string) string { return `{"userName":"e","x509Certificates":[{"value":"` + v + `"}]}` }
	for body, want := range map[string]string{
		cert("AQID"):     "AQID",
		cert("AQI="):     "AQI=",
		cert("AQI"):      "AQI",
		cert("-_-_"):     "-_-_",
		cert(`AQ ID\nA`): "AQIDA",
		cert(`-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n`): "AQID",
	} {
		doc, _, err := typ.Decode(body, scim.Limits{})
		if strings.HasSuffix(want, "DA") { // five characters are no base64
			wantError(t, err, 400, scim.InvalidValue, "base64")
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if diff := cmp.Diff(asDoc(t, `{"a":[{"value":"`+want+`"}]}`)["a"], doc["x509Certificates"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
	_, _, err := typ.Decode(cert("no base64!"), scim.Limits{})
	wantError(t, err, 400, scim.InvalidValue, "not base64")
	for value, ok := range map[string]bool{
		"2011-05-13T04:42:34Z": true, "2011-05-13T04:42:34": true, "2011-05-13T04:42:34.1234567+02:00": true, "2011-05-13": false, "04:42:34Z": false, "yesterday": false,
	} {
		_, _, err := typ.Decode(`{"userName":"e","`+hr+`":{"badge":"1","phones":["1"],"born":"`+value+`"}}`, scim.Limits{})
		if (err == nil) != ok {
			t.Errorf("born %s: %v", value, err)
		}
	}
}

// Filters can ask for schemas, as in figure 2 of RFC 7644.
func TestResourceSaysItsSchemas(t *testing.T) {
	typ := scim.User()
	for text, want := range map[string]bool{
		`schemas eq "` + ent + `"`:          true,
		`schemas eq "` + scim.UserURN + `"`: true,
		`schemas eq "urn:other"`:            false,
		`schemas pr`:                        true,
	} {
		e, err := filter.Parse(text, filter.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := filter.Match(e, typ.Resource(asDoc(t, barbara), envelope()), typ); got != want {
			t.Errorf("%s is %v", text, got)
		}
	}
	plain := typ.Resource(asDoc(t, `{"userName":"x"}`), envelope())
	if diff := cmp.Diff([]any{scim.UserURN}, plain["schemas"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// RFC 7643 section 2.4: a value of a list is there once per type.
func TestValuesAreThereOnce(t *testing.T) {
	typ := scim.User()
	start := `{"userName":"e","emails":[{"value":"a@x","type":"work","primary":true},{"value":"a@x","type":"home"},{"value":"b@x","type":"home"}]}`
	for _, ops := range []string{
		`{"op":"replace","path":"emails[type eq \"home\" and value eq \"a@x\"].type","value":"work"}`,
		`{"op":"replace","path":"emails[primary pr or value eq \"a@x\"]","value":{"value":"a@x","type":"work","primary":true}}`,
	} {
		got, _, err := patch(t, typ, asDoc(t, start), ops)
		if err != nil {
			t.Fatal(err)
		}
		want := asDoc(t, `{"l":[{"value":"a@x","type":"work","primary":true},{"value":"b@x","type":"home"}]}`)["l"]
		if diff := cmp.Diff(want, got["emails"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", ops, diff)
		}
	}
	simple, _, err := patch(t, custom(), asDoc(t, employed), `{"op":"replace","path":"`+hr+`:phones[value eq \"1\"]","value":"2"}`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{"2"}, simple[hr].(map[string]any)["phones"]); diff != "" {
		t.Errorf("two simple values that became one (-want +got):\n%s", diff)
	}
	got, _, err := typ.Decode(`{"userName":"e","emails":[{"value":"a@x","type":"work"},{"value":"A@x","type":"Work","primary":true},{"value":"a@x"}]}`, scim.Limits{})
	if err != nil || len(got["emails"].([]any)) != 2 {
		t.Errorf("%v, %v", got["emails"], err)
	}
}
