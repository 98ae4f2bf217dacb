package check

import (
	"fmt"
	"strings"

	"wenyuan"
)

// Up to how many differences a reason names, and how many words it quotes of each.
const (
	mostReasons   = 3
	longestQuoted = 40 // code points
)

// phrases are the reasons in one language. The verbs stand in the order: the words of
// the sentence, the words of the evidence, the number of the evidence.
type phrases struct {
	changed, added, dropped, novel, notHere string
	uncovered, nothing, tooLong, foreign    string
	bare                                    string
	join, end, open, close                  string
	kinds                                   [numDiffKinds]string
}

var english = phrases{
	changed: "%s %s here, but %s in [%d]", added: "%s %s is not in [%d]", dropped: "%s %s of [%d] is missing", novel: "%s %s is in none of the cited passages",
	notHere:   "%s %s is not what [%d] says at this place",
	uncovered: "The cited passages do not have %s", nothing: "The cited passages do not say this", tooLong: "Too long to be checked",
	foreign: "The cited passages are in another language, so the words cannot be compared",
	bare:    "“%s” alone cannot be compared with the cited passages",
	join:    "; ", end: ".", open: "“", close: "”",
	kinds: kindNames("number", "identifier", "name", "negation", "quantity", "quantity", "modal verb", "direction", "conjunction", "word"),
}

var chinese = phrases{
	changed: "句中的%[1]s%[2]s与 [%[4]d] 中的%[3]s不一致", added: "[%[3]d] 中没有%[1]s%[2]s", dropped: "缺少 [%[3]d] 中的%[1]s%[2]s", novel: "所引原文中没有%[1]s%[2]s",
	notHere:   "%[1]s%[2]s与 [%[3]d] 此处的说法不一致",
	uncovered: "所引原文中没有%s", nothing: "所引原文没有这样说", tooLong: "句子过长，未作核对",
	foreign: "所引原文是另一种语言，无法逐词核对",
	bare:    "单凭“%s”无法与所引原文核对",
	join:    "；", end: "。", open: "“", close: "”",
	kinds: kindNames("数值", "标识符", "名称", "否定词", "数量词", "限定词", "情态词", "方向词", "连词", "词语"),
}

// kindNames lays ten names out over the kinds of difference.
func kindNames(number, identifier, name, negation, quantity, only, modal, direction, link, word string) (k [numDiffKinds]string) {
	for i := range k {
		switch d := diffKind(i); {
		case d <= numberElsewhere:
			k[i] = number
		case d <= identifierNew:
			k[i] = identifier
		case d <= nameNew:
			k[i] = name
		case d <= negationChanged:
			k[i] = negation
		case d <= quantityDropped:
			k[i] = quantity
		case d == onlyChanged:
			k[i] = only
		case d <= modalityAdded:
			k[i] = modal
		case d <= directionAdded:
			k[i] = direction
		case d == linkChanged:
			k[i] = link
		default:
			k[i] = word
		}
	}
	return k
}

// language chooses the phrases by the script of the sentence.
func language(hans, latins int) *phrases {
	if hans > 0 && 2*hans >= latins {
		return &chinese
	}
	return &english
}

func tooLong(sentence string) string {
	hans, latins := 0, 0
	for _, r := range sentence {
		if isHan(r) {
			hans++
		} else if r == ' ' {
			latins++
		}
	}
	p := language(hans, latins)
	return p.tooLong + p.end
}

// reason says what stands against the sentence, or what is not covered.
func (c *checker) reason(sentence string, v wenyuan.Verdict, w *Weights) string {
	p := language(c.claim.hans, c.claim.latins)
	text := []rune(sentence)
	if v == wenyuan.Unverified {
		return c.openReason(p, text) + p.end
	}
	var parts []string
	seen, missing := -1, int32(-1)
	for i := range c.diffs {
		d := &c.diffs[i]
		if !c.against(d, w) || int(d.at) == seen && !d.dropped || d.dropped && d.ev == missing || len(parts) == mostReasons {
			continue
		}
		if seen = int(d.at); d.dropped {
			missing = d.ev
		}
		parts = append(parts, c.describe(p, text, d))
	}
	return capitalise(strings.Join(parts, p.join)) + p.end
}

func capitalise(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return strings.ToUpper(s[:1]) + s[1:]
	}
	return s
}

// bareReason says that an answer word alone cannot be checked.
func (c *checker) bareReason(sentence string) string {
	p := language(c.claim.hans, c.claim.latins)
	if strings.ContainsFunc(sentence, isHan) {
		p = &chinese
	}
	word := []rune(c.answer)
	if len(word) == 0 {
		word = []rune(strings.TrimRight(strings.TrimSpace(sentence), ".。!！"))
	}
	return fmt.Sprintf(p.bare, clip(word)) + p.end
}

// openReason names the words that the evidence does not carry.
func (c *checker) openReason(p *phrases, text []rune) string {
	if c.otherLanguage() && c.total > 0 {
		return p.foreign
	}
	if c.f[coverage] < nearFrom {
		return p.nothing
	}
	var words []string
	spans := c.spans(func(d *difference) bool { return d.kind != loose && d.kind != moved && !d.dropped })
	for _, s := range spans {
		if len(words) < mostReasons {
			words = append(words, p.open+clip(text[s.Start:s.End])+p.close)
		}
	}
	if len(words) == 0 {
		return p.nothing
	}
	return fmt.Sprintf(p.uncovered, strings.Join(words, ", "))
}

func clip(r []rune) string {
	if len(r) > longestQuoted {
		return string(r[:longestQuoted]) + "…"
	}
	return string(r)
}

// describe words one difference that stands against the sentence.
func (c *checker) describe(p *phrases, text []rune, d *difference) string {
	t := c.claimToken(d)
	here := p.open + clip(text[t.start:t.end]) + p.close
	kind := c.kindOf(p, d, t)
	if d.ev < 0 {
		return fmt.Sprintf(p.novel, kind, here)
	}
	e := &c.p.tokens[d.ev]
	there, n := p.open+c.quote(e)+p.close, c.p.ev[e.src].N
	switch {
	case d.dropped:
		return fmt.Sprintf(p.dropped, kind, there, n)
	case d.kind == numberNew || d.kind == identifierNew || d.kind == nameNew:
		return fmt.Sprintf(p.novel, kind, here)
	case d.kind == negationAdded || d.kind == quantityAdded || d.kind == onlyChanged:
		return fmt.Sprintf(p.added, kind, here, n)
	}
	return fmt.Sprintf(p.changed, kind, here, there, n)
}

// kindOf names what differs: a number with a unit, a version and a bare number are
// called by their names.
func (c *checker) kindOf(p *phrases, d *difference, t *token) string {
	if t.class == version && d.kind <= numberElsewhere {
		if p == &chinese {
			return "版本"
		}
		return "version"
	}
	return p.kinds[d.kind]
}

// quote is the text of an evidence token.
func (c *checker) quote(t *token) string {
	e := &c.p.ev[t.src]
	text := []rune(e.Text)
	if t.context {
		text = []rune(e.Context)
	}
	return clip(text[t.start:t.end])
}
