package transform_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
	"unicode/utf8"

	"muster/models"
	"muster/models/transform"
)

// FuzzExpression holds that whatever an administrator types compiles or is refused in
// words, and that what compiles ends soon, leaves the record alone and gives what can
// be stored and laid back.
func FuzzExpression(f *testing.F) {
	for _, fn := range transform.Functions() {
		f.Add(fn.Example, "nickName")
	}
	for _, e := range []string{
		"title", `emails[type eq "work"].value`, "find(emails, .primary).value", "floor / 0", "contractor ? 1 : nil",
		`any(map(emails, .type), # == "work") ? "a" : "b"`, "let a = title; a + a", "1..1000000", `title matches "("`, "emails[-9].value.x.y", "- nickName", "not title",
		`join(title, emails, skills, name)`, `replace(title, "e", title + title)`, "[[1], [[2]]]", "skills ?? [nil]", "floor % 0.5",
	} {
		f.Add(e, "skills")
		f.Add(e, "floor")
	}
	types := declared()
	f.Fuzz(func(t *testing.T, expression, target string) {
		start := time.Now()
		tr, broken := transform.Compile([]models.AttributeMapping{{ID: "m", Target: target, Expression: expression}}, types)
		for _, b := range broken {
			if b.Err.Msg == "" || b.Err.Advice == "" {
				t.Fatalf("refused without words: %+v", b.Err)
			}
		}
		for _, doc := range []models.Attributes{ada(), {"userName": "x"}} {
			before := models.CopyAttributes(doc)
			got := tr.New(doc)
			if !reflect.DeepEqual(before, doc) {
				t.Fatal("the record changed")
			}
			if text, err := json.Marshal(got.Document); err != nil || !utf8.Valid(text) || len(text) > 1<<20 {
				t.Fatalf("%d bytes: %v", len(text), err)
			}
			if back := got.Overlay.Over(got.Document); !reflect.DeepEqual(before, back) {
				t.Fatalf("laid back it is %v", back)
			}
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("took %s", took)
		}
	})
}
