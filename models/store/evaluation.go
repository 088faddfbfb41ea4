package store

import (
	"context"
	"fmt"

	"muster/models"
)

// Evaluations lists the latest re-evaluations, newest first.
func (r Reader) Evaluations(ctx context.Context, organization int64, most int) ([]models.Evaluation, error) {
	var list []models.Evaluation
	err := r.q(ctx).Where("organization_id = ?", organization).Order("started DESC, id DESC").Limit(most).Find(&list).Error
	if err != nil {
		return nil, fmt.Errorf("list evaluations: %w", err)
	}
	return list, nil
}

// Evaluation gives a re-evaluation by public id.
func (r Reader) Evaluation(ctx context.Context, organization int64, id string) (models.Evaluation, error) {
	var e models.Evaluation
	err := r.q(ctx).Where("public_id = ? AND organization_id = ?", id, organization).Take(&e).Error
	return e, found(err, models.Errorf(models.NotFound, "evaluation", "There is no such re-evaluation.").WithCode("evaluationNotFound"))
}

// UnderWay lists the re-evaluations of all organizations that are not done and not
// stopped.
func (r Reader) UnderWay(ctx context.Context) ([]models.Evaluation, error) {
	var list []models.Evaluation
	err := r.q(ctx).Where("ended = 0 AND state = ?", models.EvaluationRunning).Order("id").Find(&list).Error
	if err != nil {
		return nil, fmt.Errorf("list evaluations under way: %w", err)
	}
	return list, nil
}

// Unfinished gives the running or stopped re-evaluation of a method.
func (r Reader) Unfinished(ctx context.Context, organization int64, method models.Method) (models.Evaluation, bool, error) {
	var e models.Evaluation
	err := r.q(ctx).Where("organization_id = ? AND method = ? AND ended = 0", organization, method).Order("id").Take(&e).Error
	if nothing(err) {
		return e, false, nil
	}
	return e, err == nil, classify(err)
}

// Settled tells whether every user of a method is at the rule that its rules give
// them: none is being evaluated anew, and nobody was left behind the last time.
func (r Reader) Settled(ctx context.Context, organization int64, method models.Method) (bool, error) {
	var e models.Evaluation
	err := r.q(ctx).Where("organization_id = ? AND method = ?", organization, method).Order("id DESC").Take(&e).Error
	if nothing(err) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for evaluations: %w", err)
	}
	return e.Ended != 0 && e.Failed == 0, nil
}

// ClaimEvaluation makes others wait who schedule, move or stop the evaluation of a
// method.
func (tx *Tx) ClaimEvaluation(organization int64, method models.Method) error {
	return tx.ClaimValue(organization, "evaluation", string(method))
}

// ScheduleEvaluation has all users of a method evaluated anew: by a new evaluation, or
// by another pass of the one that is running or stopped.
func (tx *Tx) ScheduleEvaluation(e models.Evaluation) error {
	if err := tx.ClaimEvaluation(e.OrganizationID, e.Method); err != nil {
		return err
	}
	now, under, err := tx.Unfinished(tx.ctx, e.OrganizationID, e.Method)
	switch {
	case err != nil:
		return err
	case under:
		now.Again, now.Reason, now.Updated = true, e.Reason, tx.now
		now.Guarded, now.Whole = now.Guarded || e.Guarded, now.Whole || e.Whole
		return tx.SaveEvaluation(&now)
	}
	e.State, e.Started, e.Updated = models.EvaluationRunning, tx.now, tx.now
	return classify(tx.q(tx.ctx).Create(&e).Error)
}

// MoveEvaluation writes how far a claimed re-evaluation is.
func (tx *Tx) MoveEvaluation(e models.Evaluation) error {
	return classify(tx.q(tx.ctx).Model(&e).Where("id = ?", e.Key).
		Select("again", "cursor", "total", "seen", "changed", "failed", "last_error", "updated", "ended", "state").Updates(&e).Error)
}

// SaveEvaluation writes what an administrator decided about a re-evaluation.
func (tx *Tx) SaveEvaluation(e *models.Evaluation) error {
	return classify(tx.q(tx.ctx).Model(e).Where("id = ?", e.Key).
		Select("again", "guarded", "whole", "state", "reason", "updated", "ended", "stopped_by").Updates(e).Error)
}

// EndEvaluations ends those of a method that is in charge no more, where they are.
func (tx *Tx) EndEvaluations(organization int64, method models.Method, by string) error {
	if err := tx.ClaimEvaluation(organization, method); err != nil {
		return err
	}
	err := tx.q(tx.ctx).Exec("UPDATE evaluations SET state = ?, again = ?, ended = ?, updated = ?, stopped_by = ? WHERE organization_id = ? AND method = ? AND ended = 0",
		models.EvaluationStopped, false, tx.now, tx.now, by, organization, method).Error
	if err != nil {
		return fmt.Errorf("end evaluations: %w", classify(err))
	}
	return nil
}
