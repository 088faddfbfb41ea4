package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
)

// listRequests lists SCIM requests, look-ups included.
func (k *Console) listRequests(c echo.Context) error {
	f := logFilter{span: cmp.Or(c.QueryParam("range"), spanUsual)}
	if f.span == spanCustom {
		f.span = spanAll
	}
	if err := f.checkSpan(); err != nil {
		return err
	}
	token, failed := c.QueryParam("token"), c.QueryParam("failed") == "1"
	v := k.logView(c, f)
	w := f.window(v.now, 0)
	found, err := k.Read.Exchanges(v.ctx, v.org, models.ExchangeQuery{
		TokenID: token, Failed: failed, From: w.from, To: w.to,
		Page: models.Page{Limit: logPageSize, After: c.QueryParam("after"), Before: c.QueryParam("before")},
	})
	if err != nil {
		return err
	}
	m := page.RequestsModel{
		Chrome: k.chrome(c, "SCIM requests", "logs"), Tabs: logTabs("/logs/requests"), Token: token,
		Range: f.span, Ranges: rangeOptions(false), Tokens: []ui.Option{{Label: "Any token"}},
	}
	m.Chrome.Wide = true
	if failed {
		m.Status = "1"
	}
	tokens, err := k.Read.Tokens(v.ctx, v.org)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		m.Tokens = append(m.Tokens, ui.Option{Value: t.ID, Label: t.Description})
	}
	v.requests(&m, found)
	return respond.HTML(c, http.StatusOK, page.Requests(m))
}

func (v logView) requests(m *page.RequestsModel, found models.Slice[models.Exchange]) {
	link := func(name, cursor string) string {
		p := url.Values{}
		for key, value := range map[string]string{"failed": m.Status, "token": m.Token, "range": m.Range, name: cursor} {
			if value != "" {
				p.Set(key, value)
			}
		}
		return "/logs/requests?" + p.Encode()
	}
	m.Bar = ui.FilterModel{Action: "/logs/requests", Label: "Filter the requests", NoSearch: true}
	if m.Status != "" || m.Token != "" || m.Range != spanUsual {
		m.Bar.Clear = "/logs/requests"
	}
	for _, x := range found.Items {
		m.Rows = append(m.Rows, v.requestRow(x))
	}
	m.Pager = ui.PagerModel{Noun: "requests", TotalUnknown: true, PrevLabel: "Newer", NextLabel: "Older"}
	if found.Next != "" {
		m.Pager.Next = link("after", found.Next)
	}
	if found.Prev != "" {
		m.Pager.Prev = link("before", found.Prev)
	}
	if len(m.Rows) > 0 {
		return
	}
	m.Empty = ui.EmptyModel{Icon: "inbox", Title: "No SCIM request fits", Text: "Requests appear here a few seconds after they were answered."}
	if m.Bar.Clear != "" || m.Range != spanAll {
		m.Do = append(m.Do, ui.Link{Label: "Search everything kept", Href: "/logs/requests?range=" + spanAll})
	}
	m.Do = append(m.Do, ui.Link{Label: "See the SCIM tokens", Href: "/scim/tokens"})
}

func (v logView) requestRow(x models.Exchange) page.RequestRowModel {
	return page.RequestRowModel{
		Href: "/logs/requests/" + x.RequestID, At: x.At.Time(), Now: v.now, Method: x.HTTPMethod, Path: v.mask.path(x.Path),
		Status: strconv.Itoa(x.Status), ScimType: x.ScimType, Tone: answerTone(x.Status), Token: cmp.Or(x.TokenName, "None"),
		Client: cmp.Or(shortClient(x.Client), "Unnamed client"), Address: x.Address, Took: took(x.DurationMicros),
		Failed: x.Status >= http.StatusBadRequest,
	}
}

// shortClient cuts a User-Agent to what tells clients apart.
func shortClient(s string) string {
	const most = 48
	if before, _, ok := strings.Cut(s, " ("); ok && len(before) > 3 {
		s = before
	}
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

func answerTone(status int) ui.Tone {
	switch {
	case status >= http.StatusInternalServerError:
		return ui.Error
	case status >= http.StatusBadRequest:
		return ui.Warn
	}
	return ui.Ok
}

// showRequest is the page of one SCIM request.
func (k *Console) showRequest(c echo.Context) error {
	v := k.logView(c, logFilter{})
	x, err := k.Read.Exchange(v.ctx, v.org, c.Param("id"))
	if err != nil {
		return err
	}
	m := v.exchange(x)
	m.Chrome = k.chrome(c, m.Line, "logs")
	return respond.HTML(c, http.StatusOK, page.Request(m))
}

func (v logView) exchange(x models.Exchange) page.RequestModel {
	m := page.RequestModel{
		ID: x.RequestID, Href: "/logs/requests/" + x.RequestID, Line: x.HTTPMethod + " " + v.mask.path(x.Path),
		Status: strconv.Itoa(x.Status), Tone: answerTone(x.Status), At: x.At.Time(), Now: v.now,
		RequestBody: laidOut(v.mask.body(x.RequestBody)), ResponseBody: laidOut(v.mask.body(x.ResponseBody)),
		Entries: logFilter{request: x.RequestID}.link("/logs"),
		Facts: []ui.KVModel{
			{Label: "When", Value: ui.Exact(x.At.Time()), Note: ui.Relative(x.At.Time(), v.now)},
			{Label: "Token", Value: x.TokenName},
			{Label: "Client", Value: x.Client},
			{Label: "Address", Value: x.Address, Mono: true},
			{Label: "Duration", Value: took(x.DurationMicros)},
		},
	}
	if x.ScimType != "" {
		m.Facts = append(m.Facts, ui.KVModel{Label: "scimType", Value: x.ScimType, Mono: true})
	}
	for _, n := range x.Notes {
		m.Notes = append(m.Notes, v.mask.text(models.LogEntry{}, n))
	}
	return m
}

// laidMost is how deep a body may nest to be laid out: each level indents all that it
// holds, and what a client sent may nest by the thousand.
const laidMost = 32

// laidOut sets a body that is whole JSON on lines of its own; any other, and one that
// nests too deep, is shown as it was kept.
func laidOut(body string) string {
	depth, deepest := 0, 0
	for _, c := range body {
		switch c {
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		}
	}
	var b bytes.Buffer
	if deepest > laidMost || json.Indent(&b, []byte(body), "", "  ") != nil {
		return body
	}
	return b.String()
}
