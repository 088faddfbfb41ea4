package console

import (
	"cmp"
	"context"

	"muster/models"
	"muster/views/page"
	"muster/views/ui"
)

// endedTerm is the change of method that ended who managed a user.
type endedTerm struct {
	change models.MethodChange
	known  bool
}

// endedTerm looks for the change that made a user manual: the one that ended the term
// they hold still, or held when somebody changed them next.
func (k *Console) endedTerm(ctx context.Context, u models.User) (endedTerm, error) {
	term := u.Released
	if u.Mode == models.Manual && u.Term != string(models.Manual) {
		term = cmp.Or(u.Term, term)
	}
	if term == "" {
		return endedTerm{}, nil
	}
	c, found, err := k.Read.ChangeThatEnded(ctx, u.OrganizationID, term)
	return endedTerm{c, found}, err
}

// fact says by whom the user was managed until which change.
func (e endedTerm) fact() []ui.KVModel {
	if !e.known {
		return nil
	}
	c := e.change
	note := ""
	if c.UndoneBy != "" {
		note = "The change was undone; this user was changed in between and stayed as they were."
	}
	return []ui.KVModel{{
		Label: "Managed by", Note: note,
		Body: page.EndedTerm(c.From.Label()+" until", "the change to "+c.To.Label()+" on "+day(c.At.Time()), changeAddress(c.ID)),
	}}
}
