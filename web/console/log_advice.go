package console

import (
	"cmp"
	"net/url"
	"strings"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
)

// advice says what an error code means to an administrator, and where to solve it.
type advice struct {
	title string
	text  string // used where the entry carries no advice of its own
	label string // of the link
	href  func(models.LogEntry) string
}

// advices is the one table from codes of the log to words. Codes without a line
// show their entry's own advice.
var advices = map[string]advice{
	"userNameTaken":       {"Two people claim one userName", "Look both up. Same person: update the one that exists. Different people: rename one at the source.", "Find who has it", findTarget},
	"externalIdTaken":     {"Two records claim one source anchor", "An anchor belongs to one person for good. Correct externalId at the source.", "Find who has it", findTarget},
	"emailsTaken":         {"Another user has this work e-mail", "Change it for one of the two at the source, or allow duplicates under Settings.", "Open settings", adviceTo("/settings")},
	"employeeNumberTaken": {"Another user has this employee number", "Change it for one of the two at the source, or allow duplicates under Settings.", "Open settings", adviceTo("/settings")},
	"adoptionRefused":     {"This organization lets no directory take users over", "Set adoption to automatic, or rename the user.", "Open settings", adviceTo("/settings")},
	"adoptionPending":     {"An administrator decides whether the directory takes this over", "Accept or refuse it in the queue; the directory tries again by itself.", "Open the queue", adviceTo("/queue")},
	"adoptionDeclined":    {"An administrator refused that the directory takes this over", "Accept it after all in the queue, or rename one of the two at the source.", "Open the queue", adviceTo("/queue?tab=decided")},
	"managedByDirectory":  {"The directory manages this field", "Change it in the directory; the next cycle brings it here.", "Open the record", targetHref},
	"methodNotInCharge":   {"SCIM is not in charge", "Stop provisioning in the identity provider, or change the deployment method to SCIM.", "Open deployment", adviceTo("/deployment")},
	"missingUserName":     {"The directory sent no userName", "Map a value that everybody has, such as the user principal name, to userName.", "See the setup guides", adviceTo("/scim/tokens")},
	"missingDisplayName":  {"The directory sent a group without a name", "Map the group’s name to displayName at the source.", "See the setup guides", adviceTo("/scim/tokens")},
	"tooLong":             {"A value is too long", "Shorten it at the source, or map another attribute.", "", nil},
	"badCharacter":        {"A value has characters that cannot be kept", "Remove control characters at the source.", "", nil},
	"userNotFound":        {"The directory changed a user who is not here", "The directory creates the user again by itself in its next cycle; otherwise restart provisioning there.", "Find the user", findTarget},
	"groupNotFound":       {"The directory changed a group that is not here", "The directory creates the group again by itself in its next cycle; otherwise restart provisioning there.", "See groups", adviceTo("/groups")},
	"unknownMember":       {"A member is not here", "Assign the user to the application in the directory, so that it is sent before its groups.", "See users", adviceTo("/users")},
	"groupNameTaken":      {"Two groups claim one name", "Rename one of the two at the source.", "See groups", adviceTo("/groups")},
	"groupCircle":         {"A group would contain itself", "Take one of the groups out of the other at the source.", "See groups", adviceTo("/groups")},
	"preservedByAdmin":    {"An administrator preserved this user", "A directory does not revive them. Restore the user here if they should come back.", "Open the user", targetHref},
	"suspendedByAdmin":    {"An administrator suspended this user", "A directory does not activate them. Restore the user here if they should come back.", "Open the user", targetHref},
	"invalidSyntax":       {"The request could not be read", "Look at the request body; the directory’s connector or its proxy damages it.", "See the request", requestHref},
	"invalidValue":        {"A value was refused", "Correct the value or its mapping at the source.", "See the request", requestHref},
	"invalidPath":         {"The request names an attribute that does not exist", "Remove it from the attribute mapping in the identity provider; or declare it here if the application needs it.", "Open attributes", adviceTo("/attributes")},
	"invalidFilter":       {"The filter could not be read", "Look at the request; the directory’s connector may need an update.", "See the request", requestHref},
	"noTarget":            {"The change names a value that is not there", "The directory’s picture is older than this one; its next full cycle settles it.", "See the request", requestHref},
	"mutability":          {"The request changes what cannot be changed", "Remove the attribute from the mapping at the source.", "See the request", requestHref},
	"preconditionFailed":  {"The record changed in between", "The directory tries again by itself.", "See the request", requestHref},
	"changedMeanwhile":    {"The record changed in between", "The directory tries again by itself.", "See the request", requestHref},
	"databaseBusy":        {"The database was busy", "The directory tries again by itself. If it happens often, look at the server’s load.", "", nil},
	"noSeat":              {"No seat is free", "Preserve somebody who left, or raise the number of seats under Settings.", "See who waits", adviceTo(queuePath + "/seats")},
	"noMappingMatched":    {"No mapping matches a user", "Correct the user in the directory, or make a mapping that matches.", "Open mappings", adviceTo(mappingsPath)},
	"protectedUser":       {"The directory may not remove a protected user", "Take the protection away here if the directory is right.", "Open the user", targetHref},
	"guardHeld":           {"The guard holds removals back", "Approve or reject them in the queue.", "See held removals", adviceTo(heldPath)},
	"diskFull":            {"The disk is full", "Make room on the server’s disk; the directory then tries again by itself.", "", nil},

	"attributeMappingFailed": {"An attribute mapping failed", "The user was provisioned, with what the directory sent. Try the mapping on this user and correct its expression.", "See attribute mappings", adviceTo(attributeMappingsPath)},
}

// toldToClients are codes whose entries carry an advice that speaks to the SCIM client, as
// its answer did; an administrator is told what is theirs to do.
var toldToClients = map[string]bool{"userNameTaken": true, "externalIdTaken": true, "invalidPath": true, "unknownMember": true}

// settled is what to do where the queue asks who is who.
const settled = "Say in the queue whether both are the same person; the directory’s next attempt then goes through."

func adviceTo(path string) func(models.LogEntry) string {
	return func(models.LogEntry) string { return path }
}

func findTarget(e models.LogEntry) string { return "/users?q=" + url.QueryEscape(e.TargetName) }

func requestHref(e models.LogEntry) string {
	if e.RequestID == "" {
		return ""
	}
	return "/logs/requests/" + e.RequestID
}

// adviceTitle names a code in words, for groups of failures.
func adviceTitle(code string) string {
	return cmp.Or(advices[code].title, code, "Refused")
}

// fix is what to do about an entry; nil where nothing is to be done.
func (v logView) fix(e models.LogEntry) *page.LogFixModel {
	if e.Status == models.Success || e.Code == "" && e.Details.Advice == "" {
		return nil
	}
	a := advices[e.Code]
	out := &page.LogFixModel{
		Tone: outcomeTone(e.Status), Code: cmp.Or(e.Code, string(e.Status)), Title: adviceTitle(e.Code),
		Text: cmp.Or(e.Details.Advice, a.text),
	}
	switch {
	case e.Details.Queue != "" && strings.HasSuffix(e.Code, "Taken") && e.TargetType == models.UserTarget:
		out.Text = settled
	case toldToClients[e.Code]:
		out.Text = a.text
	}
	if e.Status == models.Failure {
		out.Text = e.Summary + " " + out.Text
	}
	if e.Details.Queue != "" {
		out.Link = &ui.Link{Label: "Open it in the queue", Href: queuePath + "/" + e.Details.Queue}
		return out
	}
	if a.href != nil && !(v.mask.on && (a.label == "Open settings" || strings.HasPrefix(a.label, "Find"))) { // of no use to an auditor
		if href := a.href(e); href != "" {
			out.Link = &ui.Link{Label: a.label, Href: href}
		}
	}
	return out
}
