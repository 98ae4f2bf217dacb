package retrieve

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/check"
	"wenyuan/retrieve/question"
)

// Features say why a passage stands where it stands. Each lies between 0 and 1.
type Features struct {
	Search   float64 `json:"search"`   // score of the search over the best one's
	Coverage float64 `json:"coverage"` // share of the question's weighted words that the passage or its headings have
	Near     float64 `json:"near"`     // the same share within two neighbouring sentences
	Heading  float64 `json:"heading"`  // how well a heading, best the innermost, and the question agree
	Exact    float64 `json:"exact"`    // share of the question's identifiers that stand in the text letter by letter
	Foreign  float64 `json:"foreign"`  // 1 when it is in another language than the question, 0.5 when it may be
	Kind     float64 `json:"kind"`     // how well it has the shape of what is asked for: steps, a number, a definition
	Design   float64 `json:"design"`   // 1 where steps are asked for and the document is of how something was designed
	Table    float64 `json:"table"`    // share of the text that is rows of a table, where a definition or steps are asked for
}

// Weights of the features. They are round numbers, the same for every corpus: the
// search decides, the others put the passages it finds near each other in order.
const (
	weightSearch   = 1.0
	weightCoverage = 0.1
	weightNear     = 0.15
	weightHeading  = 0.3
	weightExact    = 0.05
	weightKind     = 0.1
	weightDefines  = 0.3 // in the place of weightKind, where a definition is asked for
	weightForeign  = -0.5
	weightTable    = -0.2
	weightDesign   = -0.3
)

// foreign is the part of its relevance that a passage in another language than the
// question's loses: names and numbers in common do not make it an answer.
const foreign = 0.5

// about is the coverage below which the shape of a passage does not matter: it is about
// something else.
const about = 0.4

// A candidate is a passage on its way through rerank and filters.
type candidate struct {
	passage   wenyuan.Passage
	features  Features
	relevance float64 // how much of the question it is about, 0 to 1; compares between questions
	score     float64
	limit     bool     // a limit is asked for, and it has a number with a word for one
	terms     []string // of the text; nil until they are wanted
}

// rerank weighs the features of the passages found and puts the best first. A passage
// counts for the wording it suits best: the question, or the question together with
// another wording, so that what another wording finds must still suit the question.
func rerank(q *question.Question, also []*question.Question, found []wenyuan.Passage) []candidate {
	top := 0.0
	for _, p := range found {
		top = max(top, p.Score)
	}
	out := make([]candidate, len(found))
	for i, p := range found {
		search := 0.0
		if top > 0 {
			search = max(0, p.Score/top)
		}
		out[i] = weighed(q, p, search)
		for _, w := range also {
			c := weighed(w, p, search)
			c.relevance = max(c.relevance, out[i].relevance)
			if c.score > out[i].score {
				out[i] = c
			}
			out[i].relevance = c.relevance
		}
	}
	slices.SortStableFunc(out, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	return out
}

// headings are the words that stand above a passage.
func headings(p wenyuan.Passage) string {
	return p.Title + "\n" + p.Context + "\n" + strings.Join(p.Heading, "\n")
}

// weighed is a passage with its features for one wording and its score.
func weighed(q *question.Question, p wenyuan.Passage, search float64) candidate {
	c := candidate{passage: p, features: featuresOf(q, p)}
	c.features.Search = search
	kind := weightKind
	if q.Kind == question.Definition {
		kind = weightDefines
	}
	f := c.features
	c.limit = q.AsksLimit() && f.Kind == 1
	c.relevance = f.Coverage * (1 - foreign*f.Foreign)
	c.score = weightSearch*f.Search + weightCoverage*f.Coverage + weightNear*f.Near +
		weightHeading*f.Heading + weightExact*f.Exact + kind*f.Kind + weightForeign*f.Foreign + weightTable*f.Table + weightDesign*f.Design
	return c
}

func featuresOf(q *question.Question, p wenyuan.Passage) Features {
	headings := headings(p)
	near, all := sentences(q, p.Text)
	f := Features{
		Coverage: q.Share(q.In(headings).Or(all)),
		Near:     near,
		Heading:  q.NamedAmong(p.Title, p.Heading),
		Exact:    exact(q, p.Text),
	}
	f.Foreign = q.Foreign(headings + "\n" + p.Text)
	if f.Coverage >= about {
		f.Kind = q.Fit(p.Text)
	}
	if q.Kind == question.Definition || q.Kind == question.How {
		f.Table = tabular(p.Text)
	}
	if q.Kind == question.How && designed.MatchString(p.Title+"\n"+p.Source) && !designed.MatchString(q.Text) {
		f.Design = 1
	}
	return f
}

// designed are documents of how something came to be rather than of how it is used.
var designed = regexp.MustCompile(`(?i)(?:^|[^a-z])(?:designs?|proposals?|rfcs?|change-?logs?|release[-_ ]notes?|internals?|adrs?)(?:[^a-z]|$)|设计|提案|变更记录|更新日志|发布说明|实现原理`)

// tabular is the share of a text that stands in rows of a table.
func tabular(text string) float64 {
	rows := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|") || strings.Contains(line, " | ") {
			rows += len(line)
		}
	}
	return float64(rows) / float64(max(1, len(text)))
}

// sentences gives the best share that two neighbouring sentences of a text have, and the
// parts of the question that all of them have.
func sentences(q *question.Question, text string) (near float64, all question.Mask) {
	runes := []rune(text)
	var before question.Mask
	for _, s := range check.Sentences(text) {
		here := q.In(string(runes[s.Start:s.End]))
		near = max(near, q.Share(before.Or(here)))
		all = all.Or(here)
		before = here
	}
	return near, all
}

// exact is the share of identifiers found as they are written, whatever their case.
func exact(q *question.Question, text string) float64 {
	ids := q.Identifiers()
	if len(ids) == 0 {
		return 0
	}
	lower := strings.ToLower(text)
	n := 0
	for _, id := range ids {
		if strings.Contains(lower, id) {
			n++
		}
	}
	return float64(n) / float64(len(ids))
}
