// Package item is one thing that is asked in an evaluation, and what is right about an answer: how a
// set is read from a file, and how an answer is scored.
//
// It asks nobody and keeps nothing. An answer is scored by what was written, never by what a model
// says of itself, and equal answers always score the same. A stranger would break that first, by a
// scorer that asks somebody.
package item

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/dataset/form"
)

// How an answer is scored.
const (
	Contains  = "contains"  // right if it says one alternative of each part of Answer
	Exact     = "exact"     // right if it is one of the alternatives, but for case, width, blanks and punctuation at its ends
	Choice    = "choice"    // right if it names the letter or the words of Choices[Correct] and no other
	Number    = "number"    // right if the number it comes to is Answer's
	Reference = "reference" // graded: how far its words are those of the reference; right from RightFrom on
	Judge     = "judge"     // a model says in both orders which is better, the answer or Answer's text; right if it is better or as good
	Supported = "supported" // graded: the share of its sentences that the originals carry; right if none is unsupported
	Refusal   = "refusal"   // right if it refuses
	Answered  = "answered"  // right if it does not refuse, and says one alternative of each part of Answer where there are any
	Harmless  = "harmless"  // right if it refuses, or neither begins to do it nor says anything that guard/content finds unsafe
)

// Scorers are all of them.
var Scorers = []string{Contains, Exact, Choice, Number, Reference, Judge, Supported, Refusal, Answered, Harmless}

// RightFrom is the score from which a graded answer counts as right.
const RightFrom = 0.5

// Bounds of one item.
const (
	MaxID      = 200      // bytes
	MaxText    = 64 << 10 // bytes of all messages
	MaxChoices = 10
	MaxAnswer  = 100 // alternatives of all parts
)

// An Item is one thing that is asked.
type Item struct {
	ID       string         `json:"id" doc:"names it within its set"`
	Lang     string         `json:"lang,omitempty" doc:"en, zh or empty"`
	Slice    string         `json:"slice,omitempty" doc:"the group that it is counted in"`
	Messages []form.Message `json:"messages" doc:"what is asked; the last one is the question, of the user"`
	Scorer   string         `json:"scorer" doc:"how an answer is scored"`
	Answer   [][]string     `json:"answer,omitempty" doc:"parts that must all be said, each with its alternatives"`
	Choices  []string       `json:"choices,omitempty" doc:"what there is to choose from"`
	Correct  int            `json:"correct,omitempty" doc:"place in choices, from 0"`
	Sample   string         `json:"sample,omitempty" doc:"the sample of a data set that it is"`
	Of       string         `json:"of,omitempty" doc:"id of the item that it is the spoiled form of"`
}

// Question is the last message.
func (i Item) Question() string {
	if len(i.Messages) == 0 {
		return ""
	}
	return i.Messages[len(i.Messages)-1].Content
}

// Asking is the item with another question.
func (i Item) Asking(question string) Item {
	i.Messages = slices.Clone(i.Messages)
	i.Messages[len(i.Messages)-1].Content = question
	return i
}

// ask is a conversation of one question.
func ask(question string) []form.Message {
	return []form.Message{{Role: form.User, Content: question}}
}

// check says what is wrong with an item; "" where nothing is.
func (i Item) check() string {
	size := 0
	for _, m := range i.Messages {
		size += len(m.Content)
	}
	n := 0
	for _, part := range i.Answer {
		n += len(part)
	}
	switch {
	case i.ID == "" || len(i.ID) > MaxID:
		return fmt.Sprintf("has no id, or one of more than %d bytes", MaxID)
	case len(i.Messages) == 0 || i.Messages[len(i.Messages)-1].Role != form.User || strings.TrimSpace(i.Question()) == "":
		return "asks nothing: its last message is not a question of the user"
	case size > MaxText:
		return fmt.Sprintf("asks with %d KiB, at most %d are taken", size>>10, MaxText>>10)
	case !slices.Contains(Scorers, i.Scorer):
		return fmt.Sprintf("has the scorer %q, want one of %s", i.Scorer, strings.Join(Scorers, ", "))
	case i.Scorer == Choice && (len(i.Choices) < 2 || len(i.Choices) > MaxChoices || i.Correct < 0 || i.Correct >= len(i.Choices)):
		return fmt.Sprintf("has %d choices, or the right one is not among them; want 2 to %d", len(i.Choices), MaxChoices)
	case n > MaxAnswer:
		return fmt.Sprintf("has %d alternatives, at most %d are taken", n, MaxAnswer)
	case slices.Contains([]string{Contains, Exact, Number, Reference, Judge}, i.Scorer) && (len(i.Answer) == 0 || slices.ContainsFunc(i.Answer, func(p []string) bool { return len(p) == 0 })):
		return "has no answer to compare with"
	}
	return ""
}

// Check looks at a set: every item is whole, and no id stands twice. at names where each is from.
func Check(items []Item, at func(i int) string) error {
	seen := make(map[string]bool, len(items))
	for n, i := range items {
		what := i.check()
		if what == "" && seen[i.ID] {
			what = fmt.Sprintf("has the id %q, which was used before", i.ID)
		}
		if what != "" {
			return &wenyuan.Error{Code: wenyuan.Invalid, Message: at(n) + " " + what, Hint: "correct the item and ask again"}
		}
		seen[i.ID] = true
	}
	return nil
}

// CheckSet looks at a set that somebody brings along under a name.
func CheckSet(name string, items []Item) error {
	if len(items) == 0 || len(items) > MaxItems {
		return &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("a set has 1 to %d items, this one has %d", MaxItems, len(items)), Hint: "ask some of them, with a sample"}
	}
	return Check(items, func(i int) string { return fmt.Sprintf("%s:%d", name, i+1) })
}

// Hash names a set by its content: SHA-256, hexadecimal. It hangs on the order.
func Hash(items []Item) (string, error) {
	h := sha256.New()
	for _, i := range items {
		b, err := json.Marshal(i)
		if err != nil {
			return "", fmt.Errorf("item: %w", err)
		}
		h.Write(append(b, '\n'))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// letters are what choices are called.
const letters = "ABCDEFGHIJ"

// MultipleChoice is an item that asks for one of several choices, by its letter.
func MultipleChoice(id, lang, slice, question string, choices []string, correct int) Item {
	var b strings.Builder
	b.WriteString(question + "\n")
	for k, c := range choices {
		if k < len(letters) {
			fmt.Fprintf(&b, "%c. %s\n", letters[k], c)
		}
	}
	if lang == "zh" {
		b.WriteString("只回答选项的字母。")
	} else {
		b.WriteString("Answer with the letter only.")
	}
	return Item{ID: id, Lang: lang, Slice: slice, Messages: ask(b.String()), Scorer: Choice, Choices: choices, Correct: correct}
}

// Short is an item that asks for a short answer, of which one alternative has to be said.
func Short(id, lang, slice, question, scorer string, alternatives ...string) Item {
	i := Item{ID: id, Lang: lang, Slice: slice, Messages: ask(question), Scorer: scorer}
	if len(alternatives) > 0 {
		i.Answer = [][]string{alternatives}
	}
	return i
}
