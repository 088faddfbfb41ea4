//go:build race

package cycle_test

// raced tells that the race detector watches, which makes the long proofs ten times as
// long: under it they run a tenth, and CI runs them whole without it.
const raced = true
