package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/cmd/muster/idp"
	"muster/models"
	"muster/models/account"
	"muster/models/deployment"
	"muster/models/directory/directorytest"
	"muster/models/secret"
	"muster/models/shadow"
	"muster/models/store"
	"muster/models/store/storetest"
	"muster/web/scimv2"
)

// rehearsal is an instance whose organization has users of its own and a directory that
// rehearses.
type rehearsal struct {
	t     *testing.T
	inst  *instance
	look  directorytest.Look
	org   models.Organization
	token string
	opts  idp.Options
}

func eachRehearsal(t *testing.T, opts idp.Options, fn func(t *testing.T, r *rehearsal)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), databaseFile)
		fn(t, newRehearsal(t, opts, store.Options{File: file}, "sqlite3", "file:"+file+"?mode=ro&_busy_timeout=5000"))
	})
	t.Run("postgres", func(t *testing.T) {
		address := storetest.PostgresURL(t)
		fn(t, newRehearsal(t, opts, store.Options{DatabaseURL: address}, "pgx", address))
	})
}

func newRehearsal(t *testing.T, opts idp.Options, o store.Options, driver, address string) *rehearsal {
	t.Helper()
	if testing.Short() || raced {
		opts.Users = min(opts.Users, 60)
	}
	logs := &logBuffer{}
	o.Now, o.Log = time.Now, slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelError}))
	db, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r := &rehearsal{t: t, opts: opts}
	r.inst, err = assemble(t.Context(), assembly{
		Store: db, Log: o.Log, Listen: "127.0.0.1:0", Now: time.Now, Passwords: secret.PasswordOptions{Memory: 64, Time: 1, Threads: 1},
	})
	r.ok(err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.inst.serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the instance did not end well: %v", err)
		}
		if text := logs.String(); text != "" {
			t.Errorf("the instance logged errors:\n%.3000s", text)
		}
	})
	r.look = directorytest.LookAt(t, driver, address)
	r.org, err = db.OrganizationBySlug(t.Context(), store.FirstOrganization)
	r.ok(err)
	r.opts.BaseURL = r.inst.selfURL + scimv2.Prefix
	return r
}

func (r *rehearsal) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rehearsal) change(to models.Method) {
	r.t.Helper()
	_, err := r.inst.deployment.Change(r.t.Context(), commandLine(r.org), deployment.Order{Target: to, Keep: true})
	r.ok(err)
}

// begin makes a token that rehearses and waits until its directory is answered.
func (r *rehearsal) begin() {
	r.t.Helper()
	made, text, err := r.inst.accounts.CreateToken(r.t.Context(), commandLine(r.org), account.TokenSpec{
		Description: "Entra", Scope: models.ProvisionScope, Expires: time.Now().AddDate(1, 0, 0), Shadow: true,
	})
	r.ok(err)
	if !made.Shadow {
		r.t.Fatal("the token does not rehearse")
	}
	r.token, r.opts.Token = text, text
	r.ok(r.inst.shadows.Start(r.t.Context(), commandLine(r.org)))
	r.await(models.ShadowReady)
}

func (r *rehearsal) await(state models.ShadowState) {
	r.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		sh, err := r.inst.shadows.Status(r.t.Context(), r.org.Key)
		r.ok(err)
		if sh.State == state {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("shadow mode is %s, not %s", sh.State, state)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (r *rehearsal) predicted(target models.TargetType) []models.ShadowRecord {
	r.t.Helper()
	var out []models.ShadowRecord
	for page := (models.Page{Limit: 1000}); ; {
		list, err := r.inst.shadows.Predicted(r.t.Context(), r.org.Key, models.ShadowQuery{Target: target, Page: page})
		r.ok(err)
		out = append(out, list.Items...)
		if list.Next == "" {
			return out
		}
		page.After = list.Next
	}
}

// TestShadowTellsWhatHappens is the proof of shadow mode: a directory of a thousand
// users rehearses on an organization that has users of every kind, without changing a
// byte of it; then SCIM is put in charge, the same directory comes again, and what was
// predicted is what happens, user by user.
func TestShadowTellsWhatHappens(t *testing.T) {
	eachRehearsal(t, idp.Options{Dialect: idp.Entra, Users: 1000, Seed: 5, Cycles: 3}, func(t *testing.T, r *rehearsal) {
		r.inhabit()
		r.begin()
		before := r.sums()
		_, err := idp.New(r.opts).Run(t.Context())
		r.ok(err)
		time.Sleep(time.Second) // for what is written down beside requests
		users, groups := r.predicted(models.UserTarget), r.predicted(models.GroupTarget)
		if diff := cmp.Diff(before, r.sums()); diff != "" {
			t.Fatalf("shadow mode changed the organization (-before +after):\n%s", diff)
		}
		p, known, err := r.inst.shadows.Predict(t.Context(), r.org.Key)
		r.ok(err)
		t.Logf("known %t: users %v by %v, groups %v", known, p.Users, p.Ways, p.Groups)
		for _, outcome := range []models.ShadowOutcome{models.ShadowMatched, models.ShadowCreated, models.ShadowConflict, models.ShadowWaiting, models.ShadowOutOfScope, models.ShadowPreserved, models.ShadowNobody} {
			if p.Users[outcome] == 0 && r.opts.Users == 1000 {
				t.Errorf("nobody is %s: it proves nothing", outcome)
			}
		}
		r.change(models.SCIM)
		r.await(models.ShadowClosed)
		_, err = idp.New(r.opts).Run(t.Context())
		r.ok(err)
		r.compareUsers(users)
		r.compareGroups(groups)
	})
}

func (r *rehearsal) sums() map[string]string {
	return r.look.Sums(r.t, "shadows", "tokens", "token_uses")
}

// inhabit gives the organization users of every kind that the directory will meet, rules
// and settings.
func (r *rehearsal) inhabit() {
	r.t.Helper()
	r.change(models.SCIM)
	earlier := models.Actor{Kind: models.TokenActor, ID: "earlier", Name: "Earlier", OrganizationID: r.org.Key, Scope: models.ProvisionScope}
	admin := commandLine(r.org)
	people := idp.New(r.opts).People()
	make := func(by models.Actor, p idp.User, edit func(models.Attributes)) models.User {
		r.t.Helper()
		u, err := r.inst.directory.CreateUser(r.t.Context(), by, func(u *models.User) error {
			u.Attributes = models.Attributes{"userName": p.UserName, "displayName": p.DisplayName}
			edit(u.Attributes)
			return nil
		})
		r.ok(err)
		return u
	}
	same := func(models.Attributes) {}
	var some []string
	for i, p := range people[:len(people)/2] {
		switch i % 12 {
		case 0:
			some = append(some, make(earlier, p, func(a models.Attributes) { a["externalId"], a["userName"] = p.ExternalID, "old-"+p.UserName }).ID)
		case 1:
			some = append(some, make(admin, p, same).ID)
		case 2:
			_, err := r.inst.directory.Preserve(r.t.Context(), admin, make(admin, p, same).ID, "left")
			r.ok(err)
		case 3:
			_, err := r.inst.directory.Suspend(r.t.Context(), admin, make(admin, p, same).ID, "leave")
			r.ok(err)
		case 4:
			make(earlier, p, func(a models.Attributes) { a["externalId"] = "somebody-else-" + p.ExternalID })
		case 5:
			u := make(earlier, p, func(a models.Attributes) { a["externalId"] = p.ExternalID })
			r.ok(r.inst.directory.DeleteUser(r.t.Context(), earlier, u.ID, func(models.User) error { return nil }))
		case 6:
			make(admin, p, func(a models.Attributes) {
				a["userName"], a["emails"] = fmt.Sprintf("mail-%d@other.example", i), []any{map[string]any{"value": p.Email, "type": "work"}}
			})
		case 7:
			make(admin, p, func(a models.Attributes) { a["userName"] = fmt.Sprintf("local-%d@other.example", i) })
		}
	}
	for _, name := range []string{"Local", "Everyone here"} {
		_, err := r.inst.directory.CreateGroup(r.t.Context(), admin, some, func(g *models.Group) error {
			g.Attributes = models.Attributes{"displayName": name}
			return nil
		})
		r.ok(err)
	}
	r.rules()
	r.change(models.Manual)
}

// rules give two profiles to most, and let who is in no rule wait.
func (r *rehearsal) rules() {
	r.t.Helper()
	r.ok(r.inst.store.Keep(r.t.Context(), func(tx *store.Tx) error {
		org, err := tx.LockOrganization(r.org.Key)
		if err != nil {
			return err
		}
		org.Settings.MatchAttribute, org.Settings.Unmatched = models.MatchByEmail, models.UnmatchedPark
		org.Settings.MoveRules()
		for i, filter := range []string{`department sw "S" or department sw "E"`, `userName ew "example.com" and not (department sw "F")`} {
			p := models.Profile{ID: fmt.Sprint("profile-", i), OrganizationID: r.org.Key, Name: fmt.Sprint("Profile ", i), NameKey: fmt.Sprint("profile ", i), Settings: map[string]any{}, Version: 1}
			if err := tx.InsertProfile(&p); err != nil {
				return err
			}
			m := models.Mapping{
				ID: fmt.Sprint("mapping-", i), OrganizationID: r.org.Key, Method: models.SCIM, Position: int64(i + 1), Name: fmt.Sprint("Rule ", i),
				Filter: filter, ProfileKey: p.Key, Groups: []string{}, LocalGroups: []string{}, InitialStatus: models.Active, Version: 1,
			}
			if err := tx.InsertMapping(&m); err != nil {
				return err
			}
		}
		return tx.SaveOrganization(&org)
	}))
}

// compareUsers holds each prediction to what happened.
func (r *rehearsal) compareUsers(list []models.ShadowRecord) {
	r.t.Helper()
	wrong := 0
	r.ok(r.inst.shadows.Look(r.t.Context(), r.org.Key, func(beside *store.Store) error {
		for _, rec := range list {
			if text := r.differs(beside, rec); text != "" {
				if wrong++; wrong <= 10 {
					r.t.Errorf("%s, predicted %s by %q (%s): %s", rec.Name, rec.Outcome, rec.How, rec.Why, text)
				}
			}
		}
		return nil
	}))
	counts, err := r.inst.store.UserCounts(r.t.Context(), r.org.Key)
	r.ok(err)
	here := int64(0)
	for _, rec := range list {
		if rec.TargetID != "" {
			here++
		}
	}
	if counts.Total != here || wrong > 0 {
		r.t.Errorf("%d of %d predictions were wrong; %d users are here", wrong, len(list), counts.Total)
	}
}

func (r *rehearsal) differs(beside *store.Store, rec models.ShadowRecord) string {
	ctx := r.t.Context()
	if rec.TargetID == "" {
		if u, err := r.inst.store.UserByAnchor(ctx, r.org.Key, models.SCIM, rec.Anchor); err == nil {
			return "came to be as " + u.ID
		}
		list, err := r.inst.store.LogEntries(ctx, r.org.Key, models.LogQuery{Search: rec.Name, Statuses: []models.Outcome{models.Failure}, Page: models.Page{Limit: 500}})
		r.ok(err)
		for _, e := range list.Items {
			if e.Code == rec.Code {
				return ""
			}
		}
		return "no entry of the log says " + rec.Code
	}
	got, err := r.inst.store.User(ctx, r.org.Key, rec.TargetID)
	if err != nil {
		return err.Error()
	}
	want, err := beside.User(ctx, r.org.Key, rec.TargetID)
	r.ok(err)
	managed := rec.Outcome != models.ShadowNobody && rec.Outcome != models.ShadowWaiting && rec.Outcome != models.ShadowConflict
	if managed != got.Managed() {
		return fmt.Sprintf("is managed by %s", got.Mode)
	}
	type fate struct {
		Status                models.Status
		By                    models.PreservedBy
		Hidden                bool
		Parked                models.Parking
		Mapping, Profile      int64
		Name, Anchor, Manager string
		Document              string
	}
	of := func(u models.User) fate {
		return fate{u.Status, u.PreservedBy, u.Hidden, u.Parked, u.MappingKey, u.ProfileKey, u.UserName, u.ExternalID, u.ManagerID, u.Document}
	}
	return cmp.Diff(of(want), of(got))
}

func (r *rehearsal) compareGroups(list []models.ShadowRecord) {
	r.t.Helper()
	r.ok(r.inst.shadows.Look(r.t.Context(), r.org.Key, func(beside *store.Store) error {
		for _, rec := range list {
			got, err := r.inst.store.Group(r.t.Context(), r.org.Key, rec.TargetID)
			if rec.Outcome == models.ShadowDeleted {
				if models.KindOf(err) != models.NotFound {
					r.t.Errorf("group %s was to be deleted: %v", rec.Name, err)
				}
				continue
			}
			if err != nil {
				r.t.Errorf("group %s, predicted %s: %v", rec.Name, rec.Outcome, err)
				continue
			}
			want, err := beside.Group(r.t.Context(), r.org.Key, rec.TargetID)
			if err != nil {
				return err
			}
			if got.Managed() != (rec.Outcome != models.ShadowNobody) || got.MemberCount != want.MemberCount || got.Document != want.Document {
				r.t.Errorf("group %s, predicted %s: %s with %d members, not %d", rec.Name, rec.Outcome, got.Mode, got.MemberCount, want.MemberCount)
			}
		}
		return nil
	}))
}

// TestIncrementsAfterShadow: a directory that believes what it was told in shadow mode
// and sends only changes from then on loses nobody.
func TestIncrementsAfterShadow(t *testing.T) {
	eachRehearsal(t, idp.Options{Dialect: idp.Entra, Users: 300, Seed: 9, Cycles: 2}, func(t *testing.T, r *rehearsal) {
		people := idp.New(r.opts).People()
		for _, p := range people[:len(people)/4] {
			_, err := r.inst.directory.CreateUser(t.Context(), commandLine(r.org), func(u *models.User) error {
				u.Attributes = models.Attributes{"userName": p.UserName}
				return nil
			})
			r.ok(err)
		}
		r.begin()
		sim := idp.New(r.opts)
		_, err := sim.Run(t.Context())
		r.ok(err)
		r.change(models.SCIM)
		r.await(models.ShadowClosed)
		for range 3 {
			r.ok(sim.Cycle(t.Context()))
		}
		if wrong := sim.Result().Unexpected; len(wrong) > 0 {
			t.Errorf("%d answers that no directory expects, the first: %+v", len(wrong), wrong[0])
		}
		r.ok(r.inst.shadows.BringAll(t.Context(), commandLine(r.org)))
		deadline := time.Now().Add(2 * time.Minute)
		var b shadow.Bringing
		for b.Ended == 0 {
			if b, err = r.inst.shadows.BringingOf(t.Context(), r.org.Key); err != nil || time.Now().After(deadline) {
				t.Fatalf("taking in is at %+v: %v", b, err)
			}
			time.Sleep(50 * time.Millisecond)
		}
		if b.Refused > 0 || b.Done != b.Total || b.Taken == 0 {
			t.Errorf("taken in: %+v", b)
		}
		compare(t, r.opts, sim)
		var text bytes.Buffer
		for _, row := range r.look.Rows(t, "SELECT user_name FROM users WHERE mode = 'manual'") {
			text.WriteString(strings.Join(row, " ") + "\n")
		}
		if text.Len() > 0 {
			t.Errorf("who is managed by nobody after all:\n%s", text.String())
		}
	})
}
