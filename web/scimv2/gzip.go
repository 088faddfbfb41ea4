package scimv2

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// packFrom is the size below which packing costs more than it saves.
const packFrom = 1400

// bodyWriter is where an answer is written: packed when the client takes gzip and the
// answer is worth it.
type bodyWriter struct {
	http.ResponseWriter
	packer *gzip.Writer
}

var packers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant that gzip knows
	}
	return w
}}

// Values of headers that all answers share: nobody may change them in place.
var (
	scimBody       = []string{mediaType}
	variesByCoding = []string{echo.HeaderAcceptEncoding}
)

func packed(c echo.Context, size int) *bodyWriter {
	w := &bodyWriter{ResponseWriter: c.Response()}
	h := c.Response().Header()
	h[echo.HeaderContentType], h[echo.HeaderVary] = scimBody, variesByCoding
	if size >= packFrom && takesGzip(c.Request().Header.Get(echo.HeaderAcceptEncoding)) {
		h.Set(echo.HeaderContentEncoding, "gzip")
		h.Del(echo.HeaderContentLength)
		w.packer = packers.Get().(*gzip.Writer) //nolint:forcetypeassert // the pool holds nothing else
		w.packer.Reset(c.Response())
	}
	return w
}

// takesGzip reads Accept-Encoding (RFC 9110 §12.5.3); q=0 refuses.
func takesGzip(accept string) bool {
	for item := range strings.SplitSeq(accept, ",") {
		coding, params, _ := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		weight, given := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !given || err != nil || q > 0
	}
	return false
}

// Write packs, or passes on.
func (w *bodyWriter) Write(p []byte) (int, error) {
	if w.packer != nil {
		return w.packer.Write(p)
	}
	return w.ResponseWriter.Write(p)
}

// Close ends the packed body.
func (w *bodyWriter) Close() error {
	if w.packer == nil {
		return nil
	}
	err := w.packer.Close()
	packers.Put(w.packer)
	w.packer = nil
	return err
}
