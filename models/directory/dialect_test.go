package directory_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"muster/models"
)

// A token's dialect is what its requests did their own way, each kind once, with
// how often and when; a client cannot fill the database with names of its own.
func TestDialectsAreCounted(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		r := w.NewRecorder()
		ctx, stop := context.WithCancel(t.Context())
		record := func(at models.Time, id, token, attr string) {
			r.Record(models.Exchange{
				OrganizationID: w.Org.Key, At: at, RequestID: id, TokenID: token, Notes: []string{},
				Deviations: []models.Deviation{{Code: "key-case", Attr: attr, Msg: "It came in another case.", Advice: "Send it as it is."}},
			})
		}
		record(1, "first", "t", "userName")
		record(2, "second", "t", "userName")
		record(3, "third", "t", "bad\x00\xff")
		record(4, "fourth", "other", "userName")
		for i := range 300 {
			record(5, "many", "hostile", fmt.Sprint(i))
		}
		stop()
		if err := r.Run(ctx); err != nil {
			t.Fatal(err)
		}
		got, err := w.Deviations(t.Context(), w.Org.Key, "t")
		if err != nil {
			t.Fatal(err)
		}
		d := models.Deviation{OrganizationID: w.Org.Key, TokenID: "t", Code: "key-case", Msg: "It came in another case.", Advice: "Send it as it is."}
		twice, once := d, d
		twice.Attr, twice.Requests, twice.First, twice.Last, twice.RequestID = "userName", 2, 1, 2, "second"
		once.Attr, once.Requests, once.First, once.Last, once.RequestID = "bad\uFFFD\uFFFD", 1, 3, 3, "third"
		if diff := cmp.Diff([]models.Deviation{twice, once}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got, err := w.Deviations(t.Context(), w.Org.Key, "hostile"); err != nil || len(got) != 200 {
			t.Errorf("%d deviations of a hostile client are kept, %v", len(got), err)
		}
		if got, err := w.Deviations(t.Context(), w.Org.Key+1, "t"); err != nil || len(got) != 0 {
			t.Errorf("another organization sees %d, %v", len(got), err)
		}
	})
}
