package pairwise

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"

	"wenyuan"
)

// judging answers by what it is shown.
type judging func(a, b string) (string, error)

func (j judging) Stream(_ context.Context, r wenyuan.Request) iter.Seq2[wenyuan.Chunk, error] {
	return func(yield func(wenyuan.Chunk, error) bool) {
		var m struct{ Question, A, B string }
		if err := json.Unmarshal([]byte(r.Messages[1].Content), &m); err != nil || m.Question != "Why?" {
			yield(wenyuan.Chunk{}, errors.Join(err, errors.New("no question")))
			return
		}
		text, err := j(m.A, m.B)
		yield(wenyuan.Chunk{Text: text, Finish: "stop"}, err)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	longer := func(a, b string) (string, error) {
		switch {
		case len(a) > len(b):
			return `{"better": "a"}`, nil
		case len(a) < len(b):
			return "I first thought {\"better\": \"a\"}, but: {\"better\":\"B\"}", nil
		}
		return "tie", nil
	}
	for name, c := range map[string]struct {
		judge             judging
		answer, reference string
		want              string
	}{
		"better":                 {longer, "a long answer", "short", Win},
		"worse":                  {longer, "short", "a long answer", Loss},
		"as good":                {longer, "same", "size", Tie},
		"favours what is first":  {func(string, string) (string, error) { return `{"better":"a"}`, nil }, "x", "yy", Swayed},
		"says nothing":           {func(string, string) (string, error) { return "Both have their merits.", nil }, "x", "yy", Swayed},
		"sure of one order only": {func(a, _ string) (string, error) { return map[bool]string{true: "a", false: "tie"}[a == "x"], nil }, "x", "yy", Swayed},
	} {
		if got, err := Compare(t.Context(), c.judge, "en", "Why?", c.answer, c.reference); got != c.want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	broken := errors.New("no line")
	if _, err := Compare(t.Context(), judging(func(string, string) (string, error) { return "", broken }), "zh", "Why?", "a", "b"); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	for lang, w := range wordings {
		if !strings.Contains(w, `{"better": "tie"}`) {
			t.Errorf("%s: %s", lang, w)
		}
	}
}
