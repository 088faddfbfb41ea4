package account

import (
	"cmp"
	"strconv"
	"strings"

	"muster/models"
)

// deed is an admin action on its way to the audit log.
type deed struct {
	action string // noun.verb, e.g. "token.create"
	target string // admin, token, organization, session
	id     string
	name   string
	text   string // the summary, a sentence
	before []field
	after  []field
}

// field is one property as the audit log shows it.
type field struct{ name, value string }

// entry puts actor and deed together; unchanged properties are left out.
func entry(by models.Actor, d deed) models.AuditEntry {
	return models.AuditEntry{
		OrganizationID: by.OrganizationID, ActorKind: by.Kind, ActorID: by.ID, ActorName: by.Name,
		Address: by.Address, RequestID: by.RequestID,
		Action: d.action, TargetType: d.target, TargetID: d.id, TargetName: d.name,
		Summary: d.text, Changes: differences(d.before, d.after),
	}
}

// differences pairs the properties by name, in the order of after, then what only
// before had.
func differences(before, after []field) []models.Change {
	old := map[string]string{}
	for _, f := range before {
		old[f.name] = f.value
	}
	out := []models.Change{}
	for _, f := range after {
		if old[f.name] != f.value {
			out = append(out, models.Change{Path: f.name, Old: old[f.name], New: f.value})
		}
		delete(old, f.name)
	}
	for _, f := range before {
		if v := old[f.name]; v != "" {
			out = append(out, models.Change{Path: f.name, Old: v})
			delete(old, f.name)
		}
	}
	return out
}

func adminFields(a models.AdminAccount) []field {
	return []field{
		{"email", a.Email},
		{"name", a.Name},
		{"role", string(a.Role)},
		{"disabled", strconv.FormatBool(a.Disabled)},
	}
}

func tokenFields(t models.Token) []field {
	return []field{
		{"description", t.Description},
		{"scope", string(t.Scope)},
		{"allowed from", strings.Join(t.AllowList, ", ")},
		{"disabled", strconv.FormatBool(t.Disabled)},
		{"shadow mode", strconv.FormatBool(t.Shadow)},
		{"expires", instant(t.Expires)},
		{"retires", instant(t.RetiresAt)},
		{"revoked", instant(t.Revoked)},
	}
}

func organizationFields(o models.Organization, profile string) []field {
	s := o.Settings
	percent, count, guarded := s.Guard()
	return []field{
		{"organization name", o.Name},
		{"log days", strconv.Itoa(s.LogDays)},
		{"cycle gap minutes", strconv.Itoa(s.CycleGapMinutes)},
		{"unique e-mail", strconv.FormatBool(s.UniqueEmail)},
		{"unique employee number", strconv.FormatBool(s.UniqueEmployeeNo)},
		{"adoption", s.Adoption},
		{"match attribute", s.MatchAttribute},
		{"without a mapping", cmp.Or(string(s.Unmatched), string(models.UnmatchedDefault))},
		{"default profile", profile},
		{"seat limit", limited(s.SeatLimit)},
		{"without a seat", cmp.Or(string(s.SeatPolicy), string(models.SeatPark))},
		{"guard", strconv.FormatBool(guarded)},
		{"guard percent", strconv.FormatInt(percent, 10)},
		{"guard count", strconv.FormatInt(count, 10)},
		{"purge days", limited(int64(s.PurgeDays))},
		{"time zone", s.TimeZone},
		{"support contact", s.SupportContact},
	}
}

// limited is a limit as the audit log shows it; 0 is none.
func limited(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func instant(t models.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Time().Format("2006-01-02 15:04:05 MST")
}
