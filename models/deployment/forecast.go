package deployment

import (
	"context"
	"time"

	"muster/models"
)

// Forecast is what a method's first run would do to the users who are here, as far as
// somebody can tell: shadow traffic that was received, or a connector that may look.
type Forecast struct {
	Known     bool
	Source    string    // where it is known from: "Shadow traffic of token “Okta”"
	At        time.Time // what it tells was true then
	Matched   int64     // users here who would be taken over
	Created   int64     // records that nobody here matches
	Conflicts int64     // records that would wait for a decision or be refused
	Other     int64     // records with another outcome: out of scope, preserved
	Nobody    int64     // users here whom no record matches: they stay manual
	Link      string    // the list of names; "" where there is none
}

// Forecaster knows what the first run of a target would do, or says that it does not.
type Forecaster interface {
	Forecast(ctx context.Context, organization int64, target models.Method) (Forecast, error)
}

// Forecasts asks everybody who may know, and gives those who do.
func (d *Deployments) Forecasts(ctx context.Context, organization int64, target models.Method) ([]Forecast, error) {
	var list []Forecast
	for _, f := range d.Forecasters {
		one, err := f.Forecast(ctx, organization, target)
		if err != nil {
			return nil, err
		}
		if one.Known {
			list = append(list, one)
		}
	}
	return list, nil
}
