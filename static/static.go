// Package static serves the style sheet, scripts, fonts and pictures of the
// console. Every file is embedded, named by its content and compressed once,
// so a browser fetches each version exactly one time.
package static

import (
	"embed"
	"net/http"
	"sync"
)

//go:embed css/*.css js/*.js vendor/htmx fonts img
var files embed.FS

// Prefix is the path under which Handler expects to be mounted.
const Prefix = "/static/"

var embedded = sync.OnceValue(func() *Assets {
	a, err := New(files)
	if err != nil {
		panic("static: " + err.Error())
	}
	return a
})

// URL returns the fingerprinted path of an embedded file, for example
// "app.css" or "js/app.js". It panics on a name that does not exist: names
// are constants in templates, and a page test meets every one of them.
func URL(name string) string { return embedded().URL(name) }

// Handler answers GET and HEAD below Prefix with the embedded files.
func Handler() http.Handler { return embedded() }
