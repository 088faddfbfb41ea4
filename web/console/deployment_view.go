package console

import (
	"context"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/session"
)

// changeView is a change as it stands now: the plan, the records it names, and who
// looks at it.
type changeView struct {
	k          *Console
	by         models.Actor
	org        models.Organization
	form       changeForm
	impact     deployment.Impact
	tokens     []models.Token
	mappings   []models.Mapping
	attributes []models.AttributeMapping
	now        time.Time
	ask        bool // the password is asked for again
}

func (k *Console) changeView(c echo.Context, f changeForm) (changeView, error) {
	ctx, by := c.Request().Context(), session.Actor(c)
	v := changeView{k: k, by: by, form: f, now: k.Now().UTC(), ask: !k.Sessions.Confirmed(c)}
	var err error
	if v.org, err = k.Read.Organization(ctx, by.OrganizationID); err != nil {
		return v, err
	}
	if v.tokens, err = k.Read.Tokens(ctx, by.OrganizationID); err != nil {
		return v, err
	}
	if v.mappings, err = k.Read.Mappings(ctx, by.OrganizationID, ""); err != nil {
		return v, err
	}
	if v.attributes, err = k.Read.AttributeMappings(ctx, by.OrganizationID, ""); err != nil {
		return v, err
	}
	v.impact, err = k.Deployment.Preview(ctx, by.OrganizationID, f.target, f.keep)
	return v, err
}

// deletes tells whether the change deletes something.
func (v changeView) deletes() bool {
	return v.impact.Counts.TokensRevoked+v.impact.Counts.RulesDeleted > 0
}

// rulesOf counts the mappings and attribute mappings of a method.
func (v changeView) rulesOf(m models.Method) ruleCount {
	var n ruleCount
	for _, one := range v.mappings {
		if one.Method == m {
			n.mappings++
		}
	}
	for _, one := range v.attributes {
		if one.Method == m {
			n.attributes++
		}
	}
	return n
}

// leaves tells whether there is a method whose users, mappings and tokens the change ends.
func (v changeView) leaves() bool {
	return v.impact.From != models.Manual && v.impact.From != v.impact.To
}

// told is the change as words and rows tell it.
func (v changeView) told() toldChange {
	t := toldChange{counts: v.impact.Counts, from: v.impact.From, to: v.impact.To, until: v.impact.UndoUntil, link: v.form.part}
	if v.leaves() {
		t.leaving = v.rulesOf(v.impact.From)
	}
	if v.impact.From != v.impact.To && v.impact.To != models.Manual {
		t.waking = v.rulesOf(v.impact.To)
	}
	return t
}

func changeCrumbs() []ui.Link {
	return []ui.Link{{Label: "Deployment", Href: "/deployment"}, {Label: "Change method", Href: "/deployment/change"}}
}

func (v changeView) preview(c echo.Context) (page.ChangePreviewModel, error) {
	ctx, i := c.Request().Context(), v.impact
	m := page.ChangePreviewModel{
		Head: ui.PageHeadModel{
			Title: "Change from " + i.From.Label() + " to " + i.To.Label(), Crumbs: changeCrumbs(),
			Sub: "What the change would do right now. Nothing is changed before you confirm.",
		},
		Steps: changeSteps(1), Tabs: v.tabs(""), Now: sideOf("Now", i.From), After: sideOf("After", i.To), Impact: v.told().rows(),
		Title:  "Who is affected",
		Nobody: "No user or group is managed by " + i.From.Label() + " now, so nobody’s provisioning mode changes.",
		Page:   v.form.path() + "/confirm" + v.form.query(),
		Back:   []ui.Link{{Label: "Choose another method", Href: "/deployment/change"}, {Label: "Back to deployment", Href: "/deployment"}},
	}
	for _, b := range i.Blockers {
		m.Blockers = append(m.Blockers, blockerModel(b))
		m.Back = slices.DeleteFunc(m.Back, func(l ui.Link) bool { return l.Href == b.Link }) // once is enough
	}
	for _, n := range i.Notes {
		m.Notes = append(m.Notes, blockerModel(deployment.Blocker(n)))
	}
	if i.From != i.To {
		m.Keep = v.keep()
	} else {
		m.Tabs = nil
	}
	if err := v.sample(ctx, &m); err != nil {
		return m, err
	}
	var err error
	if len(i.Blockers) == 0 {
		if m.Forecast, err = v.forecast(c); err != nil {
			return m, err
		}
	}
	switch {
	case !v.by.Role.Includes(models.Admin):
		m.ReadOnly = true
	case len(i.Blockers) == 0:
		confirm := v.confirm(nil)
		m.Confirm = &confirm
	}
	return m, nil
}

func blockerModel(b deployment.Blocker) page.BlockerModel {
	return page.BlockerModel{Text: b.Text, Advice: b.Advice, Link: ui.Link{Label: linkWord(b.Link), Href: b.Link}}
}

func sideOf(label string, m models.Method) ui.SideModel {
	f := methodFacts[m]
	return ui.SideModel{Label: label, Title: m.Label(), Icon: ui.MethodIcon(string(m)), Facts: []ui.KVModel{
		{Label: "Who starts the sync", Value: f.starts},
		{Label: "How fast", Value: f.fast},
		{Label: "What you need", Value: f.need},
		{Label: "A deletion becomes", Value: f.deletion},
	}}
}

const sampleSize = 6

// sample names the first of those whose mode changes.
func (v changeView) sample(ctx context.Context, m *page.ChangePreviewModel) error {
	i := v.impact
	m.Sample = page.FateListModel{Caption: "The first who are affected", What: "Name"}
	if i.Counts.UsersToManual+i.Counts.GroupsToManual == 0 {
		return nil
	}
	users, err := v.k.Read.Users(ctx, v.by.OrganizationID, models.UserQuery{Mode: i.From, Page: models.Page{Limit: sampleSize}})
	if err != nil {
		return err
	}
	groups, err := v.k.Read.Groups(ctx, v.by.OrganizationID, models.GroupQuery{Mode: i.From, Page: models.Page{Limit: 2}})
	if err != nil {
		return err
	}
	m.Sample.Rows = slices.Concat(v.userRows(users.Items), v.groupRows(groups.Items))
	if i.Counts.UsersToManual > int64(len(users.Items)) {
		m.More = ui.Link{Label: "See all " + ui.Plural(i.Counts.UsersToManual, "user", "users"), Href: v.form.part("users", "mode", string(i.From))}
	}
	return nil
}

// keep is the choice that every direction offers.
func (v changeView) keep() *page.KeepModel {
	from := v.impact.From
	m := &page.KeepModel{Action: v.form.path(), Checked: v.form.keep, Label: "Keep existing " + from.Label() + " mappings"}
	what := "connector settings"
	if from == models.SCIM {
		what = "SCIM tokens"
	}
	if from == models.Manual {
		m.Hint = "Manual has no mappings, tokens or connector settings, so either way nothing is deleted."
		return m
	}
	m.Hint = "On: its mappings, attribute mappings and " + what + " stay here, parked, and work again when " + from.Label() + " comes back. " +
		"Off: they are deleted. Undoing the change brings them back until " + day(v.impact.UndoUntil) + "; after that deleted means deleted."
	return m
}

// day is a date as sentences have it.
func day(t time.Time) string { return t.UTC().Format("2 January 2006") }
