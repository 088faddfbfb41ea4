package console

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/secret"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

func (k *Console) probeModel(c echo.Context, idp string) page.ProbeModel {
	m := page.ProbeModel{Chrome: k.chrome(c, "Test connection", "tokens"), IDP: idp}
	for _, g := range guides() {
		m.IDPs = append(m.IDPs, ui.Option{Value: g.key, Label: g.name})
	}
	if h, ok := k.held(c); ok {
		m.Held, m.HeldID = h.Description, h.ID
	}
	return m
}

func (k *Console) showProbe(c echo.Context) error {
	return respond.HTML(c, http.StatusOK, page.Probe(k.probeModel(c, c.QueryParam("idp"))))
}

func (k *Console) runProbe(c echo.Context) error {
	m := k.probeModel(c, c.FormValue("idp"))
	token := strings.TrimSpace(c.FormValue("token"))
	if h, ok := k.held(c); ok && token == "" && c.FormValue("held") == h.ID {
		token = h.Secret
	}
	if err := secret.CheckToken(token); err != nil {
		e := models.Errorf(models.Invalid, "token", "Nothing was tested: %s.", err)
		m.Wrong, m.Errors = e.Error(), formErrors(e, "token")
		return respond.HTML(c, respond.Status(e.Kind), page.Probe(m))
	}
	client, calls := probeCalls(m.IDP)
	endpoint, answers := k.probe(c, token, client, calls)
	m.Ran, m.Target = true, "Sent to "+endpoint
	m.Steps = probeSteps(calls, answers)
	m.Verdict = verdict(m.Steps, k.scopeNote(c, token))
	return respond.HTML(c, http.StatusOK, page.Probe(m))
}

// probe goes by the public address, which is what the provider calls. When this
// server cannot reach it from inside, its own listener is tried instead, and the
// first step says so.
func (k *Console) probe(c echo.Context, token, client string, calls []probeCall) (string, []probeAnswer) {
	p := newProber(k.Now, k.Accounts.ProbeKey())
	endpoint := k.endpoint()
	answers := p.run(c.Request().Context(), endpoint, token, client, calls)
	if k.SelfURL == "" || k.SelfURL == k.BaseURL || len(answers) == 0 || answers[0].err == nil {
		return endpoint, answers
	}
	outside := answers[0]
	outside.call.name = "Reach the public address from this server"
	endpoint = k.SelfURL + "/scim/v2"
	return endpoint, append([]probeAnswer{outside}, p.run(c.Request().Context(), endpoint, token, client, calls)...)
}

// scopeNote warns of a token that passes the test and then refuses every change.
func (k *Console) scopeNote(c echo.Context, token string) string {
	_, t, _ := k.Accounts.Authenticate(c.Request().Context(), token, "")
	if t.OrganizationID == session.Actor(c).OrganizationID && t.Scope == models.ReadScope {
		return "The token may only read: the directory’s changes will be refused with 403. Make one with the scope provision."
	}
	return ""
}

func probeSteps(calls []probeCall, answers []probeAnswer) []ui.TraceStep {
	var out []ui.TraceStep
	done := map[string]bool{}
	for i, a := range answers {
		s := probeStep(a)
		if a.err != nil && i == 0 && len(answers) > 1 {
			s.State = ui.Warned
			s.Text += " The steps below went to the server’s own listener instead; the directory needs the public address."
		}
		done[a.call.path] = i > 0 || len(answers) == 1 || a.err == nil
		out = append(out, s)
	}
	for _, call := range calls {
		if !done[call.path] {
			out = append(out, ui.TraceStep{Name: call.name, State: ui.Skipped, Text: "Not sent, because a step before failed."})
		}
	}
	return out
}

func probeStep(a probeAnswer) ui.TraceStep {
	s := ui.TraceStep{
		Name: a.call.name, State: ui.Passed, Took: a.took,
		Facts: []ui.KVModel{{Label: "Request", Value: "GET " + readable(a.url), Mono: true}},
	}
	if a.err != nil {
		s.State, s.Text = ui.Failed, "No answer came: "+networkText(a.err)
		return s
	}
	s.Facts = append(s.Facts, ui.KVModel{Label: "Answer", Value: http.StatusText(a.status), Body: ui.Pill(statusTone(a.status), statusLine(a.status))})
	if a.request != "" {
		s.Facts = append(s.Facts, ui.KVModel{Label: "Request id", Value: a.request, Mono: true})
	}
	switch {
	case a.status != http.StatusOK:
		s.State, s.Text = ui.Failed, joinText(a.detail, probeAdvice(a.status))
		if a.status == http.StatusForbidden && strings.Contains(a.detail, "address") {
			s.State = ui.Warned
			s.Text = joinText(a.detail, "The test comes from this server, not from the directory: that the allow list refuses it says nothing about the directory.")
		}
	case a.problem != "":
		s.State, s.Text = ui.Failed, a.problem
	case a.call.empty:
		s.Text = "An empty list came back, as it should."
	default:
		s.Text = "The answer is right."
	}
	return s
}

func joinText(parts ...string) string { return strings.TrimSpace(strings.Join(parts, " ")) }

func statusTone(status int) ui.Tone {
	if status == http.StatusOK {
		return ui.Ok
	}
	return ui.Error
}

func statusLine(status int) string {
	return strings.TrimSpace(http.StatusText(status) + " " + strconv.Itoa(status))
}

func readable(address string) string {
	if plain, err := url.QueryUnescape(address); err == nil {
		return plain
	}
	return address
}

// probeAdvice is what to do about a status, where the answer itself does not say.
func probeAdvice(status int) string {
	switch {
	case status == http.StatusNotFound:
		return "Something else answers at this address: check the public URL and the reverse proxy’s paths."
	case status == http.StatusTooManyRequests:
		return "Wait a moment and run the test again."
	case status >= 300 && status < 400:
		return "A redirect came back, which directories do not follow: give them the final address."
	case status >= 500:
		return "Look up the request id in the server’s log."
	}
	return ""
}

// networkText says in words why no connection came to be.
func networkText(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		return "the name " + dns.Name + " is not known to this server’s DNS. Check the public URL."
	case errors.Is(err, http.ErrHandlerTimeout), isTimeout(err):
		return "nothing answered within 10 seconds. Check firewall and reverse proxy."
	case strings.Contains(err.Error(), "certificate"):
		return "the certificate of the public address is not trusted. Directories will refuse it too; install one from a public authority."
	case errors.As(err, &op):
		return "the connection was refused. Check that the reverse proxy runs and forwards to Muster."
	}
	return "the connection broke off. Check the reverse proxy."
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

func verdict(steps []ui.TraceStep, note string) ui.AlertModel {
	failed, warned := 0, 0
	var took time.Duration
	for _, s := range steps {
		took += s.Took
		switch s.State {
		case ui.Failed:
			failed++
		case ui.Warned:
			warned++
		case ui.Passed, ui.Skipped, ui.Done, ui.Current, ui.ToCome:
		}
	}
	switch {
	case failed > 0:
		return ui.AlertModel{Tone: ui.Error, Live: true, Title: ui.Plural(failed, "step", "steps") + " failed.", Text: "The first failed step below says what to do."}
	case note != "":
		return ui.AlertModel{Tone: ui.Warn, Live: true, Title: "The connection works, with a catch.", Text: note}
	case warned > 0:
		return ui.AlertModel{Tone: ui.Warn, Live: true, Title: "The test could not see everything.", Text: "Read the marked step below."}
	}
	return ui.AlertModel{Tone: ui.Ok, Live: true, Title: "The connection works.", Text: "All " + strconv.Itoa(len(steps)) + " steps passed in " + ui.Duration(took) + ". Now run the test in your identity provider."}
}
