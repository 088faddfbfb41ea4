//go:build !race

package cycle_test

// raced tells that the race detector watches.
const raced = false
