package directory

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"muster/models"
	"muster/models/store"
)

// UploadLife is how long a file waits for its import, and its result to be looked at.
// uploadsMost bounds the files that are held at once.
const (
	UploadLife  = 30 * time.Minute
	uploadsMost = 6
	uploadBeat  = 5 * time.Second
	uploadLost  = 6 * uploadBeat // without a sign of life its server has ended
)

// UploadStage is where a file is on its way in.
type UploadStage string

// The stages of a file.
const (
	UploadWaits   UploadStage = "waits" // for its confirmation
	UploadRuns    UploadStage = "runs"
	UploadEnded   UploadStage = "ended"
	UploadStopped UploadStage = "stopped" // by something that is no row's fault
	UploadLost    UploadStage = "lost"    // with the server that imported it
)

// Upload is a file on its way in. All instances that share a database know of it: a
// browser's next request may come to any of them.
type Upload struct {
	ID           string
	Admin        string // whose it is; nobody else gets at it
	Organization int64
	Name         string
	Clearing     bool // empty cells clear the value
	Arrived      models.Time
	Stage        UploadStage
	Request      string       // that began the import: its log entries have it
	Done         int          // rows, while it runs
	Beat         models.Time  // last sign of life, while it runs
	Report       ImportReport // when it ended
}

const (
	uploadName = "upload:"
	uploadFile = "upload-file:"
)

// AddUpload keeps a file until it is imported. An administrator has one at a time, and
// what waited too long goes; a running import is never pushed out.
func (d *Directory) AddUpload(ctx context.Context, u Upload, content []byte) error {
	text, err := packed(content)
	if err != nil {
		return err
	}
	return d.Store.Keep(ctx, func(tx *store.Tx) error {
		if err := tx.ClaimValue(0, "upload", "all"); err != nil {
			return err
		}
		have, err := tx.InstanceValues(tx.Context(), uploadName)
		if err != nil {
			return err
		}
		held := 0
		for _, value := range have {
			old, err := uploadOf(value, tx.Now())
			mine := old.Admin == u.Admin && old.Organization == u.Organization
			if err == nil && (old.Stage == UploadRuns || !mine && !old.over(tx.Now())) {
				held++
				continue
			}
			if err := forgetUpload(tx, old.ID); err != nil {
				return err
			}
		}
		if held >= uploadsMost {
			return models.Errorf(models.Unavailable, "file", "Other administrators are importing %d files just now.", held).
				WithAdvice("Try again in some minutes.").WithCode("uploadsMost")
		}
		u.Arrived, u.Stage = tx.Now(), UploadWaits
		if err := tx.SetInstance(uploadFile+u.ID, text); err != nil {
			return err
		}
		return putUpload(tx, u)
	})
}

// FindUpload gives a file to who uploaded it, and to nobody else.
func (d *Directory) FindUpload(ctx context.Context, by models.Actor, id string) (Upload, error) {
	return findUpload(ctx, d.Store.Reader, by, id, models.TimeOf(d.Now()))
}

// UploadContent gives what the file holds.
func (d *Directory) UploadContent(ctx context.Context, u Upload) ([]byte, error) {
	text, err := d.Store.Instance(ctx, uploadFile+u.ID)
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, uploadGone()
	}
	return unpacked(text)
}

// BeginUpload lets one press of the button, at one of the instances, begin the import.
func (d *Directory) BeginUpload(ctx context.Context, by models.Actor, id string) (began bool, err error) {
	err = d.moveUpload(ctx, by, id, func(u *Upload, now models.Time) bool {
		began = u.Stage == UploadWaits
		u.Stage, u.Request, u.Beat = UploadRuns, by.RequestID, now
		return began
	})
	return began && err == nil, err
}

// TellUpload says, every so often until told to stop, how far the import is.
func (d *Directory) TellUpload(ctx context.Context, by models.Actor, id string, done func() int, stop <-chan struct{}) {
	tick := time.NewTicker(uploadBeat)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		err := d.moveUpload(ctx, by, id, func(u *Upload, now models.Time) bool {
			u.Stage, u.Done, u.Beat = UploadRuns, done(), now
			return true
		})
		if err != nil {
			d.Log.WarnContext(ctx, "the progress of an import could not be written", "error", err)
		}
	}
}

// EndUpload keeps the result of an import.
func (d *Directory) EndUpload(ctx context.Context, by models.Actor, id string, report ImportReport, failed bool) error {
	return d.moveUpload(ctx, by, id, func(u *Upload, _ models.Time) bool {
		u.Stage, u.Report = UploadEnded, report
		if failed {
			u.Stage = UploadStopped
		}
		return true
	})
}

func (d *Directory) moveUpload(ctx context.Context, by models.Actor, id string, move func(u *Upload, now models.Time) bool) error {
	return d.Store.Keep(ctx, func(tx *store.Tx) error {
		if err := tx.ClaimValue(by.OrganizationID, "upload", id); err != nil {
			return err
		}
		u, err := findUpload(tx.Context(), tx.Reader, by, id, tx.Now())
		if err != nil || !move(&u, tx.Now()) {
			return err
		}
		return putUpload(tx, u)
	})
}

// ForgetUploads removes files that waited too long: they hold personal data.
func (d *Directory) ForgetUploads(ctx context.Context) error {
	have, err := d.Store.InstanceValues(ctx, uploadName)
	if err != nil || len(have) == 0 {
		return err
	}
	return d.Store.Keep(ctx, func(tx *store.Tx) error {
		for name, value := range have {
			u, err := uploadOf(value, tx.Now())
			if err == nil && !u.over(tx.Now()) {
				continue
			}
			if err := forgetUpload(tx, strings.TrimPrefix(name, uploadName)); err != nil {
				return err
			}
		}
		return nil
	})
}

// over tells whether a file has waited too long. An arrival that is far ahead was noted
// before the clock was set back.
func (u Upload) over(now models.Time) bool {
	return u.Stage != UploadRuns && (u.Arrived.Add(UploadLife) < now || u.Arrived > now.Add(UploadLife))
}

func findUpload(ctx context.Context, r store.Reader, by models.Actor, id string, now models.Time) (Upload, error) {
	value, err := r.Instance(ctx, uploadName+id)
	if err != nil {
		return Upload{}, err
	}
	u, err := uploadOf(value, now)
	if value == "" || err == nil && (u.Admin != by.ID || u.Organization != by.OrganizationID || u.over(now)) {
		return Upload{}, uploadGone()
	}
	return u, err
}

func uploadOf(value string, now models.Time) (Upload, error) {
	var u Upload
	if err := json.Unmarshal([]byte(value), &u); err != nil && value != "" {
		return u, fmt.Errorf("read an upload: %w", err)
	}
	if u.Stage == UploadRuns && u.Beat.Add(uploadLost) < now {
		u.Stage = UploadLost
	}
	return u, nil
}

func putUpload(tx *store.Tx, u Upload) error {
	text, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("write an upload: %w", err)
	}
	return tx.SetInstance(uploadName+u.ID, string(text))
}

func forgetUpload(tx *store.Tx, id string) error {
	if err := tx.SetInstance(uploadFile+id, ""); err != nil {
		return err
	}
	return tx.SetInstance(uploadName+id, "")
}

func uploadGone() *models.Error {
	return models.Errorf(models.NotFound, "file", "This upload is no longer here: files wait %d minutes for their confirmation.", int(UploadLife.Minutes())).
		WithAdvice("Open Import users and upload the file again. Importing the same file twice changes nothing.").WithCode("importGone")
}

func packed(content []byte) (string, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		return "", fmt.Errorf("pack an upload: %w", err)
	}
	if err := z.Close(); err != nil {
		return "", fmt.Errorf("pack an upload: %w", err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

func unpacked(text string) ([]byte, error) {
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text)))
	if err != nil {
		return nil, fmt.Errorf("unpack an upload: %w", err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("unpack an upload: %w", err)
	}
	return content, nil
}
