package models

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"muster/models/filter"
)

// Group is a set of users and groups as one organization sees it. Its members
// are rows of their own, so that a change to one costs the same in any group.
type Group struct {
	Key            int64  `gorm:"column:id;primaryKey"`
	ID             string `gorm:"column:public_id"`
	OrganizationID int64
	DisplayName    string
	DisplayNameKey string // folded: unique in the organization
	ExternalID     string
	EntraID        string
	LDAPID         string
	Mode           Method `gorm:"column:method;->"` // what manages the group now
	Term           string `gorm:"column:mode"`      // as User.Term
	Released       string // as User.Released
	MemberCount    int64
	Note           string
	Protected      bool // local field: no directory may disable or delete a member

	Document   string
	Folded     string     `gorm:"->:false;<-"`              // Attributes as SQL compares them; written by the store, never read
	WordKeys   string     `gorm:"column:words;->:false;<-"` // Words, each behind WordMark; written by the store, never read
	Attributes Attributes `gorm:"-"`

	Version int64
	Created Time
	Updated Time
}

// TableName is where groups live.
func (Group) TableName() string { return "groups" }

// Load fills Attributes from the stored document.
func (g *Group) Load() error {
	g.Attributes = Attributes{}
	if g.Document == "" {
		return nil
	}
	if err := readJSON(g.Document, &g.Attributes); err != nil {
		return fmt.Errorf("read the stored document of group %s: %w", g.ID, err)
	}
	return nil
}

// Extract brings the columns and the stored document in line with Attributes.
func (g *Group) Extract() error {
	doc, err := appendDocument(make([]byte, 0, 256), g.Attributes)
	if err != nil {
		return fmt.Errorf("encode the document of group %s: %w", g.DisplayName, err)
	}
	g.Document = string(doc)
	g.DisplayName = text(g.Attributes, "displayName")
	g.DisplayNameKey = filter.Fold(g.DisplayName)
	g.ExternalID = text(g.Attributes, "externalId")
	return nil
}

// Words are the plain words a search finds the group by.
func (g *Group) Words() []string { return GroupWords(g.DisplayName) }

// GroupWords cuts the name of a group, or a search for one, to folded plain words in
// order, each once. Directories join the parts of a group's name by more than spaces:
// SG-Sales-EMEA, app/sales (read only).
func GroupWords(name string) []string {
	words := strings.FieldsFunc(filter.Plain(filter.Fold(name)), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(`-_./\()[]:,;|@`, r)
	})
	for i, w := range words {
		words[i] = IndexKey(strings.Trim(w, `"'`))
	}
	slices.Sort(words)
	words = slices.Compact(words)
	if len(words) > 0 && words[0] == "" {
		words = words[1:]
	}
	return words
}

// Managed tells whether a directory manages the record.
func (g *Group) Managed() bool { return g.Mode != Manual && g.Mode != "" }

// Tag is a text that no two states of the group share in which it says something else.
// Version alone is not: it tells changes of the record itself from each other, while a
// member who goes, such as one deleted at the source, moves Updated only. An undo that
// asks whether somebody changed the group since is not misled by that.
func (g *Group) Tag() string {
	return strconv.FormatInt(g.Version, 10) + "." + strconv.FormatInt(int64(g.Updated), 10)
}

// MemberKind tells what a member is.
type MemberKind string

// Members are users, or groups in groups.
const (
	UserMember  MemberKind = "user"
	GroupMember MemberKind = "group"
)

// Member is one membership row.
type Member struct {
	GroupKey       int64      `gorm:"column:group_id;primaryKey"`
	Kind           MemberKind `gorm:"primaryKey"`
	MemberKey      int64      `gorm:"column:member_id;primaryKey"`
	OrganizationID int64
	Mode           Method // which method manages this membership
	MappingKey     int64  `gorm:"column:mapping_id"` // the rule that made it, when one did
	Created        Time
}

// TableName is where memberships live.
func (Member) TableName() string { return "members" }

// Anchor gives the source anchor under a method.
func (g *Group) Anchor(m Method) string {
	if at := anchorIn(m, &g.ExternalID, &g.EntraID, &g.LDAPID); at != nil {
		return *at
	}
	return ""
}

// SetAnchor sets the source anchor under a method, as User.SetAnchor does.
func (g *Group) SetAnchor(m Method, anchor string) {
	if at := anchorIn(m, &g.ExternalID, &g.EntraID, &g.LDAPID); at != nil {
		*at = anchor
	}
}

// MemberRef is a membership seen from one end, with what a page or a SCIM client
// is shown of the other end.
type MemberRef struct {
	Kind    MemberKind
	Key     int64
	ID      string
	Display string
	Name    string // userName or group name
	Status  Status // users
	Mode    Method
	Hidden  bool  // a user deleted at the source, whom SCIM no longer shows
	Members int64 // of a group, where it was asked for
}

// MemberChangeKind is what a change does to a group's members.
type MemberChangeKind string

// The four kinds of RFC 7644 §3.5.2 seen from a group.
const (
	AddMembers     MemberChangeKind = "add"
	RemoveMembers  MemberChangeKind = "remove"
	ClearMembers   MemberChangeKind = "clear"
	ReplaceMembers MemberChangeKind = "replace"
)

// MemberChange is one step of a change of members, by public ids. Match, when
// set, selects the members to remove: among those of IDs or of one kind, where it is
// known that it selects nobody else, or among all that there are.
type MemberChange struct {
	Kind  MemberChangeKind
	IDs   []string
	Match func(MemberRef) bool
	Only  MemberKind
}
