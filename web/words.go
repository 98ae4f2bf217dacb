package web

import (
	"fmt"
	"strings"
)

// A Lang is a language of the console.
type Lang string

// The languages of the console. They are equal: a test fails on a word that only one has.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// Langs are all languages of the console.
var Langs = []Lang{English, Chinese}

// ParseLang reads a choice, "en" or "zh"; ok is false for anything else.
func ParseLang(s string) (l Lang, ok bool) {
	l = Lang(s)
	return l, l == English || l == Chinese
}

// AcceptLang chooses by a browser's Accept-Language header: whichever of the two is
// named first, else English.
func AcceptLang(header string) Lang {
	for part := range strings.SplitSeq(header, ",") {
		tag := strings.ToLower(strings.TrimSpace(part))
		switch {
		case strings.HasPrefix(tag, "zh"):
			return Chinese
		case strings.HasPrefix(tag, "en"):
			return English
		}
	}
	return English
}

// tag is the language as the lang attribute has it.
func (l Lang) tag() string {
	if l == Chinese {
		return "zh-Hans"
	}
	return "en"
}

// say finds a text and fills its %s. Whole numbers are grouped by thousands; where the
// English text has two forms, apart by a bar, the first number chooses.
func say(lang Lang, key string, args ...any) (string, error) {
	w, ok := table[key]
	if !ok {
		return "", fmt.Errorf("no text for %q", key)
	}
	s := w.en
	if lang == Chinese {
		s = w.zh
	}
	one, many, forms := strings.Cut(s, "|")
	if forms {
		s = many
		if len(args) > 0 && fmt.Sprint(args[0]) == "1" {
			s = one
		}
	}
	filled := make([]any, len(args))
	for i, a := range args {
		switch a := a.(type) {
		case *int:
			filled[i] = num(*a)
		case int, int64:
			filled[i] = num(a)
		default:
			filled[i] = a
		}
	}
	return fmt.Sprintf(s, filled...), nil
}

// must is say for keys that stand in this package's own code.
func must(lang Lang, key string, args ...any) string {
	s, err := say(lang, key, args...)
	if err != nil {
		panic("web: " + err.Error())
	}
	return s
}

// scriptWords are the texts the script needs, those whose key begins with "js.".
func scriptWords(lang Lang) map[string]string {
	out := map[string]string{}
	for key, w := range table {
		if name, ok := strings.CutPrefix(key, "js."); ok {
			out[name] = w.en
			if lang == Chinese {
				out[name] = w.zh
			}
		}
	}
	return out
}

// A pair is one text in both languages.
type pair struct{ en, zh string }
