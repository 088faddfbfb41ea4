package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"muster/models"
)

func TestReleasedUserName(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		first := w.add(t, "ada", "a")
		w.remove(t, first.ID)
		second := w.add(t, "Ada", "b")
		if second.ID == first.ID {
			t.Fatal("two people with different anchors were merged")
		}
		e := w.logged(t, "create/success/")
		if !strings.Contains(fmt.Sprint(e.Details.Steps), first.ID) {
			t.Errorf("the steps do not tell from whom the name was taken: %v", e.Details.Steps)
		}
		if kept := w.User(t, first.ID); kept.UserName != "ada" || !kept.UserNameReleased() {
			t.Errorf("the former user shows %q under key %q", kept.UserName, kept.UserNameKey)
		}
		// The first person returns while the second has the name: a conflict.
		_, err := w.try(t, w.Client(), "ada", "a")
		refused(t, err, "userNameTaken")
		_, err = w.Restore(t.Context(), w.Admin(), first.ID)
		refused(t, err, "userNameTaken")
		// An admin gives the first another name and restores them.
		w.update(t, w.Admin(), first.ID, attrs{"userName": "ada.first"})
		if _, err := w.Restore(t.Context(), w.Admin(), first.ID); err != nil {
			t.Fatal(err)
		}
		w.expect(t, first.ID, "active//manual")
	})
}

func TestFirstPersonReturnsWhenTheNameIsFree(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		first := w.add(t, "ada", "a")
		w.remove(t, first.ID)
		second := w.add(t, "ada", "b")
		w.remove(t, second.ID)
		if back := w.add(t, "ada", "a"); back.ID != first.ID {
			t.Fatalf("came back as %s, was %s", back.ID, first.ID)
		}
		found, err := w.UserByName(t.Context(), w.Org.Key, "ADA")
		if err != nil || found.ID != first.ID {
			t.Errorf("the name finds %s (%v), want the person who has it", found.ID, err)
		}
	})
}

func TestRenameTakesANameOnlyAFormerUserHolds(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		former := w.add(t, "ada", "a")
		w.remove(t, former.ID)
		u := w.add(t, "bob", "b")
		w.update(t, w.Client(), u.ID, attrs{"userName": "ada"})
		if found, err := w.UserByName(t.Context(), w.Org.Key, "ada"); err != nil || found.ID != u.ID {
			t.Errorf("the name finds %s (%v), want %s", found.ID, err, u.ID)
		}
		w.add(t, "carol", "c")
		_, err := w.UpdateUser(t.Context(), w.Client(), u.ID, put(attrs{"userName": "CAROL"}))
		refused(t, err, "userNameTaken")
		w.logged(t, "update/failure/userNameTaken")
	})
}

func TestAdoption(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.byHand(t, "ada")
		w.update(t, w.Admin(), u.ID, attrs{"title": "Countess"})
		w.Configure(t, func(o *models.Organization) { o.Settings.Adoption = models.AdoptRefuse })
		_, err := w.try(t, w.Client(), "ada", "a")
		refused(t, err, "adoptionRefused")
		w.logged(t, "create/failure/adoptionRefused")
		_, err = w.UpdateUser(t.Context(), w.Client(), u.ID, put(attrs{"displayName": "x"}))
		refused(t, err, "adoptionRefused")
		w.expect(t, u.ID, "active//manual")
		w.Configure(t, func(o *models.Organization) { o.Settings.Adoption = models.AdoptAutomatic })
		if got := w.add(t, "ADA", "a"); got.ID != u.ID {
			t.Errorf("adopted as %s, was %s", got.ID, u.ID)
		}
		w.expect(t, u.ID, "active//scim")
		e := w.logged(t, "adopt/success/")
		if !hasChange(e, "provisioning mode", "manual", "scim") {
			t.Errorf("the change of mode is not told: %v", e.Details.Modified)
		}
	})
}

func TestAdoptionByUpdate(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		u := w.byHand(t, "ada")
		w.update(t, w.Client(), u.ID, attrs{"externalId": "a"})
		w.expect(t, u.ID, "active//scim")
		w.logged(t, "adopt/success/")
	})
}

func hasChange(e models.LogEntry, path, old, now string) bool {
	for _, c := range e.Details.Modified {
		if c.Path == path && c.Old == old && c.New == now {
			return true
		}
	}
	return false
}

func mail(address string) attrs {
	return attrs{"emails": []any{map[string]any{"value": address, "type": "work"}}}
}

func TestUniquenessBySetting(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		employee := attrs{models.EnterpriseURN: map[string]any{"employeeNumber": "7"}}
		a, b, c := w.add(t, "a", ""), w.add(t, "b", ""), w.add(t, "c", "")
		for _, u := range []models.User{a, b} {
			w.update(t, w.Client(), u.ID, mail("same@example.com"))
			w.update(t, w.Client(), u.ID, employee)
		}
		w.Configure(t, func(o *models.Organization) { o.Settings.UniqueEmail, o.Settings.UniqueEmployeeNo = true, true })
		_, err := w.UpdateUser(t.Context(), w.Client(), c.ID, put(mail("SAME@example.com")))
		refused(t, err, "emailsTaken")
		_, err = w.UpdateUser(t.Context(), w.Client(), c.ID, put(employee))
		refused(t, err, "employeeNumberTaken")
		// Those who were equal before the setting can still be changed and leave.
		w.update(t, w.Client(), a.ID, attrs{"displayName": "A"})
		w.update(t, w.Client(), a.ID, nil, false)
		w.remove(t, a.ID)
		w.remove(t, b.ID)
		// Nobody can find them by a filter now, so they hold nothing back.
		w.update(t, w.Client(), c.ID, mail("same@example.com"))
		w.update(t, w.Client(), c.ID, employee)
	})
}

func TestUnstorableAndTooLong(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		random := func(n int) string {
			var b strings.Builder
			for i := range n {
				b.WriteRune(rune(0x4e00 + (i*7919)%20000))
			}
			return b.String()
		}
		for name, tt := range map[string]struct {
			set  attrs
			code string
		}{
			"no userName":         {attrs{"displayName": "x"}, "missingUserName"},
			"blank userName":      {attrs{"userName": " \t"}, "missingUserName"},
			"NUL in userName":     {attrs{"userName": "a\x00b"}, "badCharacter"},
			"forged release mark": {attrs{"userName": "ada\x1fid"}, "badCharacter"},
			"long userName":       {attrs{"userName": strings.Repeat("x", 257)}, "tooLong"},
			"huge userName":       {attrs{"userName": random(100_000)}, "tooLong"},
			"folding userName":    {attrs{"userName": strings.Repeat("\uFDFA", 256)}, "tooLong"},
			"long externalId":     {attrs{"userName": "x", "externalId": random(1024)}, "tooLong"},
			"long displayName":    {attrs{"userName": "x", "displayName": random(1000)}, "tooLong"},
			"long e-mail":         {attrs{"userName": "x", "emails": mail(random(900))["emails"]}, "tooLong"},
			"long number":         {attrs{"userName": "x", models.EnterpriseURN: map[string]any{"employeeNumber": random(900)}}, "tooLong"},
			"long manager":        {attrs{"userName": "x", models.EnterpriseURN: map[string]any{"manager": map[string]any{"value": random(900)}}}, "tooLong"},
			"long title":          {attrs{"userName": "x", "title": strings.Repeat("x", 8193)}, "tooLong"},
			"NUL in title":        {attrs{"userName": "x", "title": "\x00"}, "badCharacter"},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := w.CreateUser(t.Context(), w.Client(), put(tt.set))
				refused(t, err, tt.code)
				w.logged(t, "create/failure/"+tt.code)
			})
		}
		if n := w.Int(t, "SELECT count(*) FROM users"); n != 0 {
			t.Errorf("%d users were stored", n)
		}
		// What is just within the limits is stored, whatever its bytes.
		_, err := w.CreateUser(t.Context(), w.Client(), put(attrs{"userName": random(256), "externalId": random(600), "displayName": random(600)}))
		if err != nil {
			t.Errorf("long but allowed: %v", err)
		}
		for _, id := range []string{"a\x00b", "\xff", strings.Repeat("x", 5000), "", "1"} {
			_, err := w.UpdateUser(t.Context(), w.Client(), id, put(nil))
			refused(t, err, "userNotFound")
			err = w.DeleteGroup(t.Context(), w.Client(), id, anyGroup)
			refused(t, err, "groupNotFound")
		}
	})
}
