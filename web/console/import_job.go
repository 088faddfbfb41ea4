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

const (
	importKept = 30 * time.Minute // how long a file waits for its confirmation
	importMost = 6                // files held at once, of all administrators
	importWait = 1500 * time.Millisecond
)

// importDesk holds uploaded files in memory between the dry run and the import
// itself. A restart forgets them: nothing is lost but an upload.
type importDesk struct {
	k    *Console
	mu   sync.Mutex
	jobs map[string]*importJob
}

// importJob is one uploaded file on its way.
type importJob struct {
	id       string
	by       models.Actor
	name     string
	file     csvfile.File
	columns  []importColumn
	clearing bool
	rows     []directory.ImportRow
	arrived  time.Time

	mu    sync.Mutex
	state importState
}

// importState is where a job stands. Dry tells which of the two runs it is in or
// has ended.
type importState struct {
	dry     bool
	running bool
	done    int
	failed  bool // stopped by something that is no row's fault
	report  directory.ImportReport
}

func (j *importJob) now() importState {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state
}

// claim lets one press of the button begin the import.
func (j *importJob) claim() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state.running || !j.state.dry || j.state.failed || j.state.report.Changes() == 0 {
		return false
	}
	j.state.running = true
	return true
}

// admit makes room for a file: an administrator has one at a time, and what
// waited too long goes. A running import is never pushed out.
func (d *importDesk) admit(job *importJob) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	job.id, job.arrived = rand.Text(), d.k.Now()
	for id, old := range d.jobs {
		mine := old.by.ID == job.by.ID && old.by.OrganizationID == job.by.OrganizationID
		if !old.now().running && (mine || job.arrived.Sub(old.arrived) > importKept) {
			delete(d.jobs, id)
		}
	}
	if len(d.jobs) >= importMost {
		return models.Errorf(models.Unavailable, "file", "Other administrators are importing %d files just now.", len(d.jobs)).
			WithAdvice("Try again in some minutes.")
	}
	d.jobs[job.id] = job
	return nil
}

// find gives a job to who uploaded it, and to nobody else.
func (d *importDesk) find(c echo.Context) (*importJob, error) {
	by := session.Actor(c)
	d.mu.Lock()
	defer d.mu.Unlock()
	job, ok := d.jobs[c.Param("job")]
	if !ok || job.by.ID != by.ID || job.by.OrganizationID != by.OrganizationID ||
		!job.now().running && d.k.Now().Sub(job.arrived) > importKept {
		return nil, models.Errorf(models.NotFound, "file", "This upload is no longer here: files wait 30 minutes for their confirmation, and not over a restart.").
			WithAdvice("Open Import users and upload the file again. Importing the same file twice changes nothing.").WithCode("importGone")
	}
	return job, nil
}

// run starts a run and waits a moment, so that a usual file is answered with its
// result at once and a large one with a page that shows how far it is. Closing
// the browser does not stop a run.
func (d *importDesk) run(c echo.Context, job *importJob, dry bool) {
	job.mu.Lock()
	job.state = importState{dry: dry, running: true}
	job.mu.Unlock()
	ended := make(chan struct{})
	ctx := context.WithoutCancel(c.Request().Context())
	go func() {
		defer close(ended)
		d.work(ctx, job, dry)
	}()
	patience := time.NewTimer(importWait)
	defer patience.Stop()
	select {
	case <-ended:
	case <-patience.C:
	}
}

func (d *importDesk) work(ctx context.Context, job *importJob, dry bool) {
	end := importState{dry: dry, failed: true}
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
