package console

import (
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/transform"
	"muster/views/page"
	"muster/views/ui"
)

// changeMappings names the mappings and attribute mappings that a change parks, deletes
// or wakes.
func (k *Console) changeMappings(c echo.Context, v changeView, m *page.ChangePartModel) error {
	q := strings.TrimSpace(c.QueryParam("q"))
	m.Filter = v.search(c, "mappings", "Search mappings", "Name, attribute or expression")
	m.List = page.FateListModel{Caption: "Mappings and what becomes of them", What: "Mapping"}
	for _, method := range []models.Method{v.impact.From, v.impact.To} {
		rows, err := k.ruleRows(c, v, method, q)
		if err != nil {
			return err
		}
		m.List.Rows = append(m.List.Rows, rows...)
	}
	n := int64(len(m.List.Rows))
	m.Pager = &ui.PagerModel{From: 1, To: n, Total: n, Noun: verbed(n, "mapping", "mappings")}
	m.Empty = page.EmptyListModel{EmptyModel: ui.EmptyModel{
		Icon: "route", Title: "No mapping is concerned",
		Text: "Neither " + v.impact.From.Label() + " nor " + v.impact.To.Label() + " has mappings or attribute mappings.",
	}}
	if q != "" {
		m.Empty.Title, m.Empty.Text = "No mapping found", "No name, attribute or expression has “"+q+"” in it."
		m.Empty.Buttons = []ui.ButtonModel{{Label: "Show all mappings", Href: v.form.part("mappings")}}
	}
	return nil
}

// ruleRows are one method's rules with their fate.
func (k *Console) ruleRows(c echo.Context, v changeView, method models.Method, q string) ([]page.FateModel, error) {
	if !ruled(method) {
		return nil, nil
	}
	w, err := k.ruleNames(c, method)
	if err != nil {
		return nil, err
	}
	after, why := v.ruleFate(method)
	var rows []page.FateModel
	for _, rule := range w.rules {
		if holding(q, rule.Name, rule.Description) {
			rows = append(rows, page.FateModel{
				Name: rule.Name, Sub: method.Label() + " mapping " + ui.Count(rule.Position) + ": " + w.sentence(rule), Href: mappingAddress(rule),
				Now: ruleBadge(rule.Disabled, rule.Parked), After: after, Why: why + gives(w, rule),
			})
		}
	}
	for _, a := range ofMethod(v.attributes, method) {
		if holding(q, transform.Short(a.Target), targetLabel(a.Target), a.Expression) {
			row := page.FateModel{
				Name: targetLabel(a.Target), Sub: method.Label() + " attribute mapping: " + firstOf(a.Expression, 120),
				Now: ruleBadge(a.Disabled, a.Parked), After: after, Why: why + " Computed values stay with their users.",
			}
			if v.by.Role.Includes(models.Admin) {
				row.Href = attributeMappingsPath + "/" + a.ID
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func gives(w ruleWorld, m models.Mapping) string {
	if p, ok := w.profile(m.ProfileKey); ok {
		return " Who has the profile " + p.Name + " by it keeps it."
	}
	return ""
}

func ruleBadge(disabled, parked bool) templ.Component {
	switch {
	case disabled:
		return ui.Badge(ui.Neutral, "Off")
	case parked:
		return ui.Badge(ui.Neutral, "Parked")
	}
	return ui.Badge(ui.Ok, "In force")
}

// ruleFate is what becomes of all rules of a method.
func (v changeView) ruleFate(method models.Method) (templ.Component, string) {
	switch {
	case method == v.impact.To:
		return ui.Badge(ui.Ok, "Works again"), method.Label() + " comes in charge."
	case v.form.keep:
		return ui.Badge(ui.Info, "Kept, parked"), "Decides again when " + method.Label() + " comes back."
	}
	return ui.Badge(ui.Error, "Deleted"), "Mappings are not kept. Undo brings it back until " + day(v.impact.UndoUntil) + "."
}

// changeTokens names the tokens and what becomes of each.
func (k *Console) changeTokens(_ echo.Context, v changeView, m *page.ChangePartModel) error {
	fates := map[string]models.TokenFate{}
	for _, move := range v.impact.Tokens {
		fates[move.ID] = move.Is
	}
	m.List = page.FateListModel{Caption: "SCIM tokens and what becomes of them", What: "Token"}
	for _, t := range v.tokens {
		if fate, moves := fates[t.ID]; moves {
			m.List.Rows = append(m.List.Rows, v.tokenRow(t, fate))
		}
	}
	n := int64(len(m.List.Rows))
	m.Pager = &ui.PagerModel{From: 1, To: n, Total: n, Noun: verbed(n, "token", "tokens")}
	m.Note = "Tokens that are revoked or expired stay as they are and are not listed."
	m.Empty = page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "key-round", Title: "No token is concerned", Text: "No SCIM token changes its state."}}
	return nil
}

func (v changeView) tokenRow(t models.Token, fate models.TokenFate) page.FateModel {
	row := page.FateModel{Name: t.Description, Sub: t.Prefix + "…", Href: "/scim/tokens/" + t.ID, Now: tokenBadge(t, v.now)}
	switch fate {
	case models.TokenSleeps:
		row.After, row.Why = ui.Badge(ui.Info, "Kept, parked"), "Its requests are answered with 403 and the reason, until SCIM comes back."
	case models.TokenDies:
		row.After, row.Why = ui.Badge(ui.Error, "Deleted"), "Nobody can sign in with it any more. Undo brings it back until "+day(v.impact.UndoUntil)+"."
	case models.TokenWakes:
		row.After, row.Why = ui.Badge(ui.Ok, "Works again"), "SCIM comes in charge, and the token has not expired."
	case models.TokenOpens:
		row.After, row.Why = ui.Badge(ui.Ok, "Counts from now on"), "It was rehearsed in shadow mode; what it sends changes users once SCIM is in charge."
	case models.TokenRehearses:
		row.After, row.Why = ui.Badge(ui.Info, "Shadow mode"), "What it sends is rehearsed again and changes nobody."
	}
	return row
}

// changeDecisions names the open decisions that a change closes.
func (k *Console) changeDecisions(c echo.Context, v changeView, m *page.ChangePartModel) error {
	f, err := userFilterOf(c)
	if err != nil {
		return err
	}
	found, err := k.Read.Queue(c.Request().Context(), v.by.OrganizationID, models.QueueQuery{
		Search: f.search, Page: models.Page{Limit: changePartSize, After: f.after, Before: f.before},
	})
	if err != nil {
		return err
	}
	mask := logMaskFor(v.by)
	m.Filter = v.search(c, "decisions", "Search open decisions", "Beginning of a userName")
	m.List = page.FateListModel{Caption: "Open decisions that are closed", What: "Record"}
	for _, i := range found.Items {
		if i.Method != v.impact.From || !v.leaves() {
			continue
		}
		m.List.Rows = append(m.List.Rows, page.FateModel{
			Name: mask.value("userName", i.Name), Sub: sentenceCase(string(i.Kind)), Href: queuePath + "/" + i.ID,
			Now: ui.Badge(ui.Warn, "Open"), After: ui.Badge(ui.Neutral, "Closed"), Why: mask.plain(i.Reason),
		})
	}
	found.Total = v.impact.Counts.QueueClosed
	if f.search != "" {
		found.Total = -1
	}
	pager := pagerOf(found, f.first, changePartSize, "decisions", func(more ...string) string {
		return v.form.part("decisions", append([]string{"q", f.search}, more...)...)
	})
	m.Pager = &pager
	m.Note = "They are about records of " + v.impact.From.Label() + ". Undoing the change opens them again. Decide first if somebody is to be taken over now."
	m.Empty = page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "inbox", Title: "No open decision is closed", Text: "Nothing in the queue is about records of " + v.impact.From.Label() + "."}}
	return nil
}

// changeRemovals names the users whose removal the guard holds back.
func (k *Console) changeRemovals(c echo.Context, v changeView, m *page.ChangePartModel) error {
	f, err := userFilterOf(c)
	if err != nil {
		return err
	}
	q := f.query()
	q.Staged = true
	found, err := k.Read.Users(c.Request().Context(), v.by.OrganizationID, q)
	if err != nil {
		return err
	}
	mask := logMaskFor(v.by)
	m.Filter = v.search(c, "removals", "Search users", "Beginning of a name")
	m.List = page.FateListModel{Caption: "Removals that are dropped", What: "User"}
	for _, u := range found.Items {
		why := "The directory disabled the user; that is forgotten, and the user stays as they are."
		if u.Staged == models.StagedDelete {
			why = "The directory deleted the user; that is forgotten, and the user stays as they are."
		}
		m.List.Rows = append(m.List.Rows, page.FateModel{
			Name: mask.value("displayName", u.DisplayName), Sub: mask.value("userName", u.UserName), Href: "/users/" + u.ID,
			Now: ui.Badge(ui.Warn, "Held back"), After: ui.Badge(ui.Neutral, "Dropped"), Why: why,
		})
	}
	pager := pagerOf(found, f.first, userPageSize, "removals", func(more ...string) string {
		return v.form.part("removals", append([]string{"q", f.search}, more...)...)
	})
	m.Pager = &pager
	m.Note = "Decide first under Queue if some of them are to go."
	m.Empty = page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "shield-check", Title: "No removal is held back", Text: "The guard holds nothing back that the change would drop."}}
	return nil
}

// exportChange gives the list of users with what becomes of each as CSV.
func (k *Console) exportChange(c echo.Context) error {
	form, err := changeFormOf(c)
	if err != nil {
		return err
	}
	v, err := k.changeView(c, form)
	if err != nil {
		return err
	}
	f, err := userFilterOf(c)
	if err != nil {
		return err
	}
	mask := logMaskFor(v.by)
	out := beginCSV(c, "change-from-"+string(v.impact.From)+"-to-"+string(v.impact.To)+".csv")
	out.Row("id", "userName", "displayName", "email", "status", "now", "after", "why")
	err = k.eachFound(c.Request().Context(), v.by.OrganizationID, f, func(users []models.User) error {
		for _, u := range users {
			after, why := v.fate(u.Mode)
			out.Row(u.ID, mask.value("userName", u.UserName), mask.value("displayName", u.DisplayName), mask.value("emails", u.Email),
				string(u.Status), string(u.Mode), string(after), why+" "+statusKept(u))
		}
		return out.Flush()
	})
	if err != nil {
		return err
	}
	return out.Flush()
}
