package console

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"muster/models"
	"muster/models/scim"
	"muster/views/page"
	"muster/views/ui"
)

// queueView is what rows and pages of the queue are made from.
type queueView struct {
	org    models.Organization
	users  map[int64]models.User
	groups map[int64]models.Group
	known  map[models.TargetType]*scim.Type
	mask   logMask
	edits  bool
	now    time.Time
}

// queueView reads whom the items are about.
func (k *Console) queueView(ctx context.Context, by models.Actor, items []models.QueueItem) (queueView, error) {
	v := queueView{mask: logMaskFor(by), edits: by.Role.Includes(models.Admin), now: k.Now()}
	keys := map[models.TargetType][]int64{}
	for _, i := range items {
		keys[i.Target] = append(keys[i.Target], i.UserKey)
	}
	var err error
	if v.org, err = k.Read.Organization(ctx, by.OrganizationID); err != nil {
		return v, err
	}
	v.known = map[models.TargetType]*scim.Type{
		models.UserTarget:  scim.User(scim.CustomSchemas(v.org.Settings.Attributes, models.UserTarget)...),
		models.GroupTarget: scim.Group(scim.CustomSchemas(v.org.Settings.Attributes, models.GroupTarget)...),
	}
	if v.users, err = k.Read.UsersByKey(ctx, by.OrganizationID, keys[models.UserTarget]); err != nil {
		return v, err
	}
	v.groups, err = k.Read.GroupsByKey(ctx, by.OrganizationID, keys[models.GroupTarget])
	return v, err
}

// met is the user or group whom an item is about; gone when it is here no more.
type metRecord struct {
	name, sub, href string
	attributes      models.Attributes
	user            *models.User
	gone            bool
}

func (v queueView) met(i *models.QueueItem) (metRecord, error) {
	if i.Target == models.GroupTarget {
		g, ok := v.groups[i.UserKey]
		if !ok {
			return metRecord{name: "A group that is gone", gone: true}, nil
		}
		err := g.Load()
		return metRecord{name: g.DisplayName, sub: "Group", href: "/groups/" + g.ID, attributes: g.Attributes}, err
	}
	u, ok := v.users[i.UserKey]
	if !ok {
		return metRecord{name: "A user who is gone", gone: true}, nil
	}
	err := u.Load()
	return metRecord{
		name: v.mask.value("displayName", u.DisplayName), sub: v.mask.value("userName", u.UserName), href: "/users/" + u.ID,
		attributes: u.Attributes, user: &u,
	}, err
}

const queueDiffMost = 3 // differences that a row spells out

func (v queueView) row(i *models.QueueItem) (page.QueueRow, error) {
	here, err := v.met(i)
	if err != nil {
		return page.QueueRow{}, err
	}
	r := page.QueueRow{
		ID: i.ID, Href: queuePath + "/" + i.ID, Name: here.name, Sub: here.sub, Record: v.record(i), From: v.from(i),
		Claim: claimLabel(i.Claim), Seen: i.LastSeen.Time(), Attempts: ui.Plural(i.Attempts, "attempt", "attempts"),
	}
	if !i.Open() {
		mark := queueStates[i.State]
		r.State, r.Tone, r.Decision, r.By, r.At = mark.word, mark.tone, v.text(i, i.Decision), v.decider(i), i.Decided.Time()
		r.Claim = titled(string(i.Kind)) + " with " + here.name
		return r, nil
	}
	if i.Kind != models.AdoptionItem || here.gone {
		return r, nil
	}
	diff, err := v.differences(i, here)
	r.SignIn = here.user != nil && !i.SameSignIn(here.user)
	r.Diff = diff[:min(len(diff), queueDiffMost)]
	if more := len(diff) - len(r.Diff); more > 0 {
		r.More = "and " + ui.Plural(more, "other value", "other values")
	}
	return r, err
}

var queueStates = map[models.QueueState]struct {
	word string
	tone ui.Tone
}{
	models.QueueOpen: {"Open", ui.Warn}, models.QueueAccepted: {"Accepted", ui.Ok},
	models.QueueRefused: {"Refused", ui.Error}, models.QueueSettled: {"Settled by itself", ui.Neutral},
}

// differences are what a record would change, in the order a reader looks for it.
func (v queueView) differences(i *models.QueueItem, here metRecord) ([]ui.DiffRow, error) {
	sent, err := i.Delivery()
	if err != nil {
		return nil, err
	}
	delete(sent.Attributes, "members")
	known := v.known[i.Target]
	var rows []ui.DiffRow
	for _, c := range inOrder(scim.Diff(known.Known(here.attributes), known.Known(sent.Attributes))) {
		row := ui.DiffRow{Name: c.Path}
		if c.Old != nil {
			row.Old = v.mask.value(c.Path, fmt.Sprint(c.Old))
		}
		if c.New != nil {
			row.New = v.mask.value(c.Path, fmt.Sprint(c.New))
		}
		rows = append(rows, row)
	}
	if u := here.user; u != nil && sent.Enabled != nil && !*sent.Enabled && u.Status == models.Active {
		rows = append(rows, ui.DiffRow{Name: "status", Old: string(u.Status), New: string(models.Preserved)})
	}
	return rows, nil
}

func (v queueView) record(i *models.QueueItem) string { return v.mask.name(i.Target, i.Name) }

func (v queueView) from(i *models.QueueItem) string {
	return ui.MethodName(string(i.Method)) + ", " + cmp.Or(i.InitiatorName, "unknown token")
}

func (v queueView) decider(i *models.QueueItem) string {
	if i.DecidedBy == "" {
		return "Nobody was needed"
	}
	return hideEmail(v.mask.on, i.DecidedBy)
}

// text masks a sentence about an item.
func (v queueView) text(i *models.QueueItem, text string) string {
	return v.mask.text(models.LogEntry{TargetType: i.Target, TargetName: i.Name}, text)
}

var claimLabels = map[string]string{
	"userName": "userName", "externalId": "Source anchor", "emails": "Work e-mail", "employeeNumber": "Employee number",
	"displayName": "Group name", "id": "The directory changed this user",
}

func claimLabel(claim string) string { return cmp.Or(claimLabels[claim], claim) }
