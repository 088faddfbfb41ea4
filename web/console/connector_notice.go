package console

import (
	"strconv"

	"muster/models"
	"muster/models/source"
	"muster/views/page"
	"muster/views/ui"
)

// notices say what needs somebody, the most urgent first.
func (w connectorWorld) notices() []page.NoticeModel {
	var out []page.NoticeModel
	switch {
	case !w.known:
		return nil
	case !w.inCharge():
		out = append(out, page.NoticeModel{
			Alert: ui.AlertModel{
				Tone: ui.Info, Title: "Microsoft Entra ID is not in charge: the deployment method is " + w.org.Method.Label() + ".",
				Text: "The connector can be prepared and tested. It reads nothing until the method is changed.",
			},
			Ways: []page.PressModel{{ButtonModel: ui.ButtonModel{Label: "Go to Deployment", Href: "/deployment", Small: true}}},
		})
	case w.c.State == models.ConnectorQuarantined:
		out = append(out, w.quarantine())
	case w.waits():
		out = append(out, w.waiting())
	case w.c.Failures > 0 && w.c.Works():
		out = append(out, w.failing())
	case w.c.State == models.ConnectorStopped && w.c.Reason != "":
		out = append(out, page.NoticeModel{Alert: ui.AlertModel{Tone: ui.Info, Title: w.c.Reason, Text: w.c.Advice}})
	}
	if tone, title, due := w.remindSecret(); due {
		n := page.NoticeModel{Alert: ui.AlertModel{Tone: tone, Title: title, Text: "Make a new one in Entra under Certificates & secrets and enter it here. The old one keeps working until it ends."}}
		if w.manage() {
			n.Ways = []page.PressModel{{ButtonModel: ui.ButtonModel{Label: "Enter a new one", Href: credentialsPath + "?replace=1", Small: true}}}
		}
		out = append(out, n)
	}
	return out
}

// quarantine tells the reason and the way out.
func (w connectorWorld) quarantine() page.NoticeModel {
	n := page.NoticeModel{Alert: ui.AlertModel{Tone: ui.Error, Title: or(w.c.Reason, "The connector was stopped by a guard."), Text: w.c.Advice}}
	if !w.manage() {
		return n
	}
	if w.waits() {
		n.Ways = append(n.Ways, page.PressModel{ButtonModel: ui.ButtonModel{Label: "See what it would do", Href: cyclePath(*w.under) + "/plan", Small: true, Kind: ui.Primary}})
	}
	if label, to := wayOut(source.Code(w.c.Code)); to != "" {
		n.Ways = append(n.Ways, page.PressModel{ButtonModel: ui.ButtonModel{Label: label, Href: to, Small: true}})
	}
	n.Ways = append(n.Ways, page.PressModel{ButtonModel: ui.ButtonModel{Label: "Test connection", Href: probePath, Small: true}})
	return n
}

// wayOut leads to where the cause of a failure is mended.
func wayOut(code source.Code) (label, href string) {
	switch code {
	case source.SecretWrong, source.SecretExpired:
		return "Enter a new secret", credentialsPath + "?replace=1"
	case source.WrongTenant, source.WrongApp, source.SignInRefused, source.BadSettings:
		return "Check the credentials", credentialsPath
	case source.ConsentMissing:
		return "See the permissions", setupPath
	case source.NotFound, source.EmptyRead:
		return "Check the scope", scopePath
	case source.Throttled, source.Unavailable, source.NotReached, source.ProxyFailed, source.TLSFailed, source.ClockWrong,
		source.ResyncNeeded, source.IncompleteRead, source.ForeignLink, source.TooLarge:
	}
	return "", ""
}

// waiting leads to the plan that waits.
func (w connectorWorld) waiting() page.NoticeModel {
	x := *w.under
	n := page.NoticeModel{Alert: ui.AlertModel{Tone: ui.Warn, Title: "A preview is ready.", Text: "Nothing was written yet. Look at who would be adopted, created or left alone, and accept it."}}
	label := "Open the preview"
	if x.State == models.CycleHeld {
		n.Alert.Title = "This cycle would take access from " + ui.Plural(x.Plan.Removals, "user", "users") + "."
		if x.Plan.Removals == 0 {
			n.Alert.Title = "This cycle would end " + ui.Plural(x.Plan.Parts, "membership", "memberships") + "."
		}
		n.Alert.Text, label = or(x.Text, "That is more than the guard lets pass. Nothing was written.")+" "+x.Advice, "Decide"
	}
	n.Ways = []page.PressModel{{ButtonModel: ui.ButtonModel{Label: label, Href: cyclePath(x) + "/plan", Small: true, Kind: ui.Primary}}}
	return n
}

// failing tells of cycles that failed and will be tried again.
func (w connectorWorld) failing() page.NoticeModel {
	title := "The last cycle failed."
	if w.c.Failures > 1 {
		title = "The last " + strconv.Itoa(w.c.Failures) + " cycles failed."
	}
	text := w.c.Reason
	if len(w.recent) > 0 && text == "" {
		text = w.recent[0].Text
	}
	n := page.NoticeModel{Alert: ui.AlertModel{Tone: ui.Warn, Title: title, Text: joinText(text, w.c.Advice, "Muster tries again "+w.again()+".")}}
	if label, to := wayOut(source.Code(w.c.Code)); to != "" && w.manage() {
		n.Ways = []page.PressModel{{ButtonModel: ui.ButtonModel{Label: label, Href: to, Small: true}}}
	}
	return n
}

func (w connectorWorld) again() string {
	if w.c.NextRun.Time().After(w.now) {
		return ui.Relative(w.c.NextRun.Time(), w.now)
	}
	return "in a moment"
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
