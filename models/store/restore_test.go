package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"muster/models"
	"muster/models/store"
	"muster/models/store/storetest"
)

// A restore moves the count of changes past every one that a server may remember under,
// whichever of the two data was changed more often.
func TestARestoreEndsWhatIsRemembered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		save := func(hash string) {
			ok(t, s.Keep(t.Context(), func(tx *store.Tx) error {
				return tx.InsertToken(&models.Token{ID: newID(), OrganizationID: org, Hash: hash, Scope: models.ReadScope, AllowList: []string{}})
			}))
		}
		save("kept")
		before := backup(t, s)
		save("gone")
		later := backup(t, s)
		_, err := s.TokenByHash(t.Context(), "gone")
		ok(t, err) // and is remembered, under the count of now
		ok(t, s.Restore(t.Context(), bytes.NewReader(before)))
		save("new") // which would bring the count to the one of then
		if _, err := s.TokenByHash(t.Context(), "gone"); err == nil {
			t.Error("a token that the backup did not have is found")
		}
		_, err = s.TokenByHash(t.Context(), "kept")
		ok(t, err)
		ok(t, s.Restore(t.Context(), bytes.NewReader(later)))
		if _, err = s.TokenByHash(t.Context(), "new"); err == nil {
			t.Error("a token that the second backup did not have is found")
		}
		_, err = s.TokenByHash(t.Context(), "gone")
		ok(t, err)
	})
}

// A backup leaves the schema alone, since a server of an older version may be running,
// and restores into today's.
func TestABackupOfAnOlderSchema(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		create(t, s, person(org, "Ada", "Lovelace", "ada@example.com"))
		ok(t, s.Keep(t.Context(), func(tx *store.Tx) error { return tx.InsertGroup(team(org, "SG-Équipe")) }))
		ok(t, s.MigrateDown(t.Context(), 4))
		old := backup(t, s)
		if current, known, err := s.Schema(t.Context()); err != nil || current != 4 || known <= 4 {
			t.Fatalf("the schema is at %d of %d, %v", current, known, err)
		}
		today := storetest.SQLite(t)
		ok(t, today.Restore(t.Context(), bytes.NewReader(old)))
		if counts, err := today.UserCounts(t.Context(), org); err != nil || counts.Total != 1 {
			t.Errorf("%d users were restored, %v", counts.Total, err)
		}
		if found, err := today.Groups(t.Context(), org, models.GroupQuery{Search: "equipe"}); err != nil || len(found.Items) != 1 {
			t.Errorf("%d groups are found, %v", len(found.Items), err)
		}
	})
}

// What a killed program left goes at once, and what another one works in stays.
func TestABackupLeavesFoldersThatAreInUse(t *testing.T) {
	folder := t.TempDir()
	s := openedFile(t, filepath.Join(folder, "muster.db"))
	left, used := filepath.Join(folder, ".muster-scratch-backup-1"), filepath.Join(folder, ".muster-scratch-backup-2")
	for _, dir := range []string{left, used} {
		ok(t, os.Mkdir(dir, 0o700))
		ago := time.Now().Add(-48 * time.Hour)
		ok(t, os.Chtimes(dir, ago, ago))
	}
	ago := time.Now().Add(-2 * time.Minute)
	ok(t, os.Chtimes(left, ago, ago))
	held, err := os.Open(used)
	ok(t, err)
	defer held.Close()
	ok(t, syscall.Flock(int(held.Fd()), syscall.LOCK_EX))
	ok(t, s.Backup(t.Context(), &bytes.Buffer{}))
	if _, err := os.Stat(left); err == nil {
		t.Error("what was left is still there")
	}
	ok(t, os.Remove(used))
}
