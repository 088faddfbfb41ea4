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
// is found by its place and not by counting rows. Places are forgotten when a
// resource leaves a list or returns to it, because then later ones move.
type walks struct {
	mu    sync.Mutex
	shape func(organization int64) uint64 // moves when a list's order may have moved
	lists map[walkKey]*walked
}

type walked struct {
	shape uint64
	ends  map[int]string // startIndex of a page → the cursor it begins after
}

// walksMost bounds how many places of one list are remembered.
const walksMost = 20_000

func newWalks(shape func(int64) uint64) *walks {
	return &walks{shape: shape, lists: map[walkKey]*walked{}}
}

func (w *walks) recall(key walkKey, start int) (string, bool) {
	now := w.shape(key.organization)
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.lists[key]
	if list == nil || list.shape != now {
		return "", false
	}
	cursor, ok := list.ends[start]
	return cursor, ok
}

// note keeps where the page before start ended. shape is what it was before that
// page was read: a change in between makes the place useless, never wrong.
func (w *walks) note(key walkKey, shape uint64, start int, cursor string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.lists[key]
	if list == nil || list.shape != shape || len(list.ends) >= walksMost {
		list = &walked{shape: shape, ends: map[int]string{}}
		w.lists[key] = list
	}
	list.ends[start] = cursor
}
