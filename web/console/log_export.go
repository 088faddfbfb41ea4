package console

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/csvfile"
)

// exportLog streams all entries of a filter, newest first, as CSV or JSON lines.
func (k *Console) exportLog(c echo.Context) error {
	f, err := logFilterOf(c)
	if err != nil {
		return err
	}
	v := k.logView(c, f)
	h := c.Response().Header()
	name := "muster-log-" + v.now.Format("2006-01-02-1504")
	var write func([]models.LogEntry) error
	switch c.QueryParam("format") {
	case "", "csv":
		h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
		name += ".csv"
		write = v.csv(c.Response())
	case "jsonl":
		h.Set(echo.HeaderContentType, "application/jsonl; charset=utf-8")
		name += ".jsonl"
		write = v.jsonLines(c.Response())
	default:
		return models.Errorf(models.Invalid, "format", "The log is not exported as %q.", c.QueryParam("format")).
			WithAdvice("Choose csv or jsonl.")
	}
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	h.Set(echo.HeaderCacheControl, "no-store")
	stream := http.NewResponseController(c.Response())
	_ = stream.SetWriteDeadline(time.Time{}) // a large export may take longer than a page
	if err := write(nil); err != nil {
		return err
	}
	return k.Read.EachLogEntry(v.ctx, v.org, f.query(v.now), func(list []models.LogEntry) error {
		if err := write(list); err != nil {
			return err
		}
		c.Response().Flush()
		return nil
	})
}

var csvHead = []string{
	"time", "action", "status", "target_type", "target", "target_id", "summary", "code", "advice", "source",
	"initiator", "cycle", "request_id", "change_id", "duration_ms", "changes",
}

// csv writes the heading on its first call and rows on every one; what a directory
// sent cannot be mistaken for a formula.
func (v logView) csv(to io.Writer) func([]models.LogEntry) error {
	w := csvfile.NewWriter(to)
	headed := false
	return func(list []models.LogEntry) error {
		if !headed {
			headed = true
			w.Row(csvHead...)
		}
		for _, e := range list {
			e = v.mask.entry(e)
			w.Row(e.At.Time().Format(time.RFC3339Nano), string(e.Action), string(e.Status), string(e.TargetType), e.TargetName,
				e.TargetID, e.Summary, e.Code, e.Details.Advice, string(e.Source), logInitiator(e), cellNumber(e.CycleID), e.RequestID, e.ID,
				strconv.FormatFloat(float64(e.DurationMicros)/1000, 'f', -1, 64), changesText(e.Details.Modified))
		}
		return w.Flush()
	}
}

func cellNumber(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// exportedEntry is one line of the JSON export.
type exportedEntry struct {
	ChangeID   string            `json:"changeId"`
	Time       time.Time         `json:"time"`
	Action     models.Action     `json:"action"`
	Status     models.Outcome    `json:"status"`
	Source     models.Method     `json:"source"`
	Cycle      int64             `json:"cycle,omitempty"`
	RequestID  string            `json:"requestId,omitempty"`
	Initiator  exportedParty     `json:"initiator"`
	Target     exportedParty     `json:"target"`
	DurationMS float64           `json:"durationMs"`
	Code       string            `json:"code,omitempty"`
	Summary    string            `json:"summary"`
	Details    models.LogDetails `json:"details"`
}

type exportedParty struct {
	Type string `json:"type"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

func (v logView) jsonLines(to io.Writer) func([]models.LogEntry) error {
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	return func(list []models.LogEntry) error {
		for _, e := range list {
			e = v.mask.entry(e)
			if err := enc.Encode(exportedEntry{
				ChangeID: e.ID, Time: e.At.Time(), Action: e.Action, Status: e.Status, Source: e.Source, Cycle: e.CycleID, RequestID: e.RequestID,
				Initiator:  exportedParty{string(e.InitiatorKind), e.InitiatorID, e.InitiatorName},
				Target:     exportedParty{string(e.TargetType), e.TargetID, e.TargetName},
				DurationMS: float64(e.DurationMicros) / 1000, Code: e.Code, Summary: e.Summary, Details: e.Details,
			}); err != nil {
				return err
			}
		}
		return nil
	}
}
