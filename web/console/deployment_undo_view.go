package console

import (
	"context"
	"strings"

	"muster/models"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
)

// preview shows what returns, who stays and why, and what stands in the way.
func (v undoView) preview(ctx context.Context) (page.ChangePreviewModel, error) {
	m := page.ChangePreviewModel{
		Head: ui.PageHeadModel{
			Title: v.title(), Sub: "What the undo would do right now. Nothing is changed before you confirm.",
			Crumbs: []ui.Link{{Label: "Deployment", Href: "/deployment"}, {Label: "The change", Href: v.path("")}},
		},
		Steps: undoSteps(0, ""), Now: sideOf("Now", v.undo.From), After: sideOf("After the undo", v.undo.To), Impact: v.undoRows(),
		Title:  "Who returns",
		Nobody: "Nobody returns: no user or group is as the change left it.",
		Page:   v.path("/undo/confirm"),
		Back:   []ui.Link{{Label: "See the change", Href: v.path("")}, {Label: "Back to deployment", Href: "/deployment"}},
	}
	for _, b := range v.undo.Blockers {
		m.Blockers = append(m.Blockers, blockerModel(b))
	}
	if len(v.undo.Left) > 0 {
		m.Notes = append(m.Notes, page.BlockerModel{Text: "Not every token comes back.", Advice: strings.Join(v.undo.Left, " "), Link: ui.Link{Label: "Open SCIM tokens", Href: "/scim/tokens"}})
	}
	if len(v.undo.Rules) > 0 {
		m.Notes = append(m.Notes, page.BlockerModel{Text: "Not every mapping comes back as it was.", Advice: strings.Join(v.undo.Rules, " "), Link: ui.Link{Label: "See mappings", Href: mappingsOf(v.undo.To)}})
	}
	if v.change.Counts.HeldDropped > 0 && v.undo.Counts.UsersReturn > 0 {
		m.Notes = append(m.Notes, page.BlockerModel{
			Text:   "What the guard held back before the change is held back again.",
			Advice: "Of those who return, " + ui.Plural(v.change.Counts.HeldDropped, "user", "users") + " at most: their removal waits in the queue for your decision.", Link: ui.Link{Label: "Open the queue", Href: heldPath},
		})
	}
	if v.undo.Gone > 0 {
		m.Notes = append(m.Notes, page.BlockerModel{
			Text:   ui.Plural(v.undo.Gone, "user of the change does not return and is not listed.", "users of the change do not return and are not listed."),
			Advice: "They were purged since, or taken over and changed more than once. Who is here stays as they are.", Link: ui.Link{Label: "See users", Href: "/users"},
		})
	}
	if err := v.names(ctx, &m); err != nil {
		return m, err
	}
	switch {
	case !v.by.Role.Includes(models.Admin):
		m.ReadOnly = true
	case v.undoable():
		confirm := v.confirm(nil)
		m.Confirm = &confirm
	}
	return m, nil
}

// names lists the first who return and the first who stay, and all tokens and mappings.
func (v undoView) names(ctx context.Context, m *page.ChangePreviewModel) error {
	m.Sample = page.FateListModel{Caption: "The first who return", What: "Name", Now: "Before the change", After: "Now"}
	term := v.change.Record.Ended
	if v.undo.To == models.Manual && v.undoable() {
		if err := v.leaving(ctx, m); err != nil {
			return err
		}
	}
	if term != "" {
		users, err := v.k.Read.Returning(ctx, v.by.OrganizationID, term, models.Page{Limit: sampleSize})
		if err != nil {
			return err
		}
		m.Sample.Rows = v.userRows(users.Items, false)
		if v.undo.Counts.UsersReturn > int64(len(users.Items)) {
			m.More = ui.Link{Label: "See all " + ui.Plural(v.undo.Counts.UsersReturn, "user", "users"), Href: v.path("/users")}
		}
		stay, err := v.k.Read.TouchedUsers(ctx, v.by.OrganizationID, term, v.change.At, models.Page{Limit: sampleSize})
		if err != nil {
			return err
		}
		if rows := v.userRows(stay.Items, true); len(rows) > 0 {
			m.Lists = append(m.Lists, page.FateCardModel{
				ID: "touched", Title: "Changed since: they do not return", Sub: firstOfAll(len(rows), v.undo.Counts.UsersTouched) + " They keep what was changed.",
				List: page.FateListModel{Caption: "Users who were changed since", What: "User", Now: "Before the change", After: "Now", Rows: rows},
			})
		}
	}
	if rows := v.tokenRows(v.undo.Tokens); len(rows) > 0 {
		m.Lists = append(m.Lists, page.FateCardModel{ID: "tokens", Title: "Tokens", List: page.FateListModel{Caption: "Tokens and what the undo does with them", What: "Token", After: "After the undo", Why: "Created by", Rows: rows}})
	}
	if rows := restoredRules(v.undo); len(rows) > 0 {
		m.Lists = append(m.Lists, page.FateCardModel{ID: "mappings", Title: "Mappings that come back", List: page.FateListModel{Caption: "Mappings that come back", What: "Mapping", Now: "Was", After: "After the undo", Why: "About", Rows: rows}})
	}
	return nil
}

// leaving names the first of those who become manual, where nobody returns.
func (v undoView) leaving(ctx context.Context, m *page.ChangePreviewModel) error {
	users, err := v.k.Read.Users(ctx, v.by.OrganizationID, models.UserQuery{Mode: v.undo.From, Page: models.Page{Limit: sampleSize}})
	if err != nil {
		return err
	}
	m.Title, m.Nobody = "Who becomes manual", "No user is managed by "+v.undo.From.Label()+" now, so nobody’s provisioning mode changes."
	change := changeView{by: v.by, impact: deployment.Impact{From: v.undo.From, To: v.undo.To}}
	m.Sample = page.FateListModel{Caption: "The first who become manual", What: "Name", Rows: change.userRows(users.Items)}
	if n := v.undo.Counts.UsersToManual; n > int64(len(users.Items)) {
		m.More = ui.Link{Label: "See all " + ui.Plural(n, "user", "users"), Href: "/users?mode=" + string(v.undo.From)}
	}
	return nil
}

// firstOfAll heads a list that may be cut.
func firstOfAll(shown int, all int64) string {
	if int64(shown) < all {
		return "The first of " + ui.Plural(all, "user.", "users.")
	}
	return ui.Plural(all, "user.", "users.")
}

func restoredRules(undo deployment.UndoImpact) []page.FateModel {
	rows := deletedRules(models.MethodChange{Record: models.ChangeRecord{Mappings: undo.Mappings, Attributes: undo.Attributes}})
	for i := range rows {
		rows[i].After = ui.Badge(ui.Ok, "Restored")
	}
	return rows
}

// undoRows count what an undo would do, each number with the list behind it.
func (v undoView) undoRows() []ui.ImpactModel {
	n, from, to := v.undo.Counts, v.undo.From.Label(), v.undo.To.Label()
	var out []ui.ImpactModel
	add := func(count int64, one, many, note, href string, tone ui.Tone) {
		if count > 0 {
			out = append(out, ui.ImpactModel{Count: count, Label: verbed(count, one, many), Note: note, Href: href, Tone: tone})
		}
	}
	if v.undo.To != models.Manual {
		out = append(out,
			ui.ImpactModel{Count: n.UsersReturn, Label: verbed(n.UsersReturn, "user returns to "+to, "users return to "+to), Note: "Nobody changed them since.", Href: v.path("/users"), Tone: ui.Ok},
			ui.ImpactModel{Count: n.GroupsReturn, Label: verbed(n.GroupsReturn, "group returns to "+to, "groups return to "+to), Note: "Nobody changed them since.", Href: v.path("/groups"), Tone: ui.Ok})
	}
	const included = "Mappings and attribute mappings together."
	touched := "Changed since; what was changed is kept."
	add(n.UsersTouched, "user does not return", "users do not return", touched, v.path("/users?what="+touchedSince), ui.Warn)
	add(n.GroupsTouched, "group does not return", "groups do not return", touched, v.path("/groups?what="+touchedSince), ui.Warn)
	add(n.UsersToManual, "user of "+from+" becomes manual", "users of "+from+" become manual", "They keep status, profile, groups, roles and history.", "/users?mode="+string(v.undo.From), ui.Warn)
	add(n.GroupsToManual, "group of "+from+" becomes manual", "groups of "+from+" become manual", "", "/groups?mode="+string(v.undo.From), ui.Warn)
	add(n.RulesRestored, "deleted "+to+" mapping comes back", "deleted "+to+" mappings come back", included, "#mappings", ui.Ok)
	add(n.RulesWoken, "kept "+to+" mapping works again", "kept "+to+" mappings work again", included, mappingsOf(v.undo.To), ui.Ok)
	add(n.RulesParked, from+" mapping is kept, parked", from+" mappings are kept, parked", included, mappingsOf(v.undo.From), ui.Info)
	add(n.TokensWoken, "SCIM token works again", "SCIM tokens work again", "", "#tokens", ui.Ok)
	add(n.TokensOpened, "shadow token counts from now on", "shadow tokens count from now on", "", "#tokens", ui.Ok)
	add(n.TokensShadow, "token back in shadow mode", "tokens back in shadow mode", "", "#tokens", ui.Info)
	add(n.TokensParked, "SCIM token is parked", "SCIM tokens are parked", "Requests get 403 with the reason.", "#tokens", ui.Info)
	add(n.QueueReopened, "decision is opened again", "decisions are opened again", "", "/queue?tab=decided", ui.Ok)
	add(n.QueueClosed, "open decision is closed", "open decisions are closed", "They are about records of "+from+".", "/queue", ui.Warn)
	add(n.HeldDropped, "held removal is dropped", "held removals are dropped", "These users stay as they are.", "/queue/held", ui.Warn)
	return append(out, ui.ImpactModel{Count: n.UsersDeleted, Label: "users deleted", Note: "An undo never deletes anybody."})
}
