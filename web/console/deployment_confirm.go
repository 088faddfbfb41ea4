package console

import (
	"regexp"

	"muster/models"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
)

// confirm builds the question. Consequence first, then the numbers, then what stays,
// then the way back: a person who reads nothing else can say what will happen.
func (v changeView) confirm(wrong map[string]string) page.ChangeConfirmModel {
	i, n, told := v.impact, v.impact.Counts, v.told()
	title := "Change the deployment method to " + i.To.Label() + "?"
	m := page.ChangeConfirmModel{
		Head:  ui.PageHeadModel{Title: title, Crumbs: append(changeCrumbs(), ui.Link{Label: "Preview", Href: v.form.path() + v.form.query()})},
		Steps: changeSteps(2),
		Ack:   "I understand that " + ui.Plural(n.UsersToManual, "user", "users") + " and " + ui.Plural(n.GroupsToManual, "group", "groups") + " become manual today, " + day(v.now) + ".",
		Ask: ui.ConfirmModel{
			ID: "confirm-change", Title: title, Consequence: deployment.Consequence(i.To), Points: told.sentences(), Stays: told.stays(), Undo: told.wayBack(),
			Action: v.form.path(), Label: "Change to " + i.To.Label(), Cancel: "Keep " + i.From.Label(), CancelHref: v.form.path() + v.form.query(),
			Hidden: append([]ui.Option{{Label: "version", Value: i.Version}, {Label: "keep", Value: v.form.kept()}}, seen(n)...),
		},
	}
	m.Steps[1].Href = m.Ask.CancelHref
	if v.deletes() {
		m.Name, m.Pattern = v.org.Name, `\s*`+regexp.QuoteMeta(v.org.Name)+`\s*`
	}
	v.form.entered(&m, v.ask, wrong)
	return m
}

// entered fills a confirmation with what was entered, and with what is wrong with it.
func (f changeForm) entered(m *page.ChangeConfirmModel, ask bool, wrong map[string]string) {
	m.Acked, m.Typed, m.Reason, m.Password = f.ack, f.name, f.reason, ask
	m.AckError, m.NameErr, m.ReasErr, m.PassErr = wrong["ack"], wrong["name"], wrong["reason"], wrong["password"]
	for _, field := range []string{"ack", "name", "reason", "password"} {
		if text := wrong[field]; text != "" {
			m.Errors = append(m.Errors, ui.FormError{Name: field, Text: text})
		}
	}
}

// sentences tell the numbers, one each.
func (t toldChange) sentences() []string {
	n, from := t.counts, t.from.Label()
	first := "Now that is " + ui.Plural(n.UsersToManual, "user", "users") + " and " + ui.Plural(n.GroupsToManual, "group", "groups") + "."
	if n.UsersToManual+n.GroupsToManual == 0 {
		first = "All " + ui.Plural(n.UsersUnchanged, "user is", "users are") + " in manual mode already, so nobody’s mode changes."
		if n.UsersUnchanged == 0 {
			first = "There are no users yet, so nobody’s mode changes."
		}
	}
	out := []string{first}
	add := func(count int64, one, many string) {
		if count > 0 {
			out = append(out, ui.Plural(count, one, many))
		}
	}
	if !t.leaving.none() {
		out = append(out, t.leaving.words(from)+ruleFate(t.leaving.one(), n.RulesDeleted > 0, from))
	}
	add(n.TokensParked, "SCIM token is kept, parked: it stops working now and works again when SCIM comes back.", "SCIM tokens are kept, parked: they stop working now and work again when SCIM comes back.")
	add(n.TokensRevoked, "SCIM token is deleted: the identity provider cannot sign in with it any more.", "SCIM tokens are deleted: the identity provider cannot sign in with them any more.")
	if t.from == models.SCIM {
		out = append(out, "SCIM requests are refused with 403 and the reason.")
	}
	add(n.TokensWoken, "parked SCIM token works again.", "parked SCIM tokens work again.")
	add(n.TokensOpened, "token of shadow mode counts from now on: what it sends changes users.", "tokens of shadow mode count from now on: what they send changes users.")
	if !t.waking.none() {
		out = append(out, t.waking.words(t.to.Label())+ruleWakes(t.waking.one()))
	}
	add(n.QueueClosed, "open decision in the queue is closed.", "open decisions in the queue are closed.")
	add(n.HeldDropped, "removal that the guard holds back is dropped: the user stays.", "removals that the guard holds back are dropped: the users stay.")
	return out
}

func ruleFate(one, deleted bool, from string) string {
	switch {
	case deleted && one:
		return " is deleted; users keep the profiles that they have by it."
	case deleted:
		return " are deleted; users keep the profiles that they have by them."
	case one:
		return " is kept, parked until " + from + " comes back."
	}
	return " are kept, parked until " + from + " comes back."
}

func ruleWakes(one bool) string {
	if one {
		return " that is kept works again."
	}
	return " that are kept work again."
}

// stays says what nobody has to fear for.
func (t toldChange) stays() string {
	n := t.counts
	return "Everybody keeps status, profile, groups, roles and history. " +
		ui.Plural(n.Preserved, "preserved user stays preserved", "preserved users stay preserved") + " and " +
		ui.Plural(n.Inactive, "inactive user stays inactive", "inactive users stay inactive") + ". 0 users are deleted."
}

// wayBack says until when the change can be undone, and what that brings back.
func (t toldChange) wayBack() string {
	text := "You can undo this until " + day(t.until) + ": " + t.from.Label() + " is in charge again, and everybody whom nobody changed since returns to it."
	if t.counts.TokensRevoked+t.counts.RulesDeleted > 0 {
		text += " What is deleted comes back with it; after that day it is gone for good."
	}
	return text
}
