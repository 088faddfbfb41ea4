package console

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/session"
)

// changeView is a change as it stands now: the plan, and who looks at it.
type changeView struct {
	k      *Console
	by     models.Actor
	org    models.Organization
	form   changeForm
	impact deployment.Impact
	tokens []models.Token
	now    time.Time
	ask    bool // the password is asked for again
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
	v.impact, err = k.Deployment.Preview(ctx, by.OrganizationID, f.target, f.keep)
	return v, err
}

// deletes tells whether the change deletes something for good.
func (v changeView) deletes() bool {
	return v.impact.Counts.TokensRevoked+v.impact.Counts.RulesDeleted > 0
}

// woken counts the parked tokens that work again when SCIM returns.
func (v changeView) woken() int {
	if v.impact.To != models.SCIM {
		return 0
	}
	return parkedTokens(v.tokens, v.k)
}

func (v changeView) preview(ctx context.Context) (page.ChangePreviewModel, error) {
	i := v.impact
	m := page.ChangePreviewModel{
		Title: "Change from " + i.From.Label() + " to " + i.To.Label(), Steps: changeSteps(1), From: i.From.Label(),
		Now: v.side("Now", i.From), After: v.side("After", i.To), Impact: impactRows(i.Counts, i.From, v.woken(), false),
		Page: v.form.path() + "/confirm" + v.form.query(),
	}
	for _, b := range i.Blockers {
		m.Blockers = append(m.Blockers, page.BlockerModel{Text: b.Text, Advice: b.Advice, Link: ui.Link{Label: linkWord(b.Link), Href: b.Link}})
	}
	if i.From == models.SCIM && i.To != models.SCIM {
		m.Keep = &page.KeepModel{
			Action: v.form.path(), Checked: v.form.keep, Label: "Keep existing SCIM tokens and mappings",
			Hint: "Kept tokens are parked: they stop working now and work again when SCIM comes back. Otherwise they are deleted for good.",
		}
	}
	if err := v.sample(ctx, &m); err != nil {
		return m, err
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

func (v changeView) side(label string, m models.Method) ui.SideModel {
	f := methodFacts[m]
	return ui.SideModel{Label: label, Title: m.Label(), Icon: ui.MethodIcon(string(m)), Facts: []ui.KVModel{
		{Label: "Who starts the sync", Value: f.starts},
		{Label: "How fast", Value: f.fast},
		{Label: "What you need", Value: f.need},
		{Label: "A deletion becomes", Value: f.deletion},
	}}
}

// impactRows count what a change does, or did.
func impactRows(n models.ChangeCounts, from models.Method, woken int, done bool) []ui.ImpactModel {
	become, park, remove, wake := "become manual", "are parked", "are deleted for good", "work again"
	if done {
		become, park, remove = "became manual", "were parked", "were deleted for good"
	}
	users, groups := "/users?mode="+string(from), "/groups?mode="+string(from)
	if done {
		users, groups = "/users?mode=manual", "/groups?mode=manual"
	}
	out := []ui.ImpactModel{
		{Count: n.UsersToManual, Label: noun(n.UsersToManual, "user", become), Note: "They keep status, profile, groups and history.", Href: users, Tone: ui.Warn},
		{Count: n.GroupsToManual, Label: noun(n.GroupsToManual, "group", become), Note: "Members are kept.", Href: groups, Tone: ui.Warn},
	}
	for _, same := range []ui.ImpactModel{
		{Count: n.UsersUnchanged, Label: noun(n.UsersUnchanged, "user", stays(n.UsersUnchanged)), Note: "Another mode manages them already.", Href: unchangedHref(n)},
		{Count: n.Preserved, Label: noun(n.Preserved, "preserved user", stays(n.Preserved)), Note: "Of all users; status is not touched.", Href: "/users?status=preserved"},
		{Count: n.Inactive, Label: noun(n.Inactive, "inactive user", stays(n.Inactive)), Note: "Of all users; status is not touched.", Href: "/users?status=inactive"},
	} {
		if same.Count > 0 {
			out = append(out, same)
		}
	}
	if n.TokensParked > 0 {
		out = append(out, ui.ImpactModel{Count: n.TokensParked, Label: noun(n.TokensParked, "SCIM token", park), Note: "Requests get 403 with the reason; they work again when SCIM comes back.", Href: "/scim/tokens", Tone: ui.Info})
	}
	if n.RulesParked > 0 {
		out = append(out, ui.ImpactModel{Count: n.RulesParked, Label: noun(n.RulesParked, from.Label()+" mapping", park), Note: "They are there again when " + from.Label() + " comes back. Profiles stay with their users.", Href: "/mappings?method=" + string(from), Tone: ui.Info})
	}
	if n.RulesDeleted > 0 {
		out = append(out, ui.ImpactModel{Count: n.RulesDeleted, Label: noun(n.RulesDeleted, from.Label()+" mapping", remove), Note: "Users keep the profiles that they have by them.", Href: "/mappings?method=" + string(from), Tone: ui.Error})
	}
	if n.TokensRevoked > 0 {
		out = append(out, ui.ImpactModel{Count: n.TokensRevoked, Label: noun(n.TokensRevoked, "SCIM token", remove), Note: "The identity provider cannot sign in any more.", Href: "/scim/tokens", Tone: ui.Error})
	}
	if woken > 0 {
		out = append(out, ui.ImpactModel{Count: int64(woken), Label: noun(int64(woken), "parked SCIM token", wake), Href: "/scim/tokens", Tone: ui.Ok})
	}
	return append(out, ui.ImpactModel{Count: n.UsersDeleted, Label: "users deleted", Note: "A change of method never deletes anybody."})
}

// unchangedHref opens the users that stay where all of them do; otherwise no one
// list shows exactly these.
func unchangedHref(n models.ChangeCounts) string {
	if n.UsersToManual == 0 {
		return "/users"
	}
	return "/users?mode=manual"
}

func stays(n int64) string {
	if n == 1 {
		return "stays as it is"
	}
	return "stay as they are"
}

func noun(n int64, one, verb string) string {
	if n == 1 {
		switch verb {
		case "become manual":
			verb = "becomes manual"
		case "are parked":
			verb = "is parked"
		case "were parked":
			verb = "was parked"
		case "are deleted for good":
			verb = "is deleted for good"
		case "were deleted for good":
			verb = "was deleted for good"
		case "work again":
			verb = "works again"
		}
		return one + " " + verb
	}
	return one + "s " + verb
}

const sampleSize = 6

// sample names some of those whose mode changes.
func (v changeView) sample(ctx context.Context, m *page.ChangePreviewModel) error {
	i := v.impact
	if i.Counts.UsersToManual+i.Counts.GroupsToManual == 0 {
		return nil
	}
	mask := logMaskFor(v.by)
	users, err := v.k.Read.Users(ctx, v.by.OrganizationID, models.UserQuery{Mode: i.From, Page: models.Page{Limit: sampleSize}})
	if err != nil {
		return err
	}
	for _, u := range users.Items {
		m.Sample = append(m.Sample, page.AffectedModel{
			Name: mask.value("displayName", u.DisplayName), Sub: mask.value("userName", u.UserName), Href: "/users/" + u.ID,
			Now: string(u.Mode), After: string(models.Manual), Why: "Managed by " + i.From.Label() + " now; " + string(u.Status) + " before and after.",
		})
	}
	groups, err := v.k.Read.Groups(ctx, v.by.OrganizationID, models.GroupQuery{Mode: i.From, Page: models.Page{Limit: 2}})
	if err != nil {
		return err
	}
	for _, g := range groups.Items {
		m.Sample = append(m.Sample, page.AffectedModel{
			Name: g.DisplayName, Sub: "Group of " + ui.Plural(g.MemberCount, "member", "members"), Href: "/groups/" + g.ID,
			Now: string(g.Mode), After: string(models.Manual), Why: "Managed by " + i.From.Label() + " now; keeps its members.",
		})
	}
	if i.Counts.UsersToManual > int64(len(users.Items)) {
		m.More = ui.Link{Label: "See all " + ui.Plural(i.Counts.UsersToManual, "user", "users"), Href: "/users?mode=" + string(i.From)}
	}
	return nil
}

// confirm builds the question. Consequence first, then what stays, then the way back.
func (v changeView) confirm(wrong map[string]string) page.ChangeConfirmModel {
	i, n := v.impact, v.impact.Counts
	m := page.ChangeConfirmModel{
		Steps: changeSteps(2), Effects: v.effects(), Acked: v.form.ack, AckError: wrong["ack"],
		Ack:   fmt.Sprintf("I understand that %s and %s become manual today, %s.", ui.Plural(n.UsersToManual, "user", "users"), ui.Plural(n.GroupsToManual, "group", "groups"), v.now.Format("2 January 2006")),
		Typed: v.form.name, NameErr: wrong["name"], Reason: v.form.reason, ReasErr: wrong["reason"], Password: v.ask, PassErr: wrong["password"],
		Ask: ui.ConfirmModel{
			ID: "confirm-change", Title: "Change the deployment method to " + i.To.Label() + "?", Consequence: changeConsequence(i.To),
			Stays: "Everybody keeps status, profile, groups and history. " + ui.Plural(n.Preserved, "preserved user stays preserved", "preserved users stay preserved") +
				" and " + ui.Plural(n.Inactive, "inactive user stays inactive", "inactive users stay inactive") + ". 0 users are deleted.",
			Undo:   wayBack(i.From),
			Action: v.form.path(), Label: "Change to " + i.To.Label(), Cancel: "Keep " + i.From.Label(), CancelHref: v.form.path() + v.form.query(),
			Hidden: []ui.Option{{Label: "version", Value: i.Version}, {Label: "keep", Value: map[bool]string{true: "1", false: "0"}[v.form.keep]}},
		},
	}
	m.Steps[1].Href = m.Ask.CancelHref
	for _, s := range seenFigures {
		m.Ask.Hidden = append(m.Ask.Hidden, ui.Option{Label: s.field, Value: strconv.FormatInt(s.of(n), 10)})
	}
	if v.deletes() {
		m.Name, m.Pattern = v.org.Name, `\s*`+regexp.QuoteMeta(v.org.Name)+`\s*`
	}
	for _, field := range []string{"ack", "name", "reason", "password"} {
		if text := wrong[field]; text != "" {
			m.Errors = append(m.Errors, ui.FormError{Name: field, Text: text})
		}
	}
	return m
}

// changeConsequence is product.md's rule in words.
func changeConsequence(to models.Method) string {
	target := to.Label() + " "
	if to == models.Manual {
		target = ""
	}
	return "All existing users will be moved to manual provisioning mode and will not be mapped to any " + target + "mapping automatically."
}

func wayBack(from models.Method) string {
	if from == models.Manual {
		return "You can change back to manual at any time."
	}
	return "You can change back to " + from.Label() + " at any time; users become managed again when it delivers a record that matches them."
}

// effects repeat the numbers, one sentence each.
func (v changeView) effects() []string {
	n, from := v.impact.Counts, v.impact.From
	first := "Now that is " + ui.Plural(n.UsersToManual, "user", "users") + " and " + ui.Plural(n.GroupsToManual, "group", "groups") + "."
	if n.UsersToManual+n.GroupsToManual == 0 {
		first = "All " + ui.Plural(n.UsersUnchanged, "user is", "users are") + " in manual mode already, so nobody's mode changes."
		if n.UsersUnchanged == 0 {
			first = "There are no users yet, so nobody's mode changes."
		}
	}
	out := []string{first}
	if n.RulesParked > 0 {
		out = append(out, ui.Plural(n.RulesParked, "mapping is parked until its method comes back.", "mappings are parked until their method comes back."))
	}
	if n.RulesDeleted > 0 {
		out = append(out, ui.Plural(n.RulesDeleted, "mapping is deleted for good; users keep their profiles.", "mappings are deleted for good; users keep their profiles."))
	}
	if n.TokensParked > 0 {
		out = append(out, ui.Plural(n.TokensParked, "SCIM token stops working and is parked until SCIM comes back.", "SCIM tokens stop working and are parked until SCIM comes back."))
	}
	if n.TokensRevoked > 0 {
		out = append(out, ui.Plural(n.TokensRevoked, "SCIM token is deleted for good.", "SCIM tokens are deleted for good."))
	}
	if from == models.SCIM {
		out = append(out, "SCIM requests are refused with 403 and the reason.")
	}
	if woken := v.woken(); woken > 0 {
		out = append(out, ui.Plural(woken, "parked SCIM token works again.", "parked SCIM tokens work again."))
	}
	return out
}
