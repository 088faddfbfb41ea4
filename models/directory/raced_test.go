//go:build race

package directory_test

// raced is set where the race detector runs: it makes the long proofs ten times as slow
// and finds no more in them. They run whole in the step "proofs" of .ci/check.
const raced = true
