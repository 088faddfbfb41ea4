package models

// Seats tells how many users may hold a seat in an organization and how many do.
type Seats struct {
	Limit   int64 // 0 for no limit
	Used    int64
	Waiting int64
	Refuses bool // who finds none is refused instead of waiting
}

// Free is how many more fit in; it says something only with a limit.
func (s Seats) Free() int64 { return max(0, s.Limit-s.Used) }

// Percent is the share that is taken, 0 without a limit.
func (s Seats) Percent() int64 {
	if s.Limit == 0 {
		return 0
	}
	return s.Used * 100 / s.Limit
}

// HoldsSeat tells whether the user takes a seat: everybody but who is preserved or
// waits.
func (u *User) HoldsSeat() bool { return u.Status != Preserved && u.Parked == NotParked }

// Enters tells whether the user may use the application, as directories see it: a
// removal that a guard holds back is one to them.
func (u *User) Enters() bool { return u.Status == Active && u.Staged == NotStaged }
