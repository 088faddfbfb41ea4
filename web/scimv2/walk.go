package scimv2

import (
	"sync"

	"muster/models"
)

// walkKey names a list that is walked by startIndex.
type walkKey struct {
	organization int64
	target       models.TargetType
}

// walks remember where pages of whole lists ended, so that the page which follows
// is found by its place and not by counting rows. Places are of no use any more
// when a resource left a list or returned to it, because then later ones moved.
type walks struct {
	mu    sync.Mutex
	lists map[walkKey]*walked
}

type walked struct {
	moves int64          // of the organization, when the places were noted
	ends  map[int]string // startIndex of a page → the cursor it begins after
}

// walksMost bounds how many places of one list are remembered.
const walksMost = 20_000

func newWalks() *walks { return &walks{lists: map[walkKey]*walked{}} }

func (w *walks) recall(key walkKey, moves int64, start int) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.lists[key]
	if list == nil || list.moves != moves {
		return "", false
	}
	cursor, ok := list.ends[start]
	return cursor, ok
}

// note keeps where the page before start ended. moves is what it was before that
// page was read: a change in between makes the place useless, never wrong.
func (w *walks) note(key walkKey, moves int64, start int, cursor string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.lists[key]
	if list == nil || list.moves != moves || len(list.ends) >= walksMost {
		list = &walked{moves: moves, ends: map[int]string{}}
		w.lists[key] = list
	}
	list.ends[start] = cursor
}
