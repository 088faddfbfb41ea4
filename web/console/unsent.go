package console

import (
	"mime"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/filter"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
)

// unsentMost bounds the form that is kept on a page for somebody who is not signed in.
const unsentMost = 64 << 10

// unsent gives a form back whose session had ended when it was sent: a page that says so
// and sends it again after signing in. Files and secrets are not put into a page, so forms
// with them are entered again.
func (k *Console) unsent(c echo.Context, back string) (bool, error) {
	r := c.Request()
	kind, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEApplicationForm || r.ContentLength <= 0 || r.ContentLength > unsentMost {
		return false, nil
	}
	if err := r.ParseForm(); err != nil || slices.ContainsFunc(names(r.PostForm), secretField) {
		return false, nil //nolint:nilerr // what cannot be read cannot be kept either
	}
	m := page.UnsentModel{
		Bare:   k.bare(c, "Your session has ended", "Nothing was saved. What you entered is kept on this page."),
		SignIn: "/login", Action: r.URL.RequestURI(), Back: back,
	}
	for _, name := range names(r.PostForm) {
		for _, v := range r.PostForm[name] {
			m.Fields = append(m.Fields, ui.Option{Label: name, Value: v})
		}
	}
	return true, respond.HTML(c, respond.Status(models.Unauthorized), page.Unsent(m))
}

func names(form url.Values) []string {
	list := make([]string, 0, len(form))
	for name := range form {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// secretField tells by its name what a page must not repeat.
func secretField(name string) bool {
	name = filter.Fold(name)
	return name == "current" || slices.ContainsFunc([]string{"password", "secret", "certificate", "code"}, func(s string) bool { return strings.Contains(name, s) })
}
