package guard

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"wenyuan/guard/reading"
)

// canaryLength is how many letters a canary has: of 26^12 words none appears by chance.
const canaryLength = 12

// Canary is a word for one request, made from a seed that nobody else knows, such as the id of its
// trace. It is put into the system prompt; that it appears in an answer, written in whatever way,
// proves that the prompt leaked. It is made of letters alone, so that no folding changes it.
func Canary(seed string) string {
	sum := sha256.Sum256([]byte("wenyuan canary\n" + seed))
	word := make([]byte, canaryLength)
	for i := range word {
		word[i] = 'a' + sum[i]%26
	}
	return string(word)
}

// findLeak looks for the canary and for stretches of the system prompt.
func (x *look) findLeak() {
	for _, p := range x.parts {
		if x.about.Canary != "" && sings(p.text, x.about.Canary) {
			x.hit(CanaryLeak, part{}, found("canary", "canary", 1, 0, 0, "", "The word that was hidden in the system prompt stands in the answer: the prompt leaked."), "")
			break
		}
	}
	prompt := x.prompt()
	if prompt == nil {
		return
	}
	n, words := 0, ""
	for _, p := range x.parts {
		if m, w := prompt.longest(letters(p.text.Folded)); m > n {
			n, words = m, w
		}
	}
	if enough := prompt.leak(); n >= enough/2 {
		x.hit(CanaryLeak, part{}, found("prompt", "overlap", min(1, float64(n)/float64(2*enough)), 0, 0, words,
			fmt.Sprintf("The answer repeats %d characters of the system prompt in one piece.", n)), "")
	}
}

// sings says whether a text holds the canary: as it is, decoded, reversed, or with other signs
// between its letters.
func sings(t *reading.Text, canary string) (yes bool) {
	canary = strings.ToLower(canary)
	back := []byte(canary)
	slices.Reverse(back)
	t.Each(func(v reading.View) bool {
		plain := letters(v.Text)
		yes = strings.Contains(plain, canary) || strings.Contains(plain, string(back))
		return !yes
	})
	return yes
}

// letters are those of a folded text, without anything between them.
func letters(folded string) string {
	var b strings.Builder
	b.Grow(len(folded))
	for i := 0; i < len(folded); i++ {
		// What is no ASCII stays: letters of other scripts, and their punctuation with them.
		if c := folded[i]; c >= 0x80 || 'a' <= c && c <= 'z' {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// A leak begins where one piece of an answer has so many bytes of letters of the prompt, some 13 words or
// 21 Chinese characters, or half of a short prompt. Fewer than leastLeak are what anybody might say.
const (
	mostLeak  = 64
	leastLeak = 40
)

// leak is how many bytes of letters in one piece are a leak.
func (s *source) leak() int { return min(max(len(s.text)/2, leastLeak), mostLeak) }

// blockSize is how many bytes of the prompt are compared at once.
const blockSize = 12

// maxPrompt is how much of a system prompt is compared, in bytes.
const maxPrompt = 64 << 10

// A source is a system prompt that is looked for in answers.
type source struct {
	text   string
	blocks map[string]int // where each block of the text begins, block by block
}

// prompt is the system prompt, nil where there is none that could leak.
func (x *look) prompt() *source {
	if x.run != nil && x.run.prompt != nil {
		return x.run.prompt
	}
	words := x.about.Prompt[:min(len(x.about.Prompt), maxPrompt)]
	if len(words) < 2*blockSize {
		return nil
	}
	key := sha256.Sum256([]byte(words))
	s, known := x.g.guards.sources.get(key)
	if !known {
		s = newSource(letters(reading.Fold(unsaid(words)).Folded))
		x.g.guards.sources.add(key, s)
	}
	if x.run != nil {
		x.run.prompt = s
	}
	return s
}

// said are words in quotation marks, which a prompt tells the model to say, on one line.
var said = regexp.MustCompile(`"[^"\n]{24,400}"|“[^”\n]{8,400}”|「[^」\n]{8,400}」`)

// unsaid is a prompt without what it tells the model to say.
func unsaid(prompt string) string { return said.ReplaceAllString(prompt, " ") }

// newSource cuts the letters of a prompt into blocks.
func newSource(text string) *source {
	s := &source{text, make(map[string]int, len(text)/blockSize)}
	for at := 0; at+blockSize <= len(text); at += blockSize {
		if _, there := s.blocks[text[at:at+blockSize]]; !there {
			s.blocks[text[at:at+blockSize]] = at
		}
	}
	return s
}

// longest is the longest stretch that a text shares with the prompt, of at least two blocks: bytes,
// and the stretch.
func (s *source) longest(text string) (n int, words string) {
	for at := 0; at+blockSize <= len(text); at++ {
		from, ok := s.blocks[text[at:at+blockSize]]
		if !ok {
			continue
		}
		start, end := at, at+blockSize
		for i := from; start > 0 && i > 0 && text[start-1] == s.text[i-1]; i-- {
			start--
		}
		for i := from + blockSize; end < len(text) && i < len(s.text) && text[end] == s.text[i]; i++ {
			end++
		}
		if end-start > n {
			n, words = end-start, text[start:end]
		}
		at = max(at, end-blockSize) // what comes next lies behind
	}
	return n, strings.ToValidUTF8(words, "")
}
