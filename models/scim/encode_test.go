package scim_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models/scim"
)

func envelope() scim.Envelope {
	active := true
	return scim.Envelope{
		ID: "u-1", Active: &active, Groups: []byte(`[{"value":"g1","display":"G"}]`),
		Meta: scim.Meta{
			Created:      time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.FixedZone("", 3600)),
			LastModified: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC),
			Location:     "https://h/scim/v2/Users/u-1", Version: `W/"3"`,
		},
	}
}

func TestMarshalKeepsTheSchemasOrder(t *testing.T) {
	typ := scim.User()
	doc := asDoc(t, `{"`+ent+`":{"manager":{"value":"m","$ref":"r"},"employeeNumber":"1"},"urn:gone:X":{"b":1,"a":[true,null,1.5]},"zeta":"z",
		"emails":[{"primary":true,"value":"a\"\\\u0001\n\r\t<é>"}],"userName":"bj","externalId":"e","id":"x","active":true,"password":"p","schemas":["s"],"meta":{},"groups":[],"members":[]}`)
	want := `{"externalId":"e","userName":"bj","emails":[{"value":"a\"\\\u0001\n\r\t<é>","primary":true}],` +
		`"` + ent + `":{"employeeNumber":"1","manager":{"value":"m","$ref":"r"}},"urn:gone:X":{"a":[true,null,1.5],"b":1},"zeta":"z"}`
	if diff := cmp.Diff(want, string(typ.Marshal(doc))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := string(typ.Marshal(scim.Document{})); got != `{}` {
		t.Errorf("an empty document is %s", got)
	}
}

func TestSpliceEqualsRender(t *testing.T) {
	inactive := false
	for name, tt := range map[string]struct {
		typ *scim.Type
		doc string
		env scim.Envelope
	}{
		"user":            {scim.User(), barbara, envelope()},
		"no enterprise":   {scim.User(), `{"userName":"say \"` + ent + `\": {"}`, envelope()},
		"inactive":        {scim.User(), `{"userName":"a"}`, scim.Envelope{ID: "1", Active: &inactive}},
		"group":           {scim.Group(), `{"displayName":"G"}`, scim.Envelope{ID: "g", Members: []byte(`[{"value":"a","type":"User"}]`)}},
		"empty lists":     {scim.Group(), `{"displayName":"G"}`, scim.Envelope{ID: "g", Members: []byte(`[]`)}},
		"nothing at all":  {scim.Group(), `{}`, scim.Envelope{ID: "g"}},
		"unknown schemas": {scim.User(), `{"userName":"a","urn:gone:X":{"a":1}}`, envelope()},
	} {
		t.Run(name, func(t *testing.T) {
			doc := asDoc(t, tt.doc)
			spliced := tt.typ.Splice([]byte("»"), string(tt.typ.Marshal(doc)), tt.env)
			rendered := tt.typ.Render(tt.typ.Resource(doc, tt.env))
			if diff := cmp.Diff("»"+string(rendered), string(spliced)); diff != "" {
				t.Errorf("(-render +splice):\n%s", diff)
			}
			if !json.Valid(rendered) {
				t.Errorf("not JSON: %s", rendered)
			}
		})
	}
}

func TestRender(t *testing.T) {
	got := string(scim.User().Render(scim.User().Resource(asDoc(t, `{"userName":"bj","`+ent+`":{"department":"HR"}}`), envelope())))
	want := `{"schemas":["` + scim.UserURN + `","` + ent + `"],"id":"u-1","userName":"bj","` + ent + `":{"department":"HR"},"active":true,` +
		`"groups":[{"value":"g1","display":"G"}],"meta":{"resourceType":"User","created":"2026-01-02T02:04:05.006Z",` +
		`"lastModified":"2026-01-02T03:04:06.000Z","location":"https://h/scim/v2/Users/u-1","version":"W/\"3\""}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestErrorBody(t *testing.T) {
	for want, e := range map[string]*scim.Error{
		`{"schemas":["` + scim.ErrorURN + `"],"status":"409","scimType":"uniqueness","detail":"userName \"a\" is taken"}`: scim.Errorf(409, scim.Uniqueness, "userName %q is taken", "a"),
		`{"schemas":["` + scim.ErrorURN + `"],"status":"404"}`:                                                            {Status: 404},
	} {
		if got := string(e.JSON()); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if got := scim.Errorf(400, scim.InvalidPath, "x").Error() + " " + scim.Errorf(404, "", "y").Error(); got != "invalidPath: x y" {
		t.Error(got)
	}
}

func TestListResponse(t *testing.T) {
	got := string(scim.ListResponse{}.JSON())
	want := `{"schemas":["` + scim.ListURN + `"],"totalResults":0,"startIndex":1,"itemsPerPage":0,"Resources":[]}`
	if got != want {
		t.Errorf("empty list is %s", got)
	}
	got = string(scim.ListResponse{Total: 9, StartIndex: 3, Resources: [][]byte{[]byte(`{"a":1}`), []byte(`{}`)}}.JSON())
	want = `{"schemas":["` + scim.ListURN + `"],"totalResults":9,"startIndex":3,"itemsPerPage":2,"Resources":[{"a":1},{}]}`
	if got != want {
		t.Errorf("list is %s", got)
	}
}

func TestReadDocument(t *testing.T) {
	typ := scim.User()
	doc := asDoc(t, barbara)
	again, err := typ.ReadDocument(string(typ.Marshal(doc)))
	delete(doc, "active")
	if err != nil || !cmp.Equal(doc, again) {
		t.Errorf("%v %s", err, cmp.Diff(doc, again))
	}
	if _, err := typ.ReadDocument(`{"a":`); err == nil {
		t.Error("damaged bytes were read")
	}
}

// Times are written as time.Format writes them.
func TestTimesInMeta(t *testing.T) {
	typ := scim.User()
	for _, at := range []time.Time{
		time.UnixMilli(0), time.UnixMilli(1), time.UnixMilli(-1), time.UnixMilli(1_732_758_905_999), time.UnixMilli(253_402_300_799_999),
		time.Date(2024, 2, 29, 23, 59, 59, 999_999_999, time.FixedZone("", -3600)), time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC),
	} {
		got := string(typ.Splice(nil, `{"userName":"x"}`, scim.Envelope{Meta: scim.Meta{Created: at}}))
		if want := `"created":"` + at.UTC().Format("2006-01-02T15:04:05.000Z") + `"`; !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}
