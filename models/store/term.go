package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"muster/models"
)

// A term is the time in which a method is in charge. Whom the method takes over holds
// its term; when the term ends, all who hold it are manual, and when a change is taken
// back it stands for its method again. Both write one row, for ten users as for a
// million, and leave theirs as they are.

type terms []models.Term

// stands tells what manages those who hold a term.
func (t terms) stands(name string) models.Method {
	for _, one := range t {
		if one.Term == name {
			return one.Method
		}
	}
	return methodOf(name)
}

// methodOf is the method that a term was made for.
func methodOf(name string) models.Method {
	method, _, _ := strings.Cut(name, models.TermMark)
	return models.Method(method)
}

// latest is the term that a record holds which a method takes over now.
func (t terms) latest(m models.Method) string {
	for _, one := range t {
		if one.Latest && methodOf(one.Term) == m {
			return one.Term
		}
	}
	return string(m)
}

// next is a term that a method has not had yet.
func (t terms) next(m models.Method) string {
	last := 1
	for _, one := range t {
		method, number, _ := strings.Cut(one.Term, models.TermMark)
		if n, err := strconv.Atoi(number); err == nil && models.Method(method) == m {
			last = max(last, n)
		}
	}
	return string(m) + models.TermMark + strconv.Itoa(last+1)
}

func (r Reader) terms(ctx context.Context, organization int64) (terms, error) {
	list, err := read[models.Term](ctx, r, "SELECT term, method, latest FROM terms WHERE organization_id = ? ORDER BY term", organization)
	if err != nil {
		return nil, fmt.Errorf("read who was in charge when: %w", err)
	}
	return list, nil
}

// SQL about terms. Everywhere a row is read, method says what manages it now; the
// rule and the removal held back of an ended term do not show.
var (
	userTerm = `users.mode, ` + modeOf("users") + ` AS method, ` + unless("mapping_id", "0") + `, ` + unless("staged", "''") + `, ` +
		unless("staged_at", "0")
	groupTerm = "groups.mode, " + modeOf("groups") + " AS method"
	// userReleased tells that a user's term has ended.
	userReleased = `(users.mode <> 'manual' AND EXISTS (SELECT 1 FROM terms t WHERE t.organization_id = users.organization_id AND t.term = users.mode AND t.method = 'manual'))`
)

// unreleased is the condition that leaves out users whose term has ended, behind others.
// Where nobody holds such a term, as counters tell, it is none: what an index holds is
// then told by it alone, without a look at each user.
func (r Reader) unreleased(ctx context.Context, organization int64) (string, error) {
	rows, err := r.tallied(ctx, organization, userTally, 0, 0)
	if err != nil {
		return "", err
	}
	list, err := r.terms(ctx, organization)
	if err != nil {
		return "", err
	}
	for _, row := range rows {
		_, term, _ := strings.Cut(strings.TrimPrefix(row.Name, userTally), "|")
		if row.Value != 0 && term != string(models.Manual) && list.stands(term) == models.Manual {
			return " AND NOT " + userReleased, nil
		}
	}
	return "", nil
}

// termsOf are the terms that stand for a method now, for an organization and it.
const (
	termsOf   = "(SELECT t.term FROM terms t WHERE t.organization_id = ? AND t.method = ?)"
	termsSaid = "(SELECT t.term FROM terms t WHERE t.organization_id = # AND t.method = #)"
)

// modeOf is what manages a user or group.
func modeOf(table string) string {
	return `coalesce((SELECT t.method FROM terms t WHERE t.organization_id = ` + table + `.organization_id AND t.term = ` + table + `.mode), ` + table + `.mode)`
}

// unless is a column of users that an ended term empties.
func unless(column, empty string) string {
	return `CASE WHEN users.` + column + ` = ` + empty + ` OR NOT ` + userReleased + ` THEN users.` + column + ` ELSE ` + empty + ` END AS ` + column
}

// terms are read once for the changes that the writer takes together: nobody else
// begins or ends one.
func (tx *Tx) known(organization int64) (terms, error) {
	if list, ok := tx.orgs.terms[organization]; ok {
		return list, nil
	}
	list, err := tx.terms(tx.ctx, organization)
	if err == nil {
		tx.orgs.keepTerms(organization, list)
	}
	return list, err
}

// term is what a record holds that a method takes over now. Nobody ever ends manual.
func (tx *Tx) term(organization int64, m models.Method) (string, error) {
	if m == models.Manual {
		return string(m), nil
	}
	list, err := tx.known(organization)
	return list.latest(m), err
}

// holding is how a record stands: what manages it, its term, and the one that had
// ended when it was written before.
type holding struct {
	mode           models.Method
	term, released string
}

// hold gives the term of a record that is written. Who held one that has ended does
// not go back with it from now on: the record tells which it was.
func (tx *Tx) hold(organization int64, old holding, now models.Method) (holding, error) {
	ended := old.mode == models.Manual && old.term != string(models.Manual)
	if old.mode == now && !ended {
		return old, nil
	}
	name, err := tx.term(organization, now)
	if err != nil {
		return old, err
	}
	held := holding{now, name, old.released}
	if ended {
		held.released = old.term
	}
	if held.released == name { // the method has them again in the term that they had left
		held.released = ""
	}
	return held, nil
}

func with(columns []string, more ...string) []string {
	for _, c := range more {
		if !slices.Contains(columns, c) {
			columns = append(columns, c)
		}
	}
	return columns
}

// begin writes what a fresh organization's terms are.
func (tx *Tx) beginTerms(organization int64) error {
	for _, m := range models.Methods() {
		if _, err := tx.exec("INSERT INTO terms (organization_id, term, method, latest) VALUES (?, ?, ?, ?)", organization, string(m), string(m), true); err != nil {
			return fmt.Errorf("begin the terms of an organization: %w", classify(err))
		}
	}
	return nil
}

// Held counts who holds a term, in all states.
type Held struct {
	Users  int64
	Groups int64
}

// Holders counts who holds a term now, from counters.
func (r Reader) Holders(ctx context.Context, organization int64, name string) (Held, error) {
	var h Held
	rows, err := r.tallied(ctx, organization, userTally, 0, 0)
	if err != nil {
		return h, err
	}
	for _, row := range rows {
		if _, t, _ := strings.Cut(strings.TrimPrefix(row.Name, userTally), "|"); t == name {
			h.Users += row.Value
		}
	}
	if rows, err = r.tallied(ctx, organization, groupTally, 0, 0); err != nil {
		return h, err
	}
	for _, row := range rows {
		if row.Name == groupTally+name {
			h.Groups += row.Value
		}
	}
	return h, nil
}

// TermOf is the term in which a method takes records over now.
func (r Reader) TermOf(ctx context.Context, organization int64, m models.Method) (string, error) {
	list, err := r.terms(ctx, organization)
	return list.latest(m), err
}

// EndTerm makes all who hold a term manual, and lets its method begin another when it
// takes somebody over again. It writes no user and no group.
func (tx *Tx) EndTerm(organization int64, name string) error {
	list, err := tx.terms(tx.ctx, organization)
	if err != nil {
		return err
	}
	m := methodOf(name)
	if m == models.Manual {
		return nil
	}
	_, err = tx.exec("UPDATE terms SET method = ?, latest = ? WHERE organization_id = ? AND term = ?", string(models.Manual), false, organization, name)
	if err == nil && list.latest(m) == name {
		_, err = tx.exec("INSERT INTO terms (organization_id, term, method, latest) VALUES (?, ?, ?, ?)", organization, list.next(m), string(m), true)
	}
	if err == nil {
		err = tx.outdate(organization)
	}
	if err != nil {
		return fmt.Errorf("end a term: %w", classify(err))
	}
	return nil
}

// ResumeTerm lets a term that was ended stand for its method again, with all who hold
// it still.
func (tx *Tx) ResumeTerm(organization int64, name string) error {
	m := methodOf(name)
	if m == models.Manual {
		return nil
	}
	list, err := tx.terms(tx.ctx, organization)
	if err != nil {
		return err
	}
	if latest := list.latest(m); latest != name {
		_, err = tx.exec("UPDATE terms SET method = ?, latest = ? WHERE organization_id = ? AND term = ?", string(models.Manual), false, organization, latest)
	}
	if err == nil {
		_, err = tx.exec("UPDATE terms SET method = ?, latest = ? WHERE organization_id = ? AND term = ?", string(m), true, organization, name)
	}
	if err == nil {
		err = tx.outdate(organization)
	}
	if err != nil {
		return fmt.Errorf("resume a term: %w", classify(err))
	}
	return nil
}

func (o *orgs) keepTerms(organization int64, list terms) {
	if o.terms == nil {
		o.terms = map[int64]terms{}
	}
	o.terms[organization] = list
}
