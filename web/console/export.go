package console

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/csvfile"
	"muster/web/session"
)

// exportUsers streams the users of the present filter as CSV. The importer reads
// the file back; the columns behind the note are for people and are left out then.
func (k *Console) exportUsers(c echo.Context) error {
	f, err := k.userFilter(c)
	if err != nil {
		return err
	}
	by := session.Actor(c)
	out := beginCSV(c, "users.csv")
	header := []string{}
	for _, field := range userFields() {
		header = append(header, field.Name)
	}
	out.Row(append(header, "manager", "status", "managedBy", "statusNote", "id", "externalId", "created", "changed")...)
	err = k.eachFound(c.Request().Context(), by.OrganizationID, f, func(users []models.User) error {
		return k.exportPage(c, out, by.OrganizationID, users)
	})
	if err != nil {
		return err
	}
	return out.Flush()
}

// beginCSV heads a download. What fails later can only cut the file short.
func beginCSV(c echo.Context, name string) *csvfile.Writer {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+name+`"`)
	h.Set(echo.HeaderCacheControl, "no-store")
	c.Response().WriteHeader(http.StatusOK)
	return csvfile.NewWriter(c.Response())
}

// eachFound walks the users of a filter. A search, or what few users have, finds few
// enough to read one by one; everything else is read in pages of the table.
func (k *Console) eachFound(ctx context.Context, organization int64, f userFilter, fn func([]models.User) error) error {
	q := f.query()
	if q.Search == "" && !f.special() {
		return k.Read.EachUser(ctx, organization, q, fn)
	}
	q.Page = models.Page{Limit: 200}
	for {
		found, err := k.Read.Users(ctx, organization, q)
		if err != nil {
			return err
		}
		for i, u := range found.Items {
			if found.Items[i], err = k.Read.User(ctx, organization, u.ID); err != nil {
				return err
			}
		}
		if err := fn(found.Items); err != nil || found.Next == "" {
			return err
		}
		q.Page.After = found.Next
	}
}

func (k *Console) exportPage(c echo.Context, out *csvfile.Writer, organization int64, users []models.User) error {
	var ids []string
	for _, u := range users {
		if u.ManagerID != "" {
			ids = append(ids, u.ManagerID)
		}
	}
	managers, err := k.Read.Resolve(c.Request().Context(), organization, ids)
	if err != nil {
		return err
	}
	for _, u := range users {
		if err := u.Load(); err != nil {
			return err
		}
		var cells []string
		for _, field := range userFields() {
			cells = append(cells, field.get(&u))
		}
		out.Row(append(cells, managers[u.ManagerID].Name, string(u.Status), string(u.Mode), u.StatusNote, u.ID, u.ExternalID,
			csvMoment(u.Created), csvMoment(u.Updated))...)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	c.Response().Flush()
	return nil
}

func csvMoment(t models.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Time().Format("2006-01-02T15:04:05Z")
}
