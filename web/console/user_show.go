package console

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/scim"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

const (
	peopleMost = 20  // reports shown on a user's page
	groupsMost = 200 // groups shown on a user's page
)

func (k *Console) showUser(c echo.Context) error {
	by := session.Actor(c)
	r, err := k.userRecord(c.Request().Context(), by, c.Param("id"))
	if err != nil {
		return err
	}
	ruled, err := k.ruledUser(c, r.user.ID)
	if err != nil {
		return err
	}
	m := r.model()
	m.Profile, m.Safeguards = ruled.profileCard(r.events, r.mask, r.edits), safeguards(r.user, r.edits)
	m.Chrome = k.chrome(c, m.Head.Title, "users")
	return respond.HTML(c, http.StatusOK, page.User(m))
}

// userRecord is a user with everything the page tells about them.
type userRecord struct {
	user    models.User
	manager models.MemberRef // Key 0: nobody here has that id
	holder  models.User      // who has the userName that this user gave up
	reports []models.User
	groups  []models.MemberRef
	events  []models.LogEntry
	mask    logMask
	known   *scim.Type // the attributes that the organization has
	rules   []models.AttributeMapping
	ended   endedTerm
	edits   bool
	now     time.Time
}

func (k *Console) userRecord(ctx context.Context, by models.Actor, id string) (userRecord, error) {
	r := userRecord{mask: logMaskFor(by), edits: by.Role.Includes(models.Admin), now: k.Now()}
	var err error
	if r.user, err = k.Read.User(ctx, by.OrganizationID, id); err != nil {
		return r, err
	}
	if err = r.user.Load(); err != nil {
		return r, err
	}
	if r.known, err = k.knownOfUsers(ctx, by.OrganizationID); err != nil {
		return r, err
	}
	if r.user.ManagerID != "" {
		refs, err := k.Read.Resolve(ctx, by.OrganizationID, []string{r.user.ManagerID})
		if err != nil {
			return r, err
		}
		r.manager = refs[r.user.ManagerID]
	}
	if r.user.UserNameReleased() {
		if r.holder, err = k.Read.UserByName(ctx, by.OrganizationID, r.user.UserName); err != nil && models.KindOf(err) != models.NotFound {
			return r, err
		}
	}
	if r.reports, err = k.Read.Reports(ctx, by.OrganizationID, r.user.ID, peopleMost+1); err != nil {
		return r, err
	}
	if r.groups, err = k.Read.GroupsOf(ctx, models.UserMember, r.user.Key, groupsMost); err != nil {
		return r, err
	}
	if r.rules, err = k.rulesOf(ctx, r.user); err != nil {
		return r, err
	}
	if r.ended, err = k.endedTerm(ctx, r.user); err != nil {
		return r, err
	}
	r.events, err = k.eventsOf(ctx, by, r.user.ID)
	return r, err
}

func (r userRecord) name() string { return r.mask.value("displayName", r.user.DisplayName) }

func (r userRecord) model() page.UserModel {
	u := r.user
	m := page.UserModel{
		Head: ui.PageHeadModel{
			Title: r.name(), Sub: r.mask.value("userName", u.UserName), Avatar: r.name(),
			Crumbs: []ui.Link{{Label: "Users", Href: "/users"}}, Badge: userBadges(u),
		},
		Banners: r.banners(), Facts: r.facts(), Note: r.mask.plain(u.Note), LogHref: address("/logs", "target", u.ID),
		Attributes: r.attributes(),
		IDs:        []ui.CopyModel{{Label: "id", Value: u.ID, ID: "copy-id"}},
	}
	m.Events, m.Earlier = timelineItems(r.events, r.mask)
	if u.ExternalID != "" {
		m.IDs = append(m.IDs, ui.CopyModel{Label: "externalId", Value: r.mask.value("externalId", u.ExternalID), ID: "copy-external-id"})
	}
	r.people(&m)
	if r.edits {
		m.NoteHref = "/users/" + u.ID + "/edit#f-note"
		r.heldChoices(&m)
		r.actions(&m)
	}
	return m
}

// actions are the buttons for the user's present state; each opens its question.
func (r userRecord) actions(m *page.UserModel) {
	for _, move := range userMoves() {
		if !move.fits(r.user) || move.verb == "restore" && r.user.UserNameReleased() && r.holder.ID != "" {
			continue
		}
		m.Confirms = append(m.Confirms, move.question(r.user))
		m.Buttons = append(m.Buttons, ui.ButtonModel{Label: move.label, More: " " + r.name(), Icon: move.icon, Opens: move.verb})
	}
	putBackAction(r.user, r.name(), m)
	m.Buttons = append(m.Buttons, ui.ButtonModel{Label: "Edit", More: " " + r.name(), Icon: "pencil", Kind: ui.Primary, Href: "/users/" + r.user.ID + "/edit"})
}

func (r userRecord) people(m *page.UserModel) {
	switch {
	case r.manager.Key != 0:
		m.Manager = ui.Link{Label: r.mask.value("displayName", r.manager.Display), Href: "/users/" + r.manager.ID}
	case r.user.ManagerID != "":
		m.Manager = ui.Link{Label: r.mask.plain(r.user.ManagerID)}
		m.ManagerOf = "Not known here yet. The link appears by itself when this person is provisioned."
	}
	for _, u := range r.reports[:min(len(r.reports), peopleMost)] {
		m.Reports = append(m.Reports, ui.Link{Label: r.mask.value("displayName", u.DisplayName), Href: "/users/" + u.ID})
	}
	if len(r.reports) > peopleMost {
		m.MoreOf = "The first 20 are shown."
	}
	for _, g := range r.groups {
		m.Groups = append(m.Groups, ui.Link{Label: g.Display, Href: "/groups/" + g.ID})
	}
}

func (r userRecord) facts() []ui.KVModel {
	u := r.user
	moment := func(t models.Time) templ.Component { return ui.Time(t.Time(), r.now) }
	facts := []ui.KVModel{{Label: titled(string(u.Status)) + " since", Body: moment(u.StatusSince)}}
	if u.StatusNote != "" {
		facts = append(facts, ui.KVModel{Label: "Because", Value: r.mask.plain(u.StatusNote)})
	}
	facts = append(facts, r.ended.fact()...)
	facts = append(facts, r.wordFact()...)
	email := r.mask.value("emails", u.Email)
	return append(facts,
		ui.KVModel{Label: "E-mail", Value: email, Body: page.EmailFact(email)},
		ui.KVModel{Label: "Title", Value: u.Title},
		ui.KVModel{Label: "Department", Value: u.Department},
		ui.KVModel{Label: "Created", Body: moment(u.Created)},
		ui.KVModel{Label: "Changed", Body: moment(u.Updated)},
	)
}

func userBadges(u models.User) badges {
	return append(badges{ui.StatusBadge(string(u.Status)), ui.MethodBadge(string(u.Mode))}, ruleBadges(u)...)
}

// banners say what is out of the ordinary, why, and what ends it.
func (r userRecord) banners() []page.BannerModel {
	u := r.user
	var list []page.BannerModel
	add := func(tone ui.Tone, title, text string, buttons ...ui.ButtonModel) {
		list = append(list, page.BannerModel{AlertModel: ui.AlertModel{Tone: tone, Title: title, Text: text}, Buttons: buttons})
	}
	if staged, ok := stagedBanner(u); ok {
		list = append(list, staged)
	}
	if refused, ok := r.wordBanner(); ok {
		list = append(list, refused)
	}
	since := ui.Exact(u.StatusSince.Time())
	waiting, waits := ruleBanner(u)
	switch {
	case waits:
		list = append(list, waiting)
	case u.Status == models.Preserved && u.PreservedBy == models.ByAdmin:
		add(ui.Info, "Preserved by an administrator since "+since+".", r.mask.plain(u.StatusNote)+". All data is kept and no seat is used. No directory revives this user; only Restore does.")
	case u.Status == models.Preserved && u.Managed():
		add(ui.Info, "Preserved by the directory since "+since+".", r.mask.plain(u.StatusNote)+". All data is kept and no seat is used. When "+u.Mode.Label()+
			" enables or assigns this person again, they come back with the same id and data. Restore brings them back by hand.")
	case u.Status == models.Preserved:
		add(ui.Info, "Preserved since "+since+".", r.mask.plain(u.StatusNote)+". All data is kept and no seat is used. Nobody’s directory manages this user now, so Restore brings them back.")
	case u.Status == models.Inactive:
		add(ui.Warn, "May not use the application since "+since+".", r.mask.plain(u.StatusNote)+". The user keeps the seat. Activate ends this.")
	}
	if u.UserNameReleased() && r.holder.ID != "" {
		text := "Restore is possible once this user has a userName of their own."
		if u.Managed() && u.PreservedBy != models.ByAdmin {
			text = "When the directory sends this person again, they return under their new userName."
		}
		add(ui.Warn, "Another person has the userName "+r.mask.value("userName", u.UserName)+" now.", text, ui.ButtonModel{Label: "Open who has it", Href: "/users/" + r.holder.ID})
	}
	return list
}
