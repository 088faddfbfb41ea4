package directory

import (
	"context"
	"fmt"

	"muster/models"
	"muster/models/filter"
	"muster/models/store"
)

// ImportRow is one user of a file. Edit sets the attributes that the file has
// columns for and leaves the others alone; it is run more than once.
type ImportRow struct {
	Line     int
	UserName string
	Edit     func(*models.User) error
	Status   models.Status // "" when the file does not say
	Manager  *string       // userName of the manager, "" for none; nil when the file does not say
}

// ImportFate is what became, or in a dry run would become, of a row.
type ImportFate string

// The fates of a row.
const (
	RowCreated   ImportFate = "created"
	RowUpdated   ImportFate = "updated"
	RowUnchanged ImportFate = "unchanged"
	RowSkipped   ImportFate = "skipped" // a directory manages the user
	RowFailed    ImportFate = "failed"
)

// ImportIssue is what an administrator should know about a row: why it was left
// out, or, where Fate is created or updated, what of it could not be taken.
type ImportIssue struct {
	Line     int
	UserName string
	Fate     ImportFate
	Attr     string
	Msg      string
	Advice   string
}

// ImportReport counts the fates of a file's rows and lists its issues by line.
type ImportReport struct {
	Rows, Created, Updated, Unchanged, Skipped, Failed int

	Issues []ImportIssue
}

// Changes is how many users the import writes.
func (r ImportReport) Changes() int { return r.Created + r.Updated }

func (r *ImportReport) count(f ImportFate, n int) {
	switch f {
	case RowCreated:
		r.Created += n
	case RowUpdated:
		r.Updated += n
	case RowUnchanged:
		r.Unchanged += n
	case RowSkipped:
		r.Skipped += n
	case RowFailed:
		r.Failed += n
	}
}

// importChunk bounds how many rows share a transaction, so that other writers
// wait for some tenths of a second at most.
const importChunk = 200

// Import brings the rows of a file in: a userName that nobody has becomes a new
// user, one that a user managed by hand has updates that user, and a user whom a
// directory manages is skipped. Every row is a change like any other, with its
// log entry, and stands or falls alone.
//
// A dry run meets what the import itself will meet and writes nothing. It knows
// no earlier rows of the file but by what they claim: a value that an earlier row
// would give up still counts as taken, so it may warn of more, never of less.
//
// An error means that the import stopped; what the report counts is done, and the
// same file can be imported again. progress is told how many rows are done.
func (d *Directory) Import(ctx context.Context, by models.Actor, rows []ImportRow, dry bool, progress func(done int)) (ImportReport, error) {
	org, err := d.Store.Organization(ctx, by.OrganizationID)
	if err != nil {
		return ImportReport{}, err
	}
	im := &importing{d: d, by: by, dry: dry, rows: rows, fates: make([]ImportFate, len(rows)), late: map[int]bool{}}
	im.report.Rows = len(rows)
	im.plan(org.Settings)
	for from := 0; from < len(rows); from += importChunk {
		if err := im.chunk(ctx, from, min(from+importChunk, len(rows)), im.row); err != nil {
			return im.done(), err
		}
		progress(min(from+importChunk, len(rows)))
	}
	return im.done(), im.managers(ctx)
}

// importing is an import under way.
type importing struct {
	d      *Directory
	by     models.Actor
	dry    bool
	rows   []ImportRow
	names  map[string]int // folded userName → its first row
	fates  []ImportFate   // "" until decided
	late   map[int]bool   // rows whose manager is a later row of the file
	report ImportReport
}

// plan refuses, before anything is written, what the file itself gets wrong: rows
// that cannot be read and values that two rows claim.
func (im *importing) plan(s models.OrganizationSettings) {
	im.names = make(map[string]int, len(im.rows))
	claims := map[string]int{}
	for i, row := range im.rows {
		probe := models.User{Attributes: models.Attributes{}}
		err := row.Edit(&probe)
		if err == nil {
			err = probe.Extract()
		}
		if err == nil && row.UserName != "" {
			err = im.claim(claims, i, "userName", "userName\x1f"+filter.Fold(row.UserName), row.UserName)
		}
		if err == nil && s.UniqueEmail && probe.EmailKey != "" {
			err = im.claim(claims, i, "emails", "email\x1f"+probe.EmailKey, probe.Email)
		}
		if err == nil && s.UniqueEmployeeNo && probe.EmployeeNumber != "" {
			err = im.claim(claims, i, "employeeNumber", "number\x1f"+probe.EmployeeNumber, probe.EmployeeNumber)
		}
		if _, known := im.names[filter.Fold(row.UserName)]; !known {
			im.names[filter.Fold(row.UserName)] = i
		}
		if err != nil {
			im.settle(i, outcome{fate: RowFailed, issue: err})
		}
	}
}

func (im *importing) claim(claims map[string]int, i int, attr, key, value string) error {
	first, twice := claims[key]
	if !twice {
		claims[key] = i
		return nil
	}
	return models.Errorf(models.Uniqueness, attr, "%s %q is also in line %d of the file.", attr, value, im.rows[first].Line).
		WithAdvice("Keep one of the two lines.").WithCode("twiceInFile")
}

// outcome is what happened to a row; issue is a *models.Error or nil.
type outcome struct {
	fate  ImportFate
	late  bool
	issue error
}

// chunk runs a step for the rows of a range that nothing has settled, in one
// transaction. Counts move only once it is committed.
func (im *importing) chunk(ctx context.Context, from, to int, step func(*store.Tx, models.Organization, int) (outcome, []models.LogEntry, error)) error {
	found := map[int]outcome{}
	run := func(tx *store.Tx) ([]models.LogEntry, error) {
		clear(found)
		var entries []models.LogEntry
		org, err := tx.ShareOrganization(im.by.OrganizationID)
		if err != nil {
			return nil, err
		}
		for i := from; i < to; i++ {
			if im.fates[i] == RowFailed || im.fates[i] == RowSkipped {
				continue
			}
			o, logged, err := step(tx, org, i)
			if err != nil {
				return nil, fmt.Errorf("import line %d: %w", im.rows[i].Line, err)
			}
			found[i] = o
			entries = append(entries, logged...)
		}
		return entries, nil
	}
	var err error
	if im.dry {
		err = im.d.Store.Rehearse(ctx, func(tx *store.Tx) error { _, err := run(tx); return err })
	} else {
		err = im.d.Store.ProvisionLong(ctx, run)
	}
	if err != nil {
		return err
	}
	for i := from; i < to; i++ {
		if o, ok := found[i]; ok {
			im.settle(i, o)
		}
	}
	return nil
}

func (im *importing) settle(i int, o outcome) {
	if o.fate != "" && o.fate != im.fates[i] {
		im.report.count(im.fates[i], -1)
		im.report.count(o.fate, 1)
		im.fates[i] = o.fate
	}
	if o.late {
		im.late[i] = true
	}
	if e, ok := models.AsError(o.issue); ok {
		im.report.Issues = append(im.report.Issues, ImportIssue{
			Line: im.rows[i].Line, UserName: im.rows[i].UserName,
			Fate: im.fates[i], Attr: e.Attr, Msg: e.Msg, Advice: e.Advice,
		})
	}
}
