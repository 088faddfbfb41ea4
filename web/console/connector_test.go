package console_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"muster/models"
	"muster/models/source"
	"muster/models/source/entra/entratest"
	"muster/models/store"
)

// TestConnectByTheWizard follows the wizard from nothing to a started connector.
func TestConnectByTheWizard(t *testing.T) {
	s := newStand(t)
	g, _ := s.graph(7)
	s.entra()
	b := s.as(models.Owner)
	wantText(t, b.open("/connectors/entra").Find("main"), "Not connected", "Prepare Microsoft Entra ID", "Not started")
	guide := b.open("/connectors/entra/setup")
	for _, name := range []string{"User.Read.All", "GroupMember.Read.All", "Application.Read.All", "Muster provisioning"} {
		if guide.Find("input[value='"+name+"']").Length() != 1 {
			t.Errorf("the guide has no field to copy %s from", name)
		}
	}
	status, _, doc := b.send("/connectors/entra/credentials", url.Values{"tenant": {"common"}, "clientId": {entratest.ClientID}, "cloud": {"global"}, "sign": {"secret"}, "clientSecret": {"x"}}, "", nil)
	if status != http.StatusBadRequest {
		t.Errorf("a tenant that stands for any: %d", status)
	}
	wantText(t, doc.Find("#f-tenant-error"), "stands for any tenant")
	s.connected() // the custom cloud is not in the list
	doc = b.open("/connectors/entra/credentials")
	if strings.Contains(text(doc.Selection), entratest.ClientSecret) || doc.Find("[value='"+entratest.ClientSecret+"']").Length() > 0 {
		t.Error("the secret is shown")
	}
	wantText(t, doc.Find("form.form"), "As now", "Client secret (ends in …567)")

	wantText(t, b.open("/connectors/entra/test").Find("main"), "not tested with these settings yet")
	_, _, doc = b.post("/connectors/entra/test", url.Values{})
	wantText(t, doc.Find("main"), "The connection works.", "Sign in as the application", "Read users", "Choose the scope")
	wantText(t, b.open("/connectors/entra").Find("main"), "Connection test", "passed")

	sales := g.AddGroup(entratest.Props{"displayName": "Sales team", "description": "Sellers"})
	doc = b.open("/connectors/entra/scope?q=sales")
	wantText(t, doc.Find("#groups-of-scope"), "Sales team", "0 users", "Sellers")
	_, _, doc = b.post("/connectors/entra/scope", url.Values{"do": {"count"}, "scope": {"everyone"}, "nested": {"on"}})
	wantText(t, doc.Find("#preview"), "7 users")
	status, _, doc = b.post("/connectors/entra/scope", url.Values{"do": {"save"}, "scope": {"groups"}})
	if status != http.StatusBadRequest {
		t.Errorf("no group: %d", status)
	}
	wantText(t, doc.Find("#groups-of-scope"), "0 groups are chosen.")
	_, at, doc := b.post("/connectors/entra/scope", url.Values{"do": {"save"}, "scope": {"groups"}, "nested": {"on"}, "groups": {sales + ":Sales+team"}})
	if at != "/connectors/entra/schedule" {
		t.Fatalf("the scope leads to %s: %s", at, text(doc.Find("main")))
	}
	wantText(t, b.open("/connectors/entra/scope").Find("#groups-of-scope"), "Sales team")
	wantText(t, b.open("/connectors/entra/test").Find("main"), "The connection works.")
	_, at, doc = b.post("/connectors/entra/schedule", url.Values{"minutes": {"30"}, "do": {"start"}})
	if at != "/connectors/entra" {
		t.Fatalf("start leads to %s: %s", at, text(doc.Find("main")))
	}
	wantText(t, doc.Find("main"), "Running", "Every 30 minutes", "Members of 1 chosen group, also by groups in them", "In a moment, as asked")
	c, _, err := s.store.Connector(t.Context(), s.org.Key, models.Entra)
	s.must(err)
	if c.State != models.ConnectorRunning || c.Asked != models.SyncRequest || c.IntervalMinutes != 30 {
		t.Errorf("after the wizard: %+v", c)
	}
	_, at, doc = b.post("/connectors/entra/scope", url.Values{"do": {"save"}, "scope": {"groups"}, "groups": {"00000000-0000-4000-8000-000000000000:Gone"}})
	if at != "/connectors/entra/test" {
		t.Errorf("a scope that the test refuses leads to %s", at)
	}
	wantText(t, doc.Find("body"), "The scope is saved. The connection test does not pass with it.")
}

// send posts a form of several parts, with a file where there is one.
func (b browser) send(path string, form url.Values, field string, file []byte) (status int, at string, doc *goquery.Document) {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		for _, v := range values {
			b.must(w.WriteField(name, v))
		}
	}
	if file != nil {
		part, err := w.CreateFormFile(field, "certificate.pem")
		b.must(err)
		_, err = part.Write(file)
		b.must(err)
	}
	b.must(w.Close())
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, &body)
	b.must(err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	status, h, text := b.do(req)
	return status, h.Get("At"), b.parse(text)
}

// TestReplaceTheSecret asks for the password, never shows what is kept, and takes a
// certificate as a file.
func TestReplaceTheSecret(t *testing.T) {
	s := newStand(t)
	s.graph(1)
	s.entra()
	before := s.connected()
	b := s.as(models.Admin)
	s.clock.Advance(11 * time.Minute)
	doc := b.open("/connectors/entra/credentials?replace=1")
	if doc.Find("input[name=password]").Length() != 1 {
		t.Fatal("the password is not asked for again")
	}
	form := url.Values{
		"tenant": {entratest.Tenant}, "clientId": {entratest.ClientID}, "cloud": {"custom"}, "sign": {"secret"},
		"clientSecret": {"another~value.of-the_client-secret"}, "ends": {s.clock.Now().AddDate(0, 0, 9).Format(time.DateOnly)}, "password": {"wrong"},
	}
	status, _, doc := b.send("/connectors/entra/credentials", form, "", nil)
	if status < 400 {
		t.Fatalf("a wrong password: %d", status)
	}
	if doc.Find("#f-password-error").Length() != 1 || doc.Find("[value*='another~value']").Length() != 0 {
		t.Errorf("the refusal: %s", text(doc.Find("main")))
	}
	form.Set("password", standPassword)
	if _, at, doc := b.send("/connectors/entra/credentials", form, "", nil); at != "/connectors/entra/test" {
		t.Fatalf("saved leads to %s: %s", at, text(doc.Find("main")))
	}
	after, _, err := s.store.Connector(t.Context(), s.org.Key, models.Entra)
	s.must(err)
	if after.Secret == before.Secret || after.SecretEnds == 0 {
		t.Errorf("after: %+v", after)
	}
	wantText(t, b.open("/connectors/entra").Find("main"), "The client secret for Microsoft Entra ID expires in", "Enter a new one", "ends in …ret")
	wantText(t, b.open("/").Find("#needs"), "The client secret for Microsoft Entra ID expires in")

	pemFile := selfSigned(t, s.clock.Now().AddDate(1, 0, 0))
	form.Set("sign", "certificate")
	if _, at, doc := b.send("/connectors/entra/credentials", form, "certificate", pemFile); at != "/connectors/entra/test" {
		t.Fatalf("a certificate leads to %s: %s", at, text(doc.Find("main")))
	}
	wantText(t, b.open("/connectors/entra").Find("main"), "Certificate (CN=muster)")
	if _, _, doc := b.send("/connectors/entra/credentials", form, "", nil); !strings.Contains(text(doc.Find("#f-certificate-error")), "No file was chosen") {
		t.Errorf("no file: %s", text(doc.Find("main")))
	}
}

func selfSigned(t *testing.T, ends time.Time) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "muster"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: ends}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
}

// TestWhatATestFinds names the likely cause and the advice, and leads to the cure.
func TestWhatATestFinds(t *testing.T) {
	s := newStand(t)
	g, _ := s.graph(1)
	s.entra()
	s.connected()
	b := s.as(models.Owner)
	g.Deny("GroupMember.Read.All", true)
	_, _, doc := b.post("/connectors/entra/test", url.Values{})
	wantText(t, doc.Find("main"), "1 step failed.", "Likely cause", "no administrator consented", "What to do", "See the permissions")
	wantText(t, b.open("/connectors/entra/test").Find("main"), "1 step failed.")
	wantText(t, b.open("/connectors/entra").Find("main"), "failed")
}

// TestSteer presses the buttons.
func TestSteer(t *testing.T) {
	s := newStand(t)
	s.graph(1)
	s.entra()
	s.connected()
	b := s.as(models.Owner)
	state := func() models.Connector {
		c, _, err := s.store.Connector(t.Context(), s.org.Key, models.Entra)
		s.must(err)
		return c
	}
	_, _, doc := b.post("/connectors/entra/start", url.Values{})
	wantText(t, doc.Find("main"), "Started.")
	wantText(t, b.open("/connectors/entra/ask/stop").Find("main"), "Stop reading Microsoft Entra ID?", "Keep it running")
	_, _, doc = b.post("/connectors/entra/stop", url.Values{})
	wantText(t, doc.Find("main"), "Stopped by owner@northwind.example.", "Start")
	if c := state(); c.State != models.ConnectorStopped {
		t.Errorf("stopped: %s", c.State)
	}
	b.post("/connectors/entra/start", url.Values{})
	_, _, doc = b.post("/connectors/entra/start", url.Values{})
	wantText(t, doc.Find("#flash"), "started already")
	_, _, doc = b.post("/connectors/entra/restart", url.Values{})
	wantText(t, doc.Find("#flash"), "Restarted.")
	if c := state(); c.Asked != models.RestartRequest {
		t.Errorf("asked: %s", c.Asked)
	}
	wantText(t, b.open("/").Find("#in-charge"), "Last cycle start", "Not started", "Last success", "Next run")
	wantText(t, b.open("/deployment").Find("#in-charge"), "Last cycle start", "Not started", "Next run")
}

// TestQuarantine shows the reason and the way out, on every page that tells of health.
func TestQuarantine(t *testing.T) {
	s := newStand(t)
	s.graph(1)
	s.entra()
	s.connected()
	s.alter(func(tx *store.Tx, c *models.Connector) {
		c.SetState(models.ConnectorQuarantined, string(source.SecretExpired), "The secret has expired.", "Make a new one in Entra.", tx.Now())
	})
	b := s.as(models.Owner)
	for path, within := range map[string]string{"/connectors/entra": "main", "/": "#health", "/deployment": "#health"} {
		wantText(t, b.open(path).Find(within), "The secret has expired.", "Make a new one in Entra.")
	}
	doc := b.open("/connectors/entra")
	wantText(t, doc.Find("main"), "Quarantined", "Enter a new secret", "Test connection", "Try again now")
	wantText(t, b.open("/").Find("#needs"), "Microsoft Entra ID is in quarantine")
	_, _, doc = b.post("/connectors/entra/sync", url.Values{})
	wantText(t, doc.Find("#flash"), "Asked for")
}

// TestAnotherMethodInCharge lets the connector sleep.
func TestAnotherMethodInCharge(t *testing.T) {
	s, b := newTenant(t)
	s.graph(1)
	s.connected()
	doc := b.open("/connectors/entra")
	wantText(t, doc.Find("main"), "Asleep", "the deployment method is SCIM", "Go to Deployment")
	if doc.Find("form[action='/connectors/entra/start']").Length() != 0 {
		t.Error("a sleeping connector can be started")
	}
	_, _, doc = b.post("/connectors/entra/start", url.Values{})
	wantText(t, doc.Find("#flash"), "is not in charge")
	wantText(t, b.open("/provision").Find("main"), "Nothing to fetch from")
}

// TestChangeLeadsToTheWizard names the connector as the next step of a change to Entra.
func TestChangeLeadsToTheWizard(t *testing.T) {
	s, b := newTenant(t)
	s.graph(1)
	doc := b.open("/deployment/change/entra")
	wantText(t, doc.Find("#forecast"), "Nothing is written before you accept it", "Prepare the connection")
	form := b.form(doc, "#confirm-change form")
	form.Set("ack", "1")
	_, at, doc := b.post("/deployment/change/entra", form)
	if !strings.HasPrefix(at, "/deployment/changes/") {
		t.Fatalf("the change leads to %s: %s", at, text(doc.Find("main")))
	}
	wantText(t, doc.Find("main"), "Connect Microsoft Entra ID", "Start the first cycle", "Accept the first preview")
	if doc.Find("a[href='/connectors/entra']").Length() == 0 {
		t.Error("nothing leads to the wizard")
	}
	if nav := b.open("/").Find("nav a[href='/connectors/entra']"); nav.Length() == 0 {
		t.Error("the navigation does not lead to it")
	}
}
