package item

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"wenyuan"
	"wenyuan/dataset/form"
	"wenyuan/index/analysis"
)

// Bounds of a file.
const (
	MaxItems = 20_000
	maxLine  = 1 << 20
)

// A row is what a line may hold.
type row struct {
	ID       string         `json:"id"`
	Lang     string         `json:"lang"`
	Slice    string         `json:"slice"`
	Subject  string         `json:"subject"`
	Question string         `json:"question"`
	Messages []form.Message `json:"messages"`
	Answer   Texts          `json:"answer"`
	Answers  Texts          `json:"answers"`
	Choices  []string       `json:"choices"`
	Ref      string         `json:"reference"`
	Scorer   string         `json:"scorer"`
	A, B     string         // as CMMLU has its choices
	C, D, E  string
}

// Read reads a set of JSON lines: {id, question or messages, lang, slice, scorer} with answer (a text,
// a list of alternatives, or a list of lists of which each has to be met), choices with answer as a
// letter or the words of one, or reference. Rows of GSM8K (an answer that ends in "#### 72"), of CMMLU
// (A, B, C, D and answer) and golden sets of questions with long answers are read as they are. name
// stands before the number of a line in errors.
func Read(r io.Reader, name string) ([]Item, error) {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxLine)
	var out []Item
	var lines []int
	for n := 1; sc.Scan(); n++ {
		line := bytes.TrimSpace(bytes.TrimPrefix(sc.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		if len(out) == MaxItems {
			return nil, wrong(name, n, fmt.Sprintf("is beyond the limit of %d items", MaxItems), nil)
		}
		var x row
		if err := json.Unmarshal(line, &x); errors.Is(err, errTexts) {
			return nil, wrong(name, n, "has an answer that is neither a text nor a list of texts, nor a list of such lists", err)
		} else if err != nil {
			return nil, wrong(name, n, "is not a JSON object with id, question and answer", err)
		}
		i, what := x.item(n)
		if what != "" {
			return nil, wrong(name, n, what, nil)
		}
		out, lines = append(out, i), append(lines, n)
	}
	if err := sc.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, wrong(name, len(lines)+1, fmt.Sprintf("is longer than %d KiB", maxLine>>10), err)
	} else if err != nil {
		return nil, fmt.Errorf("item: %w", err)
	}
	if len(out) == 0 {
		return nil, &wenyuan.Error{Code: wenyuan.Invalid, Message: name + " holds no item", Hint: "give a file of JSON lines, each with id, question and answer"}
	}
	return out, Check(out, func(i int) string { return fmt.Sprintf("%s:%d", name, lines[i]) })
}

func wrong(name string, line int, what string, err error) error {
	return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("%s:%d %s", name, line, what), Hint: "correct the file and ask again", Err: err}
}

// item makes an item of a row, or says what is missing.
func (x row) item(n int) (Item, string) {
	i := Item{ID: x.ID, Lang: x.Lang, Slice: x.Slice, Messages: x.Messages, Scorer: x.Scorer, Choices: x.Choices}
	if i.ID == "" {
		i.ID = fmt.Sprintf("line-%d", n)
	}
	if i.Slice == "" {
		i.Slice = x.Subject
	}
	for _, c := range []string{x.A, x.B, x.C, x.D, x.E} {
		if c != "" {
			i.Choices = append(i.Choices, c)
		}
	}
	parts := x.Answer.Together()
	if len(parts) == 0 {
		parts = x.Answers.Together()
	}
	if i.Lang == "" && strings.ContainsFunc(x.Question, isHan) {
		i.Lang = "zh"
	}
	if len(i.Choices) > 0 {
		return i.choose(x.Question, parts)
	}
	if len(i.Messages) == 0 {
		i.Messages = ask(x.Question)
	}
	if x.Ref != "" {
		parts = [][]string{{x.Ref}}
	}
	i.Answer = parts
	if i.Scorer == "" {
		i.Scorer = fitting(parts, x.Ref != "")
	}
	if i.Scorer == Number {
		for k, a := range i.Answer {
			for l := range a {
				if _, after, ok := strings.Cut(a[l], "####"); ok {
					i.Answer[k][l] = strings.TrimSpace(after)
				}
			}
		}
	}
	return i, ""
}

// longAnswer is how many code points an answer has that is compared as a whole.
const longAnswer = 60

// fitting is the scorer of an answer that names none.
func fitting(parts [][]string, reference bool) string {
	one := ""
	if len(parts) == 1 && len(parts[0]) == 1 {
		one = parts[0][0]
	}
	switch {
	case strings.Contains(one, "####"):
		return Number
	case reference || len([]rune(one)) > longAnswer:
		return Reference
	}
	return Contains
}

// choose makes it a question with choices.
func (i Item) choose(question string, parts [][]string) (Item, string) {
	if len(parts) == 0 || len(parts[0]) == 0 || len(i.Choices) > MaxChoices {
		return i, fmt.Sprintf("has choices without an answer, or more than %d", MaxChoices)
	}
	right := strings.TrimSpace(parts[0][0])
	correct := -1
	if len(right) == 1 {
		correct = place(right)
	}
	for k, c := range i.Choices {
		if normal(c) == normal(right) {
			correct = k
		}
	}
	if correct < 0 || correct >= len(i.Choices) {
		return i, "has an answer that is none of its choices"
	}
	if len(i.Messages) > 0 {
		i.Scorer, i.Correct = Choice, correct
		return i, ""
	}
	return MultipleChoice(i.ID, i.Lang, i.Slice, question, i.Choices, correct), ""
}

func isHan(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }

// few is how many words of an answer are a fact that an answer states or not: a name, a number, a place.
const few = 5

// fact says that an answer is not a sentence but what is asked for, alone.
func fact(answer string) bool {
	n := len(analysis.Terms(answer))
	return n > 0 && n <= few && !strings.HasSuffix(answer, ".") && !strings.ContainsAny(answer, "!?。！？\n")
}

// OfRow makes an item of a row of a data set: what is asked is all up to its last answer, and that
// answer, or the better one of two, is the reference. Where that is a fact of a few words, an answer that
// states it is right, in however many words of its own. ok is false for a row that says nothing right.
func OfRow(sample string, r form.Row) (i Item, ok bool) {
	i = Item{ID: sample, Scorer: Reference, Sample: sample, Slice: r.Kind, Messages: r.Messages}
	last := func(m []form.Message) string {
		if len(m) == 0 || m[len(m)-1].Role != form.Assistant {
			return ""
		}
		return m[len(m)-1].Content
	}
	right := last(r.Chosen)
	if r.Kind != form.Preference {
		right = last(r.Messages)
		i.Messages = i.Messages[:max(0, len(i.Messages)-1)]
	}
	if strings.TrimSpace(right) == "" || r.Good != nil && !*r.Good {
		return Item{}, false
	}
	i.Answer = [][]string{{right}}
	if fact(right) {
		i.Scorer = Contains
	}
	if strings.ContainsFunc(right, isHan) {
		i.Lang = "zh"
	}
	return i, i.check() == ""
}
