package console

import (
	"muster/views/page"
	"muster/views/ui"
	"muster/web/session"
)

// frontNeeds says what Muster should be told about the reverse proxy in front of it.
func frontNeeds(f *session.Front, address string) []page.NeedModel {
	var out []page.NeedModel
	link := ui.Link{Label: "See settings", Href: "/settings"}
	if f.Untold() {
		out = append(out, page.NeedModel{
			Tone: ui.Warn, Title: "Muster was not told its public address", Link: link, Badge: ui.Badge(ui.Warn, "Not set"),
			Text: "Browsers come by https, through a reverse proxy, and identity providers and invitations are given " + address +
				". Start Muster with --public-url and the https address that browsers use.",
		})
	}
	if proxy := f.Unnamed(); proxy != "" {
		out = append(out, page.NeedModel{
			Tone: ui.Warn, Title: "A reverse proxy was not named", Link: link, Badge: ui.Badge(ui.Warn, "Not set"),
			Text: proxy + " says for whom it asks, and is not believed: whoever comes through it counts as that one address, in logs, for the addresses that tokens allow, and when wrong passwords slow sign-in down. If it is your reverse proxy, start Muster with --trusted-proxy " + proxy + ".",
		})
	}
	return out
}
