package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"muster/models"
	"muster/models/filter"
)

// condition is a WHERE clause under construction.
type condition struct {
	sql  string
	args []any
}

func (c *condition) and(sql string, args ...any) {
	if c.sql != "" {
		c.sql += " AND "
	}
	c.sql += sql
	c.args = append(slices.Clip(c.args), args...)
}

// logRange is a range of an index of the log. A loose one holds few entries in
// another order than the list's: everything but the range itself then stands as
// an expression, which keeps the planner from walking the log in order instead.
type logRange struct {
	condition
	loose bool
}

func (r logRange) column(name string) string {
	if r.loose {
		return name + " + 0"
	}
	return name
}

func (r logRange) place() string { return r.column("at") + ", " + r.column("id") }

func (r *logRange) between(q models.LogQuery) {
	if q.From != 0 {
		r.and(r.column("at")+" >= ?", q.From)
	}
	if q.To != 0 {
		r.and(r.column("at")+" < ?", q.To)
	}
}

// begins narrows by the beginning of a name, without an index: the concatenation keeps
// the planner off the name index, which would sort.
func (c *condition) begins(name string) {
	key := filter.Fold(name)
	c.and("(target_key || '') >= ? AND (target_key || '') < ?", key, after(key))
}

// searchedID tells whether a search is for an id of any kind.
func searchedID(search string) (string, bool) {
	id, err := uuid.Parse(strings.TrimSpace(search))
	return id.String(), err == nil
}

// logSeek is where a page of the log begins and which way it goes.
type logSeek struct {
	at   cursor
	back bool // towards newer entries
}

func (s logSeek) order(r logRange) string {
	if s.back {
		return " ORDER BY " + r.place()
	}
	return " ORDER BY " + r.column("at") + " DESC, " + r.column("id") + " DESC"
}

func (s logSeek) narrow(r *logRange) {
	compare := " < "
	if s.back {
		compare = " > "
	}
	if s.at != (cursor{}) {
		r.and("("+r.place()+")"+compare+"(?, ?)", s.at.At, s.at.Key)
	}
}

const (
	// searchWindow is where a search by name changes its way: up to so many
	// entries it takes all from the name index, above it walks the newest.
	searchWindow = 12000
	// searchWalk bounds how many entries one page of such a walk looks through.
	searchWalk = 40000
)

// findLog reads one page. Every filter is one or several ranges of an index that
// already lies in the list's order (time, then key); the ranges are merged, so
// that the cost depends on the page, not on how many entries match. floor is the
// time where a bounded search stopped, 0 when it saw everything.
func (r Reader) findLog(ctx context.Context, organization int64, q logSearch, seek logSeek, most int, columns string) (rows []models.LogEntry, floor models.Time, err error) {
	ranges, floor, err := r.logRanges(ctx, organization, q, seek, searchWalk)
	if err != nil {
		return nil, 0, err
	}
	var parts []string
	var args []any
	for i, c := range ranges {
		seek.narrow(&c)
		parts = append(parts, fmt.Sprintf("SELECT * FROM (SELECT id, at FROM log_entries WHERE %s%s LIMIT %d) AS r%d", c.sql, seek.order(c), most, i))
		args = append(args, c.args...)
	}
	sql := "SELECT " + columns + " FROM log_entries WHERE id IN (SELECT id FROM (" + strings.Join(parts, " UNION ") +
		") AS f" + seek.order(logRange{}) + limited(most) + ")" + seek.order(logRange{})
	if err := r.q(ctx).Raw(sql, args...).Find(&rows).Error; err != nil {
		return nil, 0, fmt.Errorf("read the provisioning log: %w", err)
	}
	return rows, floor, nil
}

// within leaves one bound of time on either side, because SQLite uses no more and
// would walk from the looser one: the cursor implies its side of the range.
func (s logSeek) within(q models.LogQuery) models.LogQuery {
	switch {
	case s.at == (cursor{}):
	case s.back && s.at.At >= q.From:
		q.From = 0
	case !s.back && s.at.At < q.To:
		q.To = 0
	}
	return q
}

// until ends the range where a walk stops.
func (s logSeek) until(q models.LogQuery, floor models.Time) models.LogQuery {
	if s.back {
		q.To = earlier(floor+1, q.To)
	} else {
		q.From = max(q.From, floor)
	}
	return q
}

// walkEnd gives the time of the entry where a walk through the log stops.
func (r Reader) walkEnd(ctx context.Context, organization int64, q models.LogQuery, seek logSeek, most int) (models.Time, error) {
	var c logRange
	c.and("organization_id = ?", organization)
	c.between(q)
	seek.narrow(&c)
	var at models.Time
	err := r.q(ctx).Raw("SELECT at FROM log_entries WHERE "+c.sql+seek.order(c)+fmt.Sprintf(" LIMIT 1 OFFSET %d", most), c.args...).Scan(&at).Error
	if err != nil {
		return 0, fmt.Errorf("bound the search of the provisioning log: %w", err)
	}
	return at, nil
}

// logRanges gives the index ranges that together hold what the query selects. A
// search by a frequent name is a walk through so many entries, and floor then the
// time where it stops.
func (r Reader) logRanges(ctx context.Context, organization int64, asked logSearch, seek logSeek, walk int) (ranges []logRange, floor models.Time, err error) {
	q := seek.within(asked.LogQuery)
	if q.Code != "" {
		q.Statuses = coded(q.Statuses)
	}
	search := strings.TrimSpace(q.Search)
	if id, ok := searchedID(search); ok {
		return []logRange{
			logFew(organization, q, "public_id = ?", id),
			logFew(organization, q, "request_id = ? AND request_id <> ''", id),
			logOfTarget(organization, q, id),
		}, 0, nil
	}
	if search == "" {
		return logNarrowed(organization, q), 0, nil
	}
	key := filter.Fold(search)
	n, err := r.bounded(ctx, searchWindow, "log_entries WHERE organization_id = ? AND target_key >= ? AND target_key < ?", organization, key, after(key))
	if err != nil {
		return nil, 0, fmt.Errorf("search the provisioning log: %w", err)
	}
	if n < searchWindow {
		named := logFew(organization, q, "organization_id = ? AND target_key >= ? AND target_key < ?", organization, key, after(key))
		return append(asked.ranges(organization, q), named), 0, nil
	}
	if floor, err = r.walkEnd(ctx, organization, q, seek, walk); err != nil {
		return nil, 0, err
	}
	if floor != 0 {
		q = seek.until(q, floor)
	}
	ranges = logNarrowed(organization, q)
	for i := range ranges {
		ranges[i].begins(search)
	}
	return append(ranges, asked.ranges(organization, q)...), floor, nil
}

// coded leaves the outcomes that have a code: successes, which are nearly all of a log,
// are not looked through for one.
func coded(chosen []models.Outcome) []models.Outcome {
	if len(chosen) > 0 {
		return chosen
	}
	return slices.DeleteFunc(models.Outcomes(), func(o models.Outcome) bool { return o == models.Success })
}

// logNarrowed picks the index by the filters: by target or request when those are
// given, which leaves few; else a range per action and status, within a cycle or
// an initiator; else by time alone.
func logNarrowed(organization int64, q models.LogQuery) []logRange {
	var head logRange
	switch {
	case q.TargetID != "":
		return []logRange{logOfTarget(organization, q, q.TargetID)}
	case q.RequestID != "":
		return []logRange{logFew(organization, q, "request_id = ? AND request_id <> ''", q.RequestID)}
	case q.CycleID != 0:
		head.and("cycle_id = ? AND cycle_id <> 0", q.CycleID)
		if q.InitiatorID != "" {
			head.and("(initiator_id || '') = ?", q.InitiatorID)
		}
		head.and("organization_id + 0 = ?", organization)
	case q.InitiatorID != "":
		head.and("organization_id = ? AND initiator_id = ?", organization, q.InitiatorID)
	case len(q.Actions)+len(q.Statuses) > 0:
		head.and("organization_id = ?", organization)
	default:
		head.and("organization_id = ?", organization)
		head.between(q)
		return []logRange{head}
	}
	return logCells(head, q)
}

// logCells splits a range into one per action and status.
func logCells(head logRange, q models.LogQuery) []logRange {
	var cells []logRange
	for _, action := range either(q.Actions, models.Actions()) {
		for _, status := range either(q.Statuses, models.Outcomes()) {
			c := head
			c.and("action = ? AND status = ?", action, status)
			c.code(q)
			c.between(q)
			cells = append(cells, c)
		}
	}
	return cells
}

// either gives the chosen values, each once, or all.
func either[T cmp.Ordered](chosen, all []T) []T {
	if len(chosen) == 0 {
		return all
	}
	return slices.Compact(slices.Sorted(slices.Values(chosen)))
}

// logFew is a range of few entries that is sorted, with all filters behind it.
func logFew(organization int64, q models.LogQuery, sql string, args ...any) logRange {
	few := logRange{loose: true}
	few.and(sql, args...)
	few.and("organization_id + 0 = ?", organization)
	few.filter(q, true)
	few.between(q)
	return few
}

// logOfTarget is the history of one record, in order. The organization stands as
// an expression, or the planner would take a narrow range of time instead.
func logOfTarget(organization int64, q models.LogQuery, id string) logRange {
	var own logRange
	own.and("target_id = ? AND target_id <> '' AND organization_id + 0 = ?", id, organization)
	own.filter(q, true)
	own.between(q)
	return own
}

// filter adds every filter but search and time. hidden writes them so that the
// planner does not take them for a better index than the range they stand behind.
func (c *condition) filter(q models.LogQuery, hidden bool) {
	text := func(column string) string {
		if hidden {
			return "(" + column + " || '')"
		}
		return column
	}
	if len(q.Actions) > 0 {
		c.and(text("action")+" IN ?", q.Actions)
	}
	if len(q.Statuses) > 0 {
		c.and(text("status")+" IN ?", q.Statuses)
	}
	if q.InitiatorID != "" {
		c.and(text("initiator_id")+" = ?", q.InitiatorID)
	}
	if q.TargetID != "" {
		c.and(text("target_id")+" = ?", q.TargetID)
	}
	if q.RequestID != "" {
		c.and(text("request_id")+" = ?", q.RequestID)
	}
	if q.CycleID != 0 {
		c.and("cycle_id + 0 = ?", q.CycleID)
	}
	c.code(q)
}

// code narrows by the code of a failure, which no index knows.
func (c *condition) code(q models.LogQuery) {
	if q.Code != "" {
		c.and("code = ?", q.Code)
	}
}
