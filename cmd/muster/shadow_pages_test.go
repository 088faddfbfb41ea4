package main

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"muster/cmd/muster/idp"
	"muster/models"
	"muster/models/account"
	"muster/models/store"
	"muster/views/ui/uitest"
)

// TestShadowPagesAreSound looks at the pages of shadow mode in a browser, wide and narrow,
// light and dark: nothing overflows, and a screen reader finds its way.
func TestShadowPagesAreSound(t *testing.T) {
	file := filepath.Join(t.TempDir(), databaseFile)
	r := newRehearsal(t, idp.Options{Dialect: idp.Entra, Users: 60, Seed: 5, Cycles: 2}, store.Options{File: file}, "sqlite3", "file:"+file+"?mode=ro&_busy_timeout=5000")
	_, err := r.inst.accounts.AddAdminWithPassword(t.Context(), commandLine(r.org), account.AdminSpec{Email: ownerEmail, Name: ownerName, Role: models.Owner}, passphrase)
	r.ok(err)
	w := &world{t: t, inst: r.inst, org: r.org}
	who := w.signIn(ownerEmail)
	b := uitest.Start(t)
	look := func(paths ...string) {
		t.Helper()
		p := w.tab(t, b, who)
		for _, path := range paths {
			for _, width := range []int64{390, 1440} {
				for _, theme := range []string{"light", "dark"} {
					p.Size(width)
					p.Theme(theme)
					p.Open(path)
					p.Sound()
					p.Axe()
					p.Shot(fmt.Sprintf("shadow %s %d %s", filepath.Base(path), width, theme))
				}
			}
		}
	}
	look("/deployment/shadow", "/scim/tokens/new")
	r.inhabit()
	r.begin()
	_, err = idp.New(r.opts).Run(t.Context())
	r.ok(err)
	time.Sleep(time.Second)
	look("/deployment/shadow", "/deployment/shadow?show=groups", "/deployment/shadow?outcome=conflict", "/deployment/shadow/log", "/deployment/shadow/discard")
	list, err := r.inst.shadows.Predicted(t.Context(), r.org.Key, models.ShadowQuery{Outcome: models.ShadowOutOfScope})
	r.ok(err)
	look("/deployment/shadow/log/" + list.Items[0].EntryID)
	r.change(models.SCIM)
	r.await(models.ShadowClosed)
	look("/deployment/shadow?q=a")
}
