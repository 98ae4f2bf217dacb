package guard

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"wenyuan/guard/reading"
	"wenyuan/internal/needle"
)

// findAbuse looks for what wears a model out: in a question for what asks it to, in an answer for
// what shows that it happens.
func (x *look) findAbuse() {
	if x.place == Output {
		x.findLoop()
		return
	}
	if n := len(x.raw); n > maxQuestion/4 {
		x.hit(Abuse, part{}, found("length", "size", float64(n)/maxQuestion/2, 0, 0, "", fmt.Sprintf("The question has %d KiB.", n>>10)), "")
	}
	for _, p := range x.parts {
		for _, h := range wearing(p.text) {
			x.hit(Abuse, p, h, "")
		}
	}
}

// maxQuestion is how long a question is that is no question any more, in bytes: a document belongs
// into a corpus.
const maxQuestion = 400 << 10

// wearing is what a part of a question asks for that has no end.
func wearing(t *reading.Text) (hits []reading.Hit) {
	s := t.Folded
	if h, ok := endless(t); ok {
		hits = append(hits, h)
	}
	if n := strings.Count(s, "assistant:") + strings.Count(s, "assistant\n") + strings.Count(s, "\nai:") + strings.Count(s, "\nbot:") + strings.Count(s, "助手:"); n >= 8 {
		hits = append(hits, found("shots", "rules", float64(n)/32, 0, 0, "", fmt.Sprintf("The question holds %d answers that a model is made to have given.", n)))
	}
	if share, ok := sameness(s); ok {
		hits = append(hits, found("repeat", "rules", share, 0, 0, clip(s, 60), "The question is made of the same few words, over and over."))
	}
	return hits
}

// An endlessForm is a way to ask for what has no end. Words of each group have to stand in the text before
// the form is tried, which takes long.
type endlessForm struct {
	kind   string
	groups [][]string
	form   *regexp.Regexp
	least  float64 // the number that the form holds has to be at least this; 0: it holds none
	why    string
}

var (
	sayWords   = []string{"repeat", "say", "write", "print", "output", "type", "echo"}
	sayHan     = []string{"重复", "输出", "打印", "复述", "念", "说", "写", "生成", "创作"}
	writeWords = []string{"write", "generate", "produce", "output", "print", "give me", "create", "compose"}
	bigWords   = []string{"000", "thousand", "million", "billion"}
	bigHan     = []string{"000", "千", "万", "亿"}
)

const (
	whyEndless   = "It asks for the same words without end."
	whyThousands = "It asks for the same words thousands of times."
	whyLong      = "It asks for an answer longer than any reader would read."
)

var endlessForms = []endlessForm{
	{"endless", [][]string{sayWords, {"forever", "endless", "infinite", "indefinitely", "stop"}},
		regexp.MustCompile(`\b(?:repeat|say|write|print|output|type|echo|keep (?:repeating|saying|writing|printing))\b[^.\n]{0,80}\b(?:forever|endlessly|infinitely|indefinitely|non-?stop|without (?:ever )?stopping|and never stop|in an? (?:infinite|endless) loop|infinite times|an infinite number of times)\b`), 0, whyEndless},
	{"endless", [][]string{sayHan, {"无限", "不停", "永远", "一直", "不断", "无数", "不要停", "永不"}},
		regexp.MustCompile(`(?:无限|不停|永远|一直|不断)(?:地|的)?(?:循环|反复)?(?:重复|输出|打印|复述|念)[^。\n]{0,40}|(?:重复|输出|打印|说)[^。\n]{0,40}(?:无限次|无数遍|无数次|直到永远|永远不要停|不要停下来|永不停止)`), 0, whyEndless},
	{"endless", [][]string{sayWords, {"times"}, bigWords},
		regexp.MustCompile(`\b(?:repeat|say|write|print|output|type|echo)\b[^.\n]{0,80}?\b([0-9][0-9,. ]{2,12}|(?:a |one |ten |a hundred )?(?:thousand|million|billion))\s*(?:k|thousand|million)? ?times\b`), 1000, whyThousands},
	{"endless", [][]string{sayHan, {"次", "遍"}, bigHan},
		regexp.MustCompile(`(?:重复|输出|打印|说|写)[^。\n]{0,40}?([0-9][0-9,]{2,12}|[一二两三五十百千]*[千万亿]+)\s*[次遍]`), 1000, whyThousands},
	{"length", [][]string{writeWords, {"word", "token", "lines", "character", "page"}, bigWords},
		regexp.MustCompile(`\b([0-9][0-9,]{3,12}|(?:a |one |ten |a hundred )?(?:million|billion)) ?(?:k )?[- ]?(?:words?|tokens?|lines|characters|pages)\b[^.\n]{0,40}`), 50000, whyLong},
	{"length", [][]string{sayHan, {"字", "词", "行"}, bigHan},
		regexp.MustCompile(`([0-9][0-9,]{4,12}|[0-9]+万|[一二两三五十百千]*[百千十]万|[一二两三五十百千万]*亿)\s*(?:个)?(?:字|词|行)`), 50000, whyLong},
}

// endlessWords are the groups of all forms, one after the other, and endlessNeeds those of each form.
var endlessWords, endlessNeeds = func() (*needle.Set, []uint64) {
	var all [][]string
	var needs []uint64
	for _, f := range endlessForms {
		need := uint64(0)
		for _, words := range f.groups {
			need |= 1 << len(all)
			all = append(all, words)
		}
		needs = append(needs, need)
	}
	return needle.New(all...), needs
}()

// endless finds a request for what has no end.
func endless(t *reading.Text) (h reading.Hit, ok bool) {
	s := t.Folded
	if len(s) > 4000 { // what is asked for stands at one of the ends
		s = s[:boundary(s, 2000)] + "\n" + s[boundary(s, len(s)-2000):]
	}
	in := endlessWords.In(s)
	for i, f := range endlessForms {
		if in&endlessNeeds[i] != endlessNeeds[i] {
			continue
		}
		m := f.form.FindStringSubmatch(s)
		if m == nil || f.least > 0 && number(m[1]) < f.least {
			continue
		}
		return found(f.kind, "rules", 0.8, 0, 0, m[0], f.why), true
	}
	return h, false
}

// number reads what a form holds, in digits or in words; 0 for none.
func number(s string) float64 {
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		n = 1
	}
	switch {
	case strings.Contains(s, "亿"), strings.Contains(s, "billion"):
		return n * 1e8
	case strings.Contains(s, "million"):
		return n * 1e6
	case strings.Contains(s, "百万"), strings.Contains(s, "千万"):
		return n * 1e6
	case strings.Contains(s, "十万"):
		return n * 1e5
	case strings.Contains(s, "万"):
		return n * 1e4
	case strings.Contains(s, "千"), strings.Contains(s, "thousand"):
		return n * 1e3
	case digits == "":
		return 0
	}
	return n
}

const (
	gram     = 8    // bytes that are compared
	leastLen = 2000 // bytes from which on a text may be called monotonous
)

// sameness says how certain it is that a text is little more than a few words over and over: of its
// stretches of eight bytes hardly any differ.
func sameness(s string) (score float64, ok bool) {
	if len(s) < leastLen {
		return 0, false
	}
	seen := make(map[string]struct{}, 256)
	for at := 0; at+gram <= len(s); at++ {
		seen[s[at:at+gram]] = struct{}{}
		if len(seen)*20 > len(s) {
			return 0, false
		}
	}
	different := float64(len(seen)) / float64(len(s))
	score = 1 - different*20 // 0 at one in twenty
	return score, score >= 0.25
}
