package answer_test

import (
	"strings"
	"testing"

	"wenyuan"
	"wenyuan/answer"
	"wenyuan/auth"
	"wenyuan/store"
	"wenyuan/trace"
)

func given(texts ...string) (out []wenyuan.Passage) {
	for _, t := range texts {
		out = append(out, wenyuan.Passage{Title: "Notes", Text: t})
	}
	return out
}

func (h *house) fromPassages(t *testing.T, g answer.Given) (wenyuan.Answer, error) {
	t.Helper()
	return h.FromPassages(t.Context(), h.sc, wenyuan.Principal{ID: "p"}, g)
}

// traces counts what was recorded.
func (h *house) traces(t *testing.T) (n int) {
	t.Helper()
	err := h.store.Read(t.Context(), func(tx *store.Tx) error {
		list, err := trace.List(t.Context(), tx, h.sc, auth.Single, trace.Filter{Limit: 10})
		n = len(list)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFromPassagesQuotesAndRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil, nil)
	a, err := h.fromPassages(t, answer.Given{Text: "When was the Hollow Bridge opened?", Passages: given("A second bridge stands upstream.", "The Hollow Bridge was opened in May 1931.")})
	if err != nil || a.Refused || a.Answer != "The Hollow Bridge was opened in May 1931.[1]" || a.Citations[0].Quote != "The Hollow Bridge was opened in May 1931." {
		t.Errorf("%+v, %v", a, err)
	}
	for _, passages := range [][]wenyuan.Passage{nil, given("Two schools and a harbour.")} {
		if a, err = h.fromPassages(t, answer.Given{Text: "When was the Hollow Bridge opened?", Passages: passages}); err != nil || !a.Refused || a.Answer == "" {
			t.Errorf("%+v, %v", a, err)
		}
	}
	if n := h.traces(t); n != 0 {
		t.Errorf("%d answers were recorded", n)
	}
}

func TestFromPassagesLetsAModelWriteAndChecksIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil, say("It was opened in 1950 [1]."))
	name := "script"
	if _, err := h.fromPassages(t, answer.Given{Text: "when?", Model: "nobody", Passages: given("x")}); wenyuan.CodeOf(err) != wenyuan.NotFound {
		t.Errorf("a model that is not there: %v", err)
	}
	a, err := h.fromPassages(t, answer.Given{Text: "When was the Hollow Bridge opened?", Model: name, Passages: given("The Hollow Bridge was opened in May 1931.")})
	if err != nil || len(a.Sentences) != 1 || a.Sentences[0].Verdict != wenyuan.Unsupported {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestFromPassagesShowsContradictions(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil, nil)
	a, err := h.fromPassages(t, answer.Given{Text: "How many people live in Varnholt?",
		Passages: given("About 4200 people live in the old harbour town of Varnholt all year.", "About 9100 people live in the old harbour town of Varnholt all year.")})
	if err != nil || len(a.Conflicts) != 1 || !strings.Contains(a.Answer, "4200") || !strings.Contains(a.Answer, "9100") {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestFromPassagesHasLimits(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil, nil)
	for _, g := range []answer.Given{
		{Text: " ", Passages: given("x")}, {Text: strings.Repeat("x", 4001)},
		{Text: "q", Passages: make([]wenyuan.Passage, 101)}, {Text: "q", Passages: given(strings.Repeat("x", 600<<10))},
	} {
		if _, err := h.fromPassages(t, g); wenyuan.CodeOf(err) != wenyuan.Invalid {
			t.Errorf("%.20q with %d passages: %v", g.Text, len(g.Passages), err)
		}
	}
}
