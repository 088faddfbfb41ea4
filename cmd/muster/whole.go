package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"muster/models"
)

// wholeFile is a file that has its name only once it is whole. Where the system can, it
// has no name at all until then, so that a program that is killed leaves nothing behind.
type wholeFile struct {
	*os.File
	target string
	part   string // name until it is whole, "" for none
}

// partName begins the names of files that are not whole yet; partLife is longer than it
// takes to write one.
const (
	partName = ".muster-part-"
	partLife = 24 * time.Hour
)

// newWholeFile begins a file that nobody but its owner may read.
func newWholeFile(target string) (*wholeFile, error) {
	if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return nil, unwritable(target, err)
		}
		return nil, taken(target)
	}
	folder := filepath.Dir(target)
	forgetParts(folder)
	if f, err := nameless(folder); err == nil {
		return &wholeFile{File: f, target: target}, nil
	}
	f, err := os.CreateTemp(folder, partName+"*")
	if err != nil {
		return nil, unwritable(target, err)
	}
	return &wholeFile{File: f, target: target, part: f.Name()}, nil
}

// keep has the file on disk under its name, and never in the place of another. It gives
// the file's size.
func (w *wholeFile) keep() (int64, error) {
	info, err := w.Stat()
	if err == nil {
		err = w.Sync()
	}
	if err == nil {
		err = w.name()
	}
	if errors.Is(err, fs.ErrExist) {
		return 0, errors.Join(taken(w.target), w.drop())
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("write %s: %w", w.target, err), w.drop())
	}
	return info.Size(), w.drop()
}

func (w *wholeFile) name() error {
	if w.part == "" {
		return name(w.File, w.target)
	}
	err := os.Link(w.part, w.target)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// This file system knows no second names.
	return os.Rename(w.part, w.target)
}

// drop closes the file. What has no name of its own by now is gone.
func (w *wholeFile) drop() error {
	if w.part != "" {
		_ = os.Remove(w.part)
	}
	return w.Close()
}

// forgetParts removes what programs left that were killed where files need a name.
func forgetParts(folder string) {
	left, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, f := range left {
		info, err := f.Info()
		if err == nil && info.Mode().IsRegular() && strings.HasPrefix(f.Name(), partName) && time.Since(info.ModTime()) > partLife {
			_ = os.Remove(filepath.Join(folder, f.Name()))
		}
	}
}

func taken(target string) *models.Error {
	return models.Errorf(models.Conflict, "file", "%s exists already.", target).WithAdvice("Choose another name, or remove it first.")
}

func unwritable(target string, err error) *models.Error {
	reason := err
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		reason = p.Err
	}
	return models.Errorf(models.Invalid, "file", "No file can be written in %s: %v.", filepath.Dir(target), reason).
		WithAdvice("Name a file in a folder that exists and that you may write to.")
}
