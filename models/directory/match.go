package directory

import (
	"muster/models"
)

// Fate is what becomes of an arriving record.
type Fate string

// The fates of a create.
const (
	Create Fate = "create" // nobody matches: a new user
	Revive Fate = "revive" // the same person comes back after a deletion at the source: same id, same data
	Adopt  Fate = "adopt"  // a user nobody manages is taken over
	Refuse Fate = "refuse"
)

// Candidates are the users an arriving record could be.
type Candidates struct {
	ByAnchor *models.User
	ByName   *models.User
}

// Verdict is the decision on an arriving record. Release is a user gone at its
// source whose userName the new one takes over.
type Verdict struct {
	Fate    Fate
	User    *models.User
	Release *models.User
	Text    string
	Refusal *models.Error
}

// Match decides what an arriving record is: the person with its source anchor,
// else the one with its userName, else a new one (product.md, rule 6). It never
// merges two people: a name that another living anchor holds is a conflict.
func Match(in *models.User, c Candidates, adoption string, by models.Actor) Verdict {
	switch {
	case c.ByAnchor != nil && c.ByName != nil && c.ByAnchor.Key != c.ByName.Key && !c.ByName.Hidden:
		return refuse(taken(in, c.ByName))
	case c.ByAnchor != nil:
		v := meet(in, c.ByAnchor, "externalId", in.ExternalID, adoption, by)
		if c.ByName != nil && c.ByName.Key != c.ByAnchor.Key {
			v.Release = c.ByName
		}
		return v
	case c.ByName != nil && otherAnchor(in, c.ByName):
		if !c.ByName.Hidden {
			return refuse(taken(in, c.ByName))
		}
		return Verdict{
			Fate: Create, Release: c.ByName,
			Text: "No user has this externalId. A former user with the same userName was deleted at the source under another externalId, so this is another person.",
		}
	case c.ByName != nil:
		return meet(in, c.ByName, "userName", in.UserName, adoption, by)
	}
	return Verdict{Fate: Create, Text: "No user has this externalId or userName."}
}

// otherAnchor tells whether the record and the user are anchored differently, so
// that a common name does not make them one person.
func otherAnchor(in, u *models.User) bool {
	return in.ExternalID != "" && u.ExternalID != "" && in.ExternalID != u.ExternalID
}

func meet(in, u *models.User, by, value, adoption string, actor models.Actor) Verdict {
	switch {
	case u.Hidden:
		return Verdict{Fate: Revive, User: u, Text: "Matched a former user by " + by + " " + value + "; the same person returns."}
	case !actor.Directory() || u.Managed():
		return refuse(taken(in, u))
	case adoption == models.AdoptRefuse:
		return refuse(unadopted(u))
	}
	return Verdict{Fate: Adopt, User: u, Text: "Matched a user whom no directory manages by " + by + " " + value + "."}
}

func refuse(err *models.Error) Verdict {
	return Verdict{Fate: Refuse, Refusal: err, Text: err.Msg}
}

// taken names who holds what the record claims, and both ways out.
func taken(in, holder *models.User) *models.Error {
	attr, value := "userName", in.UserName
	if in.ExternalID != "" && in.ExternalID == holder.ExternalID && in.UserNameKey != holder.UserNameKey {
		attr, value = "externalId", in.ExternalID
	}
	return models.Errorf(models.Uniqueness, attr, "%s %q is already taken by user %s (id %s, %s, managed by %s).",
		attr, value, holder.UserName, holder.ID, stateWords(holder), holder.Mode.Label()).
		WithAdvice("If this is the same person, look them up with a filter and update that user. If not, rename one of the two at the source.").
		WithCode(attr + "Taken")
}

func unadopted(u *models.User) *models.Error {
	return models.Errorf(models.Uniqueness, "userName", "User %s exists and is managed by hand; this organization does not let a directory take users over.", u.UserName).
		WithAdvice("An administrator can set adoption to automatic under Settings, or rename the user.").WithCode("adoptionRefused")
}

func stateWords(u *models.User) string {
	switch {
	case u.Hidden:
		return "deleted at the source, kept as preserved"
	case u.Status == models.Preserved && u.PreservedBy == models.ByAdmin:
		return "preserved by an administrator"
	case u.Status == models.Preserved:
		return "preserved"
	}
	return string(u.Status)
}
