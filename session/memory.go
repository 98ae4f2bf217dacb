package session

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"wenyuan"
	"wenyuan/auth/audit"
	"wenyuan/internal/scope"
	"wenyuan/store"
)

// Bounds on what is remembered of one person in one space.
const (
	MaxMemories = 200 // memories
	MaxMemory   = 500 // code points of one
)

// A Memory is something that a person asked to be remembered.
type Memory struct {
	ID           string `json:"id"`
	Text         string `json:"text"`
	Conversation string `json:"conversation,omitempty"` // in which it was said
	Created      int64  `json:"created"`                // UTC microseconds
}

// Remember keeps a text for p's later conversations. The same text again is the same memory,
// and counts as new.
func (s *Sessions) Remember(ctx context.Context, sc scope.Scope, p wenyuan.Principal, text, conversation string) (m Memory, err error) {
	text = clean(strings.Join(strings.Fields(text), " "))
	if n := utf8.RuneCountInString(text); n == 0 || n > MaxMemory {
		return m, &wenyuan.Error{Code: wenyuan.Invalid, Message: fmt.Sprintf("what is to be remembered has 1 to %d characters, this has %d", MaxMemory, n), Hint: "say it in one or two sentences; long material belongs into a document"}
	}
	if err := somebody(sc, p); err != nil {
		return m, err
	}
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		if conversation != "" {
			if _, err := find(ctx, tx, sc, p, conversation); err != nil {
				return err
			}
		}
		m = Memory{ID: store.NewID("mem"), Text: text, Conversation: conversation, Created: tx.Now}
		all, err := memories(ctx, tx, sc, p)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(all, func(old Memory) bool { return old.Text == text }); i >= 0 {
			m.ID = all[i].ID
			if _, err = tx.Exec(ctx, `UPDATE memory SET created = $1, conversation = $2 WHERE id = $3`, m.Created, conversation, m.ID); err != nil {
				return err
			}
			return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "memory.add", Object: m.ID})
		}
		if len(all) >= MaxMemories {
			return &wenyuan.Error{Code: wenyuan.TooLarge, Message: fmt.Sprintf("%d things are remembered already, and no more can be", len(all)), Hint: "let some be forgotten: wenyuan memory list, wenyuan memory remove ID"}
		}
		_, err = tx.Exec(ctx, `INSERT INTO memory (id, space, principal, text, conversation, created) VALUES ($1, $2, $3, $4, $5, $6)`,
			m.ID, sc.Space(), p.ID, m.Text, m.Conversation, m.Created)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "memory.add", Object: m.ID})
	})
	return m, err
}

// Memories lists what p asked to be remembered, newest first.
func (s *Sessions) Memories(ctx context.Context, sc scope.Scope, p wenyuan.Principal) (all []Memory, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) error {
		all, err = memories(ctx, tx, sc, p)
		return err
	})
	return all, err
}

func memories(ctx context.Context, tx *store.Tx, sc scope.Scope, p wenyuan.Principal) ([]Memory, error) {
	all, err := store.List(ctx, tx, func(r store.Row) (m Memory, err error) {
		err = r.Scan(&m.ID, &m.Text, &m.Conversation, &m.Created)
		return m, err
	}, `SELECT id, text, conversation, created FROM memory WHERE space = $1 AND principal = $2 ORDER BY created DESC, id DESC`, sc.Space(), p.ID)
	if err != nil {
		return nil, fmt.Errorf("session: memories: %w", err)
	}
	return all, nil
}

// Forget takes a memory of p's away; somebody else's is NotFound.
func (s *Sessions) Forget(ctx context.Context, sc scope.Scope, p wenyuan.Principal, id string) error {
	return s.store.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM memory WHERE id = $1 AND space = $2 AND principal = $3`, clean(id), sc.Space(), p.ID)
		if err == nil && n == 0 {
			return &wenyuan.Error{Code: wenyuan.NotFound, Message: fmt.Sprintf("nothing is remembered under %q", id), Hint: "wenyuan memory list shows what is remembered"}
		}
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Act{Space: sc.Space(), Action: "memory.remove", Object: clean(id)})
	})
}

// How many memories are recalled for one question.
const (
	newest   = 3 // whatever the question is
	relevant = 5 // that have words of it
)

// Recall is what p asked to be remembered, as far as it fits a question that begins a
// conversation: the newest few, and those that are about what is asked, within so many tokens.
func (s *Sessions) Recall(ctx context.Context, sc scope.Scope, p wenyuan.Principal, question string, tokens int) ([]string, error) {
	all, err := s.Memories(ctx, sc, p)
	return s.recall(all, question, tokens), err
}

// recall picks from memories, newest first, and gives them oldest first: where two say
// different things the later one stands last.
func (s *Sessions) recall(all []Memory, question string, tokens int) []string {
	scores := relevance(all, question)
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	var picked []int
	take := func(i int) {
		if n := s.count(all[i].Text); n <= tokens && !slices.Contains(picked, i) {
			tokens -= n
			picked = append(picked, i)
		}
	}
	for _, i := range order[:min(relevant, len(order))] {
		if scores[i] > 0 {
			take(i)
		}
	}
	for i := range all[:min(newest, len(all))] {
		take(i)
	}
	slices.Sort(picked)
	slices.Reverse(picked)
	out := make([]string, len(picked))
	for i, at := range picked {
		out[i] = all[at].Text
	}
	return out
}

// relevance is, for each memory, how much of the question it has: the sum of the inverse
// document frequencies, among the memories, of the words they share.
func relevance(all []Memory, question string) []float64 {
	in, terms := map[string]int{}, make([][]string, len(all))
	for i, m := range all {
		terms[i] = termsOf(m.Text)
		for _, t := range terms[i] {
			in[t]++
		}
	}
	asked, scores := termsOf(question), make([]float64, len(all))
	for i := range all {
		for _, t := range terms[i] {
			if slices.Contains(asked, t) {
				scores[i] += math.Log(1 + float64(len(all))/float64(in[t]))
			}
		}
	}
	return scores
}
