package console

import "strings"

// device names a browser in the words of people: "Firefox on Linux". A client
// that is none of the known gives its own first word.
func device(client string) string {
	if client == "" {
		return "Unknown device"
	}
	name := ""
	for _, b := range []struct{ mark, name string }{
		{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	} {
		if strings.Contains(client, b.mark) {
			name = b.name
			break
		}
	}
	if name == "" {
		word, _, _ := strings.Cut(client, "/")
		return word
	}
	for _, s := range []struct{ mark, name string }{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	} {
		if strings.Contains(client, s.mark) {
			return name + " on " + s.name
		}
	}
	return name
}
