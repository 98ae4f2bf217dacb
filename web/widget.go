package web

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

//go:embed assets/visitor.css
var visitorStyles string

//go:embed assets/widget.js
var widgetScript string

//go:embed assets/public.js
var publicScript string

// widget is the one file that foreign pages load, with its words and its styles inside: such
// a page need not allow more than this script and its requests.
var widget = sync.OnceValue(func() asset {
	words, err := json.Marshal(widgetWords())
	if err != nil {
		panic("web: " + err.Error()) // words are strings
	}
	style, err := json.Marshal(shadowed(tokens) + tight(visitorStyles))
	if err != nil {
		panic("web: " + err.Error())
	}
	return newAsset("widget", "js", "text/javascript; charset=utf-8",
		strings.NewReplacer(`"WORDS"`, string(words), `"STYLE"`, string(style)).Replace(tight(widgetScript)))
})

// Widget serves the script of the widget, under one address that pages may name for ever. It
// may be kept for an hour, so that a new release reaches every page within one.
func Widget() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := widget()
		h := w.Header()
		tag := `"` + strings.TrimSuffix(a.name, ".js") + `"`
		h.Set("Content-Type", a.media)
		h.Set("Cache-Control", "public, max-age=3600")
		h.Set("ETag", tag)
		h.Add("Vary", "Accept-Encoding")
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		a.send(w, r)
	})
}

var (
	comment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	line    = regexp.MustCompile(`(?m)^\s*//.*$`)
	indent  = regexp.MustCompile(`(?m)^\s+`)
	rems    = regexp.MustCompile(`(\d*\.?\d+)rem\b`)
)

// tight leaves out what only the authors of a file need.
func tight(text string) string {
	return indent.ReplaceAllString(line.ReplaceAllString(comment.ReplaceAllString(text, ""), ""), "")
}

// shadowed gives the tokens to a shadow tree. There the root is the host, and a rem is what
// the page around says it is, so sizes become pixels.
func shadowed(css string) string {
	css = strings.NewReplacer(`:root[data-theme="dark"]`, `:host([data-theme="dark"])`, `:root:lang(zh)`, `:host(:lang(zh))`, `:root`, `:host`).Replace(tight(css))
	return rems.ReplaceAllStringFunc(css, func(s string) string {
		n, err := strconv.ParseFloat(strings.TrimSuffix(s, "rem"), 64)
		if err != nil {
			return s // the expression matches numbers only
		}
		return strconv.FormatFloat(n*16, 'f', -1, 64) + "px"
	})
}
