package console

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/csvfile"
	"muster/views/page"
	"muster/views/ui"
	"muster/web/respond"
	"muster/web/session"
)

const (
	importBytes = 10 << 20
	importRows  = 50_000
	// uploadTime is how long the file may travel: 10 MB need 80 seconds at 1 Mbit/s. Only
	// an administrator gets it; everybody else's body has the listener's ReadTimeout.
	uploadTime = 5 * time.Minute
)

// importRoutes lists CSV in and out. The files under way live in a desk that
// belongs to this table of routes.
func (k *Console) importRoutes() []session.Route {
	change := session.Role(models.Admin)
	d := &importDesk{k: k, jobs: map[string]*importJob{}}
	return []session.Route{
		{Method: http.MethodGet, Path: "/users/export.csv", Access: change, Handler: k.exportUsers},
		{Method: http.MethodGet, Path: "/users/import", Access: change, Handler: d.start},
		{Method: http.MethodPost, Path: "/users/import", Access: change, Handler: d.upload},
		{Method: http.MethodGet, Path: "/users/import/template.csv", Access: change, Handler: importTemplate},
		{Method: http.MethodGet, Path: "/users/import/:job", Access: change, Handler: d.show},
		{Method: http.MethodPost, Path: "/users/import/:job", Access: change, Handler: d.apply},
		{Method: http.MethodGet, Path: "/users/import/:job/issues.csv", Access: change, Handler: d.issues},
	}
}

// importTemplate is a file with the header line and one example to overwrite.
func importTemplate(c echo.Context) error {
	out := beginCSV(c, "muster-users-template.csv")
	var header, example []string
	examples := map[string]string{
		"userName": "ada@example.com", "givenName": "Ada", "familyName": "Lovelace", "displayName": "Ada Lovelace",
		"email": "ada@example.com", "title": "Analyst", "department": "Engineering", "employeeNumber": "1001", "phone": "+44 20 7946 0001",
		"preferredLanguage": "en", "timeZone": "Europe/London",
	}
	for _, f := range userFields() {
		header, example = append(header, f.Name), append(example, examples[f.Name])
	}
	out.Row(append(header, "manager", "status")...)
	out.Row(append(example, "", "active")...)
	return out.Flush()
}

func (d *importDesk) start(c echo.Context) error { return d.form(c, http.StatusOK, nil) }

func (d *importDesk) form(c echo.Context, status int, refused *models.Error) error {
	m := page.ImportModel{
		Chrome: d.k.chrome(c, "Import users", "users"), Columns: importColumnNames(),
		File: ui.FieldModel{
			Label: "CSV file", Name: "file", Type: "file", Accept: ".csv,.txt,text/csv", Required: true,
			Hint: "Best as CSV UTF-8; UTF-16 and Windows-1252 are read too. Comma, semicolon or tab. Up to 10 MB and 50,000 rows.",
		},
	}
	if refused != nil {
		m.File.Error = refused.Error()
		m.Errors = []ui.FormError{{Name: "file", Text: refused.Error()}}
	}
	return respond.HTML(c, status, page.Import(m))
}

// upload takes a file and begins its dry run.
func (d *importDesk) upload(c echo.Context) error {
	job, err := d.receive(c)
	if refused, ok := refusal(err); ok && err != nil {
		return d.form(c, http.StatusUnprocessableEntity, refused)
	}
	if err != nil {
		return err
	}
	if err := d.admit(c, job); err != nil {
		if refused, ok := models.AsError(err); ok {
			return d.form(c, respond.Status(refused.Kind), refused)
		}
		return err
	}
	return respond.See(c, "/users/import/"+job.id)
}

func (d *importDesk) receive(c echo.Context) (*importJob, error) {
	until := time.Now().Add(uploadTime) //nolint:forbidigo // the system's clock ends it, nothing of it is stored
	// An answer into memory, as in tests, knows no deadline.
	if err := http.NewResponseController(c.Response()).SetReadDeadline(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, fmt.Errorf("wait for the file: %w", err)
	}
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, importBytes+64<<10)
	header, err := c.FormFile("file")
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large), err == nil && header.Size > importBytes:
		return nil, models.Errorf(models.TooLarge, "file", "The file is larger than 10 MB.").
			WithAdvice("Split it into several files, each with the header line.")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, models.Errorf(models.Invalid, "file", "The file did not arrive within %d minutes. Nothing was changed.", int(uploadTime.Minutes())).
			WithAdvice("Send it over a faster connection, or split it into several files, each with the header line.")
	case err != nil || header.Size == 0:
		return nil, models.Errorf(models.Invalid, "file", "No file was chosen, or it is empty.").WithAdvice("Choose a CSV file and check it again.")
	}
	in, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	return importJobOf(session.Actor(c), cmp.Or(header.Filename, "file.csv"), data, c.FormValue("empty") == "clear")
}

// importJobOf reads a file.
func importJobOf(by models.Actor, name string, data []byte, clearing bool) (*importJob, error) {
	file, err := csvfile.Read(data, importRows)
	if err != nil {
		return nil, err
	}
	columns, err := importColumns(file.Header)
	if err != nil {
		return nil, err
	}
	return &importJob{
		by: by, name: name, content: data, file: file, columns: columns, clearing: clearing,
		rows: importRowsOf(file, columns, clearing),
	}, nil
}

func (d *importDesk) show(c echo.Context) error {
	job, err := d.find(c)
	if err != nil {
		return err
	}
	return d.page(c, http.StatusOK, job)
}

func (d *importDesk) page(c echo.Context, status int, job *importJob) error {
	seats, err := d.k.seats(c)
	if err != nil {
		return err
	}
	m := importModel(job, job.now(), seats)
	if m.Running {
		c.Response().Header().Set("Refresh", "2")
	}
	m.Chrome = d.k.chrome(c, m.Head.Title, "users")
	return respond.HTML(c, status, page.ImportJob(m))
}

// apply runs the import for real. Pressing twice, at whichever instances, imports once.
func (d *importDesk) apply(c echo.Context) error {
	job, err := d.find(c)
	if err != nil {
		return err
	}
	if job.ready() {
		by := session.Actor(c)
		began, err := d.k.Directory.BeginUpload(c.Request().Context(), by, job.id)
		if err != nil {
			return err
		}
		if began {
			d.mu.Lock()
			job.by = by
			d.mu.Unlock()
			d.run(c, job, false)
		}
	}
	return respond.See(c, "/users/import/"+job.id)
}

// issues is the list of rows with something to correct, to work through beside
// the file.
func (d *importDesk) issues(c echo.Context) error {
	job, err := d.find(c)
	if err != nil {
		return err
	}
	out := beginCSV(c, "import-issues.csv")
	out.Row("line", "userName", "result", "column", "what happened", "what to do")
	for _, i := range job.now().report.Issues {
		out.Row(strconv.Itoa(i.Line), i.UserName, string(i.Fate), cmp.Or(fieldOf(i.Attr), i.Attr), i.Msg, i.Advice)
	}
	return out.Flush()
}
