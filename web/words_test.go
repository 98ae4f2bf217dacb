package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// TestWords: every text stands in both languages, takes the same values, and keeps the
// rules for words.
func TestWords(t *testing.T) {
	t.Parallel()
	verbs := regexp.MustCompile(`%(?:s|\d)`)
	for key, w := range table {
		if strings.TrimSpace(w.en) == "" || strings.TrimSpace(w.zh) == "" {
			t.Errorf("%s: a language is missing: %+v", key, w)
		}
		zh := len(verbs.FindAllString(w.zh, -1))
		for form := range strings.SplitSeq(w.en, "|") {
			if n := len(verbs.FindAllString(form, -1)); n != zh {
				t.Errorf("%s: English takes %d values, Chinese %d", key, n, zh)
			}
		}
		for _, never := range []string{"您", "进行", "!", "！", "Please ", "please ", "oops", "successfully", "成功", "Submit"} {
			if strings.Contains(w.en+w.zh, never) {
				t.Errorf("%s says %q, which the console never does", key, never)
			}
		}
		if half := regexp.MustCompile(`\p{Han}[,.;:?()]`).FindString(w.zh); half != "" {
			t.Errorf("%s: half-width punctuation in Chinese: %q", key, half)
		}
		if !strings.ContainsFunc(w.zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) && w.zh != w.en && key != "other" && key != "comma" && key != "stop" {
			t.Errorf("%s: the Chinese text has no Chinese in it: %q", key, w.zh)
		}
	}
}

// TestWordsAreUsed: a text that nobody says is taken out of the table.
func TestWordsAreUsed(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, pattern := range []string{"*.go", "pages/*.html", "assets/*.js"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasPrefix(name, "table") || strings.HasSuffix(name, "_test.go") {
				continue
			}
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(b)
		}
	}
	for key := range table {
		prefix, name, _ := strings.Cut(key, ".")
		switch prefix {
		case "step", "stage", "code", "kind", "unit", "n", "clean", "set", "group", "choice", "fault", "part", "fig", "role", "can", "order", "note", "did", "as", "right", "who", "layer", "lim", "act", "only", "view", "amount", "remains", "record", "check", "caught", "by", "met", "does", "do", "inc", "way", "sev", "how", "fail", "case", "rep", "lane", "lvl", "road", "per", "forget", "split", "trained", "judged", "gate", "gated", "gatepart", "fact", "station", "unreached", "expert", "beside", "released", "signal", "mined", "mine", "made", "seeds", "aside", "sampled", "exampled":
			continue // chosen by a name that another room gives
		case "js":
			if !strings.Contains(all.String(), `"`+name+`"`) && !strings.Contains(all.String(), "words."+name) {
				t.Errorf("the script never says %s", key)
			}
			continue
		case "w": // said by the script of the widget, by that of the public page, or by a page
			if strings.Contains(all.String(), `"`+name+`"`) {
				continue
			}
		}
		if !strings.Contains(all.String(), `"`+key+`"`) {
			t.Errorf("nobody says %s", key)
		}
	}
}

func TestSay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang Lang
		key  string
		args []any
		want string
	}{
		{English, "documents.count", []any{1}, "1 document"},
		{English, "documents.count", []any{12345}, "12,345 documents"},
		{Chinese, "documents.count", []any{1}, "1 篇文档"},
		{Chinese, "refused.floor", []any{"0.31", "0.42"}, "0.31，下限是 0.42"},
	} {
		if got, err := say(c.lang, c.key, c.args...); err != nil || got != c.want {
			t.Errorf("%s %s: %q, %v; want %q", c.lang, c.key, got, err, c.want)
		}
	}
	if _, err := say(English, "no.such.text"); err == nil {
		t.Error("a key that is not in the table is no error")
	}
}

func TestAcceptLang(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]Lang{"": English, "zh-CN,zh;q=0.9,en;q=0.8": Chinese, "de,en-GB;q=0.7,zh;q=0.3": English, "fr, zh-TW": Chinese, "ja": English} {
		if got := AcceptLang(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}
