package idp

import (
	"encoding/json"
	"slices"
	"strings"
)

const (
	urnUser       = "urn:ietf:params:scim:schemas:core:2.0:User"
	urnEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	urnGroup      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	urnEntraGroup = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
	urnPatch      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	urnError      = "urn:ietf:params:scim:api:messages:2.0:Error"
)

// World is the state that acknowledged traffic describes: what the server must
// hold, field by field.
type World struct {
	Dialect Dialect
	Domain  string
	Users   []User
	Groups  []Group
}

// User is one person as an identity provider sends it. Empty text means that
// the attribute is unassigned.
type User struct {
	ID         string // given by the server when the person was first created
	UserName   string
	ExternalID string
	Active     bool
	Deleted    bool // the server acknowledged a DELETE
	Returned   bool // left and came back: must still have the first ID

	DisplayName, GivenName, FamilyName, FormattedName string
	Title, Email, WorkPhone, MobilePhone              string
	Locality, Country, Language                       string
	EmployeeNumber, Department, Division, CostCenter  string
	// Manager is the value of the enterprise manager: the manager's SCIM id
	// from Entra, an employee number from Okta, which knows no SCIM ids there.
	Manager string
}

// Group is one group with the SCIM ids of its members, sorted.
type Group struct {
	ID, DisplayName, ExternalID string
	Deleted                     bool
	Members                     []string
}

// attribute ties a field to its SCIM path; one table serves to build POST, PUT
// and PATCH bodies, to read answers, and to compare.
type attribute struct {
	path string
	ref  func(*User) *string
}

const managerPath = urnEnterprise + ":manager"

func attributes(language string) []attribute {
	return []attribute{
		{"userName", func(u *User) *string { return &u.UserName }},
		{"externalId", func(u *User) *string { return &u.ExternalID }},
		{"displayName", func(u *User) *string { return &u.DisplayName }},
		{"name.givenName", func(u *User) *string { return &u.GivenName }},
		{"name.familyName", func(u *User) *string { return &u.FamilyName }},
		{"title", func(u *User) *string { return &u.Title }},
		{`emails[type eq "work"].value`, func(u *User) *string { return &u.Email }},
		{`phoneNumbers[type eq "work"].value`, func(u *User) *string { return &u.WorkPhone }},
		{`phoneNumbers[type eq "mobile"].value`, func(u *User) *string { return &u.MobilePhone }},
		{`addresses[type eq "work"].locality`, func(u *User) *string { return &u.Locality }},
		{`addresses[type eq "work"].country`, func(u *User) *string { return &u.Country }},
		{language, func(u *User) *string { return &u.Language }},
		{urnEnterprise + ":employeeNumber", func(u *User) *string { return &u.EmployeeNumber }},
		{urnEnterprise + ":department", func(u *User) *string { return &u.Department }},
		{urnEnterprise + ":division", func(u *User) *string { return &u.Division }},
		{urnEnterprise + ":costCenter", func(u *User) *string { return &u.CostCenter }},
	}
}

type object = map[string]any

// setPath writes one value where a path points, making what lies on the way.
// It knows the four forms that the table holds: title, name.givenName,
// emails[type eq "work"].value and urn:…:User:department. Empty unassigns.
func setPath(doc object, path, value string) {
	if name, ok := strings.CutPrefix(path, urnEnterprise+":"); ok {
		ext := child(doc, urnEnterprise)
		put(ext, name, value)
		if len(ext) == 0 {
			delete(doc, urnEnterprise)
		}
		return
	}
	head, kind, sub := splitPath(path)
	switch {
	case kind != "":
		setTyped(doc, head, kind, sub, value)
	case sub != "":
		parent := child(doc, head)
		put(parent, sub, value)
		if len(parent) == 0 {
			delete(doc, head)
		}
	default:
		put(doc, head, value)
	}
}

func setTyped(doc object, head, kind, sub, value string) {
	list, _ := doc[head].([]any)
	at := slices.IndexFunc(list, func(e any) bool { m, _ := e.(object); return m["type"] == kind })
	if at < 0 {
		if value == "" {
			return
		}
		element := object{"type": kind}
		if head == "emails" {
			element["primary"] = true
		}
		list, at = append(list, element), len(list)
	}
	element := list[at].(object)
	put(element, sub, value)
	if value == "" && !slices.ContainsFunc([]string{"value", "locality", "country"}, func(k string) bool { return element[k] != nil }) {
		list = slices.Delete(list, at, at+1)
	}
	doc[head] = list
	if len(list) == 0 {
		delete(doc, head)
	}
}

// textAt reads what setPath writes; "" when nothing is there.
func textAt(doc object, path string) string {
	if name, ok := strings.CutPrefix(path, urnEnterprise+":"); ok {
		ext, _ := doc[urnEnterprise].(object)
		s, _ := ext[name].(string)
		return s
	}
	head, kind, sub := splitPath(path)
	at := doc[head]
	if kind != "" {
		list, _ := at.([]any)
		at = nil
		for _, e := range list {
			if m, _ := e.(object); m["type"] == kind {
				at = m
			}
		}
	}
	if sub != "" {
		m, _ := at.(object)
		at = m[sub]
	}
	s, _ := at.(string)
	return s
}

func splitPath(path string) (head, kind, sub string) {
	if before, rest, ok := strings.Cut(path, `[type eq "`); ok {
		kind, sub, _ = strings.Cut(rest, `"].`)
		return before, kind, sub
	}
	head, sub, _ = strings.Cut(path, ".")
	return head, "", sub
}

func child(doc object, name string) object {
	m, ok := doc[name].(object)
	if !ok {
		m = object{}
		doc[name] = m
	}
	return m
}

func put(doc object, name, value string) {
	if value == "" {
		delete(doc, name)
		return
	}
	doc[name] = value
}

// readUser takes a User from a SCIM resource.
func readUser(doc object, table []attribute) User {
	var u User
	u.ID, _ = doc["id"].(string)
	u.Active, _ = doc["active"].(bool)
	for _, a := range table {
		*a.ref(&u) = textAt(doc, a.path)
	}
	if ext, ok := doc[urnEnterprise].(object); ok {
		if m, ok := ext["manager"].(object); ok {
			u.Manager, _ = m["value"].(string)
		}
	}
	return u
}

func encode(v any) []byte {
	// Only maps, slices, text and booleans are ever given: no error can be.
	b, _ := json.Marshal(v) //nolint:errchkjson // see above
	return b
}

func decode(b []byte) object {
	var doc object
	if json.Unmarshal(b, &doc) != nil {
		return nil
	}
	return doc
}
