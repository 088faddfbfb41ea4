package ui

// Tone colours a part. A tone is never the only carrier of a meaning: every
// part that takes one also shows a word or an icon.
type Tone string

// The tones; the zero value is neutral grey.
const (
	Neutral Tone = ""
	Info    Tone = "info"
	Ok      Tone = "ok"
	Warn    Tone = "warn"
	Error   Tone = "error"
)

func (t Tone) class() string {
	if t == Neutral {
		return "neutral"
	}
	return string(t)
}

func (t Tone) icon() string {
	switch t {
	case Ok:
		return "circle-check"
	case Warn:
		return "triangle-alert"
	case Error:
		return "circle-x"
	case Info, Neutral:
	}
	return "info"
}

// word is what a screen reader hears in front of a toned message.
func (t Tone) word() string {
	switch t {
	case Ok:
		return "Done:"
	case Warn:
		return "Warning:"
	case Error:
		return "Error:"
	case Info, Neutral:
	}
	return "Note:"
}

type mark struct {
	tone Tone
	word string
	icon string
}

// Words come from product.md; a value that is not listed shows as itself.
var (
	statuses = map[string]mark{
		"active":    {Ok, "Active", ""},
		"inactive":  {Warn, "Inactive", ""},
		"preserved": {Neutral, "Preserved", ""},
		"staged":    {Info, "Staged", ""},
		"disabled":  {Neutral, "Disabled", ""},
		"expired":   {Error, "Expired", ""},
		"revoked":   {Neutral, "Revoked", ""},
		"retiring":  {Info, "Retiring", ""},
		"expiring":  {Warn, "Expires soon", ""},
		"waiting":   {Info, "Waiting", ""},
	}
	outcomes = map[string]mark{
		"success": {Ok, "Success", "circle-check"},
		"failure": {Error, "Failure", "circle-x"},
		"skipped": {Neutral, "Skipped", "minus"},
		"warning": {Warn, "Warning", "triangle-alert"},
	}
	methods = map[string]mark{
		"manual": {Neutral, "Manual", "hand"},
		"ldap":   {Neutral, "AD/LDAP", "server"},
		"scim":   {Neutral, "SCIM", "workflow"},
		"entra":  {Neutral, "Entra ID", "cloud"},
	}
)

func find(marks map[string]mark, key string) mark {
	if m, ok := marks[key]; ok {
		return m
	}
	if key == "" {
		key = "Unknown"
	}
	return mark{Neutral, key, "circle-help"}
}

// MethodName is the word for a deployment method or provisioning mode.
func MethodName(mode string) string { return find(methods, mode).word }

// MethodIcon is the icon of a deployment method.
func MethodIcon(mode string) string { return find(methods, mode).icon }
