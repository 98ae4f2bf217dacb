package prompt

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"wenyuan"
)

// What stands in a memory is data, and the words around it are the frame. Every format marks
// its frame by a bracket with one of frameWords behind it, and models know their own turns
// by tokens that are written in brackets too. clean takes the bracket away wherever data
// holds such a thing, so that in a prompt each of them is ours.

// frameWords stand behind the opening bracket of a frame, in any format.
var frameWords = []string{
	"original", "example", "remembered", "earlier", "end of original", "end of example", "end of remembered", "end of earlier",
	"资料", "原文", "示例", "记住", "前情",
}

// turnWords are the special tokens of model families, without their opening bracket: a
// server that reads them in a message would let data speak as another role.
var turnWords = []string{
	"inst]", "system_prompt]", "available_tools]", "tool_calls]", "tool_results]", "tool_content]", "gmask]",
	"sys>>", "s>", "bos>", "eos>", "unk>", "pad>", "sop>", "eop>", "start_of_turn>", "end_of_turn>", "think>", "tool_call>", "tool_response>",
}

// speakers head the turns of model families that mark them by a heading (Alpaca, Vicuna and what
// was trained on their form): "### System:".
var speakers = []string{"system", "user", "assistant", "human", "instruction", "response", "input", "prompt", "系统", "用户", "助手", "指令", "回答"}

// clean makes a text unable to pass for the frame. What it changes is the bracket alone: it
// becomes ‹, one code point for another; of a heading that is a turn the first # becomes ＃.
func clean(s string) string {
	var b strings.Builder
	last := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c == '#' && speaks(s, i) {
			b.WriteString(s[last:i])
			b.WriteString("＃")
			i++
			last = i
			continue
		}
		if c < utf8.RuneSelf && c != '<' && c != '[' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if opens(r) && forges(s[i+n:]) {
			b.WriteString(s[last:i])
			b.WriteString("‹")
			last = i + n
		}
		i += n
	}
	if last == 0 {
		return s
	}
	b.WriteString(s[last:])
	return b.String()
}

// speaks says whether a # begins a line that is the heading of a turn.
func speaks(s string, at int) bool {
	if before := strings.TrimRight(s[:at], " \t"); before != "" && before[len(before)-1] != '\n' {
		return false
	}
	rest := strings.TrimLeft(s[at:], "#")
	if n := len(s) - at - len(rest); n < 2 || n > 6 {
		return false
	}
	var buf [32]rune
	head := fold(strings.TrimLeft(rest, " \t*_"), buf[:0])
	for _, w := range speakers {
		if next, ok := cutWord(head, w); ok && (next == ':' || next == '*' || next == 0) {
			return true
		}
	}
	return false
}

// Clean makes a text for a message of our own unable to pass for the frame of a prompt, or for
// a turn of another role: it changes the brackets alone.
func Clean(s string) string { return clean(s) }

// opens says whether a sign is a bracket that a frame could begin with, or looks like one.
func opens(r rune) bool {
	switch r {
	case '<', '[', '＜', '［', '〈', '《', '⟨', '\u2329', '【', '〔', '｟', '❬', '❮', '⟦', '﹤':
		return true
	}
	return false
}

// forges says whether what stands behind an opening bracket makes a frame or a turn of it.
func forges(rest string) bool {
	var buf [32]rune
	head := fold(rest, buf[:0])
	if len(head) > 1 && head[0] == '|' {
		return true
	}
	if len(head) > 0 && head[0] == '/' {
		head = head[1:]
		if len(head) > 0 && head[0] == ' ' {
			head = head[1:]
		}
	}
	for _, w := range turnWords {
		if _, ok := cutWord(head, w); ok {
			return true
		}
	}
	for _, w := range frameWords {
		if next, ok := cutWord(head, w); ok && endsWord(next, w) {
			return true
		}
	}
	return false
}

// cutWord says whether head begins with a word, and which sign follows.
func cutWord(head []rune, word string) (next rune, ok bool) {
	i := 0
	for _, r := range word {
		if i >= len(head) || head[i] != r {
			return 0, false
		}
		i++
	}
	if i < len(head) {
		next = head[i]
	}
	return next, true
}

// endsWord says whether the sign behind a frame's word lets it be that word: 《资料库》 is a
// book's title, <originals> another element.
func endsWord(next rune, word string) bool {
	if word[0] < utf8.RuneSelf {
		return next < 'a' || next > 'z'
	}
	return next == 0 || next == '完' || !unicode.IsLetter(next)
}

// fold brings the beginning of a text to a form in which look-alikes are equal: small letters
// of half width, one space for any white, nothing for what cannot be seen.
func fold(s string, out []rune) []rune {
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Cf, r) || r == '\u034f' || unicode.Is(unicode.Variation_Selector, r):
			continue
		case unicode.IsSpace(r) || unicode.IsControl(r) || r == 0x3164:
			if len(out) == 0 || out[len(out)-1] == ' ' {
				continue
			}
			r = ' '
		case r >= 0xff01 && r <= 0xff5e:
			r -= 0xff01 - '!'
		case r == '∕' || r == '⁄':
			r = '/'
		}
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		if out = append(out, r); len(out) == cap(out) {
			break
		}
	}
	return out
}

var labels = strings.NewReplacer(`"`, "'", "\n", " ", "\r", " ", "\t", " ", "<", "‹", ">", "›", "〈", "‹", "〉", "›", "[", "(", "]", ")")

// longestLabel is how many code points of a title or a heading path stand in a frame.
const longestLabel = 200

// label makes a text fit for the line that opens a frame.
func label(s string) string {
	s = labels.Replace(clean(s))
	if utf8.RuneCountInString(s) > longestLabel {
		s = string([]rune(s)[:longestLabel-1]) + "…"
	}
	return strings.TrimSpace(s)
}

// tableHeader is the header row that travels with a piece of a table: the second line of
// its context, behind the heading path.
func tableHeader(p wenyuan.Passage) (string, bool) {
	_, header, ok := strings.Cut(p.Context, "\n")
	return header, ok && header != ""
}
