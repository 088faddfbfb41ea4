package store

import (
	"context"

	"muster/models"
)

// AddExchanges records SCIM requests with their answers.
func (tx *Tx) AddExchanges(list []models.Exchange) error {
	return insertAll(tx, list, "record SCIM requests")
}

// Exchange gives the request with its answer that a log entry came from.
func (r Reader) Exchange(ctx context.Context, organization int64, requestID string) (models.Exchange, error) {
	var e models.Exchange
	err := r.q(ctx).Where("request_id = ? AND organization_id = ?", requestID, organization).Order("id").Take(&e).Error
	return e, found(err, models.Errorf(models.NotFound, "requestId", "There is no SCIM request %s.", requestID))
}

// Exchanges lists SCIM requests, newest first, without their bodies.
func (r Reader) Exchanges(ctx context.Context, organization int64, q models.ExchangeQuery) (models.Slice[models.Exchange], error) {
	db := r.q(ctx).Model(&models.Exchange{}).Where("organization_id = ?", organization).
		Select("id, organization_id, request_id, at, token_id, token_name, address, client, http_method, path, status, scim_type, duration_micros, cycle_id, notes")
	if q.TokenID != "" {
		db = db.Where("token_id = ?", q.TokenID)
	}
	if q.Failed {
		db = db.Where("status >= 400")
	}
	if q.From != 0 {
		db = db.Where("at >= ?", q.From)
	}
	if q.To != 0 {
		db = db.Where("at < ?", q.To)
	}
	return page(db, q.Page, q.Page.Size(50, 500), order{column: "at", at: true, descending: true},
		func(e models.Exchange) cursor { return cursor{At: e.At, Key: e.Key} })
}
