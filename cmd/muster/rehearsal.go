package main

import (
	"context"

	"muster/models"
	"muster/models/shadow"
	"muster/web/scimv2"
)

// rehearsals lets the SCIM endpoints answer from shadow mode.
func rehearsals(s *shadow.Shadows) scimv2.Shadows {
	return scimv2.Shadows{
		Serve: func(ctx context.Context, by models.Actor) (*scimv2.Side, func(), error) {
			side, there, err := s.Serve(ctx, by)
			if err != nil || !there {
				return nil, func() {}, err
			}
			return &scimv2.Side{Read: side.Store, Directory: side.Directory, Recorder: side.Recorder}, side.Done, nil
		},
		Bring: s.Bring,
	}
}
