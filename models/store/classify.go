package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"slices"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "github.com/mattn/go-sqlite3"

	"muster/models"
)

// uniques tells, per unique index, which attribute a violation is about and how
// to say it. SQLite names the columns, PostgreSQL the index.
var uniques = []struct {
	index, column, attr, msg, code string
}{
	{"users_user_name", "users.user_name_key", "userName", "Another user already has this userName.", "userNameTaken"},
	{"users_external", "users.external_id", "externalId", "Another user already has this externalId.", "anchorTaken"},
	{"users_entra", "users.entra_id", "entraId", "Another user is already linked to this Entra object.", "anchorTaken"},
	{"users_ldap", "users.ldap_id", "ldapId", "Another user is already linked to this directory entry.", "anchorTaken"},
	{"groups_display_name", "groups.display_name_key", "displayName", "Another group already has this displayName.", "groupNameTaken"},
	{"groups_external", "groups.external_id", "externalId", "Another group already has this externalId.", "anchorTaken"},
	{"groups_entra", "groups.entra_id", "entraId", "Another group is already linked to this Entra object.", "anchorTaken"},
	{"groups_ldap", "groups.ldap_id", "ldapId", "Another group is already linked to this directory entry.", "anchorTaken"},
	{"profiles_name", "profiles.name_key", "name", "Another profile already has this name.", "profileNameTaken"},
	{"organizations_slug_key", "organizations.slug", "slug", "Another organization already has this short name.", "slugTaken"},
	{"admins_email_key_key", "admins.email_key", "email", "Another admin already signs in with this e-mail address.", "emailTaken"},
}

// classify turns a database error that means something to a client into words;
// the rest passes through and ends as a 500 that is logged.
func classify(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := models.AsError(err); ok || again(err) {
		return err
	}
	if detail, ok := uniqueViolation(err); ok {
		for _, u := range uniques {
			if strings.Contains(detail, u.index) || strings.Contains(detail, u.column) {
				return models.Errorf(models.Uniqueness, u.attr, "%s", u.msg).WithCode(u.code)
			}
		}
		return err
	}
	if full(err) {
		return models.Errorf(models.Unavailable, "", "The database has no space left, nothing was written.").
			WithAdvice("Free disk space on the server, then send the request again.").WithCode("diskFull")
	}
	if corrupt(err) {
		return models.Errorf(models.Unavailable, "", "The database is damaged, nothing was written.").
			WithAdvice("Stop Muster, move the database away together with the files -wal and -shm beside it, and run “muster restore” with a backup.").WithCode("databaseDamaged")
	}
	if readOnly(err) {
		return models.Errorf(models.Unavailable, "", "The database may not be written, nothing was changed.").
			WithAdvice("Let Muster write to its data folder, or lead it to the PostgreSQL server that takes writes; then send the request again.").WithCode("databaseReadOnly")
	}
	if away(err) {
		return models.Errorf(models.Unavailable, "", "The database cannot be reached, nothing was written.").
			WithAdvice("Start PostgreSQL, then send the request again.").WithCode("databaseAway")
	}
	if broken(err) {
		return models.Errorf(models.Unavailable, "", "The connection to the database broke off.").
			WithAdvice("Send the request again; if it was carried out after all, the answer will say so.").WithCode("databaseBroke")
	}
	if busy(err) {
		return locked()
	}
	return err
}

// Unreachable gives words to a failure that met a read before it was classed, when the
// reason is that the database is away or damaged; any other error is given back as it is.
func Unreachable(err error) error {
	if _, classed := models.AsError(err); !classed && (away(err) || corrupt(err)) {
		return classify(err)
	}
	return err
}

func locked() *models.Error {
	return models.Errorf(models.Unavailable, "", "The database is locked by another program, nothing was written.").
		WithAdvice("Try again in a moment.").WithCode("databaseBusy")
}

func uniqueViolation(err error) (string, bool) {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "23505" {
		return pg.ConstraintName, true
	}
	var lite sqlite3.Error
	if errors.As(err, &lite) && lite.Code == sqlite3.ErrConstraint &&
		(lite.ExtendedCode == sqlite3.ErrConstraintUnique || lite.ExtendedCode == sqlite3.ErrConstraintPrimaryKey) {
		return lite.Error(), true
	}
	return "", false
}

func full(err error) bool {
	if lite, ok := errors.AsType[sqlite3.Error](err); ok {
		return lite.Code == sqlite3.ErrFull || lite.Code == sqlite3.ErrIoErr
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "53100"
}

func busy(err error) bool {
	var lite sqlite3.Error
	return errors.As(err, &lite) && (lite.Code == sqlite3.ErrBusy || lite.Code == sqlite3.ErrLocked)
}

// away tells whether PostgreSQL cannot be reached or is going down. Whoever asked and then
// gave up found nothing out about that.
func away(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return slices.Contains([]string{"57P01", "57P02", "57P03", "53300"}, pg.Code)
	}
	// The connection was closed before anything was sent, and not for want of time.
	return pgconn.SafeToRetry(err) && !errors.Is(err, context.DeadlineExceeded)
}

// broken tells whether the connection to PostgreSQL was lost while it was used: what was
// under way may have been done, or not.
func broken(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, syscall.ETIMEDOUT) || errors.Is(err, driver.ErrBadConn)
}

// corrupt tells whether SQLite found what it would never write itself.
func corrupt(err error) bool {
	lite, ok := errors.AsType[sqlite3.Error](err)
	return ok && (lite.Code == sqlite3.ErrCorrupt || lite.Code == sqlite3.ErrNotADB)
}

// readOnly tells whether the database takes no writes: a file or file system that may
// only be read, or a PostgreSQL server that follows another.
func readOnly(err error) bool {
	if lite, ok := errors.AsType[sqlite3.Error](err); ok {
		return lite.Code == sqlite3.ErrReadonly || lite.Code == sqlite3.ErrCantOpen
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "25006"
}

// again tells whether PostgreSQL gave up a transaction that may simply be run
// once more: a deadlock, a serialization failure, a lock that others held for
// longer than the writer waits, or this program, which stood still in its midst.
func again(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01" || pg.Code == "55P03" || pg.Code == "25P03")
}

// storable refuses what one engine would take and the other not: PostgreSQL knows
// no text with the character U+0000. attr is the first attribute that has it.
func storable(attributes models.Attributes) error {
	for name, value := range attributes {
		if hasNUL(value) {
			return models.Errorf(models.Invalid, name, "The value of %s has the character U+0000, which cannot be stored.", name).
				WithAdvice("Send the value without it.").WithCode("unstorable")
		}
	}
	return nil
}

func hasNUL(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.IndexByte(v, 0) >= 0
	case map[string]any:
		for _, inner := range v {
			if hasNUL(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasNUL)
	}
	return false
}
