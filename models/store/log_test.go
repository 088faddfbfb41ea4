package store_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"muster/models"
	"muster/models/filter"
	"muster/models/store"
	"muster/models/store/storetest"
)

const minute = models.Time(60_000)

// someLog writes entries whose times go up and down, with ties, in two
// organizations, and gives those of the first.
func someLog(t *testing.T, s *store.Store, n int) (int64, []models.LogEntry) {
	t.Helper()
	org := organization(t, s)
	other, err := s.EnsureOrganization(t.Context(), "other", "Fabrikam")
	ok(t, err)
	r := rand.New(rand.NewPCG(5, 6))
	ids := []string{newID(), newID(), newID(), newID(), newID()}
	base := models.TimeOf(time.Date(2026, 3, 1, 10, 7, 0, 0, time.UTC))
	var all []models.LogEntry
	for range n {
		target := r.IntN(len(ids))
		e := models.LogEntry{
			OrganizationID: org, At: base + models.Time(r.IntN(600))*minute, ID: newID(),
			Action: models.Actions()[r.IntN(4)], Status: models.Outcomes()[r.IntN(4)], Source: models.SCIM,
			InitiatorKind: models.TokenActor, InitiatorID: fmt.Sprintf("token-%d", r.IntN(3)), TargetType: models.UserTarget,
			TargetID: ids[target], TargetName: []string{"Ada@x", "ADAM@x", "Bob@x", "Zoë", ""}[target],
			CycleID: int64(r.IntN(3)), Summary: "s", Details: models.LogDetails{Advice: "do"},
		}
		if e.Status != models.Success {
			e.Code = fmt.Sprintf("code%d", e.At/minute%2)
		}
		if r.IntN(2) == 0 {
			e.RequestID = newID()
		}
		if e.TargetName == "" {
			e.TargetID = ""
		}
		all = append(all, e)
	}
	ok(t, s.Provision(t.Context(), func(*store.Tx) ([]models.LogEntry, error) {
		foreign := slices.Clone(all[:20])
		for i := range foreign {
			foreign[i].OrganizationID = other.Key
		}
		return append(foreign, all...), nil
	}))
	stored := 0
	ok(t, s.EachLogEntry(t.Context(), org, models.LogQuery{}, func(list []models.LogEntry) error {
		for _, e := range list {
			i := slices.IndexFunc(all, func(a models.LogEntry) bool { return a.ID == e.ID })
			all[i].Key = e.Key
			stored++
		}
		return nil
	}))
	if stored != n {
		t.Fatalf("%d of %d entries are stored", stored, n)
	}
	slices.SortFunc(all, func(a, b models.LogEntry) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Key, a.Key))
	})
	return org, all
}

// selects is what a log query means, without a database.
func selects(q models.LogQuery, e models.LogEntry) bool {
	search := strings.TrimSpace(q.Search)
	return (len(q.Actions) == 0 || slices.Contains(q.Actions, e.Action)) &&
		(len(q.Statuses) == 0 || slices.Contains(q.Statuses, e.Status)) &&
		(q.InitiatorID == "" || q.InitiatorID == e.InitiatorID) && (q.TargetID == "" || q.TargetID == e.TargetID) &&
		(q.CycleID == 0 || q.CycleID == e.CycleID) && (q.RequestID == "" || q.RequestID == e.RequestID) && (q.Code == "" || q.Code == e.Code) &&
		(q.From == 0 || e.At >= q.From) && (q.To == 0 || e.At < q.To) &&
		(search == "" || strings.HasPrefix(filter.Fold(e.TargetName), filter.Fold(search)) ||
			search == e.ID || search == e.RequestID || search == e.TargetID)
}

// someQuery makes a query of random filters that often hit.
func someQuery(r *rand.Rand, all []models.LogEntry) models.LogQuery {
	e := all[r.IntN(len(all))]
	var q models.LogQuery
	often := func() bool { return r.IntN(4) == 0 }
	if often() {
		q.Actions = []models.Action{e.Action, models.Actions()[r.IntN(4)]}[:1+r.IntN(2)]
	}
	if often() {
		q.Statuses = []models.Outcome{e.Status, models.Warning}[:1+r.IntN(2)]
	}
	if often() {
		q.InitiatorID = e.InitiatorID
	}
	if often() {
		q.TargetID = e.TargetID
	}
	if often() {
		q.CycleID = e.CycleID
	}
	if often() {
		q.RequestID = e.RequestID
	}
	if often() {
		q.Code = e.Code
	}
	if often() {
		q.From = e.At - models.Time(r.IntN(200))*minute
	}
	if often() {
		q.To = e.At + models.Time(r.IntN(200))*minute
	}
	if r.IntN(3) == 0 {
		q.Search = []string{"ada", "a", "ZOE", "zoë", "nobody", e.ID, e.TargetID, e.RequestID, strings.ToUpper(e.TargetName)}[r.IntN(9)]
	}
	return q
}

func TestLogQueriesAgreeWithAnOracle(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org, all := someLog(t, s, 400)
		r := rand.New(rand.NewPCG(7, 8))
		queries := 150
		if testing.Short() || raced {
			queries /= 10
		}
		for i := range queries {
			q := someQuery(r, all)
			var want []string
			for _, e := range all {
				if selects(q, e) {
					want = append(want, e.ID)
				}
			}
			forth, back := pages(t, func(p models.Page) (models.Slice[models.LogEntry], error) {
				q.Page = p
				got, err := s.LogEntries(context.Background(), org, q)
				if got.Total >= 0 && got.Total != int64(len(want)) {
					t.Fatalf("query %d %+v: total %d, want %d", i, q, got.Total, len(want))
				}
				if q.Search == "" && q.TargetID == "" && q.CycleID == 0 && q.RequestID == "" && q.Code == "" && got.Total < 0 {
					t.Errorf("query %d %+v: no total", i, q)
				}
				return got, err
			})
			if diff := gocmp.Diff(want, entryIDs(forth)); diff != "" {
				t.Fatalf("query %d %+v forth:\n%s", i, q, diff)
			}
			if diff := gocmp.Diff(want, entryIDs(back)); diff != "" {
				t.Fatalf("query %d %+v back:\n%s", i, q, diff)
			}
		}
	})
}

func entryIDs(list []models.LogEntry) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.ID)
	}
	return out
}

func TestHistogramsAndFacetsAgreeWithAnOracle(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org, all := someLog(t, s, 400)
		r := rand.New(rand.NewPCG(9, 10))
		first, last := all[len(all)-1].At, all[0].At
		for i := range 120 {
			q := someQuery(r, all)
			q.From, q.To = first, last+1
			if i%2 == 0 {
				q.From, q.To = first.Hour(), (last + 60*minute).Hour()
			}
			n := []int{1, 3, 10, 60}[r.IntN(4)]
			got, err := s.LogHistogram(t.Context(), org, q, n)
			ok(t, err)
			exact := (q.To-q.From)/models.Time(n) < 60*minute || q.Search != "" || q.TargetID != "" || q.CycleID != 0 || q.RequestID != "" || q.Code != ""
			checkHistogram(t, q, got, all, exact)
		}
		actions, outcomes, err := s.LogFacets(t.Context(), org, models.LogQuery{From: first, To: last + 60*minute})
		ok(t, err)
		wantActions, wantOutcomes := map[models.Action]int64{}, map[models.Outcome]int64{}
		for _, e := range all {
			wantActions[e.Action]++
			wantOutcomes[e.Status]++
		}
		if gocmp.Diff(wantActions, actions)+gocmp.Diff(wantOutcomes, outcomes) != "" {
			t.Errorf("facets %v %v, want %v %v", actions, outcomes, wantActions, wantOutcomes)
		}
	})
}

// checkHistogram compares bar by bar where entries are counted, and by the sum
// where whole hours are.
func checkHistogram(t *testing.T, q models.LogQuery, got []models.Bucket, all []models.LogEntry, exact bool) {
	t.Helper()
	sums, wants := map[models.Outcome]int64{}, map[models.Outcome]int64{}
	for _, b := range got {
		want := map[models.Outcome]int64{}
		for _, e := range all {
			if selects(q, e) && e.At >= b.Start && e.At < b.End {
				want[e.Status]++
				wants[e.Status]++
			}
		}
		for st, n := range b.ByStatus {
			sums[st] += n
		}
		if diff := gocmp.Diff(want, b.ByStatus); exact && diff != "" {
			t.Fatalf("%+v bar %d-%d:\n%s", q, b.Start, b.End, diff)
		}
	}
	if diff := gocmp.Diff(wants, sums); diff != "" && (exact || q.From == q.From.Hour()) {
		t.Fatalf("%+v sum:\n%s", q, diff)
	}
}

func TestALogEntryIsReadBackWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		e := models.LogEntry{
			OrganizationID: org, Action: models.ActionUpdate, Status: models.Failure, Source: models.SCIM, CycleID: 3, RequestID: newID(),
			InitiatorKind: models.TokenActor, InitiatorID: "t", InitiatorName: "Entra", TargetType: models.UserTarget, TargetID: newID(), TargetName: "Zoë",
			DurationMicros: 5, Code: "userNameTaken", Summary: "refused", ID: newID(), At: 77,
			Details: models.LogDetails{Steps: []models.Step{{Name: models.StepImport, Status: models.Success, Text: "read"}}, Modified: []models.Change{{Path: "title", Old: "a", New: "b"}}, Notes: []string{"n"}},
		}
		ok(t, s.Provision(t.Context(), func(*store.Tx) ([]models.LogEntry, error) { return []models.LogEntry{e}, nil }))
		got, err := s.LogEntry(t.Context(), org, e.ID)
		ok(t, err)
		e.Key, e.TargetKey = got.Key, "zoë"
		if diff := gocmp.Diff(e, got); diff != "" {
			t.Fatal(diff)
		}
		for search, want := range map[string]int{"": 1, "zo": 1, "x": 0, e.TargetID: 1} {
			tail, err := s.LogSince(t.Context(), org, models.LogQuery{Search: search, Actions: []models.Action{models.ActionUpdate}}, got.Key-1, 10)
			if err != nil || len(tail) != want {
				t.Errorf("tail with search %q: %d entries, %v", search, len(tail), err)
			}
		}
		_, err = s.LogEntry(t.Context(), org+1, e.ID)
		refused(t, err, models.NotFound, "id")
	})
}

func TestPurgingTheLogKeepsCountersEqual(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org, all := someLog(t, s, 300)
		before := all[150].At.Hour()
		removed, err := s.PurgeLog(t.Context(), org, before)
		ok(t, err)
		left := 0
		for _, e := range all {
			if e.At >= before {
				left++
			}
		}
		got, err := s.LogEntries(t.Context(), org, models.LogQuery{Page: models.Page{Limit: 500}})
		if err != nil || len(got.Items) != left || got.Total != int64(left) || removed != int64(len(all)-left) {
			t.Fatalf("%d entries, total %d, removed %d, want %d left of %d: %v", len(got.Items), got.Total, removed, left, len(all), err)
		}
	})
}

// A search by a frequent name goes through the newest entries in bounded steps,
// and its pages together show everything.
func TestASearchByAFrequentNameEndsInSteps(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		org := organization(t, s)
		const frequent, others = 12_500, 45_000
		anna := person(org, "Anna", "Smith", "zed@example.com") // found by her name, whatever her entries say
		create(t, s, anna)
		hers := 1
		base := models.TimeOf(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC))
		write := func(from, n int, name string) {
			for range n / 2500 {
				ok(t, s.Provision(t.Context(), func(*store.Tx) ([]models.LogEntry, error) {
					list := make([]models.LogEntry, 2500)
					for i := range list {
						list[i] = models.LogEntry{OrganizationID: org, At: base + models.Time(from+i/2), Action: models.ActionUpdate, Status: models.Success, TargetName: name}
						if i%1000 == 0 && name == "bob@example.com" {
							list[i].TargetID = anna.ID
							hers++
						}
					}
					from += 1250
					return list, nil
				}))
			}
		}
		write(0, frequent, "anna@example.com")
		write(frequent, others, "bob@example.com")
		seen, steps, capped := 0, 0, false
		for page := (models.Page{Limit: 500}); ; steps++ {
			got, err := s.LogEntries(t.Context(), org, models.LogQuery{Search: "ANNA", Page: page})
			ok(t, err)
			seen, capped = seen+len(got.Items), capped || got.Capped
			if got.Next == "" {
				break
			}
			page.After = got.Next
		}
		if seen != frequent+hers || !capped || steps > 40 {
			t.Errorf("%d of %d and %d seen in %d steps, capped %v", seen, frequent, hers, steps, capped)
		}
		all := 0
		ok(t, s.EachLogEntry(t.Context(), org, models.LogQuery{Search: "anna"}, func(list []models.LogEntry) error { all += len(list); return nil }))
		if all != frequent+hers {
			t.Errorf("an export has %d of %d and %d", all, frequent, hers)
		}
	})
}
