package directory_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/directory"
	"muster/models/store"
)

// released makes a user of the directory who is manual again, as after a change of
// method.
func (w world) released(t *testing.T, name, anchor string) models.User {
	t.Helper()
	u := w.add(t, name, anchor)
	u, err := w.PutBack(t.Context(), w.Admin(), u.ID)
	done(t, err)
	return w.User(t, u.ID)
}

// attachments lists a standing as "name: why".
func (w world) attachments(t *testing.T, s directory.Standing) []string {
	t.Helper()
	var out []string
	done(t, w.EachAttachment(t.Context(), w.Org.Key, directory.AttachQuery{Standing: s}, func(list []directory.Attachment) error {
		for _, a := range list {
			line := a.User.UserName
			if a.Mapping != nil {
				line += " > " + a.Mapping.Name
			}
			if a.Profile != nil {
				line += " > " + a.Profile.Name
			}
			out = append(out, line)
		}
		return nil
	}))
	return out
}

func (w world) attached(t *testing.T, decided bool, ids ...string) directory.Batch {
	t.Helper()
	b, err := w.Attach(t.Context(), w.Admin(), ids, decided)
	done(t, err)
	return b
}

func refusals(b directory.Batch) string {
	var out []string
	for _, f := range b.Failed {
		out = append(out, f.Name+": "+f.Err.Code)
	}
	return strings.Join(out, ", ")
}

// data is what attaching must not touch.
func data(u models.User) string {
	return fmt.Sprintln(u.ID, u.Document, u.Status, u.PreservedBy, u.Note, u.Overrides, u.ExternalID, u.EntraID, u.LDAPID, u.Created)
}

func TestAttachingChangesWhoManagesAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		sales, all := w.profile(t, "Sales"), w.profile(t, "Staff")
		w.rule(t, "Salespeople", `department eq "Sales"`, sales)
		w.rule(t, "Everyone", "", all)
		ada := w.released(t, "ada", "a-1")
		w.update(t, w.Admin(), ada.ID, attrs{models.EnterpriseURN: attrs{"department": "Sales"}})
		_, err := w.SetProfile(t.Context(), w.Admin(), w.released(t, "bob", "b-1").ID, all.ID)
		done(t, err)
		w.byHand(t, "cyd")
		ada = w.User(t, ada.ID)
		if ada.Mode != models.Manual || ada.MappingKey != 0 || ada.ExternalID != "a-1" {
			t.Fatalf("put back: %s, mapping %d, anchor %q", ada.Mode, ada.MappingKey, ada.ExternalID)
		}
		if diff := cmp.Diff([]string{"ada > Salespeople > Sales", "bob > Everyone > Staff"}, w.attachments(t, directory.Safe)); diff != "" {
			t.Errorf("safe (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"cyd > Everyone > Staff"}, w.attachments(t, directory.Unknown)); diff != "" {
			t.Errorf("unknown (-want +got):\n%s", diff)
		}
		if b := w.attached(t, false, ada.ID); b.Done != 1 {
			t.Fatalf("attached: %+v", b)
		}
		e := w.logged(t, "adopt/success/")
		now := w.User(t, ada.ID)
		if diff := cmp.Diff(data(ada), data(now)); diff != "" {
			t.Errorf("the data changed (-before +after):\n%s", diff)
		}
		if got := w.at(t, ada.ID); now.Mode != models.SCIM || !strings.Contains(got, "Sales") {
			t.Errorf("attached: %s, %s", now.Mode, got)
		}
		if e.Source != models.SCIM || e.InitiatorName != w.Admin().Name || e.Details.Anchor != "a-1" || !strings.Contains(e.Summary, "the data stays") {
			t.Errorf("log entry: %+v", e)
		}
		audit, err := w.AuditEntries(t.Context(), models.AuditQuery{Action: "attach.accept"})
		done(t, err)
		if len(audit.Items) != 1 || audit.Items[0].TargetName != "ada" {
			t.Errorf("audit: %+v", audit.Items)
		}
		w.set(t, func(s *models.OrganizationSettings) { s.Adoption = models.AdoptRefuse })
		w.update(t, w.Client(), ada.ID, attrs{"title": "Countess"}) // nobody has to adopt any more
		if b := w.attached(t, true, ada.ID); refusals(b) != "ada: attachedAlready" {
			t.Errorf("once more: %+v", b)
		}
	})
}

func TestPuttingBackIsRefusedWithWords(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		hand, gone := w.byHand(t, "hand"), w.add(t, "gone", "g-1")
		w.remove(t, gone.ID)
		for id, code := range map[string]string{hand.ID: "manualAlready", gone.ID: "deletedAtSource"} {
			_, err := w.PutBack(t.Context(), w.Admin(), id)
			refused(t, err, code)
		}
		auditor := w.Admin()
		auditor.Role = models.Auditor
		_, err := w.PutBack(t.Context(), auditor, hand.ID)
		if models.KindOf(err) != models.Forbidden {
			t.Errorf("an auditor: %v", err)
		}
		if _, err := w.Attach(t.Context(), auditor, []string{hand.ID}, true); models.KindOf(err) != models.Forbidden {
			t.Errorf("an auditor: %v", err)
		}
	})
}

// TestAnAdoptionThatWaitsIsAcceptedWithIt: the record is in the queue, so its values
// are taken and the item is closed.
func TestAnAdoptionThatWaitsIsAcceptedWithIt(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.set(t, func(s *models.OrganizationSettings) {
			s.Adoption, s.MatchAttribute = models.AdoptAsk, models.MatchByEmail
		})
		ada, bob := w.byHand(t, "ada"), w.byHand(t, "bob")
		w.update(t, w.Admin(), bob.ID, attrs{"emails": []any{attrs{"value": "bob@example.com", "type": "work"}}})
		_, err := w.CreateUser(t.Context(), w.Client(), put(attrs{"userName": "Ada", "externalId": "a-1", "title": "Countess"}, true))
		refused(t, err, "adoptionPending")
		_, err = w.CreateUser(t.Context(), w.Client(), put(attrs{"userName": "robert", "externalId": "b-1", "emails": []any{attrs{"value": "bob@example.com", "type": "work"}}}, true))
		refused(t, err, "adoptionPending")
		if diff := cmp.Diff([]string{"bob"}, w.attachments(t, directory.Undecided)); diff != "" {
			t.Errorf("undecided (-want +got):\n%s", diff)
		}
		if b := w.attached(t, false, ada.ID, bob.ID); b.Done != 1 || refusals(b) != "bob: needsDecision" {
			t.Errorf("all safe ones: %d done, %s", b.Done, refusals(b))
		}
		if u := w.User(t, ada.ID); u.Mode != models.SCIM || u.Title != "Countess" || u.ExternalID != "a-1" {
			t.Errorf("ada: %s %q %q", u.Mode, u.Title, u.ExternalID)
		}
		w.attached(t, true, bob.ID)
		if u := w.User(t, bob.ID); u.Mode != models.SCIM || u.UserName != "robert" {
			t.Errorf("bob: %s %q", u.Mode, u.UserName)
		}
		counts, err := w.QueueCounts(t.Context(), w.Org.Key)
		done(t, err)
		if counts[models.AdoptionItem] != 0 {
			t.Errorf("%d adoptions still wait", counts[models.AdoptionItem])
		}
	})
}

// shadow knows records from outside.
type shadow []directory.Record

func (s shadow) Find(_ context.Context, _ int64, _ models.Method, users []directory.Wanted) ([][]directory.Record, error) {
	out := make([][]directory.Record, len(users))
	for i, u := range users {
		for _, r := range s {
			if strings.EqualFold(r.UserName, u.UserName) || r.Email != "" && r.Email == u.Email || r.Anchor == u.Anchor {
				out[i] = append(out[i], r)
			}
		}
	}
	return out, nil
}

func TestRecordsFromOutsideBringTheirAnchor(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada, bob := w.byHand(t, "ada"), w.byHand(t, "bob")
		w.add(t, "holder", "h-1")
		cyd := w.byHand(t, "cyd")
		w.update(t, w.Admin(), bob.ID, attrs{"emails": []any{attrs{"value": "bob@example.com", "type": "work"}}})
		w.Records = shadow{{Anchor: "a-1", UserName: "ADA"}, {Anchor: "b-1", UserName: "robert", Email: "bob@example.com"}, {Anchor: "h-1", UserName: "cyd"}}
		if b := w.attached(t, false, ada.ID, bob.ID, cyd.ID); b.Done != 1 || refusals(b) != "bob: needsDecision, cyd: needsDecision" {
			t.Fatalf("%d done, %s", b.Done, refusals(b))
		}
		if u := w.User(t, ada.ID); u.Mode != models.SCIM || u.ExternalID != "a-1" || u.UserName != "ada" {
			t.Errorf("ada: %s %q %q", u.Mode, u.ExternalID, u.UserName)
		}
		if b := w.attached(t, true, bob.ID, cyd.ID); b.Done != 1 || refusals(b) != "cyd: anchorTaken" {
			t.Errorf("%d done, %s", b.Done, refusals(b))
		}
		if u := w.User(t, bob.ID); u.UserName != "bob" || u.ExternalID != "b-1" {
			t.Errorf("bob: %q %q", u.UserName, u.ExternalID)
		}
		w.update(t, w.Client(), bob.ID, attrs{"userName": "robert"})
		for m, column := range map[models.Method]string{models.Entra: "entra_id", models.LDAP: "ldap_id"} {
			w.Configure(t, func(o *models.Organization) { o.Method = m })
			u := w.byHand(t, "of "+string(m))
			w.Records = shadow{{Anchor: "x-" + string(m), UserName: u.UserName}}
			w.attached(t, false, u.ID)
			if n := w.Int(t, "SELECT count(*) FROM users WHERE "+column+" = $1 AND mode = $2", "x-"+string(m), string(m)); n != 1 {
				t.Errorf("%s: %d users have the anchor", m, n)
			}
		}
	})
}

func TestWhomNoMappingMatchesIsLeftToADecision(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := w.released(t, "ada", "a-1")
		w.rule(t, "Salespeople", `department eq "Sales"`, w.profile(t, "Sales"))
		w.set(t, func(s *models.OrganizationSettings) { s.Unmatched = models.UnmatchedRefuse })
		if b := w.attached(t, false, ada.ID); refusals(b) != "ada: needsDecision" || !strings.Contains(b.Failed[0].Err.Msg, "would be preserved") {
			t.Fatalf("%+v", b)
		}
		w.attached(t, true, ada.ID)
		w.expect(t, ada.ID, "preserved/directory/scim")
	})
}

func TestARunAttachesWhoIsSafeOnceAndCanBeStopped(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		const users = 1200
		w.crowded(t, users, plainName)
		done(t, w.Keep(t.Context(), releaseAll(w.Org.Key)))
		safe := w.released(t, "zoe", "z-1")
		_, err := w.Suspend(t.Context(), w.Admin(), safe.ID, "")
		done(t, err)
		w.byHand(t, "hand")
		counts, err := w.CountAttachments(t.Context(), w.Org.Key)
		done(t, err)
		want := directory.AttachCounts{Manual: users + 2, Looked: users + 2, Of: map[directory.Standing]int64{directory.Safe: users, directory.Undecided: 1, directory.Unknown: 1}}
		if diff := cmp.Diff(want, counts); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
		w.Pause(time.Minute)
		done(t, w.AttachSafe(t.Context(), w.Admin()))
		run, ok, err := w.Directory.AttachRun(t.Context(), w.Org.Key)
		done(t, err)
		if !ok || run.State != models.EvaluationRunning {
			t.Fatalf("the run: %+v", run)
		}
		done(t, w.StopAttaching(t.Context(), w.Admin(), run.ID))
		w.evaluate(t)
		if n := w.managed(t); n != 0 {
			t.Errorf("a stopped run attached %d", n)
		}
		done(t, w.ResumeAttaching(t.Context(), w.Admin(), run.ID))
		w.evaluate(t)
		run, _, err = w.Directory.AttachRun(t.Context(), w.Org.Key)
		done(t, err)
		if run.State != models.EvaluationDone || run.Changed != users || run.Failed != 0 {
			t.Errorf("the run: %+v", run)
		}
		done(t, w.AttachSafe(t.Context(), w.Admin())) // safe to repeat
		w.evaluate(t)
		if n := w.managed(t); n != users {
			t.Errorf("%d users are attached, want %d", n, users)
		}
		if n := w.Int(t, "SELECT count(*) FROM log_entries WHERE action = 'adopt'"); n != users {
			t.Errorf("%d adoptions are logged", n)
		}
		if now, err := w.UserCounts(t.Context(), w.Org.Key); err != nil || now.ByMode[models.SCIM] != users || now.ByMode[models.Manual] != 2 {
			t.Errorf("counters: %+v, %v", now.ByMode, err)
		}
	})
}

// TestARunEndsWithItsMethod: what was asked for one method is not done for another.
func TestARunEndsWithItsMethod(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.released(t, "ada", "a-1")
		w.Pause(time.Minute)
		done(t, w.AttachSafe(t.Context(), w.Admin()))
		run, _, err := w.Directory.AttachRun(t.Context(), w.Org.Key)
		done(t, err)
		done(t, w.StopAttaching(t.Context(), w.Admin(), run.ID))
		w.Pause(time.Minute)
		w.Configure(t, func(o *models.Organization) { o.Method, o.MethodSince = models.Manual, models.TimeOf(w.Clock.Now()) })
		refused(t, w.AttachSafe(t.Context(), w.Admin()), "methodNotInCharge")
		w.Pause(time.Minute)
		w.Configure(t, func(o *models.Organization) { o.Method, o.MethodSince = models.SCIM, models.TimeOf(w.Clock.Now()) })
		if _, ok, err := w.Directory.AttachRun(t.Context(), w.Org.Key); ok || err != nil {
			t.Errorf("the old run still shows: %v", err)
		}
		done(t, w.ResumeAttaching(t.Context(), w.Admin(), run.ID))
		w.evaluate(t)
		w.expect(t, u.ID, "active//manual")
		done(t, w.AttachSafe(t.Context(), w.Admin()))
		w.evaluate(t)
		w.expect(t, u.ID, "active//scim")
	})
}

// managed counts whom SCIM manages.
func (w world) managed(t *testing.T) int64 {
	t.Helper()
	counts, err := w.UserCounts(t.Context(), w.Org.Key)
	done(t, err)
	return counts.ByMode[models.SCIM]
}

// releaseAll makes all users manual, as a change of method does.
func releaseAll(organization int64) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		return tx.EndTerm(organization, "scim")
	}
}
