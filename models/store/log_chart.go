package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"muster/models"
)

// countable tells whether the hourly counters can answer the query exactly: they
// know action, status, initiator and whole hours.
func countable(q models.LogQuery) bool {
	whole := time.Hour.Milliseconds()
	return q.Search == "" && q.TargetID == "" && q.CycleID == 0 && q.RequestID == "" &&
		int64(q.From)%whole == 0 && int64(q.To)%whole == 0
}

func (r Reader) logTotal(ctx context.Context, organization int64, q models.LogQuery) (int64, error) {
	var total int64
	err := r.eachLogTally(ctx, organization, q, func(_ models.Time, _ models.Outcome, n int64) { total += n })
	return total, err
}

// LogHistogram gives how many entries each of n equal spans between From and To
// has, by status. It answers from hourly counters where the query allows, and
// otherwise from at most histogramMost of the entries themselves.
func (r Reader) LogHistogram(ctx context.Context, organization int64, q models.LogQuery, n int) ([]models.Bucket, error) {
	buckets := spans(q.From, q.To, n)
	if len(buckets) == 0 {
		return nil, nil
	}
	put := func(at models.Time, status models.Outcome, count int64) {
		i := int(int64(at-q.From) * int64(len(buckets)) / int64(q.To-q.From))
		buckets[min(max(i, 0), len(buckets)-1)].ByStatus[status] += count
	}
	span := time.Duration(buckets[0].End-buckets[0].Start) * time.Millisecond
	if coarse := q; span >= time.Hour {
		coarse.From, coarse.To = q.From.Hour(), q.To
		if coarse.To%models.Time(time.Hour.Milliseconds()) != 0 {
			coarse.To = q.To.Hour().Add(time.Hour)
		}
		if countable(coarse) {
			return buckets, r.eachLogTally(ctx, organization, coarse, put)
		}
	}
	return buckets, r.eachLogTime(ctx, organization, q, put)
}

func spans(from, to models.Time, n int) []models.Bucket {
	if n <= 0 || to <= from {
		return nil
	}
	out := make([]models.Bucket, n)
	for i := range out {
		start := from + models.Time(int64(to-from)*int64(i)/int64(n))
		end := from + models.Time(int64(to-from)*int64(i+1)/int64(n))
		out[i] = models.Bucket{Start: start, End: end, ByStatus: map[models.Outcome]int64{}}
	}
	return out
}

func (r Reader) eachLogTally(ctx context.Context, organization int64, q models.LogQuery, fn func(models.Time, models.Outcome, int64)) error {
	rows, err := r.tallied(ctx, organization, logTally, q.From, q.To)
	if err != nil {
		return err
	}
	for _, row := range rows {
		parts := strings.SplitN(row.Name, "|", 4)
		if len(parts) != 4 {
			continue
		}
		action, status := models.Action(parts[1]), models.Outcome(parts[2])
		if len(q.Actions) > 0 && !slices.Contains(q.Actions, action) ||
			len(q.Statuses) > 0 && !slices.Contains(q.Statuses, status) ||
			q.InitiatorID != "" && q.InitiatorID != parts[3] {
			continue
		}
		fn(models.Time(row.Bucket), status, row.Value)
	}
	return nil
}

// histogramMost bounds how many entries a histogram that counters cannot answer
// reads; it then shows the newest of them.
const histogramMost = 20000

func (r Reader) eachLogTime(ctx context.Context, organization int64, q models.LogQuery, fn func(models.Time, models.Outcome, int64)) error {
	db, err := r.logWhere(ctx, organization, q)
	if err != nil {
		return err
	}
	var rows []struct {
		At     models.Time
		Status models.Outcome
	}
	if err := db.Select("at, status").Order("id DESC").Limit(histogramMost).Find(&rows).Error; err != nil {
		return classify(err)
	}
	for _, row := range rows {
		fn(row.At, row.Status, 1)
	}
	return nil
}

// LogFacets counts entries by action and by status over a range of whole hours.
func (r Reader) LogFacets(ctx context.Context, organization int64, q models.LogQuery) (map[models.Action]int64, map[models.Outcome]int64, error) {
	from, to := q.From.Hour(), q.To
	rows, err := r.tallied(ctx, organization, logTally, from, to)
	if err != nil {
		return nil, nil, err
	}
	actions, outcomes := map[models.Action]int64{}, map[models.Outcome]int64{}
	for _, row := range rows {
		if parts := strings.SplitN(row.Name, "|", 4); len(parts) == 4 {
			actions[models.Action(parts[1])] += row.Value
			outcomes[models.Outcome(parts[2])] += row.Value
		}
	}
	return actions, outcomes, nil
}
