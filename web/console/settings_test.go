package console_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
)

func TestSettingsAreSavedAndAudited(t *testing.T) {
	o := openOffice(t).staff()
	p := o.signedIn(models.Admin)
	form := url.Values{
		"organization": {"Engines Ltd"}, "timeZone": {"Europe/Berlin"}, "supportContact": {"it@example.com"}, "adoption": {"refuse"},
		"uniqueEmail": {"on"}, "logDays": {"90"}, "cycleGapMinutes": {"15"},
	}
	a := p.post("/settings", form)
	p.sees(a, "#flash", "settings are saved")
	p.sees(a, "header", "Engines Ltd")
	got, err := o.store.Organization(t.Context(), o.org.Key)
	o.must(err)
	want := models.OrganizationSettings{LogDays: 90, CycleGapMinutes: 15, UniqueEmail: true, Adoption: models.AdoptRefuse, TimeZone: "Europe/Berlin", SupportContact: "it@example.com"}
	if diff := cmp.Diff(want, got.Settings); diff != "" || got.Name != "Engines Ltd" {
		t.Errorf("stored %+v (-want +got):\n%s", got, diff)
	}
	p.sees(p.get("/settings"), "#f-adoption", "Asked about in the queue")
	for field, value := range map[string]string{
		"adoption": models.AdoptAsk, "matchAttribute": models.MatchByEmployeeNumber, "unmatched": "park", "seatLimit": "250", "seatPolicy": "refuse",
		"guard": "off", "guardPercent": "30", "guardCount": "25", "purgeDays": "90",
	} {
		form.Set(field, value)
	}
	p.sees(p.post("/settings", form), "#flash", "settings are saved")
	got, err = o.store.Organization(t.Context(), o.org.Key)
	o.must(err)
	want.Adoption, want.MatchAttribute, want.Unmatched, want.SeatLimit, want.SeatPolicy = models.AdoptAsk, models.MatchByEmployeeNumber, models.UnmatchedPark, 250, models.SeatRefuse
	want.GuardOff, want.GuardPercent, want.GuardCount, want.PurgeDays = true, 30, 25, 90
	if diff := cmp.Diff(want, got.Settings); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	shown := p.get("/settings")
	for field, value := range map[string]string{"seatLimit": "250", "guardPercent": "30", "guardCount": "25", "purgeDays": "90"} {
		if got := shown.Find("#f-"+field).AttrOr("value", ""); got != value {
			t.Errorf("%s is shown as %q", field, got)
		}
	}
	for field, value := range map[string]string{"adoption": models.AdoptAsk, "matchAttribute": models.MatchByEmployeeNumber, "unmatched": "park", "guard": "off"} {
		if got := shown.Find("#f-"+field+" option[selected]").AttrOr("value", ""); got != value {
			t.Errorf("%s is shown as %q", field, got)
		}
	}
	if a := p.post("/settings", with(form, "defaultProfile", "nothing")); a.status != http.StatusBadRequest {
		t.Errorf("a profile that is not there: %d", a.status)
	}
	for field, value := range map[string]string{"seatLimit": "-3", "guardPercent": "101", "guardCount": "lots", "purgeDays": "3", "logDays": "9999", "cycleGapMinutes": "many", "timeZone": "Mars/Base", "organization": ""} {
		a := p.post("/settings", with(form, field, value))
		if a.status != http.StatusBadRequest || a.Find("#f-"+field+"[aria-invalid]").AttrOr("value", "") != value {
			t.Errorf("%s = %q: %d, shown again as %q", field, value, a.status, a.Find("#f-"+field).AttrOr("value", ""))
		}
	}
}

// with is a form in which one field is different.
func with(form url.Values, field, value string) url.Values {
	other := url.Values{}
	maps.Copy(other, form)
	other.Set(field, value)
	return other
}

func TestAuditPages(t *testing.T) {
	o := openOffice(t).staff()
	o.token(`=HYPERLINK("x")`)
	p := o.signedIn(models.Owner)
	p.post("/settings", url.Values{"organization": {"Engines Ltd"}, "timeZone": {"UTC"}, "adoption": {"automatic"}, "logDays": {"90"}, "cycleGapMinutes": {"10"}})
	a := p.get("/audit?area=organization.")
	if rows := a.Find("tbody tr").Length(); rows != 1 {
		t.Fatalf("%d entries about settings: %s", rows, a.text("tbody"))
	}
	entry := p.get(a.Find("tbody a").AttrOr("href", ""))
	p.sees(entry, "main", "log days", "30", "90", "owner@northwind.example")
	p.sees(p.get("/audit?q=nobody-did-this"), "main", "Nothing matches", "Clear filters")
	if a := p.get("/audit?from=yesterday"); a.status != http.StatusBadRequest {
		t.Errorf("a bad date: %d", a.status)
	}
	p.sees(p.get("/audit?verify=1"), ".alert.ok", "The chain is whole")

	sheet := p.get("/audit/export?format=csv")
	if !strings.Contains(sheet.header.Get("Content-Disposition"), "muster-audit.csv") || !strings.Contains(sheet.body, `'=HYPERLINK`) {
		t.Errorf("CSV: %.400s", sheet.body)
	}
	lines := strings.Split(strings.TrimSpace(p.get("/audit/export?format=jsonl&area=token.").body), "\n")
	var line struct{ Action, Hash string }
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil || line.Action != "token.create" || len(line.Hash) != 64 || len(lines) != 1 {
		t.Errorf("JSON lines: %v %q", err, lines)
	}
	if a := p.get("/audit/export?format=xls"); a.status != http.StatusBadRequest {
		t.Errorf("an unknown format: %d", a.status)
	}
	auditor := o.signedIn(models.Auditor)
	auditor.sees(auditor.get("/settings"), "main .alert", "cannot change them")
	for _, path := range []string{"/audit", "/audit/export?format=csv", "/audit/export?format=jsonl"} {
		if strings.Contains(auditor.get(path).body, "owner@northwind.example") {
			t.Errorf("%s shows an auditor an e-mail address", path)
		}
	}
}
