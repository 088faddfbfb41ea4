package entra_test

import (
	"net/http"
	"testing"
	"time"

	"muster/models/source"
	"muster/models/source/entra"
	"muster/models/source/entra/entratest"
)

func wanting(names ...string) func(*entra.Options) {
	return func(o *entra.Options) { o.Settings.Attributes = names }
}

// resyncs breaks the link in a way, somewhere, and expects a full read to mend it.
func resyncs(full bool, after int, alter func(*http.Request, *entratest.Answer)) func(*testing.T, *bench) {
	return func(t *testing.T, b *bench) {
		users, inner, _ := b.village()
		f := b.follow(t)
		f.sync()
		b.graph.RemoveUser(users[1], true)
		b.graph.RemoveMembers(inner, users[2])
		for _, id := range users[5:] {
			b.graph.EditUser(id, entratest.Props{"department": "Sales"})
		}
		if full {
			f.cursor = ""
		}
		b.graph.Inject(entratest.Fault{Path: "delta", After: after, Alter: alter})
		f.fails(source.ResyncNeeded)
		f.cursor = ""
		f.sync()
		f.sync()
	}
}

var (
	gone     = entratest.Status(http.StatusGone, "Location", "https://127.0.0.1:1/v1.0/users/delta?$deltatoken=")
	notFound = entratest.Instead(entratest.Refusal(http.StatusBadRequest, "syncStateNotFound", "Gone."))
	notThere = entratest.Instead(entratest.Refusal(http.StatusNotFound, "SyncStateNotFound", "Gone."))
	pageOver = entratest.Instead(entratest.Refusal(http.StatusBadRequest, "Directory_ExpiredPageToken", "Expired."))
)

// resyncTraps are about links that are no good any more.
var resyncTraps = []trap{
	{"410 on the first page of a delta", resyncs(false, 0, gone)},
	{"410 in the middle of a delta", resyncs(false, 1, gone)},
	{"410 in the middle of a full read", resyncs(true, 2, gone)},
	{"410 among the groups", resyncs(true, 3, gone)},
	{"syncStateNotFound on the first page", resyncs(false, 0, notFound)},
	{"syncStateNotFound in the middle", resyncs(false, 1, notThere)},
	{"a page token that expired", resyncs(true, 1, pageOver)},
	{"a link of eight days", func(t *testing.T, b *bench) {
		users, _, _ := b.village()
		f := b.follow(t)
		f.sync()
		b.graph.RemoveUser(users[1], false)
		b.clock.at = b.clock.at.Add(8 * 24 * time.Hour)
		calls := b.graph.Counts().Calls
		f.fails(source.ResyncNeeded)
		if b.graph.Counts().Calls != calls {
			t.Error("Graph was asked although the link is too old")
		}
		f.cursor = ""
		f.sync()
	}},
	{"Graph forgot a link of six days", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		f.sync()
		b.clock.at = b.clock.at.Add(6 * 24 * time.Hour)
		f.sync()
		b.graph.Inject(entratest.Fault{Alter: notFound})
		f.fails(source.ResyncNeeded)
	}},
	{"other attributes are wanted than before", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		f.sync()
		calls := b.graph.Counts().Calls
		f.c = b.connector(wanting("employeeHireDate"))
		f.fails(source.ResyncNeeded)
		if b.graph.Counts().Calls != calls {
			t.Error("Graph was asked with a link of another selection")
		}
		f.cursor = ""
		f.sync()
		// The order in which they are named makes no difference.
		f.c = b.connector(wanting("employeeHireDate", "employeeHireDate", "jobTitle"))
		f.sync()
	}},
	{"the clock is set back", func(t *testing.T, b *bench) {
		b.village()
		f := b.follow(t)
		f.sync()
		b.clock.at = b.clock.at.Add(-time.Hour)
		f.sync()
	}},
}
