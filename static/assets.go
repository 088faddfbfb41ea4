package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Bundle is the name of the one style sheet: all files of css/ in name order.
const Bundle = "app.css"

var contentTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".txt":   "text/plain; charset=utf-8",
	".woff2": "font/woff2",
}

// Assets is a set of immutable files ready to be served.
type Assets struct {
	paths map[string]string
	files map[string]asset
}

type asset struct {
	plain, gzipped []byte
	contentType    string
	tag            string
}

// New reads every servable file of fsys. The files of css/ become one bundle,
// and each `url("…")` in it that names another file gets that file's
// fingerprinted path; a reference to a file that is missing is an error.
func New(fsys fs.FS) (*Assets, error) {
	a := &Assets{paths: map[string]string{}, files: map[string]asset{}}
	var sheets []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() || contentTypes[path.Ext(name)] == "":
			return err
		case strings.HasPrefix(name, "css/"):
			sheets = append(sheets, name)
			return nil
		}
		return a.addFile(fsys, name)
	})
	if err != nil {
		return nil, err
	}
	sheet, err := a.bundle(fsys, sheets)
	if err != nil {
		return nil, err
	}
	return a, a.add(Bundle, sheet)
}

func (a *Assets) addFile(fsys fs.FS, name string) error {
	body, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return a.add(name, body)
}

func (a *Assets) bundle(fsys fs.FS, names []string) ([]byte, error) {
	slices.Sort(names)
	var out strings.Builder
	for _, name := range names {
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		out.Write(body)
	}
	return a.resolve(out.String())
}

// resolve turns `url("fonts/x.woff2")` into the fingerprinted path.
func (a *Assets) resolve(sheet string) ([]byte, error) {
	parts := strings.Split(sheet, `url("`)
	var out strings.Builder
	out.WriteString(parts[0])
	for _, part := range parts[1:] {
		name, rest, ok := strings.Cut(part, `"`)
		hashed := a.paths[name]
		if !ok || hashed == "" {
			return nil, fmt.Errorf("the style sheet refers to %q, which is not embedded", name)
		}
		out.WriteString(`url("` + hashed + `"` + rest)
	}
	return []byte(out.String()), nil
}

func (a *Assets) add(name string, body []byte) error {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:6])
	ext := path.Ext(name)
	f := asset{plain: body, contentType: contentTypes[ext], tag: `"` + hash + `"`}
	if ext != ".woff2" {
		zipped, err := compress(body)
		if err != nil {
			return fmt.Errorf("compress %s: %w", name, err)
		}
		f.gzipped = zipped
	}
	hashed := Prefix + strings.TrimSuffix(name, ext) + "." + hash + ext
	a.paths[name], a.files[hashed] = hashed, f
	return nil
}

func compress(body []byte) ([]byte, error) {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// URL returns the fingerprinted path of name and panics if there is none.
func (a *Assets) URL(name string) string {
	hashed, ok := a.paths[name]
	if !ok {
		panic("static: no file named " + name)
	}
	return hashed
}

// ServeHTTP answers a fingerprinted path. A path of an older version is 404,
// never another version's content, because answers are kept for a year.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Static files can only be read.", http.StatusMethodNotAllowed)
		return
	}
	f, ok := a.files[r.URL.Path]
	if !ok {
		http.Error(w, "This file is not part of the running version. Reload the page.", http.StatusNotFound)
		return
	}
	f.serve(w, r)
}

func (f asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", f.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", f.tag)
	body := f.plain
	if f.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = f.gzipped
		}
	}
	if r.Header.Get("If-None-Match") == f.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
}

func acceptsGzip(header string) bool {
	for offer := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(offer), ";")
		if coding == "gzip" || coding == "*" {
			return strings.ReplaceAll(params, " ", "") != "q=0"
		}
	}
	return false
}
