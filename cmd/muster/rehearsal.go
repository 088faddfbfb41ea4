package main

import (
	"context"

	"muster/models"
	"muster/models/deployment"
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
		Known: s.Known,
	}
}

// foretold tells a change of method what shadow mode saw coming.
type foretold struct{ *shadow.Shadows }

// Forecast counts what the directory that rehearses would do first.
func (f foretold) Forecast(ctx context.Context, organization int64, target models.Method) (deployment.Forecast, error) {
	if target != models.SCIM {
		return deployment.Forecast{}, nil
	}
	p, known, err := f.Predict(ctx, organization)
	if err != nil || !known || p.Shadow.State != models.ShadowReady {
		return deployment.Forecast{}, err
	}
	n := p.Users
	out := deployment.Forecast{
		Source: "Traffic received in shadow mode", At: p.As.Time(), Link: "/deployment/shadow",
		Matched: n[models.ShadowMatched], Created: n[models.ShadowCreated], Conflicts: n[models.ShadowConflict] + n[models.ShadowWaiting],
		Other: n[models.ShadowOutOfScope] + n[models.ShadowRefused] + n[models.ShadowPreserved], Nobody: n[models.ShadowNobody],
	}
	out.Known = out.Matched+out.Created+out.Conflicts+out.Other > 0
	return out, nil
}
