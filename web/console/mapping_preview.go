package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/directory"
	"muster/models/mapping"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// previewMapping is the preview alone, renewed while somebody types.
func (k *Console) previewMapping(c echo.Context) error {
	f, err := enteredRule(c)
	if err != nil {
		return err
	}
	w, err := k.ruleNames(c, f.method, slices.Concat(f.groups, f.local)...)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(w.rules, func(m models.Mapping) bool { return m.ID == f.id })
	have := models.Mapping{}
	if i >= 0 {
		have = w.rules[i]
	}
	return respond.HTML(c, http.StatusOK, page.RulePreview(k.rulePreview(c, w, have, f)))
}

// previewAsked tells whether a page counts what a rule would do. Opening one does not, nor
// does typing while the rule is for everyone: that reads every user.
func previewAsked(c echo.Context, f ruleForm, w ruleWorld, have models.Mapping) bool {
	if c.Request().Method != http.MethodPost {
		return false
	}
	draft, err := f.previewed(w, have)
	return err != nil || !draft.Everyone() || c.FormValue("do") != ""
}

// unasked is what is known of a rule without counting: who is at it now, or how many the
// method manages.
func (k *Console) unasked(c echo.Context, w ruleWorld, have models.Mapping) page.RulePreviewModel {
	ctx := c.Request().Context()
	if have.ID == "" || c.Request().Method == http.MethodPost {
		counts, err := k.Read.UserCounts(ctx, w.org.Key)
		if err != nil {
			return noPreview(err)
		}
		return page.RulePreviewModel{
			Count:   ui.Plural(counts.Of("", w.method), "user", "users"),
			Unasked: "Everyone whom " + w.method.Label() + " manages, less those whom an earlier rule takes. Press Preview to count and name who would move.",
		}
	}
	m := page.RulePreviewModel{
		Count:   ui.Plural(w.holders[have.Key], "user", "users"),
		Unasked: "Who is at the rule now. Press Preview to see whom it would hold, and which other rules take some of them.",
	}
	found, err := k.Read.Users(ctx, w.org.Key, models.UserQuery{Mapping: have.Key, Page: models.Page{Limit: firstShown}})
	for i := 0; i < len(found.Items) && err == nil; i++ {
		if found.Items[i], err = k.Read.User(ctx, w.org.Key, found.Items[i].ID); err == nil {
			err = found.Items[i].Load()
		}
	}
	if err == nil {
		m.First, err = k.previewUsers(ctx, w, have, found.Items)
	}
	if err != nil {
		return noPreview(err)
	}
	if more := w.holders[have.Key] - int64(len(m.First)); more > 0 && len(m.First) > 0 {
		m.More = "and " + ui.Count(more) + " more"
	}
	return m
}

// firstShown is how many users a preview names.
const firstShown = 20

// rulePreview tells what saving the form would do. What stands in its way is told in
// its place.
func (k *Console) rulePreview(c echo.Context, w ruleWorld, have models.Mapping, f ruleForm) page.RulePreviewModel {
	draft, err := f.previewed(w, have)
	if err != nil {
		return noPreview(err)
	}
	if !previewAsked(c, f, w, have) {
		m := k.unasked(c, w, have)
		m.Shadow = w.shadow(draft)
		return m
	}
	ctx := c.Request().Context()
	p, err := k.Directory.PreviewRules(ctx, w.org.Key, directory.RuleChange{Method: w.method, Save: &draft})
	if err != nil {
		return noPreview(err)
	}
	m := w.differenceModel(p)
	m.Shadow = w.shadow(draft)
	if m.First, err = k.previewUsers(ctx, w, draft, p.First); err != nil {
		return noPreview(err)
	}
	if more := p.Matches - int64(len(p.First)); more > 0 && len(p.First) > 0 {
		m.More = "and " + ui.Count(more) + " more"
	}
	return m
}

// shadow says why a rule decides nothing.
func (w ruleWorld) shadow(draft models.Mapping) string {
	if draft.Parked {
		return "Another method is in charge, so the rule decides nothing now."
	}
	if draft.Disabled {
		return "The rule is disabled, so it would hold nobody."
	}
	if before, ok := w.catchAllBefore(draft.Position); ok {
		return "“" + before.Name + "” is asked earlier and takes everyone. Move this rule up."
	}
	return ""
}

func noPreview(err error) page.RulePreviewModel {
	if e, ok := refusal(err); ok {
		return page.RulePreviewModel{Wrong: e.Msg, Advice: e.Advice}
	}
	if e, ok := models.AsError(err); ok && e.Kind == models.Unavailable {
		return page.RulePreviewModel{Wrong: e.Msg, Advice: e.Advice}
	}
	return page.RulePreviewModel{Wrong: "The preview could not be made.", Advice: "Press Preview to try again. Nothing was saved."}
}

// differenceModel is what a change of rules does, without names.
func (w ruleWorld) differenceModel(p directory.RulePreview) page.RulePreviewModel {
	m := page.RulePreviewModel{Count: ui.Plural(p.Matches, "user", "users")}
	if p.Gains != 0 || p.Loses != 0 {
		m.Gains, m.Loses = "+"+ui.Count(p.Gains), "−"+ui.Count(p.Loses)
	}
	if p.ShutOut > 0 {
		m.ShutOut = shutOutWords(p.ShutOut)
	}
	for _, move := range p.Moves {
		m.Moves = append(m.Moves, w.moveRow(move))
	}
	for _, over := range p.Overlaps {
		m.Overlaps = append(m.Overlaps, w.moveRow(over))
	}
	return m
}

func (w ruleWorld) moveRow(move directory.RuleMove) page.MoveRow {
	name := func(m *models.Mapping) string {
		switch {
		case m == nil:
			return "No rule"
		case m.ID == "":
			return m.Name + " (new)"
		}
		return m.Name
	}
	return page.MoveRow{From: name(move.From), To: name(move.To), Users: move.Users}
}

// previewUsers names users and marks what of the rule each of them matches.
func (k *Console) previewUsers(ctx context.Context, w ruleWorld, draft models.Mapping, users []models.User) ([]page.PreviewUser, error) {
	draft.Disabled, draft.Parked = false, false
	rules := mapping.Compile([]models.Mapping{draft}, w.types())
	var list []page.PreviewUser
	for _, u := range users {
		s := mapping.Subject{Document: u.Attributes}
		if len(draft.Groups) > 0 {
			var err error
			if s.Groups, err = k.Read.GroupsAbove(ctx, u.Key); err != nil {
				return nil, err
			}
		}
		list = append(list, page.PreviewUser{Href: "/users/" + u.ID, Name: u.DisplayName, Sub: u.UserName, Marks: w.marks(rules, draft, s)})
	}
	return list, nil
}

// marks are the clauses a user matches, as short as they can be told.
func (w ruleWorld) marks(rules *mapping.Rules, draft models.Mapping, s mapping.Subject) []string {
	if draft.Everyone() {
		return nil
	}
	var list []string
	for _, reason := range rules.Explain(s, w.groupName) {
		for _, clause := range reason.Clauses {
			switch {
			case clause.OK && clause.Got != "":
				list = append(list, clause.Got)
			case clause.OK:
				list = append(list, clause.Text)
			}
		}
	}
	return list
}

// movesMany is how many users may move without being asked again.
const movesMany = 50

// ruleDifference counts what a change of rules does before it is made.
func (k *Console) ruleDifference(c echo.Context, w ruleWorld, change directory.RuleChange) (directory.RulePreview, error) {
	change.Method = w.method
	return k.Directory.PreviewRules(c.Request().Context(), session.Actor(c).OrganizationID, change) //nolint:wrapcheck // it is the door's answer
}
