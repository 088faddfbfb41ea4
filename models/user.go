package models

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muster/models/filter"
)

// EnterpriseURN names the enterprise extension of RFC 7643 §4.3, under which its
// attributes are nested in a document.
const EnterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

// Attributes is a canonical SCIM document: names in schema case, extensions
// nested under their URN. The attributes that Muster itself answers for (id,
// meta, active, groups, schemas, password) are never in it.
type Attributes = map[string]any

// User is a person as one organization sees them.
//
// Attributes is the truth; the columns beside it are extracts of it that lists
// and filters use, kept true by Extract. Document is its stored form.
type User struct {
	Key            int64  `gorm:"column:id;primaryKey"`
	ID             string `gorm:"column:public_id"` // UUIDv7, the id of SCIM, API and pages
	OrganizationID int64

	UserName       string
	UserNameKey    string // folded: unique in the organization
	DisplayName    string // what lists show; falls back to the given and family name, then userName
	SortKey        string // folded DisplayName, the order of lists
	GivenName      string // with FamilyName read from the displayName where the document has neither
	FamilyName     string
	Email          string // the primary or work address
	EmailKey       string
	EmployeeNumber string
	Title          string
	Department     string
	ManagerID      string // public id as the directory gave it; may name nobody yet
	ExternalID     string // source anchor under SCIM, opaque, unique in the organization when set
	EntraID        string // source anchor under Entra
	LDAPID         string // source anchor under AD/LDAP

	Mode        Method `gorm:"column:method;->"` // what manages the user now: what the term stands for
	Term        string `gorm:"column:mode"`      // the term in which they were taken over; the store writes it, see Term
	Released    string // the term that had ended when they were written next; the store keeps it
	Status      Status
	PreservedBy PreservedBy
	StatusNote  string // why the status is what it is, in words
	StatusSince Time
	Hidden      bool   // deleted at the source: SCIM no longer shows the user, a re-creation revives it
	Note        string // local field: a remark by administrators, no directory touches it

	MappingKey int64     `gorm:"column:mapping_id"` // the rule that matched; 0 for none
	ProfileKey int64     `gorm:"column:profile_id"` // 0 for none
	ProfileBy  ProfileBy // how they came to it
	Overrides  string    // local field: own values of application settings, a JSON object; see Overridden
	Parked     Parking   // what an inactive user waits for
	Staged     Staging   // what a guard holds back
	StagedAt   Time
	Protected  bool   // local field: no directory may disable or delete the user
	LegalHold  bool   // local field: never purged
	Delivered  string // what a directory sent for attributes that an attribute mapping computes, JSON; "" when nothing differs

	Document   string         // Attributes as JSON
	Folded     string         `gorm:"->:false;<-"`              // Attributes as SQL compares them; written by the store, never read; "" lets it make them
	WordKeys   string         `gorm:"column:words;->:false;<-"` // Words, each behind WordMark; written by the store, never read
	Origins    Origins        `gorm:"serializer:json;not null"`
	Attributes Attributes     `gorm:"-"`
	Index      []IndexedValue `gorm:"-"` // Indexed, once Prepare has made it; nil lets the store make it
	Enabled    *bool          `gorm:"-"` // what an edit asks of active; nil when it says nothing
	Why        string         `gorm:"-"` // why an edit disables; "" when the directory says no more than that

	Version int64
	Created Time
	Updated Time
}

// Tag is a text that no two states of the user share.
func (u *User) Tag() string { return strconv.FormatInt(u.Version, 10) }

// TableName is where users live.
func (User) TableName() string { return "users" }

// Load fills Attributes from the stored document.
func (u *User) Load() error {
	u.Attributes = Attributes{}
	if u.Document == "" {
		return nil
	}
	if err := readJSON(u.Document, &u.Attributes); err != nil {
		return fmt.Errorf("read the stored document of user %s: %w", u.ID, err)
	}
	return nil
}

// CopyAttributes gives a document that can be changed without changing the first.
func CopyAttributes(a Attributes) Attributes {
	out := make(Attributes, len(a))
	for name, v := range a {
		out[name] = copyValue(v)
	}
	return out
}

func copyValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return CopyAttributes(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = copyValue(v[i])
		}
		return out
	}
	return v
}

// Extract brings the columns and the stored document in line with Attributes.
func (u *User) Extract() error {
	ext, _ := u.Attributes[EnterpriseURN].(map[string]any)
	manager, _ := ext["manager"].(map[string]any)
	// What a manager is called and where, Muster answers for: a copy would age.
	delete(manager, "$ref")
	delete(manager, "displayName")
	doc, err := appendDocument(make([]byte, 0, 1024), u.Attributes)
	if err != nil {
		return fmt.Errorf("encode the document of user %s: %w", u.UserName, err)
	}
	u.Document = string(doc)
	u.setUserName(text(u.Attributes, "userName"))
	u.ExternalID = text(u.Attributes, "externalId")
	name, _ := u.Attributes["name"].(map[string]any)
	u.GivenName, u.FamilyName = text(name, "givenName"), text(name, "familyName")
	u.DisplayName = u.shownName(name)
	if u.GivenName == "" && u.FamilyName == "" {
		u.GivenName, u.FamilyName = splitName(cmp.Or(text(u.Attributes, "displayName"), text(name, "formatted")))
	}
	u.SortKey = filter.Fold(u.DisplayName)
	u.Email = PreferredValue(u.Attributes["emails"], "work")
	u.EmailKey = filter.Fold(u.Email)
	u.Title = text(u.Attributes, "title")
	u.EmployeeNumber, u.Department = text(ext, "employeeNumber"), text(ext, "department")
	u.ManagerID = text(manager, "value")
	return nil
}

// Prepare makes what the store would make while others wait for it. What it is
// made from must not change before the user is stored.
func (u *User) Prepare() { u.Folded, u.Index = Folded(u.Attributes), u.Indexed() }

// setUserName keeps a released name released until the user gets another one.
func (u *User) setUserName(name string) {
	if u.UserNameReleased() && name == u.UserName {
		return
	}
	u.UserName, u.UserNameKey = name, filter.Fold(name)
}

func (u *User) shownName(name map[string]any) string {
	if shown := text(u.Attributes, "displayName"); shown != "" {
		return shown
	}
	if shown := text(name, "formatted"); shown != "" {
		return shown
	}
	if shown := strings.TrimSpace(u.GivenName + " " + u.FamilyName); shown != "" {
		return shown
	}
	return u.UserName
}

// splitName reads the names of somebody who came with a displayName only: what is
// written last is the family's, or what stands before a comma. One word alone is the
// given name.
func splitName(shown string) (given, family string) {
	if last, first, ok := strings.Cut(shown, ","); ok {
		return strings.TrimSpace(first), strings.TrimSpace(last)
	}
	words := strings.Fields(shown)
	if len(words) < 2 {
		return strings.Join(words, ""), ""
	}
	return strings.Join(words[:len(words)-1], " "), words[len(words)-1]
}

// anchorIn is where a record keeps the anchor of a method; nil where that has none.
func anchorIn(m Method, scim, entra, ldap *string) *string {
	switch m {
	case SCIM:
		return scim
	case Entra:
		return entra
	case LDAP:
		return ldap
	case Manual:
	}
	return nil
}

// SetAnchor sets the source anchor under a method. That of SCIM is an attribute as well,
// which the caller sets.
func (u *User) SetAnchor(m Method, anchor string) {
	if at := anchorIn(m, &u.ExternalID, &u.EntraID, &u.LDAPID); at != nil {
		*at = anchor
	}
}

// AnchorWord is what a method's directory calls its anchor.
func (m Method) AnchorWord() string {
	switch m {
	case Entra:
		return "object id"
	case LDAP:
		return "entry id"
	case SCIM, Manual:
	}
	return "externalId"
}

// Anchor gives the source anchor under a method.
func (u *User) Anchor(m Method) string {
	if at := anchorIn(m, &u.ExternalID, &u.EntraID, &u.LDAPID); at != nil {
		return *at
	}
	return ""
}

// Managed tells whether a directory manages the record, so that its fields are
// locked in the console.
func (u *User) Managed() bool { return u.Mode != Manual && u.Mode != "" }

// SetStatus moves the user to a state with the reason in words; nothing changes
// when the user is already there for the same party.
func (u *User) SetStatus(s Status, by PreservedBy, why string, at Time) {
	if u.Status == s && u.PreservedBy == by {
		return
	}
	u.Status, u.PreservedBy, u.StatusNote, u.StatusSince = s, by, why, at
}

// WordMark begins each word of WordKeys. No word has it inside.
const WordMark = "\x1f"

// WordTrim is what is cut from both ends of a word.
const WordTrim = ",;()\"'"

// Words are the folded words a search finds the user by, and beside each that
// filter.Plain changes the plain one: a search asks for plain words, while a SCIM
// filter, which tells é from e, is led by the folded ones.
func (u *User) Words() []string {
	words := make([]string, 0, 8)
	put := func(w string) bool {
		if w = IndexKey(w); w == "" || slices.Contains(words, w) {
			return false
		}
		words = append(words, w)
		return true
	}
	add := func(w string) {
		if !put(w) {
			return
		}
		if plain := filter.Plain(w); plain != w {
			put(strings.Trim(plain, WordTrim))
		}
	}
	add(u.UserNameKey)
	add(u.EmailKey)
	for _, s := range []string{u.DisplayName, u.GivenName, u.FamilyName, u.EmployeeNumber} {
		for w := range strings.FieldsSeq(filter.Fold(s)) {
			add(strings.Trim(w, WordTrim))
		}
	}
	return words
}

// Emails lists all folded addresses, for look-ups by any of them.
func (u *User) Emails() []string {
	var keys []string
	seen := map[string]bool{}
	list, _ := u.Attributes["emails"].([]any)
	for _, item := range list {
		m, _ := item.(map[string]any)
		if key := filter.Fold(text(m, "value")); key != "" && !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

// PreferredValue picks one value of a multi-valued attribute: the primary one,
// else the first of the wanted type, else the first.
func PreferredValue(attr any, wanted string) string {
	list, _ := attr.([]any)
	first, typed := "", ""
	for _, item := range list {
		m, _ := item.(map[string]any)
		v := text(m, "value")
		if v == "" {
			continue
		}
		if primary, _ := m["primary"].(bool); primary {
			return v
		}
		if typed == "" && strings.EqualFold(text(m, "type"), wanted) {
			typed = v
		}
		if first == "" {
			first = v
		}
	}
	if typed != "" {
		return typed
	}
	return first
}

func text(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

// releasedMark separates, in the key of a user gone at the source, the userName
// from the user's own id once another person has that name. No folded userName
// contains it.
const releasedMark = "\x1f"

// UserNameReleased tells whether the userName belongs to another person now.
func (u *User) UserNameReleased() bool { return strings.Contains(u.UserNameKey, releasedMark) }

// ReleaseUserName gives the userName up for another person.
func (u *User) ReleaseUserName() { u.UserNameKey = filter.Fold(u.UserName) + releasedMark + u.ID }

// readJSON keeps numbers as they were written, so that reading and writing a
// document changes nothing.
func readJSON(stored string, into *Attributes) error {
	if doc, ok := readDocument(stored); ok {
		*into = doc
		return nil
	}
	d := json.NewDecoder(strings.NewReader(stored))
	d.UseNumber()
	return d.Decode(into)
}
