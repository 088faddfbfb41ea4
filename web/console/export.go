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
	names := managerNames{read: k.Read.Resolve, known: map[string]string{}}
	err = k.eachFound(c.Request().Context(), by.OrganizationID, f, func(users []models.User) error {
		if err := names.learn(c.Request().Context(), by.OrganizationID, users); err != nil {
			return err
		}
		return exportPage(c, out, names.known, users)
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

// eachFound walks the users of a filter. A search finds few enough to read one by one;
// everything else is read in pages.
func (k *Console) eachFound(ctx context.Context, organization int64, f userFilter, fn func([]models.User) error) error {
	q := f.query()
	if q.Search == "" {
		return k.Read.ExportUsers(ctx, organization, q, fn)
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

// managerNames remembers the userNames of managers, each of whom has reports all over a
// file; no more of them than take a few megabytes.
type managerNames struct {
	read  func(ctx context.Context, organization int64, ids []string) (map[string]models.MemberRef, error)
	known map[string]string
}

const managersKept = 20_000

func (m *managerNames) learn(ctx context.Context, organization int64, users []models.User) error {
	if len(m.known) > managersKept {
		clear(m.known)
	}
	var ids []string
	for _, u := range users {
		if _, known := m.known[u.ManagerID]; !known && u.ManagerID != "" {
			ids, m.known[u.ManagerID] = append(ids, u.ManagerID), ""
		}
	}
	found, err := m.read(ctx, organization, ids)
	for id, ref := range found {
		m.known[id] = ref.Name
	}
	return err
}

func exportPage(c echo.Context, out *csvfile.Writer, managers map[string]string, users []models.User) error {
	fields := userFields()
	for _, u := range users {
		if err := u.Load(); err != nil {
			return err
		}
		var cells []string
		for _, field := range fields {
			cells = append(cells, field.get(&u))
		}
		out.Row(append(cells, managers[u.ManagerID], string(u.Status), string(u.Mode), u.StatusNote, u.ID, u.ExternalID,
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
