package console

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

func (k *Console) showQueueItem(c echo.Context) error {
	ctx, by := c.Request().Context(), session.Actor(c)
	i, err := k.Read.QueueItem(ctx, by.OrganizationID, c.Param("id"))
	if err != nil {
		return err
	}
	v, err := k.queueView(ctx, by, []models.QueueItem{i})
	if err != nil {
		return err
	}
	here, err := v.met(&i)
	if err != nil {
		return err
	}
	m, err := v.item(&i, here)
	if err != nil {
		return err
	}
	if _, err := k.Read.LogEntry(ctx, by.OrganizationID, i.EntryID); err == nil { // kept for as long as the settings say
		m.Facts = append(m.Facts, ui.KVModel{Label: "Log entry", Body: page.FactLink(ui.Link{Label: "Of the last attempt", Href: "/logs/" + i.EntryID})})
	}
	if i.Kind == models.ConflictItem && i.Open() {
		double, err := k.double(ctx, &i)
		if err != nil {
			return err
		}
		v.conflict(&m, &i, here, double)
	}
	m.Chrome = k.chrome(c, m.Head.Title, "queue")
	return respond.HTML(c, http.StatusOK, page.QueueItem(m))
}

// double is the user whom a conflicting record was taken in as already, nil when
// it is new.
func (k *Console) double(ctx context.Context, i *models.QueueItem) (*models.User, error) {
	sent, err := i.Delivery()
	if err != nil {
		return nil, err
	}
	var u models.User
	switch {
	case i.Anchor != "":
		u, err = k.Read.UserByAnchor(ctx, i.OrganizationID, i.Method, i.Anchor)
	case sent.ID != "":
		u, err = k.Read.User(ctx, i.OrganizationID, sent.ID)
	default:
		return nil, nil
	}
	if err != nil && models.KindOf(err) != models.NotFound {
		return nil, err
	}
	if err != nil || u.Key == i.UserKey {
		return nil, nil
	}
	return &u, nil
}

func (v queueView) item(i *models.QueueItem, here metRecord) (page.QueueItemModel, error) {
	m := page.QueueItemModel{Facts: v.happened(i)}
	m.Head = ui.PageHeadModel{
		Title: titled(string(i.Kind)) + ": " + v.record(i), Crumbs: []ui.Link{{Label: "Queue", Href: queuePath + "?tab=" + string(i.Kind)}},
		Badge: ui.Badge(queueStates[i.State].tone, queueStates[i.State].word), Sub: v.sentence(i, here),
	}
	if !i.Open() {
		m.Banners = []page.BannerModel{{AlertModel: ui.AlertModel{
			Tone: queueStates[i.State].tone, Title: queueStates[i.State].word + " on " + ui.Exact(i.Decided.Time()) + " by " + v.decider(i) + ".",
			Text: v.text(i, i.Decision),
		}}}
		if i.DecidedBy == "" {
			m.Banners[0].Title = queueStates[i.State].word + " on " + ui.Exact(i.Decided.Time()) + "."
		}
		m.Head.Crumbs[0].Href = queuePath + "?tab=" + decidedTab
	}
	m.Here = v.hereSide(here)
	var err error
	if m.Record, err = v.recordSide(i); err != nil || here.gone {
		return m, err
	}
	if i.Open() || i.State == models.QueueRefused {
		if m.Diff, err = v.differences(i, here); err != nil {
			return m, err
		}
		m.DiffSub = "Values of " + here.name + ", and what the record has instead"
		m.Same = "No value, only who manages it: the record has what is here already."
	}
	if i.Kind == models.AdoptionItem {
		v.adoption(&m, i, here)
	}
	return m, nil
}

func (v queueView) hereSide(here metRecord) page.QueueSide {
	s := page.QueueSide{Title: "Who is here", Name: here.name, Href: here.href}
	u := here.user
	if u == nil {
		s.Facts = []ui.KVModel{{Label: "What", Value: here.sub}}
		return s
	}
	s.Facts = append([]ui.KVModel{
		{Label: "Status", Body: ui.StatusBadge(string(u.Status)), Note: v.mask.plain(u.StatusNote)},
		{Label: "Managed by", Body: ui.MethodBadge(string(u.Mode))},
	}, v.personFacts(u)...)
	s.Facts = append(s.Facts, ui.KVModel{Label: "Changed", Body: ui.Time(u.Updated.Time(), v.now)})
	return s
}

func (v queueView) recordSide(i *models.QueueItem) (page.QueueSide, error) {
	s := page.QueueSide{Title: "What was delivered", Name: v.record(i)}
	state := "Enabled"
	sent, err := i.Delivery()
	if err != nil {
		return s, err
	}
	switch {
	case sent.Enabled == nil:
		state = "Not told"
	case !*sent.Enabled:
		state = "Disabled"
	}
	s.Facts = []ui.KVModel{{Label: "Status", Value: state}, {Label: "Sent by", Body: ui.MethodBadge(string(i.Method)), Note: i.InitiatorName}}
	if i.Target == models.UserTarget {
		u, err := i.Delivered()
		if err != nil {
			return s, err
		}
		s.Facts = append(s.Facts, v.personFacts(&u)...)
	} else {
		s.Facts = append(s.Facts, ui.KVModel{Label: "Source anchor", Value: i.Anchor, Mono: true})
	}
	s.Facts = append(s.Facts, ui.KVModel{Label: "Last attempt", Body: ui.Time(i.LastSeen.Time(), v.now)})
	return s, nil
}

// personFacts are the same for both sides, so that they can be compared.
func (v queueView) personFacts(u *models.User) []ui.KVModel {
	return []ui.KVModel{
		{Label: "userName", Value: v.mask.value("userName", u.UserName)},
		{Label: "Full name", Value: v.mask.value("displayName", u.DisplayName)},
		{Label: "Source anchor", Value: v.mask.value("externalId", u.ExternalID), Mono: true},
		{Label: "Work e-mail", Value: v.mask.value("emails", u.Email)},
		{Label: "Employee number", Value: v.mask.value("employeeNumber", u.EmployeeNumber)},
		{Label: "Department", Value: u.Department},
	}
}

func (v queueView) happened(i *models.QueueItem) []ui.KVModel {
	facts := []ui.KVModel{
		{Label: "They meet in", Value: claimLabel(i.Claim)},
		{Label: "First attempt", Body: ui.Time(i.Created.Time(), v.now)},
		{Label: "Attempts", Value: ui.Count(i.Attempts)},
	}
	return facts
}

// adoption adds what can be decided about taking somebody over.
func (v queueView) adoption(m *page.QueueItemModel, i *models.QueueItem, here metRecord) {
	if here.user != nil && !i.SameSignIn(here.user) && i.Open() {
		m.Banners = append(m.Banners, page.BannerModel{AlertModel: ui.AlertModel{
			Tone: ui.Warn, Title: "The userName would change.",
			Text: "Whoever this is signs in as " + v.mask.value("userName", here.user.UserName) + " today, and as " + v.record(i) + " afterwards. Make sure that they are the same person.",
		}})
	}
	if !v.edits || i.State == models.QueueSettled || i.State == models.QueueAccepted {
		return
	}
	hidden := func(what string) []ui.Option {
		return []ui.Option{{Label: "item", Value: i.ID}, {Label: "do", Value: what}, {Label: "confirmed", Value: "yes"}}
	}
	m.Accept = &page.QueueAnswer{
		Action: queuePath, Hidden: hidden("accept"),
		Text:   "The directory manages " + here.name + " from now on and its values are taken at once. The id, the status that an administrator gave, groups, notes and history stay.",
		Button: ui.ButtonModel{Label: "Accept", More: " " + here.name, Icon: "check", Kind: ui.Primary},
	}
	if i.State == models.QueueRefused {
		m.Accept.Button.Label = "Accept after all"
		return
	}
	m.Refuse = &page.QueueAnswer{
		Action: queuePath, Hidden: hidden("refuse"),
		Text:   "Nothing changes here. Later attempts of the directory are refused without asking again; you can still accept under Decided.",
		Button: ui.ButtonModel{Label: "Refuse", More: " " + here.name, Icon: "x"},
	}
}

// sentence says in one line what an item is about.
func (v queueView) sentence(i *models.QueueItem, here metRecord) string {
	switch {
	case here.gone:
		return "The record met somebody who is here no more."
	case i.Kind == models.ConflictItem:
		return "The directory’s record claims the " + claimName(i.Claim) + " that " + here.name + " has."
	case i.Claim == "id":
		return "The directory changed " + here.name + ", whom nobody manages."
	}
	return "The directory’s record matches " + here.name + ", whom no directory manages, by " + claimName(i.Claim) + "."
}
