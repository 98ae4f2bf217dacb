package session

import (
	"context"
	"slices"
	"strings"

	"wenyuan"
	"wenyuan/internal/scope"
	"wenyuan/store"
	"wenyuan/trace"
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

// Shares of the tokens of a history.
const (
	forMemories = 5 // one part in so many, at most
	forSummary  = 4
)

// maxLoaded is how many turns are read at most for one history: what lies further back stands
// in an earlier summary, or nowhere.
const maxLoaded = 60

// History is what may be told to a model before the next question of p's in a conversation:
// within about so many tokens what p asked to be remembered, the newest turns whole, and the
// turns before them as a summary. shorten makes a summary of turns; the first of these may be
// an earlier summary, which has the number 0 and no question. nil, or a shorten that fails,
// summarises by extraction. The originals stay as they are.
func (s *Sessions) History(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id, question string, tokens int,
	shorten func(ctx context.Context, turns []Turn) (string, error)) (History, error) {
	var seen past
	var documents map[string][]string
	err := s.store.Read(ctx, func(tx *store.Tx) (err error) {
		if seen, err = s.read(ctx, tx, sc, p, id); err != nil {
			return err
		}
		seen.turns = seen.turns[max(0, len(seen.turns)-maxLoaded):]
		if err := answers(ctx, tx, sc, p, seen.turns); err != nil {
			return err
		}
		documents, err = trace.Documents(ctx, tx, sc, p, traces(seen.turns))
		return err
	})
	if err != nil {
		return History{}, err
	}
	h := History{Remembered: s.recall(seen.memories, question, tokens/forMemories), Withdrawn: seen.withdrawn}
	turns := slices.DeleteFunc(seen.turns, func(t Turn) bool { return t.Withdrawn })
	h.Withdrawn += len(seen.turns) - len(turns)
	for _, t := range turns {
		t.Answer.Passages = nil
	}
	free := tokens - s.counted(h.Remembered...)
	kept := seen.summary
	if from := s.fitting(turns, free-s.count(kept.Text)); from > 0 {
		if from < len(turns) { // the last turn stays whole where it can, and the next ones find room
			from = min(len(turns)-1, max(1, s.fitting(turns, (free-tokens/forSummary)/2)))
		}
		kept, h.Failed = s.summarise(ctx, kept, turns[:from], documents, tokens/forSummary, shorten)
		if ctx.Err() != nil {
			return History{}, ctx.Err()
		}
		if err := s.keep(ctx, id, seen.summary, kept); err != nil {
			return History{}, err
		}
		turns = turns[from:]
	}
	h.Turns, h.Summary, h.Summarised = turns, kept.Text, len(kept.Turns)
	h.Documents = union(kept.Documents, turns, documents)
	return h, nil
}

// fitting says from which turn on all fit into so many tokens.
func (s *Sessions) fitting(turns []Turn, tokens int) int {
	from := len(turns)
	for from > 0 {
		if tokens -= s.count(turns[from-1].Question) + s.count(turns[from-1].Answer.Answer); tokens < 0 {
			break
		}
		from--
	}
	return from
}

func (s *Sessions) counted(texts ...string) (n int) {
	for _, t := range texts {
		n += s.count(t)
	}
	return n
}

// summarise makes a summary of an earlier one and of the turns behind it.
func (s *Sessions) summarise(ctx context.Context, before summary, turns []Turn, documents map[string][]string, tokens int,
	shorten func(ctx context.Context, turns []Turn) (string, error)) (out summary, failed error) {
	out = summary{Turns: slices.Clone(before.Turns), Through: turns[len(turns)-1].Number, Documents: union(before.Documents, turns, documents)}
	for _, t := range turns {
		out.Turns = append(out.Turns, t.Number)
	}
	if before.Text != "" {
		turns = append([]Turn{{Answer: &wenyuan.Answer{Answer: before.Text}}}, turns...)
	}
	if shorten != nil {
		out.Text, failed = shorten(ctx, turns)
		out.Text = clean(strings.TrimSpace(out.Text))
	}
	if out.Text == "" || s.count(out.Text) > tokens { // a model that does not keep to its length is shortened too
		if out.Text != "" {
			turns = []Turn{{Answer: &wenyuan.Answer{Answer: out.Text}}}
		}
		out.Text = s.extract(turns, tokens)
	}
	return out, failed
}

// union adds the documents of turns to others, sorted.
func union(all []string, turns []Turn, documents map[string][]string) []string {
	all = slices.Clone(all)
	for _, t := range turns {
		all = append(all, documents[t.Trace]...)
	}
	slices.Sort(all)
	return append([]string{}, slices.Compact(all)...)
}
