package risk

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan/guard/rule"
	"wenyuan/internal/hanzi"
)

// chineseSigns names what hanSigns measures.
var chineseSigns = []string{"any cut", "share cut", "any pinyin", "share pinyin", "any parts", "share of parts", "likelier", "gain over 4", "gain over 5", "gain over 6.5", "gain over 9",
	"two likelier", "characters", "unknown", "share unknown", "clearly likelier", "bound over 2", "bound over 4", "any odd sign", "share of odd signs", "any syllable", "share of syllables", "rare", "share rare"}

// A hanText is a Chinese text: its characters in simplified script with where they stand.
type hanText struct {
	rs    []rune
	at    []int // byte of each; one more for the end
	words *hanWords
	known *confusions
	marks []mark
	c     hanCounts
}

type hanCounts struct {
	han, hidden, cut, pinyin, parts, traditional, simplified, likelier, clear, unknown, rare, odd, syllables int
	tightest, most                                                                                           float64
}

// hanSigns measures a Chinese text.
func hanSigns(text string) signs {
	t := &hanText{words: known().han, known: confused()}
	t.read(text)
	for i := 0; i < len(t.rs); {
		j := t.run(i)
		if j > i {
			t.look(i, j)
		}
		i = max(j, i+1)
	}
	s := signs{x: t.c.signs(), marks: t.marks}
	latin := latinSigns(text, Odds{})
	s.disguised = t.c.hidden > 0 || latin.disguised || min(t.c.traditional, t.c.simplified) > 0
	s.marks = append(s.marks, latin.marks[:latin.certain]...)
	if s.disguised && len(s.marks) == 0 {
		s.marks = t.minority(text)
	}
	return s
}

func (t *hanText) read(text string) {
	for i, r := range text {
		if isHan(r) {
			t.c.han++
			s := hanzi.Simplify(r)
			switch {
			case s != r:
				t.c.traditional += bothScripts(s)
			case hanzi.Traditional(string(r)) != string(r):
				t.c.simplified += bothScripts(r)
			}
			r = s
		}
		t.rs, t.at = append(t.rs, r), append(t.at, i)
	}
	t.at = append(t.at, len(text))
}

// either are characters that people write either way in both scripts, or that stand for
// several traditional ones.
const either = "后里面台只干发系云余几丑谷斗范松钟当布表采仆冲出淀冬复回伙获家价借据卷克困累历了帘么蔑蒙弥苹铺朴曲舍沈术苏坛团涂吁叶游于御愿岳脏折征致制筑准别唇雕恶杰巨床群峰村线着为污周志向升占吃启吊奸姜尸岩弦彩志念扎技抬捆携游溪炮烟猫瓮疱痴皂盗睾碰秘笋粽绣绷羡肮脉舔船艳荫蕴虱蜂蝎裸证谣赞踪辟遍酬采里鉴钩铲锈锤闲雇韵颜鳌麻黄"

// bothScripts is 0 for those, and 1 for others.
func bothScripts(simplified rune) int {
	if strings.ContainsRune(either, simplified) {
		return 0
	}
	return 1
}

// minority marks the characters of the script that has fewer.
func (t *hanText) minority(text string) (out []mark) {
	for i, r := range []rune(text) {
		if !isHan(r) || bothScripts(hanzi.Simplify(r)) == 0 {
			continue
		}
		traditional := hanzi.Simplify(r) != r
		if traditional == (t.c.traditional <= t.c.simplified) && (traditional || hanzi.Traditional(string(r)) != string(r)) {
			out = append(out, mark{t.at[i], t.at[i+1]})
		}
	}
	return out
}

// run ends where no Chinese character stands any more, or one sign between two of them.
func (t *hanText) run(i int) int {
	j := i
	for j < len(t.rs) && isHan(t.rs[j]) {
		j++
	}
	return j
}

// gains, as logarithms of likelihoods.
const (
	gainLeast = 3.0
	gainClear = 7.0
)

// look looks at a run of Chinese characters and at what stands behind it.
func (t *hanText) look(i, j int) {
	c := t.words.cut(t.rs[i:j])
	total := c.behind[0]
	for k := 0; k < j-i; k++ {
		if c.size[k] > 1 {
			continue
		}
		if n := t.apart(c, i, k); n > 0 {
			k += n - 1
			continue
		}
		p, _ := t.words.word(c.rs[k : k+1])
		if named(c, k) {
			continue
		}
		switch {
		case p >= meant:
		case rule.Syllable(c.rs[k]) == 0: // no character that anybody reads, but a part of one
			t.c.unknown++
		default:
			t.c.rare++
		}
		b := t.words.bound(c.rs[k], p)
		t.c.tightest = max(t.c.tightest, b)
		t.character(c, i, k, total, p)
	}
	t.between(c, i, j)
}

// character asks whether a character that is no part of a word stands for another that is.
func (t *hanText) character(c cutting, at, k int, total, p float64) {
	gain := 0.0
	try := func(list []rune) {
		for _, r := range list {
			if r != c.rs[k] {
				gain = max(gain, t.words.instead(c, k, r)+confusedLog-total)
			}
		}
	}
	r := c.rs[k]
	try(t.known.sound[rule.Syllable(r)])
	for _, part := range rule.Parts(r) {
		try(t.known.part[part])
		try([]rune{part})
	}
	try(t.known.part[r])
	if gain < gainLeast {
		return
	}
	t.c.likelier++
	if gain > gainClear {
		t.c.clear++
	}
	t.c.most = max(t.c.most, min(gain, 15))
	t.marks = append(t.marks, mark{t.at[at+k], t.at[at+k+1]})
}

// apart sees a character that is written as its parts, and says how many they are.
func (t *hanText) apart(c cutting, at, k int) int {
	for size := 3; size > 1; size-- {
		if k+size > len(c.rs) {
			continue
		}
		whole, ok := t.known.whole[string(c.rs[k:k+size])]
		if !ok {
			continue
		}
		from, to := max(0, k-longestHan), min(len(c.rs), k+size+longestHan)
		meant := slices.Concat(c.rs[from:k], []rune{whole}, c.rs[k+size:to])
		if t.words.cut(meant).behind[0]-t.words.cut(c.rs[from:to]).behind[0] > gainLeast+2 {
			t.c.parts++
			t.marks = append(t.marks, mark{t.at[at+k], t.at[at+k+size]})
			return size
		}
	}
	return 0
}

// between looks at what stands behind a run of Chinese characters and before another: a sign
// inside a word, what shows nothing, a syllable in the place of a character.
func (t *hanText) between(c cutting, i, j int) {
	if j >= len(t.rs) {
		return
	}
	r := t.rs[j]
	_, _, hidden := runeKind(r)
	switch {
	case hidden:
		t.c.hidden++
		t.marks = append(t.marks, mark{t.at[j], t.at[j+1]})
	case r >= 'a' && r <= 'z':
		t.latin(i, j)
	case cuts(r):
		end := t.run(j + 1)
		if end > j+1 && strings.ContainsRune("*_|~#.^=+/-", r) {
			t.c.odd++
			t.marks = append(t.marks, mark{t.at[j-1], t.at[j+2]})
		}
		if end == j+1 || r == '·' && (strings.ContainsRune(foreign, t.rs[j-1]) || strings.ContainsRune(foreign, t.rs[j+1])) || !t.spans(i, j, j+1, end, nil) {
			return
		}
		t.c.cut++
		t.marks = append(t.marks, mark{t.at[j-1], t.at[j+2]})
	}
}

// spans says whether two runs of characters, with others in between, have a word there that
// belongs to both, or to a run and what is in between.
func (t *hanText) spans(i, j, k, end int, mid []rune) bool {
	from, to := max(i, j-longestHan), min(end, k+longestHan)
	rs := slices.Concat(t.rs[from:j], mid, t.rs[k:to])
	at := j - from
	c := t.words.cut(rs)
	apart := t.words.cut(t.rs[from:j]).behind[0] + t.words.cut(t.rs[k:to]).behind[0]
	for n := range max(1, len(mid)) {
		if at+n < len(rs) && c.size[at+n] > 1 && (len(mid) > 0 || c.first[at] < at) {
			return c.behind[0]-apart > gainLeast || len(mid) > 0 && c.behind[0]-apart > -9
		}
	}
	return false
}

// cuts says of a sign whether somebody may have put it between two characters of a word.
func cuts(r rune) bool {
	return r < utf8.RuneSelf && !isWordRune(r) && r >= ' ' && !strings.ContainsRune(`()",?`, r) || r == '·' || r == '…' || r == '　'
}

// latin looks at letters behind a Chinese character: a syllable in its place.
func (t *hanText) latin(i, j int) {
	k := j
	for k < len(t.rs) && k < j+7 && t.rs[k] >= 'a' && t.rs[k] <= 'z' {
		k++
	}
	s, ok := t.known.pinyin[string(t.rs[j:k])]
	if !ok || k < len(t.rs) && isWordRune(t.rs[k]) {
		return
	}
	if p, ok := known().words.has(hashWord(string(t.rs[j:k]))); k-j > 1 && (!ok || p < -11.5) {
		t.c.syllables++
		t.marks = append(t.marks, mark{t.at[j], t.at[k]})
	}
	end := t.run(k)
	for _, r := range t.known.sound[s] {
		if t.spans(i, j, k, end, []rune{r}) {
			t.c.pinyin++
			t.marks = append(t.marks, mark{t.at[j], t.at[k]})
			return
		}
	}
}

func (c hanCounts) signs() []float64 {
	return []float64{over(c.cut, 1), share(c.cut, c.han), over(c.pinyin, 1), share(c.pinyin, c.han), over(c.parts, 1), share(c.parts, c.han),
		over(c.likelier, 1), above(c.most, 4), above(c.most, 5), above(c.most, 6.5), above(c.most, 9), over(c.likelier, 2), math.Log1p(float64(c.han)), math.Log1p(float64(c.unknown)), share(c.unknown, c.han),
		math.Log1p(float64(c.clear)), above(c.tightest, 2), above(c.tightest, 4), over(c.odd, 1), share(c.odd, c.han), over(c.syllables, 1), share(c.syllables, c.han), over(c.rare, 1), share(c.rare, c.han)}
}

func above(x, least float64) float64 {
	if x > least {
		return 1
	}
	return 0
}
