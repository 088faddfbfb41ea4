package directory_test

import (
	"testing"
	"time"

	"muster/models"
	"muster/models/directory"
)

// A file that waits for its import is one for all instances: one of them begins it, the
// others see how far it is, and that it ended with the server that imported it.
func TestUploadsAreShared(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		one, two := w.Directory, directory.New(w.Directory.Options)
		mine, other := w.Admin(), w.Admin()
		other.ID = "somebody-else"
		add := func(id string, by models.Actor) error {
			return one.AddUpload(t.Context(), directory.Upload{ID: id, Admin: by.ID, Organization: by.OrganizationID, Name: "a.csv"}, []byte("userName\nada\n"))
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(add("u1", mine))
		if _, err := two.FindUpload(t.Context(), other, "u1"); models.KindOf(err) != models.NotFound {
			t.Errorf("somebody else finds it: %v", err)
		}
		up, err := two.FindUpload(t.Context(), mine, "u1")
		must(err)
		if content, err := two.UploadContent(t.Context(), up); err != nil || string(content) != "userName\nada\n" {
			t.Errorf("it holds %q, %v", content, err)
		}
		first, err := one.BeginUpload(t.Context(), mine, "u1")
		must(err)
		second, err := two.BeginUpload(t.Context(), mine, "u1")
		must(err)
		if !first || second {
			t.Errorf("it was begun at the first %t, at the second %t", first, second)
		}
		must(add("u2", mine)) // which leaves the running one alone
		stage := func(id string) directory.UploadStage {
			t.Helper()
			up, err := two.FindUpload(t.Context(), mine, id)
			must(err)
			return up.Stage
		}
		if got := stage("u1"); got != directory.UploadRuns {
			t.Errorf("while it runs it is %s", got)
		}
		w.Clock.Advance(time.Minute)
		if got := stage("u1"); got != directory.UploadLost {
			t.Errorf("without a sign of life it is %s", got)
		}
		must(one.EndUpload(t.Context(), mine, "u1", directory.ImportReport{Rows: 1, Created: 1}, false))
		if up, err := two.FindUpload(t.Context(), mine, "u1"); err != nil || up.Stage != directory.UploadEnded || up.Report.Created != 1 {
			t.Errorf("ended it is %+v, %v", up, err)
		}
		w.Clock.Advance(directory.UploadLife)
		must(two.ForgetUploads(t.Context()))
		if _, err := one.UploadContent(t.Context(), directory.Upload{ID: "u2"}); models.KindOf(err) != models.NotFound {
			t.Errorf("a file that waited too long is still there: %v", err)
		}
	})
}
