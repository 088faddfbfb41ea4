package models

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"muster/models/filter"
)

// Folded gives a document as SQL compares it: a JSON object with one key per
// attribute (see FoldedKey) in which every simple value is one tagged text whose
// byte order is the order of values, so that both databases compare with nothing
// but text operators and no stored value can make a cast fail.
//
//	"s…" text under filter.Fold      "b0" "b1" booleans
//	"n…" numbers, see FoldedNumber   "x"  a value that nothing equals
//
// A complex value is an object of such texts, a multi-valued attribute a list of
// objects, in which a simple value is the key "value". An attribute that may be
// caseExact also has its own spelling under name~r when folding changed it, and one
// that may be a dateTime its instant under name~t.
func Folded(doc Attributes) string {
	var b folder
	b.open('{')
	for _, name := range sortedKeys(doc) {
		if ext, ok := doc[name].(map[string]any); ok && strings.Contains(name, ":") {
			b.extension(name, ext)
			continue
		}
		b.attribute(FoldedKey("", name), name, doc[name], name == "profileUrl", false)
	}
	b.close('}')
	return string(b.out)
}

// KeptExact tells whether a core attribute stands in a folded document as it was
// written: it is compared letter by letter wherever it is asked for.
func KeptExact(p filter.Path) bool {
	switch {
	case p.URN != "":
		return false
	case p.Name == "photos" || p.Name == "x509Certificates":
		return p.Sub == "" || p.Sub == "value"
	}
	return p.Name == "profileUrl"
}

// FoldedKey names an attribute in a folded document. With an empty name it is the
// extension itself, whose value is "s" and its URN, or "x" and its URN while none
// of its attributes has a value. The key can stand in a JSON path and in SQL.
func FoldedKey(urn, name string) string {
	switch urn {
	case "":
		return safeKey(name)
	case EnterpriseURN:
		return "e:" + safeKey(name)
	}
	return safeKey(urn) + ":" + safeKey(name)
}

func safeKey(name string) string {
	if strings.IndexFunc(name, unsafe) < 0 {
		return name
	}
	var b strings.Builder
	for i := range len(name) {
		if c := name[i]; unsafe(rune(c)) {
			fmt.Fprintf(&b, "%%%02x", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func unsafe(c rune) bool {
	return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"'\?@#%$~`, c)
}

// FoldedNumber gives the tagged text of a number: the order of float64 in 16 hex
// digits and, for an int64, i and its exact order. ok is false for a number beyond
// both, whose text is less than any.
func FoldedNumber(n json.Number) (tagged string, ok bool) {
	f, err := n.Float64()
	if err != nil {
		return "n!", false
	}
	tagged = "n" + floatOrder(f)
	if i, err := n.Int64(); err == nil {
		tagged += fmt.Sprintf("i%016x", uint64(i)^1<<63)
	}
	return tagged, true
}

func floatOrder(f float64) string {
	if math.IsNaN(f) {
		return "0000000000000000" // less than any, as cmp.Compare has it
	}
	bits := math.Float64bits(f + 0) // no negative zero
	if bits>>63 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	return fmt.Sprintf("%016x", bits)
}

// FoldedInstant gives the sortable text of an instant of the years 0 to 9999.
func FoldedInstant(t time.Time) string {
	return fmt.Sprintf("%012d%09d", t.Unix()+1<<36, t.Nanosecond())
}

// folder writes JSON.
type folder struct{ out []byte }

func (b *folder) open(c byte) { b.out = append(b.out, c) }

func (b *folder) close(c byte) {
	if b.out[len(b.out)-1] == ',' {
		b.out = b.out[:len(b.out)-1]
	}
	b.out = append(b.out, c)
}

func (b *folder) pair(key, tagged string) {
	b.key(key)
	b.text(tagged)
}

func (b *folder) key(key string) {
	// A key holds nothing that JSON escapes: see safeKey.
	b.out = append(append(append(b.out, '"'), key...), '"', ':')
}

func (b *folder) text(s string) {
	plain := true
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		b.out = append(append(append(b.out, '"'), s...), '"', ',')
		return
	}
	quoted, err := json.Marshal(s) // text never fails
	if err != nil {
		quoted = []byte(`"x"`)
	}
	b.out = append(append(b.out, quoted...), ',')
}

// extension writes what stands under a URN, all of whose attributes may be
// anything a schema can declare; the enterprise extension's are plain text.
func (b *folder) extension(urn string, ext map[string]any) {
	tag := "x"
	if present(ext) {
		tag = "s"
	}
	b.pair(FoldedKey(urn, ""), tag+urn)
	for _, name := range sortedKeys(ext) {
		b.attribute(FoldedKey(urn, name), name, ext[name], false, urn != EnterpriseURN)
	}
}

// attribute writes one attribute. exact ones are kept as they are written and
// never folded; rich ones have all their forms.
func (b *folder) attribute(key, name string, v any, exact, rich bool) {
	switch v := v.(type) {
	case nil:
	case []any:
		b.key(key)
		b.open('[')
		for _, item := range v {
			b.object(name, item, rich)
		}
		b.close(']')
		b.out = append(b.out, ',')
	case map[string]any:
		b.key(key)
		b.object(name, v, rich)
	default:
		b.leaf(key, v, exact, rich)
	}
}

func (b *folder) object(name string, v any, rich bool) {
	m, ok := v.(map[string]any)
	if !ok {
		m = map[string]any{"value": v}
	}
	b.open('{')
	for _, sub := range sortedKeys(m) {
		exact := sub == "value" && KeptExact(filter.Path{Name: name, Sub: sub})
		b.leaf(safeKey(sub), m[sub], exact, rich)
	}
	b.close('}')
	b.out = append(b.out, ',')
}

func (b *folder) leaf(key string, v any, exact, rich bool) {
	switch v := v.(type) {
	case nil:
	case string:
		b.words(key, strings.ToValidUTF8(v, "\uFFFD"), exact, rich)
	case bool:
		b.pair(key, map[bool]string{true: "b1", false: "b0"}[v])
	case json.Number:
		b.number(key, v)
	case float64:
		b.number(key, json.Number(strconv.FormatFloat(v, 'g', -1, 64)))
	case int:
		b.number(key, json.Number(strconv.Itoa(v)))
	case int64:
		b.number(key, json.Number(strconv.FormatInt(v, 10)))
	default:
		if present(v) {
			b.pair(key, "x")
		}
	}
}

func (b *folder) words(key, s string, exact, rich bool) {
	if exact {
		b.pair(key, "s"+s)
		return
	}
	folded := filter.Fold(s)
	b.pair(key, "s"+folded)
	if !rich {
		return
	}
	if folded != s {
		b.pair(key+"~r", "s"+s)
	}
	if len(s) >= len(time.DateOnly) && s[4] == '-' && s[7] == '-' {
		if t, ok := filter.Instant(s); ok {
			b.pair(key+"~t", FoldedInstant(t))
		}
	}
}

func (b *folder) number(key string, n json.Number) {
	tagged, _ := FoldedNumber(n)
	b.pair(key, tagged)
}

// present is the operator pr.
func present(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return slices.ContainsFunc(v, present)
	case map[string]any:
		for _, item := range v {
			if present(item) {
				return true
			}
		}
		return false
	}
	return true
}
