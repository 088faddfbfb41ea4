package console

import (
	"cmp"

	"muster/models"
	"muster/models/directory"
	"muster/views/page"
	"muster/views/ui"
)

// attachView is what rows of the assistant are made from.
type attachView struct {
	mask logMask
	org  models.Organization
}

func (v attachView) row(a directory.Attachment) page.AttachRow {
	u := a.User
	r := page.AttachRow{
		ID: u.ID, Href: "/users/" + u.ID, Name: v.mask.value("displayName", u.DisplayName), UserName: v.mask.value("userName", u.UserName),
		Status: string(u.Status), Known: knownFrom[a.Basis], Record: v.record(a), Why: v.text(u, a.Why), Advice: a.Advice, Open: a.Attachable(),
	}
	if a.Queue != "" {
		r.Queue = queuePath + "/" + a.Queue
	}
	r.Mapping, r.Profile, r.Given = v.gets(a)
	return r
}

// gets tells which mapping and profile a user would have.
func (v attachView) gets(a directory.Attachment) (rule, profile ui.Link, given string) {
	if a.Mapping != nil {
		rule = ui.Link{Label: a.Mapping.Name, Href: mappingAddress(*a.Mapping)}
	}
	if a.Profile != nil {
		profile = ui.Link{Label: a.Profile.Name, Href: profileAddress(*a.Profile)}
	}
	switch {
	case a.ByHand:
		given = "given by hand, stays"
	case a.Mapping == nil && a.Ruled:
		given = "no mapping matches"
	case !a.Ruled:
		given = v.org.Method.Label() + " has no mappings yet"
	}
	return rule, profile, given
}

var knownFrom = map[directory.Basis]string{
	directory.FromAnchor: "Source anchor kept", directory.FromQueue: "Waits in the queue", directory.FromOutside: "Known from the directory",
}

func (v attachView) record(a directory.Attachment) string {
	return cmp.Or(v.mask.value("userName", a.Record), v.mask.value("externalId", a.Anchor))
}

// text masks a sentence about a user.
func (v attachView) text(u models.User, text string) string {
	return v.mask.text(models.LogEntry{TargetType: models.UserTarget, TargetName: u.UserName}, text)
}

// nobodyToAttach is the page of an organization that has nothing to attach.
func nobodyToAttach(o models.Organization, edit bool) page.EmptyListModel {
	if o.Method != models.Manual {
		return page.EmptyListModel{EmptyModel: ui.EmptyModel{
			Icon: "circle-check", Title: "Everybody is managed", Text: "No user is left whom nobody manages. Users who are added by hand show here.",
		}}
	}
	m := page.EmptyListModel{EmptyModel: ui.EmptyModel{
		Icon: "users", Title: "Users are managed by hand",
		Text: "No directory is in charge, so there is nothing to attach users to. After a change of the deployment method this page gives them to the new one.",
	}}
	if edit {
		m.Buttons = []ui.ButtonModel{{Label: "Change the deployment method", Href: "/deployment/change"}}
	}
	return m
}

func emptyAttachments(f attachFilter, found directory.AttachPage, o models.Organization) page.EmptyListModel {
	if found.Next != "" {
		return page.EmptyListModel{
			EmptyModel: ui.EmptyModel{Icon: "search", Title: "Nobody among these", Text: ui.Count(found.Looked) + " users were looked at, which is as many as one page takes. The others come behind them."},
			Buttons:    []ui.ButtonModel{{Label: "Look on", Href: f.link("after", found.Next)}},
		}
	}
	if f.search != "" {
		return page.EmptyListModel{
			EmptyModel: ui.EmptyModel{Icon: "search", Title: "Nothing found", Text: "No user of this part has names, addresses or numbers that begin so."},
			Buttons:    []ui.ButtonModel{{Label: "Show all", Href: attachFilter{show: f.show}.link()}},
		}
	}
	switch directory.Standing(f.show) {
	case directory.Undecided:
		return page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "circle-check", Title: "Nothing to decide", Text: "Users show here whose record is known only by e-mail, whom an administrator preserved, or where two could be meant."}}
	case directory.Unknown:
		return page.EmptyListModel{EmptyModel: ui.EmptyModel{Icon: "circle-check", Title: "A record is known of everybody", Text: "Users of whom nothing is known stay manual until the directory delivers a record that matches."}}
	case directory.Safe:
	}
	return page.EmptyListModel{EmptyModel: ui.EmptyModel{
		Icon: "inbox", Title: "Nobody is safe to attach now",
		Text: "Users show here who kept the source anchor of " + o.Method.Label() + ", or whose record is known under the same userName. All others become managed when the directory delivers a record that matches them.",
	}}
}
