package attack

import (
	"strings"
	"unicode"

	"wenyuan/internal/hanzi"
)

// wordByWord changes words of an English text, each with the probability of the rate. The
// function is told the word in lower case and says what stands in its place; empty takes the
// word and a space away.
func (t *task) wordByWord(change func(w string) (to string, ok bool)) string {
	words := strings.SplitAfter(t.text, " ")
	var b strings.Builder
	for _, w := range words {
		bare := strings.TrimRight(w, " ")
		to, ok := change(strings.ToLower(bare))
		if !ok || t.rng.Float64() >= t.share {
			b.WriteString(w)
			continue
		}
		if to == "" {
			continue
		}
		if unicode.IsUpper(rune(bare[0])) {
			to = strings.ToUpper(to[:1]) + to[1:]
		}
		b.WriteString(to + w[len(bare):])
	}
	return b.String()
}

// articles leaves articles out or takes the wrong one.
func (t *task) articles() string {
	return t.wordByWord(func(w string) (string, bool) {
		switch w {
		case "a", "an":
			return []string{"", "", "the", map[string]string{"a": "an", "an": "a"}[w]}[t.rng.IntN(4)], true
		case "the":
			return []string{"", "", "a"}[t.rng.IntN(3)], true
		}
		return "", false
	})
}

var verbs = map[string]string{"is": "are", "are": "is", "was": "were", "were": "was", "has": "have", "have": "has", "does": "do", "do": "does", "doesn't": "don't", "goes": "go", "makes": "make", "works": "work",
	"needs": "need", "means": "mean", "uses": "use", "people": "peoples", "information": "informations", "children": "childrens", "these": "this", "those": "that", "many": "much", "much": "many", "fewer": "less", "advice": "advices"}

// agreement takes the wrong number.
func (t *task) agreement() string {
	return t.wordByWord(func(w string) (string, bool) {
		if to, ok := verbs[w]; ok {
			return to, true
		}
		if len(w) > 4 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") {
			return w[:len(w)-1], true
		}
		return "", false
	})
}

var tenses = map[string]string{"went": "goed", "did": "do", "was": "is", "had": "have", "made": "make", "got": "get", "wrote": "write", "found": "find", "said": "say", "been": "be", "done": "did", "taken": "took", "gone": "went",
	"bought": "buyed", "thought": "think", "would": "will", "could": "can", "began": "begun", "given": "gave", "used": "use", "become": "became", "doing": "do", "going": "go"}

// tense takes the wrong form of a verb.
func (t *task) tense() string {
	return t.wordByWord(func(w string) (string, bool) {
		if to, ok := tenses[w]; ok {
			return to, true
		}
		if len(w) > 5 && strings.HasSuffix(w, "ing") {
			return w[:len(w)-3], true
		}
		if len(w) > 5 && strings.HasSuffix(w, "ed") {
			return w[:len(w)-1-t.rng.IntN(2)], true
		}
		return "", false
	})
}

var prepositions = []string{"in", "on", "at", "to", "for", "of", "from", "by", "with", "about"}

// prepositions takes another one or none.
func (t *task) prepositions() string {
	return t.wordByWord(func(w string) (string, bool) {
		for _, p := range prepositions {
			if p == w {
				return []string{"", prepositions[t.rng.IntN(len(prepositions))]}[t.rng.IntN(2)], true
			}
		}
		return "", false
	})
}

// typing slips at so many of the characters: a key beside, two letters in the wrong order, one
// that is missing or doubled; in Chinese one that is missing or doubled, or, half of the time,
// another of the same sound, as a keyboard for pinyin offers.
func (t *task) typing() string {
	rs := []rune(t.text)
	var out []rune
	for i := 0; i < len(rs); i++ {
		r := rs[i]
		if (!isLatin(r) && !isHan(r)) || t.rng.Float64() >= t.share {
			out = append(out, r)
			continue
		}
		switch kind := t.rng.IntN(4); {
		case kind == 0: // missing
		case kind == 1:
			out = append(out, r, r)
		case isHan(r):
			if to := soundsLike(hanzi.Simplify(r)); len(to) > 0 {
				r = t.inScript(to[t.rng.IntN(min(4, len(to)))])
			}
			out = append(out, r)
		case kind == 2 && i+1 < len(rs) && isLatin(rs[i+1]):
			out = append(out, rs[i+1], r)
			i++
		default:
			near := beside[unicode.ToLower(r)]
			out = append(out, rune(near[t.rng.IntN(len(near))]))
		}
	}
	return string(out)
}

// missingSpaces leaves spaces out, and sets none after signs.
func (t *task) missingSpaces() string {
	var b strings.Builder
	for i, r := range t.text {
		if r == ' ' && i > 0 && t.rng.Float64() < t.share {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

var dialects = map[string]string{"you": "u", "are": "r", "your": "ur", "because": "cos", "going": "gonna", "want": "wanna", "them": "'em", "isn't": "ain't", "very": "dead", "yes": "aye", "please": "pls", "thanks": "thx",
	"what": "wot", "something": "summat", "nothing": "nowt", "friends": "mates", "friend": "mate", "everyone": "y'all", "about": "'bout", "the": "da", "this": "dis", "with": "wit", "probably": "prolly", "though": "tho", "people": "folks",
	"to": "2", "for": "4", "i": "i", "colour": "color", "color": "colour", "organize": "organise", "center": "centre", "i'm": "im", "don't": "dont", "can't": "cant", "it's": "its", "doesn't": "doesnt"}

// dialect writes as people speak or chat.
func (t *task) dialect() string {
	return t.wordByWord(func(w string) (string, bool) { to, ok := dialects[w]; return to, ok })
}

// measureWords takes 个 for every measure word.
func (t *task) measureWords() string {
	rs := []rune(t.text)
	for i := 1; i < len(rs); i++ {
		if strings.ContainsRune("一二两三四五六七八九十几这那每哪", rs[i-1]) && strings.ContainsRune("种本张只条位件项份台部家间座辆支棵头匹首篇段句步层", rs[i]) && t.rng.Float64() < t.share {
			rs[i] = t.inScript('个')
		}
	}
	return string(rs)
}

// de confuses 的, 地 and 得.
func (t *task) de() string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("的地得", r) && t.rng.Float64() < t.share {
			return []rune("的地得")[t.rng.IntN(3)]
		}
		return r
	}, t.text)
}

// homophones takes another common character of the same sound for so many of them.
func (t *task) homophones() string {
	rs := []rune(t.text)
	for i, r := range rs {
		if to := soundsLike(hanzi.Simplify(r)); isHan(r) && len(to) > 0 && t.rng.Float64() < t.share {
			rs[i] = t.inScript(to[t.rng.IntN(min(4, len(to)))])
		}
	}
	return string(rs)
}

// inScript writes a simplified character in the script of the text.
func (t *task) inScript(r rune) rune {
	for _, c := range t.text {
		if isHan(c) && hanzi.Simplify(c) != c {
			return []rune(hanzi.Traditional(string(r)))[0]
		}
	}
	return r
}
