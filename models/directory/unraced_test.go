//go:build !race

package directory_test

const raced = false
