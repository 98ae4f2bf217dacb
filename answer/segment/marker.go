package segment

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The forms in which models name the originals they used. A number alone needs square
// brackets; in round ones a word must stand before it, as "(2)" counts something else.
const (
	label = `(?i:sources?|originals?|documents?|docs?|passages?|citations?|cite|refs?\.?|references?|来源|原文|文档|文献|资料|参考资料|参考|引用|出处|段落|片段|材料)`
	see   = `(?i:see(?: also)?|cf\.?|from|by|见|参见|详见|参考|出自|来自)`
	digit = `[0-9０-９]{1,2}`
	join  = `(?:\s*(?:,|，|、|;|；|&|/|\band\b|\bor\b|和|与|及|-|–|—|~|～|至|到)\s*)`
	list  = digit + `(?:` + join + `(?:` + label + `\s*)?` + digit + `)*`

	square = `[\[【［〔]\s*\^?(?:` + label + `)?\s*[:：#＃.]?\s*` + list + `\s*(?:†[^\]】\s]{0,20})?\s*[\]】］〕]`
	link   = `(?:\([^()\s]{1,200}\))?`
	round  = `[(（]\s*(?:` + see + `\s*[:：]?\s*)?(?:` + label + `\s*[:：#＃.]?\s*(?:` + list + `)|(?:` + label + `\s*[:：]?\s*)?` + square + `(?:\s*[,，、;；]?\s*(?:and|和)?\s*` + square + `)*)\s*[)）]`
	one    = `(?:` + square + link + `|` + round + `)`
)

// longestMarker is how many code points behind a sentence may be a marker that is not whole.
const longestMarker = 48

var (
	markers   = regexp.MustCompile(`\s*` + one + `(?:\s*[,，、;；]?\s*` + one + `)*`)
	lastOne   = regexp.MustCompile(one + `$`)
	firstOne  = regexp.MustCompile(`^` + one)
	item3     = regexp.MustCompile(`^(?:[-*+>•·]\s+|\d{1,3}[.)、]\s*)*`)
	numbers   = regexp.MustCompile(`(` + digit + `)(?:\s*(-|–|—|~|～|至|到)\s*(?:` + label + `\s*)?(` + digit + `))?`)
	interval  = regexp.MustCompile(`(?i)(?:range|interval|within|between|区间|范围|取值)(?:\s*(?:of|is|are|in|from|为|是|在|[:：]))?\s*$`)
	partial   = regexp.MustCompile(`^[\[【［〔(（][^\]】］〕)）\n]{0,` + strconv.Itoa(longestMarker) + `}$`)
	linkBegun = regexp.MustCompile(`^` + square + `\([^()\s]{0,200}$`)
	allowed   = regexp.MustCompile(`^[\[【［〔(（]\s*\^?(?i:[a-z\s.:]*|[\p{Han}：\s]*)[0-9０-９,，、;；&/\-–—~～至到和与及#＃.:：\sa-zA-Z†\[\]\p{Han}]*$`)
	according = regexp.MustCompile(`^(?i:according to|as (?:stated|described|shown|noted|mentioned|written) in|as per|per|based on|根据|按照|依据|据)(` + markers.String() + `)\s*(?:的说明|的规定|的描述|所述|所示|可知)?\s*[,，:：]\s*`)
)

// numbersOf reads the numbers of a marker, each once.
func numbersOf(marker string) (out []int) {
	for _, m := range numbers.FindAllStringSubmatch(marker, -1) {
		from := number(m[1])
		to := from
		if m[2] != "" {
			to = min(number(m[3]), from+widest)
		}
		for n := from; n <= to; n++ {
			if !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

// widest is how many originals one range of a marker may name.
const widest = 64

func number(s string) int {
	s = strings.Map(func(r rune) rune {
		if r >= '０' && r <= '９' {
			return r - '０' + '0'
		}
		return r
	}, s)
	n, _ := strconv.Atoi(s) // one or two digits
	return n
}

// isMarker says whether what looks like a marker is one: not where it names an interval of
// numbers, and not with a zero, which no original has.
func isMarker(before, marker string) bool {
	n := numbersOf(linkless(marker))
	if len(n) == 0 || slices.Contains(n, 0) {
		return false
	}
	return len(n) < 2 || strings.Contains(marker, "][") || !interval.MatchString(before)
}

// linkless is a marker without the address it links to and the lines it points at.
func linkless(marker string) string { return extras.ReplaceAllString(marker, "$1") }

var extras = regexp.MustCompile(`([\]】］〕])\([^()\s]{1,200}\)|†[^\]】］〕\s]{0,20}`)

// takeMarkers takes the markers out of prose, code within lines excepted. leads says that
// the first one stands before the words.
func takeMarkers(s string) (plain string, cited []int, leads bool) {
	s = strings.TrimSpace(s)
	head := item3.FindString(s)
	leads = firstOne.MatchString(s[len(head):])
	if m := according.FindStringSubmatch(s[len(head):]); m != nil && isMarker("", m[1]) {
		cited = numbersOf(linkless(m[1]))
		s = head + capital(s[len(head)+len(m[0]):])
	}
	var b strings.Builder
	for _, part := range inlineCode(s) {
		if part.code {
			b.WriteString(part.text)
			continue
		}
		b.WriteString(replaceMarkers(part.text, &cited))
	}
	return strings.TrimSpace(b.String()), cited, leads
}

func replaceMarkers(s string, cited *[]int) string {
	var b strings.Builder
	at := 0
	for _, m := range markers.FindAllStringIndex(s, -1) {
		if !isMarker(s[:m[0]], s[m[0]:m[1]]) {
			continue
		}
		b.WriteString(s[at:m[0]])
		for _, n := range numbersOf(linkless(s[m[0]:m[1]])) {
			if !slices.Contains(*cited, n) {
				*cited = append(*cited, n)
			}
		}
		at = m[1]
	}
	return b.String() + s[at:]
}

// capital makes the first letter a capital.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// takeFromLines takes the markers out of each row of a table.
func takeFromLines(s string) (string, []int) {
	var cited []int
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		var b strings.Builder
		for _, part := range inlineCode(line) {
			if part.code {
				b.WriteString(part.text)
			} else {
				b.WriteString(replaceMarkers(part.text, &cited))
			}
		}
		lines[i] = b.String()
	}
	return strings.Join(lines, "\n"), cited
}

// takeBehindFence takes the markers behind the fence that closes a code block.
func takeBehindFence(s string) (string, []int) {
	i := strings.LastIndexByte(s, '\n')
	if i < 0 {
		return s, nil
	}
	rest := strings.TrimLeft(s[i+1:], " \t>`~")
	fence := s[i+1 : len(s)-len(rest)]
	if strings.Trim(fence, " \t>") == "" {
		return s, nil
	}
	left, cited, _ := takeMarkers(rest)
	if left != "" || len(cited) == 0 {
		return s, nil
	}
	return s[:i+1] + strings.TrimRight(fence, " "), cited
}

type codePart struct {
	text string
	code bool
}

// inlineCode cuts a text into what stands between backticks and what does not.
func inlineCode(s string) (out []codePart) {
	for len(s) > 0 {
		i := strings.IndexByte(s, '`')
		if i < 0 {
			break
		}
		n := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		end := closingRun(s[i+n:], n)
		if end < 0 {
			out, s = append(out, codePart{s[:i+n], false}), s[i+n:]
			continue
		}
		out = append(out, codePart{s[:i], false}, codePart{s[i : i+n+end], true})
		s = s[i+n+end:]
	}
	return append(out, codePart{s, false})
}

// closingRun is the position behind the next run of exactly n backticks, or -1.
func closingRun(s string, n int) int {
	for at := 0; at < len(s); {
		i := strings.IndexByte(s[at:], '`')
		if i < 0 {
			return -1
		}
		at += i
		m := len(s[at:]) - len(strings.TrimLeft(s[at:], "`"))
		at += m
		if m == n {
			return at
		}
	}
	return -1
}

// normalize brings a marker that was just closed into the form [1, 2], which the splitter of
// sentences knows, whatever form the model wrote.
func (c *Cutter) normalize() {
	from := max(0, len(c.tail)-4*longestMarker)
	text := string(c.tail[from:])
	m := lastOne.FindStringIndex(text)
	if m == nil || !isMarker(text[:m[0]], text[m[0]:]) || c.inCode() {
		return
	}
	var b strings.Builder
	for i, n := range numbersOf(linkless(text[m[0]:])) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(n))
	}
	c.tail = append(c.tail[:from+utf8.RuneCountInString(text[:m[0]])], []rune("["+b.String()+"]")...)
}

// inCode says whether the tail ends inside backticks.
func (c *Cutter) inCode() bool {
	parts := inlineCode(string(c.tail))
	for i := len(parts) - 2; i >= 0 && !parts[i].code; i-- {
		if strings.HasSuffix(parts[i].text, "`") {
			return true
		}
	}
	return false
}
