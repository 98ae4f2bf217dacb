package retrieve

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"wenyuan"
	"wenyuan/retrieve/question"
)

// A subject is what tells things apart of which the same is said: the releases, editions,
// variants and names that a sentence, or what stands above it, is about.
type subject struct {
	releases []string        // named in the sentence: 4, 5.0
	variants []string        // named in the sentence: enterprise, 专业
	names    map[string]bool // proper names and identifiers of the sentence
	within   string          // the sentence in lower case, to look names up in
	above    edition         // what path, title and headings say
	kinds    []string        // variants that they name
}

var (
	variant = regexp.MustCompile(`(?i)\b(?:pro|lite|plus|enterprise|community|standard|basic|premium|ultimate|free|home|professional|developer|personal|team|business|cloud|server|desktop|mobile|mini|preview|beta|alpha|lts|single-node|standalone|cluster|staging|production|test)\b` +
		`|(?:专业|企业|社区|标准|基础|高级|旗舰|免费|个人|家庭|团队|商业|开发|体验|测试|正式|国际|国内|单机|集群|移动|桌面)(?:版|型|套餐|模式|环境)`)
	wordLike = regexp.MustCompile(`[A-Za-z][A-Za-z\d]*(?:[-_.][A-Za-z\d]+)*`)
	// ofYear is a year that a sentence is about, rather than one it tells.
	ofYear = regexp.MustCompile(`(?i)^\s*(?:(?:in|for|since|during|as of|from|until|before|after)\s+)?(?:the\s+)?(?:fiscal\s+)?(?:year\s+)?(?:19|20)\d\d\b|^\s*(?:在|自|从|截至)?\s*(?:19|20)\d\d\s*(?:财年|年度|年)`)
)

// subjectOf reads the subject of a sentence of a passage.
func subjectOf(text string, p wenyuan.Passage) subject {
	s := subject{names: map[string]bool{}, within: strings.ToLower(text)}
	s.above, _ = editionOf(p)
	for _, m := range written.FindAllStringSubmatch(text, -1) {
		s.releases = append(s.releases, strings.TrimSuffix(strings.ToLower(strings.Join(m[1:], "")), ".x"))
	}
	s.variants = variantsIn(text)
	s.kinds = variantsIn(strings.Join(append([]string{p.Title, p.Source}, p.Heading...), " | "))
	for i, at := range wordLike.FindAllStringIndex(text, -1) {
		w := text[at[0]:at[1]]
		if strings.ContainsFunc(w, unicode.IsDigit) || i > 0 && named(w) {
			s.names[strings.ToLower(w)] = true
		}
	}
	slices.Sort(s.releases)
	return s
}

// named says whether a word inside a sentence looks like a name.
func named(w string) bool {
	return w[0] >= 'A' && w[0] <= 'Z' && w != "I"
}

func variantsIn(text string) (out []string) {
	for _, v := range variant.FindAllString(text, -1) {
		out = append(out, strings.ToLower(v))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// other says whether two sentences are about different things: other releases, variants
// or names, or such as the headings, titles and paths above them tell apart.
func (s subject) other(o subject) bool {
	switch {
	case !slices.Equal(s.releases, o.releases), !slices.Equal(s.variants, o.variants):
		return true
	case len(s.releases) == 0 && len(s.above.numbers) > 0 && len(o.above.numbers) > 0 && !slices.Equal(s.above.numbers, o.above.numbers):
		return true
	case s.above.date > 0 && o.above.date > 0 && s.above.date != o.above.date:
		return true
	case len(s.variants) == 0 && len(s.kinds) > 0 && len(o.kinds) > 0 && !slices.Equal(s.kinds, o.kinds):
		return true
	}
	return s.lacks(o) || o.lacks(s)
}

// lacks says whether s has a name that o does not mention.
func (s subject) lacks(o subject) bool {
	for n := range s.names {
		if !strings.Contains(o.within, n) {
			return true
		}
	}
	return false
}

// replaced says whether each of two texts has a term that the other has not: then they may
// well speak of two things in the same words.
func replaced(a, b question.Text) bool { return a.Within(b) < 1 && b.Within(a) < 1 }
