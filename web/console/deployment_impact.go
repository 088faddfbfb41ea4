package console

import (
	"time"

	"muster/models"
	"muster/views/ui"
)

// ruleCount is how many mappings and attribute mappings there are.
type ruleCount struct{ mappings, attributes int64 }

func (n ruleCount) none() bool { return n.mappings+n.attributes == 0 }

// words name both kinds, those that there are.
func (n ruleCount) words(method string) string {
	mappings, attributes := ui.Plural(n.mappings, method+" mapping", method+" mappings"), ui.Plural(n.attributes, "attribute mapping", "attribute mappings")
	switch {
	case n.attributes == 0:
		return mappings
	case n.mappings == 0:
		return ui.Plural(n.attributes, method+" attribute mapping", method+" attribute mappings")
	}
	return mappings + " and " + attributes
}

func (n ruleCount) one() bool { return n.mappings+n.attributes == 1 }

// toldChange is a change as rows and sentences tell it.
type toldChange struct {
	counts          models.ChangeCounts
	from, to        models.Method
	leaving, waking ruleCount // rules of the method that leaves and of the one that comes
	until           time.Time // it can be taken back
	link            func(part string, pairs ...string) string
}

// rows count what a change would do, each number with the list behind it.
func (t toldChange) rows() []ui.ImpactModel {
	n, from := t.counts, t.from.Label()
	out := []ui.ImpactModel{
		{Count: n.UsersToManual, Label: verbed(n.UsersToManual, "user becomes manual", "users become manual"), Note: "They keep status, profile, groups, roles and history.", Href: t.link("users", "mode", string(t.from)), Tone: ui.Warn},
		{Count: n.GroupsToManual, Label: verbed(n.GroupsToManual, "group becomes manual", "groups become manual"), Note: "Members are kept.", Href: t.link("groups", "mode", string(t.from)), Tone: ui.Warn},
	}
	add := func(count int64, one, many, note, href string, tone ui.Tone) {
		if count > 0 {
			out = append(out, ui.ImpactModel{Count: count, Label: verbed(count, one, many), Note: note, Href: href, Tone: tone})
		}
	}
	add(n.UsersUnchanged, "user stays as it is", "users stay as they are", "They are in manual mode already.", t.link("users", "mode", string(models.Manual)), ui.Neutral)
	add(n.Preserved, "preserved user stays preserved", "preserved users stay preserved", "Counted among the users above.", t.link("users", "status", string(models.Preserved)), ui.Neutral)
	add(n.Inactive, "inactive user stays inactive", "inactive users stay inactive", "Counted among the users above.", t.link("users", "status", string(models.Inactive)), ui.Neutral)
	rules := func(r ruleCount, method, one, many, note string, tone ui.Tone) {
		add(r.mappings, method+" mapping "+one, method+" mappings "+many, note, t.link("mappings"), tone)
		add(r.attributes, method+" attribute mapping "+one, method+" attribute mappings "+many, note, t.link("mappings"), tone)
	}
	back := "Undo brings back what is deleted until " + day(t.until) + "; after that it is gone."
	if n.RulesDeleted > 0 {
		rules(t.leaving, from, "is deleted", "are deleted", "Users keep their profiles. "+back, ui.Error)
	} else {
		rules(t.leaving, from, "is kept, parked", "are kept, parked", "They decide again when "+from+" comes back. Profiles stay with their users.", ui.Info)
	}
	add(n.TokensParked, "SCIM token is kept, parked", "SCIM tokens are kept, parked", "Requests get 403 with the reason; they work again when SCIM comes back.", t.link("tokens"), ui.Info)
	add(n.TokensRevoked, "SCIM token is deleted", "SCIM tokens are deleted", "The identity provider cannot sign in any more. "+back, t.link("tokens"), ui.Error)
	add(n.TokensWoken, "parked SCIM token works again", "parked SCIM tokens work again", "", t.link("tokens"), ui.Ok)
	add(n.TokensOpened, "shadow token counts from now on", "shadow tokens count from now on", "What they send changes users.", t.link("tokens"), ui.Ok)
	rules(t.waking, t.to.Label(), "that is kept works again", "that are kept work again", "", ui.Ok)
	add(n.QueueClosed, "open decision is closed", "open decisions are closed", "They are about records of "+from+".", t.link("decisions"), ui.Warn)
	add(n.HeldDropped, "removal that the guard holds back is dropped", "removals that the guard holds back are dropped", "These users stay as they are.", t.link("removals"), ui.Warn)
	return append(out, ui.ImpactModel{Count: n.UsersDeleted, Label: "users deleted", Note: "A change of method never deletes anybody."})
}

func verbed(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
