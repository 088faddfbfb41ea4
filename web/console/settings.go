package console

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

// settingsReader is what the settings page reads.
type settingsReader interface {
	Organization(ctx context.Context, key int64) (models.Organization, error)
	Profiles(ctx context.Context, organization int64) ([]models.Profile, error)
	UnmatchedUsers(ctx context.Context, organization int64, method models.Method) (int64, error)
}

func (k *Console) settingsRoutes() []session.Route {
	return []session.Route{
		{Method: http.MethodGet, Path: "/settings", Access: session.Role(models.Auditor), Handler: k.showSettings},
		{Method: http.MethodPost, Path: "/settings", Access: session.Role(models.Admin), Handler: k.saveSettings},
	}
}

// settingsForm is the form as it was entered: text, so that a refused number is
// shown again as it was typed.
type settingsForm struct {
	name, logDays, gap, zone, contact          string
	adoption, match, unmatched, profile        string
	seats, seatPolicy, guard, percent, removed string
	purge, undo                                string
	uniqueEmail, uniqueEmployee                bool
	stamp                                      string // of the settings that the form showed
}

func settingsOf(o models.Organization) settingsForm {
	s := o.Settings
	percent, count, on := s.Guard()
	f := settingsForm{
		name: o.Name, logDays: strconv.Itoa(s.LogDays), gap: strconv.Itoa(s.CycleGapMinutes), zone: s.TimeZone, contact: s.SupportContact,
		adoption: s.Adoption, match: s.MatchAttribute, unmatched: cmp.Or(string(s.Unmatched), string(models.UnmatchedDefault)), profile: s.DefaultProfile,
		seats: some(s.SeatLimit), seatPolicy: cmp.Or(string(s.SeatPolicy), string(models.SeatPark)),
		guard: onOff(on), percent: some(percent), removed: some(count), purge: some(int64(s.PurgeDays)), undo: strconv.Itoa(cmp.Or(s.UndoDays, models.UndoDays)),
		uniqueEmail: s.UniqueEmail, uniqueEmployee: s.UniqueEmployeeNo,
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", f))
	f.stamp = hex.EncodeToString(sum[:8])
	return f
}

// some gives a number as it is entered; none for 0, which means no limit.
func some(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func enteredSettings(c echo.Context) settingsForm {
	v := func(name string) string { return strings.TrimSpace(c.FormValue(name)) }
	return settingsForm{
		name: v("organization"), logDays: v("logDays"), gap: v("cycleGapMinutes"), zone: v("timeZone"), contact: v("supportContact"),
		adoption: v("adoption"), match: v("matchAttribute"), unmatched: v("unmatched"), profile: v("defaultProfile"),
		seats: v("seatLimit"), seatPolicy: v("seatPolicy"), guard: v("guard"), percent: v("guardPercent"), removed: v("guardCount"), purge: v("purgeDays"), undo: v("undoDays"),
		uniqueEmail: v("uniqueEmail") != "", uniqueEmployee: v("uniqueEmployeeNo") != "", stamp: v("stamp"),
	}
}

// settingsFields are the fields of the form, for links from a refusal.
func settingsFields() []string {
	return []string{
		"organization", "logDays", "cycleGapMinutes", "adoption", "matchAttribute", "timeZone", "supportContact",
		"unmatched", "defaultProfile", "seatLimit", "seatPolicy", "guardPercent", "guardCount", "purgeDays", "undoDays",
	}
}

// apply is the form as an edit. What is no number becomes one that the check
// refuses with its limits; where nothing is entered, there is no limit.
func (f settingsForm) apply(o *models.Organization) error {
	number := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return -1
		}
		return n
	}
	limit := func(text string) int64 {
		if text == "" {
			return 0
		}
		return number(text)
	}
	o.Name = f.name
	s := &o.Settings
	s.LogDays, s.CycleGapMinutes = int(number(f.logDays)), int(number(f.gap))
	s.Adoption, s.MatchAttribute, s.TimeZone, s.SupportContact = f.adoption, f.match, f.zone, f.contact
	s.UniqueEmail, s.UniqueEmployeeNo = f.uniqueEmail, f.uniqueEmployee
	s.Unmatched, s.DefaultProfile = models.Unmatched(f.unmatched), f.profile
	s.SeatLimit, s.SeatPolicy = limit(f.seats), models.SeatPolicy(f.seatPolicy)
	s.GuardOff, s.GuardPercent, s.GuardCount = f.guard == "off", limit(f.percent), limit(f.removed)
	s.PurgeDays = int(limit(f.purge))
	switch days := int(number(f.undo)); {
	case f.undo == "": // the usual
		s.UndoDays = 0
	case days == 0: // as wrong as a word
		s.UndoDays = -1
	case days != cmp.Or(s.UndoDays, models.UndoDays):
		s.UndoDays = days
	}
	return nil
}

func (k *Console) showSettings(c echo.Context) error {
	o, err := k.Read.Organization(c.Request().Context(), session.Actor(c).OrganizationID)
	if err != nil {
		return err
	}
	return k.settingsPage(c, http.StatusOK, settingsOf(o), nil)
}

func (k *Console) saveSettings(c echo.Context) error {
	ctx, by, f := c.Request().Context(), session.Actor(c), enteredSettings(c)
	profiles, err := k.Read.Profiles(ctx, by.OrganizationID)
	if err != nil {
		return err
	}
	if asked, err := k.settingsAsked(c, f); asked || err != nil {
		return err
	}
	var now settingsForm
	_, err = k.Accounts.EditOrganization(ctx, by, func(o *models.Organization) error {
		if f.stamp != "" && f.stamp != settingsOf(*o).stamp {
			now = settingsOf(*o)
			return tooOld()
		}
		known := func(p models.Profile) bool { return p.ID == f.profile }
		if f.profile != "" && f.profile != o.Settings.DefaultProfile && !slices.ContainsFunc(profiles, known) {
			return models.Errorf(models.Invalid, "defaultProfile", "There is no such profile any more.").WithAdvice("Choose another one.")
		}
		return f.apply(o)
	})
	if e, ok := refusal(err); ok && e.Kind == models.Stale {
		return k.settingsOvertaken(c, f, now)
	}
	if e, ok := refusal(err); ok {
		return k.settingsPage(c, respond.Status(e.Kind), f, e)
	}
	if err != nil {
		return err
	}
	k.Directory.Rouse()
	return k.done(c, "/settings", "The settings are saved.")
}

func (k *Console) settingsPage(c echo.Context, status int, f settingsForm, wrong *models.Error) error {
	profiles, err := k.Read.Profiles(c.Request().Context(), session.Actor(c).OrganizationID)
	if err != nil {
		return err
	}
	manage := may(c, models.Admin)
	m := page.SettingsModel{
		Chrome: k.chrome(c, "Settings", "settings"), Manage: manage, Stamp: f.stamp,
		Groups: settingRows{settingsForm: f, manage: manage, wrong: wrong, profiles: profiles}.groups(),
		Errors: formErrors(wrong, settingsFields()...),
		Instance: []ui.KVModel{
			{Label: "Public address", Value: k.BaseURL, Mono: true, Note: "set with --public-url when the server starts"},
			{Label: "SCIM endpoint", Value: k.endpoint(), Mono: true},
			{Label: "Version", Value: k.Version},
		},
	}
	return respond.HTML(c, status, page.Settings(m))
}
