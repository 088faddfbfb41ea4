package console

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/a-h/templ"

	"muster/models"
	"muster/models/scim"
	"muster/views/page"
	"muster/views/ui"
)

// badges stand beside each other.
type badges []templ.Component

// Render implements templ.Component.
func (b badges) Render(ctx context.Context, w io.Writer) error {
	for _, one := range b {
		if err := one.Render(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

const (
	eventsMost = 20 // log entries on the page of a record
	eventsOpen = 5  // those that stand open
)

// eventsOf reads the latest log entries about a record, whole.
func (k *Console) eventsOf(ctx context.Context, by models.Actor, target string) ([]models.LogEntry, error) {
	organization := by.OrganizationID
	found, err := k.Read.LogEntries(ctx, organization, models.LogQuery{TargetID: target, Page: models.Page{Limit: eventsMost}})
	if err != nil {
		return nil, err
	}
	for i, e := range found.Items {
		whole, err := k.Read.LogEntry(ctx, organization, e.ID)
		if models.KindOf(err) == models.NotFound && err != nil {
			continue // purged between the two reads: the list's columns are enough
		}
		if err != nil {
			return nil, err
		}
		found.Items[i] = whole
	}
	return found.Items, k.nameManagers(ctx, organization, logMaskFor(by), found.Items...)
}

var eventIcons = map[models.Action]string{
	models.ActionCreate: "user-plus", models.ActionUpdate: "pencil", models.ActionDisable: "pause", models.ActionDelete: "trash-2",
	models.ActionPreserve: "inbox", models.ActionRestore: "undo-2", models.ActionAdopt: "link",
	models.ActionStagedDelete: "clock", models.ActionOther: "info",
}

var eventTones = map[models.Outcome]ui.Tone{models.Failure: ui.Error, models.Warning: ui.Warn, models.Skipped: ui.Warn}

// timelineItems splits events into those that stand open and the earlier ones.
func timelineItems(events []models.LogEntry, mask logMask) (open, earlier []ui.TimelineItem) {
	items := make([]ui.TimelineItem, 0, len(events))
	for _, e := range events {
		items = append(items, timelineItem(mask.entry(hideNames(e, mask)), mask))
	}
	n := min(len(items), eventsOpen)
	return items[:n], items[n:]
}

// hideNames takes the names that a change replaced out of its sentence: the entry
// itself knows only the name the user has now.
func hideNames(e models.LogEntry, mask logMask) models.LogEntry {
	if !mask.on {
		return e
	}
	for _, c := range e.Details.Modified {
		if c.Path == "userName" && len(c.Old) > 1 {
			e.Summary = strings.ReplaceAll(e.Summary, c.Old, mask.value("userName", c.Old))
		}
	}
	return e
}

const diffMost = 6 // modified properties that the timeline spells out

func timelineItem(e models.LogEntry, mask logMask) ui.TimelineItem {
	item := ui.TimelineItem{At: e.At.Time(), Title: e.Summary, Who: initiator(e, mask), Icon: eventIcons[e.Action], Tone: eventTones[e.Status], Href: "/logs/" + e.ID}
	if e.Status != models.Success {
		item.Text = e.Details.Advice
	}
	if e.Action == models.ActionCreate {
		return item // everything is new: the attributes tell it
	}
	for _, c := range e.Details.Modified[:min(len(e.Details.Modified), diffMost)] {
		item.Diff = append(item.Diff, ui.DiffRow{Name: c.Path, Old: c.Old, New: c.New})
	}
	if more := len(e.Details.Modified) - diffMost; more > 0 {
		item.Text = strings.TrimSpace(item.Text + " " + ui.Plural(more, "more property", "more properties") + " changed.")
	}
	return item
}

func initiator(e models.LogEntry, mask logMask) string {
	switch e.InitiatorKind {
	case models.TokenActor:
		return "token " + e.InitiatorName
	case models.ConnectorActor:
		return e.Source.Label()
	case models.AdminActor:
		return mask.plain(e.InitiatorName)
	case models.CLIActor:
		return "the command line"
	case models.SystemActor:
	}
	return "Muster"
}

// attributes flattens the document by the same rules as the log's modified
// properties, so that every row finds where its value came from.
func (r userRecord) attributes() []page.AttributeRow {
	var rows []page.AttributeRow
	for _, a := range attributesInOrder(r.known.Known(r.user.Attributes)) {
		row := page.AttributeRow{Label: attributeLabel(a.Path), Path: a.Path, Value: r.attributeValue(a)}
		if r.user.Managed() {
			row.LockedBy = string(r.user.Mode)
		}
		if from, ok := r.user.Origins.Of(a.Path); ok {
			row.Source, row.At, row.Href = string(from.Source), from.At.Time(), "/logs/"+from.ChangeID
			row.Who = initiator(models.LogEntry{InitiatorKind: from.Kind, InitiatorName: from.Name}, r.mask)
			row.Rule = r.rule(from.Rule)
		}
		rows = append(rows, row)
	}
	return rows
}

// knownOfUsers is what users have in an organization: what was declared and is no
// more is kept, and not shown.
func (k *Console) knownOfUsers(ctx context.Context, organization int64) (*scim.Type, error) {
	o, err := k.Read.Organization(ctx, organization)
	return scim.User(scim.CustomSchemas(o.Settings.Attributes, models.UserTarget)...), err
}

// attributeOrder is how a reader looks for attributes: who it is, how to reach
// them, what they do; the rest follows by name.
var attributeOrder = []string{
	"userName", "displayName", "name.", "nickName", "emails", "phoneNumbers", "title", "department", "division",
	"organization", "costCenter", "employeeNumber", "manager.",
}

func attributesInOrder(doc models.Attributes) []scim.Change { return inOrder(scim.Diff(nil, doc)) }

func inOrder(list []scim.Change) []scim.Change {
	rank := func(c scim.Change) int {
		for i, prefix := range attributeOrder {
			if strings.HasPrefix(c.Path, prefix) {
				return i
			}
		}
		return len(attributeOrder)
	}
	slices.SortStableFunc(list, func(a, b scim.Change) int { return rank(a) - rank(b) })
	return list
}

// attributeValue says yes or no for a flag, which is nobody's personal data.
func (r userRecord) attributeValue(c scim.Change) string {
	switch fmt.Sprint(c.New) {
	case "true":
		return "Yes"
	case "false":
		return "No"
	}
	return r.mask.value(c.Path, fmt.Sprint(c.New))
}

var attributeLabels = map[string]string{
	"userName": "userName", "externalId": "externalId", "name.givenName": "Given name", "name.familyName": "Family name",
	"name.formatted": "Full name", "name.middleName": "Middle name", "displayName": "Display name", "timezone": "Time zone",
	"employeeNumber": "Employee number", "manager.value": "Manager’s id", "manager.displayName": "Manager’s name",
	"profileUrl": "Profile address", "userType": "Kind of user",
}

// attributeLabel reads a path aloud: emails[type eq "work"].value is "Work e-mail".
func attributeLabel(path string) string {
	if label, ok := attributeLabels[path]; ok {
		return label
	}
	head, rest, listed := strings.Cut(path, "[")
	if !listed {
		return spaced(strings.ReplaceAll(path, ".", ", "))
	}
	which, tail, _ := strings.Cut(rest, "]")
	label := listNouns[head]
	if label == "" {
		label = spaced(strings.TrimSuffix(head, "s"))
	}
	if _, quoted, ok := strings.Cut(which, `eq "`); ok && strings.HasPrefix(which, "type") {
		label = titled(strings.TrimSuffix(quoted, `"`)+" ") + strings.ToLower(label[:1]) + label[1:]
	}
	if tail = strings.TrimPrefix(tail, "."); tail != "" && tail != "value" {
		label += ", " + strings.ToLower(spaced(tail))
	}
	return label
}

var listNouns = map[string]string{
	"emails": "E-mail", "phoneNumbers": "Phone", "addresses": "Address", "ims": "Instant messenger", "photos": "Photo",
	"entitlements": "Entitlement", "roles": "Role", "x509Certificates": "Certificate",
}

// spaced takes a camelCase name apart: costCenter is "Cost center".
func spaced(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case i == 0:
			b.WriteRune(unicode.ToUpper(r))
		case unicode.IsUpper(r):
			b.WriteRune(' ')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
