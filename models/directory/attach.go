package directory

import (
	"fmt"
	"slices"
	"strings"

	"muster/models"
	"muster/models/filter"
)

// Standing is how a user whom nobody manages stands towards the method in charge.
type Standing string

// Safe: it is plain which record is the user's, and nothing about them changes but who
// manages them. Undecided: an administrator has to look. Unknown: no record is known
// that could be the user's, or it cannot be attached.
const (
	Safe      Standing = "safe"
	Undecided Standing = "decide"
	Unknown   Standing = "none"
)

// Basis is where a user's record is known from.
type Basis string

// The bases. FromAnchor: the user kept the source anchor of the method from when it
// was in charge before. FromQueue: the directory sent a record that waits for its
// adoption. FromOutside: a shadow or a connector knows it.
const (
	NoBasis     Basis = ""
	FromQueue   Basis = "queue"
	FromAnchor  Basis = "anchor"
	FromOutside Basis = "record"
)

// AttachCase is all that is decided on: a user, and what is known of records.
type AttachCase struct {
	User      *models.User
	Method    models.Method      // in charge
	Items     []models.QueueItem // open decisions that the user meets
	Records   []Record           // known from outside, each matching in something
	Holders   map[string]string  // who else has an anchor: userName by anchor
	Named     map[string]string  // who else has the userName of a record: userName by folded name
	Unmatched string             // what the mappings would do to the user, a sentence; "" for nothing
}

// Proposal is the record that a user would be attached to, whether that is safe, and
// why. What has to be decided in the queue names the item in Queue.
type Proposal struct {
	Standing Standing
	Basis    Basis
	Claim    string // attribute that the record and the user have in common
	Anchor   string // the user's source anchor afterwards
	Record   string // userName of the record; "" when only its anchor is known
	Item     string // public id of the adoption that is accepted with it
	Queue    string // public id of the decision to be made before
	Why      string
	Advice   string
}

// Attachable tells whether the user can be attached, by a decision if need be.
func (p Proposal) Attachable() bool { return p.Standing != Unknown && p.Queue == "" }

// Propose finds a user's record, the strongest evidence first, and weighs what speaks
// against it. It is pure: lists show it, and what attaches follows it.
func Propose(c AttachCase) Proposal {
	p, doubts := c.find()
	if p.Standing != "" {
		return p
	}
	doubts = append(doubts, c.doubts()...)
	if len(doubts) == 0 {
		p.Standing = Safe
		return p
	}
	p.Standing, p.Why = Undecided, strings.Join(doubts, " ")
	p.Advice = "Look at the user, and attach them if the record is theirs."
	return p
}

// find gives the user's record with what is doubtful about it; a Standing where that
// is settled already.
func (c AttachCase) find() (Proposal, []string) {
	u, kept := c.User, c.User.Anchor(c.Method)
	var waiting []models.QueueItem
	for _, i := range c.Items {
		if i.Kind == models.ConflictItem {
			return Proposal{
				Standing: Undecided, Basis: FromQueue, Claim: i.Claim, Record: i.Name, Anchor: i.Anchor, Queue: i.ID,
				Why: "Another record claims the " + claimWord(i.Claim) + " of this user.", Advice: "Decide in the queue who is who.",
			}, nil
		}
		waiting = append(waiting, i)
	}
	switch {
	case u.Managed():
		return Proposal{Standing: Unknown, Why: u.Mode.Label() + " manages the user."}, nil
	case len(waiting) > 1:
		return Proposal{
			Standing: Undecided, Basis: FromQueue, Claim: waiting[0].Claim, Record: waiting[0].Name, Queue: waiting[0].ID,
			Why: "Several records match this user.", Advice: "Decide in the queue which one is theirs.",
		}, nil
	case len(waiting) == 1:
		return c.delivered(&waiting[0], kept)
	case u.Hidden:
		return Proposal{
			Standing: Unknown, Why: "The directory deleted the user.",
			Advice: "The same person returns with all data when the directory sends them again; Restore brings them back by hand.",
		}, nil
	case kept != "":
		return c.keeps(kept)
	case len(c.Records) > 0:
		return c.outside()
	}
	return Proposal{
		Standing: Unknown, Why: "No record of this user is known.",
		Advice: "The user stays manual until " + c.Method.Label() + " delivers a record that matches.",
	}, nil
}

// delivered is for a record that the directory sent and that waits for its adoption.
func (c AttachCase) delivered(i *models.QueueItem, kept string) (Proposal, []string) {
	p := Proposal{
		Basis: FromQueue, Claim: i.Claim, Anchor: i.Anchor, Record: i.Name, Item: i.ID,
		Why: "The directory sent a record with the same userName, which waits for its adoption.",
	}
	if p.Anchor == "" {
		p.Anchor = kept
	}
	var doubts []string
	if i.Claim == "emails" {
		doubts = append(doubts, "Only the work e-mail is the same.")
	}
	if !i.SameSignIn(c.User) {
		doubts = append(doubts, "The userName would change to "+i.Name+".")
	}
	if kept != "" && p.Anchor != kept {
		doubts = append(doubts, "The user had another source anchor before.")
	}
	if sent, err := i.Delivery(); err != nil || sent.Enabled != nil && !*sent.Enabled {
		doubts = append(doubts, "The directory has the record disabled, so the user would be preserved.")
	}
	return p, append(doubts, c.taken(p.Anchor, "")...)
}

// keeps is for a user who kept the anchor of the method. What is known from outside
// can confirm it or speak against it.
func (c AttachCase) keeps(kept string) (Proposal, []string) {
	p := Proposal{Basis: FromAnchor, Claim: "externalId", Anchor: kept, Why: "The source anchor was kept, and nobody else has it."}
	at := slices.IndexFunc(c.Records, func(r Record) bool { return r.Anchor == kept })
	if at >= 0 {
		p.Record = c.Records[at].UserName
		return p, c.about(c.Records[at])
	}
	for _, r := range c.Records {
		return p, []string{fmt.Sprintf("The record %s matches by %s and has another source anchor.", r.UserName, claimWord(c.claim(r)))}
	}
	return p, nil
}

// outside is for a user of whom a shadow or a connector knows a record.
func (c AttachCase) outside() (Proposal, []string) {
	r, same := c.strongest()
	p := Proposal{
		Basis: FromOutside, Claim: c.claim(r), Anchor: r.Anchor, Record: r.UserName,
		Why: "The userName is the same, and nobody else has the record’s source anchor.",
	}
	var doubts []string
	if p.Claim != "userName" {
		doubts = append(doubts, "Only the "+claimWord(p.Claim)+" is the same.")
	}
	if same > 1 {
		doubts = append(doubts, "Other records match as well.")
	}
	return p, append(doubts, c.about(r)...)
}

// strongest picks the record that matches best, and tells how many match at all.
func (c AttachCase) strongest() (Record, int) {
	best := slices.MinFunc(c.Records, func(a, b Record) int { return rank(c.claim(a)) - rank(c.claim(b)) })
	return best, len(c.Records)
}

var claimRanks = []string{"externalId", "userName", "employeeNumber", "emails"}

func rank(claim string) int {
	if at := slices.Index(claimRanks, claim); at >= 0 {
		return at
	}
	return len(claimRanks)
}

// claim is what a record and the user have in common, the strongest; "" for nothing.
func (c AttachCase) claim(r Record) string {
	u := c.User
	switch {
	case r.Anchor != "" && r.Anchor == u.Anchor(c.Method):
		return "externalId"
	case r.UserName != "" && filter.Fold(r.UserName) == u.UserNameKey:
		return "userName"
	case r.EmployeeNumber != "" && r.EmployeeNumber == u.EmployeeNumber:
		return "employeeNumber"
	case r.Email != "" && filter.Fold(r.Email) == u.EmailKey:
		return "emails"
	}
	return ""
}

// about tells what is doubtful about a record that is known from outside.
func (c AttachCase) about(r Record) []string {
	var doubts []string
	if r.Enabled != nil && !*r.Enabled {
		doubts = append(doubts, "The directory has the record disabled, so its next delivery preserves the user.")
	}
	return append(doubts, c.taken(r.Anchor, r.UserName)...)
}

// taken tells who else has the anchor or userName of a record.
func (c AttachCase) taken(anchor, userName string) []string {
	var doubts []string
	if who, ok := c.Holders[anchor]; ok {
		doubts = append(doubts, "User "+who+" has the record’s source anchor.")
	}
	if who, ok := c.Named[filter.Fold(userName)]; ok && userName != "" {
		doubts = append(doubts, "User "+who+" has the record’s userName.")
	}
	return doubts
}

// doubts tells what about the user asks for a decision.
func (c AttachCase) doubts() []string {
	var out []string
	u := c.User
	switch {
	case u.Status == models.Preserved && u.PreservedBy != models.ByDirectory:
		out = append(out, "An administrator preserved the user; they stay so, whatever the directory sends.")
	case u.Parked != models.NotParked:
		out = append(out, "The user waits for a "+string(u.Parked)+".")
	case u.Status == models.Inactive:
		out = append(out, "An administrator suspended the user; they stay so, whatever the directory sends.")
	}
	if u.Protected {
		out = append(out, "The user is protected: no directory may disable or delete them.")
	}
	if u.Staged != models.NotStaged {
		out = append(out, "The directory’s removal of the user is held back.")
	}
	if u.UserNameReleased() {
		out = append(out, "Another person has the userName now.")
	}
	if c.Unmatched != "" {
		out = append(out, c.Unmatched)
	}
	return out
}
