package scimv2

import (
	"io"
	"slices"
	"sync"
)

// buffer is memory for a body, lent for the time of a request. What outlives the
// request must be copied out of it.
type buffer struct{ bytes []byte }

var buffers = sync.Pool{New: func() any { return new(buffer) }}

func borrow() *buffer { return buffers.Get().(*buffer) } //nolint:forcetypeassert // the pool holds nothing else

// keptBuffer is the largest buffer that is kept: a list is sent in parts of flushAt.
const keptBuffer = 2 * flushAt

func (b *buffer) giveBack() {
	if cap(b.bytes) <= keptBuffer {
		b.bytes = b.bytes[:0]
		buffers.Put(b)
	}
}

// read takes all that r gives.
func (b *buffer) read(r io.Reader) error {
	for {
		b.bytes = slices.Grow(b.bytes, 512)
		n, err := r.Read(b.bytes[len(b.bytes):cap(b.bytes)])
		b.bytes = b.bytes[:len(b.bytes)+n]
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
