//go:build !linux || !cgo

// Package logfiletest serves the tests of package logfile, on Linux.
package logfiletest
