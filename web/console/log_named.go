package console

import (
	"cmp"
	"context"
	"strings"

	"muster/models"
)

// nameManagers puts names where entries tell of a manager by id, which says nothing to
// a person. Whoever is gone keeps the id, and so does everybody for a reader from whom
// names are hidden.
func (k *Console) nameManagers(ctx context.Context, organization int64, mask logMask, entries ...models.LogEntry) error {
	var ids []string
	if !mask.on {
		for _, v := range managersIn(entries) {
			ids = append(ids, *v)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	known, err := k.Read.Resolve(ctx, organization, ids)
	if err != nil {
		return err
	}
	for _, v := range managersIn(entries) {
		if ref, ok := known[*v]; ok {
			*v = cmp.Or(ref.Display, ref.Name, *v)
		}
	}
	return nil
}

// managersIn are the ids of managers before and after, where they stand.
func managersIn(entries []models.LogEntry) (list []*string) {
	for _, e := range entries {
		for i, c := range e.Details.Modified {
			if c.Path != "manager" && !strings.HasSuffix(c.Path, "manager.value") {
				continue
			}
			for _, v := range []*string{&e.Details.Modified[i].Old, &e.Details.Modified[i].New} {
				if *v != "" {
					list = append(list, v)
				}
			}
		}
	}
	return list
}
