package models_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"testing/quick"

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
	check(func(o models.Origins) bool { return same("origins", o, o.AppendJSON(nil)) })
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
