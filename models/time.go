package models

import "time"

// Time is an instant in milliseconds since 1970 UTC, as stored: eight bytes that
// sort the same on every database. Zero means "not yet".
type Time int64

// TimeOf cuts an instant to the precision that is stored.
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.UnixMilli())
}

// Time gives the instant in UTC; the zero time.Time for zero.
func (t Time) Time() time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(t)).UTC()
}

// IsZero tells whether the instant was never set.
func (t Time) IsZero() bool { return t == 0 }

// Add moves the instant.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Milliseconds()) }

// Hour gives the start of the hour the instant lies in.
func (t Time) Hour() Time { return t - t%Time(time.Hour.Milliseconds()) }
