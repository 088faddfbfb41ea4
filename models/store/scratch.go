package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// scratch is a folder of its own for one program while it copies: each holds a copy of
// all data.
type scratch struct {
	dir  string
	held *os.File // locked while the program lives
}

// scratchName begins the names of such folders: no person would choose it. scratchLife is
// longer than any copy takes, for where a folder cannot be locked, and scratchBegin longer
// than it takes to lock one.
const (
	scratchName  = ".muster-scratch-"
	scratchLife  = 24 * time.Hour
	scratchBegin = time.Minute
)

func (s *Store) scratch(what string) (*scratch, error) {
	parent := ""
	if s.engine == sqliteEngine {
		parent = filepath.Dir(s.file)
	}
	forgetScratch(parent)
	dir, err := os.MkdirTemp(parent, scratchName+what+"-*")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the copy: %w", err)
	}
	held, _ := hold(dir) // where that is not possible, its age tells
	return &scratch{dir: dir, held: held}, nil
}

func (d *scratch) file(name string) string { return filepath.Join(d.dir, name) }

// drop removes the folder and all in it.
func (d *scratch) drop() {
	_ = os.RemoveAll(d.dir)
	if d.held != nil {
		_ = d.held.Close()
	}
}

// forgetScratch removes what programs left that were killed, until the disk would be
// full of it. What cannot be removed now is for another time.
func forgetScratch(parent string) {
	if parent == "" {
		parent = os.TempDir()
	}
	left, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, entry := range left {
		info, err := entry.Info()
		if err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), scratchName) {
			forgetIfLeft(filepath.Join(parent, entry.Name()), time.Since(info.ModTime()))
		}
	}
}

func forgetIfLeft(dir string, age time.Duration) {
	if age < scratchBegin {
		return
	}
	held, err := hold(dir)
	if err != nil && (inUse(err) || age < scratchLife) {
		return
	}
	_ = os.RemoveAll(dir)
	if held != nil {
		_ = held.Close()
	}
}
