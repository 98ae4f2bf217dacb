package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

var (
	figure     = regexp.MustCompile(`(^|[^\w.\-,:/])(\d{1,3}(?:,\d{3})+|\d+)([^\w.\-,:/]|$|\.\s|\.$|,\s)`)
	valueUnit  = regexp.MustCompile(`(\d+)\s?(milliseconds|seconds|minutes|hours|days|weeks|months|years|second|minute|hour|day|ms|KB|MB|GB|TB|bytes|percent|miles|kilometers|km|kg|meters|feet|dollars|毫秒|秒|分钟|小时|天|万元|元|美元|公里|千米|米|公斤|平方公里|%)`)
	versionNum = regexp.MustCompile(`\bv?\d+\.\d+(\.\d+)+\b|\b[1-9]\.\d\b`)
	dateNum    = regexp.MustCompile(`\d{4}年\d{1,2}月(\d{1,2}日)?|\b\d{4}-\d{2}-\d{2}\b|\b(January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}, \d{4}|\b(1[6-9]|20)\d\d\b`)
	plainEN    = regexp.MustCompile(`\b[a-z]{6,}\b`)
)

// edits makes the falsified variants of a sentence.
func (g *generator) edits(d *document, s sentence, lang string) (out []variant) {
	add := func(kind, text string) {
		if text != s.text {
			out = append(out, variant{kind, text})
		}
	}
	add("number", g.otherNumber(s.text))
	add("unit", g.otherUnit(s.text))
	add("date", g.within(dateNum, s.text, g.shift))
	add("version", g.within(versionNum, s.text, g.shift))
	add("identifier", g.within(ident, s.text, func(w string) string {
		if g.rng.IntN(3) == 0 {
			return w + []string{"Max", "Size", "V2", "Timeout"}[g.rng.IntN(4)]
		}
		return g.other(d.idents, w, s.text)
	}))
	add("name", g.otherName(d, s))
	add("word", g.otherWord(d, s))
	add("order", g.swapNames(s))
	for _, kind := range []string{"direction", "quantity", "modality", "negation", "logic"} {
		add(kind, g.swapOne(edits[kind+" "+lang], s.text, s.zh))
	}
	return out
}

// within replaces one match of re.
func (g *generator) within(re *regexp.Regexp, s string, f func(string) string) string {
	m := re.FindAllStringIndex(s, -1)
	if len(m) == 0 {
		return s
	}
	x := m[g.rng.IntN(len(m))]
	w := f(s[x[0]:x[1]])
	if w == "" {
		return s
	}
	return s[:x[0]] + w + s[x[1]:]
}

// shift changes one of the numbers of a date or version.
func (g *generator) shift(w string) string {
	m := regexp.MustCompile(`\d+`).FindAllStringIndex(w, -1)
	x := m[g.rng.IntN(len(m))]
	v, _ := strconv.Atoi(w[x[0]:x[1]])
	n := v + 1 + g.rng.IntN(3)
	if g.rng.IntN(2) == 0 && v > 1 {
		n = v - 1
	}
	return w[:x[0]] + fmt.Sprintf("%0*d", x[1]-x[0], n) + w[x[1]:]
}

func (g *generator) otherNumber(s string) string {
	m := figure.FindAllStringSubmatchIndex(s, -1)
	if len(m) == 0 {
		return s
	}
	x := m[g.rng.IntN(len(m))]
	v, err := strconv.Atoi(strings.ReplaceAll(s[x[4]:x[5]], ",", ""))
	if err != nil || v > 1e9 {
		return s
	}
	n := []int{v + 1 + g.rng.IntN(5), v * 2, v*10 + 1, v + 100, max(0, v-1), v * 10, v / 2}[g.rng.IntN(7)]
	if n == v {
		n++
	}
	return s[:x[4]] + strconv.Itoa(n) + s[x[5]:]
}

func (g *generator) otherUnit(s string) string {
	m := valueUnit.FindStringSubmatchIndex(s)
	if m == nil {
		return s
	}
	for _, sw := range edits["unit"] {
		if sw.from == s[m[4]:m[5]] {
			return s[:m[4]] + sw.to[g.rng.IntN(len(sw.to))] + s[m[5]:]
		}
	}
	return s
}

var foreignNames = []string{"Kafka", "Redis", "Microsoft", "Oracle", "Pulsar", "London", "Zookeeper", "Tencent", "Berlin", "Nginx", "Picasso", "Toyota"}

func (g *generator) otherName(d *document, s sentence) string {
	names := properNames(s.text, s.zh)
	if len(names) == 0 {
		return s.text
	}
	w := names[g.rng.IntN(len(names))]
	n := g.other(d.names, w, s.text)
	if n == "" || g.rng.IntN(2) == 0 {
		n = foreignNames[g.rng.IntN(len(foreignNames))]
	}
	if strings.EqualFold(n, w) || strings.Count(s.text, w) != 1 {
		return s.text
	}
	return strings.Replace(s.text, w, n, 1)
}

// swapNames lets two names of a sentence change places.
func (g *generator) swapNames(s sentence) string {
	names := properNames(s.text, s.zh)
	if len(names) < 2 {
		return s.text
	}
	i := g.rng.IntN(len(names) - 1)
	a, b := names[i], names[i+1]
	at, to := strings.Index(s.text, a), strings.LastIndex(s.text, b)
	if a == b || to < at+len(a)+2 || strings.Contains(a, b) || strings.Contains(b, a) {
		return s.text // beside each other they are one name
	}
	return s.text[:at] + b + s.text[at+len(a):to] + a + s.text[to+len(b):]
}

// other picks one of pool that the sentence does not have.
func (g *generator) other(pool []string, not, s string) string {
	for range 20 {
		if len(pool) == 0 {
			break
		}
		w := pool[g.rng.IntN(len(pool))]
		if !strings.Contains(strings.ToLower(s), strings.ToLower(w)) && !strings.Contains(strings.ToLower(w), strings.ToLower(not)) {
			return w
		}
	}
	return ""
}

// otherWord puts a word of another sentence of the document in the place of one.
func (g *generator) otherWord(d *document, s sentence) string {
	from := d.sentences[g.rng.IntN(len(d.sentences))]
	if from.zh != s.zh {
		return s.text
	}
	if s.zh {
		return g.otherCharacters([]rune(s.text), []rune(from.text))
	}
	w := plainEN.FindAllString(from.text, -1)
	return g.within(plainEN, s.text, func(old string) string {
		n := g.other(w, old, s.text)
		if n == "" || n[:4] == old[:4] || notWords[n] || notWords[old] {
			return ""
		}
		return n
	})
}

// otherCharacters puts one or two Chinese characters of another sentence in the place of
// as many, or between others. Where words begin does not matter: the sentence says
// something else, or nothing.
func (g *generator) otherCharacters(s, from []rune) string {
	n := 1 + g.rng.IntN(2)
	i, j := g.rng.IntN(len(s)-n), g.rng.IntN(len(from)-n)
	for k := range n {
		if !telling(s[i+k]) || !telling(from[j+k]) || slices.Contains(s, from[j+k]) {
			return string(s)
		}
	}
	end := i + n
	if g.rng.IntN(3) == 0 {
		end = i
	}
	return string(s[:i]) + string(from[j:j+n]) + string(s[end:])
}

// telling says whether a Chinese character most likely carries meaning.
func telling(r rune) bool {
	return unicode.Is(unicode.Han, r) && !strings.ContainsRune("的了是在和与及也都就则会将把被由以其它他她我你该此这那个中为时而但进行对于向到至之里过地得来去又还再已从所者某便乃即且因故如若只仅并", r)
}

// notWords are function words: to exchange them changes nothing or makes no sense.
var notWords = wordSet("unless before during between within without through because however although whether whereas therefore thereby following otherwise already always should please another instead against itself themselves various simply merely really")

// swapOne applies one swap of a list, at a place drawn by lot.
func (g *generator) swapOne(list []swap, s string, zh bool) string {
	for _, k := range g.rng.Perm(len(list)) {
		sw := list[k]
		at := places(s, sw.from, zh)
		if len(at) == 0 {
			continue
		}
		i := at[g.rng.IntN(len(at))]
		to := sw.to[g.rng.IntN(len(sw.to))]
		rest := s[i+len(sw.from):]
		if to == "" {
			rest = strings.TrimPrefix(rest, " ")
		}
		return s[:i] + to + rest
	}
	return s
}

// places are where a text stands in s, as whole words where the script has spaces.
func places(s, what string, zh bool) (out []int) {
	for off := 0; ; {
		i := strings.Index(s[off:], what)
		if i < 0 {
			return out
		}
		i += off
		off = i + len(what)
		if zh && !partOfWord(s, i, off) || !zh && !(i > 0 && joins(s[i-1]) || off < len(s) && joins(s[off])) {
			out = append(out, i)
		}
	}
}

// partOfWord says whether a single Chinese character most likely is a part of a longer
// word: characters that mean something alone stand beside one of a few others then.
func partOfWord(s string, i, j int) bool {
	r := []rune(s[i:j])
	if len(r) > 1 {
		return false
	}
	before, after := lastRune(s[:i]), firstRune(s[j:])
	return !strings.ContainsRune("最更较很的了，。、了在为是", before) && !strings.ContainsRune("的了，。、于", after)
}

func lastRune(s string) rune {
	r := []rune(s)
	if len(r) == 0 {
		return '。'
	}
	return r[len(r)-1]
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return '。'
}

func joins(c byte) bool {
	return c == '_' || c == '-' || c == '\'' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
