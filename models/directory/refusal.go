package directory

import (
	"fmt"

	"muster/models"
)

// The codes of refusals that an administrator decides about or has decided.
const (
	codePending  = "adoptionPending"
	codeDeclined = "adoptionDeclined"
)

// refusedAs is how the log has a refusal. Where somebody decided so, or is about to,
// nothing went wrong: it is skipped, so that a decision is not counted among the
// failures with every attempt of the directory.
func refusedAs(e *models.Error) models.Outcome {
	if e.Code == codePending || e.Code == codeDeclined {
		return models.Skipped
	}
	return models.Failure
}

// taken names who holds what the record claims, and both ways out.
func taken(in, holder *models.User, m models.Method) *models.Error {
	attr, value := "userName", in.UserName
	word := attr
	if anchor := in.Anchor(m); anchor != "" && anchor == holder.Anchor(m) && in.UserNameKey != holder.UserNameKey {
		attr, word, value = anchorAttr(m), m.AnchorWord(), anchor
	}
	return models.Errorf(models.Uniqueness, attr, "%s %q is already taken by user %s (id %s, %s, managed by %s).",
		word, value, holder.UserName, holder.ID, stateWords(holder), holder.Mode.Label()).
		WithAdvice("If this is the same person, %s. If not, rename one of the two at the source.", sameAs(holder)).
		WithCode(attr + "Taken")
}

// sameAs is the way to a user who is there already. Whom the directory deleted, no
// filter finds; they come back by being created.
func sameAs(holder *models.User) string {
	if holder.Hidden {
		return "create them again: no filter finds them, and they return with the same id and data"
	}
	return "look them up with a filter and update that user"
}

// held is taken for what a setting makes unique.
func held(attr, value string, holder *models.User) *models.Error {
	return models.Errorf(models.Uniqueness, attr, "%s %q already belongs to user %s (id %s, %s).", attr, value, holder.UserName, holder.ID, stateWords(holder)).
		WithAdvice("Change it for one of the two at the source, or allow duplicates under Settings.").WithCode(attr + "Taken")
}

func unadopted(u *models.User) *models.Error {
	return models.Errorf(models.Uniqueness, "userName", "User %s exists and is managed by hand; this organization does not let a directory take users over.", u.UserName).
		WithAdvice("An administrator can set adoption to automatic or ask under Settings, or rename the user.").WithCode("adoptionRefused")
}

// undecided refuses what waits for an administrator; why says whom it is about.
func undecided(why string) *models.Error {
	return models.Errorf(models.Uniqueness, "userName", "%s Taking them over waits for an administrator's decision in the queue.", why).
		WithAdvice("Decide it in the console under Queue; once it is accepted, the directory finds the user here and updates them.").WithCode(codePending)
}

// declined refuses what an administrator has refused before.
func declined(i *models.QueueItem) *models.Error {
	return models.Errorf(models.Uniqueness, "userName", "%s refused on %s that the directory takes over %s.",
		i.DecidedBy, i.Decided.Time().Format("2 January 2006, 15:04 MST"), recordWords(i)).
		WithAdvice("Rename one of the two at the source, or have an administrator accept it after all (%s in the console).", queueHref(i)).
		WithCode(codeDeclined)
}

// queueHref is where the console shows a queue item.
func queueHref(i *models.QueueItem) string { return "/queue/" + i.ID }

// waiting adds to a refusal where its decision is made.
func waiting(e *models.Error, i *models.QueueItem) *models.Error {
	told := *e
	if i.Kind == models.AdoptionItem {
		told.Advice = fmt.Sprintf("Decide it in the console under Queue (%s); once it is accepted, the directory finds the user here and updates them.", queueHref(i))
	} else {
		told.Advice += fmt.Sprintf(" An administrator can settle it in the console under Queue (%s).", queueHref(i))
	}
	return &told
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
