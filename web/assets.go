package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
)

//go:embed assets/tokens.css
var tokens string

//go:embed assets/console.css
var styles string

//go:embed assets/console.js
var script string

//go:embed assets/icon.svg
var icon string

// An asset is a file whose name holds the hash of its content, so that it may be kept
// for ever by whoever fetched it.
type asset struct {
	name, media string
	plain, zip  []byte
}

// files holds the three assets by the word the templates know them by.
var files = sync.OnceValue(func() map[string]asset {
	return map[string]asset{
		"css":        newAsset("console", "css", "text/css; charset=utf-8", tokens+followSystem(tokens)+styles),
		"js":         newAsset("console", "js", "text/javascript; charset=utf-8", script),
		"public.css": newAsset("public", "css", "text/css; charset=utf-8", tokens+followSystem(tokens)+visitorStyles),
		"public.js":  newAsset("public", "js", "text/javascript; charset=utf-8", publicScript),
		"icon":       newAsset("icon", "svg", "image/svg+xml", icon),
	}
})

func newAsset(stem, ext, media, content string) asset {
	sum := sha256.Sum256([]byte(content))
	var zip bytes.Buffer
	z, _ := gzip.NewWriterLevel(&zip, gzip.BestCompression) // the level is a constant that exists
	z.Write([]byte(content))                                // a bytes.Buffer takes everything
	z.Close()
	return asset{
		name:  stem + "-" + hex.EncodeToString(sum[:6]) + "." + ext,
		media: media, plain: []byte(content), zip: zip.Bytes(),
	}
}

// followSystem repeats the dark tokens for a reader who has chosen no theme and whose
// system is dark, so that the two never drift apart and nothing flashes.
func followSystem(css string) string {
	const dark = `:root[data-theme="dark"]`
	_, rest, ok := strings.Cut(css, dark)
	block, _, closed := strings.Cut(rest, "}")
	if !ok || !closed {
		panic("web: tokens.css has no block for the dark theme")
	}
	return "\n@media (prefers-color-scheme: dark) { :root:not([data-theme])" + block + "} }\n"
}

// Assets serves the style sheet, the script and the icon below /assets/.
func Assets() http.Handler {
	byName := map[string]asset{}
	for _, a := range files() {
		byName["/assets/"+a.name] = a
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := byName[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.media)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Vary", "Accept-Encoding")
		a.send(w, r)
	})
}

// send writes the file, packed where the reader takes that.
func (a asset) send(w http.ResponseWriter, r *http.Request) {
	body := a.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		body = a.zip
	}
	if r.Method != http.MethodHead {
		w.Write(body) // the reader has gone when this fails
	}
}
