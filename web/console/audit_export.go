package console

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/csvfile"
	"muster/models/secret"
	"muster/web/session"
)

// hideChange masks a property's value for auditors: people's names and addresses,
// not the names of things.
func hideChange(hide bool, path, value string) string {
	switch {
	case !hide || value == "":
		return value
	case path == "email":
		return secret.MaskEmail(value)
	case path == "name":
		return secret.MaskName(value)
	}
	return secret.MaskText(value)
}

const auditPage = 500

// exportAudit streams what the list's filters select, newest first, as CSV whose
// text no spreadsheet takes for a formula, or as JSON lines with the seals.
func (k *Console) exportAudit(c echo.Context) error {
	f, hide := auditFilterOf(c), k.masked(session.Actor(c))
	if _, err := f.query(models.Page{}); err != nil {
		return err
	}
	var write func([]models.AuditEntry) error
	switch c.QueryParam("format") {
	case "csv":
		write = auditCSV(c)
	case "jsonl":
		write = auditLines(c)
	default:
		return models.Errorf(models.Invalid, "format", "There is no export format %q.", c.QueryParam("format")).WithAdvice("Choose csv or jsonl.")
	}
	after := ""
	for {
		q, err := f.query(models.Page{Limit: auditPage, After: after})
		if err != nil {
			return err
		}
		list, err := k.Read.AuditEntries(c.Request().Context(), q)
		if err != nil {
			return err
		}
		for i := range list.Items {
			list.Items[i] = hideEntry(hide, list.Items[i])
		}
		if err := write(list.Items); err != nil {
			return err
		}
		if after = list.Next; after == "" {
			return nil
		}
	}
}

func hideEntry(hide bool, e models.AuditEntry) models.AuditEntry {
	if !hide {
		return e
	}
	e.ActorName, e.TargetName, e.Summary = secret.MaskText(e.ActorName), secret.MaskText(e.TargetName), secret.MaskText(e.Summary)
	changes := make([]models.Change, 0, len(e.Changes))
	for _, ch := range e.Changes {
		changes = append(changes, models.Change{Path: ch.Path, Old: hideChange(true, ch.Path, ch.Old), New: hideChange(true, ch.Path, ch.New)})
	}
	e.Changes = changes
	return e
}

func download(c echo.Context, kind, name string) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, kind)
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	h.Set(echo.HeaderCacheControl, "no-store")
	c.Response().WriteHeader(http.StatusOK)
}

func auditCSV(c echo.Context) func([]models.AuditEntry) error {
	w := csvfile.NewWriter(c.Response())
	first := true
	return func(list []models.AuditEntry) error {
		if first {
			download(c, "text/csv; charset=utf-8", "muster-audit.csv")
			w.Row("time", "action", "by", "address", "target type", "target", "summary", "changes", "request id", "id", "hash")
			first = false
		}
		for _, e := range list {
			w.Row(e.At.Time().Format(time.RFC3339Nano), e.Action, e.ActorName, e.Address, e.TargetType, e.TargetName, e.Summary,
				changesText(e.Changes), e.RequestID, e.ID, e.Hash)
		}
		return w.Flush()
	}
}

func changesText(list []models.Change) string {
	parts := make([]string, 0, len(list))
	for _, ch := range list {
		parts = append(parts, ch.Path+": "+ch.Old+" → "+ch.New)
	}
	return strings.Join(parts, "; ")
}

func auditLines(c echo.Context) func([]models.AuditEntry) error {
	out := json.NewEncoder(c.Response())
	first := true
	return func(list []models.AuditEntry) error {
		if first {
			download(c, "application/jsonl; charset=utf-8", "muster-audit.jsonl")
			first = false
		}
		for _, e := range list {
			line := map[string]any{
				"id": e.ID, "at": e.At.Time().Format(time.RFC3339Nano), "action": e.Action,
				"actor":   map[string]string{"kind": string(e.ActorKind), "id": e.ActorID, "name": e.ActorName, "address": e.Address},
				"target":  map[string]string{"type": e.TargetType, "id": e.TargetID, "name": e.TargetName},
				"summary": e.Summary, "changes": e.Changes, "requestId": e.RequestID, "hash": e.Hash, "previousHash": e.PrevHash,
			}
			if err := out.Encode(line); err != nil {
				return err
			}
		}
		return nil
	}
}
