package console

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/deployment"
	"muster/models/transform"
)

// reported is one record of a report.
type reported struct {
	Record   string `json:"record"` // user, group, mapping, attributeMapping, token
	ID       string `json:"id,omitempty"`
	Name     string `json:"name"`
	UserName string `json:"userName,omitempty"`
	Status   string `json:"status,omitempty"`
	Before   string `json:"before,omitempty"`
	After    string `json:"after,omitempty"`
	Now      string `json:"now,omitempty"`
	Since    string `json:"since,omitempty"` // unchanged or changed, since the change
}

// reportHead is what a report says about the change itself.
type reportHead struct {
	ID           string         `json:"id"`
	From         models.Method  `json:"from"`
	To           models.Method  `json:"to"`
	At           string         `json:"at"`
	By           string         `json:"by"`
	Reason       string         `json:"reason,omitempty"`
	KeptMappings bool           `json:"keptMappings"`
	UndoUntil    string         `json:"undoUntil,omitempty"`
	Undoes       string         `json:"undoes,omitempty"`
	UndoneBy     string         `json:"undoneBy,omitempty"`
	Counts       map[string]any `json:"counts"`
	UsersDeleted int64          `json:"usersDeleted"`
	NotListed    int64          `json:"notListed,omitempty"` // users purged since, or changed more than once
	GeneratedAt  string         `json:"generatedAt"`
}

func (p pastChange) reportHead() reportHead {
	h := p.change
	out := reportHead{
		ID: h.ID, From: h.From, To: h.To, At: csvMoment(h.At), By: h.By, Reason: h.Reason, KeptMappings: h.KeptMappings, UndoUntil: csvMoment(h.UndoUntil),
		Undoes: h.Undoes, UndoneBy: h.UndoneBy, Counts: map[string]any{}, UsersDeleted: h.Counts.UsersDeleted, NotListed: p.undo.Gone,
		GeneratedAt: csvMoment(models.TimeOf(p.now)),
	}
	for _, f := range deployment.Figures(h.Counts) {
		out.Counts[f.Name] = f.Count
	}
	return out
}

// eachReported gives every record that a change concerned, users first.
func (p pastChange) eachReported(c echo.Context, fn func(reported) error) error {
	if p.change.Record.Ended != "" {
		if err := p.eachUser(c, fn); err != nil {
			return err
		}
		if err := p.eachGroup(c, fn); err != nil {
			return err
		}
	}
	for _, one := range p.reportedRules() {
		if err := fn(one); err != nil {
			return err
		}
	}
	return nil
}

func (p pastChange) eachUser(c echo.Context, fn func(reported) error) error {
	ctx, term, mask := c.Request().Context(), p.change.Record.Ended, logMaskFor(p.by)
	for _, list := range []struct {
		since string
		read  func(models.Page) (models.Slice[models.User], error)
	}{
		{"unchanged", func(at models.Page) (models.Slice[models.User], error) {
			return p.k.Read.Returning(ctx, p.by.OrganizationID, term, at)
		}},
		{"changed", func(at models.Page) (models.Slice[models.User], error) {
			return p.k.Read.TouchedUsers(ctx, p.by.OrganizationID, term, p.change.At, at)
		}},
	} {
		err := eachPage(list.read, func(u models.User) error {
			return fn(reported{
				Record: "user", ID: u.ID, Name: mask.value("displayName", u.DisplayName), UserName: mask.value("userName", u.UserName), Status: string(u.Status),
				Before: string(p.change.From), After: string(models.Manual), Now: string(u.Mode), Since: list.since,
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (p pastChange) eachGroup(c echo.Context, fn func(reported) error) error {
	ctx, term := c.Request().Context(), p.change.Record.Ended
	for _, list := range []struct {
		since string
		read  func(models.Page) (models.Slice[models.Group], error)
	}{
		{"unchanged", func(at models.Page) (models.Slice[models.Group], error) {
			return p.k.Read.ReturningGroups(ctx, p.by.OrganizationID, term, at)
		}},
		{"changed", func(at models.Page) (models.Slice[models.Group], error) {
			return p.k.Read.TouchedGroups(ctx, p.by.OrganizationID, term, p.change.At, at)
		}},
	} {
		err := eachPage(list.read, func(g models.Group) error {
			return fn(reported{Record: "group", ID: g.ID, Name: g.DisplayName, Before: string(p.change.From), After: string(models.Manual), Now: string(g.Mode), Since: list.since})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eachPage walks a list to its end.
func eachPage[T any](read func(models.Page) (models.Slice[T], error), fn func(T) error) error {
	for at := (models.Page{Limit: 200}); ; {
		found, err := read(at)
		if err != nil {
			return err
		}
		for _, one := range found.Items {
			if err := fn(one); err != nil {
				return err
			}
		}
		if at.After = found.Next; found.Next == "" {
			return nil
		}
	}
}

// reportedRules are the mappings that were deleted, while they are known, and the tokens.
func (p pastChange) reportedRules() []reported {
	var out []reported
	for _, m := range p.change.Record.Mappings {
		out = append(out, reported{Record: "mapping", ID: m.ID, Name: m.Name, After: "deleted"})
	}
	for _, a := range p.change.Record.Attributes {
		out = append(out, reported{Record: "attributeMapping", ID: a.ID, Name: transform.Short(a.Target), After: "deleted"})
	}
	names := map[string]models.Token{}
	for _, t := range p.tokens {
		names[t.ID] = t
	}
	for _, move := range p.change.Record.Tokens {
		t := names[move.ID]
		out = append(out, reported{Record: "token", ID: move.ID, Name: t.Description, After: string(move.Is), Now: string(t.State(p.now))})
	}
	return out
}

func (p pastChange) fileName(ext string) string {
	return fmt.Sprintf("change-%s-to-%s-%s.%s", p.change.From, p.change.To, p.change.At.Time().Format("2006-01-02"), ext)
}

// reportCSV gives a change as a spreadsheet: who, why and the figures first, then every
// record by name.
func (k *Console) reportCSV(c echo.Context) error {
	p, err := k.pastChange(c)
	if err != nil {
		return err
	}
	h := p.reportHead()
	out := beginCSV(c, p.fileName("csv"))
	out.Row("record", "id", "name", "userName", "status", "before", "after", "now", "since", "count")
	out.Row("change", h.ID, "Changed by "+h.By, "", "", string(h.From), string(h.To), "", h.At, "")
	out.Row("reason", "", h.Reason, "", "", "", "", "", "", "")
	for _, f := range deployment.Figures(p.change.Counts) {
		out.Row("figure", f.Name, f.Words, "", "", "", "", "", "", fmt.Sprint(f.Count))
	}
	out.Row("figure", "usersDeleted", "users deleted", "", "", "", "", "", "", fmt.Sprint(h.UsersDeleted))
	err = p.eachReported(c, func(r reported) error {
		out.Row(r.Record, r.ID, r.Name, r.UserName, r.Status, r.Before, r.After, r.Now, r.Since, "")
		return nil
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// reportJSON gives the same as one JSON object, a record a line.
func (k *Console) reportJSON(c echo.Context) error {
	p, err := k.pastChange(c)
	if err != nil {
		return err
	}
	head, err := json.Marshal(p.reportHead())
	if err != nil {
		return fmt.Errorf("write the report of a change: %w", err)
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/json; charset=utf-8")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+p.fileName("json")+`"`)
	h.Set(echo.HeaderCacheControl, "no-store")
	c.Response().WriteHeader(http.StatusOK)
	if _, err := fmt.Fprintf(c.Response(), "{\"change\": %s,\n\"records\": [", head); err != nil {
		return fmt.Errorf("write the report of a change: %w", err)
	}
	separator := "\n"
	err = p.eachReported(c, func(r reported) error {
		line, err := json.Marshal(r)
		if err == nil {
			_, err = fmt.Fprintf(c.Response(), "%s%s", separator, line)
		}
		separator = ",\n"
		return err //nolint:wrapcheck // the connection is gone
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(c.Response(), "\n]}\n")
	return err //nolint:wrapcheck // the connection is gone
}
