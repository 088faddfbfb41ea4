package store

import (
	"context"
	"fmt"
	"slices"

	"muster/models"
)

// ItemsOfUsers gives the open decisions that the users meet, by their keys.
func (r Reader) ItemsOfUsers(ctx context.Context, organization int64, users []models.User) (map[int64][]models.QueueItem, error) {
	keys := make([]int64, len(users))
	for i, u := range users {
		keys[i] = u.Key
	}
	where, list := r.among("user_id", keys)
	items, err := read[models.QueueItem](ctx, r, "SELECT * FROM queue_items WHERE "+where+" AND organization_id + 0 = ? AND (state || '') = ? AND (target || '') = ? ORDER BY id",
		list, organization, string(models.QueueOpen), string(models.UserTarget))
	if err != nil {
		return nil, fmt.Errorf("read the queue of users: %w", err)
	}
	out := map[int64][]models.QueueItem{}
	for _, i := range items {
		out[i.UserKey] = append(out[i.UserKey], i)
	}
	return out, nil
}

// LastEvaluation gives the latest run of a method, ended or not.
func (r Reader) LastEvaluation(ctx context.Context, organization int64, method models.Method) (models.Evaluation, bool, error) {
	var e models.Evaluation
	err := r.q(ctx).Where("organization_id = ? AND method = ?", organization, method).Order("id DESC").Take(&e).Error
	if nothing(err) {
		return e, false, nil
	}
	return e, err == nil, classify(err)
}

// EndEvaluation ends a run that has lost its cause.
func (tx *Tx) EndEvaluation(e *models.Evaluation) error {
	e.State, e.Ended, e.Updated, e.Again = models.EvaluationDone, tx.now, tx.now, false
	return tx.SaveEvaluation(e)
}

// MethodLeft tells for each method when it was in charge last, from the history.
func (r Reader) MethodLeft(ctx context.Context, organization int64) (map[models.Method]models.MethodChange, error) {
	changes, err := r.MethodChanges(ctx, organization, 200)
	if err != nil {
		return nil, err
	}
	out := map[models.Method]models.MethodChange{}
	for _, c := range slices.Backward(changes) {
		out[c.From] = c
	}
	return out, nil
}
