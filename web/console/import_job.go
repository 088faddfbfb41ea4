package console

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"muster/models"
	"muster/models/csvfile"
	"muster/models/directory"
	"muster/web/session"
)

// importWait is how long an answer waits for a result before it shows the progress.
const importWait = 1500 * time.Millisecond

// importDesk works on uploaded files. The files themselves, and how far an import is,
// are kept in the database: a browser's next request may come to another instance, which
// reads the file again and checks it anew.
type importDesk struct {
	k    *Console
	mu   sync.Mutex
	jobs map[string]*importJob
}

// importJob is one uploaded file as this instance works on it.
type importJob struct {
	id       string
	by       models.Actor
	name     string
	content  []byte // until it is kept
	file     csvfile.File
	columns  []importColumn
	clearing bool
	rows     []directory.ImportRow
	arrived  time.Time

	mu    sync.Mutex
	begun bool // the import itself runs, or ran, here
	state importState
}

// importState is where a job stands. Dry tells which of the two runs it is in or
// has ended.
type importState struct {
	dry     bool
	running bool
	done    int
	failed  bool // stopped by something that is no row's fault
	lost    bool // with the server that it ran on
	request string
	report  directory.ImportReport
}

func (j *importJob) now() importState {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state
}

// ready tells whether the check is through and found something to import.
func (j *importJob) ready() bool {
	s := j.now()
	return !s.running && s.dry && !s.failed && s.report.Changes() > 0
}

// learn takes what all instances know: another one may have begun the import, or ended it.
func (j *importJob) learn(u directory.Upload) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.begun || u.Stage == directory.UploadWaits {
		return
	}
	j.state = importState{
		running: u.Stage == directory.UploadRuns, done: u.Done, request: u.Request, report: u.Report,
		failed: u.Stage == directory.UploadStopped || u.Stage == directory.UploadLost, lost: u.Stage == directory.UploadLost,
	}
}

// admit keeps a file and begins its check.
func (d *importDesk) admit(c echo.Context, job *importJob) error {
	job.id = rand.Text()
	up := directory.Upload{ID: job.id, Admin: job.by.ID, Organization: job.by.OrganizationID, Name: job.name, Clearing: job.clearing}
	if err := d.k.Directory.AddUpload(c.Request().Context(), up, job.content); err != nil {
		return err
	}
	job.content = nil
	d.hold(job)
	d.run(c, job, true)
	return nil
}

// hold keeps a job for the requests that come, and lets those go that nobody asks for.
func (d *importDesk) hold(job *importJob) {
	d.mu.Lock()
	defer d.mu.Unlock()
	job.arrived = d.k.Now()
	for id, old := range d.jobs {
		mine := old.by.ID == job.by.ID && old.by.OrganizationID == job.by.OrganizationID
		if !old.now().running && (mine || job.arrived.Sub(old.arrived) > directory.UploadLife) {
			delete(d.jobs, id)
		}
	}
	d.jobs[job.id] = job
}

// find gives a job to who uploaded it, and to nobody else.
func (d *importDesk) find(c echo.Context) (*importJob, error) {
	by := session.Actor(c)
	up, err := d.k.Directory.FindUpload(c.Request().Context(), by, c.Param("job"))
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	job := d.jobs[up.ID]
	d.mu.Unlock()
	if job == nil {
		if job, err = d.fetch(c, by, up); err != nil {
			return nil, err
		}
	}
	job.learn(up)
	return job, nil
}

// fetch takes a file over that was uploaded to another instance, or before a restart.
func (d *importDesk) fetch(c echo.Context, by models.Actor, up directory.Upload) (*importJob, error) {
	content, err := d.k.Directory.UploadContent(c.Request().Context(), up)
	if err != nil {
		return nil, err
	}
	job, err := importJobOf(by, up.Name, content, up.Clearing)
	if err != nil {
		return nil, err
	}
	job.id, job.content = up.ID, nil
	d.hold(job)
	if up.Stage == directory.UploadWaits {
		d.run(c, job, true)
	}
	return job, nil
}

// run starts a run and waits a moment, so that a usual file is answered with its
// result at once and a large one with a page that shows how far it is. Closing
// the browser does not stop a run.
func (d *importDesk) run(c echo.Context, job *importJob, dry bool) {
	job.mu.Lock()
	job.state = importState{dry: dry, running: true, request: job.by.RequestID}
	job.begun = !dry
	job.mu.Unlock()
	ended := make(chan struct{})
	ctx := context.WithoutCancel(c.Request().Context())
	go func() {
		defer close(ended)
		if dry {
			d.work(ctx, job, true)
			return
		}
		d.told(ctx, job)
	}()
	patience := time.NewTimer(importWait)
	defer patience.Stop()
	select {
	case <-ended:
	case <-patience.C:
	}
}

// told runs the import itself and lets the other instances know how far it is.
func (d *importDesk) told(ctx context.Context, job *importJob) {
	stop, silent := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(silent)
		d.k.Directory.TellUpload(ctx, job.by, job.id, func() int { return job.now().done }, stop)
	}()
	d.work(ctx, job, false)
	close(stop)
	<-silent
	s := job.now()
	if err := d.k.Directory.EndUpload(ctx, job.by, job.id, s.report, s.failed); err != nil {
		d.k.Log.ErrorContext(ctx, "the result of an import could not be kept", slog.Any("error", err), slog.String("request_id", job.by.RequestID))
	}
}

func (d *importDesk) work(ctx context.Context, job *importJob, dry bool) {
	end := importState{dry: dry, failed: true, request: job.by.RequestID}
	defer func() {
		if r := recover(); r != nil {
			d.k.Log.ErrorContext(ctx, "an import panicked", slog.Any("panic", r), slog.String("request_id", job.by.RequestID))
		}
		job.mu.Lock()
		end.done = job.state.done
		job.state = end
		job.mu.Unlock()
	}()
	report, err := d.k.Directory.Import(ctx, job.by, job.rows, dry, func(done int) {
		job.mu.Lock()
		job.state.done = done
		job.mu.Unlock()
	})
	end.report = report
	if err != nil {
		d.k.Log.ErrorContext(ctx, "an import stopped", slog.Any("error", err), slog.String("request_id", job.by.RequestID))
		return
	}
	end.failed = false
}
