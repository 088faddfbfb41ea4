package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"muster/models"
	"muster/models/filter"
)

const (
	// scanMost is how many resources an organization may have for a filter or an
	// order that no index answers.
	scanMost = 200_000
	// findTime bounds how long any search may take.
	findTime = 5 * time.Second
)

// FindUsers gives a page of the users that SCIM shows, exactly those that
// filter.Match would choose. They have their keys, names, anchor, mode, status,
// manager, document, version and times; the rest of the columns is not read.
func (r Reader) FindUsers(ctx context.Context, organization int64, q models.Query) (models.Found[models.User], error) {
	s := search[models.User]{reader: r, columns: foundUser, key: func(u models.User) int64 { return u.Key }}
	s.compiler = compiler{dialect{r.engine}, userNoun(), organization, q.Base, q.Types, false}
	s.shown, s.inOrder = said{sql: s.dialect.shown("users")}, said{sql: r.shown()}
	s.count = func(ctx context.Context, f filter.Expr) (int64, bool, error) { return r.countShown(ctx, s.compiler, f) }
	return s.run(ctx, q)
}

// FindGroups gives a page of groups, exactly those that filter.Match would choose,
// without their notes and the anchors of other methods.
func (r Reader) FindGroups(ctx context.Context, organization int64, q models.Query) (models.Found[models.Group], error) {
	s := search[models.Group]{reader: r, columns: foundGroup, key: func(g models.Group) int64 { return g.Key }}
	s.compiler = compiler{dialect{r.engine}, groupNoun(), organization, q.Base, q.Types, false}
	s.shown, s.inOrder = yes(), yes()
	s.count = func(ctx context.Context, f filter.Expr) (int64, bool, error) {
		counts, err := r.GroupCounts(ctx, organization)
		return counts[""], f == nil, err
	}
	return s.run(ctx, q)
}

// What a page reads: what a resource is shown with, and no more, because reading
// is most of what a look-up costs.
var (
	foundUser = `users.id, users.public_id, users.organization_id, users.user_name, users.manager_id, users.external_id, users.status,
		users.document, users.version, users.created, users.updated, ` + modeOf("users") + ` AS method, ` + unless("staged", "''")
	foundGroup = `groups.id, groups.public_id, groups.organization_id, groups.display_name, groups.external_id, groups.member_count,
		groups.document, groups.version, groups.created, groups.updated, ` + modeOf("groups") + ` AS method`
)

// search is one search for resources.
type search[T any] struct {
	compiler
	reader  Reader
	columns string
	shown   said
	key     func(T) int64
	// count gives a total from counters: of all, and, when known is set, of those
	// that the filter selects.
	count func(ctx context.Context, f filter.Expr) (n int64, known bool, err error)

	inOrder said // shown where nothing but it and the key lead

	by    narrow
	from  said // the table, or what leads to it in order
	where said
	exact bool // the index finds what the filter chooses and no others
	order ordering
	id    said
}

// finding is a resource with its sort key.
type finding[T any] struct {
	Item   T `gorm:"embedded"`
	Place  string
	Number int64
}

func (s search[T]) run(ctx context.Context, q models.Query) (models.Found[T], error) {
	what := node{is: yes()}
	if q.Filter != nil {
		what = s.compile(q.Filter)
	}
	at := seek{Query: s.fingerprint(q), Total: -1}
	if q.ByCursor && q.Cursor != "" {
		var err error
		if at, err = parseSeek(q.Cursor, at.Query); err != nil {
			return models.Found[T]{}, err
		}
	}
	if what.is.sql == never {
		return models.Found[T]{}, nil
	}
	what, err := s.fewest(ctx, what, q.Filter)
	if err != nil {
		return models.Found[T]{}, err
	}
	s.plan(what, q.Sort)
	wide, err := s.bounded(ctx, what, q)
	if err != nil {
		return models.Found[T]{}, err
	}
	if wide {
		done, err := s.reader.wide.enter(ctx)
		if err != nil {
			return models.Found[T]{}, err
		}
		defer done()
	}
	limit := findTime
	if q.Most > 0 {
		limit = q.Most
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, err := s.answer(timed, what, q, at)
	if err != nil && timed.Err() != nil && ctx.Err() == nil {
		return out, tooWide("The search was given up after %v.", limit)
	}
	return out, err
}

// plan puts the condition together. The columns that an index of the filter does
// not need stand as expressions, which keeps the planner at that index.
func (s *search[T]) plan(what node, by models.Sort) {
	s.by, s.order, s.id, s.from = what.by, s.sort(by), s.column("id"), said{sql: s.table}
	s.exact = !s.by.none() && what.is.sql == s.belongs(s.by).sql
	if s.order.key.none() && !s.by.line.none() {
		s.inLine(what)
		return
	}
	organization := s.column("organization_id")
	switch {
	case s.by.none() && s.order.global && s.engine == sqliteEngine:
		s.where = say("# + 0 = #", organization, s.organization)
	case s.by.none():
		s.where = say("# = #", organization, s.organization)
	case !s.by.own.none():
		s.where = say("# = # AND #", organization, s.organization, s.by.own)
	default:
		s.where = say("# + 0 = # AND #", organization, s.organization, s.belongs(s.by))
	}
	if what.is.sql != always && !s.exact {
		s.where = say("# AND #", s.where, what.is)
	}
	shown := s.shown
	if s.by.none() && s.order.key.none() {
		shown = s.inOrder
	}
	s.where = and(shown, s.where)
	if !s.by.none() {
		s.order, s.id = s.order.plain(s.id)
	}
}

// bounded refuses, before any work is done, what would read through a large
// organization, and tells of what is left whether it reads through all of a smaller one.
func (s search[T]) bounded(ctx context.Context, what node, q models.Query) (wide bool, err error) {
	filtered := what.is.sql != always && s.by.none()
	sorted := !s.order.key.none() && !s.order.indexed && s.by.none()
	if !filtered && !sorted {
		return false, nil
	}
	if _, known, err := s.count(ctx, q.Filter); err != nil || known && !sorted {
		return false, err
	}
	n, _, err := s.count(ctx, nil)
	most := int64(scanMost)
	if q.ScanMost > 0 {
		most = q.ScanMost
	}
	if err != nil || n <= most {
		return true, err
	}
	if !filtered {
		return false, s.tooLarge("sortBy", "No index gives the order by %s, and the organization has %d %ss, more than the %d that can be sorted for one request.", q.Sort.Path, n, s.name, most)
	}
	return false, s.tooLarge("filter", "No index answers the filter, and the organization has %d %ss, more than the %d that can be read through for one request.", n, s.name, most)
}

func (s search[T]) tooLarge(attr, format string, args ...any) *models.Error {
	helps := "userName, externalId, id, emails, phoneNumbers, displayName, name.familyName, name.givenName, employeeNumber, department, title, manager, groups, meta.lastModified or an attribute of your own"
	if s.table == "groups" {
		helps = "displayName, externalId, id, members or meta.lastModified"
	}
	e := models.Errorf(models.TooManyFound, attr, format, args...).WithCode("filterTooWide")
	return e.WithAdvice("Ask with eq or sw for %s, alone or joined to the rest with and.", helps)
}

func tooWide(format string, args ...any) *models.Error {
	return models.Errorf(models.TooManyFound, "filter", format, args...).
		WithAdvice("Narrow the filter, for example by userName, externalId, emails or displayName with eq.").WithCode("filterTooWide")
}

func (s search[T]) answer(ctx context.Context, what node, q models.Query, at seek) (models.Found[T], error) {
	seeking := q.ByCursor && q.Cursor != ""
	rows, err := s.rows(ctx, q, at, seeking)
	if err != nil {
		return models.Found[T]{}, err
	}
	start := max(q.Start, 1)
	if q.ByCursor {
		start = 1
	}
	more := len(rows) > q.Count
	rows = rows[:min(len(rows), max(q.Count, 0))]
	if at.Total < 0 {
		switch n := len(rows); {
		case what.is.sql == always:
			at.Total, _, err = s.count(ctx, nil)
		case !more && q.Count > 0 && !seeking && (n > 0 || start == 1):
			at.Total = int64(start - 1 + n) // a page that is not full tells
		default:
			at.Total, err = s.total(ctx, q)
		}
		if err != nil {
			return models.Found[T]{}, err
		}
	}
	out := models.Found[T]{Total: at.Total}
	if len(rows) == 0 {
		return out, nil
	}
	back := seeking && at.Back
	if back {
		slices.Reverse(rows)
	}
	for i := range rows {
		out.Items = append(out.Items, rows[i].Item)
	}
	if q.Placed {
		for _, row := range rows {
			place := s.order.place(row.Place, row.Number)
			place.Cursor = s.beside(row, at, false)
			out.Places = append(out.Places, place)
		}
	}
	if more || back {
		out.Next = s.beside(rows[len(rows)-1], at, false)
	}
	if back && more || !back && (seeking || start > 1) {
		out.Prev = s.beside(rows[0], at, true)
	}
	return out, nil
}

func (s search[T]) beside(row finding[T], at seek, back bool) string {
	at.Text, at.Number, at.Key, at.Back = row.Place, row.Number, s.key(row.Item), back
	return at.String()
}

// rows reads the page and one row more, which tells whether there is another page.
func (s search[T]) rows(ctx context.Context, q models.Query, at seek, seeking bool) ([]finding[T], error) {
	if q.Count <= 0 {
		return nil, nil
	}
	place := said{sql: "'' AS place, 0 AS number"}
	switch {
	case s.order.key.none():
	case s.order.number:
		place = say("'' AS place, # AS number", s.order.key)
	default:
		place = say("# AS place, 0 AS number", s.order.key)
	}
	where := s.where
	if seeking {
		where = say("# AND #", where, s.order.after(s.id, at.Back, at))
	}
	text := say("SELECT "+s.columns+", # FROM # # # ORDER BY #"+limited(q.Count+1), place, s.from, s.joint(), where, s.order.by(s.id, seeking && at.Back))
	switch {
	case s.aside():
		text = say("SELECT "+s.columns+", # FROM users WHERE users.id IN (#) ORDER BY #", place, s.inIndex(q, at, seeking), s.order.by(said{sql: "users.id"}, seeking && at.Back))
	case q.ByCursor || q.Start <= 1:
	case s.far(q):
		text = say("SELECT "+s.columns+", # FROM users WHERE users.id IN (#) ORDER BY #", place, s.skipped(q), s.order.by(s.id, false))
	default:
		text = say("# OFFSET #", text, q.Start-1)
	}
	look := scan[finding[T]]
	if !s.by.none() && s.by.rank == rankOne {
		look = read[finding[T]]
	}
	rows, err := look(ctx, s.reader, text.sql, text.args...)
	if err != nil {
		return nil, gone(ctx, fmt.Errorf("find %s: %w", s.table, err))
	}
	return rows, nil
}

// joint is what stands between from and where.
func (s search[T]) joint() said {
	if s.from.sql == s.table {
		return said{sql: "WHERE"}
	}
	return said{sql: "AND"}
}

// gone keeps the end of a context apart from a fault of the database.
func gone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	return classify(err)
}
