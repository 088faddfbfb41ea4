package console

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
)

// guide is how one identity provider is connected, in the names that its own pages
// use. {endpoint} in a value is this instance's address.
type guide struct {
	key, name, intro string
	steps            []guideStep
	settings         [][2]string
	notes            []string
}

// guideStep is one thing to do; fields pairs a field's name with what goes in.
type guideStep struct {
	title, text string
	fields      [][2]string
}

const (
	endpointValue = "{endpoint}"
	tokenValue    = "{token}"
)

func (k *Console) showGuide(c echo.Context) error {
	list := guides()
	chosen := list[0]
	found := c.Param("idp") == ""
	for _, g := range list {
		if g.key == c.Param("idp") {
			chosen, found = g, true
		}
	}
	if !found {
		return models.Errorf(models.NotFound, "idp", "There is no guide for %q.", c.Param("idp")).
			WithAdvice("Use the one for other providers: every SCIM 2.0 client needs the same two values.")
	}
	m := page.GuideModel{
		Chrome: k.chrome(c, "Setup guides", "tokens"), Title: chosen.name, Intro: chosen.intro,
		Notes: chosen.notes, Test: "/scim/test?idp=" + chosen.key, Manage: may(c, models.Admin),
	}
	for _, g := range list {
		m.Tabs = append(m.Tabs, ui.TabModel{Label: g.name, Href: "/scim/guides/" + g.key, Current: g.key == chosen.key})
	}
	for i, s := range chosen.steps {
		m.Steps = append(m.Steps, k.guideStep(i, s))
	}
	for _, s := range chosen.settings {
		m.Settings = append(m.Settings, ui.KVModel{Label: s[0], Value: s[1]})
	}
	if chosen.key == "generic" {
		m.Command = "curl -H 'Authorization: Bearer mst_…' -H 'Accept: application/scim+json' \\\n  '" + k.endpoint() + "/Users?count=1'"
	}
	return respond.HTML(c, http.StatusOK, page.Guide(m))
}

func (k *Console) guideStep(n int, s guideStep) page.GuideStep {
	out := page.GuideStep{Title: s.title, Text: s.text}
	for i, f := range s.fields {
		switch f[1] {
		case endpointValue:
			out.Fields = append(out.Fields, ui.CopyModel{ID: copyID(n, i), Label: f[0], Value: k.endpoint()})
		case tokenValue:
			out.Facts = append(out.Facts, ui.KVModel{Label: f[0], Value: "The token, as it was shown when it was made: mst_…"})
		default:
			out.Facts = append(out.Facts, ui.KVModel{Label: f[0], Value: f[1]})
		}
	}
	return out
}

func copyID(step, field int) string {
	return "copy-" + string(rune('a'+step)) + string(rune('a'+field))
}
