package store_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"muster/models"
	"muster/models/filter"
	"muster/models/scim"
	"muster/models/store"
	"muster/models/store/storetest"
)

// limit is what every page of the console must be answered in.
const limit = 50 * time.Millisecond

var benchNow = time.Date(2026, time.November, 2, 12, 0, 0, 0, time.UTC)

// BenchmarkMillion measures the reads behind every list and page on a large
// store. MUSTER_BENCH_USERS (default 1,000,000) and MUSTER_BENCH_LOG (default
// 5,000,000) give its size, MUSTER_BENCH_DIR a folder that keeps the seeded file
// for the next run. An operation whose median is over 50 ms fails it: the 99th
// percentile is reported too, but tells as much of a machine's other work.
func BenchmarkMillion(b *testing.B) {
	s, org := million(b)
	for _, op := range operations(b, s, org) {
		b.Run(op.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if err := op.do(b.Context()); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			p50, p99 := took[len(took)/2], took[len(took)*99/100]
			b.ReportMetric(ms(p50), "p50-ms")
			b.ReportMetric(ms(p99), "p99-ms")
			b.Logf("%-60s p50 %8.2f ms   p99 %8.2f ms   best %8.2f ms", op.name, ms(p50), ms(p99), ms(took[0]))
			if p50 > limit {
				b.Errorf("%s takes %v, more than %v", op.name, p50, limit)
			}
		})
	}
}

// million opens the large store, and makes it first if it is not there: the users,
// which alone can be kept for another size of log, and then the log.
func million(b *testing.B) (*store.Store, int64) {
	users, entries := number(b, "MUSTER_BENCH_USERS", 1_000_000), number(b, "MUSTER_BENCH_LOG", 5_000_000)
	dir := cmp.Or(os.Getenv("MUSTER_BENCH_DIR"), b.TempDir())
	file := func(entries int) string { return filepath.Join(dir, fmt.Sprintf("muster-%d-%d.db", users, entries)) }
	if !exists(file(entries)) {
		if !exists(file(0)) {
			build(b, file(0), "users", func(s *store.Store) error {
				_, err := storetest.Seed(b.Context(), s, storetest.Size{Users: users, Groups: max(users/1000, 20)}, benchNow)
				return err
			})
		}
		if err := os.Rename(file(0), file(entries)+".making"); err != nil {
			b.Fatal(err)
		}
		build(b, file(entries), "log", func(s *store.Store) error { return seedLog(b, s, entries) })
	}
	s := openFile(b, file(entries))
	o, err := s.OrganizationBySlug(b.Context(), store.FirstOrganization)
	if err != nil {
		b.Fatal(err)
	}
	return s, o.Key
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// build fills a file under another name, so that half of one is never used.
func build(b *testing.B, file, what string, fill func(*store.Store) error) {
	began := time.Now()
	s := openFile(b, file+".making")
	if err := fill(s); err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	if err := os.Rename(file+".making", file); err != nil {
		b.Fatal(err)
	}
	b.Logf("seeded the %s in %v", what, time.Since(began).Round(time.Second))
}

// seedLog makes the indexes after the rows, which costs a tenth.
func seedLog(b *testing.B, s *store.Store, entries int) error {
	o, err := s.OrganizationBySlug(b.Context(), store.FirstOrganization)
	if err != nil {
		return err
	}
	indexes, err := storetest.SQLite(b).IndexesOf(b.Context(), "log_entries")
	if err != nil {
		return err
	}
	if err := s.RunOnWriter(b.Context(), "PRAGMA temp_store = FILE"); err != nil {
		return err
	}
	for name := range indexes {
		if err := s.Run(b.Context(), "DROP INDEX IF EXISTS "+name); err != nil {
			return err
		}
	}
	if err := storetest.SeedLog(b.Context(), s, o.Key, storetest.Size{Log: entries, Days: 30}, benchNow); err != nil {
		return err
	}
	for _, make := range indexes {
		if err := s.Run(b.Context(), make); err != nil {
			return err
		}
	}
	return nil
}

func openFile(b testing.TB, file string) *store.Store {
	b.Helper()
	s, err := store.Open(context.Background(), store.Options{File: file, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func number(b *testing.B, name string, fallback int) int {
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	return n
}

type operation struct {
	name string
	do   func(context.Context) error
}

// operations are the reads of the console's pages.
func operations(b *testing.B, s *store.Store, org int64) []operation {
	all := slices.Concat(userOperations(b, s, org), searchOperations(b, s, org))
	if number(b, "MUSTER_BENCH_LOG", 5_000_000) == 0 { // users alone
		return all
	}
	return append(all, logOperations(b, s, org)...)
}

// searchOperations are what SCIM clients ask.
func searchOperations(b *testing.B, s *store.Store, org int64) []operation {
	var ops []operation
	of := scim.User()
	add := func(name string, q models.Query) {
		q.Types, q.Start, q.Count = of, 1, 100
		ops = append(ops, operation{"find/" + name, func(ctx context.Context) error {
			_, err := s.FindUsers(ctx, org, q)
			return err
		}})
	}
	for _, text := range []string{
		`userName eq "anna.smith0@contoso.example"`, `externalId eq "00u000000042"`, `emails.value eq "anna.smith0@contoso.example"`, `emails[type eq "work"].value eq "x@contoso.example"`,
		`displayName sw "Rarissimo"`, `name.familyName eq "Rarissimo7"`, `employeeNumber eq "E0012345"`, `manager eq "nobody"`, `meta.lastModified gt "2026-11-01T00:00:00Z"`, `active eq true`,
	} {
		e, err := filter.Parse(text, filter.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		add(text, models.Query{Filter: e})
	}
	add("all", models.Query{})
	add("all by cursor", models.Query{ByCursor: true})
	for _, by := range []filter.Path{{Name: "userName"}, {Name: "displayName"}, {Name: "id"}, {Name: "meta", Sub: "lastModified"}} {
		add("by "+by.String(), models.Query{Sort: models.Sort{Path: by, Descending: true}})
	}
	return ops
}

func userOperations(b *testing.B, s *store.Store, org int64) []operation {
	var ops []operation
	list := func(name string, q models.UserQuery) {
		ops = append(ops, operation{"users/" + name, func(ctx context.Context) error {
			_, err := s.Users(ctx, org, q)
			return err
		}})
	}
	groups, err := s.Groups(b.Context(), org, models.GroupQuery{Page: models.Page{Limit: 200}})
	if err != nil {
		b.Fatal(err)
	}
	slices.SortFunc(groups.Items, func(x, y models.Group) int { return cmp.Compare(y.MemberCount, x.MemberCount) })
	deep, err := s.Users(b.Context(), org, models.UserQuery{Search: "olga schmidt"})
	if err != nil || len(deep.Items) == 0 {
		b.Fatalf("no deep page: %v", err)
	}
	list("first", models.UserQuery{})
	list("deep", models.UserQuery{Page: models.Page{After: store.PlaceOfUser(deep.Items[0])}})
	list("back", models.UserQuery{Page: models.Page{Before: store.PlaceOfUser(deep.Items[0])}})
	for _, st := range models.Statuses() {
		list("status="+string(st), models.UserQuery{Status: st})
	}
	list("mode=scim", models.UserQuery{Mode: models.SCIM})
	list("mode=manual", models.UserQuery{Mode: models.Manual})
	list("mode=entra", models.UserQuery{Mode: models.Entra})
	list("inactive+manual", models.UserQuery{Status: models.Inactive, Mode: models.Manual})
	list("group=large", models.UserQuery{Group: groups.Items[0].Key})
	list("group=middle", models.UserQuery{Group: groups.Items[5].Key})
	list("group=small", models.UserQuery{Group: groups.Items[len(groups.Items)-1].Key})
	list("group=middle+inactive", models.UserQuery{Group: groups.Items[5].Key, Status: models.Inactive})
	for _, q := range []string{
		"rarissimo7", "hopper", "anna", "smith", "a", "anna smith", "olga hopper", "anna rarissimo7", "a s", "nobodyhasthisname",
		"anna nobodyhasthisname", "anna.smith0@contoso.example", "e0012345",
	} {
		list("search="+q, models.UserQuery{Search: q})
	}
	list("search=anna+preserved", models.UserQuery{Search: "anna", Status: models.Preserved})
	list("search=anna+manual", models.UserQuery{Search: "anna", Mode: models.Manual})
	list("search=anna smith+inactive", models.UserQuery{Search: "anna smith", Status: models.Inactive})
	list("search=smith+group", models.UserQuery{Search: "smith", Group: groups.Items[5].Key})
	someone := deep.Items[0]
	ops = append(ops, operation{"user/detail", func(ctx context.Context) error {
		u, err := s.User(ctx, org, someone.ID)
		if err != nil {
			return err
		}
		if _, err := s.GroupsOf(ctx, models.UserMember, u.Key, 100); err != nil {
			return err
		}
		if _, err := s.Reports(ctx, org, u.ID, 50); err != nil {
			return err
		}
		_, err = s.LogEntries(ctx, org, models.LogQuery{TargetID: u.ID, Page: models.Page{Limit: 20}})
		return err
	}}, operation{"user/by name", func(ctx context.Context) error {
		_, err := s.UserByName(ctx, org, someone.UserName)
		return err
	}}, operation{"groups/first", func(ctx context.Context) error {
		_, err := s.Groups(ctx, org, models.GroupQuery{})
		return err
	}}, operation{"group/members", func(ctx context.Context) error {
		_, err := s.Members(ctx, groups.Items[0].Key, models.MemberRef{}, 100)
		return err
	}})
	return ops
}

func logOperations(b *testing.B, s *store.Store, org int64) []operation {
	var ops []operation
	list := func(name string, q models.LogQuery) {
		ops = append(ops, operation{"log/" + name, func(ctx context.Context) error {
			_, err := s.LogEntries(ctx, org, q)
			return err
		}})
	}
	page, err := s.LogEntries(b.Context(), org, models.LogQuery{Search: "anna.smith"})
	if err != nil || len(page.Items) == 0 {
		b.Fatalf("no log: %v", err)
	}
	some := page.Items[len(page.Items)/2]
	now := models.TimeOf(benchNow)
	list("first", models.LogQuery{})
	list("deep", models.LogQuery{Page: models.Page{After: store.PlaceOfEntry(some)}})
	for _, a := range models.Actions() {
		list("action="+string(a), models.LogQuery{Actions: []models.Action{a}})
	}
	for _, o := range models.Outcomes() {
		list("status="+string(o), models.LogQuery{Statuses: []models.Outcome{o}})
	}
	some4 := []models.Action{models.ActionUpdate, models.ActionDelete, models.ActionCreate}
	list("actions+statuses", models.LogQuery{Actions: some4, Statuses: []models.Outcome{models.Failure, models.Warning}})
	for i := 1; i <= 4; i++ {
		list(fmt.Sprintf("initiator=%d", i), models.LogQuery{InitiatorID: fmt.Sprintf("01900000-0000-7000-8000-00000000000%d", i)})
	}
	rare := models.LogQuery{InitiatorID: "01900000-0000-7000-8000-000000000003", Statuses: []models.Outcome{models.Failure}, Actions: []models.Action{models.ActionDelete}}
	list("initiator+status+action", rare)
	list("target", models.LogQuery{TargetID: some.TargetID})
	list("target+failure", models.LogQuery{TargetID: some.TargetID, Statuses: []models.Outcome{models.Failure}})
	list("cycle", models.LogQuery{CycleID: some.CycleID})
	list("cycle+failure", models.LogQuery{CycleID: some.CycleID, Statuses: []models.Outcome{models.Failure}})
	list("request", models.LogQuery{RequestID: some.RequestID})
	day, odd := 24*time.Hour, 17*time.Minute
	for name, q := range map[string]models.LogQuery{
		"24h": {From: now.Add(-day)}, "24h odd": {From: now.Add(-day - odd), To: now.Add(-odd)},
		"one hour": {From: now.Add(-time.Hour - odd), To: now.Add(-odd)}, "a week ago": {From: now.Add(-8 * day), To: now.Add(-7 * day)},
		"future": {From: now.Add(day)}, "long ago": {To: now.Add(-29 * day)},
	} {
		list("time="+name, q)
		q.Statuses = []models.Outcome{models.Failure}
		list("time="+name+"+failure", q)
		q.Search = "anna"
		list("time="+name+"+failure+anna", q)
	}
	for _, search := range []string{"anna.smith", "anna", "a", "xenia.hopper", "nobodyhasthisname", some.TargetName, some.ID, some.TargetID, some.RequestID} {
		list("search="+search, models.LogQuery{Search: search})
		list("search="+search+"+failure", models.LogQuery{Search: search, Statuses: []models.Outcome{models.Failure}})
		list("search="+search+"+initiator", models.LogQuery{Search: search, InitiatorID: "01900000-0000-7000-8000-000000000003"})
	}
	return append(ops, chartOperations(s, org, now)...)
}

func chartOperations(s *store.Store, org int64, now models.Time) []operation {
	var ops []operation
	chart := func(name string, q models.LogQuery, n int) {
		ops = append(ops, operation{"histogram/" + name, func(ctx context.Context) error {
			_, err := s.LogHistogram(ctx, org, q, n)
			return err
		}})
	}
	month := models.LogQuery{From: now.Add(-30 * 24 * time.Hour), To: now}
	chart("30 days", month, 30)
	chart("24 hours", models.LogQuery{From: now.Add(-24 * time.Hour), To: now}, 24)
	chart("one hour", models.LogQuery{From: now.Add(-time.Hour), To: now}, 60)
	failed := month
	failed.Statuses = []models.Outcome{models.Failure}
	chart("30 days+failure", failed, 30)
	for _, search := range []string{"anna", "anna.smith", "xenia.hopper"} {
		named := month
		named.Search = search
		chart("30 days+"+search, named, 30)
	}
	return append(ops, operation{"facets/30 days", func(ctx context.Context) error {
		_, _, err := s.LogFacets(ctx, org, month)
		return err
	}}, operation{"overview", func(ctx context.Context) error {
		if _, err := s.UserCounts(ctx, org); err != nil {
			return err
		}
		if _, err := s.GroupCounts(ctx, org); err != nil {
			return err
		}
		if _, _, err := s.LastCycle(ctx, org, models.SCIM); err != nil {
			return err
		}
		if _, err := s.Tokens(ctx, org); err != nil {
			return err
		}
		if _, err := s.LogHistogram(ctx, org, month, 30); err != nil {
			return err
		}
		_, err := s.LogEntries(ctx, org, models.LogQuery{Statuses: []models.Outcome{models.Failure}, Page: models.Page{Limit: 5}})
		return err
	}})
}
