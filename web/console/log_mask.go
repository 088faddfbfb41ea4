package console

import (
	"net/url"
	"regexp"
	"strings"

	"muster/models"
	"muster/models/secret"
)

// logMask hides whom an entry is about from those who may see only what happened:
// auditors. Group names stay; they name no person.
type logMask struct{ on bool }

func logMaskFor(by models.Actor) logMask { return logMask{on: !by.Role.Includes(models.Admin)} }

// name masks the target's name.
func (m logMask) name(t models.TargetType, name string) string {
	if !m.on || t != models.UserTarget {
		return name
	}
	return secret.MaskValue("userName", name)
}

func (m logMask) value(path, value string) string {
	if !m.on {
		return value
	}
	return secret.MaskValue(path, value)
}

// namedUser finds the user names that sentences of the log contain.
var namedUser = regexp.MustCompile(`(\b[Uu]ser |\bRenamed user \S+ to |\bDid not (?:revive|activate) )([^\s,;:()]*[^\s,;:().])`)

// plainWords follow "user" in sentences without naming anybody.
var plainWords = map[string]bool{"that": true, "is": true, "was": true, "whom": true, "by": true, "over": true, "who": true, "as": true, "has": true}

// text masks a sentence: addresses and numbers, the target's name, and the names
// of other users that it tells of.
func (m logMask) text(e models.LogEntry, text string) string {
	if !m.on {
		return text
	}
	if e.TargetType == models.UserTarget && len(e.TargetName) > 1 {
		text = strings.ReplaceAll(text, e.TargetName, secret.MaskValue("userName", e.TargetName))
	}
	for range 2 { // a renaming names two
		text = namedUser.ReplaceAllStringFunc(text, func(found string) string {
			parts := namedUser.FindStringSubmatch(found)
			if plainWords[parts[2]] || strings.Contains(parts[2], secret.Mask) {
				return found
			}
			return parts[1] + secret.MaskValue("userName", parts[2])
		})
	}
	return secret.MaskText(text)
}

var quotedValue = regexp.MustCompile(`"[^"]*"`)

// path masks the values of a filter in a request's path.
func (m logMask) path(path string) string {
	if !m.on {
		return path
	}
	before, query, ok := strings.Cut(path, "?")
	if !ok {
		return path
	}
	if plain, err := url.QueryUnescape(query); err == nil {
		query = plain
	}
	return before + "?" + secret.MaskText(quotedValue.ReplaceAllStringFunc(query, func(v string) string {
		return `"` + secret.MaskValue("userName", strings.Trim(v, `"`)) + `"`
	}))
}

// body masks a recorded body.
func (m logMask) body(body string) string {
	if !m.on || body == "" {
		return body
	}
	return secret.MaskPII(body)
}

// entry masks a whole entry, for exports.
func (m logMask) entry(e models.LogEntry) models.LogEntry {
	if !m.on {
		return e
	}
	out := e
	if e.InitiatorKind == models.AdminActor {
		out.InitiatorName = secret.MaskEmail(e.InitiatorName)
	}
	out.TargetName = m.name(e.TargetType, e.TargetName)
	out.Summary = m.text(e, e.Summary)
	out.Details.Advice = m.text(e, e.Details.Advice)
	out.Details.Anchor = secret.MaskText(e.Details.Anchor) // some directories anchor by address
	out.Details.Steps = nil
	for _, s := range e.Details.Steps {
		s.Text = m.text(e, s.Text)
		out.Details.Steps = append(out.Details.Steps, s)
	}
	out.Details.Modified = nil
	for _, c := range e.Details.Modified {
		c.Old, c.New = m.value(c.Path, c.Old), m.value(c.Path, c.New)
		out.Details.Modified = append(out.Details.Modified, c)
	}
	out.Details.Notes = nil
	for _, n := range e.Details.Notes {
		out.Details.Notes = append(out.Details.Notes, m.text(e, n))
	}
	return out
}
