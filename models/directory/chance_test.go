package directory_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"muster/models"
	"muster/models/mapping"
	"muster/models/scim"
)

// chance makes users and rules at random; the same seed makes the same ones.
type chance struct{ *rand.Rand }

func newChance(seed uint64) chance { return chance{rand.New(rand.NewPCG(seed, seed))} }

func (c chance) often(percent int) bool { return c.IntN(100) < percent }

func any1[T any](c chance, list []T) T { return list[c.IntN(len(list))] }

// A small vocabulary, so that what rules ask for is often there: other cases, spaces,
// commas and words within words.
var vocabulary = strings.Split("Sales|sales|SALES|Sales, EMEA|Sales EMEA|sales |Support|Engineering|Eng|eng|Ünit|ünit|Müller, Jr.|A|a|5|true|2024-01-01T00:00:00Z", "|") //nolint:gochecknoglobals // a table

func (c chance) word() string { return any1(c, vocabulary) }

// declared are the custom attributes of the organization in which chance plays.
func declared() []models.CustomAttribute {
	made := func(name, typ string, multi, exact bool) models.CustomAttribute {
		return models.CustomAttribute{Of: models.UserTarget, Schema: models.CustomSchema(models.UserTarget), Name: name, Type: typ, Multi: multi, CaseExact: exact}
	}
	return []models.CustomAttribute{
		made("colour", "string", false, false), made("code", "string", false, true), made("level", "integer", false, false),
		made("guest", "boolean", false, false), made("hired", "dateTime", false, false), made("tags", "string", true, false),
	}
}

func playTypes() *scim.Type {
	return mapping.Types(models.OrganizationSettings{Attributes: declared()})
}

// about sets what rules ask for: each attribute in two of three users.
func (c chance) about(set attrs) attrs {
	put := func(in map[string]any, name string, v any) {
		if c.often(66) {
			in[name] = v
		}
	}
	number := func() json.Number { return json.Number(fmt.Sprint(c.IntN(6))) }
	many := func() any {
		var list []any
		for range c.IntN(3) {
			list = append(list, map[string]any{"value": c.word(), "type": any1(c, []string{"work", "home"})})
		}
		return list
	}
	put(set, "title", c.word())
	put(set, "userType", c.word())
	put(set, "nickName", c.word())
	put(set, "displayName", c.word())
	put(set, "name", map[string]any{"familyName": c.word(), "givenName": c.word()})
	put(set, "roles", many())
	put(set, "phoneNumbers", many())
	ext, own := map[string]any{}, map[string]any{}
	put(ext, "department", c.word())
	put(ext, "costCenter", c.word())
	put(own, "colour", c.word())
	put(own, "code", c.word())
	put(own, "level", number())
	put(own, "guest", c.often(50))
	put(own, "hired", any1(c, []string{"2023-05-01T00:00:00Z", "2024-01-01T00:00:00Z", "2025-01-01T01:00:00+01:00"}))
	put(own, "tags", []any{c.word(), c.word()})
	set[models.EnterpriseURN], set[models.CustomSchema(models.UserTarget)] = ext, own
	return set
}

// condition makes a SCIM filter that a mapping can have.
func (c chance) condition(depth int) string {
	if depth > 0 && c.often(50) {
		left, right := c.condition(depth-1), c.condition(depth-1)
		return any1(c, []string{"(" + left + " and " + right + ")", "(" + left + " or " + right + ")", "not (" + left + ")"})
	}
	text := func() string {
		op := any1(c, strings.Fields("eq eq ne co sw ew gt ge lt le"))
		body, _ := json.Marshal(c.word())
		return op + " " + string(body)
	}
	switch c.IntN(8) {
	case 0:
		return any1(c, strings.Fields("title department tags roles level guest name.givenName userType")) + " pr"
	case 1:
		return fmt.Sprintf("level %s %d", any1(c, strings.Fields("eq ne gt ge lt le")), c.IntN(6))
	case 2:
		return "guest " + any1(c, []string{"eq true", "eq false", "ne true"})
	case 3:
		return "hired " + any1(c, strings.Fields("eq gt ge lt le")) + ` "2024-01-01T00:00:00Z"`
	case 4:
		return any1(c, []string{"roles", "phoneNumbers"}) + "[type eq \"work\" and value " + text() + "]"
	}
	path := any1(c, strings.Fields("title userType nickName displayName department costCenter name.familyName roles.value phoneNumbers.value colour code tags userName externalId"))
	return path + " " + text()
}
