package directory

import (
	"fmt"

	"muster/models"
	"muster/models/filter"
)

// Fate is what becomes of an arriving record.
type Fate string

// The fates of a create.
const (
	Create Fate = "create" // nobody matches: a new user
	Revive Fate = "revive" // the same person comes back after they were gone at the source: same id, same data
	Adopt  Fate = "adopt"  // a user nobody manages is taken over
	Refuse Fate = "refuse"
)

// Candidates are the users an arriving record could be. ByAttribute are those with
// its work e-mail or employee number, whichever the organization knows people by:
// nobody manages them, or they were deleted at the source.
type Candidates struct {
	ByAnchor    *models.User
	ByName      *models.User
	ByAttribute []models.User
}

// Verdict is the decision on an arriving record. Release is a user gone at its
// source whose userName the new one takes over. A refusal with a Queue waits for an
// administrator: Holder is whom the record meets, in the attribute Claim.
type Verdict struct {
	Fate    Fate
	User    *models.User
	Release *models.User
	Text    string
	Refusal *models.Error
	Queue   models.QueueKind
	Holder  *models.User
	Claim   string
}

// Match decides what an arriving record is: the person with its source anchor,
// else the one with its userName, else the one with the attribute that the
// organization knows people by, else a new one (product.md, rule 6). It never
// merges two people: a name that another living anchor holds is a conflict.
func Match(in *models.User, c Candidates, s models.OrganizationSettings, by models.Actor) Verdict {
	word := by.Anchors().AnchorWord()
	switch {
	case c.ByAnchor != nil && c.ByName != nil && c.ByAnchor.Key != c.ByName.Key && !c.ByName.Hidden:
		return conflict(taken(in, c.ByName, by.Anchors()), c.ByName)
	case c.ByAnchor != nil:
		v := meet(in, c.ByAnchor, met{anchorAttr(by.Anchors()), in.Anchor(by.Anchors())}, s, by)
		if c.ByName != nil && c.ByName.Key != c.ByAnchor.Key {
			v.Release = c.ByName
		}
		return v
	case c.ByName != nil && !otherAnchor(in, c.ByName, by.Anchors()):
		return meet(in, c.ByName, met{"userName", in.UserName}, s, by)
	}
	if u, how := byAttribute(in, c, s, by.Anchors()); u != nil {
		return meetByAttribute(in, c, u, how, s, by)
	}
	switch {
	case c.ByName != nil && !c.ByName.Hidden:
		return conflict(taken(in, c.ByName, by.Anchors()), c.ByName)
	case c.ByName != nil:
		return Verdict{
			Fate: Create, Release: c.ByName,
			Text: "No user has this " + word + ". A former user with the same userName was deleted at the source under another one, so this is another person.",
		}
	case len(c.ByAttribute) > 0:
		return Verdict{Fate: Create, Text: fmt.Sprintf("No user has this %s or userName, and those with %s are not known to be this person.", word, attributeOf(in, s))}
	}
	return Verdict{Fate: Create, Text: "No user has this " + word + " or userName."}
}

// met is what a record and a user have in common.
type met struct{ attr, value string }

func (m met) String() string { return m.attr + " " + m.value }

// attributeOf is the value that the organization knows people by beside anchor and
// userName; empty when it knows none or the record has none.
func attributeOf(in *models.User, s models.OrganizationSettings) met {
	switch {
	case s.MatchAttribute == models.MatchByEmail && in.EmailKey != "":
		return met{"emails", in.Email}
	case s.MatchAttribute == models.MatchByEmployeeNumber && in.EmployeeNumber != "":
		return met{"employeeNumber", in.EmployeeNumber}
	}
	return met{}
}

// byAttribute picks the user whom the match attribute finds. One who is here goes
// before those deleted at the source; two of a kind tell nobody apart, and so find
// nobody. An address passes on to another person together with a name: it does not
// bring back somebody who was deleted under another anchor.
func byAttribute(in *models.User, c Candidates, s models.OrganizationSettings, anchors models.Method) (*models.User, met) {
	how := attributeOf(in, s)
	var here, gone []*models.User
	for i := range c.ByAttribute {
		switch u := &c.ByAttribute[i]; {
		case u.Hidden && how.attr == "emails" && (otherAnchor(in, u, anchors) || s.Adoption == models.AdoptRefuse):
		case u.Hidden:
			gone = append(gone, u)
		default:
			here = append(here, u)
		}
	}
	if len(here) == 0 {
		here = gone
	}
	if how.attr == "" || len(here) != 1 {
		return nil, met{}
	}
	return here[0], how
}

// meetByAttribute decides on the user whom the match attribute found. Somebody else
// who is here under the userName keeps the two apart. What rests on an e-mail alone
// and would change how somebody signs in is for an administrator.
func meetByAttribute(in *models.User, c Candidates, u *models.User, how met, s models.OrganizationSettings, by models.Actor) Verdict {
	other := c.ByName != nil && c.ByName.Key != u.Key
	if other && !c.ByName.Hidden {
		return conflict(taken(in, c.ByName, by.Anchors()), c.ByName)
	}
	v := meet(in, u, how, s, by)
	if v.Refusal == nil && how.attr == "emails" && (otherAnchor(in, u, by.Anchors()) || filter.Fold(u.UserName) != in.UserNameKey) {
		v = pending(u, how)
	}
	if other {
		v.Release = c.ByName
	}
	return v
}

// otherAnchor tells whether the record and the user are anchored differently, so
// that a common name does not make them one person.
func otherAnchor(in, u *models.User, m models.Method) bool {
	mine, theirs := in.Anchor(m), u.Anchor(m)
	return mine != "" && theirs != "" && mine != theirs
}

// anchorAttr is the anchor's name among attributes: SCIM's is one, those of connectors
// stand beside them.
func anchorAttr(m models.Method) string {
	if m == models.SCIM || m == models.Manual {
		return "externalId"
	}
	return "anchor"
}

func meet(in, u *models.User, how met, s models.OrganizationSettings, by models.Actor) Verdict {
	switch {
	case u.Hidden:
		return Verdict{Fate: Revive, User: u, Text: "Matched a former user by " + how.String() + "; the same person returns."}
	case returnsRenamed(in, u, how, by):
		return Verdict{Fate: Revive, User: u, Text: "Matched a user whom the directory had disabled, by " + how.String() + "; the same person returns under another userName."}
	case !by.Directory() || u.Managed():
		return refuse(taken(in, u, by.Anchors()))
	case s.Adoption == models.AdoptRefuse:
		return refuse(unadopted(u))
	case s.Adoption == models.AdoptAsk:
		return pending(u, how)
	}
	return Verdict{Fate: Adopt, User: u, Text: "Matched a user whom no directory manages by " + how.String() + "."}
}

// returnsRenamed tells whether a directory brings somebody back whom it disabled, and who
// got another userName meanwhile. It looks for the new name before it creates, finds
// nobody, and has no other way: a 409 would shut the person out for good. Under the same
// name it finds them, and a create is a mistake.
func returnsRenamed(in, u *models.User, how met, by models.Actor) bool {
	return by.Directory() && u.Managed() && how.attr == anchorAttr(by.Anchors()) &&
		u.Status == models.Preserved && u.PreservedBy == models.ByDirectory && in.UserNameKey != u.UserNameKey
}

func refuse(err *models.Error) Verdict {
	return Verdict{Fate: Refuse, Refusal: err, Text: err.Msg}
}

// conflict refuses a record whose name another person has, and asks an
// administrator who is who.
func conflict(err *models.Error, holder *models.User) Verdict {
	v := refuse(err)
	v.Queue, v.Holder, v.Claim = models.ConflictItem, holder, err.Attr
	return v
}

// pending refuses a record for as long as an administrator has not decided whether
// it takes the user over.
func pending(u *models.User, how met) Verdict {
	who := "whom nobody manages"
	if u.Hidden {
		who = "who was deleted at the source"
	}
	v := refuse(undecided(fmt.Sprintf("The record matches user %s (id %s, %s), %s, by %s.", u.UserName, u.ID, stateWords(u), who, claimWord(how.attr))))
	v.Queue, v.Holder, v.Claim = models.AdoptionItem, u, how.attr
	return v
}
