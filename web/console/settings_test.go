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
	for field, value := range map[string]string{"logDays": "9999", "cycleGapMinutes": "many", "timeZone": "Mars/Base", "organization": ""} {
		bad := url.Values{}
		maps.Copy(bad, form)
		bad.Set(field, value)
		a := p.post("/settings", bad)
		if a.status != http.StatusBadRequest || a.Find("#f-"+field+"[aria-invalid]").AttrOr("value", "") != value {
			t.Errorf("%s = %q: %d, shown again as %q", field, value, a.status, a.Find("#f-"+field).AttrOr("value", ""))
		}
	}
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
	for _, path := range []string{"/audit", "/audit/export?format=csv", "/audit/export?format=jsonl"} {
		if strings.Contains(auditor.get(path).body, "owner@northwind.example") {
			t.Errorf("%s shows an auditor an e-mail address", path)
		}
	}
}
