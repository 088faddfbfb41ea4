package directory_test

import (
	"strings"
	"testing"

	"muster/models"
	"muster/models/directory"
)

// manualUser is a manual user for a decision.
func manualUser(edit ...func(*models.User)) *models.User {
	u := &models.User{ID: "u", Key: 1, UserName: "ada", UserNameKey: "ada", Email: "ada@example.com", EmailKey: "ada@example.com", EmployeeNumber: "7", Mode: models.Manual, Status: models.Active}
	for _, e := range edit {
		e(u)
	}
	return u
}

func keptAnchor(u *models.User) { u.ExternalID = "a-1" }

func sentAdoption(t *testing.T, claim, name, anchor string, enabled *bool) models.QueueItem {
	t.Helper()
	i := models.QueueItem{ID: "q", Kind: models.AdoptionItem, State: models.QueueOpen, Method: models.SCIM, UserKey: 1, Claim: claim, Name: name, NameKey: strings.ToLower(name), Anchor: anchor}
	if err := i.Keep(models.Delivery{Attributes: attrs{"userName": name}, Enabled: enabled}); err != nil {
		t.Fatal(err)
	}
	return i
}

// TestProposalsAreWeighed: what is safe, what is left to a decision, and what cannot
// be done, each with its words.
func TestProposalsAreWeighed(t *testing.T) {
	record := directory.Record{Anchor: "a-1", UserName: "Ada", Email: "ada@example.com", EmployeeNumber: "7"}
	known := func(edit func(*directory.Record)) []directory.Record {
		r := record
		edit(&r)
		return []directory.Record{r}
	}
	asItIs := func(*directory.Record) {}
	queue := func(i models.QueueItem) []models.QueueItem { return []models.QueueItem{i} }
	for name, tt := range map[string]struct {
		c     directory.AttachCase
		want  directory.Standing
		basis directory.Basis
		says  string
	}{
		"an anchor was kept":       {directory.AttachCase{User: manualUser(keptAnchor)}, directory.Safe, directory.FromAnchor, "nobody else has it"},
		"another method's anchor":  {directory.AttachCase{User: manualUser(func(u *models.User) { u.EntraID = "e-1" })}, directory.Unknown, "", "No record of this user is known"},
		"nothing is known":         {directory.AttachCase{User: manualUser()}, directory.Unknown, "", "No record of this user is known"},
		"managed already":          {directory.AttachCase{User: manualUser(keptAnchor, func(u *models.User) { u.Mode = models.SCIM })}, directory.Unknown, "", "SCIM manages the user"},
		"deleted at the source":    {directory.AttachCase{User: manualUser(keptAnchor, func(u *models.User) { u.Hidden = true })}, directory.Unknown, "", "deleted the user"},
		"preserved by a directory": {directory.AttachCase{User: manualUser(keptAnchor, func(u *models.User) { u.Status, u.PreservedBy = models.Preserved, models.ByDirectory })}, directory.Safe, directory.FromAnchor, "nobody else has it"},
		"preserved by an admin":    {directory.AttachCase{User: manualUser(keptAnchor, func(u *models.User) { u.Status, u.PreservedBy = models.Preserved, models.ByAdmin })}, directory.Undecided, directory.FromAnchor, "An administrator preserved"},
		"suspended":                {directory.AttachCase{User: manualUser(keptAnchor, func(u *models.User) { u.Status = models.Inactive })}, directory.Undecided, directory.FromAnchor, "suspended the user"},
		"waits for a seat":         {directory.AttachCase{User: manualUser(keptAnchor, func(u *models.User) { u.Status, u.Parked = models.Inactive, models.WaitsForSeat })}, directory.Undecided, directory.FromAnchor, "waits for a seat"},
		"protected":                {directory.AttachCase{User: manualUser(keptAnchor, func(u *models.User) { u.Protected = true })}, directory.Undecided, directory.FromAnchor, "protected"},
		"held back":                {directory.AttachCase{User: manualUser(keptAnchor, func(u *models.User) { u.Staged = models.StagedDisable })}, directory.Undecided, directory.FromAnchor, "held back"},
		"the name went on":         {directory.AttachCase{User: manualUser(keptAnchor, func(u *models.User) { u.ReleaseUserName() })}, directory.Undecided, directory.FromAnchor, "Another person has the userName"},
		"no mapping matches":       {directory.AttachCase{User: manualUser(keptAnchor), Unmatched: "No mapping matches."}, directory.Undecided, directory.FromAnchor, "No mapping matches"},

		"an adoption waits":           {directory.AttachCase{User: manualUser(), Items: queue(sentAdoption(t, "userName", "Ada", "a-9", nil))}, directory.Safe, directory.FromQueue, "waits for its adoption"},
		"an adoption by e-mail":       {directory.AttachCase{User: manualUser(), Items: queue(sentAdoption(t, "emails", "lovelace", "a-9", nil))}, directory.Undecided, directory.FromQueue, "Only the work e-mail"},
		"an adoption that is off":     {directory.AttachCase{User: manualUser(), Items: queue(sentAdoption(t, "userName", "Ada", "a-9", new(false)))}, directory.Undecided, directory.FromQueue, "disabled"},
		"an adoption, another anchor": {directory.AttachCase{User: manualUser(keptAnchor), Items: queue(sentAdoption(t, "userName", "Ada", "a-9", nil))}, directory.Undecided, directory.FromQueue, "another source anchor before"},
		"an anchor that is taken":     {directory.AttachCase{User: manualUser(), Items: queue(sentAdoption(t, "userName", "Ada", "a-9", nil)), Holders: map[string]string{"a-9": "bob"}}, directory.Undecided, directory.FromQueue, "User bob has the record’s source anchor"},
		"two adoptions":               {directory.AttachCase{User: manualUser(), Items: append(queue(sentAdoption(t, "userName", "Ada", "a-8", nil)), sentAdoption(t, "emails", "b", "a-9", nil))}, directory.Undecided, directory.FromQueue, "Several records"},
		"a conflict":                  {directory.AttachCase{User: manualUser(keptAnchor), Items: queue(models.QueueItem{ID: "q", Kind: models.ConflictItem, UserKey: 1, Claim: "userName", Name: "ada"})}, directory.Undecided, directory.FromQueue, "claims the userName"},

		"a record with the userName":        {directory.AttachCase{User: manualUser(), Records: known(asItIs)}, directory.Safe, directory.FromOutside, "The userName is the same"},
		"a record with the e-mail":          {directory.AttachCase{User: manualUser(), Records: known(func(r *directory.Record) { r.UserName, r.EmployeeNumber = "al", "" })}, directory.Undecided, directory.FromOutside, "Only the work e-mail"},
		"a record with the employee number": {directory.AttachCase{User: manualUser(), Records: known(func(r *directory.Record) { r.UserName = "al" })}, directory.Undecided, directory.FromOutside, "Only the employee number"},
		"a record that is disabled":         {directory.AttachCase{User: manualUser(), Records: known(func(r *directory.Record) { r.Enabled = new(false) })}, directory.Undecided, directory.FromOutside, "disabled"},
		"two records":                       {directory.AttachCase{User: manualUser(), Records: append(known(asItIs), directory.Record{Anchor: "a-2", Email: "ada@example.com"})}, directory.Undecided, directory.FromOutside, "Other records match"},
		"a record whose name is taken":      {directory.AttachCase{User: manualUser(keptAnchor), Records: known(func(r *directory.Record) { r.UserName = "bob" }), Named: map[string]string{"bob": "Bob"}}, directory.Undecided, directory.FromAnchor, "User Bob has the record’s userName"},
		"a record that confirms":            {directory.AttachCase{User: manualUser(keptAnchor), Records: known(func(r *directory.Record) { r.UserName = "renamed" })}, directory.Safe, directory.FromAnchor, "kept"},
		"a record against the anchor":       {directory.AttachCase{User: manualUser(keptAnchor), Records: known(func(r *directory.Record) { r.Anchor = "a-2" })}, directory.Undecided, directory.FromAnchor, "another source anchor"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.c.Method = models.SCIM
			got := directory.Propose(tt.c)
			if got.Standing != tt.want || got.Basis != tt.basis || !strings.Contains(got.Why, tt.says) {
				t.Errorf("%s from %q: %s; want %s from %q with %q", got.Standing, got.Basis, got.Why, tt.want, tt.basis, tt.says)
			}
			if got.Standing != directory.Safe && got.Advice == "" && tt.want != directory.Unknown {
				t.Error("no advice")
			}
		})
	}
}
