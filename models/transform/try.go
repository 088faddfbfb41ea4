package transform

import (
	"strings"

	"muster/models"
	"muster/models/scim"
)

// Check holds a mapping to what can be saved, naming the field, and gives it the form
// it is kept in: the attribute by its full path.
func Check(m models.AttributeMapping, types *scim.Type) (models.AttributeMapping, *models.Error) {
	m.Target, m.Expression, m.Fallback = strings.TrimSpace(m.Target), strings.TrimSpace(m.Expression), strings.TrimSpace(m.Fallback)
	if n := len([]rune(m.Fallback)); n > fallbackMost {
		return m, models.Errorf(models.Invalid, "fallback", "The default has %d characters; at most %d are allowed.", n, fallbackMost).
			WithAdvice("Shorten it.").WithCode("attributeMappingDefault")
	}
	r, err := compile(m, types)
	if err != nil {
		return m, err
	}
	m.Target = r.target.String()
	return m, nil
}

const fallbackMost = 1000

// Trial is what one mapping would do to a record.
type Trial struct {
	Sent, Now, After any    // as delivered, as stored, as computed
	Failure          string // why the expression failed on this record, or ""
}

// Try computes one attribute of a record as if it arrived now, and touches nothing.
func Try(m models.AttributeMapping, types *scim.Type, stored models.Attributes, last Overlay) (Trial, *models.Error) {
	m.Disabled, m.Parked = false, false
	r, err := compile(m, types)
	if err != nil {
		return Trial{}, err
	}
	delivered := last.Over(stored)
	out := (&Transform{rules: []*rule{r}, names: names(types)}).New(delivered)
	trial := Trial{Sent: r.target.in(delivered), Now: r.target.in(stored), After: r.target.in(out.Document)}
	if len(out.Notes) > 0 {
		trial.Failure = out.Notes[0].Msg
	}
	return trial, nil
}
