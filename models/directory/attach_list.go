package directory

import (
	"context"

	"muster/models"
)

// AttachQuery selects users whom nobody manages for a list; no Standing means all.
type AttachQuery struct {
	Standing Standing
	Search   string
	Page     models.Page
}

// attachLooked bounds how many users one page is picked from, and how many are
// counted.
const attachLooked = 10_000

// AttachPage is a page of the assistant. Looked tells how many users it was picked
// from: where few of many fit, a page may be short and still lead on.
type AttachPage struct {
	Items      []Attachment
	Next, Prev string
	Looked     int64
	Capped     bool // a search stopped at its bound
}

// Attachments lists the users whom nobody manages, by display name, with the record,
// mapping and profile that they would get from the method in charge.
func (d *Directory) Attachments(ctx context.Context, organization int64, q AttachQuery) (AttachPage, error) {
	var out AttachPage
	org, err := d.Store.Organization(ctx, organization)
	if err != nil || org.Method == models.Manual {
		return out, err
	}
	a, err := d.attacher(ctx, d.Store.Reader, org)
	if err != nil {
		return out, err
	}
	known := map[int64]Proposal{}
	picked, err := d.Store.SiftUsers(ctx, organization, models.UserQuery{Mode: models.Manual, Search: q.Search, Page: q.Page}, attachLooked,
		func(users []models.User) ([]bool, error) {
			proposals, err := a.propose(ctx, users)
			if err != nil {
				return nil, err
			}
			takes := make([]bool, len(users))
			for i, p := range proposals {
				if takes[i] = q.Standing == "" || p.Standing == q.Standing; takes[i] {
					known[users[i].Key] = p
				}
			}
			return takes, nil
		})
	if err != nil {
		return out, err
	}
	proposals := make([]Proposal, len(picked.Items))
	for i, u := range picked.Items {
		proposals[i] = known[u.Key]
	}
	out.Next, out.Prev, out.Looked, out.Capped = picked.Next, picked.Prev, picked.Looked, picked.Capped
	out.Items, err = a.whole(ctx, picked.Items, proposals)
	return out, err
}

// EachAttachment gives all of them, a page at a time, for downloads.
func (d *Directory) EachAttachment(ctx context.Context, organization int64, q AttachQuery, fn func([]Attachment) error) error {
	q.Page = models.Page{Limit: 200}
	for {
		found, err := d.Attachments(ctx, organization, q)
		if err != nil {
			return err
		}
		if err := fn(found.Items); err != nil || found.Next == "" {
			return err
		}
		q.Page.After = found.Next
	}
}

// AttachCounts is how the users whom nobody manages stand. Beyond 10,000 of them the
// numbers by standing are those of the first 10,000, and More says so.
type AttachCounts struct {
	Manual int64 // exact
	Of     map[Standing]int64
	Looked int64
	More   bool
}

// CountAttachments counts them.
func (d *Directory) CountAttachments(ctx context.Context, organization int64) (AttachCounts, error) {
	out := AttachCounts{Of: map[Standing]int64{}}
	org, err := d.Store.Organization(ctx, organization)
	if err != nil {
		return out, err
	}
	counts, err := d.Store.UserCounts(ctx, organization)
	if err != nil {
		return out, err
	}
	out.Manual = counts.ByMode[models.Manual]
	if org.Method == models.Manual || out.Manual == 0 {
		return out, nil
	}
	a, err := d.attacher(ctx, d.Store.Reader, org)
	if err != nil {
		return out, err
	}
	seen, err := d.Store.SiftUsers(ctx, organization, models.UserQuery{Mode: models.Manual}, attachLooked, func(users []models.User) ([]bool, error) {
		proposals, err := a.propose(ctx, users)
		for _, p := range proposals {
			out.Of[p.Standing]++
		}
		return make([]bool, len(users)), err
	})
	out.Looked, out.More = seen.Looked, seen.Next != ""
	return out, err
}

// AttachmentsOf gives users by public id, in that order; whom nobody knows is left
// out.
func (d *Directory) AttachmentsOf(ctx context.Context, organization int64, ids []string) ([]Attachment, error) {
	org, err := d.Store.Organization(ctx, organization)
	if err != nil {
		return nil, err
	}
	a, err := d.attacher(ctx, d.Store.Reader, org)
	if err != nil {
		return nil, err
	}
	var users []models.User
	for _, id := range ids {
		if err := checkID(models.UserTarget, id); err != nil {
			continue
		}
		u, err := d.Store.User(ctx, organization, id)
		if err != nil && models.KindOf(err) == models.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	proposals, err := a.propose(ctx, users)
	if err != nil {
		return nil, err
	}
	return a.whole(ctx, users, proposals)
}
