package models_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"muster/models"
)

// What is written by hand is what encoding/json would write, byte for byte: it is
// read back by it, and compared with what is stored already.
func TestTextsWrittenByHandAreThoseOfTheLibrary(t *testing.T) {
	same := func(what string, v any, got []byte) bool {
		want, err := json.Marshal(v)
		if err != nil || string(want) != string(got) {
			t.Errorf("%s:\nhand    %s\nlibrary %s (%v)", what, got, want, err)
			return false
		}
		return true
	}
	check := func(f any) {
		t.Helper()
		if err := quick.Check(f, &quick.Config{MaxCount: 300}); err != nil {
			t.Error(err)
		}
	}
	check(func(changes []models.Origin, attrs map[string]int) bool {
		o := originsOf(changes, attrs)
		return same("origins", o, o.AppendJSON(nil))
	})
	check(func(d models.LogDetails) bool { return same("details", d, d.AppendJSON(nil)) })
	same("no origins", models.Origins{}, models.Origins{}.AppendJSON(nil))
	same("no details", models.LogDetails{}, models.LogDetails{}.AppendJSON(nil))
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		u := models.User{Attributes: randomDocument(r, 3)}
		if err := u.Extract(); err != nil {
			t.Fatal(err)
		}
		same("document", u.Attributes, []byte(u.Document))
	}
}

// What is read by hand is what encoding/json would read, and what is odd is left to it.
func TestTextsReadByHandAreThoseOfTheLibrary(t *testing.T) {
	same := func(text string) {
		t.Helper()
		var want, got models.Origins
		err := json.Unmarshal([]byte(text), &want)
		if ok := got.ReadJSON(text); ok && (err != nil || !cmp.Equal(want, got)) {
			t.Errorf("origins %s:\nhand    %+v\nlibrary %+v (%v)", text, got, want, err)
		}
		var doc models.Attributes
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		err = d.Decode(&doc)
		u := models.User{Document: text}
		if own := u.Load(); (own == nil) != (err == nil) || err == nil && !cmp.Equal(doc, u.Attributes, cmpopts.EquateEmpty()) {
			t.Errorf("document %s:\nhand    %+v (%v)\nlibrary %+v (%v)", text, u.Attributes, own, doc, err)
		}
	}
	if err := quick.Check(func(changes []models.Origin, attrs map[string]int) bool {
		text := string(originsOf(changes, attrs).AppendJSON(nil))
		same(text)
		return new(models.Origins).ReadJSON(text)
	}, &quick.Config{MaxCount: 300}); err != nil {
		t.Error(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		u := models.User{Attributes: randomDocument(r, 3)}
		if err := u.Extract(); err != nil {
			t.Fatal(err)
		}
		same(u.Document)
		broken := []byte(u.Document)
		for range r.IntN(3) {
			broken[r.IntN(len(broken))] = `{}[]",:\0e-tn u`[r.IntN(15)]
		}
		same(string(broken[:1+r.IntN(len(broken))]))
	}
	for _, text := range []string{`null`, `{} {}`, ` {"a":1}`, `{"a":01}`, `{"a":1,}`, `{"c":null,"a":{"x":1.5}}`, `{"a":{"y":0,"x":1}}`, `{"a":{"x":0,"x":1}}`, `{"a":{}}`, `{"a":"\u00e9\"\\"}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}"} {
		same(text)
	}
}

func originsOf(changes []models.Origin, attrs map[string]int) models.Origins {
	o := models.Origins{Changes: changes}
	for _, path := range slices.Sorted(maps.Keys(attrs)) {
		o.Attrs = append(o.Attrs, models.WrittenPath{Path: path, Change: attrs[path]})
	}
	return o
}

func randomDocument(r *rand.Rand, depth int) map[string]any {
	doc := map[string]any{}
	for range r.IntN(6) {
		doc[randomText(r)] = randomValue(r, depth-1)
	}
	return doc
}

func randomValue(r *rand.Rand, depth int) any {
	switch kind := r.IntN(8); {
	case kind == 0:
		return r.IntN(2) == 0
	case kind == 1:
		return json.Number("12.50")
	case kind == 2:
		return nil
	case kind == 3 && depth > 0:
		return randomDocument(r, depth)
	case kind == 4 && depth > 0:
		list := make([]any, r.IntN(4))
		for i := range list {
			list[i] = randomValue(r, depth-1)
		}
		return list
	}
	return randomText(r)
}

func randomText(r *rand.Rand) string {
	alphabet := []rune("abc XYZ09\"\\<>&/\u0000\n\u007f\u2028éß漢😀")
	text := make([]rune, r.IntN(8))
	for i := range text {
		text[i] = alphabet[r.IntN(len(alphabet))]
	}
	if r.IntN(10) == 0 {
		return string(text) + "\xff"
	}
	return string(text)
}
