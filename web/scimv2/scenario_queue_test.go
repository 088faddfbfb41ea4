package scimv2_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"muster/models"
	"muster/models/directory"
)

// item finds the latest item of the queue about a record, by the label it was sent
// under.
func (p *stage) item(label string, decided bool) (models.QueueItem, error) {
	list, err := p.Queue(p.t.Context(), p.org, models.QueueQuery{Decided: decided})
	if err != nil {
		return models.QueueItem{}, err
	}
	var others []string
	for _, i := range list.Items {
		if i.NameKey == fold(p.called[label]) {
			return i, nil
		}
		others = append(others, fmt.Sprintf("%s %s %s", i.Kind, i.Claim, i.Name))
	}
	return models.QueueItem{}, fmt.Errorf("there is no such item about %s, only: %s", label, said(strings.Join(others, ", ")))
}

// expectQueue: "queue none", or the open item about a record as
// "queue KIND CLAIM NAME [attempts=2]".
func expectQueue(p *stage, l line) error {
	if strings.Join(l.words, " ") == "none" {
		counts, err := p.QueueCounts(p.t.Context(), p.org)
		if err != nil {
			return err
		}
		list, err := p.Queue(p.t.Context(), p.org, models.QueueQuery{})
		if err != nil {
			return err
		}
		for _, i := range list.Items {
			return fmt.Errorf("found %s %s %s", i.Kind, i.Claim, i.Name)
		}
		for kind, n := range counts {
			if n != 0 {
				return fmt.Errorf("%d of kind %s are counted, and none is there", n, kind)
			}
		}
		return nil
	}
	if len(l.words) != 3 && len(l.words) != 4 {
		return fmt.Errorf("wants kind, claim and name")
	}
	i, err := p.item(l.words[2], false)
	if err != nil {
		return err
	}
	got := []string{string(i.Kind), i.Claim, l.words[2]}
	if len(l.words) == 4 {
		got = append(got, "attempts="+strconv.FormatInt(i.Attempts, 10))
	}
	if strings.Join(got, " ") != strings.Join(l.words, " ") {
		return fmt.Errorf("found %s (%s)", strings.Join(got, " "), i.Reason)
	}
	return nil
}

// expectDecided: how the latest item about a record ended, as "decided accepted NAME".
func expectDecided(p *stage, l line) error {
	if len(l.words) != 2 {
		return fmt.Errorf("wants what was decided, and the name")
	}
	i, err := p.item(l.words[1], true)
	if err != nil {
		return err
	}
	if string(i.State) != l.words[0] {
		return fmt.Errorf("found %s: %s", i.State, i.Decision)
	}
	if i.Decision == "" || i.DecidedBy == "" && i.State != models.QueueSettled {
		return fmt.Errorf("nobody knows who decided so, and what")
	}
	return nil
}

// adminQueue decides on the items of records: the open ones, else those decided
// before.
func adminQueue(decide func(*directory.Directory, context.Context, models.Actor, []string) (directory.Batch, error)) verb {
	return func(p *stage, l line) error {
		if len(l.words) == 0 {
			return fmt.Errorf("does not say whom")
		}
		var ids []string
		for _, label := range l.words {
			i, err := p.item(label, false)
			if err != nil {
				i, err = p.item(label, true)
			}
			if err != nil {
				return err
			}
			ids = append(ids, i.ID)
		}
		batch, err := decide(p.Directory, p.t.Context(), p.admin(), ids)
		if err != nil {
			return err
		}
		return batchHolds(batch, l.answer)
	}
}

// adminSettle: "admin settle same|different NAME".
func adminSettle(p *stage, l line) error {
	ways := map[string]directory.Way{"same": directory.SamePerson, "different": directory.OtherPerson}
	if len(l.words) != 2 || ways[l.words[0]] == "" {
		return fmt.Errorf("wants same or different, and the name")
	}
	i, err := p.item(l.words[1], false)
	if err != nil {
		i, err = p.item(l.words[1], true)
	}
	if err != nil {
		return err
	}
	return done(l, p.SettleConflict(p.t.Context(), p.admin(), i.ID, ways[l.words[0]]))
}
