package check

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan/internal/fnv"

	"wenyuan/internal/hanzi"
)

// longestAnswer is up to how many code points a word that answers alone may have.
const longestAnswer = 12

// answerWord finds the words at the beginning of a sentence that answer a question by
// themselves ("No, …", 不会，…). Whether they are right depends on the question, which
// is not known here, so that only the rest is compared. It returns the rest's place in
// bytes and in code points, the first of the words, and whether it affirms.
func answerWord(sentence string) (at, runes int, word string, affirms bool) {
	for {
		rest := strings.TrimLeft(sentence[at:], " \t*_>\"“「")
		n := strings.IndexFunc(rest, endsAnswer)
		if n < 0 {
			n = len(rest)
		}
		w := strings.TrimRight(rest[:n], " *_\"”」")
		if w == "" || utf8.RuneCountInString(w) > longestAnswer {
			return at, runes, word, affirms
		}
		yes, ok := lex.answers[hashFolded(w)]
		after := rest[n:]
		if !ok || strings.HasPrefix(after, ".") && strings.IndexFunc(strings.TrimLeft(after[1:], " "), unicode.IsDigit) == 0 {
			return at, runes, word, affirms // "No. 5" is no answer
		}
		if word == "" {
			word, affirms = w, yes
		}
		for after != "" {
			r, size := utf8.DecodeRuneInString(after)
			if !endsAnswer(r) && r != ' ' && r != '*' && r != '_' {
				break
			}
			after = after[size:]
		}
		end := len(sentence) - len(after)
		runes += utf8.RuneCountInString(sentence[at:end])
		at = end
	}
}

// read scans the sentence behind its answer word.
func (c *checker) read(sentence string) {
	at, runes, word, affirms := answerWord(sentence)
	c.answer, c.affirms = word, affirms
	head := strings.TrimRight(sentence[:at], " *_")
	c.claim.scan(sentence[at:], strings.TrimRight(head, ".!。！") != head || at == 0)
	if word == "" {
		return
	}
	// Whoever answers with a word talks: that counts in whether a text is the source.
	c.claim.silent = append(c.claim.silent, hashFolded(word))
	if !affirms {
		c.claim.personal++
	}
	for i := range c.claim.out {
		c.claim.out[i].start += int32(runes)
		c.claim.out[i].end += int32(runes)
	}
}

// hashFolded is the hash of a word in lower case.
func hashFolded(w string) uint64 {
	h := fnv.Seed
	for _, r := range w {
		h = fnv.Mix(h, lower(hanzi.Simplify(r)))
	}
	return h
}

func endsAnswer(r rune) bool { return strings.ContainsRune(",.!;:，。！；：—–", r) }

// nothingToCompare says whether the claim is an answer and no more, or only denies or
// permits what is said elsewhere ("It does not.").
func (c *checker) nothingToCompare() bool {
	denies := c.answer != ""
	for i := range c.claim.out {
		switch t := &c.claim.out[i]; t.class {
		case negation:
			denies = true
		case modality, link:
		default:
			return false
		}
	}
	return denies
}

// fragment is up to how many tokens a claim is a part of a sentence, which may have been
// taken out of one that is denied.
const fragment = 3

// compareDenied notes a negation of the clause that a claim was taken from, when the claim
// affirms: "Yes, automatically." of "It does not delete messages automatically."
func (c *checker) compareDenied() {
	if !c.affirms && len(c.claim.out) > fragment {
		return
	}
	ev, at, clause := c.p.tokens, -1, int32(-1)
	for i, j := range c.al.to {
		switch {
		case c.claim.out[i].class == negation:
			return
		case j < 0:
		case at < 0:
			at, clause = i, ev[j].clause
		case ev[j].clause != clause:
			return
		}
	}
	if at < 0 {
		return
	}
	for j := c.al.to[at] - 1; j >= 0 && ev[j].clause == clause && ev[j].class != link; j-- {
		if ev[j].class == negation && c.al.used[j] == 0 && !c.noted(negationDropped) {
			c.noteDropped(negationDropped, at, j)
			return
		}
	}
}

func (c *checker) noted(k diffKind) bool {
	for i := range c.diffs {
		if c.diffs[i].kind == k {
			return true
		}
	}
	return false
}
