package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"muster/models"
)

const hour = models.Time(time.Hour / time.Millisecond)

// countable tells whether counters, which know action, status, initiator and
// hour, can answer the query exactly.
func countable(q models.LogQuery) bool {
	return strings.TrimSpace(q.Search) == "" && q.TargetID == "" && q.CycleID == 0 && q.RequestID == "" && q.Code == ""
}

// logTotal adds the whole hours from the counters and the two broken hours at the
// ends of the range from the entries.
func (r Reader) logTotal(ctx context.Context, organization int64, q models.LogQuery) (int64, error) {
	if q.To != 0 && q.From >= q.To {
		return 0, nil
	}
	inner := q
	edges := []models.LogQuery{}
	if q.From%hour != 0 {
		inner.From = q.From.Hour() + hour
		edge := q
		edge.To = earlier(inner.From, q.To)
		edges = append(edges, edge)
	}
	if q.To%hour != 0 && q.To > inner.From {
		inner.To = q.To.Hour()
		edge := q
		edge.From = inner.To
		edges = append(edges, edge)
	}
	var total int64
	add := func(_ int, _ models.Outcome, n int64) { total += n }
	if inner.To == 0 || inner.From < inner.To {
		if err := r.eachLogTally(ctx, organization, inner, slot{}, add); err != nil {
			return 0, err
		}
	}
	for _, edge := range edges {
		if err := r.eachLogEntry(ctx, organization, edge, slot{}, add); err != nil {
			return 0, err
		}
	}
	return total, nil
}

func earlier(a, b models.Time) models.Time {
	if b != 0 && b < a {
		return b
	}
	return a
}

// LogHistogram gives how many entries each of n equal spans between From and To
// has, by status. Spans of an hour and more come from hourly counters where those
// know the filters; an hour that lies across two spans counts in the first. Else
// the entries themselves are counted, the newest histogramMost of them.
func (r Reader) LogHistogram(ctx context.Context, organization int64, q models.LogQuery, n int) ([]models.Bucket, error) {
	buckets := spans(q.From, q.To, n)
	if len(buckets) == 0 {
		return nil, nil
	}
	put := func(i int, status models.Outcome, count int64) {
		buckets[min(max(i, 0), len(buckets)-1)].ByStatus[status] += count
	}
	by := slot{from: q.From, length: q.To - q.From, count: int64(n)}
	if countable(q) && (q.To-q.From)/models.Time(n) >= hour {
		coarse := q
		coarse.From = q.From.Hour()
		return buckets, r.eachLogTally(ctx, organization, coarse, by, put)
	}
	return buckets, r.eachLogEntry(ctx, organization, q, by, put)
}

func spans(from, to models.Time, n int) []models.Bucket {
	if n <= 0 || to <= from {
		return nil
	}
	// Rounded up, so that a bar begins where slot begins to count for it.
	edge := func(i int) models.Time {
		return from + (to-from)*models.Time(i)/models.Time(n) + models.Time(min(1, int64(to-from)*int64(i)%int64(n)))
	}
	out := make([]models.Bucket, n)
	for i := range out {
		out[i] = models.Bucket{Start: edge(i), End: edge(i + 1), ByStatus: map[models.Outcome]int64{}}
	}
	return out
}

// slot groups instants into equal spans; the zero slot is one span for all.
type slot struct {
	from, length models.Time
	count        int64
}

func (s slot) of(column string) string {
	if s.length == 0 {
		return "0"
	}
	return fmt.Sprintf("((%s - %d) * %d / %d)", column, s.from, s.count, s.length)
}

func (r Reader) eachLogTally(ctx context.Context, organization int64, q models.LogQuery, by slot, fn func(int, models.Outcome, int64)) error {
	for _, prefix := range logPrefixes(q) {
		rows, err := r.talliedBy(ctx, organization, prefix, q.From, q.To, by)
		if err != nil {
			return err
		}
		for _, row := range rows {
			status := models.Outcome(row.Name[strings.LastIndexByte(row.Name, '|')+1:])
			if len(q.Statuses) == 0 || slices.Contains(q.Statuses, status) {
				fn(int(row.Slot), status, row.Value)
			}
		}
	}
	return nil
}

const (
	// histogramMost bounds how many entries of each action and status a histogram
	// that counters cannot answer reads: the newest of them.
	histogramMost = 50000
	// histogramWalk bounds how many of the newest entries one by a frequent name
	// looks through.
	histogramWalk = 10000
)

// eachLogEntry counts entries by status and slot. Ranges by action and status are
// counted inside their index, without touching the entries.
func (r Reader) eachLogEntry(ctx context.Context, organization int64, q models.LogQuery, by slot, fn func(int, models.Outcome, int64)) error {
	if strings.TrimSpace(q.Search) == "" && len(q.Actions)+len(q.Statuses) == 0 {
		q.Actions = models.Actions()
	}
	asked, err := r.logSearch(ctx, organization, q)
	if err != nil {
		return err
	}
	ranges, _, err := r.logRanges(ctx, organization, asked, logSeek{}, histogramWalk)
	if err != nil {
		return err
	}
	var parts []string
	var args []any
	for i, c := range ranges {
		parts = append(parts, fmt.Sprintf("SELECT * FROM (SELECT at, status, id FROM log_entries WHERE %s%s LIMIT %d) AS r%d", c.sql, logSeek{}.order(c), histogramMost, i))
		args = append(args, c.args...)
	}
	union := " UNION ALL "
	if _, overlap := searchedID(q.Search); overlap || len(asked.named) > 0 {
		union = " UNION "
	}
	var rows []struct {
		Slot   int64
		Status models.Outcome
		N      int64
	}
	err = r.q(ctx).Raw("SELECT "+by.of("at")+" AS slot, status, count(*) AS n FROM ("+strings.Join(parts, union)+") AS f GROUP BY 1, 2", args...).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("count the provisioning log: %w", err)
	}
	for _, row := range rows {
		fn(int(row.Slot), row.Status, row.N)
	}
	return nil
}

// LogFacets counts entries by action and by status over the hours that a range of
// time touches.
func (r Reader) LogFacets(ctx context.Context, organization int64, q models.LogQuery) (map[models.Action]int64, map[models.Outcome]int64, error) {
	rows, err := r.tallied(ctx, organization, byAction, q.From.Hour(), q.To)
	if err != nil {
		return nil, nil, err
	}
	actions, outcomes := map[models.Action]int64{}, map[models.Outcome]int64{}
	for _, row := range rows {
		action, status, _ := strings.Cut(strings.TrimPrefix(row.Name, byAction), "|")
		actions[models.Action(action)] += row.Value
		outcomes[models.Outcome(status)] += row.Value
	}
	return actions, outcomes, nil
}
