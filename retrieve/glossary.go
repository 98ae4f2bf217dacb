package retrieve

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"wenyuan"
)

// A glossary has terms that documents explain by one another, those explained most often
// first.
type glossary [][2]string

// bracketed is a term with another in brackets behind it.
var bracketed = regexp.MustCompile(`([A-Za-z][\w.-]*(?:[ -][A-Za-z][\w.-]*){0,5}|\p{Han}{2,16})\s?[(（]\s?([A-Za-z][\w.-]*(?:[ -][A-Za-z][\w.-]*){0,5}|\p{Han}{2,12})\s?(?:[,，][^)）]{0,40})?[)）]`)

// maxGlossary is how many pairs of a question's passages count.
const maxGlossary = 256

// glossaryOf reads the pairs off some passages: an abbreviation with its long form, by its
// initials, and a term in two languages.
func glossaryOf(passages []wenyuan.Passage) (g glossary) {
	count := map[[2]string]int{}
	for _, p := range passages {
		for _, m := range bracketed.FindAllStringSubmatch(headings(p)+"\n"+p.Text, -1) {
			if pair, ok := explained(m[1], m[2]); ok {
				if count[pair]++; count[pair] == 1 && len(g) < maxGlossary {
					g = append(g, pair)
				}
			}
		}
	}
	slices.SortStableFunc(g, func(a, b [2]string) int { return cmp.Compare(count[b], count[a]) })
	return g
}

// explained says whether two terms stand for one another, and how much of the first does.
func explained(before, inside string) ([2]string, bool) {
	han, within := isHanText(before), isHanText(inside)
	switch {
	case han && within:
		return [2]string{}, false
	case han || within:
		pair := [2]string{term(before), term(inside)}
		return pair, pair[0] != "" && pair[1] != ""
	}
	if long, ok := initials(before, inside); ok {
		return [2]string{long, inside}, true
	}
	if long, ok := initials(inside, before[strings.LastIndexAny(before, " ")+1:]); ok && long == inside {
		return [2]string{before[strings.LastIndexAny(before, " ")+1:], inside}, true
	}
	return [2]string{}, false
}

// initials finds the words at the end of a text whose first letters are an abbreviation.
func initials(text, short string) (long string, ok bool) {
	if len(short) < 2 || len(short) > 8 || strings.ToUpper(short) != short || strings.ContainsFunc(short, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return "", false
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '-' })
	if len(words) < len(short) {
		return "", false
	}
	words = words[len(words)-len(short):]
	for i, w := range words {
		if !strings.EqualFold(w[:1], short[i:i+1]) {
			return "", false
		}
	}
	return text[strings.LastIndex(text, strings.Join(words[:1], "")):], true
}

// joint are characters that stand before a term and are no part of it; a term that holds
// one is cut behind it.
var joint = regexp.MustCompile(`^.*(?:[的是在和与或为将由从到对以及等该中里把被让使向给称叫即如]|一个|这个|那个|他们|我们|用于|包括|进入|发送|送入|写入|属于|使用|通过|支持|提供|采用|配置|引入|基于)`)

// term is a term without the words before it; "" where it cannot be told.
func term(text string) string {
	if !isHanText(text) {
		return text
	}
	text = joint.ReplaceAllString(text, "")
	if n := len([]rune(text)); n < 2 || n > 8 {
		return ""
	}
	return text
}

func isHanText(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// reword gives the question with one of its terms in the place of another, each term once.
func (g glossary) reword(text string) (out []string) {
	done := map[string]bool{}
	for _, pair := range g {
		for _, way := range [][2]string{pair, {pair[1], pair[0]}} {
			if w := exchange(text, way[0], way[1]); w != "" && !done[way[0]] && len(out) < maxWordings {
				done[way[0]] = true
				out = append(out, w)
			}
		}
	}
	return out
}

// exchange puts one term in the place of another; "" where the text lacks the one or has
// the other already.
func exchange(text, old, by string) string {
	if strings.Contains(strings.ToLower(text), strings.ToLower(by)) {
		return ""
	}
	if isHanText(old) {
		for r := []rune(old); !strings.Contains(text, old); old = string(r) { // words are not parted: the end of a run is a term too
			if r = r[1:]; len(r) < leastEnd {
				return ""
			}
		}
		return strings.Join(strings.Fields(strings.Replace(text, old, " "+by+" ", 1)), " ")
	}
	in, sought := text, old
	if strings.ToUpper(old) != old { // an abbreviation is one only as it is written
		in, sought = strings.ToLower(text), strings.ToLower(old)
	}
	if len(in) != len(text) {
		return ""
	}
	for i := 0; ; {
		at := strings.Index(in[i:], sought)
		if at < 0 {
			return ""
		}
		at += i
		i = at + len(old)
		if !letterBefore(text[:at]) && !letterAfter(strings.TrimPrefix(text[i:], "s")) {
			return text[:at] + by + strings.TrimPrefix(text[i:], "s")
		}
	}
}

// leastEnd is how many characters the end of a run needs to be a term.
const leastEnd = 3

func letterBefore(text string) bool { return text != "" && isLatin(text[len(text)-1]) }
func letterAfter(text string) bool  { return text != "" && isLatin(text[0]) }

func isLatin(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z'
}
