package page

import (
	"strconv"

	"muster/views/layout"
)

func problemChrome(c layout.Chrome, title string) layout.Chrome {
	c.Title = title
	return c
}

func problemFrame(m ProblemModel) layout.BareModel {
	b := m.Bare
	b.Title = m.Title
	if b.Sub == "" {
		b.Sub = "Status " + strconv.Itoa(m.Status)
	}
	return b
}
