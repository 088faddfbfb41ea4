package store

import (
	"context"
	"fmt"

	"muster/models"
)

// deviationsMost bounds how many kinds of deviation are kept for one token: the
// names in them come from the client.
const deviationsMost = 200

// CountDeviations adds to tokens' dialects.
func (tx *Tx) CountDeviations(list []models.Deviation) error {
	for _, d := range list {
		err := tx.q(tx.ctx).Exec(`INSERT INTO deviations (organization_id, token_id, code, attr, msg, advice, requests, first, last, request_id)
			SELECT CAST(? AS BIGINT), ?, ?, ?, ?, ?, CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), ?
			WHERE EXISTS (SELECT 1 FROM deviations WHERE token_id = ? AND code = ? AND attr = ?)
			OR (SELECT count(*) FROM deviations WHERE token_id = ?) < ?
			ON CONFLICT (token_id, code, attr) DO UPDATE SET requests = deviations.requests + excluded.requests,
			last = excluded.last, request_id = excluded.request_id, msg = excluded.msg, advice = excluded.advice`,
			d.OrganizationID, d.TokenID, d.Code, d.Attr, d.Msg, d.Advice, d.Requests, d.First, d.Last, d.RequestID,
			d.TokenID, d.Code, d.Attr, d.TokenID, deviationsMost).Error
		if err != nil {
			return fmt.Errorf("note a deviation: %w", classify(err))
		}
	}
	return nil
}

// Deviations gives a token's dialect, what happens most first.
func (r Reader) Deviations(ctx context.Context, organization int64, token string) ([]models.Deviation, error) {
	var list []models.Deviation
	err := r.q(ctx).Where("organization_id = ? AND token_id = ?", organization, token).
		Order("requests DESC, code, attr").Find(&list).Error
	if err != nil {
		return nil, fmt.Errorf("list deviations: %w", err)
	}
	return list, nil
}
