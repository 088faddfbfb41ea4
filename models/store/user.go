package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"muster/models"
	"muster/models/filter"
)

const wordPath = models.WordPath

func noUser(id string) *models.Error {
	return models.Errorf(models.NotFound, "id", "There is no user %s.", id).
		WithAdvice("Look the user up by userName; the id may belong to another organization.").WithCode("userNotFound")
}

// userColumns is all of a user but the folded document, which nobody reads.
var userColumns = `id, public_id, organization_id, user_name, user_name_key, display_name, sort_key, given_name, family_name, email, email_key,
	employee_number, title, department, manager_id, external_id, entra_id, ldap_id, status, preserved_by, status_note, status_since,
	hidden, note, profile_id, profile_by, overrides, parked, protected, legal_hold, delivered, document, origins,
	version, created, updated, released, ` + userTerm

// User gives a user by public id.
func (r Reader) User(ctx context.Context, organization int64, id string) (models.User, error) {
	u, err := one[models.User](ctx, r, "SELECT "+userColumns+" FROM users WHERE public_id = ? AND organization_id = ?", id, organization)
	return u, found(err, noUser(id))
}

// UserByName gives a user by userName in any case and width; hidden users too.
func (r Reader) UserByName(ctx context.Context, organization int64, userName string) (models.User, error) {
	u, err := one[models.User](ctx, r, "SELECT "+userColumns+" FROM users WHERE organization_id = ? AND user_name_key = ?", organization, filter.Fold(userName))
	return u, found(err, noUser(userName))
}

// UserByAnchor gives a user by the source anchor a method knows it by.
func (r Reader) UserByAnchor(ctx context.Context, organization int64, m models.Method, anchor string) (models.User, error) {
	column, ok := anchorColumn(m)
	if !ok || anchor == "" {
		return models.User{}, noUser(anchor)
	}
	u, err := one[models.User](ctx, r, "SELECT "+userColumns+" FROM users WHERE organization_id = ? AND "+column+" = ? AND "+column+" <> ''", organization, anchor)
	return u, found(err, noUser(anchor))
}

func anchorColumn(m models.Method) (string, bool) {
	switch m {
	case models.SCIM:
		return "external_id", true
	case models.Entra:
		return "entra_id", true
	case models.LDAP:
		return "ldap_id", true
	case models.Manual:
	}
	return "", false
}

// LockUser reads a user by public id for a change: another transaction that wants
// to change the same user waits for this one.
func (tx *Tx) LockUser(organization int64, id string) (models.User, error) {
	u, err := one[models.User](tx.ctx, tx.Reader, "SELECT "+userColumns+" FROM users WHERE public_id = ? AND organization_id = ?"+tx.forUpdate(), id, organization)
	return u, found(err, noUser(id))
}

func (tx *Tx) forUpdate() string {
	if tx.engine == postgresEngine {
		return " FOR UPDATE"
	}
	return ""
}

// ClaimValue makes another transaction that claims the same value wait, so that a
// uniqueness which is a setting and no index is checked and written in one.
func (tx *Tx) ClaimValue(organization int64, attr, value string) error {
	if tx.engine != postgresEngine || value == "" {
		return nil
	}
	err := tx.q(tx.ctx).Exec("SELECT pg_advisory_xact_lock(hashtextextended(?, ?))", attr+"\x1f"+value, organization).Error
	if err != nil {
		return fmt.Errorf("claim %s: %w", attr, err)
	}
	return nil
}

// InsertUser writes a new user with everything it is found by.
func (tx *Tx) InsertUser(u *models.User) error {
	if err := storable(u.Attributes); err != nil {
		return err
	}
	if u.Index == nil {
		u.Prepare()
	}
	all := u.Index
	u.WordKeys = wordKeys(all)
	var err error
	if u.Term, err = tx.term(u.OrganizationID, u.Mode); err != nil {
		return err
	}
	if tx.engine == postgresEngine && len(all) > 0 && len(all) <= rowsKept {
		err = tx.insertWithValues(u, all)
	} else if err = insert(tx, u); err == nil {
		err = tx.addValues(u, all)
	}
	u.Folded, u.WordKeys, u.Index = "", "", nil
	if err != nil {
		return classify(err)
	}
	tx.tallyUser(*u, 1)
	return nil
}

// SaveUser writes a changed user over the version that was read. Another version
// in between is a Stale refusal.
func (tx *Tx) SaveUser(old, u *models.User) error {
	if old.Attributes == nil {
		if err := old.Load(); err != nil {
			return err
		}
	}
	if err := storable(u.Attributes); err != nil {
		return err
	}
	gone, fresh := reindexed(old, u)
	columns, err := changed(tx.db, old, u, "id", "public_id", "organization_id", "created", "mode", "released")
	if err != nil || len(columns) == 0 && old.Mode == u.Mode {
		return err
	}
	held, err := tx.hold(u.OrganizationID, holding{old.Mode, old.Term, old.Released}, u.Mode)
	if err != nil {
		return err
	}
	if u.Term, u.Released = held.term, held.released; u.Term != old.Term {
		columns = with(columns, "mode", "released", "mapping_id", "staged", "staged_at")
	}
	text, args, err := updating(tx, u, columns, "id = ? AND version = ?", u.Key, old.Version)
	u.Folded, u.WordKeys, u.Index = "", "", nil
	if err != nil {
		return err
	}
	name := old.UserName
	err = tx.alongOne(func(saved int64, err error) error {
		if err == nil && saved != 1 {
			err = models.Errorf(models.Stale, "", "User %s was changed by somebody else meanwhile.", name).
				WithAdvice("Read the user again and repeat the change.").WithCode("changedMeanwhile")
		}
		return classify(err)
	}, text, args...)
	if err != nil {
		return err
	}
	if err := tx.dropValues(u, gone); err != nil {
		return err
	}
	if err := tx.addValues(u, fresh); err != nil {
		return err
	}
	if old.Status != u.Status || old.Term != u.Term || old.Hidden != u.Hidden || old.Parked != u.Parked {
		tx.tallyUser(*old, -1)
		tx.tallyUser(*u, 1)
	}
	if old.Hidden != u.Hidden {
		tx.tally(u.OrganizationID, movedTally, 0, 1)
		tx.pending.shown = append(tx.pending.shown, u.Key)
	}
	return nil
}

// addValues writes what a user is found by in one statement, in the order of the
// index.
func (tx *Tx) addValues(u *models.User, all []models.IndexedValue) error {
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b models.IndexedValue) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Key, b.Key))
	})
	for chunk := range slices.Chunk(all, 2000) {
		args := make([]any, 2, 2+2*len(chunk))
		args[0], args[1] = u.OrganizationID, u.Key
		for _, v := range chunk {
			args = append(args, v.Path, v.Key)
		}
		if err := tx.along(whatever("index user "+u.ID), tx.texts.ofValues(tx.engine, len(chunk)), args...); err != nil {
			return err
		}
	}
	return nil
}

// reindexed gives what a changed user is no longer found by and what they are found
// by now, and sets the columns that go with it.
func reindexed(old, u *models.User) (gone, fresh []models.IndexedValue) {
	if old.Document == u.Document && old.UserNameKey == u.UserNameKey {
		u.Folded = ""
		return nil, nil
	}
	have := old.Index
	if have == nil {
		have = old.Indexed()
	}
	if u.Index == nil {
		u.Prepare()
	}
	if now := wordKeys(u.Index); now != wordKeys(have) {
		u.WordKeys = now
	}
	return without(have, u.Index), without(u.Index, have)
}

// dropValues takes out what a user is no longer found by: on PostgreSQL several values
// with one statement, because each is a way there and back.
func (tx *Tx) dropValues(u *models.User, gone []models.IndexedValue) error {
	text, most := "DELETE FROM user_values WHERE organization_id = ? AND user_id = ? AND path = ? AND value_key = ?", 1
	if tx.engine == postgresEngine {
		text, most = "DELETE FROM user_values WHERE organization_id = ? AND user_id = ? AND (path, value_key) IN ((?, ?)", rowsKept
	}
	for chunk := range slices.Chunk(gone, most) {
		args := []any{u.OrganizationID, u.Key}
		for _, v := range chunk {
			args = append(args, v.Path, v.Key)
		}
		statement := text
		if most > 1 {
			statement += strings.Repeat(", (?, ?)", len(chunk)-1) + ")"
		}
		if err := tx.along(whatever("index user "+u.ID), statement, args...); err != nil {
			return err
		}
	}
	return nil
}

// wordKeys are the words among what a user is found by, as the column keeps them.
func wordKeys(all []models.IndexedValue) string {
	var words []string
	for _, v := range all {
		if v.Path == wordPath {
			words = append(words, v.Key)
		}
	}
	slices.Sort(words)
	return marked(words)
}

// marked joins words so that the beginning of each is found in it.
func marked(words []string) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(models.WordMark + w)
	}
	return b.String()
}

// without gives the values of one list that are not in another.
func without(list, others []models.IndexedValue) []models.IndexedValue {
	if len(list)*len(others) < 1000 { // quicker to look through than to arrange
		return slices.DeleteFunc(slices.Clone(list), func(v models.IndexedValue) bool { return slices.Contains(others, v) })
	}
	in := make(map[models.IndexedValue]bool, len(others))
	for _, v := range others {
		in[v] = true
	}
	return slices.DeleteFunc(slices.Clone(list), func(v models.IndexedValue) bool { return in[v] })
}

const (
	userTally  = "users|"
	shownTally = "users-shown"
	groupTally = "groups|"
	seatTally  = "seats"
	goneTally  = "gone|"
	movedTally = "moved"
)

func (tx *Tx) tallyUser(u models.User, n int64) {
	tx.tally(u.OrganizationID, userTally+string(u.Status)+"|"+u.Term, 0, n)
	if !u.Hidden {
		tx.tally(u.OrganizationID, shownTally, 0, n)
	}
	if u.HoldsSeat() {
		tx.tally(u.OrganizationID, seatTally, 0, n)
	}
}

// shown selects the users that SCIM and look-ups know: not those deleted at the
// source.
func (r Reader) shown() string {
	if r.engine == postgresEngine {
		return "NOT users.hidden"
	}
	return "users.hidden = 0"
}
