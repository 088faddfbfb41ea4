package source

import (
	"time"

	"muster/models"
)

// Page is a part of a read, small enough to be applied in one transaction together
// with its Resume cursor.
type Page struct {
	Number  int  // from 1, over the whole read, also after it was resumed
	Full    bool // a full read, after whose Proof absence counts; else a delta
	Users   []Record
	Groups  []Record
	Removed []Removal
	Members []Edge
	Ignored map[string]int // what the directory sent and users and groups are not, by its kind

	// Resume is where the read goes on once this page is applied.
	Resume Cursor
	// Done is set on the last page alone.
	Done *Proof
}

// Empty tells whether the page says nothing about any record. It still moves the
// cursor.
func (p Page) Empty() bool {
	return len(p.Users)+len(p.Groups)+len(p.Removed)+len(p.Members) == 0
}

// Removal is a record that left the directory.
type Removal struct {
	Anchor    string
	Kind      models.TargetType
	Permanent bool // gone for good; else it may come back from the directory's own bin
}

// Edge is one direct membership. A read sends edges in parts and in any order, and
// never a whole list to replace another: a membership ends with Removed, or with a
// full read's Proof when it was not among those that came.
type Edge struct {
	Group   string
	Member  string
	Kind    models.MemberKind // "" when the directory does not say what the member is
	Removed bool
}

// Proof is what the last page of a complete read carries. Without it nothing may be
// concluded from what did not come.
type Proof struct {
	Next    Cursor // for the next delta; "" when the source has none
	Started time.Time
	Ended   time.Time
	Pages   int
	// What came, repeats counted each time.
	Users, Groups, Removed, Members int
}
