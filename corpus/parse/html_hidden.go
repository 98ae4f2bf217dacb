package parse

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// sight is how text is seen where the page is read now.
func (w *htmlWalker) sight() sight {
	if n := len(w.stack); n > 0 {
		return w.stack[n-1].seen
	}
	return w.base
}

// veil is why text is not seen where the page is read now; "" where it is.
func (w *htmlWalker) veil() Why {
	if n := len(w.stack); n > 0 {
		return w.stack[n-1].why
	}
	return ""
}

// described are the names of meta elements that describe the page.
var described = words(`description keywords author abstract subject summary og:title og:description twitter:title twitter:description`)

// meta takes what the page says of itself.
func (w *htmlWalker) meta(t *startTag) {
	name := strings.ToLower(strings.TrimSpace(t.metaName))
	if name == "access" {
		w.b.says(t.content)
	}
	if described[name] && t.content != Unread {
		w.b.beside(Property, name, t.content)
	}
}

// linksSheet says whether a link element, of which the name was read, names a style sheet.
func linksSheet(z *html.Tokenizer) bool {
	for more := true; more; {
		var k, v []byte
		k, v, more = z.TagAttr()
		if string(k) == "rel" && strings.Contains(strings.ToLower(string(v)), "stylesheet") {
			return true
		}
	}
	return false
}

// jsonTexts are the sentences among the values of some JSON: those of several words.
func jsonTexts(s string) (texts []string) {
	if len(s) > maxHiddenText {
		return []string{s[:cutAt(s, maxHiddenPiece)]}
	}
	var v any
	if json.Unmarshal([]byte(s), &v) != nil {
		return []string{s}
	}
	var gather func(any)
	gather = func(v any) {
		switch v := v.(type) {
		case string:
			if strings.ContainsAny(v, " ，。") && worded(v) || strings.IndexFunc(v, cjk) >= 0 {
				texts = append(texts, v)
			}
		case []any:
			for _, e := range v {
				gather(e)
			}
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				gather(v[k])
			}
		}
	}
	gather(v)
	return texts
}
