package scimv2

import (
	"errors"
	"net/http"

	"muster/models/scim"
)

// flushAt is how much of an answer is held before it goes out.
const flushAt = 64 << 10

// flow is an answer that goes out while it is written, so that the memory it takes
// does not grow with it.
type flow struct {
	*buffer // what is held
	c       *call
	status  int
	kept    bool        // the exchange keeps its beginning, unless it answers a read
	w       *bodyWriter // nil while nothing has gone out
	lost    error       // the client went away
}

// pass lets go of what is held once that is much.
func (f *flow) pass() error {
	if len(f.bytes) < flushAt {
		return nil
	}
	if f.w == nil {
		f.keep()
		f.w = packed(f.c, len(f.bytes))
		f.c.Response().WriteHeader(f.status)
	}
	_, f.lost = f.w.Write(f.bytes)
	f.bytes = f.bytes[:0]
	return f.lost
}

func (f *flow) keep() {
	if f.kept && !safe(f.c.Request().Method) {
		exchange(f.c).ResponseBody = string(f.bytes[:min(len(f.bytes), 2*keptBody)])
	}
}

// end sends the rest of an answer, or what kept it from being written.
func (s *Server) end(f *flow, err error) error {
	switch {
	case f.w == nil && err != nil:
		return err
	case f.w == nil:
		f.keep()
		return put(f.c, f.status, f.bytes)
	case f.lost != nil:
		return errors.Join(f.lost, f.w.Close())
	case err != nil: // the answer has begun: only breaking it off tells the client
		s.Log.Error("an answer could not be written to its end", "error", err)
		panic(http.ErrAbortHandler)
	}
	_, err = f.w.Write(f.bytes)
	return errors.Join(err, f.w.Close())
}

// sendPage answers a query; a long list goes out while it is written.
func (s *Server) sendPage(c *call, p page) error {
	head, tail := scim.ListResponse{
		Total: int(p.total), StartIndex: p.start, ByCursor: p.byCursor, Next: p.next, Prev: p.prev, Items: p.count,
	}.Around()
	f := &flow{buffer: borrow(), c: c, status: http.StatusOK}
	defer f.giveBack()
	f.bytes = append(f.bytes, head...)
	err := error(nil)
	for i := 0; i < p.count && err == nil; i++ {
		if i > 0 {
			f.bytes = append(f.bytes, ',')
		}
		if err = p.write(f, i); err == nil {
			err = f.pass()
		}
	}
	f.bytes = append(f.bytes, tail...)
	return s.end(f, err)
}
