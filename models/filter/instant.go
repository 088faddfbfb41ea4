package filter

import "time"

// Instant reads a dateTime as comparisons do, for those who prepare stored values
// for comparing them elsewhere.
func Instant(s string) (time.Time, bool) { return instant(s) }
