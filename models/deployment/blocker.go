package deployment

import (
	"fmt"
	"time"

	"muster/models"
)

// Blocker stands in the way of a change; Link leads to where it is solved.
type Blocker struct {
	Text   string `json:"text"`
	Advice string `json:"advice"`
	Link   string `json:"link"`
}

// Note is what somebody should know before a change, and what stands in nobody's way.
type Note Blocker

func blockers(have Snapshot, target models.Method) []Blocker {
	o := have.Organization
	switch {
	case !target.Valid():
		return []Blocker{{Text: fmt.Sprintf("%q is no deployment method.", target), Advice: "Choose manual, scim, entra or ldap.", Link: "/deployment/change"}}
	case o.MethodSet && o.Method == target:
		return []Blocker{{Text: target.Label() + " is already in charge.", Advice: "Choose another method, or leave it as it is.", Link: "/deployment/change"}}
	}
	return nil
}

// quiet is how long ago SCIM traffic counts as past.
const quiet = 15 * time.Minute

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}

func notes(have Snapshot, target models.Method) []Note {
	var out []Note
	o := have.Organization
	if !Connects(target) && target.Valid() {
		out = append(out, Note{
			Text:   "This version of Muster does not connect to " + target.Label() + " yet.",
			Advice: "It can be put in charge and its mappings prepared. Until it can connect, nobody is delivered and all users stay manual.",
			Link:   "/mappings",
		})
	}
	if o.Method == models.SCIM && target != models.SCIM {
		var last models.Time
		for _, t := range have.Tokens {
			last = max(last, t.LastUsed)
		}
		if last != 0 && have.At.Sub(last.Time()) < quiet {
			out = append(out, Note{
				Text:   "The identity provider sent a request less than 15 minutes ago.",
				Advice: "From the change on its requests are answered with 403 and a text that names " + target.Label() + ". Stop provisioning there to keep its log clean; nothing is lost if you do not.",
				Link:   "/logs",
			})
		}
	}
	if n := have.Held; n > 0 && o.Method != target {
		out = append(out, Note{
			Text:   "The guard holds back " + counted(n, "removal", "removals") + ".",
			Advice: "What is held back is dropped with the change: these users stay as they are. Decide first if some of them are to go.",
			Link:   "/queue/held",
		})
	}
	return out
}
