package session

import (
	"context"

	"wenyuan"
	"wenyuan/internal/scope"
)

// A History is what may be told to a model: the newest turns whole, older ones as a summary.
type History struct {
	Remembered []string
	Summary    string
	Turns      []Turn   // oldest first; their answers come without Passages
	Summarised int      // how many turns stand in Summary
	Withdrawn  int      // how many turns are left out because they may not be seen
	Documents  []string // every document that had a part in Summary or Turns
	Failed     error    // why shorten made no summary and extraction took its place; nil where it did not
}

// Detail is what a trace keeps of a history: what it was made of, and nothing that was said.
// Whoever tells a model a history records it with a step: so those documents had a part in
// the new answer too, and what is withdrawn of them is withdrawn of it.
func (h History) Detail() any {
	d := struct {
		Documents  []string `json:"documents"`
		Turns      []int    `json:"turns"`
		Summarised int      `json:"summarised"`
		Withdrawn  int      `json:"withdrawn"`
		Remembered int      `json:"remembered"`
	}{h.Documents, []int{}, h.Summarised, h.Withdrawn, len(h.Remembered)}
	for _, t := range h.Turns {
		d.Turns = append(d.Turns, t.Number)
	}
	return d
}

// History is what may be told to a model before the next question of p's in a conversation:
// within about so many tokens what p asked to be remembered, the newest turns whole, and the
// turns before them as a summary. shorten makes a summary of turns; the first of these may be
// an earlier summary, which has the number 0 and no question. nil, or a shorten that fails,
// summarises by extraction.
func (s *Sessions) History(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id, question string, tokens int,
	shorten func(ctx context.Context, turns []Turn) (string, error)) (History, error) {
	panic("being built")
}
