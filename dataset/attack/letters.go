package attack

import (
	"math"
	"strings"
	"unicode"

	"wenyuan/guard/rule"
	"wenyuan/internal/hanzi"
)

// letters makes a way of one that changes a word of Latin letters.
func letters(change func(t *task, w []rune) []rune) func(*task) string {
	return func(t *task) string {
		words := cut(t.text)
		for _, i := range t.chosen(words) {
			words[i] = string(change(t, []rune(words[i])))
		}
		return strings.Join(words, "")
	}
}

// cut cuts a text into words of Latin letters and what stands between them.
func cut(text string) []string {
	var words []string
	start, in := 0, false
	for i, r := range text {
		if letter := isLatin(r); letter != in {
			if i > start {
				words = append(words, text[start:i])
			}
			start, in = i, letter
		}
	}
	return append(words, text[start:])
}

// chosen are the places of the words to change: of those of four letters or more, and of
// those of three where a text has no longer ones.
func (t *task) chosen(words []string) []int {
	var long, short []int
	n := 0
	for i, w := range words {
		if w == "" || !isLatin(rune(w[0])) {
			continue
		}
		n++
		switch {
		case len(w) >= 4:
			long = append(long, i)
		case len(w) == 3:
			short = append(short, i)
		}
	}
	t.shuffle(long)
	t.shuffle(short)
	long = append(long, short...)
	return long[:min(len(long), max(1, int(math.Ceil(t.share*float64(n)-1e-9))))]
}

func (t *task) shuffle(list []int) {
	t.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// inner is a place inside a word: neither its first letter nor its last.
func (t *task) inner(w []rune) int { return 1 + t.rng.IntN(max(1, len(w)-2)) }

func swap(t *task, w []rune) []rune {
	if i := min(t.inner(w), len(w)-2); i >= 0 {
		for range w { // two equal letters are no change
			if w[i] != w[i+1] {
				break
			}
			i = t.rng.IntN(len(w) - 1)
		}
		w[i], w[i+1] = w[i+1], w[i]
	}
	return w
}

func deleteOne(t *task, w []rune) []rune {
	i := t.inner(w)
	return append(w[:i:i], w[i+1:]...)
}

func insert(t *task, w []rune) []rune {
	i := t.inner(w)
	return append(append(w[:i:i], 'a'+rune(t.rng.IntN(26))), w[i:]...)
}

// beside are the keys beside each key.
var beside = map[rune]string{'a': "sqz", 'b': "vn", 'c': "xv", 'd': "sf", 'e': "wr", 'f': "dg", 'g': "fh", 'h': "gj", 'i': "uo", 'j': "hk", 'k': "jl", 'l': "k", 'm': "n",
	'n': "bm", 'o': "ip", 'p': "o", 'q': "wa", 'r': "et", 's': "ad", 't': "ry", 'u': "yi", 'v': "cb", 'w': "qe", 'x': "zc", 'y': "tu", 'z': "xa"}

func key(t *task, w []rune) []rune {
	i := t.inner(w)
	if near := beside[unicode.ToLower(w[i])]; near != "" {
		w[i] = rune(near[t.rng.IntN(len(near))])
	}
	return w
}

// glyphs are letters that look like others.
var glyphs = map[rune]string{'a': "аα", 'c': "сϲ", 'd': "ԁ", 'e': "еє", 'g': "ɡ", 'h': "һ", 'i': "іı", 'j': "ј", 'k': "к", 'l': "ӏ", 'm': "м", 'n': "ո", 'o': "оο", 'p': "рρ", 'q': "ԛ",
	's': "ѕ", 't': "т", 'u': "υս", 'v': "ѵν", 'w': "ԝ", 'x': "х", 'y': "у"}

// someLetter changes the first letter that the table knows, from a place by chance.
func someLetter(t *task, w []rune, table map[rune]string) []rune {
	from := t.rng.IntN(len(w))
	for n := range w {
		i := (from + n) % len(w)
		if to := []rune(table[unicode.ToLower(w[i])]); len(to) > 0 {
			w[i] = to[t.rng.IntN(len(to))]
			break
		}
	}
	return w
}

func homoglyph(t *task, w []rune) []rune { return someLetter(t, w, glyphs) }

var digits = map[rune]string{'a': "4@", 'e': "3", 'i': "1!", 'o': "0", 's': "5$", 't': "7", 'l': "1", 'g': "9", 'b': "8"}

// leet writes digits and signs for one letter or two.
func leet(t *task, w []rune) []rune {
	w = someLetter(t, w, digits)
	if t.rng.IntN(2) == 0 {
		w = someLetter(t, w, digits)
	}
	return w
}

// textBugger is one of TextBugger's five: a space in a word, a letter less, two letters
// swapped, a letter that looks alike, and a key beside (Li et al. 2019).
func textBugger(t *task, w []rune) []rune {
	switch t.rng.IntN(5) {
	case 0:
		i := t.inner(w)
		return append(append(w[:i:i], ' '), w[i:]...)
	case 1:
		return deleteOne(t, w)
	case 2:
		return swap(t, w)
	case 3:
		return homoglyph(t, w)
	}
	return key(t, w)
}

// deepWordBug is one of DeepWordBug's four: two letters swapped, another letter, one less,
// one more, anywhere in the word (Gao et al. 2018).
func deepWordBug(t *task, w []rune) []rune {
	i := t.rng.IntN(len(w))
	switch t.rng.IntN(4) {
	case 0:
		return swap(t, w)
	case 1:
		w[i] = 'a' + rune(t.rng.IntN(26))
		return w
	case 2:
		return append(w[:i:i], w[i+1:]...)
	}
	return append(append(w[:i:i], 'a'+rune(t.rng.IntN(26))), w[i:]...)
}

var hidden = []rune{0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0xad}

func (t *task) zeroWidth() string {
	between := func(t *task, w []rune) []rune {
		i := min(t.inner(w), len(w))
		return append(append(w[:i:i], hidden[t.rng.IntN(len(hidden))]), w[i:]...)
	}
	if t.han {
		return characters(func(t *task, r, _ rune) (string, bool) {
			return string(r) + string(hidden[t.rng.IntN(len(hidden))]), true
		})(t)
	}
	return letters(between)(t)
}

// characters makes a way of one that changes a Chinese character; it is told the next one, and
// says whether it could.
func characters(change func(t *task, r, next rune) (string, bool)) func(*task) string {
	return func(t *task) string {
		rs := []rune(t.text)
		var at []int
		for i, r := range rs {
			if isHan(r) {
				at = append(at, i)
			}
		}
		left := max(1, int(math.Ceil(t.share*float64(len(at))/2-1e-9)))
		t.shuffle(at)
		to := map[int]string{}
		for _, i := range at {
			next := rune(0)
			if i+1 < len(rs) {
				next = rs[i+1]
			}
			if s, ok := change(t, rs[i], next); ok && left > 0 {
				to[i] = s
				left--
			}
		}
		var b strings.Builder
		for i, r := range rs {
			if s, ok := to[i]; ok {
				b.WriteString(s)
			} else {
				b.WriteRune(r)
			}
		}
		return b.String()
	}
}

func lookAlike(t *task, r, _ rune) (string, bool) {
	to := lists().alike[r]
	if len(to) == 0 {
		return "", false
	}
	return string(to[t.rng.IntN(len(to))]), true
}

func soundAlike(t *task, r, _ rune) (string, bool) {
	to := soundsLike(r)
	if len(to) == 0 {
		return "", false
	}
	return string(to[t.rng.IntN(len(to))]), true
}

func takenApart(_ *task, r, _ rune) (string, bool) {
	parts := rule.Parts(r)
	return parts, parts != ""
}

// between are signs that are put between characters.
var between = []string{"*", "-", ".", "_", "·", "/", "|", "~", " ", "#"}

func signsBetween(t *task, r, next rune) (string, bool) {
	return string(r) + between[t.rng.IntN(len(between))], isHan(next)
}

func otherScript(_ *task, r, _ rune) (string, bool) {
	to := hanzi.Traditional(string(r))
	if to == string(r) {
		to = string(hanzi.Simplify(r))
	}
	return to, to != string(r)
}

func inPinyin(_ *task, r, _ rune) (string, bool) {
	p := rule.Pinyin(r)
	return p, p != ""
}
