//go:build !linux

package main

import (
	"errors"
	"os"
)

// nameless is for systems on which every file has a name.
func nameless(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func name(*os.File, string) error { return errors.ErrUnsupported }
