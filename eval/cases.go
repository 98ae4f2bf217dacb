package eval

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"wenyuan"
	"wenyuan/eval/item"
	"wenyuan/index/analysis"
)

// Limits of a row with passages.
const (
	maxTexts = 2_000
	maxCases = 100_000
)

// A Case is a question with passages that hold its answer and passages that do not.
type Case struct {
	ID            string
	Lang          string
	Task          string
	Query         string
	Answer        [][]string // parts that must all be said, each with its alternatives
	Positive      [][]string // passages with the answer; several groups where each holds a part
	Negative      []string   // passages without it
	Fake          []string   // the false value, with its alternatives; counterfactual rows
	PositiveWrong [][]string // Positive with the false value in the place of the answer
}

// flat are texts as one group of passages.
func flat(t item.Texts) [][]string {
	t.Nested = false
	return t.Together()
}

// LoadCases reads rows {id, lang, task, query, answer, positive, negative, fakeanswer,
// positive_wrong}. task is one of noise_robustness, information_integration and
// counterfactual; a row without answer or positive is of negative_rejection.
func LoadCases(path string) ([]Case, error) {
	var out []Case
	seen := map[string]bool{}
	err := readLines(path, func(n int, line []byte) error {
		c, err := parseCase(path, n, line)
		switch {
		case err != nil:
			return err
		case seen[c.ID]:
			return invalid(path, n, fmt.Sprintf("has the id %q, which was used before", c.ID), nil)
		case len(out) == maxCases:
			return invalid(path, n, fmt.Sprintf("is beyond the limit of %d rows", maxCases), nil)
		}
		seen[c.ID] = true
		out = append(out, c)
		return nil
	})
	if err == nil && len(out) == 0 {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: path + " holds no row", Hint: "give a file of JSON lines, each with id, lang, task, query, answer, positive and negative"}
	}
	return out, err
}

func parseCase(path string, n int, line []byte) (Case, error) {
	var r struct {
		ID, Lang, Task, Query string
		Answer, Positive      item.Texts
		Negative              []string
		FakeAnswer            item.Texts `json:"fakeanswer"`
		PositiveWrong         item.Texts `json:"positive_wrong"`
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return Case{}, invalid(path, n, "is not a JSON object with id, lang, task, query, answer, positive (lists) and negative (a list of strings)", err)
	}
	c := Case{ID: r.ID, Lang: r.Lang, Task: r.Task, Query: strings.TrimSpace(r.Query), Answer: r.Answer.Groups,
		Positive: flat(r.Positive), Negative: r.Negative, PositiveWrong: flat(r.PositiveWrong)}
	if r.Task == Integration { // each group holds a part of the answer
		c.Positive = r.Positive.Groups
	}
	for _, f := range r.FakeAnswer.Groups {
		c.Fake = append(c.Fake, f...)
	}
	size := len(c.Negative)
	for _, p := range slices.Concat(c.Positive, c.PositiveWrong) {
		size += len(p)
	}
	switch {
	case c.ID == "" || c.Lang == "" || c.Query == "":
		return Case{}, invalid(path, n, "has no id, no lang or no query", nil)
	case !slices.Contains([]string{Noise, Rejection, Integration, Counterfactual}, c.Task):
		return Case{}, invalid(path, n, fmt.Sprintf("has the task %q, want %s, %s, %s or %s", c.Task, Noise, Rejection, Integration, Counterfactual), nil)
	case size == 0 || size > maxTexts:
		return Case{}, invalid(path, n, fmt.Sprintf("has %d passages, want 1 to %d", size, maxTexts), nil)
	case c.Task != Rejection && (len(c.Answer) == 0 || len(c.Positive) == 0):
		return Case{}, invalid(path, n, "has no answer or no positive passage", nil)
	case c.Task == Counterfactual && (len(c.Fake) == 0 || len(c.PositiveWrong) == 0):
		return Case{}, invalid(path, n, "has no fakeanswer or no positive_wrong", nil)
	}
	return c, nil
}

// Right says, by RGB's rule, whether a text holds one alternative of each part of the
// answer. Case, width, white space beside Chinese and commas inside numbers do not matter.
func (c Case) Right(text string) bool { return len(c.Answer) > 0 && holdsAll(normal(text), c.Answer) }

// Fooled says whether a text holds the false value.
func (c Case) Fooled(text string) bool {
	return len(c.Fake) > 0 && holdsAll(normal(text), [][]string{c.Fake})
}

// without are the negatives that really do not hold the answer.
func (c Case) without() (out []string) {
	for _, n := range c.Negative {
		if strings.TrimSpace(n) != "" && !c.Right(n) {
			out = append(out, n)
		}
	}
	return out
}

func holdsAll(said string, parts [][]string) bool {
	for _, alternatives := range parts {
		if !slices.ContainsFunc(alternatives, func(a string) bool { return normal(a) != "" && strings.Contains(said, normal(a)) }) {
			return false
		}
	}
	return true
}

var comma = regexp.MustCompile(`(\d),(\d{3})`)

// normal is a text as answers are compared.
func normal(s string) string {
	s = strings.Join(strings.Fields(strings.ToLower(strings.Map(analysis.Fold, s))), " ")
	s = comma.ReplaceAllString(s, "$1$2")
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		if r == ' ' && (i > 0 && unicode.Is(unicode.Han, runes[i-1]) || i+1 < len(runes) && unicode.Is(unicode.Han, runes[i+1])) {
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// errs are phrases by which an answer says that passages are wrong.
var errs = regexp.MustCompile(`(?i)factual error|contradict|inconsisten|disagree|事实性错误|事实错误|矛盾|不一致`)

// detects says whether an answer says that what it was given contradicts itself or errs.
func detects(a wenyuan.Answer) bool { return len(a.Conflicts) > 0 || errs.MatchString(a.Answer) }

// hashOf makes the choice for one row independent of the others.
func hashOf(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}
